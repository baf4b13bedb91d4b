"""The tariffs that staff sell. What anybody ever had keeps its service id and kind; fees change by new versions.

`seen` is the edition that a person was shown, see `billing.versions`; commands, which show nothing, leave it out.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from billing.actors import Actor
from billing.errors import N_, InvalidInput
from billing.money import Money
from billing.uow import UnitOfWork, use_case
from billing.versions import check_seen
from olltv_module.errors import DeletionProtected, TariffNotOnSale, TariffProtected, WrongKind
from olltv_module.models import Price, Tariff
from olltv_module.services import offers, pairs


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
    description: Mapping[str, str] | None = None,
    partner_percent: int | None = None,
    goes_with: Collection[int] = (),
) -> Tariff:
    """Put a tariff on sale. `service` is the partner's sub_id, `partner_percent` the partner's share of the fee.

    `description` is by language. `goes_with` names the mains that an add-on goes with; empty: all of them.

    :raises InvalidInput: a name or service id is empty, a text too long, or the fee or percent is out of its range
    :raises ServiceTaken: another tariff has this service id
    """
    tariff = Tariff(main=main, created_at=now, prices=[Price(starts_at=now, fee_minor=offers.checked(uow, fee).minor)])
    offers.fill(uow, tariff, name=name, service=service, description=description, partner_percent=partner_percent)
    pairs.replace(uow, tariff, goes_with)
    after = offers.facts(uow, tariff) | {"fee": fee.short()}
    uow.events.write("OLLTV CREATE TARIFF [{tariff}]", tariff=tariff.id, actor=actor, at=now, after=after)
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
    description: Mapping[str, str] | None = None,
    partner_percent: int | None = None,
    goes_with: Collection[int] | None = None,
    seen: int | None = None,
) -> Tariff:
    """Change everything but the fee. `goes_with` is that of `create`; None leaves the pairs as they are.

    Saving what is there already is harmless.

    :raises TariffProtected: somebody has had it, so its service id and kind stay
    :raises NamedByAddon: it is to be no main any more, but an add-on names it
    :raises NotFound, InvalidInput, ServiceTaken, ChangedMeanwhile: as `create`, or somebody was faster
    """
    tariff = offers.locked(uow, tariff_id)
    if (service, main) != (tariff.service, tariff.main) and offers.is_in_use(uow.session, tariff):
        raise TariffProtected(tariff=tariff.id)
    before = offers.facts(uow, tariff)
    if tariff.main and not main:
        pairs.require_unnamed(uow, tariff)
    tariff.main = main
    offers.fill(uow, tariff, name=name, service=service, description=description, partner_percent=partner_percent)
    if main or goes_with is not None:
        pairs.replace(uow, tariff, () if goes_with is None else goes_with)
    if (after := offers.facts(uow, tariff)) != before:
        check_seen(tariff, seen)
        template = "OLLTV SAVE TARIFF [{tariff}]"
        uow.events.write(template, tariff=tariff.id, actor=actor, at=now, before=before, after=after)
    return tariff


@use_case
def set_fee(
    uow: UnitOfWork,
    *,
    tariff_id: int,
    fee: Money,
    starts_at: datetime,
    actor: Actor,
    now: datetime,
    seen: int | None = None,
) -> Tariff:
    """Let another fee be in force from `starts_at`; orders of that moment on and monthly runs of later months use it.

    Setting what is set already is harmless.

    :raises PriceInThePast: `starts_at` lies before `now`
    :raises NotFound, InvalidInput: no such tariff, or the fee is out of its range
    :raises ChangedMeanwhile: somebody was faster
    """
    if starts_at < now:
        raise PriceInThePast(field="starts_at", value=starts_at)
    tariff = offers.locked(uow, tariff_id)
    before = tariff.fee(starts_at, uow.billing.unit)
    version = next((price for price in tariff.prices if price.starts_at == starts_at), None)
    if version is not None and version.fee_minor == offers.checked(uow, fee).minor:
        return tariff
    check_seen(tariff, seen)
    if version is None:
        version = Price(starts_at=starts_at)
        tariff.prices.append(version)
    version.fee_minor = offers.checked(uow, fee).minor
    uow.session.flush()
    uow.session.refresh(tariff)
    template = "OLLTV SAVE TARIFF [{tariff}] FEE `{fee}` FROM {start}"
    uow.events.write(
        template,
        tariff=tariff.id,
        fee=fee.short(),
        start=offers.local(uow, starts_at),
        actor=actor,
        at=now,
        before={"fee": before.short()},
        after={"fee": fee.short()},
    )
    return tariff


@use_case
def cancel_fee(
    uow: UnitOfWork, *, tariff_id: int, starts_at: datetime, actor: Actor, now: datetime, seen: int | None = None
) -> Tariff:
    """Take back a fee that was to be in force from `starts_at`; the one before it stays. Repeating it is harmless.

    :raises PriceInThePast: it is or was in force
    :raises NotFound, ChangedMeanwhile: no such tariff; somebody was faster
    """
    if starts_at <= now:
        raise PriceInThePast(field="starts_at", value=starts_at)
    tariff = offers.locked(uow, tariff_id)
    price = next((each for each in tariff.prices[1:] if each.starts_at == starts_at), None)
    if price is None:
        return tariff
    check_seen(tariff, seen)
    uow.session.delete(price)
    uow.session.flush()
    uow.session.refresh(tariff)
    fee = Money(price.fee_minor, uow.billing.unit).short()
    uow.events.write(
        "OLLTV SAVE TARIFF [{tariff}] CANCEL FEE `{fee}` FROM {start}",
        tariff=tariff.id,
        fee=fee,
        start=offers.local(uow, starts_at),
        actor=actor,
        at=now,
        before={"fee": fee},
        after={"fee": tariff.fee(starts_at, uow.billing.unit).short()},
    )
    return tariff


@use_case
def archive(uow: UnitOfWork, *, tariff_id: int, actor: Actor, now: datetime, seen: int | None = None) -> Tariff:
    """Take a tariff off sale; whoever has it keeps it. Repeating it is harmless.

    :raises NotFound, ChangedMeanwhile: no such tariff; somebody was faster
    """
    tariff = offers.locked(uow, tariff_id)
    if tariff.archived_at is None:
        check_seen(tariff, seen)
        tariff.archived_at = now
        uow.events.write("OLLTV SAVE TARIFF [{tariff}] ARCHIVED", tariff=tariff.id, actor=actor, at=now)
    return tariff


@use_case
def unarchive(uow: UnitOfWork, *, tariff_id: int, actor: Actor, now: datetime, seen: int | None = None) -> Tariff:
    """Put an archived tariff back on sale, at the fee in force. Repeating it is harmless.

    :raises NotFound, ChangedMeanwhile: no such tariff; somebody was faster
    """
    tariff = offers.locked(uow, tariff_id)
    if tariff.archived_at is not None:
        check_seen(tariff, seen)
        tariff.archived_at = None
        uow.events.write("OLLTV SAVE TARIFF [{tariff}] ON SALE", tariff=tariff.id, actor=actor, at=now)
    return tariff


@use_case
def delete(uow: UnitOfWork, *, tariff_id: int, actor: Actor, now: datetime, seen: int | None = None) -> None:
    """Remove a tariff that nobody has ever had.

    :raises DeletionProtected: somebody has, or had
    :raises NamedByAddon: an add-on names it as one that it goes with
    :raises NotFound, ChangedMeanwhile: no such tariff; somebody was faster
    """
    tariff = offers.locked(uow, tariff_id)
    if offers.is_in_use(uow.session, tariff):
        raise DeletionProtected(tariff=tariff.id)
    check_seen(tariff, seen)
    pairs.require_unnamed(uow, tariff)
    before = offers.facts(uow, tariff)
    pairs.replace(uow, tariff, ())
    for price in tariff.prices:
        uow.session.delete(price)
    uow.session.flush()
    uow.session.delete(tariff)
    uow.events.write("OLLTV DELETE TARIFF [{tariff}]", tariff=tariff_id, actor=actor, at=now, before=before)


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
