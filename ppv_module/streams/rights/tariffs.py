"""Tariffs of content: how what fits a pattern is paid for."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.errors import N_, InvalidInput, NotFound, WrongState
from billing.uow import UnitOfWork, use_case
from billing.versions import check_seen
from ppv_module.streams.rights.checked import MOST_SORT, check_number, checked_line
from ppv_module.streams.rights.models import Kind, Meter, Pattern, Price, Tariff
from ppv_module.streams.rights.placing import lock_places, pattern_of, settle

LONGEST_NAME = 64
MOST_STREAMS = 1000


class UnknownTariff(NotFound):
    """Facts: `tariff`."""

    code = "unknown_stream_tariff"
    text = N_("There is no such tariff of content.")


class NameTaken(InvalidInput):
    """Facts: `field`, `value`."""

    code = "name_taken"
    text = N_("Something else has the name “%(value)s” already.")


class KindIsFixed(WrongState):
    """Somebody has watched by this tariff already. Facts: `kind`."""

    code = "kind_is_fixed"
    text = N_("Somebody has watched by this tariff, so its kind stays. Archive it and make another one.")


@use_case
def save_tariff(
    uow: UnitOfWork,
    *,
    name: str,
    kind: Kind,
    vhost: str = "*",
    application: str = "*",
    stream: str = "*",
    packages: Sequence[int] = (),
    max_streams: int | None = None,
    sort: int = 0,
    tariff_id: int | None = None,
    actor: Actor,
    now: datetime,
    seen: int | None = None,
) -> Tariff:
    """Make a tariff, or change the one with `tariff_id`; `seen` is the edition that a person was shown.

    Content that is paid by minutes stays closed until `prices.set_price` has given it a price. `packages` are kept
    for the kind `package` only. Places know at once which tariff counts. Saving what is there already is harmless.

    :raises InvalidInput, NameTaken: a value cannot be used; `field` names it
    :raises UnknownTariff, ChangedMeanwhile: there is none, or somebody was faster
    :raises KindIsFixed: the kind of a tariff by which somebody has watched
    """
    name = checked_line("name", name, LONGEST_NAME)
    check_number("max_streams", max_streams, 0, MOST_STREAMS)
    check_number("sort", sort, -MOST_SORT, MOST_SORT)
    lock_places(uow)  # of two who change tariffs the second sees what the first has done
    _require_free_name(uow, name, tariff_id)
    pattern = pattern_of(uow, vhost=vhost, application=application, stream=stream)
    tariff = locked_tariff(uow, tariff_id) if tariff_id is not None else Tariff(active=True)
    before = _facts(uow, tariff) if tariff_id is not None else {}
    if tariff_id is not None and tariff.kind is not kind:
        _require_unused(uow, tariff)
    wanted = sorted(set(packages)) if kind is Kind.PACKAGE else []
    tariff.name, tariff.kind, tariff.pattern_id, tariff.packages = name, kind, pattern.id, wanted
    tariff.max_streams, tariff.sort = max_streams, sort
    after = _facts(uow, tariff)
    if before == after:
        return tariff
    if tariff_id is not None:
        check_seen(tariff, seen)
    uow.session.add(tariff)
    uow.session.flush()
    settle(uow)
    uow.events.write(
        "PPV STREAM SAVE TARIFF [{tariff}]", tariff=tariff.id, actor=actor, at=now, before=before, after=after
    )
    return tariff


@use_case
def set_tariff_active(
    uow: UnitOfWork, *, tariff_id: int, active: bool, actor: Actor, now: datetime, seen: int | None = None
) -> Tariff:
    """Let a tariff count, or archive it: its content falls to the next tariff that fits. Repeating it is harmless.

    :raises UnknownTariff, ChangedMeanwhile: there is none, or somebody was faster
    """
    lock_places(uow)
    tariff = locked_tariff(uow, tariff_id)
    if tariff.active is not active:
        check_seen(tariff, seen)
        tariff.active = active
        settle(uow)
        word = "RESTORED" if active else "ARCHIVED"
        uow.events.write("PPV STREAM SAVE TARIFF [{tariff}] {word}", tariff=tariff.id, word=word, actor=actor, at=now)
    return tariff


def tariffs_of(session: Session, *, active: bool | None = None) -> Sequence[tuple[Tariff, Pattern]]:
    """Tariffs with their patterns, in the order in which they count."""
    query = select(Tariff, Pattern).join(Pattern, Pattern.id == Tariff.pattern_id).order_by(Tariff.sort, Tariff.id)
    rows = session.execute(query if active is None else query.where(Tariff.active.is_(active)))
    return [(row[0], row[1]) for row in rows]


def tariff_of(session: Session, tariff_id: int) -> Tariff:
    """:raises UnknownTariff: there is none with this number"""
    if (tariff := session.get(Tariff, tariff_id)) is None:
        raise UnknownTariff(tariff=tariff_id)
    return tariff


def locked_tariff(uow: UnitOfWork, tariff_id: int) -> Tariff:
    """The tariff as it is now; nobody else changes it before the transaction ends.

    :raises UnknownTariff: there is none with this number
    """
    tariff = uow.session.get(Tariff, tariff_id, with_for_update=True, populate_existing=True)
    if tariff is None:
        raise UnknownTariff(tariff=tariff_id)
    return tariff


def _require_free_name(uow: UnitOfWork, name: str, tariff_id: int | None) -> None:
    other = uow.session.scalar(select(Tariff.id).where(Tariff.name == name))
    if other is not None and other != tariff_id:
        raise NameTaken(field="name", value=name)


def _require_unused(uow: UnitOfWork, tariff: Tariff) -> None:
    used = select(Meter.id).join(Price, Price.id == Meter.price_id).where(Price.tariff_id == tariff.id).limit(1)
    if uow.session.scalar(used) is not None:
        raise KindIsFixed(kind=tariff.kind)


def _facts(uow: UnitOfWork, tariff: Tariff) -> dict[str, object]:
    pattern = uow.session.get_one(Pattern, tariff.pattern_id)
    return {
        "name": tariff.name,
        "kind": str(tariff.kind),
        "pattern": f"{pattern.vhost} {pattern.application}/{pattern.stream}",
        "packages": list(tariff.packages),
        "max_streams": tariff.max_streams,
        "sort": tariff.sort,
    }
