"""A statement's running balance always agrees with what is stored."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import NoResultFound

from billing.errors import NotFound
from billing.ledger.models import Account
from billing.ledger.reading import line_of, system_balance
from tests.billing.books import REFS, hold, open_wallet, reverse, statement_of, transfer, transfers
from tests.support import NOV_10, money

INCOME = "income:olltv"


def hour(number):
    return NOV_10 + timedelta(hours=number)


@pytest.fixture
def ivan(uow):
    """100 at hour 0, then fees of 1, 2, 3, 4 and 5 at the hours 1 to 5; the last two in one instant."""
    code = open_wallet(uow(), "wallet:ivan", "100.00 UAH")
    for number in (1, 2, 3, 4, 5):
        transfer(uow(), code, INCOME, f"{number}.00 UAH", f"fee {number}", at=hour(min(number, 4)))
    return code


def amounts(statement):
    return [(line.amount.short(), line.balance.short()) for line in statement.lines]


def test_lines_come_newest_first_each_with_the_balance_after_it(billing, ivan):
    whole = statement_of(billing, ivan)
    assert amounts(whole) == [("-5", "85"), ("-4", "90"), ("-3", "94"), ("-2", "97"), ("-1", "99"), ("100", "100")]
    assert (whole.opening, whole.closing) == (money("0 UAH"), money("85.00 UAH"))


def test_a_line_tells_who_what_and_with_whom(billing, ivan):
    first, last = statement_of(billing, ivan).lines[-1], statement_of(billing, ivan).lines[0]
    assert (first.other, last.other) == ("outside:UAH", INCOME)
    assert (last.actor, last.tariff_id, last.period, last.note) == (
        REFS.actor,
        REFS.tariff_id,
        REFS.period,
        REFS.note,
    )
    assert last.at == hour(4)
    assert last.id > first.id


@pytest.mark.parametrize(
    ("since", "until", "opening", "closing", "fees"),
    [
        (None, 1, "0", "100", ["100"]),
        (0, 1, "0", "100", ["100"]),
        (1, 3, "100", "97", ["-2", "-1"]),
        (2, None, "99", "85", ["-5", "-4", "-3", "-2"]),
        (4, 5, "94", "85", ["-5", "-4"]),
        (5, None, "85", "85", []),
        (None, 0, "0", "0", []),
        (3, 3, "97", "97", []),
    ],
)
def test_a_range_takes_its_start_and_leaves_its_end(billing, ivan, since, until, opening, closing, fees):
    limits = {"since": since if since is None else hour(since), "until": until if until is None else hour(until)}
    part = statement_of(billing, ivan, **limits)
    assert [line.amount.short() for line in part.lines] == fees
    assert (part.opening.short(), part.closing.short()) == (opening, closing)


def test_a_limit_keeps_the_newest_lines_and_opens_before_the_oldest_of_them(billing, ivan):
    newest = statement_of(billing, ivan, limit=2)
    assert amounts(newest) == [("-5", "85"), ("-4", "90")]
    assert (newest.opening, newest.closing) == (money("94.00 UAH"), money("85.00 UAH"))


def test_reserved_money_is_shown_beside_the_balance(billing, uow, ivan):
    hold(uow(), ivan, INCOME, "20.00 UAH", "order")
    now = statement_of(billing, ivan)
    assert (now.closing, now.held) == (money("85.00 UAH"), money("20.00 UAH"))


def test_a_new_wallet_has_an_empty_statement(billing, uow):
    empty = statement_of(billing, open_wallet(uow(), "wallet:new"))
    assert (empty.lines, empty.opening, empty.closing) == ([], money("0 UAH"), money("0 UAH"))


def test_amounts_of_a_statement_are_whole_numbers_and_can_be_written(billing, ivan):
    part = statement_of(billing, ivan, until=hour(3))
    assert {type(each.minor) for each in (part.opening, part.closing, part.lines[0].balance)} == {int}
    assert str(part.closing) == "97.00 UAH"


def test_a_system_account_is_summed_on_reading(billing, ivan):
    with billing.reading() as session:
        assert system_balance(session, INCOME) == money("15.00 UAH")
        assert type(system_balance(session, INCOME).minor) is int
        with pytest.raises(NoResultFound):
            system_balance(session, "income:nothing")


def test_pages_follow_each_other_without_gap_or_repeat(billing, ivan):
    whole = statement_of(billing, ivan)
    pages, older_than = [], None
    while True:
        pages.append(statement_of(billing, ivan, limit=2, older_than=older_than))
        older_than = pages[-1].next
        if older_than is None:
            break
    assert [line for page in pages for line in page.lines] == whole.lines
    assert [page.closing for page in pages[1:]] == [page.opening for page in pages[:-1]]
    assert (pages[-1].opening, whole.next) == (money("0 UAH"), None)


def test_pages_within_a_range(billing, ivan):
    limits = {"since": hour(1), "until": hour(4), "limit": 2}
    first = statement_of(billing, ivan, **limits)
    second = statement_of(billing, ivan, **limits, older_than=first.next)
    assert amounts(first) == [("-3", "94"), ("-2", "97")]
    assert (amounts(second), second.next, second.opening) == ([("-1", "99")], None, money("100 UAH"))


def test_a_page_begins_at_a_movement_of_this_account_only(billing, uow, ivan):
    open_wallet(uow(), "wallet:petro", "1 UAH")
    for wrong in (10**6, max(line.id for line in statement_of(billing, "wallet:petro").lines)):
        with pytest.raises(NotFound):
            statement_of(billing, ivan, older_than=wrong)


def test_what_was_undone_and_what_undid_it_name_each_other(billing, uow, ivan):
    fee = transfers(billing)[1]
    reverse(uow(), fee, "undo 1")
    newest = statement_of(billing, ivan).lines
    undone = next(line for line in newest if line.id == fee.id)
    undoing = next(line for line in newest if line.reverses_id == fee.id)
    assert (undone.reversed_by, undoing.reversed_by, undoing.amount) == (undoing.id, None, money("1 UAH"))


def test_one_line_can_be_read_alone(billing, ivan):
    whole = statement_of(billing, ivan)
    with billing.reading() as session:
        account = session.scalars(select(Account).where(Account.code == ivan)).one()
        assert [line_of(session, account=account, number=line.id) for line in whole.lines] == whole.lines


def test_each_side_is_read_from_its_index_in_the_order_of_time(billing, ivan):
    """So the newest lines of one wallet cost the same among a thousand movements and among millions."""
    plans = []

    def explain(connection, cursor, statement, parameters, *_):
        if statement.startswith("SELECT") and "ledger_transfer.source_id = " in statement and "LIMIT" in statement:
            how = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
            plan = connection.exec_driver_sql(how + statement, parameters)
            plans.append(str(plan.all()))

    event.listen(billing.engine, "after_cursor_execute", explain)
    statement_of(billing, ivan, limit=2)
    event.remove(billing.engine, "after_cursor_execute", explain)
    [plan] = plans
    assert "ix_ledger_transfer_source_id_at" in plan
    assert "TEMP B-TREE" not in plan
    assert "filesort" not in plan
