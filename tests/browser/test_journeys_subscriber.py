"""A subscriber from the registration to the leaving, by staff alone, with a real worker and a partner who answers."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import Visitor

MAC = {"uk": "02:11:22:33:44:01", "ru": "02:11:22:33:44:02", "en": "02:11:22:33:44:03"}


def badges(desk: Visitor):
    """The states of what the subscriber has."""
    return desk.page.locator("#subscriptions article .badge").first


def register(desk: Visitor, login: str, mobile: str) -> None:
    desk.go("/subscribers/new")
    desk.fill(login=login, name="Софія Мороз", address="вул. Садова, 7", mobile=mobile)
    desk.submit()
    desk.at(f"/subscribers/{login}")


def top_up(desk: Visitor, login: str, amount: str) -> None:
    desk.go(f"/subscribers/{login}/top-up")
    desk.fill(amount=amount)
    desk.submit()
    desk.at(f"/subscribers/{login}$")


def order(desk: Visitor, login: str, action: str, tariff: str) -> None:
    """Choose a tariff by its name and order it."""
    desk.page.locator(f"#main a[href$='/{action}']").first.click()
    desk.at(action)
    desk.page.locator("#offers tr", has_text=tariff).locator("a.btn").click()
    expect(desk.page.locator("#order")).to_be_visible()
    desk.page.locator("#order form button").first.click()
    desk.at(f"/subscribers/{login}$")


def test_from_the_registration_to_the_leaving(desk, house):
    login = f"sofia-{desk.language}"
    register(desk, login, f"+380509000{ord(desk.language[0])}")
    top_up(desk, login, "500,00")
    expect(desk.page.locator("#wallet")).to_contain_text("500")

    order(desk, login, "subscribe", "Старт")
    expect(badges(desk)).to_have_class(re.compile("is-good"), timeout=15_000)
    expect(desk.page.locator("#subscriptions code").first).to_have_text(re.compile(r"\w{4,}"))
    assert house.partner.on(house_account(house, login)) == {"main_start"}

    order(desk, login, "addons", "Спорт")
    expect(desk.page.locator("#subscriptions article")).to_have_count(2)

    desk.go(f"/subscribers/{login}/devices/new")
    desk.fill(mac=MAC[desk.language])
    desk.page.locator("#main form[method=post] button").first.click()
    desk.at(f"/subscribers/{login}$")
    desk.page.locator("#partner a[href$='/partner']").click()
    expect(desk.page.locator("#partner-now")).to_contain_text(re.compile(MAC[desk.language].replace(":", ":?"), re.I))

    desk.go(f"/subscribers/{login}/suspend")
    desk.submit()
    desk.at(f"/subscribers/{login}$")
    assert house.partner.on(house_account(house, login)) == set()

    desk.page.locator("#television a[href$='/resume']").click()
    desk.submit()
    desk.at(f"/subscribers/{login}$")
    expect(badges(desk)).to_have_class(re.compile("is-good"))

    order(desk, login, "change", "Максимум")
    expect(desk.page.locator("#subscriptions article", has_text="Максимум")).to_be_visible()

    desk.page.locator("#television a[href$='/leave']").click()
    desk.submit()
    desk.at(f"/subscribers/{login}$")
    expect(desk.page.locator("#subscriptions article")).to_have_count(0)
    assert house.partner.on(house_account(house, login)) == set()

    desk.go(f"/subscribers/{login}/statement")
    expect(desk.page.locator("#main tbody tr").nth(2)).to_be_visible()


def house_account(house, login: str) -> str:
    """How the partner calls the subscriber."""
    return next((name for name in house.partner.all_users() if login in name), login)


def test_a_correction_above_the_limit_wants_another_person(desk, staff):
    login = f"iryna-{desk.language}"
    register(desk, login, f"+380509110{ord(desk.language[0])}")
    desk.go(f"/subscribers/{login}/correct")
    desk.fill(amount="2500", reason="Перерахунок за рік")
    desk.submit()
    desk.at(f"/subscribers/{login}$")
    expect(desk.page.locator("#wallet")).not_to_contain_text("2 500")

    desk.go("/money/proposals")
    mine = desk.page.locator(f"#main :is(section, article, tr):has(a[href='/subscribers/{login}'])").last
    expect(mine.locator("form[action$='/approve']")).to_have_count(0)

    other = staff(desk.language, login=f"petro-{desk.language}")
    other.go("/money/proposals")
    theirs = other.page.locator(f"#main :is(section, article, tr):has(a[href='/subscribers/{login}'])").last
    theirs.locator("form[action$='/approve'] button").click()
    expect(other.page.locator(".messages .alert-success")).to_be_visible()

    desk.go(f"/subscribers/{login}")
    expect(desk.page.locator("#wallet")).to_contain_text("2")
    expect(desk.page.locator("#wallet")).to_contain_text(re.compile(r"2.?500"))


def test_staff_look_into_the_cabinet_as_the_subscriber(desk, house):
    desk.go("/subscribers/demo00001/visit")
    desk.page.locator("#main form[method=post] button").first.click()
    into = desk.page.locator(f"#main form[action^='{house.cabinet}'], #main a[href^='{house.cabinet}']").first
    expect(into).to_be_visible()
    button = into.locator("button")
    with desk.context.expect_page() if into.get_attribute("target") == "_blank" else desk.page.expect_navigation():
        (button if button.count() else into).click()

    cabinet = desk.context.pages[-1]
    expect(cabinet.locator("main")).to_be_visible()
    expect(cabinet.locator("body")).to_contain_text("demo00001")


@pytest.mark.parametrize("words", ["demo00003", "Шевченко"])
def test_the_search_finds_by_login_and_name(desk, words):
    desk.go("/")
    desk.page.locator("#search").fill(words)
    desk.page.locator("#search").press("Enter")

    desk.at("/search|/subscribers/")
    expect(desk.page.locator("#main")).to_contain_text("demo")
