"""What does not agree is found, and nothing else is."""

from datetime import UTC, date, datetime, timedelta

import pytest

from billing.ledger.models import Account
from ppv_module.chat.reports.reconciling import Kind, findings
from ppv_module.chat.reports.spans import Span
from ppv_module.chat.shows.models import EndReason
from ppv_module.credits.accounts import grant, lock_credits
from ppv_module.credits.models import CreditState, OrderState, Verdict
from tests.ppv.reports.counting import statements
from tests.support import STAFF

NOV_10 = datetime(2026, 11, 10, 12, tzinfo=UTC)


@pytest.fixture
def found(billing, clock):
    """The kinds that are found, each with what it is about."""

    def find(first=date(2026, 11, 1), last=date(2026, 11, 30), kind=None):
        span = Span.of_days(first, last, billing.zone)
        with billing.reading() as session:
            return [(each.kind, each.about) for each in findings(session, span=span, now=clock(), kind=kind)]

    return find


@pytest.fixture
def granted(chat, clock):
    """Grants the credits of an order in the ledger."""

    def grant_order(order):
        uow = chat.make.billing.uow()
        with uow:
            purse = lock_credits(uow, order.login)
            key = f"ppv.order:{order.id}:credits"
            grant(uow, purse, credits=order.credits, key=key, actor=STAFF, at=clock())

    return grant_order


def test_what_agrees_is_not_found(made, chat, here, there, found, granted):
    made.show(here.performer, here.viewer, ended_at=NOV_10)
    made.show(there.performer, there.viewer, ended_at=NOV_10, credits=0)
    order = made.order(chat.pack(there.tenant, currency="EUR"), "hans", paid_at=NOV_10)
    made.payment(order, at=NOV_10, gross=10_000)
    granted(order)
    made.notice(at=NOV_10, verdict=Verdict.VERIFIED)
    assert found() == []


def test_a_payment_without_a_grant(made, chat, there, found):
    order = made.order(chat.pack(there.tenant), "hans", state=OrderState.DISPUTED)
    payment = made.payment(order, at=NOV_10, gross=9_999, granted=False, flag="wrong_sum")
    assert found() == [(Kind.PAYMENT_WITHOUT_GRANT, str(payment.id))]
    assert found(first=date(2026, 11, 11)) == []


@pytest.mark.parametrize("provider", ["paypal", "wallet"])
def test_a_grant_without_a_payment(made, chat, there, found, granted, provider):
    order = made.order(chat.pack(there.tenant), "hans", paid_at=NOV_10, provider=provider)
    granted(order)
    assert found() == [(Kind.GRANT_WITHOUT_PAYMENT, str(order.id))]


def test_a_paid_order_without_credits(made, chat, there, found):
    order = made.order(chat.pack(there.tenant), "hans", paid_at=NOV_10)
    made.payment(order, at=NOV_10, gross=10_000)
    assert found() == [(Kind.CREDITS_MISSING, str(order.id))]


@pytest.mark.parametrize("facts", [{"paid": False}, {"credits_charged": 59}])
def test_a_show_that_the_ledger_does_not_know(made, here, found, facts):
    show = made.show(here.performer, here.viewer, ended_at=NOV_10, **facts)
    assert found() == [(Kind.LEDGER_DIFFERS, show.id)]


def test_a_balance_that_is_not_the_sum_of_its_movements(made, chat, here, found):
    made.tip(here.performer, here.viewer, 5, at=NOV_10)
    chat.give("ivan", 10)
    assert found() == []
    uow = chat.make.billing.uow()
    with uow:
        account = uow.session.get_one(CreditState, "ivan").account_id
        uow.session.get_one(Account, account).balance_minor = 11
    assert found() == [(Kind.BALANCE_DIFFERS, "ivan")]
    assert found(first=date(2026, 11, 20)) == []


def test_ledger_rows_of_another_show_do_not_count(made, here, found):
    made.show(here.performer, here.viewer, ended_at=NOV_10, id="aaa")
    made.show(here.performer, here.viewer, ended_at=NOV_10, id="aa", paid=False)
    assert found() == [(Kind.LEDGER_DIFFERS, "aa")]


@pytest.mark.parametrize(
    ("claims", "differs"), [(["20", "40"], False), (["20", "60"], False), (["1", "2"], True), (["what"], True)]
)
def test_claims_of_the_chat_are_compared_by_sum_and_by_the_last(made, here, found, claims, differs):
    show = made.show(here.performer, here.viewer, ended_at=NOV_10, credits=60)
    for claim in claims:
        made.claim(show, claim, at=NOV_10)
    assert found() == ([(Kind.CLAIM_DIFFERS, show.id)] if differs else [])


def test_notices_that_wait_too_long_or_failed(made, clock, found):
    fresh, old = clock() - timedelta(minutes=5), clock() - timedelta(hours=2)
    made.notice(at=fresh)
    late = made.notice(at=old)
    wrong, broken = (made.notice(at=fresh, verdict=each) for each in (Verdict.INVALID, Verdict.ERROR))
    assert found() == [(Kind.NOTICE_STUCK, str(each.id)) for each in (broken, wrong, late)]


def test_shows_that_nobody_ended(made, here, found):
    swept = {"end_reason": EndReason.TICK_TIMEOUT, "ended_by": "sweeper"}
    lost = made.show(here.performer, here.viewer, ended_at=NOV_10, **swept)
    exhausted = {"end_reason": EndReason.CREDITS_EXHAUSTED, "ended_by": "sweeper"}
    late = made.show(here.performer, here.viewer, ended_at=NOV_10 + timedelta(hours=1), **exhausted)
    assert found() == [(Kind.SWEPT, late.id), (Kind.SWEPT, lost.id)]
    assert found(kind=Kind.NOTICE_STUCK) == []


def test_the_report_takes_as_many_statements_for_many_as_for_few(billing, made, here, found):
    with statements(billing.engine) as few:
        found()
    for _time in range(3):
        show = made.show(here.performer, here.viewer, ended_at=NOV_10, paid=False)
        made.claim(show, "1", at=NOV_10)
        made.notice(at=NOV_10, verdict=Verdict.ERROR)
    with statements(billing.engine) as many:
        assert len(found()) == 9
    assert len(many) == len(few)
