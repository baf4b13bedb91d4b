"""The tariffs that staff sell. What anybody ever had keeps its service id and kind; fees change by new versions."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError

from billing.actors import Actor
from billing.errors import N_, InvalidInput, NotFound
from billing.money import InvalidAmount, Money
from billing.uow import UnitOfWork, use_case
from olltv_module.errors import DeletionProtected, ServiceTaken, TariffNotOnSale, TariffProtected, WrongKind
from olltv_module.models import Price, Subscription, Tariff

MAX_PERCENT = 100


class PriceInThePast(InvalidInput):
    """A fee that was in force stays as it was. Facts: `field`, `value`."""

    code = "price_in_the_past"
    text = N_("A new fee cannot start in the past: fees that were in force stay as they were.")


@use_case
def create(
    uow: UnitOfWork,
    *,
    name: str,
    service: str,
    fee: Money,
    main: bool,
    actor: Actor,
    now: datetime,
    description: dict[str, str] | None = None,
    partner_percent: int | None = None,
) -> Tariff:
    """Put a tariff on sale. `service` is the partner's sub_id, `partner_percent` the partner's share of the fee.

    :raises InvalidInput: a name or service id is empty, or the fee or percent is out of its range
    :raises ServiceTaken: another tariff has this service id
    """
    tariff = Tariff(main=main, created_at=now, prices=[Price(starts_at=now, fee_minor=_checked(uow, fee).minor)])
    _fill(uow, tariff, name=name, service=service, description=description, partner_percent=partner_percent)
    uow.events.write("OLLTV CREATE TARIFF [{tariff}]", tariff=tariff.id, actor=actor, at=now)
    return tariff


@use_case
def edit(
    uow: UnitOfWork,
    *,
    tariff_id: int,
    name: str,
    service: str,
    main: bool,
    actor: Actor,
    now: datetime,
    description: dict[str, str] | None = None,
    partner_percent: int | None = None,
) -> Tariff:
    """Change everything but the fee.

    :raises TariffProtected: somebody has had it, so its service id and kind stay
    :raises NotFound, InvalidInput, ServiceTaken: as `create`
    """
    tariff = _locked(uow, tariff_id)
    if (service, main) != (tariff.service, tariff.main) and _in_use(uow, tariff):
        raise TariffProtected(tariff=tariff.id)
    tariff.main = main
    _fill(uow, tariff, name=name, service=service, description=description, partner_percent=partner_percent)
    uow.events.write("OLLTV SAVE TARIFF [{tariff}]", tariff=tariff.id, actor=actor, at=now)
    return tariff


@use_case
def set_fee(uow: UnitOfWork, *, tariff_id: int, fee: Money, starts_at: datetime, actor: Actor, now: datetime) -> Tariff:
    """Let another fee be in force from `starts_at`; orders of that moment on and monthly runs of later months use it.

    :raises PriceInThePast: `starts_at` lies before `now`
    :raises NotFound, InvalidInput: no such tariff, or the fee is out of its range
    """
    if starts_at < now:
        raise PriceInThePast(field="starts_at", value=starts_at)
    tariff = _locked(uow, tariff_id)
    version = next((price for price in tariff.prices if price.starts_at == starts_at), None)
    if version is None:
        version = Price(starts_at=starts_at)
        tariff.prices.append(version)
    version.fee_minor = _checked(uow, fee).minor
    uow.session.flush()
    uow.session.refresh(tariff)
    template = "OLLTV SAVE TARIFF [{tariff}] FEE `{fee}` FROM {start}"
    start = starts_at.astimezone(uow.billing.zone).strftime("%Y-%m-%d %H:%M:%S")
    uow.events.write(template, tariff=tariff.id, fee=fee.short(), start=start, actor=actor, at=now)
    return tariff


@use_case
def archive(uow: UnitOfWork, *, tariff_id: int, actor: Actor, now: datetime) -> Tariff:
    """Take a tariff off sale; whoever has it keeps it. Repeating it is harmless.

    :raises NotFound: no such tariff
    """
    tariff = _locked(uow, tariff_id)
    if tariff.archived_at is None:
        tariff.archived_at = now
        uow.events.write("OLLTV SAVE TARIFF [{tariff}] ARCHIVED", tariff=tariff.id, actor=actor, at=now)
    return tariff


@use_case
def delete(uow: UnitOfWork, *, tariff_id: int, actor: Actor, now: datetime) -> None:
    """Remove a tariff that nobody has ever had.

    :raises TariffProtected: somebody has, or had
    :raises NotFound: no such tariff
    """
    tariff = _locked(uow, tariff_id)
    if _in_use(uow, tariff):
        raise DeletionProtected(tariff=tariff.id)
    for price in tariff.prices:
        uow.session.delete(price)
    uow.session.flush()
    uow.session.delete(tariff)
    uow.events.write("OLLTV DELETE TARIFF [{tariff}]", tariff=tariff_id, actor=actor, at=now)


def on_sale(uow: UnitOfWork, tariff_id: int, *, main: bool) -> Tariff:
    """A tariff of the wanted kind that can be ordered, kept from being changed until the transaction ends.

    :raises TariffNotOnSale, WrongKind: it cannot
    """
    tariff = uow.session.get(Tariff, tariff_id, with_for_update={"read": True}, populate_existing=True)
    if tariff is None or tariff.archived_at:
        raise TariffNotOnSale(tariff=tariff.name if tariff else tariff_id)
    if tariff.main is not main:
        raise WrongKind(field="tariff", value=tariff.name)
    return tariff


def all_tariffs(uow: UnitOfWork) -> Sequence[Tariff]:
    """Every tariff, archived ones included, in the order of their making."""
    return uow.session.scalars(select(Tariff).order_by(Tariff.id)).all()


def _locked(uow: UnitOfWork, tariff_id: int) -> Tariff:
    tariff = uow.session.get(Tariff, tariff_id, with_for_update=True, populate_existing=True)
    if tariff is None:
        raise NotFound(tariff=tariff_id)
    return tariff


def _in_use(uow: UnitOfWork, tariff: Tariff) -> bool:
    return bool(uow.session.scalar(select(exists().where(Subscription.tariff_id == tariff.id))))


def _checked(uow: UnitOfWork, fee: Money) -> Money:
    """:raises InvalidAmount: a fee is of the operator's currency and not negative"""
    if fee.unit != uow.billing.unit or fee.minor < 0:
        raise InvalidAmount(field="fee", value=fee)
    return fee


def _fill(
    uow: UnitOfWork,
    tariff: Tariff,
    *,
    name: str,
    service: str,
    description: dict[str, str] | None,
    partner_percent: int | None,
) -> None:
    for field, value in (("name", name), ("service", service)):
        if not value.strip() or len(value) > 128:
            raise InvalidInput(field=field, value=value)
    if partner_percent is not None and not 0 <= partner_percent <= MAX_PERCENT:
        raise InvalidInput(field="partner_percent", value=partner_percent)
    tariff.name, tariff.service = name.strip(), service.strip()
    tariff.description, tariff.partner_percent = description or {}, partner_percent
    uow.session.add(tariff)
    try:
        uow.session.flush()
    except IntegrityError as error:
        raise ServiceTaken(service=service) from error
