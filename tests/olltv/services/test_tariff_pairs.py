"""Which add-ons go with which mains: what is said of it, and what may be ordered."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.errors import BillingError, InvalidInput, NotFound
from olltv_module.errors import AddonDoesNotFit, DropAddonFirst, NamedByAddon
from olltv_module.models import Reason, Tariff, TariffPair
from olltv_module.services import lifecycle, orders, pairs, tariffs
from tests.olltv.support import states
from tests.support import STAFF, Crash, assert_books_balance, available, crash_after, money


@pytest.fixture
def shop(make):
    """Two mains and two add-ons; nothing is said yet of what goes with what."""
    names = {"start": True, "top": True, "sport": False, "kids": False}
    return {name: make.tariff("10 UAH", main=main, service=name, name=name.title()) for name, main in names.items()}


@pytest.fixture
def goes_with(uow, clock):
    """Lets an add-on go with these mains only."""

    def say(addon, *mains):
        return tariffs.edit(
            uow(),
            tariff_id=addon.id,
            name=addon.name,
            service=addon.service,
            main=addon.main,
            goes_with=[each.id for each in mains],
            actor=STAFF,
            now=clock(),
        )

    return say


def pairs_of(billing):
    with billing.reading() as session:
        return pairs.goes_with(session)


# What is said


def test_an_addon_goes_with_every_main_until_something_else_is_said(billing, shop, goes_with):
    assert pairs_of(billing) == {}

    goes_with(shop["sport"], shop["top"], shop["start"])
    assert pairs_of(billing) == {shop["sport"].id: [shop["start"].id, shop["top"].id]}

    goes_with(shop["sport"])
    assert pairs_of(billing) == {}


def test_the_pairs_are_read_from_both_sides(billing, shop, goes_with):
    goes_with(shop["sport"], shop["top"])
    goes_with(shop["kids"], shop["top"], shop["start"])

    with billing.reading() as session:
        assert [each.name for each in pairs.mains_of(session, shop["kids"].id)] == ["Start", "Top"]
        assert [each.name for each in pairs.addons_of(session, shop["top"].id)] == ["Sport", "Kids"]


def test_an_addon_goes_with_mains_only(billing, shop, goes_with):
    with pytest.raises(InvalidInput):
        goes_with(shop["sport"], shop["kids"])
    with pytest.raises(InvalidInput):
        goes_with(shop["start"], shop["top"])
    with pytest.raises(InvalidInput):
        goes_with(shop["sport"], Tariff(id=999))

    assert pairs_of(billing) == {}


def test_an_edition_that_says_nothing_of_pairs_leaves_them(billing, shop, goes_with, uow, clock):
    goes_with(shop["sport"], shop["top"])

    tariffs.edit(uow(), tariff_id=shop["sport"].id, name="New", service="sport", main=False, actor=STAFF, now=clock())

    assert pairs_of(billing) == {shop["sport"].id: [shop["top"].id]}


def test_a_main_that_an_addon_names_is_neither_deleted_nor_turned_into_an_addon(billing, shop, goes_with, uow, clock):
    goes_with(shop["sport"], shop["top"])
    turned = {"tariff_id": shop["top"].id, "name": "Top", "service": "top", "main": False}

    with pytest.raises(NamedByAddon) as refusal:
        tariffs.delete(uow(), tariff_id=shop["top"].id, actor=STAFF, now=clock())
    with pytest.raises(NamedByAddon):
        tariffs.edit(uow(), **turned, actor=STAFF, now=clock())

    assert refusal.value.facts["addon"] == "Sport"
    assert pairs_of(billing) == {shop["sport"].id: [shop["top"].id]}


def test_an_addon_that_becomes_a_main_loses_its_pairs(billing, shop, goes_with, uow, clock):
    goes_with(shop["sport"], shop["top"])

    turned = {"tariff_id": shop["sport"].id, "name": "Sport", "service": "sport", "main": True}
    tariffs.edit(uow(), **turned, actor=STAFF, now=clock())

    assert pairs_of(billing) == {}


def test_a_crash_while_pairs_are_saved_leaves_the_old_ones(billing, shop, goes_with):
    goes_with(shop["sport"], shop["top"])

    with pytest.raises(Crash), crash_after(Session, "flush"):
        goes_with(shop["sport"], shop["start"])

    assert pairs_of(billing) == {shop["sport"].id: [shop["top"].id]}


def test_a_main_deleted_while_an_addon_is_made_to_name_it_leaves_no_loose_end(billing, shop, goes_with, uow, clock):
    def delete():
        tariffs.delete(billing.uow(), tariff_id=shop["top"].id, actor=STAFF, now=clock())

    with ThreadPoolExecutor(2) as pool:
        ends = [pool.submit(goes_with, shop["sport"], shop["top"]), pool.submit(delete)]
    [refusal] = [each.exception() for each in ends if each.exception()]

    with billing.reading() as session:
        named = session.scalars(select(TariffPair.main_id)).all()
        known = session.scalars(select(Tariff.id)).all()
    assert isinstance(refusal, BillingError)
    assert set(named) <= set(known)


# What may be ordered


def test_an_addon_is_ordered_only_beside_a_main_that_it_goes_with(billing, shop, goes_with, place, viewers):
    goes_with(shop["sport"], shop["top"])
    ivan, olena = viewers.watching(shop["start"], wallet="50 UAH"), viewers.watching(shop["top"])

    with pytest.raises(AddonDoesNotFit) as refusal:
        place(orders.add_addon, ivan, tariff_id=shop["sport"].id)
    place(orders.add_addon, olena, tariff_id=shop["sport"].id)

    facts = refusal.value.facts
    assert (facts["addon"], facts["main"], facts["mains"]) == ("Sport", "Start", "Top")
    assert states(billing, ivan) == ["active"]
    assert available(billing, ivan.login) == money("40 UAH")
    assert_books_balance(billing)


def test_during_a_change_an_addon_has_to_go_with_both_mains(billing, shop, goes_with, place, viewers):
    goes_with(shop["sport"], shop["top"])
    goes_with(shop["kids"], shop["start"])
    ivan = viewers.watching(shop["start"])
    place(orders.change, ivan, tariff_id=shop["top"].id)

    for addon in ("sport", "kids"):
        with pytest.raises(AddonDoesNotFit):
            place(orders.add_addon, ivan, tariff_id=shop[addon].id)

    viewers.deliver()
    place(orders.add_addon, ivan, tariff_id=shop["sport"].id)
    assert states(billing, ivan) == ["ended", "active", "pending"]


def test_a_change_with_which_an_addon_does_not_go_is_refused_and_drops_nothing(
    billing, shop, goes_with, place, viewers
):
    goes_with(shop["sport"], shop["start"])
    ivan = viewers.watching(shop["start"], shop["sport"], shop["kids"])
    before = available(billing, ivan.login)

    with pytest.raises(DropAddonFirst) as refusal:
        place(orders.change, ivan, tariff_id=shop["top"].id)

    assert (refusal.value.facts["addon"], refusal.value.facts["main"]) == ("Sport", "Top")
    assert states(billing, ivan) == ["active", "active", "active"]
    assert available(billing, ivan.login) == before
    place(lifecycle.leave, ivan, tariff_id=shop["sport"].id)
    place(orders.change, ivan, tariff_id=shop["top"].id)
    viewers.deliver()
    assert states(billing, ivan) == ["ended", "ended", "active", "active"]
    assert_books_balance(billing)


def test_who_has_a_pair_that_goes_no_more_keeps_it(billing, shop, goes_with, place, viewers):
    ivan = viewers.watching(shop["start"], shop["sport"])

    goes_with(shop["sport"], shop["top"])

    again = place(orders.add_addon, ivan, tariff_id=shop["sport"].id)
    assert again.state == "active"
    place(lifecycle.suspend, ivan, reason=Reason.STAFF)
    place(lifecycle.resume, ivan)
    viewers.deliver()
    assert states(billing, ivan) == ["active", "active"]


def test_an_unknown_tariff_has_no_pairs_to_edit(goes_with):
    with pytest.raises(NotFound):
        goes_with(Tariff(id=999, name="x", service="x", main=False))
