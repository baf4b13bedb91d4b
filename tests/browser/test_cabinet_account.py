"""How subscribers get in: a second factor, sessions elsewhere, another password, out everywhere."""

import re
from datetime import timedelta

import pyotp
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.house import LANGUAGES
from tests.browser.resident import Resident, come_home
from tests.browser.settlers import Settlers
from tests.browser.test_axe import findings, overflow
from tests.browser.visitor import Visitor
from tests.running.panel import PASSWORD

NEW_PASSWORD = "quite another one"
STEP = timedelta(seconds=30)


def press(window: Visitor, action: str) -> None:
    """The last button of the form whose address ends so."""
    window.page.locator(f"#main form[action$='{action}'] button").last.click()


def set_up(it: Resident, axe: str) -> pyotp.TOTP:
    """Two-factor sign-in, from the page of the account; gives what his phone has now."""
    it.at.page.locator("#main a[href='/account/second-factor']").click()
    it.at.at("/second-factor$")
    it.at.fill(password=PASSWORD)
    press(it.at, "/second-factor")
    expect(it.at.page.locator("#main figure svg")).to_be_visible()
    assert (findings(it.at.page, axe), overflow(it.at.page) <= 0) == ([], True)
    phone = pyotp.TOTP(re.sub(r"\s", "", it.at.page.locator("#main code").first.inner_text()))
    it.at.fill(code=phone.at(it.who.house.clock()))
    press(it.at, "/confirm")
    expect(it.at.page.locator("#codes code")).to_have_count(10)
    assert (findings(it.at.page, axe), overflow(it.at.page) <= 0) == ([], True)
    return phone


def come_elsewhere(window: Visitor, it: Resident, phone: pyotp.TOTP, settlers: Settlers, password: str) -> None:
    """In another browser, with a wrong code first. A code is good once, so the next one is waited for."""
    window.go("/sign-in")
    window.fill(login=it.who.login, password=password)
    window.submit("#main form")
    window.at("/sign-in/code$")
    window.fill(code="000000")
    window.submit("#main form")
    window.sees("The code is wrong.")
    settlers.wait(STEP)
    window.fill(code=phone.at(it.who.house.clock()))
    window.submit("#main form")
    window.at("/$")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_second_factor_sessions_elsewhere_and_another_password(look_in, settlers, axe, language):
    it = come_home(look_in, settlers, "careful", wallet="10.00", language=language, viewport=PHONE)
    it.visit("/account")
    phone = set_up(it, axe)
    elsewhere = look_in(language)
    come_elsewhere(elsewhere, it, phone, settlers, PASSWORD)

    it.visit("/account")
    expect(it.at.page.locator(".sessions li")).to_have_count(2)
    it.at.page.locator(".sessions form[action$='/sessions/end'] button").click()
    it.at.at("/account$")
    expect(it.at.page.locator(".sessions li")).to_have_count(1)
    elsewhere.go("/tv")
    elsewhere.at("/sign-in$")  # over at once

    it.at.page.locator("#password summary").click()
    it.at.fill(old=PASSWORD, new=NEW_PASSWORD, again=NEW_PASSWORD)
    press(it.at, "/account/password")
    it.at.sees("Your password is changed. All other sessions have ended.")
    come_elsewhere(elsewhere, it, phone, settlers, NEW_PASSWORD)
    elsewhere.page.locator("nav.tabs a[href='/account']").click()
    elsewhere.at("/account$")
    elsewhere.page.locator("#sessions > form[action$='/sessions/end'] button").click()
    elsewhere.at("/sign-in$")
    it.at.go("/")
    it.at.at("/sign-in$")
