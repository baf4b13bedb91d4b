"""Bundles and purchases: happy answers, refusals, repeats."""

from datetime import date

import pytest

from billing.errors import PartnerRefused, PartnerUnreachable
from olltv_module.partner import (
    AccountUnknown,
    BundleUnknown,
    DisableType,
    EnableType,
    OldBundleOff,
    OrderViolated,
    UserNotActive,
)

START = {"account": "ivan", "bundle": "START"}
MAY = date(2026, 5, 1)
PURCHASE = {
    "TransactionID": 1,
    "SubscriberDSID": "900",
    "SubscriberProviderID": "ivan",
    "TariffName": "Старт",
    "TariffID": "START",
    "PurchaseDate": "2026-05-03",
    "StartDate": "2026-05-03",
    "ExpirationDate": None,
    "StartOfReportingPeriod": "2026-05-01",
    "EndOfReportingPeriod": "2026-05-31",
    "RetailPrice": "99.90",
    "ProviderPrice": 49.95,
    "DaysWorkBundle": 29,
}


@pytest.mark.parametrize(("data", "code"), [("004213", "004213"), (4213, "4213"), (1, None), ("1", None), (True, None)])
def test_enable_gives_the_binding_code_or_none_for_a_bundle_without_one(desk, partner, data, code):
    desk.gives("enableBundle", data)

    assert partner.enable_bundle(**START, kind=EnableType.NO_DEVICE) == code
    assert desk.asked("enableBundle") == [{"account": "ivan", "sub_id": "START", "type": "subs_no_device"}]


@pytest.mark.parametrize("data", [0, "0", False])
def test_enable_answered_with_zero_is_a_no(desk, partner, data):
    desk.gives("enableBundle", data)

    with pytest.raises(PartnerRefused) as caught:
        partner.enable_bundle(**START, kind=EnableType.RENEW)

    assert caught.value.facts["call"] == "enableBundle" and caught.value.facts["status"] == 0


@pytest.mark.parametrize("data", [None, "", [], {"code": "1"}])
def test_enable_with_odd_data_is_neither_on_nor_refused(desk, partner, data):
    desk.gives("enableBundle", data)

    with pytest.raises(PartnerUnreachable):
        partner.enable_bundle(**START, kind=EnableType.RENEW)


@pytest.mark.parametrize(
    ("status", "kind"), [(404, AccountUnknown), (407, BundleUnknown), (408, OrderViolated), (506, UserNotActive)]
)
def test_enable_refused(desk, partner, status, kind):
    desk.refuses("enableBundle", status)

    with pytest.raises(kind):
        partner.enable_bundle(**START, kind=EnableType.RENEW)


@pytest.mark.parametrize("answer", [{"status": 0, "data": 1}, {"status": "0", "data": "1"}, {"status": 504}])
def test_disable_is_done_when_off_now_or_off_before(desk, partner, answer):
    desk.says("disableBundle", answer)

    assert partner.disable_bundle(**START, kind=DisableType.VACATION) is None
    assert desk.asked("disableBundle") == [{"account": "ivan", "sub_id": "START", "type": "subs_vacation"}]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 0, "data": 0}, PartnerRefused),
        ({"status": 0}, PartnerUnreachable),
        ({"status": 408}, OrderViolated),
        ({"status": 404}, AccountUnknown),
    ],
)
def test_disable_is_not_done_on_anything_else(desk, partner, answer, kind):
    desk.says("disableBundle", answer)

    with pytest.raises(kind):
        partner.disable_bundle(**START, kind=DisableType.BREAK_CONTRACT)


@pytest.mark.parametrize(("data", "on"), [(1, True), ("1", True), (0, False), ("0", False)])
def test_check_says_whether_a_bundle_is_on(desk, partner, data, on):
    desk.gives("checkBundle", data)

    assert partner.check_bundle(**START) is on


def test_check_of_an_unknown_bundle_is_refused(desk, partner):
    desk.refuses("checkBundle", 407)

    with pytest.raises(BundleUnknown):
        partner.check_bundle(**START)


