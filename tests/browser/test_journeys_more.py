"""What staff do now and then: colleagues, an account at the partner, lists of one's own, and putting things right."""

import re

import pytest
from playwright.sync_api import Locator, expect

from olltv_module.partner import DisableType
from tests.browser.house import House
from tests.browser.test_journeys_subscriber import house_account, order, register, top_up
from tests.browser.visitor import Visitor
from tests.running.panel import PASSWORD

NEW_PASSWORD = "quite another one"
RARE = "Базовий"  # a main tariff that no other journey orders
OFF_THERE = "off_there_on_here"


def told(desk: Visitor, kind: str = "success") -> None:
    """The page says what has become of the order that was just given."""
    expect(desk.page.locator(f".messages .alert-{kind}").first).to_be_visible()


def press(desk: Visitor, action: str) -> None:
    """The button of the form whose address ends so."""
    desk.page.locator(f"#main form[action$='{action}'] button").first.click()


def on_page(desk: Visitor, login: str, action: str) -> None:
    """From the page of the subscriber to the form of an action."""
    desk.go(f"/subscribers/{login}")
    desk.page.locator(f"#main a[href$='/{login}/{action}']").first.click()
    desk.at(f"/{login}/{action}$")


def sent(desk: Visitor, where: str, form: str = "#main form[method=post]") -> str:
    """Send the form: the page that it leads to says that it is done. Gives the path of that page."""
    desk.submit(form)
    path = desk.at(f"{where}$")
    told(desk)
    return path


def newcomer(desk: Visitor, name: str, number: int) -> str:
    """A subscriber of one test, in one language."""
    register(desk, f"{name}-{desk.language}", f"+38050{number}0{ord(desk.language[0])}")
    return f"{name}-{desk.language}"


@pytest.fixture
def viewer(desk: Visitor, house: House) -> str:
    """One who has paid for a main tariff and watches; the tests of a language share him."""
    login = f"olha-{desk.language}"
    if not any(login in each for each in house.partner.all_users()):
        top_up(desk, newcomer(desk, "olha", 944), "300")
        order(desk, login, "subscribe", "Старт")
        expect(desk.page.locator("#subscriptions .badge.is-good").first).to_be_visible(timeout=15_000)
    return login


def test_a_colleague_comes_gets_rights_and_goes(desk, visit):
    login = f"halyna-{desk.language}"
    desk.go("/staff/new")
    desk.fill(login=login, name="Галина Бойко", password=NEW_PASSWORD, again=NEW_PASSWORD)
    desk.page.locator("[name=rights][value=MONEY]").check()
    sent(desk, "/staff")
    desk.page.locator("#main tbody tr", has_text=login).locator("a[href^='/staff/']").first.click()
    path = desk.at(r"/staff/\d+$")
    expect(desk.page.locator("[name=rights]:checked")).to_have_count(2)
    desk.page.locator("[name=rights][value=OLLTV]").uncheck()
    desk.fill(name="Галина Коваль")
    sent(desk, path, "#person form")
    expect(desk.page.locator("[name=rights]:checked")).to_have_count(1)
    expect(desk.page.locator("#title")).to_contain_text("Коваль")
    desk.page.locator("#sign-in a[href$='/password']").click()
    desk.fill(password=PASSWORD, again=PASSWORD)
    sent(desk, path)
    person = visit(desk.language)
    person.sign_in(login)
    person.at("/profile/password$")  # it is to be changed first of all
    desk.page.locator("#sign-in a[href$='/disable']").click()
    sent(desk, path)
    person.go("/profile")
    person.at("/sign-in")  # shut out at once
    press(desk, "/enable")
    expect(desk.page.locator("#sign-in a[href$='/disable']")).to_be_visible()


def test_the_account_at_the_partner_is_looked_after(desk, house, viewer):
    login, email, phone = viewer, f"olha.{desk.language}@example.net", f"050945{ord(desk.language[0]):04}"
    on_page(desk, login, "email")
    desk.fill(email=email)
    sent(desk, login)
    on_page(desk, login, "phone")
    desk.fill(phone=f"+38{phone}")
    sent(desk, login)
    user = house.partner.user(house_account(house, login))
    assert (user["email"], user["phone"]) == (email, phone)
    on_page(desk, login, "parental")
    sent(desk, login)
    press(desk, "/codes")
    told(desk, "info")  # the codes are the same
    press(desk, "/deliver")
    told(desk)
    desk.page.locator("#partner a[href$='/partner']").click()
    live = desk.page.locator("#partner-now")
    expect(live).to_contain_text(email)
    expect(live.locator("tbody .badge.is-good")).to_have_count(1)
    code = desk.page.locator("#subscriptions code").first.inner_text()
    expect(live.locator("tbody code").first).to_have_text(code)


