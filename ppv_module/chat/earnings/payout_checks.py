"""What must hold between payouts, the earnings that they pay, and the ledger."""

from collections.abc import Iterator

from sqlalchemy import String, and_, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from billing.errors import N_
from billing.ledger.audit import Check, Finding, findings
from billing.ledger.models import Transfer
from ppv_module.chat.earnings.models import Earning, Payout, PayoutState

MILLS_A_MINOR = 10
"""Every currency is counted in hundredths."""


def _sums_are_rounded_once(session: Session) -> Iterator[Finding]:
    """A payout is what its rows and the rest of earlier ones come to, less what it leaves; a void one has no rows."""
    summed = select(Earning.payout_id.label("id"), func.sum(Earning.benefit_mills).label("mills"))
    sums = summed.where(Earning.payout_id.is_not(None)).group_by(Earning.payout_id).subquery()
    mills = func.coalesce(sums.c.mills, 0)
    told = Payout.amount_minor * MILLS_A_MINOR + Payout.carried_mills - Payout.brought_mills
    wrong = or_(
        and_(Payout.state != PayoutState.VOID, mills != told),
        and_(Payout.state == PayoutState.VOID, sums.c.id.is_not(None)),
    )
    query = select(Payout.id.label("payout"), mills.label("mills"), told.label("told"))
    text = N_("The rows of payout %(payout)s come to %(mills)s thousandths, but it tells of %(told)s.")
    yield from findings(session, query.outerjoin(sums, sums.c.id == Payout.id).where(wrong), "payout_differs", text)


def _rows_are_hers(session: Session) -> Iterator[Finding]:
    """A payout holds earnings of its performer, tenant and currency that were not taken back."""
    wrong = or_(
        Earning.performer_id != Payout.performer_id,
        Earning.tenant_id != Payout.tenant_id,
        Earning.currency != Payout.currency,
        Earning.reversed_at.is_not(None),
    )
    query = select(Earning.id.label("earning"), Payout.id.label("payout"))
    query = query.join(Payout, Payout.id == Earning.payout_id).where(wrong)
    text = N_("The payout %(payout)s must not hold the earning %(earning)s.")
    yield from findings(session, query, "payout_foreign_row", text)


def _paid_once(session: Session) -> Iterator[Finding]:
    """One that was paid has its transfer, any other has none."""
    key = literal("ppv.payout:") + cast(Payout.id, String(20))
    is_paid = and_(Payout.state == PayoutState.PAID, Payout.amount_minor > 0)
    wrong = or_(
        and_(is_paid, or_(Transfer.id.is_(None), Transfer.amount_minor != Payout.amount_minor)),
        and_(is_paid, Transfer.unit != Payout.currency),
        and_(or_(Payout.state != PayoutState.PAID, Payout.amount_minor == 0), Transfer.id.is_not(None)),
    )
    query = select(Payout.id.label("payout"), Payout.state).outerjoin(Transfer, Transfer.key == key)
    text = N_("The payout %(payout)s is %(state)s, but its transfer does not say so.")
    yield from findings(session, query.where(wrong), "payout_unpaid", text)


CHECKS: tuple[Check, ...] = (_sums_are_rounded_once, _rows_are_hers, _paid_once)
