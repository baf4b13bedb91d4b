"""What the cabinet offers beside what a subscriber has."""

import pytest

from tests.userstats.fake import MAX, START, me, subscription, uah
from userstats.offers import Card, Standing, offers

SPORT, KIDS, CINEMA = 3, 4, 5


def tariff(number, *, main=False, fee=50.0, goes_with=()):
    return {"id": number, "main": main, "fee": uah(fee), "goes_with": list(goes_with), "description": {}}


ON_SALE = [
    tariff(START, main=True),
    tariff(MAX, main=True, fee=99),
    tariff(SPORT),
    tariff(KIDS, goes_with=[START]),
    tariff(CINEMA, goes_with=[MAX, START]),
]


def having(*subscriptions, **facts):
    return me(subscriptions=list(subscriptions), **facts)


def addons(subscriber):
    return [card.tariff["id"] for card in offers(subscriber, ON_SALE).addons]


def mains(subscriber):
    return {card.tariff["id"]: (card.mark, card.order) for card in offers(subscriber, ON_SALE).mains}


NEXT = {"is_next": True, "state": "pending"}


def test_without_television_only_mains_are_offered():
    assert mains(me()) == {START: ("", "subscribe"), MAX: ("", "subscribe")}
    assert addons(me()) == []


def test_only_addons_that_go_with_the_main_are_offered():
    assert addons(having(subscription(START))) == [SPORT, KIDS, CINEMA]
    assert addons(having(subscription(MAX))) == [SPORT, CINEMA]


def test_during_a_change_an_addon_has_to_go_with_both():
    changing = having(subscription(START), subscription(MAX, **NEXT))
    assert addons(changing) == [SPORT, CINEMA]
    assert mains(changing) == {START: ("yours", ""), MAX: ("next", "")}


def test_what_he_has_is_marked_and_not_offered_again():
    assert mains(having(subscription(START), subscription(SPORT))) == {START: ("yours", ""), MAX: ("", "change")}
    assert addons(having(subscription(START), subscription(SPORT))) == [KIDS, CINEMA]


@pytest.mark.parametrize("state", ["pending", "suspended"])
def test_a_main_that_is_not_on_cannot_be_changed(state):
    assert mains(having(subscription(START, state=state)))[MAX] == ("", "")


def test_who_is_suspended_or_has_an_obstacle_is_offered_nothing():
    assert addons(having(subscription(START, state="suspended"))) == []
    frozen = having(obstacle={"code": "frozen", "detail": "The account is frozen."})
    assert mains(frozen) == {START: ("", ""), MAX: ("", "")}


@pytest.mark.parametrize(
    ("available", "fee", "lack"), [(60, 99, uah(39)), (50, 50, None), (-10, 50, uah(60)), (-10, 0, None)]
)
def test_a_card_says_how_much_is_missing(available, fee, lack):
    wallet = {"balance": uah(available), "held": uah(0), "available": uah(available)}
    [card] = offers(me(wallet=wallet), [tariff(MAX, main=True, fee=fee)]).mains
    assert card.lack == lack


def test_credit_that_counts_is_money_too():
    wallet = {"balance": uah(0), "held": uah(0), "available": uah(0), "spendable": uah(100)}
    assert offers(me(wallet=wallet), ON_SALE).mains[1].lack is None


def test_fees_are_summed_with_the_tariff_to_come():
    assert Standing.of(me()).together is None
    assert Standing.of(having(subscription(START), subscription(SPORT))).together == uah(70)
    assert Standing.of(having(subscription(START), subscription(MAX, **NEXT))).together == uah(99)


def test_a_refusal_is_forgotten_when_the_same_tariff_is_on():
    refusal = {"code": "partner_refused", "detail": "The TV partner refused."}
    no = subscription(START, id=1, state="refused", ended_at="2026-11-02T09:00:00+02:00", refusal=refusal)
    assert Standing.of(having(no)).refused == [no]
    assert Standing.of(having(no, subscription(START))).refused == []


def test_a_description_has_paragraphs_and_points():
    texts = {"uk": "Про все.\n\n- Спорт\n– Кіно\nПовтор 7 днів", "ru": ""}
    card = Card({"description": texts})
    shown = [(block.kind, block.lines) for block in card.description("uk")]
    assert shown == [("text", ["Про все."]), ("list", ["Спорт", "Кіно"]), ("text", ["Повтор 7 днів"])]
    assert card.written_in("ru") == "uk"  # rather another language than nothing
    assert Card({"description": {}}).description("uk") == []
