"""Whatever happens in whatever order: every answer is the whole list, as a simple model has it."""

from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as some
from sqlalchemy import delete

from ppv_module.streams.denials.blocking import block, unblock
from ppv_module.streams.denials.models import Denial
from ppv_module.streams.rights.models import Kind
from tests.streams.denials.model import FREE, MINUTE, TICKET, Model, Name
from tests.streams.denials.stage import seen
from tests.streams.make import sync_body
from tests.support import STAFF

QUICKLY = (Phase.explicit, Phase.reuse, Phase.generate)
FEW = settings(
    max_examples=15, deadline=None, phases=QUICKLY, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

NAMES = (
    ("ivan", "a", MINUTE),
    ("ivan", "a", FREE),
    ("ivan", "b", MINUTE),
    ("ivan", "b", TICKET),
    ("petro", "a", TICKET),
    ("petro", "b", MINUTE),
    ("petro", "a", FREE),
    ("petro", "b", FREE),
    (None, "a", FREE),
    (None, "b", MINUTE),
)
SERVERS, LOGINS, NUMBERS = some.sampled_from("ab"), some.sampled_from(["ivan", "petro"]), range(len(NAMES))
WATCHING = some.dictionaries(some.sampled_from(NUMBERS), some.sampled_from([0, 1000, 30_000, 30_000]), max_size=8)
STEPS = some.one_of(
    some.tuples(some.just("sync"), SERVERS, WATCHING),
    some.tuples(some.just("sync"), SERVERS, WATCHING),
    some.tuples(some.just("sync"), SERVERS, WATCHING),
    some.tuples(some.just("events"), SERVERS),
    some.tuples(some.just("again"), some.none()),
    some.tuples(some.just("top_up"), LOGINS, some.integers(1, 60)),
    some.tuples(some.just("spend"), LOGINS, some.integers(1, 60)),
    some.tuples(some.just("ticket"), LOGINS, some.sampled_from([1, 5])),
    some.tuples(some.just("block"), some.sampled_from(NUMBERS), some.sampled_from([None, 1, 5])),
    some.tuples(some.just("unblock"), some.sampled_from(NUMBERS)),
    some.tuples(some.just("pass"), some.sampled_from([1, 29, 30, 90, 600])),
    some.tuples(some.just("restart"), some.none()),
)
EXAMPLES = count(1)

BLOCKED = [("block", 6, 1), ("block", 7, None), ("pass", 29), ("sync", "a", {6: 30_000}), ("pass", 90), ("unblock", 7)]
UNKNOWN = [("sync", "a", {8: 1000}), ("sync", "b", {9: 0})]
NO_RIGHT = [("sync", "a", {4: 30_000}), ("sync", "b", {5: 1000}), ("ticket", "petro", 5)]
EXPIRED = [("ticket", "petro", 1), ("sync", "a", {4: 30_000}), ("pass", 90), ("sync", "a", {4: 1000}), NO_RIGHT[-1]]
NO_CREDIT = [("sync", "b", {5: 30_000}), ("events", "a"), ("top_up", "petro", 30), ("spend", "petro", 30)]
TOO_MANY = [("sync", "a", {0: 1000, 1: 30_000}), ("sync", "b", {2: 30_000}), ("pass", 90), ("sync", "b", {2: 1000})]
"""Of each reason its beginning and its end, whatever else is tried."""


class Story:
    """The stage and its model, side by side. Each story has people and servers of its own."""

    def __init__(self, stage):
        self.stage, self.number = stage, next(EXAMPLES)
        self.credits = {"ivan": 45, "petro": 20}
        self.body = None
        uow = stage.billing.uow()
        with uow:
            uow.session.execute(delete(Denial))
        self.names = [self._name(number, *each) for number, each in enumerate(NAMES)]
        known = {each.name: each for each in self.names}
        self.model = Model(known, {self.login(login): credits for login, credits in self.credits.items()})

    def login(self, who):
        return f"{who}-{self.number}"

    def server(self, which):
        return f"{which}-{self.number}"

    def _name(self, number, who, server, place):
        name, login = f"p-{self.number}-{number}", who and self.login(who)
        if who:
            self.stage.clock.advance(seconds=1)
            self.stage.streams.viewer(login, name=name, credits=self.credits[who] if number in (0, 4) else 0)
        return Name(name, login, self.server(server), place, number)

    def sync(self, server, watching):
        told = {self.names[number].name: ms for number, ms in watching.items() if NAMES[number][1] == server}
        shown = [
            seen(name, self.model.names[name].place, delta=ms, ip=f"203.0.113.{self.model.names[name].number}")
            for name, ms in told.items()
        ]
        self.body = sync_body(self.server(server), shown)
        return self.stage.post(self.body), self.model.sync(self.server(server), told, self.stage.clock())

    def events(self, server):
        self.body = sync_body(self.server(server), None, publish=[])
        return self.stage.post(self.body), self.model.sync(self.server(server), None, self.stage.clock())

    def again(self, _):
        listed = self.model.listed(self.stage.clock())
        return (self.stage.post(self.body) if self.body else listed), listed

    def top_up(self, who, credits):
        self.stage.streams.give(self.login(who), credits)
        self.model.credits[self.login(who)] += credits

    def spend(self, who, credits):
        if credits <= self.model.credits[self.login(who)]:
            self.stage.spend(self.login(who), credits)
            self.model.credits[self.login(who)] -= credits

    def ticket(self, who, minutes):
        end = self.stage.clock() + timedelta(minutes=minutes)
        for pattern in ("vip/*", "live/*"):
            self.stage.streams.ticket(self.login(who), pattern, valid_to=end)
        self.model.tickets.setdefault(self.login(who), []).append(end)

    def block(self, number, minutes):
        name, now = self.names[number].name, self.stage.clock()
        until = minutes and now + timedelta(minutes=minutes)
        block(self.stage.billing.uow(), name=name, note="test", until=until, actor=STAFF, now=now)
        self.model.denials["operator_block", name] = now
        self.model.blocked_until[name] = until

    def unblock(self, number):
        name, now = self.names[number].name, self.stage.clock()
        for each in self.stage.denials(slot=f"operator_block:{name}"):
            unblock(self.stage.billing.uow(), denial_id=each.id, actor=STAFF, now=now)
        self.model.denials.pop(("operator_block", name), None)

    def restart(self, _):
        self.stage.billing.engine.dispose()
        self.stage.set()


@pytest.fixture
def offered(streams):
    return streams.tariff(Kind.MINUTE, MINUTE), streams.tariff(Kind.TICKET, TICKET), streams.tariff(Kind.FREE, FREE)


@FEW
@example(steps=BLOCKED)
@example(steps=UNKNOWN)
@example(steps=NO_RIGHT)
@example(steps=EXPIRED)
@example(steps=NO_CREDIT)
@example(steps=TOO_MANY)
@given(steps=some.lists(STEPS, min_size=1, max_size=25))
def test_every_answer_is_the_whole_list(stage, offered, steps):
    stage.set(max_streams=2, ip_spread="off", session_spread="off")
    story = Story(stage)
    for name, *facts in steps:
        if name == "pass":
            stage.clock.advance(seconds=facts[0])
            continue
        answers = getattr(story, name)(*facts)
        if answers is not None:
            assert answers[0] == answers[1], steps
        assert stage.denied() == story.model.listed(stage.clock()), steps
