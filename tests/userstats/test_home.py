"""The first page: money, what comes next, television in one sentence, and one thing to do."""

import re

import pytest

from tests.userstats.conftest import sign_in
from tests.userstats.fake import SPORT, START, me, subscription, uah

ON = {"state": "on", "text": "Television is on.", "settled": True}
PENDING = {"state": "being_switched_on", "text": "Television is being switched on.", "settled": False}
OFF = {"state": "suspended", "text": "Television is switched off.", "settled": True}


def charge(total: float, lack: float = 0, *, date: str = "2099-12-01", is_due: bool = False):
    return {"month": date[:7], "date": date, "is_due": is_due, "total": uah(total), "lack": uah(lack)}


def page(browser, path="/"):
    return browser.get(path).get_data(as_text=True)


def primary(text):
    """Where the page's main buttons lead."""
    return re.findall(r'class="button primary" href="([^"]+)"', text)


def test_money_is_shown_with_one_call(browser, billing):
    billing.says("GET me", me(wallet={"balance": uah(1234.5), "held": uah(50), "available": uah(1184.5)}))
    shown = page(browser)
    assert "Hello, Ivan Franko" in shown
    assert "1,234.50\u202fUAH" in shown
    assert "50.00\u202fUAH of it is reserved for an order." in shown
    page(browser)
    assert [call.path for call in billing.calls] == ["me", "news", "me"]


def test_without_television_he_chooses_a_tariff(browser):
    shown = page(browser)
    assert "You have no television yet." in shown
    assert primary(shown) == ["/tv"]


def test_with_television_he_gets_the_code(browser, billing):
    billing.says("GET me", me(tv=ON, subscriptions=[subscription()], next_charge=charge(50)))
    shown = page(browser)
    assert "On 1 December 2099 50.00\u202fUAH will be charged for television." in shown
    assert "There is enough money for it." in shown
    assert primary(shown) == ["/devices"]


def test_what_will_be_missing_is_said_and_topping_up_comes_first(browser, billing):
    billing.says("GET me", me(tv=ON, subscriptions=[subscription()], next_charge=charge(50, lack=30)))
    shown = page(browser)
    assert "30.00\u202fUAH will be missing: television will be switched off unless you top up before." in shown
    assert primary(shown) == ["https://pay.example/"]


def test_a_charge_of_a_month_that_has_begun_names_no_past_day(browser, billing):
    billing.says(
        "GET me", me(tv=ON, subscriptions=[subscription()], next_charge=charge(50, date="2020-01-01", is_due=True))
    )
    assert "The fee for January 2020, 50.00\u202fUAH, will be charged soon." in page(browser)


def test_the_suspended_one_tops_up_first_and_resumes_then(browser, billing):
    off = {"tv": OFF, "subscriptions": [subscription(state="suspended")], "price_of_resuming": uah(50)}
    billing.says("GET me", me(**off, lack_for_resuming=uah(20)))
    shown = page(browser)
    assert "20.00\u202fUAH is missing to switch television on again." in shown
    assert primary(shown) == ["https://pay.example/"]
    billing.says("GET me", me(**off))
    shown = page(browser)
    assert primary(shown) == ["/tv/resume"]
    assert "Switch on again for 50.00\u202fUAH" in shown


def test_without_a_top_up_address_the_sum_is_told_all_the_same(build, billing):
    browser = build(topup_url="").test_client()
    sign_in(browser)
    billing.says("GET me", me(tv=ON, subscriptions=[subscription()], next_charge=charge(50, lack=30)))
    shown = page(browser)
    assert "30.00\u202fUAH will be missing" in shown
    assert "Top up" not in shown


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("frozen", "Your account is frozen"),
        ("down", "Your account is switched off"),
        ("no_mobile", "Your contract has no mobile number"),
        ("bad_mobile", "The mobile number of your contract cannot be used"),
        ("no_email", "Your contract has no e-mail address"),
        ("something_new", "Nothing can be ordered now"),
    ],
)
def test_an_obstacle_is_told_on_top_with_whom_to_ask(build, billing, code, words):
    browser = build(support_phone="+380 44 123 45 67").test_client()
    sign_in(browser)
    billing.says("GET me", me(obstacle={"code": code, "detail": "“12” is no Ukrainian mobile number."}))
    for path in ("/", "/tv"):
        shown = page(browser, path)
        assert words in shown
        assert "+380 44 123 45 67" in shown
        assert "/tv/subscribe" not in shown
    assert primary(page(browser)) == []


def test_an_order_that_was_refused_is_told(browser, billing):
    refusal = {"code": "partner_refused", "detail": "The TV partner refused: no."}
    no = subscription(state="refused", ended_at="2026-11-02T09:00:00+02:00", refusal=refusal)
    billing.says("GET me", me(subscriptions=[no]))
    for path in ("/", "/tv"):
        shown = page(browser, path)
        assert "“Start” could not be switched on. The TV partner refused: no. Nothing was charged for it." in shown


def test_news_are_shown_as_text_and_their_absence_breaks_nothing(browser, billing):
    story = {"id": 1, "title": "<b>Works</b>", "text": "At night.\n\nSorry.", "at": "2026-11-22T09:05:00+02:00"}
    story |= {"language": "uk"}
    billing.refuses("GET news", 403, "scope_missing")
    assert "News" not in page(browser)
    billing.says("GET news", {"news": [story]})
    shown = page(browser)
    assert "&lt;b&gt;Works&lt;/b&gt;" in shown
    assert "22 November 2026" in shown
    assert "<p>At night.</p>" in shown
    assert '<article class="card" lang="uk">' in shown and '<p class="hint" lang="en">' in shown


def test_while_an_order_is_under_way_the_page_asks_again_and_ends_by_itself(browser, billing):
    billing.says("GET me", me(tv=PENDING, subscriptions=[subscription(state="pending", code=None)]))
    shown = page(browser)
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in shown
    assert 'hx-get="/status?asked=1" hx-trigger="every 2s"' in shown
    assert "/vendor/htmx.min.js" in shown
    assert primary(shown) == []

    part = browser.get("/status?asked=1", headers={"HX-Request": "true"})
    assert "HX-Refresh" not in part.headers
    assert 'hx-get="/status?asked=2"' in part.get_data(as_text=True)

    billing.says("GET me", me(tv=ON, subscriptions=[subscription(), subscription(SPORT)]))
    part = browser.get("/status?asked=2", headers={"HX-Request": "true"})
    assert part.headers["HX-Refresh"] == "true"
    assert "hx-get" not in part.get_data(as_text=True)
    assert "refresh" not in page(browser)
    assert "htmx.min.js" not in page(browser)


@pytest.mark.parametrize(("asked", "every"), [("0", 2), ("15", 10), ("45", 60), ("99999999", 60), ("-5", 2), ("x", 2)])
def test_a_long_wait_asks_ever_less_often(browser, billing, asked, every):
    billing.says("GET me", me(tv=PENDING))
    assert f'hx-trigger="every {every}s"' in page(browser, f"/status?asked={asked}")


def test_a_waiting_page_whose_session_has_ended_is_loaded_anew(browser, billing):
    billing.refuses("GET me", 401, "subject_rejected")
    part = browser.get("/status", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Refresh"]) == (200, "true")
    assert browser.get("/").location == "/sign-in"


def test_another_language_has_its_dates_and_sums(browser, billing):
    billing.says("GET me", me(tv=ON, subscriptions=[subscription(START)], next_charge=charge(1049.9)))
    browser.set_cookie("lang", "uk")
    shown = page(browser)
    assert "1\u202f049,90\u202f₴" in shown
    assert "1 грудня 2099" in shown
