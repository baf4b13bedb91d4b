"""The days that are kept added up say what the transfers themselves say, whenever one looks."""

import os
import signal
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, insert, select, update

from billing.ledger import turnover as module
from billing.ledger.audit import audit
from billing.ledger.models import Account, Transfer
from billing.ledger.turnover import LedgerDay, LedgerRollup, Step, rebuild, roll_up, turnover
from tests.billing.books import at_once, open_wallet, reverse, transfer
from tests.conftest import KYIV, empty
from tests.support import NOV_10, Crash, crash_after, money

PROJECT = Path(__file__).resolve().parents[3]
LATER = NOV_10 + timedelta(minutes=2)
EVER = {"since": date(2000, 1, 1), "until": date(2100, 1, 1)}


@pytest.fixture
def post(billing):
    """Post transfers as the database would take them from anybody: at any time, with any id."""
    uow = billing.uow()
    open_wallet(uow, "wallet:ivan", "1000000 UAH")
    with uow:
        income = uow.ledger.system("income:olltv", "UAH").id
        wallet = uow.ledger.account("wallet:ivan").id

    def post_one(at, *, amount=100, tariff=1, number=None, refund=False):
        sides = (income, wallet) if refund else (wallet, income)
        key = f"{at.timestamp()}-{os.urandom(6).hex()}"
        row = {"key": key, "source_id": sides[0], "target_id": sides[1], "amount_minor": amount, "unit": "UAH"}
        with billing.engine.begin() as connection:
            numbered = {"id": number} if number else {}
            connection.execute(insert(Transfer).values(**row, **numbered, at=at, actor="test", tariff_id=tariff))

    return post_one


def rows(billing, step=Step.DAY, account="income:olltv", **days):
    with billing.reading() as session:
        found = turnover(session, account=account, zone=KYIV, step=step, **(days or EVER))
    return [
        (each.start, each.tariff_id, each.came.minor, each.went.minor, each.came_count, each.went_count)
        for each in found
    ]


def naive(billing, step=Step.DAY):
    """The same, by looking at each transfer."""
    sums = defaultdict(lambda: [0, 0, 0, 0])
    with billing.reading() as session:
        income = session.scalar(select(Account.id).where(Account.code == "income:olltv"))
        for each in session.scalars(select(Transfer)):
            day = each.at.astimezone(KYIV).date()
            place = sums[day.replace(day=1) if step is Step.MONTH else day, each.tariff_id or 0]
            if income in (each.target_id, each.source_id):
                side = 0 if each.target_id == income else 1
                place[side] += each.amount_minor
                place[side + 2] += 1
    return [(*place, *amounts) for place, amounts in sorted(sums.items()) if any(amounts)]


def through(billing):
    with billing.reading() as session:
        return session.scalar(select(LedgerRollup.through_id))


def rolled_up(billing, now):
    """Look at the newest transfer, and add everything up when that has settled."""
    roll_up(billing.uow(), now=now)
    while roll_up(billing.uow(), now=now + timedelta(seconds=61)):
        pass


def assert_right(billing):
    for step in Step:
        assert rows(billing, step) == naive(billing, step)
    with billing.reading() as session:
        assert [each for each in audit(session) if each.code == "turnover_differs"] == []


def test_reading_is_right_before_anything_was_added_up(billing, post):
    post(NOV_10)
    post(NOV_10, tariff=None, amount=7)
    assert rows(billing) == [(date(2026, 11, 10), 0, 7, 0, 1, 0), (date(2026, 11, 10), 1, 100, 0, 1, 0)]


def test_what_has_settled_is_added_up_once(billing, post):
    post(NOV_10)
    for minutes in range(6):
        roll_up(billing.uow(), now=NOV_10 + timedelta(minutes=minutes))
    assert through(billing) > 0
    post(NOV_10 + timedelta(days=1), amount=5)
    assert rows(billing) == [(date(2026, 11, 10), 1, 100, 0, 1, 0), (date(2026, 11, 11), 1, 5, 0, 1, 0)]
    assert_right(billing)


