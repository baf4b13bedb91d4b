"""What does not agree, or needs a look: payments and grants, shows and the ledger, the chat's claims and our count.

Each kind of finding is one statement over the rows of the period, newest first, `MOST` of them at most.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, func, literal, or_, select
from sqlalchemy import cast as as_type
from sqlalchemy.orm import Session

from billing.ledger.models import Account, Transfer
from ppv_module.chat.models import HookCall, Tenant
from ppv_module.chat.reports.spans import Span
from ppv_module.chat.shows.models import EndReason, Show, ShowState
from ppv_module.chat.shows.sweeping import SWEEPER
from ppv_module.credits.means import WALLET, PaymentStatus
from ppv_module.credits.models import CreditState, Notice, Order, OrderState, Payment, Verdict

MOST = 500
STUCK_AFTER = timedelta(hours=1)
"""A notice is verified within minutes; one that waits for longer has met trouble."""

LOOK_BACK = timedelta(days=2)
GRANTED = (OrderState.PAID, OrderState.REFUNDED)
SWEPT = (EndReason.TICK_TIMEOUT, EndReason.VIEWER_LOST, EndReason.PERFORMER_LOST, EndReason.MAX_DURATION)


class Kind(StrEnum):
    PAYMENT_WITHOUT_GRANT = "payment_without_grant"
    GRANT_WITHOUT_PAYMENT = "grant_without_payment"
    CREDITS_MISSING = "credits_missing"
    BALANCE_DIFFERS = "balance_differs"
    LEDGER_DIFFERS = "ledger_differs"
    CLAIM_DIFFERS = "claim_differs"
    NOTICE_STUCK = "notice_stuck"
    SWEPT = "swept"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing to look at. `about` is the number of a payment, order, notice, or the id of a show.

    `ours` and `theirs` are what is compared, in credits or words; `note` says more in the words of the rows.
    """

    kind: Kind
    at: datetime
    about: str
    tenant: str = ""
    login: str = ""
    ours: str = ""
    theirs: str = ""
    note: str = ""


def findings(session: Session, *, span: Span, now: datetime, kind: Kind | None = None) -> list[Finding]:
    """What is found in `span`, by kind; of one `kind` only, if it is given."""
    return [each for wanted in Kind if kind in (None, wanted) for each in FINDERS[wanted](session, span, now)]


def _payments(session: Session, span: Span, _now: datetime) -> Iterator[Finding]:
    """Money came in, and nothing was granted for it."""
    missing = (Payment.status == PaymentStatus.COMPLETED.value, Payment.gross_minor > 0, Payment.credited_at.is_(None))
    query = select(Payment, Tenant.name).outerjoin(Tenant, Tenant.id == Payment.tenant_id)
    query = query.where(*missing, *span.holds(Payment.at)).order_by(Payment.at.desc()).limit(MOST)
    for payment, tenant in session.execute(query):
        yield Finding(
            kind=Kind.PAYMENT_WITHOUT_GRANT,
            at=payment.at,
            about=str(payment.id),
            tenant=tenant or "",
            login=payment.login,
            theirs=payment.txn_id,
            note=payment.flag,
        )


def _grants(session: Session, span: Span, _now: datetime) -> Iterator[Finding]:
    """An order counts as paid, and there is no payment: none of a provider, or none in the ledger."""
    paid_for = select(Payment.id).where(Payment.order_id == Order.id, Payment.credited_at.is_not(None))
    by_wallet = and_(Order.provider == WALLET, ~_transfer(":money"))
    return _orders(session, span, Kind.GRANT_WITHOUT_PAYMENT, or_(by_wallet, _not_by_wallet(paid_for)))


def _missing(session: Session, span: Span, _now: datetime) -> Iterator[Finding]:
    """An order counts as paid, and the ledger has no credits for it."""
    return _orders(session, span, Kind.CREDITS_MISSING, ~_transfer(":credits"))


def _not_by_wallet(paid_for: Select[Any]) -> ColumnElement[bool]:
    return and_(Order.provider != WALLET, ~paid_for.exists())


def _transfer(what: str) -> ColumnElement[bool]:
    key = literal("ppv.order:").concat(as_type(Order.id, String(20))).concat(what)
    return select(Transfer.id).where(Transfer.key == key).exists()


def _orders(session: Session, span: Span, kind: Kind, wrong: ColumnElement[bool]) -> Iterator[Finding]:
    query = select(Order, Tenant.name).join(Tenant, Tenant.id == Order.tenant_id)
    query = query.where(Order.state.in_(GRANTED), wrong, *span.holds(Order.paid_at))
    for order, tenant in session.execute(query.order_by(Order.id.desc()).limit(MOST)):
        yield Finding(
            kind=kind,
            at=order.paid_at or order.created_at,
            about=str(order.id),
            tenant=tenant,
            login=order.login,
            ours=str(order.credits),
            theirs=order.provider,
        )


def _balances(session: Session, span: Span, now: datetime) -> Iterator[Finding]:
    """Credits moved in the period, and the balance is not the sum of everything that ever moved."""
    went, came = Transfer.source_id == Account.id, Transfer.target_id == Account.id
    total = _sum_of(came) - _sum_of(went)
    moved = or_(*(select(Transfer.id).where(side, *span.holds(Transfer.at)).exists() for side in (went, came)))
    query = select(CreditState.login, Account.balance_minor, total).join(Account, Account.id == CreditState.account_id)
    query = query.where(Account.balance_minor != total, moved).order_by(CreditState.login).limit(MOST)
    for login, balance, summed in session.execute(query):
        ours, theirs = str(balance), str(int(summed))
        yield Finding(kind=Kind.BALANCE_DIFFERS, at=now, about=login, login=login, ours=ours, theirs=theirs)


