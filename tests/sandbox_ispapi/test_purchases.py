"""Purchases: one for each time that a bundle was on, counted in days of the reporting period."""

from datetime import UTC, datetime

import pytest
import time_machine


@pytest.fixture
def clock(ivan):
    """October 10, noon; the server shares the process, so it shares the clock."""
    with time_machine.travel(datetime(2026, 10, 10, 12, tzinfo=UTC), tick=False) as traveller:
        ivan.hash = ""
        yield traveller


def october(client, start="2026-10-01"):
    return client.ok("getAllPurchases", start_date=start)


def test_a_purchase_shows_every_field(ivan, clock):
    ivan.ok("enableBundle", account="ivan", sub_id="main_start")
    page = october(ivan)

    assert (page["Count"], page["DaysInMonth"], page["Page"], page["ProviderName"]) == (1, 31, 1, "demo")
    [purchase] = page["purchases"]
    ds_account = ivan.ok("getUserInfo", account="ivan")["ds_account"]
    assert purchase == {
        "TransactionID": purchase["TransactionID"],
        "SubscriberDSID": ds_account,
        "SubscriberProviderID": "ivan",
        "TariffName": "Start",
        "TariffID": "main_start",
        "PurchaseDate": "2026-10-10 12:00:00",
        "StartDate": "2026-10-10 12:00:00",
        "ExpirationDate": None,
        "StartOfReportingPeriod": "2026-10-01",
        "EndOfReportingPeriod": "2026-10-31",
        "RetailPrice": "50.00",
        "ProviderPrice": "30.00",
        "DaysWorkBundle": 1,
    }


def test_off_and_on_again_are_two_purchases_each_with_its_days(ivan, clock):
    ivan.ok("enableBundle", account="ivan", sub_id="main_start")
    clock.move_to(datetime(2026, 10, 12, 1, tzinfo=UTC))
    ivan.hash = ""
    ivan.ok("disableBundle", account="ivan", sub_id="main_start", type="subs_vacation")
    clock.move_to(datetime(2026, 10, 30, 1, tzinfo=UTC))
    ivan.hash = ""
    ivan.ok("enableBundle", account="ivan", sub_id="main_start", type="subs_renew")
    clock.move_to(datetime(2026, 11, 2, 1, tzinfo=UTC))
    ivan.hash = ""

    assert [p["DaysWorkBundle"] for p in october(ivan)["purchases"]] == [3, 2]
    assert [p["DaysWorkBundle"] for p in october(ivan, "2026-11-01")["purchases"]] == [2]
    assert october(ivan, "2026-09-01")["purchases"] == []
    assert [p["DaysWorkBundle"] for p in october(ivan, "11.10.2026")["purchases"]] == [2, 2]


def test_a_change_of_main_ends_one_purchase_and_begins_another(ivan, clock):
    ivan.ok("enableBundle", account="ivan", sub_id="main_start")
    ivan.ok("changeBundle", account="ivan", old_sub_id="main_start", new_sub_id="main_max")

    ends = {p["TariffID"]: p["ExpirationDate"] for p in october(ivan)["purchases"]}
    assert ends == {"main_start": "2026-10-10 12:00:00", "main_max": None}


def test_an_operator_sees_only_its_own_purchases(ivan, other, clock):
    ivan.ok("enableBundle", account="ivan", sub_id="main_start")

    assert october(other)["Count"] == 0


def test_ten_thousand_purchases_make_a_page(demo):
    users = [
        {"operator": "demo", "account": str(n), "email": f"{n}@isp.test", "bundles": ["main_nocode"]}
        for n in range(10_001)
    ]
    demo.control("seed", {"users": users})
    month = demo.ok("getUserInfo", account="0")["registration_date"][:8] + "01"

    first, second = (demo.ok("getAllPurchases", start_date=month, page=page) for page in ("1", "2"))

    assert (len(first["purchases"]), len(second["purchases"])) == (10_000, 1)
    assert first["Count"] == second["Count"] == 10_001
