"""The simulated hour notices a handler that charges wrongly; with a right one everything agrees."""

import json
from collections import defaultdict
from xml.etree.ElementTree import ParseError

import pytest

from sandbox.nimble.books import Books, Seen, Taken, understood
from sandbox.nimble.simulation import Hour, Plan, Someone
from tests.sandbox_nimble.conftest import hashed

TOKEN = "tok-Simulation"
PLAN = Plan(seconds=1200, faulty=0.2)
PEOPLE = [Someone(f"p{number}", f"a{number // 2}") for number in range(120)]
CREDITS = {each.account: (40, 400, 100_000)[number % 3] for number, each in enumerate(PEOPLE)}


class Handler:
    """As small as a handler can be that is right; each test makes another mistake of it."""

    def __init__(self, plan):
        self.prices = plan.prices
        self.accounts = {each.viewer: each.account for each in PEOPLE}
        self.credits, self.paid = dict(CREDITS), defaultdict(int)
        self.ms, self.charged = defaultdict(int), defaultdict(int)
        self.seen, self.live, self.denied = set(), {}, set()

    def post(self, body, content_type, now):
        try:
            message = understood(body)
        except (ValueError, ParseError):
            return 400, b"{}"
        if hashed(message.server, message.puzzle, TOKEN).encode() not in body:
            return 403, b"{}"
        if not self.is_known(message):
            self.count(message)
        return 200, self.answer(message, body)

    def answer(self, message, body):
        solution = hashed(message.puzzle, TOKEN)
        if body[:1] == b"{":
            return json.dumps({"DenyList": {"ID": sorted(self.denied)}, "Solution": solution}).encode()
        listed = "".join(f"<ID>{each}</ID>" for each in sorted(self.denied))
        xml = f"<ApiSyncResponse><Solution>{solution}</Solution><DenyList>{listed}</DenyList></ApiSyncResponse>"
        return xml.encode()

    def is_known(self, message):
        known = message.puzzle in self.seen
        self.seen.add(message.puzzle)
        return known

    def count(self, message):
        """Row by row, so that nothing is like the books."""
        self.live[message.server] = message.seen
        costly = [each for each in message.seen if each.stream in self.prices]
        for each in costly:
            self.ms[self.accounts[each.viewer], self.prices[each.stream]] += each.ms
        for account, price in sorted(
            {(self.accounts[each.viewer], self.prices[each.stream]) for each in costly if each.ms}
        ):
            owed = self.ms[account, price] * price // 60_000 - self.charged[account, price]
            taken = max(min(owed, self.credits[account] - self.paid[account]), 0)
            self.charged[account, price] += taken
            self.paid[account] += taken
        for each in costly:
            account = self.accounts[each.viewer]
            if self.credits[account] <= self.paid[account]:
                together = [name for name, owner in self.accounts.items() if owner == account]
                live = {one.viewer for seen in self.live.values() for one in seen if one.stream in self.prices}
                self.denied |= live & set(together)

    def top_up(self, account, credits, now):
        self.credits[account] += credits
        self.denied -= {name for name, owner in self.accounts.items() if owner == account}


def played(handler, plan=PLAN):
    hour = Hour(plan, PEOPLE, credits=CREDITS, post=handler.post, top_up=handler.top_up)
    hour.run()
    return hour.report(handler.paid)


@pytest.fixture(scope="module")
def report():
    return played(Handler(PLAN))


def test_a_right_handler_has_charged_what_was_watched(report):
    assert (report.difference, report.lists, report.misled, report.wrong) == (0, [], 0, {})
    assert report.told_ms == report.watched_ms > 0
    assert report.charged == report.expected > 10_000


def test_the_hour_has_all_that_can_happen(report):
    assert report.posts > 5 * 40 and report.faulty > 20
    assert report.denials > 20 and report.owed > 0
    assert {"", "status 400", "status 403", "answer lost", "did not arrive"} <= report.answers.keys()


def test_the_same_seed_is_the_same_hour(report):
    assert str(played(Handler(PLAN))) == str(report)


class Forgetful(Handler):
    def is_known(self, message):
        return False


class Rounding(Handler):
    """Each message for itself, so that the parts are less than the whole."""

    def count(self, message):
        for each in message.seen:
            price = self.prices.get(each.stream, 0)
            self.paid[self.accounts[each.viewer]] += each.ms * price // 60_000


class Silent(Handler):
    def answer(self, message, body):
        self.denied = set()
        return super().answer(message, body)


class Guessing(Handler):
    def answer(self, message, body):
        return super().answer(message._replace(puzzle="x"), body)


class Trusting(Handler):
    def post(self, body, content_type, now):
        status, answer = super().post(body, content_type, now)
        return (200 if status == 400 else status), answer


@pytest.mark.parametrize("kind", [Forgetful, Rounding])
def test_a_handler_that_charges_wrongly_makes_a_difference(kind):
    report = played(kind(PLAN))
    assert report.difference > 0
    assert all(charged != expected for charged, expected in report.wrong.values())


@pytest.mark.parametrize("kind", [Silent, Guessing])
def test_a_wrong_list_or_solution_is_noticed(kind):
    assert played(kind(PLAN)).lists


def test_a_handler_that_takes_half_a_message_is_noticed():
    assert played(Trusting(PLAN)).misled > 0


def test_the_books_charge_by_the_sum_and_never_more_than_there_is():
    books = Books({"live/x": 60}, {"u1": "a"}, {"a": 100})
    for number, ms in enumerate((30_031, 10_563, 29_406)):
        books.take(Taken("s", str(number), [Seen("u1", "live/x", ms)]))
    assert books.paid["a"] == 70
    books.take(Taken("s", "again", [Seen("u1", "live/x", 60_000)]))
    books.take(Taken("s", "again", [Seen("u1", "live/x", 60_000)]))
    assert (books.paid["a"], books.owed, books.denied) == (100, 30, {"u1"})
    books.top_up("a", 50)
    assert books.denied == set()
    books.take(Taken("s", "later", [Seen("u1", "live/x", 0)]))
    assert (books.paid["a"], books.owed) == (100, 30), "who watches nothing pays nothing"
    books.take(Taken("s", "last", [Seen("u1", "live/x", 1)]))
    assert (books.paid["a"], books.owed, books.denied) == (130, 0, set())
