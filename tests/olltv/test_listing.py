"""The list of subscribers: whatever it is narrowed by and sorted by, it shows the right ones, by ranges of an index."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import event, insert, text, update

from billing.errors import InvalidInput
from olltv_module.listing import rows
from olltv_module.listing.search import search
from olltv_module.listing.selection import By, OneRange, Selection
from olltv_module.models import Reason, Subscriber, TvState
from olltv_module.services import lifecycle, orders
from olltv_module.services.fees.run import FeeDay, charge
from tests.olltv.support import deliver_all
from tests.support import DEC_1, NOV_10, STAFF, assert_books_balance, findings, money

MANY = 4000
STATES = tuple(TvState)


@pytest.fixture
def place(uow, clock):
    def call(use_case, person, **kwargs):
        return use_case(uow(), login=person.login, actor=STAFF, now=clock(), **kwargs)

    return call


@pytest.fixture
def listed(billing, clock):
    """Logins on the pages of a selection, all of them."""

    def logins(selection=None, **order):
        return [each.login for each in rows.walk(billing, selection or Selection(), now=clock(), **order)]

    return logins


@pytest.fixture
def row(billing, clock):
    """The row of one subscriber."""

    def of(person):
        return next(rows.walk(billing, Selection(login=person.login), now=clock()))

    return of


@pytest.fixture
def crowd(billing):
    """Rows alone, without subscriptions: thousands in every state and of several tariffs, changed at various times."""
    kept = [
        {
            "host_id": number,
            "login": f"user{number * 7919 % MANY:05d}",
            "email": "",
            "phone": "0500000000",
            "autoresume": False,
            "created_at": NOV_10 - timedelta(minutes=number % 997),
            "tv": STATES[number % 40 % 8],
            "tariff_id": 0 if number % 40 % 8 == 0 else 1 + number % 3,
            "tv_since": NOV_10 - timedelta(minutes=number % 37),
        }
        for number in range(1, MANY)
    ]
    with billing.engine.begin() as connection:
        connection.execute(insert(Subscriber.__table__), kept)
    with billing.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            text("ANALYZE" if billing.engine.dialect.name == "sqlite" else "ANALYZE TABLE olltv_subscriber")
        )
    return kept


SELECTIONS = {
    "all": {},
    "state": {"tv": (TvState.VACATION,)},
    "states": {"tv": (TvState.NO_MONEY, TvState.ACTIVE, TvState.GONE)},
    "tariff": {"tariff_id": 2},
    "tariff and states": {"tariff_id": 3, "tv": (TvState.ACTIVE, TvState.STAFF)},
    "login": {"login": "user001"},
    "login of a state": {"login": "user0", "tv": (TvState.ACTIVE,)},
    "registered": {"dates": By.REGISTERED, "since": NOV_10 - timedelta(hours=3), "until": NOV_10 - timedelta(hours=1)},
    "registered of a tariff": {"dates": By.REGISTERED, "since": NOV_10 - timedelta(hours=9), "tariff_id": 1},
    "changed": {"dates": By.CHANGED, "until": NOV_10 - timedelta(minutes=30)},
    "changed to a state": {"dates": By.CHANGED, "since": NOV_10 - timedelta(minutes=9), "tv": (TvState.GONE,)},
}


def meant(kept, selection, by, descending):
    """The same by plain Python."""
    column = {By.LOGIN: "login", By.REGISTERED: "created_at", By.CHANGED: "tv_since"}
    dated = column[selection.dates] if selection.dates else None
    chosen = [
        each
        for each in kept
        if (not selection.tv or each["tv"] in selection.tv)
        and selection.tariff_id in (None, each["tariff_id"])
        and each["login"].startswith(selection.login)
        and (not selection.since or each[dated] >= selection.since)
        and (not selection.until or each[dated] < selection.until)
    ]
    by = selection.fixed_order or by
    return [
        each["login"] for each in sorted(chosen, key=lambda it: (it[column[by]], it["host_id"]), reverse=descending)
    ]


def test_every_filter_in_every_order_shows_the_right_ones(billing, clock, crowd, listed):
    for (name, filters), by, descending in product(SELECTIONS.items(), By, (False, True)):
        selection = Selection(**filters)
        expected = meant(crowd, selection, by, descending)
        assert listed(selection, by=by, descending=descending) == expected, (name, by, descending)
        with billing.reading() as session:
            count = selection.count(session, limit=600)
        assert (count.number, count.is_more) == (min(len(expected), 600), len(expected) > 600)
        assert expected, name


def test_pages_go_forth_and_back(billing, clock, crowd):
    selection = Selection(tv=(TvState.ACTIVE, TvState.STAFF))
    expected, seen, cursor = meant(crowd, selection, By.CHANGED, True), [], None
    while True:
        page = rows.page(billing, selection, now=clock(), by=By.CHANGED, descending=True, cursor=cursor, size=70)
        seen.append([each.login for each in page.rows])
        if page.next is None:
            break
        cursor = page.next
    assert [login for logins in seen for login in logins] == expected
    back = rows.page(billing, selection, now=clock(), by=By.CHANGED, descending=True, cursor=page.previous, size=70)
    assert [each.login for each in back.rows] == seen[-2]


@pytest.fixture
def plans(billing, clock):
    """What the database says of each statement on subscribers that a page or a count sends."""

    def explain(selection, by, descending, cursor=None):
        sent = []

        def keep(_connection, _cursor, statement, parameters, *_):
            if "olltv_subscriber" in statement and "EXPLAIN" not in statement:
                sent.append((statement, parameters))

        event.listen(billing.engine, "before_cursor_execute", keep)
        try:
            page = rows.page(billing, selection, now=clock(), by=by, descending=descending, cursor=cursor)
            with billing.reading() as session:
                selection.count(session)
        finally:
            event.remove(billing.engine, "before_cursor_execute", keep)
        word = "EXPLAIN QUERY PLAN" if billing.engine.dialect.name == "sqlite" else "EXPLAIN"
        with billing.engine.connect() as connection:
            return page, [
                line._mapping
                for statement, parameters in sent
                for line in connection.exec_driver_sql(f"{word} {statement}", parameters)
            ]

    return explain


def reads_it_all(line, is_narrowed):
    """Whether a step of a plan looks at a whole table or index to find some of it, or sorts what it has read.

    A list that nothing narrows is read along an index, from its place on.
    """
    if "detail" in line:  # SQLite
        detail = line["detail"]
        along = "USING" in detail and not is_narrowed
        return "TEMP B-TREE" in detail or (detail.startswith("SCAN olltv") and not along)
    extra, kind = line["Extra"] or "", line["type"]
    whole = kind == "ALL" or (kind == "index" and is_narrowed)
    return line["table"] == "olltv_subscriber" and (whole or "filesort" in extra or "temporary" in extra)


def test_no_page_reads_more_than_ranges_of_an_index(plans, crowd):
    for (name, filters), by, descending in product(SELECTIONS.items(), By, (False, True)):
        page, lines = plans(Selection(**filters), by, descending)
        lines += plans(Selection(**filters), by, descending, page.next)[1] if page.next else []
        assert lines and not [dict(line) for line in lines if reads_it_all(line, bool(filters))], (name, by, descending)


@contextmanager
def statements(engine):
    sent = []
    event.listen(engine, "before_cursor_execute", lambda _c, _k, statement, *_: sent.append(statement))
    yield sent


def test_a_page_of_fifty_takes_as_many_statements_as_a_page_of_two(billing, clock, make, viewers):
    start, sport = make.tariff("50 UAH"), make.tariff("20 UAH", main=False)
    for _ in range(12):
        viewers.watching(start, sport, wallet="70 UAH")
    lifecycle.suspend(billing.uow(), login="user3", reason=Reason.STAFF, actor=STAFF, now=clock())
    with statements(billing.engine) as sent:
        assert len(rows.page(billing, Selection(), now=clock(), size=2).rows) == 2
        few = len(sent)
        assert len(rows.page(billing, Selection(), now=clock(), size=50).rows) == 12
    assert len(sent) - few == few <= 12


def test_dates_and_a_beginning_of_the_login_do_not_go_together():
    with pytest.raises(OneRange):
        Selection(login="a", dates=By.CHANGED, since=NOV_10)


def test_a_forged_cursor_is_refused(billing, clock):
    with pytest.raises(InvalidInput):
        rows.page(billing, Selection(), now=clock(), cursor="W10")


@pytest.mark.parametrize("name", SELECTIONS)
def test_a_selection_is_read_as_it_was_written(name):
    selection = Selection(**SELECTIONS[name])
    assert Selection.read(selection.written()) == selection


def test_a_row_tells_of_the_person_the_money_and_the_television(billing, clock, make, viewers, row, place):
    start, sport = make.tariff("50 UAH", name="Start"), make.tariff("20 UAH", main=False, name="Sport")
    profile = {"name": "Олена Мороз", "address": "вул. Садова, 5", "mobile": "+380501112233"}
    olena = viewers.watching(start, sport, wallet="80 UAH", **profile)

    found = row(olena)
    assert (found.login, found.name, found.address, found.phone) == (olena.login, *profile.values())
    assert (found.tv, found.tariff, found.addons, str(found.paid_through)) == ("active", "Start", "Sport", "2026-11")
    assert (found.balance, found.available, found.lack) == (money("10 UAH"), money("10 UAH"), None)
    assert (found.remote_id, found.registered, found.since) == (f"r-{olena.login}", NOV_10, NOV_10)

    clock.now = DEC_1
    list(charge(FeeDay(billing, clock), actor=STAFF))
    found = row(olena)
    assert (found.tv, found.since, found.lack) == ("no_money", DEC_1, money("60 UAH"))
    make.top_up(olena.login, "100 UAH")
    assert row(olena).lack == money("0 UAH")


def test_the_row_follows_every_change_of_the_wish(billing, clock, make, viewers, place, row):
    start, top, addon = make.tariff("50 UAH"), make.tariff("80 UAH"), make.tariff("20 UAH", main=False)
    ivan, seen = make.subscriber(wallet="1000 UAH"), []

    def look():
        clock.advance(hours=1)
        found = row(ivan)
        seen.append((found.tv.value, found.tariff))
        assert findings(billing) == []

    place(orders.subscribe, ivan, tariff_id=start.id)
    look()
    deliver_all(billing, clock, viewers.partner)
    look()
    place(orders.add_addon, ivan, tariff_id=addon.id)
    place(orders.change, ivan, tariff_id=top.id)
    look()
    deliver_all(billing, clock, viewers.partner)
    look()
    for reason in (Reason.VACATION, Reason.STAFF):
        place(lifecycle.suspend, ivan, reason=reason)
        look()
        place(lifecycle.resume, ivan)
        look()
        deliver_all(billing, clock, viewers.partner)
    place(lifecycle.leave, ivan)
    look()
    assert seen == [
        ("pending", start.name),
        ("active", start.name),
        ("active", start.name),
        ("active", top.name),
        ("vacation", top.name),
        ("pending", top.name),
        ("staff", top.name),
        ("pending", top.name),
        ("no_tv", ""),
    ]


def test_since_is_when_the_state_began_not_when_it_was_last_looked_at(clock, make, viewers, place, row):
    ivan = viewers.watching(make.tariff())
    began = clock.advance(days=1)
    place(lifecycle.suspend, ivan, reason=Reason.STAFF)
    clock.advance(days=1)
    place(lifecycle.suspend, ivan, reason=Reason.VACATION)  # what is suspended keeps its reason
    assert (row(ivan).tv, row(ivan).since) == (TvState.STAFF, began)


def test_the_audit_tells_when_a_list_would_lie(billing, make, viewers):
    ivan = viewers.watching(make.tariff())
    assert_books_balance(billing)
    for wrong in ({"tv": TvState.GONE}, {"tv": TvState.ACTIVE, "tariff_id": 99}):
        with billing.engine.begin() as connection:
            connection.execute(update(Subscriber.__table__).values(**wrong))
        assert [(each.code, each.facts["login"]) for each in findings(billing)] == [("list_differs", ivan.login)]


def test_people_are_found_with_television_or_without(billing, clock, make, viewers):
    olena = viewers.watching(make.tariff(name="Start"), login="olena7", name="Олена Мороз", address="вул. Садова, 5")
    make.subscriber("petro", name="Петро Мороз", address="просп. Миру, 12")

    def found(question):
        return [(hit.login, hit.tv.value) for hit in search(billing, question, now=clock()).hits]

    assert found("мороз") == [("olena7", "active"), ("petro", "no_tv")]
    assert found("садова 5 мороз") == found("r-olena7") == found("r-ol") == found("olen") == [("olena7", "active")]
    assert found(olena.mobile) == [("olena7", "active")]
    assert found("") == found("   ") == found("сидоренко") == found("садова 6") == []


def test_who_is_gone_from_the_host_is_found_by_login(billing, clock, make, viewers):
    ivan = viewers.watching(make.tariff(), name="Іван Коваль")
    with billing.uow() as unit:
        unit.host.remove(ivan.login, at=datetime(2026, 11, 10, tzinfo=UTC))
    assert search(billing, "коваль", now=clock()).hits == []
    (hit,) = search(billing, ivan.login, now=clock()).hits
    assert (hit.login, hit.name, hit.tv) == (ivan.login, "", TvState.ACTIVE)


def test_of_many_hits_some_are_shown_the_exact_one_first(billing, clock, make):
    for number in range(7):
        make.subscriber(f"anna{number or ''}")
    found = search(billing, "anna", now=clock(), limit=5)
    assert ([hit.login for hit in found.hits], found.is_more) == (["anna", "anna1", "anna2", "anna3", "anna4"], True)
    assert not search(billing, "anna", now=clock(), limit=7).is_more
