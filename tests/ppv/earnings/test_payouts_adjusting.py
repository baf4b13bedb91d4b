"""Adjustments of what a performer has earned."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from billing.errors import InvalidInput, KeyReused
from billing.events import EventLog
from ppv_module.chat.earnings.adjusting import adjust
from ppv_module.chat.earnings.models import Action, Earning
from ppv_module.chat.earnings.payouts import draft_payout
from ppv_module.errors import UnknownPerformer
from tests.ppv.earnings.earned import tip
from tests.support import NOV_10, STAFF, Crash, crash_after

HOUR = timedelta(hours=1)


@pytest.fixture
def olha(chat):
    return chat.performer(chat.tenant(currency="EUR"), "olha")


def adjusted(uow, olha, mills: int = -400, reason: str = "Refund of a show", key: str = "k") -> Earning:
    about = {"performer_id": olha.person_id, "benefit_mills": mills, "reason": reason, "key": key}
    return adjust(uow(), **about, actor=STAFF, now=NOV_10)


def count(billing) -> int:
    with billing.reading() as session:
        return session.scalar(select(func.count()).select_from(Earning)) or 0


def test_an_adjustment_is_a_row_of_its_own(uow, olha):
    row = adjusted(uow, olha)
    assert (row.action, row.benefit_mills, row.credits, row.price_mills) == (Action.ADJUSTMENT, -400, 0, 0)
    assert (row.currency, row.note, row.at, row.payer_id) == ("EUR", "Refund of a show", NOV_10, None)


def test_a_reason_forges_no_line_of_the_event_log(uow, olha):
    assert adjusted(uow, olha, reason=" Refund\nof a  show\t").note == "Refund of a show"


def test_it_is_paid_with_the_period(uow, chat, olha):
    viewer = chat.viewer(chat.tenant())
    tip(chat, olha, viewer, 1000, at=NOV_10, currency="EUR")
    adjusted(uow, olha)
    who = {"tenant_id": olha.tenant_id, "performer_id": olha.person_id, "actor": STAFF, "now": NOV_10}
    assert draft_payout(uow(), begins_at=NOV_10 - HOUR, ends_at=NOV_10 + HOUR, **who).amount_minor == 60


def test_the_same_key_is_the_same_adjustment(uow, billing, olha):
    assert adjusted(uow, olha).id == adjusted(uow, olha).id
    with pytest.raises(KeyReused):
        adjusted(uow, olha, mills=-401)
    assert count(billing) == 1


def test_the_same_key_for_another_performer_is_another_one(uow, billing, chat, olha):
    adjusted(uow, olha)
    adjusted(uow, chat.performer(chat.tenant(), "oksana"))
    assert count(billing) == 2


@pytest.mark.parametrize(("mills", "reason"), [(0, "x"), (1, ""), (1, "  "), (1, "x" * 201), (10**12 + 1, "x")])
def test_what_says_nothing_is_refused(uow, billing, olha, mills, reason):
    with pytest.raises(InvalidInput):
        adjusted(uow, olha, mills, reason)
    assert count(billing) == 0


def test_nobody_else_is_adjusted(uow, chat, olha):
    viewer = chat.viewer(chat.tenant())
    about = {"performer_id": viewer.id, "benefit_mills": 1, "reason": "x", "key": "k"}
    with pytest.raises(UnknownPerformer):
        adjust(uow(), **about, actor=STAFF, now=NOV_10)


def test_a_crash_leaves_nothing(uow, billing, olha):
    with pytest.raises(Crash), crash_after(EventLog, "write"):
        adjusted(uow, olha)
    assert count(billing) == 0
