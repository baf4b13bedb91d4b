"""However earnings are split into payouts, all of them together are paid, rounded once."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from ppv_module.chat.earnings.models import Payout, PayoutState
from ppv_module.chat.earnings.payouts import NothingToPay, draft_payout, pay_payout, rounded, void_payout
from tests.ppv.earnings.earned import assert_payouts_sound, tip
from tests.support import NOV_10, STAFF

SECOND = timedelta(seconds=1)
MILLS = st.integers(1, 5000) | st.integers(1, 12) | st.integers(-3000, -1)
STEPS = st.lists(st.tuples(st.just("earn"), MILLS) | st.tuples(st.sampled_from(["draft", "pay", "void"]), st.just(0)))


@given(st.integers(-(10**9), 10**9))
def test_rounding_is_half_up_and_leaves_less_than_a_coin(mills):
    minor, left = rounded(mills, "UAH")
    assert minor * 10 + left == mills
    assert minor >= 0
    assert -5 <= left < 5 or (minor == 0 and left < 0)


@pytest.mark.parametrize(("mills", "minor", "left"), [(4, 0, 4), (5, 1, -5), (14, 1, 4), (15, 2, -5), (-7, 0, -7)])
def test_vectors_of_rounding(mills, minor, left):
    assert rounded(mills, "UAH") == (minor, left)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_split_pays_the_sum_and_carries_less_than_a_coin(uow, billing, chat, steps):
    tenant = chat.tenant()
    performer, viewer = chat.performer(tenant), chat.viewer(tenant)
    drafts: list[int] = []
    common = {"actor": STAFF, "now": NOV_10}

    def draft() -> None:
        period = {"begins_at": NOV_10 - SECOND, "ends_at": NOV_10 + SECOND}
        who = {"tenant_id": tenant.id, "performer_id": performer.person_id}
        with suppress(NothingToPay):
            number = draft_payout(uow(), **who, **period, **common).id
            drafts.extend([number] if number not in drafts else [])  # a repeat is answered with the same one

    earned = 0
    for step, mills in steps:
        if step == "earn":
            earned += mills
            tip(chat, performer, viewer, mills, at=NOV_10)
        elif step == "draft":
            draft()
        elif step == "pay" and drafts:
            pay_payout(uow(), payout_id=drafts.pop(), reference="x", **common)
        elif step == "void" and drafts:
            void_payout(uow(), payout_id=drafts.pop(0), **common)
    draft()

    with billing.reading() as session:
        counted = (Payout.performer_id == performer.person_id, Payout.state != PayoutState.VOID)
        payouts = session.scalars(select(Payout).where(*counted)).all()
    paid = sum(each.amount_minor for each in payouts)
    left = sum(each.carried_mills - each.brought_mills for each in payouts)
    assert paid * 10 + left == earned
    assert all(each.amount_minor >= 0 for each in payouts)
    assert_payouts_sound(billing)