def test_free_of_charge_for_a_reason_and_a_device_on_it(desk, house):
    login = newcomer(desk, "lesia", 946)
    desk.page.locator("#main a[href$='/subscribe']").first.click()
    desk.page.locator("#offers tr", has_text="Старт").locator("a.btn").click()
    desk.field("free").check()
    desk.submit("#order form")
    expect(desk.page.locator("#order .alert-danger")).to_be_visible()  # without a reason nothing is given
    desk.field("free").check()
    desk.fill(why="Випробування для будинку")
    sent(desk, login, "#order form")
    expect(desk.page.locator("#subscriptions .badge.is-good").first).to_be_visible(timeout=15_000)
    expect(desk.page.locator("#statement a[href*='/refund/']")).to_have_count(0)
    on_page(desk, login, "devices/new")
    desk.fill(mac=f"02:55:22:33:44:{ord(desk.language[0]):02x}")
    sent(desk, login)
    assert len(house.partner.devices(house_account(house, login))) == 1
    desk.page.locator("#partner a[href$='/partner']").click()
    desk.page.locator("#partner-now a[href*='/devices/remove']").click()
    desk.at("/devices/remove")
    sent(desk, login)
    assert house.partner.devices(house_account(house, login)) == {}


def test_the_profile_is_edited_and_a_fee_given_back(desk, viewer):
    desk.go(f"/subscribers/{viewer}/edit")
    desk.fill(name="Ольга Гнатюк", address="вул. Нова, 1", credit="25,00")
    sent(desk, viewer)
    expect(desk.page.locator("#profile")).to_contain_text("Гнатюк")
    expect(desk.page.locator("#profile")).to_contain_text(re.compile("25[,.]00"))
    expect(desk.page.locator("#wallet")).not_to_contain_text(re.compile("300[,.]00"))
    desk.page.locator("#statement a[href*='/refund/']").first.click()
    desk.at(r"/refund/\d+$")
    desk.fill(reason="Не показувало тиждень")
    sent(desk, viewer)
    expect(desk.page.locator("#wallet")).to_contain_text(re.compile("300[,.]00"))
    expect(desk.page.locator("#statement a[href*='/refund/']")).to_have_count(0)
    expect(desk.page.locator("#statement .badge.is-info")).to_have_count(1)


def until_there(desk: Visitor, path: str, wanted: str) -> Locator:
    """Load the page until nobody is at work on it at the moment, so that what is wanted stands there."""
    for _ in range(20):
        found = desk.go(path).locator(wanted).first
        if found.count():
            break
        desk.page.wait_for_timeout(500)
    return found


def test_an_order_that_the_partner_refuses_to_carry_out_is_given_up(desk, house):
    login = newcomer(desk, "nina", 948)
    top_up(desk, login, "200")
    house.partner.faults({"enableBundle": {"error_before": 1.0}})
    try:
        order(desk, login, "subscribe", "Старт")
        until_there(desk, f"/queue?login={login}", "#main a[href$='/give-up']").click()
        until_there(desk, f"/queue/{login}/give-up", "[name=reason]").fill("Партнер не відповідає")
        sent(desk, login)
    finally:
        house.partner.faults({})
    expect(desk.page.locator("#subscriptions article")).to_have_count(0)
    expect(desk.page.locator("#wallet")).to_contain_text(re.compile("200[,.]00"))
    assert house.partner.on(house_account(house, login)) == set()


def goes_with(desk: Visitor, main: str) -> Locator:
    """The box of a main tariff in the form of an add-on."""
    return desk.page.locator("label", has_text=main).locator("[name=goes_with]").first


def test_an_addon_goes_with_the_mains_it_names_and_unused_is_deleted(desk, viewer):
    service = f"pair_{desk.language}"
    desk.go("/tariffs/new")
    desk.fill(name=f"Тариф {service}", service=service, fee="11,10")
    desk.field("kind").select_option("addon")
    goes_with(desk, "Максимум").check()
    tariff = sent(desk, r"/tariffs/\d+")
    expect(desk.page.locator("#pairs li")).to_have_count(1)
    press(desk, "/try")
    told(desk, "danger")  # the partner knows no such service
    offer = desk.go(f"/subscribers/{viewer}/addons").locator("#offers tr", has_text=service)
    expect(desk.page.locator("#offers")).to_be_visible()
    expect(offer).to_have_count(0)
    desk.go(f"{tariff}/edit")
    goes_with(desk, "Старт").check()
    sent(desk, tariff)
    desk.go(f"/subscribers/{viewer}/addons")
    expect(offer).to_have_count(1)
    desk.go(f"{tariff}/delete")
    sent(desk, "/tariffs")
    expect(desk.page.locator("#main tbody tr", has_text=service)).to_have_count(0)


