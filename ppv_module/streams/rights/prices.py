"""Versions of what a minute costs. One that has begun never changes: what was watched at it is charged by it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.errors import N_, InvalidInput, NotFound, WrongState
from billing.uow import UnitOfWork, use_case
from ppv_module.streams.rights.checked import check_number
from ppv_module.streams.rights.models import Counting, Kind, Meter, Price, Rounding, Tariff
from ppv_module.streams.rights.tariffs import locked_tariff

MOST_PER_MINUTE = 1_000_000


class NotByTheMinute(WrongState):
    """Minutes of this content cost nothing. Facts: `kind`."""

    code = "not_by_the_minute"
    text = N_("Only content that is paid by minutes has a price of a minute.")


class PriceInThePast(InvalidInput):
    """Facts: `field`, `value`."""

    code = "price_in_the_past"
    text = N_("A price cannot begin in the past: what was watched has its price already.")


class PriceHasBegun(WrongState):
    """It is charged already, or was. Facts: `price`."""

    code = "price_has_begun"
    text = N_("This price has begun, so it stays. Set another one.")


class UnknownPrice(NotFound):
    """Facts: `price`."""

    code = "unknown_price"
    text = N_("There is no such price.")


@use_case
def set_price(
    uow: UnitOfWork,
    *,
    tariff_id: int,
    per_minute: int,
    rounding: Rounding = Rounding.EXACT,
    counting: Counting = Counting.SUM,
    valid_from: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> Price:
    """Let a minute cost `per_minute` credits from `valid_from` on, at once when that is None.

    One that begins at the same instant and has not begun yet is replaced. When the price before it is the same and
    there is none between, that one is given: nothing would change.

    :raises UnknownTariff, NotByTheMinute: there is none, or it is paid otherwise
    :raises InvalidInput, PriceInThePast: a value cannot be used; `field` names it
    :raises PriceHasBegun: another price began at this very instant and was used
    """
    check_number("per_minute", per_minute, 0, MOST_PER_MINUTE)
    begins = now if valid_from is None else valid_from
    if begins < now:
        raise PriceInThePast(field="valid_from", value=begins)
    tariff = locked_tariff(uow, tariff_id)
    if tariff.kind is not Kind.MINUTE:
        raise NotByTheMinute(kind=tariff.kind)
    wanted = (per_minute, rounding, counting)
    known = _in_force(uow, tariff, begins)
    if known is not None and _content(known) == wanted:
        return known
    price = _replaceable(uow, known, begins) or Price(tariff_id=tariff.id, valid_from=begins)
    price.per_minute, price.rounding, price.counting = wanted
    uow.session.add(price)
    uow.session.flush()
    _note(uow, "PPV STREAM SET PRICE [{price}] TARIFF [{tariff}] `{per_minute}` FROM {begins}", price, actor, now)
    return price


@use_case
def withdraw_price(uow: UnitOfWork, *, price_id: int, actor: Actor, now: datetime) -> None:
    """Take back a price that has not begun. The one before it goes on.

    :raises UnknownPrice, PriceHasBegun: nothing has changed
    """
    price = uow.session.get(Price, price_id)
    if price is None:
        raise UnknownPrice(price=price_id)
    locked_tariff(uow, price.tariff_id)
    uow.session.refresh(price, with_for_update=True)
    if price.valid_from <= now:
        raise PriceHasBegun(price=price.id)
    uow.session.delete(price)
    _note(uow, "PPV STREAM WITHDRAW PRICE [{price}] TARIFF [{tariff}] `{per_minute}` FROM {begins}", price, actor, now)


def prices_by_time(session: Session, tariff_id: int) -> Sequence[Price]:
    """All versions of a tariff's price, the newest first."""
    query = select(Price).where(Price.tariff_id == tariff_id).order_by(Price.valid_from.desc())
    return session.scalars(query).all()


def _in_force(uow: UnitOfWork, tariff: Tariff, at: datetime) -> Price | None:
    query = select(Price).where(Price.tariff_id == tariff.id, Price.valid_from <= at)
    return uow.session.scalar(query.order_by(Price.valid_from.desc()).limit(1))


def _replaceable(uow: UnitOfWork, known: Price | None, begins: datetime) -> Price | None:
    """The price that begins at this very instant; None when there is none."""
    if known is None or known.valid_from != begins:
        return None
    if uow.session.scalar(select(Meter.id).where(Meter.price_id == known.id).limit(1)) is not None:
        raise PriceHasBegun(price=known.id)
    return known


def _content(price: Price) -> tuple[int, Rounding, Counting]:
    return price.per_minute, price.rounding, price.counting


def _note(uow: UnitOfWork, template: str, price: Price, actor: Actor, now: datetime) -> None:
    uow.events.write(
        template,
        price=price.id,
        tariff=price.tariff_id,
        per_minute=price.per_minute,
        begins=price.valid_from.isoformat(),
        actor=actor,
        at=now,
        after={"per_minute": price.per_minute, "rounding": str(price.rounding), "counting": str(price.counting)},
    )
