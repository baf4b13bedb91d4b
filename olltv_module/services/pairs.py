"""Which add-ons go with which mains. An add-on that is in no pair goes with every main.

A change of the pairs touches orders to come only: whoever has a pair that goes no more keeps it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from billing.errors import InvalidInput
from billing.uow import UnitOfWork
from olltv_module.errors import AddonDoesNotFit, DropAddonFirst, NamedByAddon
from olltv_module.models import Subscriber, Tariff, TariffPair


def goes_with(session: Session) -> Mapping[int, Sequence[int]]:
    """The mains of each add-on that goes with some mains only, by the numbers of tariffs."""
    found = dict[int, list[int]]()
    pairs = select(TariffPair.addon_id, TariffPair.main_id).order_by(TariffPair.addon_id, TariffPair.main_id)
    for addon_id, main_id in session.execute(pairs):
        found.setdefault(addon_id, []).append(main_id)
    return found


def mains_of(session: Session, addon_id: int) -> list[Tariff]:
    """The mains that an add-on goes with; empty: all of them."""
    query = select(Tariff).join(TariffPair, TariffPair.main_id == Tariff.id)
    return list(session.scalars(query.where(TariffPair.addon_id == addon_id).order_by(Tariff.id)))


def addons_of(session: Session, main_id: int) -> list[Tariff]:
    """The add-ons that name this main."""
    query = select(Tariff).join(TariffPair, TariffPair.addon_id == Tariff.id)
    return list(session.scalars(query.where(TariffPair.main_id == main_id).order_by(Tariff.id)))


def require_fit(uow: UnitOfWork, addon: Tariff, subscriber: Subscriber) -> None:
    """Make sure that `addon` goes with the main that is on, and with the one that is to replace it.

    :raises AddonDoesNotFit: it does not
    """
    mains = mains_of(uow.session, addon.id)
    for live in (subscriber.main, subscriber.successor):
        if live and not _fits(mains, live.tariff_id):
            raise AddonDoesNotFit(**_facts(subscriber, addon, live.tariff, mains))


def require_addons_fit(uow: UnitOfWork, main: Tariff, subscriber: Subscriber) -> None:
    """Make sure that every live add-on goes with `main`, which is to replace the present one.

    :raises DropAddonFirst: one does not; nothing is dropped behind the subscriber's back
    """
    for sub in subscriber.addons:
        if not _fits(mains := mains_of(uow.session, sub.tariff_id), main.id):
            raise DropAddonFirst(**_facts(subscriber, sub.tariff, main, mains))


def replace(uow: UnitOfWork, addon: Tariff, main_ids: Collection[int]) -> None:
    """Let `addon`, which is locked, go with these mains and no others; with all of them when there are none.

    :raises InvalidInput: one of them is no main tariff, or the tariff is a main itself
    """
    if main_ids and addon.main:
        raise InvalidInput(field="goes_with", value=addon.name)
    query = select(Tariff).where(Tariff.id.in_(main_ids)).order_by(Tariff.id).with_for_update(read=True)
    mains = {each.id for each in uow.session.scalars(query) if each.main}
    if wrong := set(main_ids) - mains:
        raise InvalidInput(field="goes_with", value=min(wrong))
    uow.session.execute(delete(TariffPair).where(TariffPair.addon_id == addon.id))
    uow.session.add_all(TariffPair(addon_id=addon.id, main_id=each) for each in sorted(mains))
    uow.session.flush()


def require_unnamed(uow: UnitOfWork, main: Tariff) -> None:
    """Make sure that no add-on names `main`: without it the add-on would go with all of a sudden every main.

    :raises NamedByAddon: one does
    """
    if addons := addons_of(uow.session, main.id):
        raise NamedByAddon(tariff=main.id, addon=addons[0].name)


def _fits(mains: Iterable[Tariff], main_id: int) -> bool:
    numbers = [each.id for each in mains]
    return not numbers or main_id in numbers


def _facts(subscriber: Subscriber, addon: Tariff, main: Tariff, mains: Iterable[Tariff]) -> dict[str, object]:
    names = ", ".join(each.name for each in mains)
    return {"login": subscriber.login, "addon": addon.name, "main": main.name, "mains": names}
