"""Payouts: rows are locked once, money is rounded once, nothing is paid twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select, update

from billing.errors import InvalidInput
from billing.events import Event, EventLog
from billing.ledger.audit import audit
from billing.ledger.models import Account, Transfer
from billing.ledger.posting import Posting
from billing.uow import UnitOfWork
from ppv_module.chat.earnings.models import Earning, Payout, PayoutState
from ppv_module.chat.earnings.payout_checks import CHECKS
from ppv_module.chat.earnings.payouts import (
    NothingToPay,
    UnknownPayout,
    WrongPayoutState,
    WrongPeriod,
    draft_payout,
    draft_payouts,
    pay_payout,
    void_payout,
)
from ppv_module.chat.earnings.tips import reverse_tip, send_tip
from ppv_module.errors import BadState, UnknownPerformer, UnknownTenant
from tests.ppv.earnings.earned import assert_payouts_sound, show, tip
from tests.support import NOV_10, STAFF, Crash, assert_books_balance, crash_after

BEGIN, END = NOV_10 - timedelta(days=9), NOV_10 + timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def tenant(chat):
    return chat.tenant()


@pytest.fixture
def olha(chat, tenant):
    return chat.performer(tenant, "olha")


@pytest.fixture
def ivan(chat, tenant):
    return chat.viewer(tenant, "ivan", credits=1000)


def draft(uow, performer, begins_at=BEGIN, ends_at=END, **given: Any) -> Payout:
    who = {"tenant_id": performer.tenant_id, "performer_id": performer.person_id} | given
    return draft_payout(uow(), **who, begins_at=begins_at, ends_at=ends_at, actor=STAFF, now=NOV_10)


def pay(uow, payout, reference: str = "IBAN 7", now=NOV_10) -> Payout:
    return pay_payout(uow(), payout_id=payout.id, reference=reference, actor=STAFF, now=now)


def void(uow, payout) -> Payout:
    return void_payout(uow(), payout_id=payout.id, actor=STAFF, now=NOV_10)


def paid(billing, code: str) -> int:
    """What has come to the account of this code, in minor units."""
    with billing.reading() as session:
        query = select(func.sum(Transfer.amount_minor)).join(Account, Account.id == Transfer.target_id)
        return session.scalar(query.where(Account.code == code)) or 0


def rows_of(billing, payout) -> int:
    with billing.reading() as session:
        return session.scalar(select(func.count()).where(Earning.payout_id == payout.id)) or 0


def test_a_draft_locks_the_rows_of_its_half_open_period(uow, billing, chat, olha, ivan):
    first = tip(chat, olha, ivan, 1000, at=BEGIN)
    last = show(chat, olha, ivan, 2500, at=END - SECOND)
    outside = [tip(chat, olha, ivan, 7000, at=at) for at in (BEGIN - SECOND, END)]
    payout = draft(uow, olha)
    assert (payout.amount_minor, payout.carried_mills, payout.currency) == (350, 0, "UAH")
    assert payout.state is PayoutState.DRAFT
    assert [chat.again(each).payout_id for each in (first, last)] == [payout.id] * 2
    assert [chat.again(each).payout_id for each in outside] == [None] * 2


def test_the_remainder_is_carried_and_paid_next_time(uow, chat, olha, ivan):
    tip(chat, olha, ivan, 1004, at=BEGIN)
    first = draft(uow, olha)
    assert (first.amount_minor, first.carried_mills) == (100, 4)
    tip(chat, olha, ivan, 1001, at=END)
    second = draft(uow, olha, END, END + SECOND)
    assert (second.brought_mills, second.amount_minor, second.carried_mills) == (4, 101, -5)
    tip(chat, olha, ivan, 1000, at=END + SECOND)
    third = draft(uow, olha, END + SECOND, END + 2 * SECOND)
    assert (third.brought_mills, third.amount_minor, third.carried_mills) == (-5, 100, -5)


def test_a_debt_is_paid_nothing_and_carried(uow, billing, chat, olha, ivan):
    tip(chat, olha, ivan, -2000, at=BEGIN)
    first = draft(uow, olha)
    assert (first.amount_minor, first.carried_mills) == (0, -2000)
    assert pay(uow, first).state is PayoutState.PAID
    assert paid(billing, f"performer:{olha.person_id}") == 0
    tip(chat, olha, ivan, 5000, at=END)
    assert draft(uow, olha, END, END + SECOND).amount_minor == 300
    assert_payouts_sound(billing)


def test_a_second_draft_of_the_period_is_the_same_payout(uow, chat, olha, ivan):
    tip(chat, olha, ivan, 1000, at=BEGIN)
    assert draft(uow, olha).id == draft(uow, olha).id
    with pytest.raises(NothingToPay):
        draft(uow, olha, BEGIN, END + SECOND)


def test_what_came_later_into_a_period_is_another_payout(uow, billing, chat, olha, ivan):
    tip(chat, olha, ivan, 1000, at=BEGIN)
    first = draft(uow, olha)
    tip(chat, olha, ivan, 500, at=BEGIN)
    second = draft(uow, olha)
    assert (second.id != first.id, second.amount_minor) == (True, 50)
    assert (rows_of(billing, first), rows_of(billing, second)) == (1, 1)


def test_a_reversed_tip_is_not_paid(uow, chat, olha, ivan):
    tip(chat, olha, ivan, 1000, at=BEGIN, reversed_at=BEGIN)
    with pytest.raises(NothingToPay) as refusal:
        draft(uow, olha)
    assert refusal.value.facts == {"performer": "Olha"}


def test_another_currency_is_paid_apart(uow, billing, chat, olha, ivan):
    tip(chat, olha, ivan, 1000, at=BEGIN)
    tip(chat, olha, ivan, 3000, at=BEGIN, currency="EUR")
    ours, euros = draft(uow, olha), draft(uow, olha, currency="EUR")
    assert [(each.amount_minor, each.currency) for each in (ours, euros)] == [(100, "UAH"), (300, "EUR")]
    pay(uow, ours)
    pay(uow, euros)
    assert paid(billing, f"performer:{olha.person_id}") == 100
    assert paid(billing, f"performer:{olha.person_id}:EUR") == 300
    assert_payouts_sound(billing)


def test_tenants_with_equal_numbers_are_apart(uow, billing, chat, tenant, olha, ivan):
    other = chat.tenant()
    oksana = chat.performer(other, "oksana", number=chat.again(olha).room_id % 10_000)
    tip(chat, olha, ivan, 1000, at=BEGIN)
    tip(chat, oksana, chat.viewer(other, "ivan"), 2000, at=BEGIN)
    [hers] = draft_payouts(uow(), tenant_id=tenant.id, begins_at=BEGIN, ends_at=END, actor=STAFF, now=NOV_10)
    assert (hers.performer_id, hers.amount_minor) == (olha.person_id, 100)
    with pytest.raises(UnknownPerformer):
        draft(uow, oksana, tenant_id=tenant.id)
    with pytest.raises(UnknownTenant):
        draft(uow, oksana, tenant_id=999)
    assert draft(uow, oksana).amount_minor == 200


def test_drafts_for_everybody_include_those_who_have_left(uow, chat, tenant, olha, ivan):
    gone, idle = chat.performer(tenant, "gone", active=False), chat.performer(tenant, "idle")
    for performer, mills in ((olha, 1000), (gone, 2000)):
        tip(chat, performer, ivan, mills, at=BEGIN)
    tip(chat, gone, ivan, 3000, at=BEGIN, currency="EUR")
    period = {"tenant_id": tenant.id, "begins_at": BEGIN, "ends_at": END, "actor": STAFF, "now": NOV_10}
    drafted = draft_payouts(uow(), **period)
    found = {(each.performer_id, each.currency): each.amount_minor for each in drafted}
    assert found == {(olha.person_id, "UAH"): 100, (gone.person_id, "UAH"): 200, (gone.person_id, "EUR"): 300}
    assert idle.person_id not in {each.performer_id for each in drafted}
    assert draft_payouts(uow(), **period) == []


def test_a_period_must_have_a_length(uow, olha):
    with pytest.raises(WrongPeriod):
        draft(uow, olha, END, END)


def test_a_payout_is_paid_once(uow, billing, chat, olha, ivan):
    tip(chat, olha, ivan, 1005, at=BEGIN)
    payout = draft(uow, olha)
    done = pay(uow, payout, " IBAN\n7 ")
    assert (done.state, done.reference, done.paid_at) == (PayoutState.PAID, "IBAN 7", NOV_10)
    again = pay(uow, payout, "another", NOV_10 + SECOND)
    assert (again.reference, again.paid_at) == ("IBAN 7", NOV_10)
    assert paid(billing, f"performer:{olha.person_id}") == payout.amount_minor == 101
    assert_payouts_sound(billing)
    with billing.reading() as session:
        lines = session.scalars(select(Event.text).where(Event.login == "olha").order_by(Event.id)).all()
    assert lines == [
        f"PPV PAYOUT [{payout.id}] FOR (olha) DRAFT `1.01 UAH`",
        f"PPV PAYOUT [{payout.id}] FOR (olha) PAID `1.01 UAH` REFERENCE `IBAN 7`",
    ]


@pytest.mark.parametrize("reference", ["", "  ", "x" * 129])
def test_a_payment_needs_a_reference(uow, billing, chat, olha, ivan, reference):
    tip(chat, olha, ivan, 1000, at=BEGIN)
    payout = draft(uow, olha)
    with pytest.raises(InvalidInput):
        pay(uow, payout, reference)
    assert chat.again(payout).state is PayoutState.DRAFT


def test_a_void_payout_lets_its_rows_go(uow, billing, chat, olha, ivan):
    row = tip(chat, olha, ivan, 1004, at=BEGIN)
    payout = draft(uow, olha)
    assert void(uow, payout).state is void(uow, payout).state is PayoutState.VOID
    assert chat.again(row).payout_id is None
    with pytest.raises(WrongPayoutState):
        pay(uow, payout)
    again = draft(uow, olha)
    assert (again.id != payout.id, again.amount_minor, again.brought_mills) == (True, 100, 0)


def test_voiding_an_earlier_payout_pays_nothing_twice(uow, chat, olha, ivan):
    tip(chat, olha, ivan, 1004, at=BEGIN)
    first = draft(uow, olha)
    tip(chat, olha, ivan, 1004, at=END)
    second = draft(uow, olha, END, END + SECOND)
    assert second.amount_minor == 101
    void(uow, first)
    third = draft(uow, olha)
    assert second.amount_minor + third.amount_minor == 201
    assert third.brought_mills + second.brought_mills == second.carried_mills


def test_what_was_paid_is_not_voided(uow, chat, olha, ivan):
    row = tip(chat, olha, ivan, 1000, at=BEGIN)
    payout = pay(uow, draft(uow, olha))
    with pytest.raises(WrongPayoutState) as refusal:
        void(uow, payout)
    assert refusal.value.facts["state"] is PayoutState.PAID
    assert chat.again(row).payout_id == payout.id


def test_a_payout_that_is_none_is_told(uow):
    for step in (
        lambda: pay_payout(uow(), payout_id=9, reference="x", actor=STAFF, now=NOV_10),
        lambda: void_nine(uow),
    ):
        with pytest.raises(UnknownPayout):
            step()


def void_nine(uow) -> Payout:
    return void_payout(uow(), payout_id=9, actor=STAFF, now=NOV_10)


@pytest.mark.parametrize("target", [(Posting, "transfer"), (UnitOfWork, "commit")])
def test_a_crash_while_paying_leaves_one_payment_at_most(uow, billing, chat, olha, ivan, target):
    tip(chat, olha, ivan, 1000, at=BEGIN)
    payout = draft(uow, olha)
    with pytest.raises(Crash), crash_after(*target):
        pay(uow, payout)
    pay(uow, payout)
    assert paid(billing, f"performer:{olha.person_id}") == 100
    assert_payouts_sound(billing)


def test_a_crash_while_drafting_locks_nothing(uow, chat, olha, ivan):
    row = tip(chat, olha, ivan, 1000, at=BEGIN)
    with pytest.raises(Crash), crash_after(EventLog, "write"):
        draft(uow, olha)
    assert chat.again(row).payout_id is None
    assert draft(uow, olha).amount_minor == 100


def at_once(*actions: Any) -> list[Any]:
    start = Barrier(len(actions))

    def run(action: Any) -> Any:
        start.wait()
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def test_two_drafts_at_once_are_one_payout(uow, billing, chat, olha, ivan):
    for _ in range(20):
        tip(chat, olha, ivan, 1000, at=BEGIN)
    drafted = at_once(*[lambda: draft(uow, olha)] * 6)
    assert len({each.id for each in drafted}) == 1
    with billing.reading() as session:
        assert session.scalar(select(func.count()).select_from(Payout)) == 1
    assert drafted[0].amount_minor == 2000


def test_overlapping_drafts_at_once_share_no_row(uow, billing, chat, olha, ivan):
    for day in range(10):
        tip(chat, olha, ivan, 1000, at=BEGIN + timedelta(days=day))
    periods = [(BEGIN, BEGIN + timedelta(days=6)), (BEGIN + timedelta(days=4), END)]
    drafted = at_once(*[lambda ends=ends: draft(uow, olha, *ends) for ends in periods])
    assert sum(each.amount_minor for each in drafted) == 1000
    assert sum(rows_of(billing, each) for each in drafted) == 10


def test_paid_many_times_at_once_is_paid_once(uow, billing, chat, olha, ivan):
    tip(chat, olha, ivan, 1000, at=BEGIN)
    payout = draft(uow, olha)
    at_once(*[lambda: pay(uow, payout)] * 6)
    assert paid(billing, f"performer:{olha.person_id}") == 100
    assert_payouts_sound(billing)


def test_paid_and_voided_at_once_is_one_of_both(uow, billing, chat, olha, ivan):
    row = tip(chat, olha, ivan, 1000, at=BEGIN)
    payout = draft(uow, olha)

    def tried(step: Any) -> bool:
        try:
            step(uow, payout)
        except WrongPayoutState:
            return False
        return True

    assert sorted(at_once(lambda: tried(pay), lambda: tried(void))) == [False, True]
    is_paid = chat.again(payout).state is PayoutState.PAID
    assert paid(billing, f"performer:{olha.person_id}") == (100 if is_paid else 0)
    assert (chat.again(row).payout_id is not None) is is_paid


SPOILED = [
    ("payout_differs", Payout, {"amount_minor": 99}),
    ("payout_differs", Payout, {"state": PayoutState.VOID}),
    ("payout_unpaid", Payout, {"state": PayoutState.DRAFT}),
    ("payout_foreign_row", Earning, {"currency": "EUR"}),
    ("payout_foreign_row", Earning, {"reversed_at": NOV_10}),
]


@pytest.mark.parametrize(("code", "model", "values"), SPOILED)
def test_the_audit_finds_what_was_spoiled(uow, billing, chat, olha, ivan, code, model, values):
    tip(chat, olha, ivan, 1004, at=BEGIN)
    pay(uow, draft(uow, olha))
    with (unit := uow()):
        unit.session.execute(update(model).values(values))
    with billing.reading() as session:
        assert code in {finding.code for finding in audit(session, CHECKS)}


def test_a_tip_is_paid_or_taken_back_never_both(uow, billing, chat, olha, ivan):
    couple = {"viewer_id": ivan.id, "performer_id": olha.person_id}
    sent = [
        send_tip(uow(), **couple, credits=60, key=f"race-{number}", actor=STAFF, now=BEGIN).id for number in range(8)
    ]

    def take_back(number: int) -> bool:
        try:
            reverse_tip(uow(), earning_id=number, reason="x", actor=STAFF, now=NOV_10)
        except BadState:
            return False
        return True

    payout, *outcomes = at_once(lambda: draft(uow, olha), *[lambda each=each: take_back(each) for each in sent[1:]])
    kept = 1 + outcomes.count(False)
    assert (payout.amount_minor, rows_of(billing, payout)) == (50 * kept, kept)
    assert_books_balance(billing)
