"""A partner who takes his time, and the language that a subscriber picks."""

import pytest
from playwright.sync_api import expect

from tests.browser.resident import PATIENCE_MS, come_home
from tests.browser.settlers import START

SLOW_MS = 2500


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_being_switched_on_becomes_on_by_itself(cabinet_house, settlers, look_in, scripts):
    it = come_home(look_in, settlers, "patient", wallet="200.00", java_script_enabled=scripts)
    page = it.at.page
    it.visit("/tv")
    with cabinet_house.slow_partner(SLOW_MS):
        it.order("subscribe", START, told=it.amount("50.00"))
        expect(page.locator(".lamp.being_switched_on")).to_be_visible()
        assert it.who.wallet == ("200.00 UAH", "150.00 UAH")
        it.press(page.locator("nav.tabs a[href='/']"))
        it.at.sees("%(sum)s of it is reserved for an order.", sum=it.amount("50.00"))
        expect(page.locator(".lamp.on")).to_be_visible(timeout=PATIENCE_MS)  # nobody touches the page
    expect(page.locator("#main a[href='/devices']")).to_be_visible()
    assert (it.who.has, it.who.wallet, it.who.on) == ({START: "active"}, ("150.00 UAH", "150.00 UAH"), {START})


def test_the_language_that_was_picked_stays(settlers, look_in):
    who = settlers.settle("polyglot", wallet="10.00")
    visitor = look_in("uk")
    page = visitor.go("/sign-in")
    expect(page.locator("html")).to_have_attribute("lang", "uk")
    page.locator("form.languages [value=en]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    visitor.sign_in(who.login)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.locator("nav.tabs a[href='/history']").click()
    visitor.at("/history$")
    page.locator("form.languages [value=ru]").click()
    visitor.at("/history$")
    expect(page.locator("html")).to_have_attribute("lang", "ru")
