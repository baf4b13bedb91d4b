"""Notices from the mail slot to the credits: verified, denied, without an answer, unreadable, forgotten."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from billing.errors import InvalidInput, NotFound
from billing.uow import UnitOfWork
from ppv_module.credits import notices
from ppv_module.credits.models import OrderState, Verdict
from ppv_module.paypal import worker
from ppv_module.paypal.worker import work_off
from tests.olltv.support import events
from tests.support import STAFF, Crash, assert_books_balance, crash_after

PAYER = "payer@mail.example"


@pytest.fixture
def work(billing, clock, given):
    return lambda: work_off(billing, clock, given)


@pytest.fixture
def order(shop, ivan):
    return shop.order("ivan")


def test_a_notice_is_kept_as_it_came_and_nothing_moves_before_it_is_verified(billing, shop, order, verifier, work):
    fields = shop.fields(order, first_name="Yván")
    number = shop.keep(fields)
    notice = shop.notice(number)
    assert notice.raw == urlencode(fields).encode()
    assert (notice.verdict, notice.attempts, shop.chat.balance("ivan")) == (Verdict.QUEUED, 0, 0)

    assert work() == 1

    assert verifier.asked == [b"cmd=_notify-validate&" + notice.raw]
    notice = shop.notice(number)
    assert (notice.verdict, notice.due_at, notice.flag) == (Verdict.VERIFIED, None, "")
    assert (shop.chat.balance("ivan"), shop.again(order).state) == (600, OrderState.PAID)
    assert work() == 0
    assert_books_balance(billing)


def test_what_paypal_denies_has_no_effect_and_alerts_the_staff(billing, shop, order, verifier, work):
    verifier.answer = b"INVALID"
    number = shop.keep(shop.fields(order))
    work()
    notice = shop.notice(number)
    assert (notice.verdict, notice.due_at, notice.flag) == (Verdict.INVALID, None, "invalid")
    assert (shop.chat.balance("ivan"), shop.payments(), shop.again(order).state) == (0, [], OrderState.NEW)
    assert events(billing)[-1] == f"PPV NOTICE [{number}] OF PAYPAL NEEDS A LOOK `invalid`"
    assert work() == 0
    assert_books_balance(billing)


def test_without_an_answer_it_is_asked_again_ever_more_rarely_and_given_up_after_four_days(
    billing, shop, order, verifier, work, clock
):
    verifier.status = 503
    number = shop.keep(shop.fields(order))
    began, pauses = clock(), []
    while shop.notice(number).due_at:
        work()
        due = shop.notice(number).due_at
        if due:
            pauses.append(due - clock())
            clock.now = due
    assert pauses[:4] == [timedelta(seconds=each) for each in (30, 60, 120, 240)]
    assert max(pauses) == timedelta(hours=6)
    assert timedelta(days=4) <= clock() - began < timedelta(days=4, hours=6)
    notice = shop.notice(number)
    assert (notice.verdict, notice.flag, notice.attempts) == (Verdict.ERROR, "unverified", len(pauses) + 1)
    assert events(billing)[-1] == f"PPV NOTICE [{number}] OF PAYPAL NEEDS A LOOK `unverified`"
    assert shop.chat.balance("ivan") == 0

    verifier.status = 200
    notices.reprocess(billing.uow(), notice_id=number, actor=STAFF, now=clock())
    work()

    assert (shop.chat.balance("ivan"), shop.notice(number).flag) == (600, "")
    assert_books_balance(billing)


def test_a_silent_paypal_is_left_in_peace_until_the_next_round(shop, order, verifier, work, clock):
    verifier.answer = None
    for _ in range(6):
        shop.keep(shop.fields(order))
    assert work() == worker.MOST_FAILURES
    verifier.answer = b"VERIFIED"
    clock.advance(seconds=30)
    assert work() == 6
    assert shop.chat.balance("ivan") == 600


def test_a_refund_that_overtakes_its_payment_is_done_after_it_without_another_question(
    billing, shop, order, verifier, work, clock
):
    paid = shop.fields(order)
    early = shop.keep(shop.follows(paid, "Refunded", "-4.00"))
    work()
    assert (shop.notice(early).verdict, shop.payments()) == (Verdict.VERIFIED, [])
    shop.keep(paid)
    work()
    assert shop.chat.balance("ivan") == 600
    clock.advance(seconds=30)
    work()
    assert (shop.chat.balance("ivan"), len(verifier.asked)) == (360, 2)
    assert_books_balance(billing)


def test_a_refund_whose_payment_never_comes_is_given_up(billing, shop, order, work, clock):
    early = shop.keep(shop.follows(shop.fields(order), "Refunded", "-4.00"))
    work()
    clock.advance(days=4)
    work()
    assert (shop.notice(early).due_at, shop.notice(early).flag) == (None, "no_counterpart")
    assert events(billing)[-1] == f"PPV NOTICE [{early}] OF PAYPAL NEEDS A LOOK `no_counterpart`"

    notices.dismiss(billing.uow(), notice_id=early, actor=STAFF, now=clock())
    notices.dismiss(billing.uow(), notice_id=early, actor=STAFF, now=clock())

    assert shop.notice(early).flag == ""
    assert events(billing)[-1] == f"PPV NOTICE [{early}] SEEN `no_counterpart`"


def test_what_cannot_be_read_stops_nobody_else(billing, shop, order, work):
    bad, good = shop.keep(shop.fields(order, mc_gross="ten")), shop.keep(shop.fields(order))
    assert work() == 2
    assert (shop.notice(bad).flag, shop.notice(bad).action_taken) == ("unreadable", "unreadable: mc_gross")
    assert (shop.notice(good).flag, shop.chat.balance("ivan")) == ("", 600)
    assert_books_balance(billing)


def test_a_failure_of_ours_is_tried_again_and_says_nothing_of_the_payer(
    billing, shop, order, work, clock, monkeypatch, capsys
):
    def breaks(*_args, **_more):
        raise RuntimeError(PAYER)

    number = shop.keep(shop.fields(order))
    with monkeypatch.context() as patch:
        patch.setattr(worker, "settle", breaks)
        work()
    assert shop.notice(number).action_taken == "failed: RuntimeError"
    printed = capsys.readouterr()
    assert PAYER not in printed.out + printed.err
    clock.advance(seconds=30)
    work()
    assert shop.chat.balance("ivan") == 600


def test_a_worker_that_dies_leaves_its_notice_to_the_next(billing, shop, order, work, clock):
    number = shop.keep(shop.fields(order))
    with pytest.raises(Crash), crash_after(UnitOfWork, "commit"):
        work()
    assert shop.chat.balance("ivan") == 0
    assert work() == 0
    clock.advance(minutes=5)
    assert work() == 1
    assert (shop.chat.balance("ivan"), shop.notice(number).verdict) == (600, Verdict.VERIFIED)


def test_a_denial_that_comes_too_late_unsays_nothing(billing, shop, order, work, clock):
    """A worker was so slow that another one took its notice over, and has granted what it is for."""
    number = shop.keep(shop.fields(order))
    work()
    notices.deny(billing.uow(), notice_id=number, actor=STAFF, now=clock())
    assert (shop.notice(number).verdict, shop.notice(number).flag) == (Verdict.VERIFIED, "")
    assert shop.chat.balance("ivan") == 600


@pytest.mark.parametrize("workers", [8])
def test_a_hundred_identical_notices_and_many_workers_grant_once(billing, shop, order, work, verifier, workers):
    fields = shop.fields(order)
    with ThreadPoolExecutor(20) as pool:
        numbers = list(pool.map(lambda _: shop.keep(fields), range(100)))
    with ThreadPoolExecutor(workers) as pool:
        seen = sum(pool.map(lambda _: work(), range(workers)))

    assert (seen, len(verifier.asked)) == (100, 100)
    assert (shop.chat.balance("ivan"), len(shop.payments())) == (600, 1)
    assert {shop.notice(each).verdict for each in numbers} == {Verdict.VERIFIED}
    assert_books_balance(billing)


@pytest.mark.parametrize("raw", [b"", b"x" * (notices.LARGEST + 1)])
def test_what_no_notice_can_be_is_not_kept(billing, clock, raw):
    with pytest.raises(InvalidInput):
        notices.store_notice(
            billing.uow(), provider="paypal", raw=raw, content_type="", remote_ip="10.0.0.1", now=clock()
        )


def test_any_bytes_are_kept_exactly(billing, shop, clock):
    raw = bytes(range(256))
    number = notices.store_notice(
        billing.uow(), provider="paypal", raw=raw, content_type="x" * 200, remote_ip="::1", now=clock()
    )
    assert shop.notice(number).raw == raw


def test_who_has_paid_is_forgotten_after_its_time(billing, shop, order, work, clock):
    old, waiting = shop.keep(shop.fields(order)), None
    work()
    clock.advance(days=200)
    new = shop.keep(shop.fields(shop.order("ivan")))
    work()
    waiting = shop.keep(shop.follows(shop.fields(order), "Refunded", "-1.00"))
    clock.advance(days=201)

    assert notices.forget_old(billing.uow(), now=clock()) == 1
    assert notices.forget_old(billing.uow(), now=clock()) == 0

    assert (shop.notice(old).raw, shop.notice(old).remote_ip) == (b"", "")
    assert shop.notice(new).raw and shop.notice(waiting).raw
    assert [each.payer_email for each in shop.payments()] == ["", "payer@mail.example"]
    with pytest.raises(NotFound):
        notices.reprocess(billing.uow(), notice_id=old, actor=STAFF, now=clock())
    assert shop.chat.balance("ivan") == 1200
    assert_books_balance(billing)
