"""The tariffs that staff sell."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.errors import InvalidInput, NotFound
from billing.money import InvalidAmount
from billing.uow import UnitOfWork
from olltv_module.errors import DeletionProtected, ServiceTaken, TariffNotOnSale, TariffProtected
from olltv_module.models import Price, Tariff
from olltv_module.services import lifecycle, orders, tariffs
from tests.olltv.support import events
from tests.support import NOV_10, STAFF, Crash, available, crash_after, money

SPORT = {"name": "Sport", "service": "sport_hd", "main": False}


@pytest.fixture
def desk(uow, clock):
    """Calls a use case as staff would, now."""

    def call(use_case, **kwargs):
        return use_case(uow(), actor=STAFF, now=clock(), **kwargs)

    return call


def stored(billing, tariff_id):
    with billing.reading() as session:
        return session.get(Tariff, tariff_id)


def rows(billing, model):
    with billing.reading() as session:
        return session.scalar(select(func.count()).select_from(model))


def fee(billing, tariff_id, at):
    return stored(billing, tariff_id).fee(at, "UAH")


def test_a_tariff_is_created_with_all_that_was_said(billing, desk):
    about = {"uk": "Спорт", "en": "Sport"}

    made = desk(tariffs.create, **SPORT, fee=money("49.90 UAH"), description=about, partner_percent=30)

    kept = stored(billing, made.id)
    assert (kept.name, kept.service, kept.main, kept.description, kept.partner_percent) == (
        "Sport",
        "sport_hd",
        False,
        about,
        30,
    )
    assert kept.fee(NOV_10, "UAH") == money("49.90 UAH")
    assert events(billing) == [f"OLLTV CREATE TARIFF [{made.id}]"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 129}, "name"),
        ({"service": ""}, "service"),
        ({"service": "x" * 129}, "service"),
        ({"partner_percent": -1}, "partner_percent"),
        ({"partner_percent": 101}, "partner_percent"),
        ({"fee": money("-0.01 UAH")}, "fee"),
        ({"fee": money("5 CRD")}, "fee"),
    ],
)
def test_a_value_that_cannot_be_is_refused(billing, desk, wrong, field):
    with pytest.raises(InvalidInput) as refusal:
        desk(tariffs.create, **{**SPORT, "fee": money("10 UAH"), **wrong})

    assert refusal.value.facts["field"] == field
    assert rows(billing, Tariff) == 0


@pytest.mark.parametrize("percent", [None, 0, 100])
def test_the_partners_share_may_be_nothing_all_or_unknown(billing, desk, percent):
    made = desk(tariffs.create, **SPORT, fee=money("0 UAH"), partner_percent=percent)

    assert stored(billing, made.id).partner_percent == percent


def test_two_tariffs_never_share_a_service_id(billing, desk, make):
    first, second = make.tariff(service="base"), make.tariff(service="top")

    with pytest.raises(ServiceTaken):
        desk(tariffs.create, name="Again", service=" base ", main=True, fee=money("1 UAH"))
    with pytest.raises(ServiceTaken):
        desk(tariffs.edit, tariff_id=second.id, name="Again", service="base", main=True)

    assert (rows(billing, Tariff), stored(billing, second.id).service) == (2, "top")
    assert desk(tariffs.edit, tariff_id=first.id, name="Base", service="base", main=True).name == "Base"


def test_a_tariff_that_nobody_had_may_change_its_service_and_kind(billing, desk, make):
    tariff = make.tariff()

    desk(tariffs.edit, tariff_id=tariff.id, **SPORT, description={"uk": "Спорт"}, partner_percent=7)

    kept = stored(billing, tariff.id)
    assert (kept.name, kept.service, kept.main, kept.partner_percent) == ("Sport", "sport_hd", False, 7)
    assert events(billing)[-1] == f"OLLTV SAVE TARIFF [{tariff.id}]"


def test_a_tariff_that_somebody_had_keeps_service_and_kind_but_not_its_name(billing, desk, make, viewers, place):
    tariff = make.tariff(service="base")
    ivan = viewers.watching(tariff)
    place(lifecycle.leave, ivan)
    seen = len(events(billing))

    for change in ({"service": "other", "main": True}, {"service": "base", "main": False}):
        with pytest.raises(TariffProtected):
            desk(tariffs.edit, tariff_id=tariff.id, name="Base", **change)
    assert events(billing, since=seen) == []
    desk(tariffs.edit, tariff_id=tariff.id, name="Base", service="base", main=True)

    assert (stored(billing, tariff.id).name, stored(billing, tariff.id).service) == ("Base", "base")


# Fees


def test_a_new_fee_is_in_force_from_its_start(billing, desk, make, place):
    tariff, start = make.tariff("50 UAH"), NOV_10 + timedelta(days=5)

    desk(tariffs.set_fee, tariff_id=tariff.id, fee=money("60.50 UAH"), starts_at=start)

    before, then = start - timedelta(microseconds=1), start
    assert (fee(billing, tariff.id, before), fee(billing, tariff.id, then)) == (money("50 UAH"), money("60.50 UAH"))
    assert fee(billing, tariff.id, NOV_10 - timedelta(days=900)) == money("50 UAH")
    line = f"OLLTV SAVE TARIFF [{tariff.id}] FEE `60.5` FROM 2026-11-15 11:00:00"  # at the operator's place
    assert events(billing)[-1] == line


def test_a_fee_that_was_in_force_stays(billing, desk, make):
    tariff = make.tariff("50 UAH")

    with pytest.raises(tariffs.PriceInThePast):
        desk(tariffs.set_fee, tariff_id=tariff.id, fee=money("1 UAH"), starts_at=NOV_10 - timedelta(seconds=1))
    with pytest.raises(InvalidAmount):
        desk(tariffs.set_fee, tariff_id=tariff.id, fee=money("-1 UAH"), starts_at=NOV_10)

    assert fee(billing, tariff.id, NOV_10) == money("50 UAH")


def test_a_fee_set_again_for_the_same_start_replaces_it(billing, desk, make):
    tariff, start = make.tariff("50 UAH"), datetime(2026, 12, 1, tzinfo=UTC)

    for amount in ("60 UAH", "70 UAH"):
        changed = desk(tariffs.set_fee, tariff_id=tariff.id, fee=money(amount), starts_at=start)

    assert [price.fee_minor for price in changed.prices] == [5000, 7000]
    assert rows(billing, Price) == 2


def test_fees_may_be_set_in_any_order_of_their_starts(billing, desk, make):
    tariff, days = make.tariff("50 UAH"), [NOV_10 + timedelta(days=each) for each in (30, 10, 20)]
    for number, start in enumerate(days):
        desk(tariffs.set_fee, tariff_id=tariff.id, fee=money(f"{number} UAH"), starts_at=start)

    asked = [fee(billing, tariff.id, NOV_10 + timedelta(days=each)).minor for each in (0, 10, 20, 30)]
    assert asked == [5000, 100, 200, 0]


def test_an_order_pays_the_fee_of_its_moment(billing, desk, make, place, clock):
    tariff = make.tariff("50 UAH")
    early, late = make.subscriber(wallet="100 UAH"), make.subscriber(wallet="100 UAH")
    desk(tariffs.set_fee, tariff_id=tariff.id, fee=money("60 UAH"), starts_at=NOV_10 + timedelta(days=1))

    place(orders.subscribe, early, tariff_id=tariff.id)
    clock.advance(days=1)
    place(orders.subscribe, late, tariff_id=tariff.id)

    assert (available(billing, early.login), available(billing, late.login)) == (money("50 UAH"), money("40 UAH"))


# Archiving, deleting


def test_an_archived_tariff_is_off_sale_but_who_has_it_keeps_it(billing, desk, make, viewers, place):
    tariff = make.tariff()
    ivan, petro = viewers.watching(tariff), make.subscriber(wallet="100 UAH")

    archived = [desk(tariffs.archive, tariff_id=tariff.id).archived_at for _ in range(2)]

    assert archived == [NOV_10, NOV_10]
    assert events(billing).count(f"OLLTV SAVE TARIFF [{tariff.id}] ARCHIVED") == 1
    with pytest.raises(TariffNotOnSale):
        place(orders.subscribe, petro, tariff_id=tariff.id)
    assert place(orders.subscribe, ivan, tariff_id=tariff.id).state == "active"


def test_a_tariff_that_nobody_had_can_be_deleted_with_its_prices(billing, desk, make):
    tariff = make.tariff()
    desk(tariffs.set_fee, tariff_id=tariff.id, fee=money("1 UAH"), starts_at=NOV_10 + timedelta(days=1))

    desk(tariffs.delete, tariff_id=tariff.id)

    assert (rows(billing, Tariff), rows(billing, Price)) == (0, 0)
    assert events(billing)[-1] == f"OLLTV DELETE TARIFF [{tariff.id}]"


def test_a_tariff_that_somebody_had_is_never_deleted_and_the_try_is_logged(billing, desk, make, viewers, place):
    tariff = make.tariff()
    place(lifecycle.leave, viewers.watching(tariff))

    with pytest.raises(DeletionProtected):
        desk(tariffs.delete, tariff_id=tariff.id)

    assert stored(billing, tariff.id)
    assert events(billing)[-1] == f"OLLTV DELETE TARIFF FAIL [{tariff.id}] IS_PROTECTED"


def test_what_does_not_exist_cannot_be_changed(desk):
    for use_case, more in (
        (tariffs.edit, SPORT),
        (tariffs.set_fee, {"fee": money("1 UAH"), "starts_at": NOV_10}),
        (tariffs.archive, {}),
        (tariffs.delete, {}),
    ):
        with pytest.raises(NotFound):
            desk(use_case, tariff_id=999, **more)


def test_all_tariffs_are_listed_in_the_order_of_their_making_with_the_archived(desk, make, uow):
    made = [make.tariff().id for _ in range(3)]
    desk(tariffs.archive, tariff_id=made[1])

    with (unit := uow()):
        assert [each.id for each in tariffs.all_tariffs(unit)] == made


@pytest.mark.parametrize(("target", "name"), [(Session, "flush"), (UnitOfWork, "commit")], ids=["flush", "commit"])
def test_a_crash_while_creating_can_be_seen_by_repeating(billing, desk, target, name):
    with pytest.raises(Crash), crash_after(target, name):
        desk(tariffs.create, **SPORT, fee=money("10 UAH"))

    if name == "flush":
        desk(tariffs.create, **SPORT, fee=money("10 UAH"))
    else:
        with pytest.raises(ServiceTaken):
            desk(tariffs.create, **SPORT, fee=money("10 UAH"))
    assert (rows(billing, Tariff), rows(billing, Price)) == (1, 1)