@pytest.mark.parametrize("answer", [{"status": 0}, {"status": "0", "data": "1"}, {"status": 0, "data": 1}])
def test_change_is_done_when_new_is_on_now_or_was_before(desk, partner, answer):
    desk.says("changeBundle", answer)

    assert partner.change_bundle(account="ivan", old="START", new="MAX") is None
    assert desk.asked("changeBundle") == [{"account": "ivan", "old_sub_id": "START", "new_sub_id": "MAX"}]


@pytest.mark.parametrize("answer", [{"status": 0, "data": 0}, {"status": 0, "data": "0"}, {"status": 504}])
def test_change_from_a_bundle_that_is_off_says_so(desk, partner, answer):
    desk.says("changeBundle", answer)

    with pytest.raises(OldBundleOff) as caught:
        partner.change_bundle(account="ivan", old="START", new="MAX")

    assert caught.value.facts["status"] == int(answer.get("status"))


def test_purchases_are_read_in_kopiykas_never_in_fractions(desk, partner):
    desk.says("getAllPurchases", {"status": 0, "purchases": [PURCHASE], "Count": 1, "Page": 1})

    (purchase,) = partner.purchases(start_date=MAY)

    assert (purchase.retail_minor, purchase.provider_minor) == (9990, 4995)
    assert (purchase.transaction_id, purchase.account, purchase.tariff_id) == ("1", "ivan", "START")
    assert (purchase.days_on, purchase.expiration_date) == ("29", None)
    assert desk.asked("getAllPurchases") == [{"start_date": "2026-05-01"}]


@pytest.mark.parametrize(
    ("price", "minor"),
    [("49,9", 4990), (50, 5000), ("0", 0), ("0.005", 1), (" 1.10 ", 110), (1.1, 110), ("-3.5", -350)],
)
def test_a_price_is_read_however_it_is_written(desk, partner, price, minor):
    desk.gives("getAllPurchases", {"purchases": [PURCHASE | {"RetailPrice": price}]})

    assert next(partner.purchases(start_date=MAY)).retail_minor == minor


@pytest.mark.parametrize("price", ["", None, "free", "NaN", "1e99", [], "Infinity"])
def test_an_unreadable_price_is_never_guessed(desk, partner, price):
    desk.gives("getAllPurchases", {"purchases": [PURCHASE | {"RetailPrice": price}]})

    with pytest.raises(PartnerUnreachable):
        next(partner.purchases(start_date=MAY))


@pytest.mark.parametrize("first", [0, 1])
def test_purchases_go_page_by_page_from_the_number_the_partner_begins_with(desk, partner, first):
    full = [PURCHASE | {"TransactionID": number} for number in range(10_000)]
    desk.says("getAllPurchases", {"status": 0, "purchases": full, "Page": first})
    desk.says("getAllPurchases", {"status": 0, "purchases": [PURCHASE], "Page": str(first + 1)})

    assert sum(1 for _ in partner.purchases(start_date=MAY)) == 10_001
    assert [form.get("page") for form in desk.asked("getAllPurchases")] == [None, str(first + 1)]


def test_purchases_without_page_numbers_count_from_one_and_end_on_an_empty_page(desk, partner):
    desk.says("getAllPurchases", {"status": 0, "purchases": [PURCHASE] * 10_000}, {"status": 0, "purchases": []})

    assert sum(1 for _ in partner.purchases(start_date=MAY)) == 10_000
    assert [form.get("page") for form in desk.asked("getAllPurchases")] == [None, "2"]


def test_purchases_that_never_move_on_are_no_answer(desk, partner):
    desk.says("getAllPurchases", {"status": 0, "purchases": [PURCHASE] * 10_000, "Page": 1})

    with pytest.raises(PartnerUnreachable):
        list(partner.purchases(start_date=MAY))


def test_purchases_without_a_list_are_not_an_empty_month(desk, partner):
    desk.says("getAllPurchases", {"status": 0, "Count": 0})

    with pytest.raises(PartnerUnreachable):
        list(partner.purchases(start_date=MAY))


def test_purchases_refused(desk, partner):
    desk.refuses("getAllPurchases", 120)

    with pytest.raises(PartnerRefused):
        list(partner.purchases(start_date=MAY))