def test_a_tariff_is_tried_a_coming_fee_taken_back_and_it_is_back_on_sale(desk):
    desk.go("/tariffs").locator("#main tbody tr", has_text=RARE).locator("a[href^='/tariffs/']").first.click()
    tariff = desk.at(r"/tariffs/\d+$")
    press(desk, "/try")
    told(desk)
    fees = desk.page.locator("#fees tbody tr")
    number = fees.count()
    desk.go(f"{tariff}/fee")
    desk.fill(fee="222,20", month="2099-01")
    sent(desk, tariff)
    expect(fees).to_have_count(number + 1)
    press(desk, "/fee/cancel")
    expect(fees).to_have_count(number)
    desk.go(f"{tariff}/archive")
    sent(desk, tariff)
    press(desk, "/unarchive")
    expect(desk.page.locator("#main a[href$='/archive']")).to_be_visible()


def test_a_view_is_saved_used_and_deleted_and_columns_are_chosen(desk):
    desk.go("/subscribers?login=demo0001")
    desk.page.locator(".view-save [name=name]").fill("Перші")
    desk.page.locator(".view-save button").click()
    told(desk)
    desk.go("/subscribers")
    desk.page.locator(".views a.btn").click()
    desk.at("login=demo0001")
    expect(desk.page.locator(".views a[aria-current]")).to_have_count(1)
    columns = desk.page.locator("#main thead th")
    number = columns.count()
    desk.page.locator(".listing-head details summary").click()
    desk.page.locator("[name=columns][value=remote_id]").check()
    desk.page.locator(".listing-head details form button").click()
    desk.at(r"login=demo0001.*columns=|columns=.*login=demo0001")
    expect(columns).to_have_count(number + 1)
    press(desk, "/delete")
    told(desk)
    expect(desk.page.locator(".views a")).to_have_count(0)


def test_a_difference_is_dismissed_taken_up_again_and_its_kind_repaired(desk, house, viewer):
    name = house_account(house, viewer)
    house.partner.partner().disable_bundle(account=name, bundle="main_start", kind=DisableType.VACATION)
    desk.go("/reconcile")
    press(desk, "/reconcile")
    desk.at(r"/jobs/\d+")
    expect(desk.page.locator("#main a.btn-primary").last).to_be_visible(timeout=20_000)
    mine = desk.go(f"/reconcile?kind={OFF_THERE}").locator("#main tbody tr", has_text=viewer)
    mine.locator(".row-buttons a[href^='/reconcile/']").click()
    difference = desk.at(r"/reconcile/\d+$")
    desk.fill(reason="За домовленістю до кінця місяця")
    sent(desk, "/reconcile", "#dismiss form")
    desk.go(f"/reconcile?kind={OFF_THERE}")
    expect(mine).to_have_count(0)
    desk.go(difference)
    press(desk, "/reopen")
    told(desk)
    desk.go(f"/reconcile?kind={OFF_THERE}").locator(f"#kind a[href$='/repair/{OFF_THERE}']").click()
    expect(desk.page.locator("#logins")).to_contain_text(viewer)
    desk.submit()
    desk.at(r"/jobs/\d+")
    expect(desk.page.locator("#main a[href*='/reconcile/results/']")).to_be_visible(timeout=20_000)
    assert house.partner.on(name) == {"main_start"}


def pick(desk: Visitor, name: str, value: str) -> None:
    """From one of the drop-down menus at the top."""
    desk.page.locator(f".top details:has([name={name}]) summary").click()
    desk.page.locator(f".top [name={name}][value={value}]").click()


def test_the_own_account_language_theme_and_password(staff, language):
    login, other = f"nadiia-{language}", "uk" if language == "en" else "en"
    desk = staff(language, login=login)
    html = desk.go("/profile").locator("html")
    pick(desk, "lang", other)
    expect(html).to_have_attribute("lang", other)
    pick(desk, "theme", "dark")
    expect(html).to_have_attribute("data-bs-theme", "dark")
    expect(desk.field("theme")).to_have_value("dark")
    desk.fill(name="Надія Лис")
    desk.field("language").select_option(language)
    desk.field("theme").select_option("light")
    sent(desk, "/profile", "#about form")
    expect(html).to_have_attribute("lang", language)
    expect(html).to_have_attribute("data-bs-theme", "light")
    desk.page.locator("#sign-in a[href$='/password']").click()
    desk.fill(present=PASSWORD, new=NEW_PASSWORD, again=NEW_PASSWORD)
    sent(desk, "/profile")
    desk.context.clear_cookies()
    desk.go("/sign-in")
    desk.fill(login=login, password=NEW_PASSWORD)
    desk.submit("#main form")
    desk.page.wait_for_url(lambda url: "/sign-in" not in url)
    expect(html).to_have_attribute("lang", language)
