"""Whatever order notices come in, and however often: the credits are those of a model of two lines."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ppv_module.credits.models import OrderState
from tests.support import assert_books_balance

CREDITS, PRICE = 100, 999


def model(refunds, reversals, cancellings):
    """What is left of the grant when everything has arrived: equal reversals are cancelled one by one."""
    standing = reversals[min(cancellings, len(reversals)) :]
    taken = sum(-(-CREDITS * minor // PRICE) for minor in [*refunds, *standing])
    return CREDITS - min(taken, CREDITS)


@st.composite
def stories(draw):
    """Refunds, equal reversals, how many of these are cancelled, and the order in which all of it is told."""
    refunds = draw(st.lists(st.integers(1, PRICE), max_size=3))
    reversals = [draw(st.integers(1, PRICE))] * draw(st.integers(0, 2))
    cancellings = draw(st.integers(0, len(reversals)))
    kinds = ["Pending", "Completed"] + [f"refund {each}" for each in range(len(refunds))]
    kinds += [f"reversal {each}" for each in range(len(reversals))]
    kinds += [f"cancelling {each}" for each in range(cancellings)]
    repeats = draw(st.lists(st.sampled_from(kinds), max_size=4))
    return refunds, reversals, cancellings, draw(st.permutations([*kinds, *repeats]))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=stories())
def test_any_order_and_any_repeats_end_alike(shop, clock, make, billing, story):
    refunds, reversals, cancellings, told = story
    login = make.subscriber().login
    order = shop.order(login, shop.pack(credits=CREDITS, price_minor=PRICE))
    notices = messages(shop, shop.fields(order), refunds, reversals, cancellings)
    waiting = []
    for kind in told:
        number = shop.keep(notices[kind])
        if shop.settle(number).waits:
            waiting.append(number)
        assert 0 <= shop.chat.balance(login) <= CREDITS
    for _ in range(len(waiting) + 1):  # the worker comes again until nothing waits
        clock.advance(minutes=5)
        waiting = [each for each in waiting if shop.settle(each).waits]

    assert waiting == []
    assert shop.chat.balance(login) == model(refunds, reversals, cancellings)
    standing = sum(refunds) + sum(reversals[cancellings:])
    assert shop.again(order).state is (OrderState.REFUNDED if standing >= PRICE else OrderState.PAID)
    assert_books_balance(billing)


def messages(shop, paid, refunds, reversals, cancellings):
    """What PayPal tells, by kind: a repeat is the same message."""
    told = {"Pending": {**paid, "payment_status": "Pending"}, "Completed": paid}
    told |= {f"refund {at}": follows(shop, paid, "Refunded", -minor) for at, minor in enumerate(refunds)}
    told |= {f"reversal {at}": follows(shop, paid, "Reversed", -minor) for at, minor in enumerate(reversals)}
    for at in range(cancellings):
        told[f"cancelling {at}"] = follows(shop, paid, "Canceled_Reversal", reversals[at])
    return told


def follows(shop, paid, status, minor):
    sign = "-" if minor < 0 else ""
    return shop.follows(paid, status, f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02d}")


@pytest.mark.parametrize(
    ("refunds", "reversals", "cancellings", "left"),
    [([], [], 0, 100), ([333, 333, 333], [], 0, 0), ([1], [], 0, 99), ([300], [999], 1, 69), ([], [999, 999], 1, 0)],
)
def test_the_model_itself(refunds, reversals, cancellings, left):
    assert model(refunds, reversals, cancellings) == left
