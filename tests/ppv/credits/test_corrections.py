"""Credits by hand, and freezing."""

import pytest

from billing.errors import InvalidInput, KeyReused
from billing.host.base import UnknownLogin
from billing.ledger.holds import Ledger
from billing.uow import UnitOfWork
from ppv_module.credits.accounts import claw_back, lock_credits, spend
from ppv_module.credits.corrections import correct
from ppv_module.credits.freezing import InDebt, freeze, unfreeze
from ppv_module.credits.models import CreditState
from ppv_module.credits.reasons import ReasonNeeded
from ppv_module.errors import InsufficientCredits, WalletFrozen
from tests.billing.books import at_once
from tests.olltv.support import events
from tests.support import STAFF, Crash, assert_books_balance, crash_after


@pytest.fixture
def give(billing, clock, ivan):
    """Staff change Ivan's credits."""

    def call(delta, key="k1", reason="complaint 17", login="ivan", **more):
        return correct(
            billing.uow(), login=login, delta=delta, reason=reason, key=key, actor=STAFF, now=clock(), **more
        )

    return call


def state(billing):
    with billing.reading() as session:
        return session.get_one(CreditState, "ivan")


@pytest.fixture
def purse(billing):
    """Something done with Ivan's credits, in one transaction."""

    def call(action):
        uow = billing.uow()
        with uow:
            return action(uow, lock_credits(uow, "ivan"))

    return call


def test_credits_are_given_once_with_a_reason(billing, chat, give):
    done, seen = give(100), len(events(billing))
    assert give(100).id == done.id
    assert (chat.balance("ivan"), done.note, done.actor, state(billing).bonus) == (100, "complaint 17", "olena", 100)
    assert events(billing)[seen - 1] == "PPV CREDITS (ivan) ON `100` CORRECTION `complaint 17`"
    assert events(billing, since=seen) == []
    assert_books_balance(billing)


def test_a_reason_forges_no_line_of_the_event_log(billing, give):
    seen = len(events(billing))
    give(5, reason=" complaint\r\n2026-01-01 olena PPV CREDITS (ivan) UNFROZEN\t17 ")
    assert events(billing)[seen:][-1] == (
        "PPV CREDITS (ivan) ON `5` CORRECTION `complaint 2026-01-01 olena PPV CREDITS (ivan) UNFROZEN 17`"
    )


def test_credits_that_make_up_for_bought_ones_are_no_gift(billing, chat, give):
    give(100, is_gift=False)
    assert (chat.balance("ivan"), state(billing).bonus) == (100, 0)
    assert_books_balance(billing)


def test_a_repeat_makes_no_gift_of_what_was_bought(billing, give):
    give(50, key="bought", is_gift=False)
    for _ in range(2):
        give(20)
    assert state(billing).bonus == 20


def test_credits_are_taken_but_never_more_than_there_are(billing, chat, give):
    give(100)
    give(-40, key="k2")
    assert (chat.balance("ivan"), state(billing).bonus) == (60, 60)
    with pytest.raises(InsufficientCredits):
        give(-61, key="k3")
    give(-60, key="k4")
    assert (chat.balance("ivan"), state(billing).bonus) == (0, 0)
    assert_books_balance(billing)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"reason": "  "}, ReasonNeeded),
        ({"reason": "x" * 201}, ReasonNeeded),
        ({"delta": 0}, InvalidInput),
        ({"delta": 10_000_001}, InvalidInput),
        ({"key": ""}, InvalidInput),
        ({"key": "k" * 65}, InvalidInput),
        ({"login": "nobody"}, UnknownLogin),
    ],
)
def test_what_cannot_be_booked_is_refused(billing, chat, give, given, error):
    with pytest.raises(error):
        give(**{"delta": 5, **given})
    assert chat.balance("ivan") == 0
    assert_books_balance(billing)


def test_a_key_is_one_correction(give, make):
    make.subscriber("olha")
    give(5)
    with pytest.raises(KeyReused):
        give(6)
    with pytest.raises(KeyReused):
        give(5, login="olha")


@pytest.mark.parametrize(("target", "point"), [(Ledger, "transfer"), (Ledger, "set_floor"), (UnitOfWork, "commit")])
def test_a_crash_is_repaired_by_a_repeat(billing, chat, give, target, point):
    with pytest.raises(Crash), crash_after(target, point):
        give(100)
    assert_books_balance(billing)
    give(100)
    assert (chat.balance("ivan"), state(billing).bonus) == (100, 100)
    assert_books_balance(billing)


def test_many_at_once_never_take_more_than_there_is(billing, chat, give):
    give(100)
    answers = at_once(12, lambda number: give(-30, key=f"take-{number}"))
    assert sum(not isinstance(each, Exception) for each in answers) == 3
    assert (chat.balance("ivan"), state(billing).bonus) == (10, 10)
    assert_books_balance(billing)


def test_a_debt_eats_gifts_and_shrinks_for_good(billing, chat, give, purse, clock):
    give(50)
    purse(lambda uow, found: claw_back(uow, found, credits=150, key="c", actor=STAFF, at=clock(), note="refund"))
    assert (chat.balance("ivan"), state(billing).bonus, state(billing).frozen_by) == (-100, 0, "debt")
    give(60, key="k2")
    with pytest.raises(InsufficientCredits):  # the debt is 40 now and cannot grow to 100 again
        purse(lambda uow, found: spend(uow, found, credits=1, key="s", actor=STAFF, at=clock()))
    give(70, key="k3")
    assert (chat.balance("ivan"), state(billing).bonus, state(billing).frozen_by) == (30, 30, "")
    assert_books_balance(billing)


def test_frozen_credits_are_not_spent_until_somebody_unfreezes_them(billing, give, purse, clock):
    give(100)
    for _ in range(2):
        freeze(billing.uow(), login="ivan", reason="stolen card", actor=STAFF, now=clock())
    with pytest.raises(WalletFrozen):
        purse(lambda _uow, found: found.require_open())
    assert (state(billing).frozen_by, state(billing).frozen_reason) == ("staff", "stolen card")
    assert events(billing)[-1] == "PPV CREDITS (ivan) FROZEN `stolen card`"

    for _ in range(2):
        unfreeze(billing.uow(), login="ivan", actor=STAFF, now=clock())
    purse(lambda _uow, found: found.require_open())
    assert events(billing)[-1] == "PPV CREDITS (ivan) UNFROZEN"
    assert [each for each in events(billing) if "FROZEN" in each][2:] == []
    with pytest.raises(ReasonNeeded):
        freeze(billing.uow(), login="ivan", reason="", actor=STAFF, now=clock())


def test_a_debt_is_not_unfrozen_by_hand(billing, chat, give, purse, clock):
    purse(lambda uow, found: claw_back(uow, found, credits=40, key="c", actor=STAFF, at=clock(), note="refund"))
    with pytest.raises(InDebt) as refusal:
        unfreeze(billing.uow(), login="ivan", actor=STAFF, now=clock())
    assert str(refusal.value.facts["lack"]) == "40 CRD"

    freeze(billing.uow(), login="ivan", reason="fraud", actor=STAFF, now=clock())
    unfreeze(billing.uow(), login="ivan", actor=STAFF, now=clock())
    assert state(billing).frozen_by == "debt"
    give(40)
    assert state(billing).frozen_by == ""

    freeze(billing.uow(), login="ivan", reason="fraud", actor=STAFF, now=clock())
    give(40, key="k2")
    assert state(billing).frozen_by == "staff"
    assert_books_balance(billing)
