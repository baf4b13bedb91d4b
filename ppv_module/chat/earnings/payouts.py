"""Payouts: what performers have earned in a period, locked, paid or let go.

Earnings are in thousandths of the currency, payouts in its minor units. What the rounding of one payout leaves is
brought into the next, so that all payouts together are the sum of all earnings, rounded once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.errors import N_, InvalidInput, NotFound, WrongState
from billing.ledger.models import Refs
from billing.money import EXPONENT, Money
from billing.uow import UnitOfWork, use_case
from ppv_module.chat.earnings.models import Earning, Payout, PayoutState
from ppv_module.chat.models import Performer, Person, Tenant
from ppv_module.errors import UnknownPerformer, UnknownTenant

MILLS_DIGITS = 3
LONGEST_REFERENCE = 128
INCOME = "income:ppv"
"""Where payouts come from, in the operator's currency; any other currency has its code behind it."""


class NothingToPay(WrongState):
    """The performer has no unpaid earnings in this period. Facts: `performer`."""

    code = "nothing_to_pay"
    text = N_("%(performer)s has no unpaid earnings in this period.")


class UnknownPayout(NotFound):
    """Facts: `payout`."""

    code = "unknown_payout"
    text = N_("There is no such payout.")


class WrongPayoutState(WrongState):
    """The payout is past this step. Facts: `state`, `wanted`."""

    code = "wrong_payout_state"
    text = N_("This is not possible any more: the payout was paid or voided before.")


class WrongPeriod(InvalidInput):
    """A period ends after it begins. Facts: `field`, `value`."""

    code = "wrong_period"
    text = N_("The period must end after it begins.")


def performer_account(person_id: int, currency: str, unit: str) -> str:
    """The code of the account that shows what a performer was paid in `currency`; `unit` is the operator's own."""
    return f"performer:{person_id}" if currency == unit else f"performer:{person_id}:{currency}"


def income_account(currency: str, unit: str) -> str:
    """The code of the account that payouts in `currency` come from; `unit` is the operator's own."""
    return INCOME if currency == unit else f"{INCOME}:{currency}"


def mills_a_minor(currency: str) -> int:
    """How many thousandths of the currency its smallest coin is."""
    return int(10 ** (MILLS_DIGITS - EXPONENT.get(currency, 2)))


