"""Many media servers report the same accounts at once: nothing is lost, nothing is counted twice, nobody fails."""

import random
from collections import Counter
from datetime import timedelta

from sqlalchemy import func, select

from billing.ledger.models import Account
from ppv_module.streams.models import Outcome, Viewing
from ppv_module.streams.rights.models import Kind, Ticket
from tests.billing.books import at_once
from tests.streams.make import MakeStreams, player, sync_body
from tests.streams.syncs.stage import INTERVAL_S, Stage
from tests.support import NOV_10, assert_books_balance

SERVERS, MESSAGES, ACCOUNTS, RATE = 8, 50, 16, 37


def test_eight_servers_charge_together_what_they_would_one_after_another(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(pattern="live/*", per_minute=RATE)
    streams.tariff(Kind.TICKET, "films/*")
    credits = {f"user{number}": 400 if number % 4 == 0 else 1_000_000 for number in range(ACCOUNTS)}
    names = {login: streams.viewer(login, credits=given).name for login, given in credits.items()}
    tickets = {login: streams.ticket(login, "films/*") for login in list(names)[:4]}
    messages, watched, films = _messages(names, list(tickets))

    answers = at_once(SERVERS, lambda server: [_sent(stage, server, *each) for each in enumerate(messages[server])])

    assert answers == [[Outcome.APPLIED] * MESSAGES] * SERVERS
    with stage.reading() as session:
        left = dict(session.execute(select(Account.code, Account.balance_minor)).tuples().all())
        used = dict(session.execute(select(Ticket.login, Ticket.used_ms)).tuples().all())
        counted = session.scalar(select(func.sum(Viewing.watched_ms)))
    due = {login: watched[login] * RATE // 60_000 for login in names}
    assert {login: left[f"credits:{login}"] for login in names} == {
        login: max(given - due[login], 0) for login, given in credits.items()
    }
    assert used == {login: films[login] for login in tickets}
    assert counted == sum(watched.values()) + sum(films.values())
    assert_books_balance(streams.make.billing)


def _messages(names: dict[str, str], buyers: list[str]) -> tuple[list[list[bytes]], Counter[str], Counter[str]]:
    """Bodies by server, and what each account watches in them all."""
    chance = random.Random(20261110)
    watched, films = Counter[str](), Counter[str]()
    messages: list[list[bytes]] = [[] for _ in range(SERVERS)]
    for server in range(SERVERS):
        for _ in range(MESSAGES):
            players = []
            for login in chance.sample(list(names), 8):
                ms, place = chance.randrange(0, 45_000), chance.choice(("live/a", "live/b", "films/c"))
                if place.startswith("live") or login in buyers:
                    (watched if place.startswith("live") else films)[login] += ms
                    players.append(player(names[login], place, delta=ms, sessionid=login))
            messages[server].append(sync_body(f"srv-{server}", players))
    return messages, watched, films


def _sent(stage: Stage, server: int, number: int, body: bytes) -> Outcome:
    return stage.put(body, now=NOV_10 + timedelta(seconds=number * INTERVAL_S + server)).outcome


def test_new_streams_programs_and_servers_may_be_told_of_at_once(stage: Stage, streams: MakeStreams) -> None:
    def told(number: int) -> Outcome:
        chance = random.Random(number)
        numbers = chance.sample(range(40), 40)
        players = [player("a", f"live/{each}", user_agents=[f"agent {each}"], sessionid=str(each)) for each in numbers]
        return stage.put(sync_body(f"srv-{number % 3}", players)).outcome

    assert at_once(9, told) == [Outcome.APPLIED] * 9
    assert len({(each.server_id, each.place_id) for each in stage.viewings()}) == 3 * 40
    assert len({each.agents_id for each in stage.viewings()}) == 40
