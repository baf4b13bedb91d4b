"""Fee day: preview, start, live progress, report."""

import re
from contextlib import closing

from playwright.sync_api import expect

from billing.actors import Actor
from olltv_module.services.fees.run import FeeDay, charge


def test_preview_then_charge_then_report(desk):
    """In each language; the first one charges, the others find that everybody has paid."""
    desk.go("/")
    desk.page.locator(".side-menu a[href='/fees']").click()
    expect(desk.page.locator("#calendar tbody tr")).to_have_count(12)
    due = desk.page.locator("#calendar tr:has(.badge.is-warn), #calendar tr:has(.badge.is-good)").last

    month = due.get_attribute("id").removeprefix("month-")
    desk.go(f"/fees/start?period={month}")
    desk.page.locator("form[action$='/fees/preview'] button").click()
    desk.at(r"/jobs/\d+")
    result = desk.page.locator("#main a[href^='/fees/']").last
    expect(result).to_be_visible(timeout=20_000)
    result.click()
    desk.at(r"/fees/\d+$")
    expect(desk.page.locator("#lines")).to_be_visible()

    desk.go(f"/fees/start?period={month}")
    expect(desk.page.locator("#what li")).to_have_count(3)
    desk.page.locator("form[action$='/fees/start'] button").click()
    desk.at(r"/jobs/\d+")
    desk.page.reload()  # progress survives
    result = desk.page.locator("#main a[href^='/fees/']").last
    expect(result).to_be_visible(timeout=30_000)
    result.click()

    desk.at(r"/fees/\d+$")
    expect(desk.page.locator("#proof .alert-success")).to_be_visible(timeout=10_000)
    expect(desk.page.locator("#fee-progress .tile")).to_have_count(4)


def test_progress_is_live_and_ends_with_the_whole_page(house, staff):
    """A preview of the next month, chunk by chunk, while somebody looks on and loads the page anew."""
    runtime = house.runtime
    coming = runtime.billing.month(runtime.clock()).next()
    day = FeeDay(runtime.billing, runtime.clock, chunk=10)
    with closing(charge(day, actor=Actor("tester"), period=coming, preview=True)) as steps:
        run = next(steps)
        desk = staff("en")
        desk.go(f"/fees/{run.id}")
        bar = desk.page.locator("#fee-progress progress")
        expect(bar).to_have_attribute("value", str(run.percent))
        run = next(steps)
        expect(bar).to_have_attribute("value", str(run.percent))
        desk.page.reload()
        expect(bar).to_have_attribute("value", str(run.percent))
        list(steps)

    expect(bar).to_have_count(0)
    expect(desk.page.locator("#differences")).to_be_visible()


def test_the_report_is_filtered_and_downloaded(desk):
    desk.go("/fees/runs")
    desk.page.locator("tbody tr a[href^='/fees/']").last.click()
    desk.page.locator("select[name='outcome']").select_option("no_money")
    desk.page.locator("form[role=search] .filters-buttons button").first.click()
    desk.at("outcome=no_money")
    with desk.page.expect_download() as begun:
        desk.page.locator("a[href*='csv']").first.click()
    text = begun.value.path().read_text("utf-8-sig")

    assert re.match(r".+,.+,.+", text.splitlines()[0])
