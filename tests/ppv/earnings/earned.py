"""What performers have earned, written down as tips and closed shows leave it."""

from datetime import datetime
from itertools import count
from typing import Any

from billing.ledger.audit import audit
from billing.uow import Billing
from ppv_module.chat.earnings.models import Action, Earning
from ppv_module.chat.earnings.payout_checks import CHECKS as PAYOUT_CHECKS
from ppv_module.chat.models import Performer, Person
from ppv_module.chat.shows.models import EndReason, Show, ShowState, Source
from ppv_module.credits.accounts import open_credits
from tests.ppv.make import MakeChat

NUMBERS = count(1)


def tip(chat: MakeChat, performer: Performer, viewer: Person, mills: int, *, at: datetime, **given: Any) -> Earning:
    """A tip of which `mills` are hers, half of its price."""
    number = next(NUMBERS)
    usual = {
        "at": at,
        "action": Action.TIPS,
        "tenant_id": performer.tenant_id,
        "payer_id": viewer.id,
        "performer_id": performer.person_id,
        "credits": 10,
        "price_mills": 2 * mills,
        "benefit_mills": mills,
        "percent_bp": 5000,
        "currency": "UAH",
        "key": f"tip-{number}",
    }
    return add(chat, Earning(**{**usual, **given}))


def show(
    chat: MakeChat, performer: Performer, viewer: Person, mills: int, *, at: datetime, seconds: int = 60
) -> Earning:
    """A show that was closed at `at`, and what it has brought her."""
    row = Show(
        id=f"show-{next(NUMBERS)}",
        tenant_id=performer.tenant_id,
        viewer_id=viewer.id,
        performer_id=performer.person_id,
        account_id=_credits(chat, viewer.login),
        login=viewer.login,
        source=Source.SELF,
        state=ShowState.ENDED,
        rate=performer.rate,
        percent_bp=performer.percent_bp,
        value_minor=1000,
        value_credits=600,
        currency="UAH",
        rules={},
        requested_at=at,
        ended_at=at,
        end_reason=EndReason.VIEWER_END,
        billed_ms=seconds * 1000 + 999,
        credits_charged=seconds,
    )
    add(chat, row)
    about = {"action": Action.LIVESHOW, "credits": seconds, "show_id": row.id, "closes_show": row.id}
    return tip(chat, performer, viewer, mills, at=at, **about)


def add(chat: MakeChat, row: Any) -> Any:
    uow = chat.make.billing.uow()
    with uow:
        uow.session.add(row)
    return row


def assert_payouts_sound(billing: Billing) -> None:
    """The ledger and the payouts are as they must be. The tips here were written down without their credits."""
    with billing.reading() as session:
        assert audit(session, PAYOUT_CHECKS) == []


def _credits(chat: MakeChat, login: str) -> int:
    uow = chat.make.billing.uow()
    with uow:
        return open_credits(uow, login).account_id
