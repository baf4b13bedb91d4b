"""A subscriber's whole life with television, from the first sign-in to the leaving, by the cabinet's pages alone: on a
phone and on a desktop, in each language, with scripts and without. After each step pages, books and partner agree.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.house import LANGUAGES
from tests.browser.resident import DEVICES, Resident
from tests.browser.settlers import MAXIMUM, SPORT, START, Settlers


@pytest.fixture(params=[True, False], ids=["scripts", "plain"])
def scripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("device", DEVICES)
def test_from_the_first_sign_in_to_the_leaving(device, language, scripts, look_in, settlers: Settlers):
    who = settlers.settle(f"{device}-{language}", wallet="200.00")
    window = look_in(language, java_script_enabled=scripts, **DEVICES[device])
    resident = Resident(window, who, settlers.tariffs)
    window.go("/")
    resident.sign_in()
    mac = f"02:44:{ord(device[0]):02x}:{ord(language[0]):02x}:{ord(language[1]):02x}:{scripts:02x}"

    subscribes(resident)
    connects_a_box(resident, mac)
    adds_a_package_and_drops_it(resident)
    changes_the_tariff(resident, mac)
    settlers.fee_day()
    is_switched_off(resident, mac)
    comes_back(resident, mac)
    leaves(resident)
    settlers.audit()


def subscribes(it: Resident) -> None:
    it.at.sees("Balance")
    expect(it.at.page.locator("#main")).to_contain_text(it.amount("200.00"))
    it.visit("/tv")
    it.at.sees("Choose your tariff")
    it.order("subscribe", START, told=it.amount("50.00"))
    it.is_settled()
    it.at.sees("Your tariff")
    assert (it.who.has, it.who.wallet, it.who.on) == ({START: "active"}, ("150.00 UAH", "150.00 UAH"), {START})


def connects_a_box(it: Resident, mac: str) -> None:
    it.visit("/devices")
    code = it.at.page.locator(".devices-letters").inner_text().strip()
    phone = it.who.mobile
    expect(it.at.page.locator("#main")).to_contain_text(phone)
    assert it.who.switch_box_on(code, phone, mac) == 200
    it.visit("/devices")
    has_device(it, mac)


def has_device(it: Resident, mac: str) -> None:
    bare = mac.replace(":", "")
    expect(it.at.page.locator(".devices-list li")).to_contain_text(re.compile(":?".join(bare), re.IGNORECASE))
    assert {each.replace(":", "").lower() for each in it.who.devices} == {bare}


def adds_a_package_and_drops_it(it: Resident) -> None:
    it.visit("/tv")
    it.order("add", SPORT, told=it.amount("49.00"))
    it.is_settled()
    assert (it.who.has, it.who.wallet[0]) == ({START: "active", SPORT: "active"}, "101.00 UAH")
    it.order("leave", SPORT, told=it.at.t("The fee that you have paid for this month is not given back."))
    it.is_settled()
    assert (it.who.has, it.who.wallet[0], it.who.on) == ({START: "active"}, "101.00 UAH", {START})


def changes_the_tariff(it: Resident, mac: str) -> None:
    it.order("change", MAXIMUM, told=it.at.t("The code and the devices stay."))
    it.is_settled()
    expect(it.at.page.locator(".tv-offer.yours")).to_contain_text("Максимум")
    assert (it.who.has, it.who.wallet[0], it.who.on) == ({MAXIMUM: "active"}, "1.10 UAH", {MAXIMUM})
    it.visit("/devices")
    has_device(it, mac)
    it.visit("/")
    expect(it.at.page.locator("#main")).to_contain_text(it.amount("98.80"))  # what will be missing on the fee day


def is_switched_off(it: Resident, mac: str) -> None:
    assert (it.who.has, it.who.wallet[0], it.who.on) == ({MAXIMUM: "suspended"}, "1.10 UAH", set())
    it.at.go("/tv")
    it.at.at("/sign-in$")  # a month has gone by
    it.sign_in()
    it.at.sees("%(lack)s is missing to switch television on again.", lack=it.amount("98.80"))
    it.visit("/tv")
    it.at.sees("%(lack)s is missing.", lack=it.amount("98.80"))
    expect(it.at.page.locator("#main a[href='https://isp.example/top-up']").first).to_be_visible()
    expect(it.at.page.locator("#main a[href^='/tv/resume']")).to_have_count(0)
    it.visit("/devices")
    has_device(it, mac)


def comes_back(it: Resident, mac: str) -> None:
    it.who.pay("200.00")
    it.visit("/tv")
    it.order("resume", told=it.amount("99.90"))
    it.is_settled()
    assert (it.who.has, it.who.wallet[0], it.who.on) == ({MAXIMUM: "active"}, "101.20 UAH", {MAXIMUM})
    it.visit("/devices")
    has_device(it, mac)


def leaves(it: Resident) -> None:
    it.visit("/tv")
    it.order("leave", told=it.at.t("Nothing more will be charged for television."))
    it.is_settled()
    expect(it.at.page.locator(".tv-offer.yours")).to_have_count(0)
    assert (it.who.has, it.who.wallet[0], it.who.on, it.who.fees) == ({}, "101.20 UAH", set(), 4)
    it.visit("/history")
    expect(it.at.page.locator("#main")).to_contain_text(it.amount("101.20"))
