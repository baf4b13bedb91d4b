"""Two people at one tariff, fees that are taken back, what is put back on sale, and what the event log keeps."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.errors import InvalidInput, NotFound
from billing.events import Event
from billing.versions import ChangedMeanwhile
from olltv_module.models import Tariff, TariffPair
from olltv_module.services import orders, tariffs
from olltv_module.services.tariffs import PriceInThePast
from tests.olltv.support import events
from tests.support import DEC_1, NOV_10, STAFF, Crash, crash_after, money

SPORT = {"name": "Sport", "service": "sport_hd", "main": False}


@pytest.fixture
def desk(uow, clock):
    """Calls a use case as staff would, now."""

    def call(use_case, **kwargs):
        return use_case(uow(), actor=STAFF, now=clock(), **kwargs)

    return call


def stored(billing, tariff):
    with billing.reading() as session:
        return session.get_one(Tariff, tariff.id)


def fees(billing, tariff):
    return [price.fee_minor for price in stored(billing, tariff).prices]


def newest(billing):
    with billing.reading() as session:
        return session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()


def described(tariff, **more):
    return {"tariff_id": tariff.id, "name": tariff.name, "service": tariff.service, "main": tariff.main} | more


# Two editors


def test_the_second_of_two_editors_is_told_and_overwrites_nothing(billing, desk, make):
    tariff = make.tariff(name="Old")
    seen = tariff.version

    desk(tariffs.edit, **described(tariff, name="First"), seen=seen)
    with pytest.raises(ChangedMeanwhile):
        desk(tariffs.edit, **described(tariff, name="Second"), seen=seen)

    assert stored(billing, tariff).name == "First"
    desk(tariffs.edit, **described(tariff, name="Third"), seen=stored(billing, tariff).version)
    desk(tariffs.edit, **described(tariff, name="Command"))
    assert stored(billing, tariff).name == "Command"


@pytest.mark.parametrize(
    ("use_case", "more"),
    [
        (tariffs.set_fee, {"fee": money("70 UAH"), "starts_at": DEC_1}),
        (tariffs.cancel_fee, {"starts_at": DEC_1 + timedelta(days=31)}),
        (tariffs.archive, {}),
        (tariffs.delete, {}),
    ],
    ids=["set_fee", "cancel_fee", "archive", "delete"],
)
def test_whatever_is_done_with_a_tariff_counts_as_an_edition(billing, desk, make, use_case, more):
    tariff = make.tariff()
    desk(tariffs.set_fee, tariff_id=tariff.id, fee=money("1 UAH"), starts_at=DEC_1 + timedelta(days=31))

    with pytest.raises(ChangedMeanwhile):
        desk(use_case, tariff_id=tariff.id, seen=1, **more)

    kept = stored(billing, tariff)
    assert (kept.archived_at, kept.version, fees(billing, tariff)) == (None, 2, [5000, 100])


def test_what_is_sent_twice_is_done_once_and_nobody_is_told_off(billing, desk, make):
    tariff = make.tariff()
    for _ in range(2):
        desk(tariffs.edit, **described(tariff, name="New"), seen=1)
    for _ in range(2):
        desk(tariffs.set_fee, tariff_id=tariff.id, fee=money("70 UAH"), starts_at=DEC_1, seen=2)
    for _ in range(2):
        desk(tariffs.archive, tariff_id=tariff.id, seen=3)
    for _ in range(2):
        desk(tariffs.unarchive, tariff_id=tariff.id, seen=4)
    for _ in range(2):
        desk(tariffs.cancel_fee, tariff_id=tariff.id, starts_at=DEC_1, seen=5)

    assert stored(billing, tariff).version == 6
    assert len(events(billing)) == 6


# Fees that are taken back


def test_a_fee_to_come_can_be_taken_back(billing, desk, make):
    tariff = make.tariff("50 UAH")
    desk(tariffs.set_fee, tariff_id=tariff.id, fee=money("70 UAH"), starts_at=DEC_1)

    kept = desk(tariffs.cancel_fee, tariff_id=tariff.id, starts_at=DEC_1)

    assert fees(billing, tariff) == [5000]
    assert kept.fee(DEC_1, "UAH") == money("50 UAH")
    assert events(billing)[-1] == f"OLLTV SAVE TARIFF [{tariff.id}] CANCEL FEE `70` FROM 2026-12-01 02:00:00"


def test_a_fee_that_is_in_force_stays(billing, desk, make, clock):
    tariff = make.tariff("50 UAH")
    desk(tariffs.set_fee, tariff_id=tariff.id, fee=money("70 UAH"), starts_at=NOV_10 + timedelta(days=1))
    clock.advance(days=1)

    for starts_at in (NOV_10, NOV_10 + timedelta(days=1)):
        with pytest.raises(PriceInThePast):
            desk(tariffs.cancel_fee, tariff_id=tariff.id, starts_at=starts_at)
    with pytest.raises(NotFound):
        desk(tariffs.cancel_fee, tariff_id=999, starts_at=DEC_1)

    assert fees(billing, tariff) == [5000, 7000]


def test_a_crash_while_a_fee_is_taken_back_leaves_it(billing, desk, make):
    tariff = make.tariff("50 UAH")
    desk(tariffs.set_fee, tariff_id=tariff.id, fee=money("70 UAH"), starts_at=DEC_1)

    with pytest.raises(Crash), crash_after(Session, "flush"):
        desk(tariffs.cancel_fee, tariff_id=tariff.id, starts_at=DEC_1)

    assert fees(billing, tariff) == [5000, 7000]


# Back on sale


def test_an_archived_tariff_is_put_back_on_sale(billing, desk, make, uow, clock):
    tariff, person = make.tariff(), make.subscriber(wallet="100 UAH")
    desk(tariffs.archive, tariff_id=tariff.id)

    desk(tariffs.unarchive, tariff_id=tariff.id)

    assert stored(billing, tariff).archived_at is None
    assert events(billing)[-1] == f"OLLTV SAVE TARIFF [{tariff.id}] ON SALE"
    order = orders.subscribe(uow(), login=person.login, tariff_id=tariff.id, actor=STAFF, now=clock())
    assert order.state == "pending"
    with pytest.raises(NotFound):
        desk(tariffs.unarchive, tariff_id=999)


# Descriptions


def test_a_description_is_kept_by_language_within_its_length(billing, desk):
    texts = {"uk": " Спорт ", "ru": "  ", "en": "x" * 1000}

    made = desk(tariffs.create, **SPORT, fee=money("1 UAH"), description=texts)

    assert stored(billing, made).description == {"uk": "Спорт", "en": "x" * 1000}


@pytest.mark.parametrize(
    ("texts", "field"), [({"en": "x" * 1001}, "description_en"), ({"de": "Sport"}, "description_de")]
)
def test_a_description_that_is_too_long_or_in_another_language_is_refused(desk, texts, field):
    with pytest.raises(InvalidInput) as refusal:
        desk(tariffs.create, **SPORT, fee=money("1 UAH"), description=texts)

    assert refusal.value.facts["field"] == field


# The event log


def test_the_event_log_keeps_what_was_before_and_after(billing, desk, make):
    main = make.tariff()
    addon = desk(tariffs.create, **SPORT, fee=money("10 UAH"), partner_percent=30)
    created = newest(billing)
    more = {"name": "Sport HD", "partner_percent": 40, "goes_with": [main.id]}
    desk(tariffs.edit, **described(addon) | more)
    saved = newest(billing)
    desk(tariffs.set_fee, tariff_id=addon.id, fee=money("12 UAH"), starts_at=DEC_1)

    assert (created.before, created.after["fee"], created.after["goes_with"]) == (None, "10", [])
    assert saved.before == {"name": "Sport", "partner_percent": 30, "goes_with": []}
    assert saved.after == {"name": "Sport HD", "partner_percent": 40, "goes_with": [main.id]}
    assert (newest(billing).before, newest(billing).after) == ({"fee": "10"}, {"fee": "12"})


def test_a_deleted_tariff_takes_its_pairs_along(billing, desk, make):
    main = make.tariff()
    addon = desk(tariffs.create, **SPORT, fee=money("10 UAH"), goes_with=[main.id])

    desk(tariffs.delete, tariff_id=addon.id)

    with billing.reading() as session:
        assert session.scalars(select(TariffPair)).all() == []
    assert newest(billing).before["goes_with"] == [main.id]
