"""Tickets on sale: what they are, how long they are valid, and when they are sold."""

from datetime import timedelta

import pytest

from billing.errors import InvalidInput
from billing.events import EventLog
from billing.uow import UnitOfWork
from billing.versions import ChangedMeanwhile
from ppv_module.streams.rights.offers import (
    OfferNeedsEnd,
    OfferNeedsPrice,
    Terms,
    UnknownOffer,
    offer_of,
    offers_of,
    offers_on_sale,
    save_offer,
    set_offer_active,
    validity,
)
from ppv_module.streams.rights.tariffs import NameTaken
from tests.support import NOV_10, STAFF, Crash, crash_after, money

BY = {"actor": STAFF, "now": NOV_10}
HOUR = timedelta(hours=1)
DAY = Terms(application="live", stream="sport*", hours=24, price=money("50 UAH"), credits=300)


def on_sale(billing, at=NOV_10) -> list[str]:
    with billing.reading() as session:
        return [each.name for each in offers_on_sale(session, at)]


def test_an_offer_is_sold_until_it_is_taken_off(billing, uow):
    offer = save_offer(uow(), name="Day of sport", terms=DAY, description=" All  of it ", **BY)
    assert (offer.price_minor, offer.price_credits, offer.description) == (5000, 300, "All of it")
    assert on_sale(billing) == ["Day of sport"]
    for _ in range(2):
        set_offer_active(uow(), offer_id=offer.id, active=False, **BY)
    assert on_sale(billing) == []
    with billing.reading() as session:
        assert [(each.version, pattern.stream) for each, pattern in offers_of(session)] == [(2, "sport*")]


def test_saving_again_and_changing(uow):
    offer = save_offer(uow(), name="Day", terms=DAY, **BY)
    assert save_offer(uow(), name="Day", terms=DAY, offer_id=offer.id, seen=1, **BY).version == 1
    changed = save_offer(uow(), name="Day", terms=Terms(hours=2, credits=5), offer_id=offer.id, seen=1, **BY)
    assert (changed.version, changed.price_minor, changed.price_credits) == (2, None, 5)
    with pytest.raises(ChangedMeanwhile):
        save_offer(uow(), name="Day", terms=DAY, offer_id=offer.id, seen=1, **BY)
    with pytest.raises(ChangedMeanwhile):
        set_offer_active(uow(), offer_id=offer.id, active=False, seen=1, **BY)


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        (Terms(hours=1), OfferNeedsPrice),
        (Terms(credits=5), OfferNeedsEnd),
        (Terms(hours=0, credits=5), InvalidInput),
        (Terms(hours=1, credits=0), InvalidInput),
        (Terms(hours=1, minutes=0, credits=5), InvalidInput),
        (Terms(hours=1, price=money("0 UAH")), InvalidInput),
        (Terms(hours=1, price=money("5 CRD")), InvalidInput),
        (Terms(starts_at=NOV_10, ends_at=NOV_10, credits=5), InvalidInput),
    ],
)
def test_what_cannot_be_sold_is_refused(billing, uow, terms, refusal):
    with pytest.raises(refusal):
        save_offer(uow(), name="Day", terms=terms, **BY)
    assert on_sale(billing) == []


def test_a_name_is_taken_once_and_numbers_must_be_known(billing, uow):
    save_offer(uow(), name="Day", terms=DAY, **BY)
    with pytest.raises(NameTaken):
        save_offer(uow(), name="Day", terms=DAY, **BY)
    with pytest.raises(UnknownOffer):
        save_offer(uow(), name="Night", terms=DAY, offer_id=77, **BY)
    with pytest.raises(UnknownOffer):
        set_offer_active(uow(), offer_id=77, active=False, **BY)
    with billing.reading() as session, pytest.raises(UnknownOffer):
        offer_of(session, 77)


@pytest.mark.parametrize(
    ("hours", "starts", "ends", "valid"),
    [
        (24, None, None, (0, 24)),
        (24, 5, None, (5, 29)),
        (24, 5, 10, (5, 10)),
        (3, -5, 10, (0, 3)),
        (None, 5, 10, (5, 10)),
        (None, None, 10, (0, 10)),
    ],
)
def test_how_long_a_ticket_is_valid(streams, hours, starts, ends, valid):
    at = [each if each is None else NOV_10 + each * HOUR for each in (starts, ends)]
    offer = streams.offer(hours=hours, starts_at=at[0], ends_at=at[1])
    assert validity(offer, NOV_10) == (NOV_10 + valid[0] * HOUR, NOV_10 + valid[1] * HOUR)


def test_what_is_over_is_not_on_sale(billing, streams):
    streams.offer(name="Match", hours=None, ends_at=NOV_10 + HOUR)
    assert (on_sale(billing), on_sale(billing, NOV_10 + HOUR)) == (["Match"], [])


@pytest.mark.parametrize(("target", "name", "sold"), [(EventLog, "write", []), (UnitOfWork, "commit", ["Day"])])
def test_a_crash_leaves_all_or_nothing(billing, uow, target, name, sold):
    with pytest.raises(Crash), crash_after(target, name):
        save_offer(uow(), name="Day", terms=DAY, **BY)
    assert on_sale(billing) == sold