def rounded(mills: int, currency: str) -> tuple[int, int]:
    """Minor units that are paid for `mills`, rounded half up, and the mills that are left. A debt is only carried."""
    step = mills_a_minor(currency)
    minor = max(0, (2 * mills + step) // (2 * step))
    return minor, mills - minor * step


@use_case
def draft_payout(
    uow: UnitOfWork,
    *,
    tenant_id: int,
    performer_id: int,
    begins_at: datetime,
    ends_at: datetime,
    actor: Actor,
    now: datetime,
    currency: str = "",
) -> Payout:
    """Lock her unpaid earnings of [begins_at, ends_at) into a payout; a row is in one payout at most.

    `currency` is the tenant's unless told: what was earned in another one is paid apart. The same draft a second
    time is the same payout.

    :raises WrongPeriod, UnknownTenant, UnknownPerformer: nothing has changed
    :raises NothingToPay: there are no such earnings
    """
    tenant, period = _tenant(uow.session, tenant_id), _Period(begins_at, ends_at)
    currency = currency or tenant.currency
    return _draft(uow, tenant, period, performer_id=performer_id, currency=currency, actor=actor, now=now)


@use_case
def draft_payouts(
    uow: UnitOfWork, *, tenant_id: int, begins_at: datetime, ends_at: datetime, actor: Actor, now: datetime
) -> list[Payout]:
    """Draft a payout for everybody of a tenant who has unpaid earnings in the period, one for each currency.

    Performers who are not active any more are paid what they have earned like the others. None: nobody has any.

    :raises WrongPeriod, UnknownTenant: nothing has changed
    """
    tenant, period = _tenant(uow.session, tenant_id), _Period(begins_at, ends_at)
    owed = select(Earning.performer_id, Earning.currency).where(Earning.tenant_id == tenant.id, *period.unpaid())
    rows = uow.session.execute(owed.distinct().order_by(Earning.performer_id, Earning.currency)).all()
    return [
        _draft(uow, tenant, period, performer_id=who, currency=currency, actor=actor, now=now) for who, currency in rows
    ]


@use_case
def pay_payout(uow: UnitOfWork, *, payout_id: int, reference: str, actor: Actor, now: datetime) -> Payout:
    """Write down that a payout was paid, with the `reference` of the payment. A repeat is done already.

    :raises UnknownPayout, InvalidInput: nothing has changed
    :raises WrongPayoutState: it is void
    """
    payout = _locked(uow.session, payout_id)
    if payout.state is PayoutState.PAID:
        return payout
    if payout.state is PayoutState.VOID:
        raise WrongPayoutState(state=payout.state, wanted=PayoutState.PAID)
    reference = " ".join(reference.split())  # one line of the event log
    if not reference or len(reference) > LONGEST_REFERENCE:
        raise InvalidInput(field="reference", value=reference)
    login, amount = _login(uow.session, payout.performer_id), Money(payout.amount_minor, payout.currency)
    if amount.minor:
        _post(uow, payout, amount, Refs(actor=actor.name, login=login, note=reference), now)
    payout.state, payout.paid_at, payout.reference = PayoutState.PAID, now, reference
    template = "PPV PAYOUT [{payout}] FOR ({login}) PAID `{amount}` REFERENCE `{reference}`"
    uow.events.write(template, actor=actor, at=now, login=login, payout=payout.id, amount=amount, reference=reference)
    return payout


@use_case
def void_payout(uow: UnitOfWork, *, payout_id: int, actor: Actor, now: datetime) -> Payout:
    """Let the earnings of a draft go, so that they can be paid another time. A repeat is done already.

    :raises UnknownPayout: nothing has changed
    :raises WrongPayoutState: it was paid
    """
    payout = _locked(uow.session, payout_id)
    if payout.state is PayoutState.VOID:
        return payout
    if payout.state is PayoutState.PAID:
        raise WrongPayoutState(state=payout.state, wanted=PayoutState.VOID)
    uow.session.execute(update(Earning).where(Earning.payout_id == payout.id).values(payout_id=None))
    payout.state = PayoutState.VOID
    login = _login(uow.session, payout.performer_id)
    uow.events.write("PPV PAYOUT [{payout}] FOR ({login}) VOID", actor=actor, at=now, login=login, payout=payout.id)
    return payout


@dataclass(frozen=True)
class _Period:
    """[begins_at, ends_at).

    :raises WrongPeriod: it ends before it begins
    """

    begins_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        if self.ends_at <= self.begins_at:
            raise WrongPeriod(field="ends_at", value=self.ends_at)

    def unpaid(self) -> tuple[ColumnElement[bool], ...]:
        """What may be locked into a payout."""
        inside = (Earning.at >= self.begins_at, Earning.at < self.ends_at)
        return (*inside, Earning.payout_id.is_(None), Earning.reversed_at.is_(None))


def _draft(
    uow: UnitOfWork,
    tenant: Tenant,
    period: _Period,
    *,
    performer_id: int,
    currency: str,
    actor: Actor,
    now: datetime,
) -> Payout:
    """:raises UnknownPerformer, NothingToPay: nothing has changed"""
    performer = uow.session.get(Performer, performer_id, with_for_update=True, populate_existing=True)
    if performer is None or performer.tenant_id != tenant.id:
        raise UnknownPerformer(performer=performer_id)
    payout = Payout(
        tenant_id=tenant.id,
        performer_id=performer_id,
        begins_at=period.begins_at,
        ends_at=period.ends_at,
        amount_minor=0,
        currency=currency,
        state=PayoutState.DRAFT,
        created_at=now,
        created_by=actor.name,
    )
    hers = (Earning.performer_id == performer_id, Earning.tenant_id == tenant.id, Earning.currency == currency)
    wanted = (*hers, *period.unpaid())
    if not uow.session.scalar(select(exists().where(*wanted))):
        return _same_draft(uow.session, payout, performer)
    _fill(uow.session, payout, wanted)
    template = "PPV PAYOUT [{payout}] FOR ({login}) DRAFT `{amount}`"
    login, amount = _login(uow.session, performer_id), Money(payout.amount_minor, currency)
    uow.events.write(template, actor=actor, at=now, login=login, payout=payout.id, amount=amount)
    return payout


def _fill(session: Session, payout: Payout, wanted: Sequence[ColumnElement[bool]]) -> None:
    """Name the payout in its rows, then sum what bears its name: what came in between is not counted."""
    payout.brought_mills = _brought(session, payout)
    session.add(payout)
    session.flush()
    locking: Any = update(Earning).where(*wanted).values(payout_id=payout.id)
    session.execute(locking, execution_options={"synchronize_session": False})
    total = select(func.coalesce(func.sum(Earning.benefit_mills), 0)).where(Earning.payout_id == payout.id)
    mills = int(session.scalar(total) or 0) + payout.brought_mills
    payout.amount_minor, payout.carried_mills = rounded(mills, payout.currency)
    session.flush()


def _brought(session: Session, payout: Payout) -> int:
    """The mills that the roundings of her other payouts have left, whatever became void in between."""
    left = func.coalesce(func.sum(Payout.carried_mills - Payout.brought_mills), 0)
    mine = (Payout.performer_id == payout.performer_id, Payout.currency == payout.currency)
    return int(session.scalar(select(left).where(*mine, Payout.state != PayoutState.VOID)) or 0)


def _same_draft(session: Session, payout: Payout, performer: Performer) -> Payout:
    """:raises NothingToPay: nobody has drafted this period"""
    same = select(Payout).where(
        Payout.performer_id == payout.performer_id,
        Payout.currency == payout.currency,
        Payout.begins_at == payout.begins_at,
        Payout.ends_at == payout.ends_at,
        Payout.state == PayoutState.DRAFT,
    )
    if found := session.scalars(same.order_by(Payout.id.desc()).limit(1)).first():
        return found
    raise NothingToPay(performer=performer.display_name)


def _post(uow: UnitOfWork, payout: Payout, amount: Money, refs: Refs, now: datetime) -> None:
    unit = uow.billing.unit
    source = uow.ledger.system(income_account(payout.currency, unit), payout.currency)
    target = uow.ledger.system(performer_account(payout.performer_id, payout.currency, unit), payout.currency)
    key = f"ppv.payout:{payout.id}"
    uow.ledger.transfer(source=source, target=target, amount=amount, key=key, refs=refs, at=now)


def _locked(session: Session, payout_id: int) -> Payout:
    """:raises UnknownPayout: there is none"""
    payout = session.get(Payout, payout_id, with_for_update=True, populate_existing=True)
    if payout is None:
        raise UnknownPayout(payout=payout_id)
    return payout


def _login(session: Session, person_id: int) -> str:
    return session.get_one(Person, person_id).login


def _tenant(session: Session, tenant_id: int) -> Tenant:
    """:raises UnknownTenant: there is none"""
    if (tenant := session.get(Tenant, tenant_id)) is None:
        raise UnknownTenant(tenant=tenant_id)
    return tenant
