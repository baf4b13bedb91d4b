"""The first page and the money report: figures, charts, the partner's report, exports."""

import re

import pytest
from playwright.sync_api import expect


def test_the_first_page_shows_figures_and_leads_to_what_they_count(desk):
    desk.go("/")
    tile = desk.page.locator(".tile").first
    expect(tile.locator(".tile-value")).to_have_text(re.compile(r"^\d+$"))
    expect(desk.page.locator("#churn-chart")).to_be_visible()
    expect(desk.page.locator("#revenue-table tbody tr").first).to_be_visible()
    tile.locator("a").click()
    desk.at(r"/subscribers\?tv=active$")


def test_a_months_money_beside_what_the_partner_reports(desk, house):
    """In each language; the second and third fetch the report anew."""
    month = str(house.runtime.billing.month(house.runtime.clock()))
    desk.go("/")
    desk.page.locator(".side-menu a[href='/money']").click()
    desk.at(r"/money$")
    desk.page.locator(".listing tbody a").first.click()
    desk.at(r"/money/\d{4}-\d\d$")
    expect(desk.page.locator("#day-chart")).to_be_visible()

    desk.go(f"/money/{month}")
    desk.page.locator(f"form[action='/money/{month}/fetch'] button").click()
    desk.at(r"/jobs/\d+")
    result = desk.page.locator(f"#main a[href='/money/{month}']")
    expect(result).to_be_visible(timeout=20_000)
    result.click()
    desk.at(rf"/money/{month}$")
    expect(desk.page.locator("#compared tbody tr").first).to_be_visible()
    desk.sees("Partner’s purchases")


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_months_go_into_a_file(desk, ending):
    desk.go("/money")
    with desk.page.expect_download() as download:
        desk.page.locator(f".listing a[href*='.{ending}'], .listing a[href*='/{ending}']").first.click()
    assert download.value.suggested_filename.endswith(f".{ending}")