def test_nothing_is_added_up_before_it_has_settled(billing, post):
    post(NOV_10)
    roll_up(billing.uow(), now=NOV_10)
    roll_up(billing.uow(), now=NOV_10 + timedelta(seconds=59))
    assert through(billing) == 0
    roll_up(billing.uow(), now=NOV_10 + timedelta(seconds=60))
    assert through(billing) > 0


def test_a_transfer_that_is_committed_late_is_not_missed(billing, post):
    post(NOV_10, number=1001)
    roll_up(billing.uow(), now=NOV_10)
    post(NOV_10, number=1000, amount=3)
    roll_up(billing.uow(), now=LATER)
    assert through(billing) == 1001
    assert_right(billing)


def test_days_are_the_operators_days_on_the_days_of_25_and_23_hours(billing, post):
    for hour in (20, 21, 22, 23):
        post(datetime(2026, 3, 28, hour, 59, 59, tzinfo=UTC))
        post(datetime(2026, 3, 29, hour, 0, 0, tzinfo=UTC))
        post(datetime(2026, 10, 24, hour, 30, tzinfo=UTC))
        post(datetime(2026, 10, 25, hour, 30, tzinfo=UTC))
    rolled_up(billing, NOV_10)
    assert [(str(day), count) for day, _, _, _, count, _ in rows(billing)] == [
        ("2026-03-28", 2),
        ("2026-03-29", 3),
        ("2026-03-30", 3),
        ("2026-10-24", 1),
        ("2026-10-25", 5),
        ("2026-10-26", 2),
    ]
    assert_right(billing)


def test_a_range_of_days_takes_its_first_and_leaves_its_last(billing, post):
    for day in (9, 10, 11, 12):
        post(NOV_10.replace(day=day))
    wanted = [date(2026, 11, 10), date(2026, 11, 11)]
    for _ in range(2):
        assert [row[0] for row in rows(billing, since=date(2026, 11, 10), until=date(2026, 11, 12))] == wanted
        rolled_up(billing, NOV_10)


def test_refunds_went_out(billing, uow):
    open_wallet(uow(), "wallet:ivan", "100 UAH")
    posted = transfer(uow(), "wallet:ivan", "income:olltv", "30 UAH", "fee")
    rolled_up(billing, NOV_10)
    reverse(uow(), posted, "refund")
    [only] = rows(billing)
    assert only == (date(2026, 11, 10), 3, 3000, 3000, 1, 1)
    rolled_up(billing, LATER)
    assert_right(billing)


def test_other_system_accounts_have_their_own_days(billing, uow):
    open_wallet(uow(), "wallet:ivan", "100 UAH")
    rolled_up(billing, NOV_10)
    assert [row[3] for row in rows(billing, account="outside:UAH")] == [10000]
    assert rows(billing, account="outside:nobody") == []


def test_wallets_have_none(billing, uow):
    open_wallet(uow(), "wallet:ivan", "100 UAH")
    rolled_up(billing, NOV_10)
    with billing.reading() as session:
        kept = session.scalars(select(Account.code).join(LedgerDay, LedgerDay.account_id == Account.id)).all()
    assert kept == ["outside:UAH"]


def test_chunks_add_up(billing, post, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 3)
    monkeypatch.setattr(module, "SPAN_DAYS", 2)
    for number in range(11):
        post(NOV_10 + timedelta(days=number % 4), amount=number + 1, refund=number % 3 == 0, tariff=number % 2)
    rolled_up(billing, NOV_10)
    assert_right(billing)


@pytest.mark.parametrize("name", ["_moved", "_add", "_look_ahead"])
def test_a_crash_leaves_all_of_a_chunk_or_nothing(billing, post, name):
    post(NOV_10)
    post(NOV_10 + timedelta(days=1))
    roll_up(billing.uow(), now=NOV_10)
    with pytest.raises(Crash), crash_after(module, name):
        roll_up(billing.uow(), now=LATER)
    assert through(billing) == 0
    assert_right(billing)
    rolled_up(billing, LATER)
    assert_right(billing)


