"""Tariffs, the queue, differences, actions on many, exports, events, keys, settings: what the office does."""

import re
import time

from playwright.sync_api import expect

from olltv_module.partner import DisableType
from tests.browser.test_journeys_subscriber import order, register, top_up


def test_a_tariff_is_made_priced_for_later_and_archived(desk):
    service = f"paper_{desk.language}"
    desk.go("/tariffs/new")
    desk.fill(name=f"Папір {desk.language}", service=service, fee="77,70")
    for name in ("description_uk", "description_ru", "description_en"):
        desk.field(name).fill(f"{name} <b>не жирно</b>")
    desk.submit()
    desk.at(r"/tariffs/\d+$")
    expect(desk.page.locator("#main")).to_contain_text("<b>не жирно</b>")
    tariff = desk.page.url.rstrip("/").rpartition("/")[2]

    desk.go(f"/tariffs/{tariff}/fee")
    desk.fill(fee="88,80")
    desk.field("month").fill("2099-01")
    desk.page.locator("#main form[method=post] button").first.click()
    desk.at(rf"/tariffs/{tariff}$")
    expect(desk.page.locator("#main")).to_contain_text(re.compile(r"88[,.]80"))

    desk.go(f"/tariffs/{tariff}/archive")
    desk.submit()
    desk.at(rf"/tariffs/{tariff}$")
    desk.go("/tariffs")
    expect(desk.page.locator("#main")).not_to_contain_text(service)


def test_who_is_parked_is_seen_and_retried(desk, house):
    login = f"vira-{desk.language}"
    register(desk, login, f"+380509220{ord(desk.language[0])}")
    top_up(desk, login, "200")
    house.partner.faults({"enableBundle": {"error_before": 1.0}})
    try:
        order(desk, login, "subscribe", "Старт")
        desk.go(f"/queue?login={login}")
        desk.page.locator("form[action$='/retry'] button").first.click()
    finally:
        house.partner.faults({})
    until_on(desk, login)


def until_on(desk, login):
    """Look at the subscriber again and again until the partner has switched something on."""
    deadline = time.monotonic() + 30
    while not desk.go(f"/subscribers/{login}").locator("#subscriptions .badge.is-good").count():
        assert time.monotonic() < deadline, "the partner was not told"
        time.sleep(0.5)


def test_many_are_acted_on_after_a_preview(desk):
    desk.go("/subscribers?login=demo0002")
    expect(desk.page.locator("#main tbody tr").first).to_be_visible()
    desk.go("/subscribers/bulk?login=demo0002")
    desk.field("action").first.select_option("deliver")
    desk.fill(note="Перевірка черги")
    desk.page.locator("#main form[method=get]:has([name=note]) button").first.click()
    desk.at("note=")
    expect(desk.page.locator("#main")).to_contain_text("demo0002")
    desk.page.locator("#preview form button").click()
    desk.at(r"/jobs/\d+")
    result = desk.page.locator("#main a[href^='/subscribers/bulk/']").first
    expect(result).to_be_visible(timeout=20_000)
    result.click()
    desk.at(r"/subscribers/bulk/\d+")
    expect(desk.page.locator("#main tbody tr", has_text="demo0002").first).to_be_visible()


def test_lists_are_downloaded(desk):
    for path in ("/subscribers", "/events", "/tariffs"):
        desk.go(path)
        for kind in ("csv", "xlsx"):
            link = desk.page.locator(f"#main a[href*='.{kind}']").first
            if link.count():
                with desk.page.expect_download() as begun:
                    link.click()
                assert begun.value.path().stat().st_size > 50


def test_the_event_log_is_narrowed(desk):
    desk.go("/events")
    desk.fill(login="demo00001")
    desk.page.locator("form[role=search] .filters-buttons button").first.click()
    desk.at("login=demo00001")
    expect(desk.page.locator("#main tbody tr").first).to_contain_text("demo00001")
    desk.page.locator("#main tbody a[href^='/events/']").first.click()
    desk.at(r"/events/\d+")


def test_a_key_is_made_and_revoked(desk):
    desk.go("/keys/new")
    desk.fill(name=f"Сайт {desk.language}")
    desk.field("scopes").first.check()
    desk.submit()
    desk.at("/keys/made")
    expect(desk.page.locator("#main code").first).to_have_text(re.compile(r"\S{20,}"))
    desk.go("/keys")
    row = desk.page.locator("#main tr, #main article", has_text=f"Сайт {desk.language}").first
    row.locator("a[href$='/revoke']").click()
    desk.submit()
    desk.at("/keys$")


def test_settings_are_shown_without_secrets(desk):
    desk.go("/settings")
    expect(desk.page.locator("#main")).to_contain_text("OLLTV_API_URL")
    expect(desk.page.locator("#main")).not_to_contain_text("suite.db")


def test_a_difference_at_the_partner_is_found_and_repaired(desk, house):
    login = f"lida-{desk.language}"
    register(desk, login, f"+380509330{ord(desk.language[0])}")
    top_up(desk, login, "200")
    order(desk, login, "subscribe", "Старт")
    expect(desk.page.locator("#subscriptions .badge.is-good").first).to_be_visible(timeout=15_000)
    account = next(name for name in house.partner.all_users() if login in name)
    partner = house.partner.partner()
    partner.disable_bundle(account=account, bundle="main_start", kind=DisableType.VACATION)

    desk.go("/reconcile")
    desk.page.locator("#main form[method=post][action$='/reconcile'] button, .page-actions form button").first.click()
    desk.at(r"/jobs/\d+")
    expect(desk.page.locator("#main a.btn-primary").last).to_be_visible(timeout=20_000)
    desk.go("/reconcile")
    mine = desk.page.locator("#main tr", has_text=login).first
    expect(mine).to_be_visible()
    mine.locator("a[href*='/reconcile/']").first.click()
    desk.at(r"/reconcile/\d+")
    desk.page.locator("#main form[action$='/repair'] button").first.click()
    expect(desk.page.locator(".messages .alert").first).to_be_visible()
