"""Tariffs of content: saving, archiving, and what must stay as it is."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from billing.errors import InvalidInput
from billing.events import Event
from billing.uow import UnitOfWork
from billing.versions import ChangedMeanwhile
from ppv_module.streams.models import Place
from ppv_module.streams.rights import placing, tariffs
from ppv_module.streams.rights.models import Kind, Meter, Tariff
from ppv_module.streams.rights.tariffs import (
    KindIsFixed,
    NameTaken,
    UnknownTariff,
    save_tariff,
    set_tariff_active,
    tariff_of,
    tariffs_of,
)
from tests.support import NOV_10, STAFF, Crash, assert_books_balance, crash_after

SPORT: dict[str, Any] = {"name": "Sport", "kind": Kind.MINUTE, "application": "live", "stream": "sport*"}
BY = {"actor": STAFF, "now": NOV_10}


def place_tariff(billing, place: int) -> int | None:
    with billing.reading() as session:
        return session.get_one(Place, place).tariff_id


def lines(billing) -> list[str]:
    with billing.reading() as session:
        return list(session.scalars(select(Event.text).order_by(Event.id)))


def test_a_tariff_counts_for_what_is_there_already(billing, uow, streams):
    place = streams.place("live/sport1")
    tariff = save_tariff(uow(), **SPORT, max_streams=2, **BY)
    assert place_tariff(billing, place) == tariff.id
    assert (tariff.max_streams, tariff.packages, tariff.active) == (2, [], True)
    assert lines(billing) == [f"PPV STREAM SAVE TARIFF [{tariff.id}]"]
    with billing.reading() as session:
        assert [(each.id, pattern.stream) for each, pattern in tariffs_of(session)] == [(tariff.id, "sport*")]
    assert_books_balance(billing)


def test_saving_what_is_there_already_changes_nothing(billing, uow):
    first = save_tariff(uow(), **SPORT, **BY)
    again = save_tariff(uow(), **SPORT, tariff_id=first.id, seen=1, **BY)
    assert (again.version, len(lines(billing))) == (1, 1)


def test_another_pattern_settles_places_anew(billing, uow, streams):
    place = streams.place("live/sport1")
    tariff = save_tariff(uow(), **SPORT, **BY)
    save_tariff(uow(), **{**SPORT, "stream": "kino*"}, tariff_id=tariff.id, seen=1, **BY)
    assert place_tariff(billing, place) is None
    assert place_tariff(billing, streams.place("live/kino1")) == tariff.id


def test_the_order_of_tariffs_decides(billing, uow, streams):
    place = streams.place("live/sport1")
    wide = save_tariff(uow(), name="All", kind=Kind.FREE, **BY)
    narrow = save_tariff(uow(), **SPORT, sort=1, **BY)
    assert place_tariff(billing, place) == wide.id
    save_tariff(uow(), **SPORT, sort=-1, tariff_id=narrow.id, **BY)
    assert place_tariff(billing, place) == narrow.id


def test_what_is_archived_counts_no_more_until_it_is_restored(billing, uow, streams):
    place = streams.place("live/sport1")
    tariff = save_tariff(uow(), **SPORT, **BY)
    for _ in range(2):
        set_tariff_active(uow(), tariff_id=tariff.id, active=False, **BY)
        assert place_tariff(billing, place) is None
    set_tariff_active(uow(), tariff_id=tariff.id, active=True, seen=2, **BY)
    assert place_tariff(billing, place) == tariff.id
    assert [line.rpartition(" ")[2] for line in lines(billing)[1:]] == ["ARCHIVED", "RESTORED"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "n" * 65}, "name"),
        ({"max_streams": -1}, "max_streams"),
        ({"max_streams": 1001}, "max_streams"),
        ({"sort": 10_000_000}, "sort"),
        ({"vhost": "v" * 151}, "vhost"),
    ],
)
def test_what_cannot_be_kept_is_refused(billing, uow, given, field):
    with pytest.raises(InvalidInput) as refused:
        save_tariff(uow(), **{**SPORT, **given}, **BY)
    assert refused.value.facts["field"] == field
    assert lines(billing) == []


def test_a_name_is_taken_once(uow):
    first = save_tariff(uow(), **SPORT, **BY)
    with pytest.raises(NameTaken):
        save_tariff(uow(), **SPORT, **BY)
    assert save_tariff(uow(), **SPORT, sort=4, tariff_id=first.id, **BY).sort == 4


def test_the_kind_is_fixed_once_somebody_has_watched(uow, streams):
    tariff = save_tariff(uow(), **SPORT, **BY)
    free = save_tariff(uow(), **{**SPORT, "kind": Kind.FREE}, tariff_id=tariff.id, **BY)
    minute = save_tariff(uow(), **SPORT, tariff_id=tariff.id, **BY)
    assert (free.kind, minute.kind) == (Kind.FREE, Kind.MINUTE)
    streams._add(Meter(account_id=streams.account("ivan"), price_id=streams.price(tariff).id))
    with pytest.raises(KindIsFixed):
        save_tariff(uow(), **{**SPORT, "kind": Kind.FREE}, tariff_id=tariff.id, **BY)
    assert save_tariff(uow(), **SPORT, sort=2, tariff_id=tariff.id, **BY).sort == 2


def test_packages_are_kept_for_their_kind_only(uow):
    package = save_tariff(uow(), **{**SPORT, "kind": Kind.PACKAGE}, packages=[8, 7, 8], **BY)
    assert package.packages == [7, 8]
    free = save_tariff(uow(), **{**SPORT, "kind": Kind.FREE}, packages=[7], tariff_id=package.id, **BY)
    assert free.packages == []


def test_two_editors(uow):
    tariff = save_tariff(uow(), **SPORT, **BY)
    save_tariff(uow(), **SPORT, sort=1, tariff_id=tariff.id, seen=1, **BY)
    with pytest.raises(ChangedMeanwhile):
        save_tariff(uow(), **SPORT, sort=2, tariff_id=tariff.id, seen=1, **BY)
    with pytest.raises(ChangedMeanwhile):
        set_tariff_active(uow(), tariff_id=tariff.id, active=False, seen=1, **BY)


def test_there_is_no_such_tariff(billing, uow):
    with pytest.raises(UnknownTariff):
        save_tariff(uow(), **SPORT, tariff_id=77, **BY)
    with pytest.raises(UnknownTariff):
        set_tariff_active(uow(), tariff_id=77, active=False, **BY)
    with billing.reading() as session, pytest.raises(UnknownTariff):
        tariff_of(session, 77)


@pytest.mark.parametrize(
    ("target", "name"), [(placing, "_cover"), (tariffs, "settle"), (UnitOfWork, "commit")], ids=str
)
def test_a_crash_leaves_no_half(billing, uow, streams, target, name):
    place = streams.place("live/sport1")
    with pytest.raises(Crash), crash_after(target, name):
        save_tariff(uow(), **SPORT, **BY)
    committed = name == "commit"
    with billing.reading() as session:
        assert bool(session.scalar(select(func.count()).select_from(Tariff))) is committed
    assert (place_tariff(billing, place) is not None) is committed
    if not committed:
        save_tariff(uow(), **SPORT, **BY)
    assert place_tariff(billing, place) is not None


def test_two_who_save_at_once(billing, streams):
    place = streams.place("live/sport1")

    def saved(number: int) -> object:
        try:
            return save_tariff(billing.uow(), **{**SPORT, "name": f"T{number // 2}"}, sort=-number, **BY).id
        except NameTaken as refused:
            return refused

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(saved, range(6)))
    made = [each for each in found if isinstance(each, int)]
    assert len(made) == 3
    with billing.reading() as session:
        first = session.scalar(select(Tariff.id).order_by(Tariff.sort, Tariff.id).limit(1))
    assert place_tariff(billing, place) == first