def test_two_workers_at_once_add_each_transfer_once(billing, post, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 2)
    for number in range(12):
        post(NOV_10 + timedelta(days=number % 3))
    roll_up(billing.uow(), now=NOV_10)
    for _ in range(4):
        at_once(4, lambda _number: roll_up(billing.uow(), now=LATER))
    assert_right(billing)


def test_reading_while_a_worker_adds_up_is_right(billing, post, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 2)
    for number in range(20):
        post(NOV_10 + timedelta(days=number % 3))
    expected = naive(billing)
    roll_up(billing.uow(), now=NOV_10)

    def one(number):
        if number == 0:
            while roll_up(billing.uow(), now=LATER):
                pass
            return expected
        return rows(billing)

    for answer in at_once(5, one):
        assert answer == expected


def test_a_watermark_that_moved_between_two_reads_is_noticed(billing, post, monkeypatch):
    post(NOV_10)
    roll_up(billing.uow(), now=NOV_10)
    original, moved = module._kept, []

    def kept(*args):
        if not moved:
            moved.append(roll_up(billing.uow(), now=LATER))
        return original(*args)

    monkeypatch.setattr(module, "_kept", kept)
    assert rows(billing) == [(date(2026, 11, 10), 1, 100, 0, 1, 0)]


KILLED = """
import os, signal, sys
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo
from billing.db import open_engine
from billing.host.native import NativeHost
from billing.ledger import turnover
from billing.uow import Billing
billing = Billing(open_engine(sys.argv[1]), "UAH", ZoneInfo("Europe/Kyiv"), lambda s, l: NativeHost(s, l, "UAH"))
added = turnover._add
def add(session, each):
    added(session, each)
    session.flush()
    print("added", flush=True)
    sys.stdin.read()
turnover._add = add
turnover.roll_up(billing.uow(), now=datetime.fromisoformat(sys.argv[2]))
"""


def test_a_worker_killed_in_the_middle_leaves_nothing_half_added(billing, post, database_url):
    post(NOV_10)
    roll_up(billing.uow(), now=NOV_10)
    command = [sys.executable, "-c", KILLED, database_url, LATER.isoformat()]
    worker = subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert worker.stdout.readline() == b"added\n"
    worker.send_signal(signal.SIGKILL)
    worker.wait(30)
    assert rows(billing) == naive(billing)
    rolled_up(billing, LATER)
    assert through(billing) > 0
    assert_right(billing)


def test_days_are_made_anew_when_the_zone_has_changed(billing, post):
    post(datetime(2026, 11, 10, 22, 30, tzinfo=UTC))
    rolled_up(billing, NOV_10)
    with billing.engine.begin() as connection:
        connection.execute(update(LedgerRollup).values(zone="America/New_York"))
        connection.execute(update(LedgerDay).values(day=date(2026, 11, 9)))
    roll_up(billing.uow(), now=LATER)
    assert rows(billing) == [(date(2026, 11, 11), 1, 100, 0, 1, 0)]


def test_audit_finds_days_that_were_tampered_with_and_rebuilding_mends_them(billing, post):
    post(NOV_10)
    rolled_up(billing, NOV_10)
    with billing.engine.begin() as connection:
        connection.execute(update(LedgerDay).values(came_minor=99))
    with billing.reading() as session:
        found = [each.facts for each in audit(session) if each.code == "turnover_differs"]
    assert sorted((each["code"], each["tariff"]) for each in found) == [("income:olltv", 1), ("outside:UAH", 3)]
    rebuild(billing.uow())
    assert_right(billing)
    rolled_up(billing, LATER)
    assert_right(billing)


def test_audit_finds_a_transfer_that_was_missed(billing, post):
    post(NOV_10, number=1001)
    rolled_up(billing, NOV_10)
    post(NOV_10, number=1000)
    with billing.reading() as session:
        assert "turnover_differs" in [each.code for each in audit(session)]