def _sum_of(side: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(select(func.sum(Transfer.amount_minor)).where(side).scalar_subquery(), 0)


def _ledger(session: Session, span: Span, _now: datetime) -> Iterator[Finding]:
    """A show says another number of credits than the ledger has taken for it."""
    begins = literal("ppv.show:").concat(Show.id)
    mine = (Transfer.source_id == Show.account_id, Transfer.key > begins.concat(":"), Transfer.key < begins.concat(";"))
    taken = func.coalesce(select(func.sum(Transfer.amount_minor)).where(*mine).scalar_subquery(), 0)
    query = select(Show, Tenant.name, taken).join(Tenant, Tenant.id == Show.tenant_id)
    query = query.where(Show.state == ShowState.ENDED, taken != Show.credits_charged, *_ended_in(span))
    for show, tenant, ledger in session.execute(query.order_by(Show.requested_at.desc()).limit(MOST)):
        yield _of_show(Kind.LEDGER_DIFFERS, show, tenant, ours=str(show.credits_charged), theirs=str(int(ledger)))


def _claims(session: Session, span: Span, _now: datetime) -> Iterator[Finding]:
    """The chat's server has claimed amounts for a show, and no reading of them gives ours.

    It may send what was added, what there is altogether, or the balance: so the sum and the last one are compared.
    """
    claimed = (HookCall.show_id.is_not(None), HookCall.vendor_claim != "", *span.holds(HookCall.at))
    query = select(HookCall.show_id, HookCall.vendor_claim).where(*claimed).order_by(HookCall.id.desc())
    claims = dict[str, list[str]]()
    for show_id, claim in session.execute(query.limit(MOST * 20)):
        claims.setdefault(show_id, []).insert(0, claim)
    shows = select(Show, Tenant.name).join(Tenant, Tenant.id == Show.tenant_id)
    found = session.execute(shows.where(Show.id.in_(claims), Show.state == ShowState.ENDED).limit(MOST))
    for show, tenant in found:
        numbers = [int(each) for each in claims[show.id] if each.lstrip("-").isdecimal()]
        if show.credits_charged not in (sum(numbers), numbers[-1] if numbers else None):
            theirs = f"{sum(numbers)} / {claims[show.id][-1]}"
            yield _of_show(Kind.CLAIM_DIFFERS, show, tenant, ours=str(show.credits_charged), theirs=theirs)


def _notices(session: Session, span: Span, now: datetime) -> Iterator[Finding]:
    """Notices that could not be verified, were no true ones, or still wait."""
    waits = and_(Notice.verdict == Verdict.QUEUED, Notice.received_at < now - STUCK_AFTER)
    stuck = or_(waits, Notice.verdict.in_((Verdict.ERROR, Verdict.INVALID)))
    columns = (Notice.id, Notice.received_at, Notice.verdict, Notice.provider, Notice.attempts, Notice.action_taken)
    query = select(*columns).where(stuck, *span.holds(Notice.received_at)).order_by(Notice.id.desc()).limit(MOST)
    for number, at, verdict, provider, attempts, action in session.execute(query):
        yield Finding(
            kind=Kind.NOTICE_STUCK,
            at=at,
            about=str(number),
            ours=str(verdict),
            theirs=f"{provider} × {attempts}",
            note=action[:200],
        )


def _swept(session: Session, span: Span, _now: datetime) -> Iterator[Finding]:
    """Shows that nobody ended: one side vanished, or no tick came any more."""
    query = select(Show, Tenant.name).join(Tenant, Tenant.id == Show.tenant_id)
    by_itself = or_(Show.ended_by == SWEEPER, Show.end_reason.in_(SWEPT))
    query = query.where(Show.state == ShowState.ENDED, by_itself, *_ended_in(span))
    query = query.order_by(Show.requested_at.desc()).limit(MOST)
    for show, tenant in session.execute(query):
        yield _of_show(Kind.SWEPT, show, tenant, ours=str(show.credits_charged), note=str(show.end_reason))


def _ended_in(span: Span) -> Sequence[Any]:
    """By the end, and roughly by the request, which has an index."""
    asked = Span(span.since and span.since - LOOK_BACK, span.until)
    return [*span.holds(Show.ended_at), *asked.holds(Show.requested_at)]


def _of_show(kind: Kind, show: Show, tenant: str, *, ours: str = "", theirs: str = "", note: str = "") -> Finding:
    return Finding(
        kind=kind,
        at=show.ended_at or show.requested_at,
        about=show.id,
        tenant=tenant,
        login=show.login,
        ours=ours,
        theirs=theirs,
        note=note,
    )


FINDERS: dict[Kind, Callable[[Session, Span, datetime], Iterator[Finding]]] = {
    Kind.PAYMENT_WITHOUT_GRANT: _payments,
    Kind.GRANT_WITHOUT_PAYMENT: _grants,
    Kind.CREDITS_MISSING: _missing,
    Kind.BALANCE_DIFFERS: _balances,
    Kind.LEDGER_DIFFERS: _ledger,
    Kind.CLAIM_DIFFERS: _claims,
    Kind.NOTICE_STUCK: _notices,
    Kind.SWEPT: _swept,
}