def test_the_tail_is_read_by_a_range_of_keys(billing, post):
    """However many transfers there are, only those beyond the watermark are looked at."""
    for number in range(300):
        post(NOV_10, amount=number + 1)
    rolled_up(billing, NOV_10)
    post(NOV_10)
    if billing.engine.dialect.name == "mysql":
        with billing.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE TABLE ledger_transfer").all()
    for plan in plans(billing, lambda: rows(billing)):
        assert "ledger_transfer" not in plan or "range" in plan or "USING" in plan, plan


def plans(billing, read):
    """The plan of each statement that `read` sends, one text a statement."""
    sent = []

    def keep(_connection, _cursor, statement, parameters, *_):
        if statement.lstrip().upper().startswith("SELECT"):
            sent.append((statement, parameters))

    event.listen(billing.engine, "before_cursor_execute", keep)
    try:
        read()
    finally:
        event.remove(billing.engine, "before_cursor_execute", keep)
    word = "EXPLAIN QUERY PLAN" if billing.engine.dialect.name == "sqlite" else "EXPLAIN"
    with billing.engine.connect() as connection:
        return [str(connection.exec_driver_sql(f"{word} {text}", values).all()) for text, values in sent]


MOMENTS = st.one_of(
    st.datetimes(datetime(2026, 3, 28, 12), datetime(2026, 3, 30, 12), timezones=st.just(UTC)),
    st.datetimes(datetime(2026, 10, 24, 12), datetime(2026, 10, 26, 12), timezones=st.just(UTC)),
    st.datetimes(datetime(2025, 12, 30), datetime(2026, 1, 2), timezones=st.just(UTC)),
)
POSTED = st.tuples(
    st.just("post"), MOMENTS, st.integers(1, 10**6), st.sampled_from([None, 1, 2]), st.booleans(), st.booleans()
)
STORIES = st.lists(st.one_of(POSTED, st.tuples(st.just("wait"), st.integers(0, 90))), max_size=25)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=STORIES)
def test_the_days_equal_the_naive_sum_whatever_happened(billing, story):
    """Random transfers, late commits with lower ids, and random moments of adding up."""
    if billing.engine.dialect.name == "mysql":
        empty(billing.engine)
    else:
        with billing.engine.begin() as connection:
            for model in (Transfer, LedgerDay, LedgerRollup, Account):
                connection.execute(delete(model))
    post = PostIn(billing)
    now, uncommitted = NOV_10, []
    for kind, *facts in story:
        if kind == "post":
            *row, commits_late = facts
            number = post.next_number()
            uncommitted += [(number, *row)] if commits_late else []
            if not commits_late:
                post(number, *row)
        else:  # no transaction lasts longer than one such wait
            now += timedelta(seconds=min(facts[0], 59) if uncommitted else facts[0])
            roll_up(billing.uow(), now=now)
            while uncommitted:
                post(*uncommitted.pop())
        roll_up(billing.uow(), now=now)
        assert rows(billing) == naive(billing)
    while uncommitted:
        post(*uncommitted.pop())
    assert_right(billing)


class PostIn:
    """Posts with ids that were given out earlier."""

    def __init__(self, billing):
        self.billing, self.number = billing, 0
        uow = billing.uow()
        with uow:
            self.income = uow.ledger.system("income:olltv", "UAH").id
            self.cash = uow.ledger.system("outside:cash", "UAH").id

    def next_number(self):
        self.number += 1
        return self.number

    def __call__(self, number, at, amount, tariff, refund):
        sides = (self.income, self.cash) if refund else (self.cash, self.income)
        row = {"id": number, "key": f"key-{number}", "source_id": sides[0], "target_id": sides[1]}
        with self.billing.engine.begin() as connection:
            row |= {"amount_minor": amount, "unit": "UAH", "at": at, "actor": "test", "tariff_id": tariff}
            connection.execute(insert(Transfer).values(**row))


def test_money_keeps_its_unit(billing, post):
    post(NOV_10)
    with billing.reading() as session:
        [only] = turnover(session, account="income:olltv", zone=KYIV, **EVER)
    assert only.net == money("1.00 UAH")
