"""The page about television, and every order: a page that asks, a form that does it once."""

import re

import pytest

from tests.userstats.conftest import send, sign_in
from tests.userstats.fake import MAX, SPORT, START, me, subscription, uah

ON = {"state": "on", "text": "Television is on.", "settled": True}
OFF = {"state": "suspended", "text": "Television is switched off.", "settled": True}
PENDING = {"state": "being_switched_on", "text": "Television is being switched on.", "settled": False}
KEY = "k" * 16


def page(browser, path="/tv"):
    return browser.get(path).get_data(as_text=True)


def preview(order, tariff=None, **facts):
    """A dry run that would succeed."""
    names = {START: "Start", MAX: "Max", SPORT: "Sport"}
    shown = {"id": tariff, "name": names[tariff], "main": tariff != SPORT} if tariff else None
    usual = {
        "order": order,
        "tariff": shown,
        "charge": uah(50),
        "available": uah(60),
        "lack": uah(0),
        "left": uah(10),
        "next_charge": {"month": "2026-12", "date": "2026-12-01", "is_due": False, "total": uah(50), "lack": uah(0)},
        "ends": [],
        "begins": [names[tariff]] if tariff else [],
        "devices_stay": True,
        "refusal": None,
    }
    return usual | facts


def place(browser, order, tariff="", key=KEY, **fields):
    return send(browser, f"/tv/{order}", tariff=tariff, key=key, **fields)


# --- What he has and can have -----------------------------------------------------------------------------------------


def test_tariffs_are_cards_with_their_description_and_a_way_to_the_question(browser, billing):
    shown = page(browser)
    assert "80 channels" in shown
    assert "50.00\u202fUAH" in shown
    assert 'href="/tv/subscribe?tariff=1"' in shown
    assert "Not enough money: 39.00\u202fUAH is missing." in shown
    assert 'href="/tv/subscribe?tariff=2"' not in shown  # he cannot pay it
    assert 'href="https://pay.example/"' in shown


def test_what_he_has_is_listed_with_what_it_costs_together(browser, billing):
    billing.says("GET me", me(tv=ON, subscriptions=[subscription(), subscription(SPORT)]))
    shown = page(browser)
    assert "Your tariff" in shown
    assert "4821057" in shown
    assert "Paid for November 2026" in shown
    assert re.search(r"Together per month <b class=\"money\">70\.00", shown)
    assert 'href="/tv/leave?tariff=3"' in shown
    assert 'href="/tv/leave"' in shown
    assert 'href="/tv/leave?tariff=1"' not in shown


def test_names_and_descriptions_are_text(browser, billing):
    nasty = {"id": 9, "name": "<i>x</i>", "main": True, "fee": uah(1), "goes_with": [], "description": {"en": "<b>y"}}
    billing.says("GET tariffs", {"tariffs": [nasty]})
    shown = page(browser)
    assert "&lt;i&gt;x" in shown
    assert "&lt;b&gt;y" in shown


def test_without_any_tariff_the_page_says_so(browser, billing):
    billing.says("GET tariffs", {"tariffs": []})
    assert "There are no tariffs yet" in page(browser)


def test_the_suspended_one_sees_the_exact_sum_and_can_leave(browser, billing):
    facts = {"tv": OFF, "subscriptions": [subscription(state="suspended")], "price_of_resuming": uah(79.8)}
    billing.says("GET me", me(**facts))
    shown = page(browser)
    assert "It costs 79.80\u202fUAH: the fees that are not yet paid for this month." in shown
    assert 'href="/tv/resume"' in shown
    assert 'href="/tv/leave"' in shown
    billing.says("GET me", me(**facts, lack_for_resuming=uah(19.8)))
    shown = page(browser)
    assert "19.80\u202fUAH is missing." in shown
    assert 'href="/tv/resume"' not in shown
    billing.says("GET me", me(**facts | {"price_of_resuming": uah(0)}))
    assert "This month is paid already, so it costs nothing." in page(browser)


def test_with_an_obstacle_he_sees_what_he_has_and_can_leave(browser, billing):
    frozen = {"code": "frozen", "detail": "The account is frozen."}
    billing.says("GET me", me(obstacle=frozen, tv=OFF, subscriptions=[subscription(state="suspended")]))
    shown = page(browser)
    assert "<h1>Your account is frozen</h1>" in shown
    assert 'href="/tv/leave"' in shown
    assert 'href="/tv/resume"' not in shown
    assert billing.asked("GET tariffs") == []


def test_automatic_resuming_is_there_when_it_is_offered(browser, billing):
    billing.says("GET me", me(tv=ON, subscriptions=[subscription()]))
    assert "Automatic resuming" not in page(browser)
    billing.says("GET me", me(tv=ON, subscriptions=[subscription()], autoresume={"offered": True, "on": False}))
    shown = page(browser)
    assert "Switch automatic resuming on" in shown
    billing.says("POST me/autoresume", me())
    answer = send(browser, "/tv/autoresume", wanted="1")
    assert (answer.status_code, answer.location) == (303, "/tv")
    assert "Automatic resuming is on." in page(browser)
    send(browser, "/tv/autoresume", wanted="0")
    assert [call.body for call in billing.asked("POST me/autoresume")] == [{"wanted": True}, {"wanted": False}]


# --- The page that asks -----------------------------------------------------------------------------------------------


def test_subscribing_says_what_is_charged_now_and_when_again(browser, billing):
    billing.says("GET me/preview", preview("subscribe", START))
    shown = page(browser, "/tv/subscribe?tariff=1")
    assert "Subscribe to “Start”" in shown
    assert "Subscribe for 50.00\u202fUAH" in shown
    assert re.search(r"Will be left on the account</dt><dd class=\"money\">10\.00", shown)
    assert re.search(r"Next charge, 1 December 2026</dt><dd class=\"money\">50\.00", shown)
    assert billing.asked("GET me/preview")[0].query == {"order": "subscribe", "tariff": "1"}
    assert re.search(r'name="key" value="[\w-]{8,64}"', shown)
    assert 'name="tariff" value="1"' in shown


def test_what_will_be_missing_at_the_next_charge_is_said_before_the_order(browser, billing):
    short = {"month": "2026-12", "date": "2026-12-01", "is_due": False, "total": uah(50), "lack": uah(40)}
    billing.says("GET me/preview", preview("subscribe", START, next_charge=short))
    assert "For the next charge 40.00\u202fUAH will be missing." in page(browser, "/tv/subscribe?tariff=1")


def test_leaving_says_what_is_lost(browser, billing):
    billing.says("GET me/preview", preview("leave", ends=["Start", "Sport"], next_charge=None, devices_stay=False))
    shown = page(browser, "/tv/leave")
    for words in (
        "These end at once: Start, Sport.",
        "The code stops working",
        "is not given back",
        "Nothing more will",
    ):
        assert words in shown
    assert 'class="button danger"' in shown


def test_dropping_a_package_says_that_all_else_stays(browser, billing):
    billing.says("GET me/preview", preview("leave", SPORT, ends=["Sport"]))
    shown = page(browser, "/tv/leave?tariff=3")
    assert "Unsubscribe from “Sport”" in shown
    assert "Everything else stays. Next charge, 1 December 2026: 50.00\u202fUAH." in shown
    assert "The code stops working" not in shown


def test_dropping_an_order_that_is_not_carried_out_frees_its_money(browser, billing):
    billing.says("GET me/preview", preview("leave", SPORT, charge=uah(0), released=uah(20), ends=["Sport"]))
    shown = page(browser, "/tv/leave?tariff=3")
    assert "20.00\u202fUAH that is reserved for an order becomes free again." in shown
    assert "is not given back" not in shown


def test_changing_says_what_ends_and_that_devices_stay(browser, billing):
    billing.says("GET me/preview", preview("change", MAX, charge=uah(99), ends=["Start"]))
    shown = page(browser, "/tv/change?tariff=2")
    assert "“Start” stays on until “Max” is on. What you have paid for it is not given back." in shown
    assert "The code and the devices stay." in shown
    assert "Change for 99.00\u202fUAH" in shown


def test_resuming_what_is_paid_costs_nothing(browser, billing):
    billing.says("GET me/preview", preview("resume", charge=uah(0), begins=["Start", "Sport"]))
    shown = page(browser, "/tv/resume")
    assert "Is switched on: Start, Sport." in shown
    assert "Switch on again" in shown
    assert "The money is reserved" not in shown


REFUSALS = [
    ("not_enough_money", "Not enough money: 39.00\u202fUAH is missing.", "https://pay.example/"),
    ("frozen", "Your account is frozen", ""),
    ("resume_first", "Why not.", "/tv/resume"),
    ("already_has_main", "Why not.", "/tv/change?tariff=2"),
    ("drop_addon_first", "Why not.", "/tv"),
    ("tariff_not_on_sale", "Why not.", "/tv"),
]


@pytest.mark.parametrize(("code", "words", "way_on"), REFUSALS)
def test_what_cannot_be_ordered_says_why_and_what_to_do_and_has_no_form(browser, billing, code, words, way_on):
    refusal = {"code": code, "detail": "Why not."}
    billing.says("GET me/preview", preview("subscribe", MAX, charge=uah(99), lack=uah(39), refusal=refusal))
    shown = page(browser, "/tv/subscribe?tariff=2")
    assert words in shown
    assert f'class="button primary" href="{way_on}"' in shown or not way_on
    assert 'action="/tv/' not in shown


@pytest.mark.parametrize("forged", ["", "1;2", "9" * 30, "-1", "é"])
def test_a_forged_tariff_is_no_page(browser, billing, forged):
    assert browser.get("/tv/subscribe", query_string={"tariff": forged}).status_code == 404
    assert billing.calls == []


# --- The order --------------------------------------------------------------------------------------------------------


def test_an_order_is_placed_and_its_result_shown(browser, billing):
    after = me(tv=ON, subscriptions=[subscription()])
    billing.says("POST me/subscriptions", after)
    billing.says("GET me", after)
    answer = place(browser, "subscribe", START)
    assert (answer.status_code, answer.location) == (303, "/tv")
    [order] = billing.asked("POST me/subscriptions")
    assert (order.body, order.headers["Idempotency-Key"]) == ({"tariff": START}, KEY)
    assert "“Start” is on. Your code: 4821057." in page(browser)
    assert "Your code: 4821057." not in page(browser)  # a reload says it no more


LATER = {"state": "pending", "code": None}
RESULTS = [
    ("subscribe", START, "me/subscriptions", [subscription(**LATER)], "“Start” is being switched on."),
    ("add", SPORT, "me/addons", [subscription(), subscription(SPORT)], "“Sport” is on."),
    ("change", MAX, "me/change", [subscription(MAX)], "Your tariff is “Max” now."),
    (
        "change",
        MAX,
        "me/change",
        [subscription(), subscription(MAX, is_next=True, **LATER)],
        "The change to “Max” is being carried out.",
    ),
    ("leave", "", "me/leave", [], "You have unsubscribed."),
    ("leave", SPORT, "me/leave", [subscription()], "The package is switched off."),
    ("resume", "", "me/resume", [subscription()], "Television is on again."),
]


@pytest.mark.parametrize(("order", "tariff", "path", "has", "words"), RESULTS)
def test_the_result_is_told_in_words(browser, billing, order, tariff, path, has, words):
    is_on = any(each["state"] == "active" for each in has)
    billing.says(f"POST {path}", me(tv=ON if is_on else PENDING if has else me()["tv"], subscriptions=has))
    place(browser, order, tariff)
    assert words in page(browser)
    [sent] = billing.asked(f"POST {path}")
    assert sent.body == ({"tariff": tariff} if tariff else {})


def test_resuming_may_take_a_while(browser, billing):
    billing.says("POST me/resume", me(tv=PENDING, subscriptions=[subscription(**LATER)]), 202)
    place(browser, "resume")
    assert "Television is being switched on again." in page(browser)


def test_a_form_that_is_sent_again_later_is_no_second_order(browser, billing):
    billing.says("POST me/leave", me())
    place(browser, "leave")
    page(browser)
    answer = place(browser, "leave")
    assert answer.status_code == 303
    assert "This order was carried out before. Nothing was ordered a second time." in page(browser)
    assert len(billing.asked("POST me/leave")) == 1


def test_what_has_become_dearer_is_asked_again(browser, billing):
    billing.says("GET me/preview", preview("resume", charge=uah(50), begins=["Start"]))
    billing.says("POST me/resume", me(tv=ON, subscriptions=[subscription()]))
    assert 'name="charge" value="5000"' in page(browser, "/tv/resume")
    answer = place(browser, "resume", charge="0")  # the page was opened in the month before, which was paid
    assert (answer.status_code, answer.location) == (303, "/tv/resume")
    assert billing.asked("POST me/resume") == []
    assert "The sum has changed since the page was opened. Nothing was ordered" in page(browser, "/tv/resume")
    assert place(browser, "resume", charge="5000").location == "/tv"
    assert len(billing.asked("POST me/resume")) == 1


def test_only_the_last_orders_are_remembered(browser, billing):
    billing.says("POST me/leave", me())
    for number in range(9):
        place(browser, "leave", key=f"{KEY}-{number}")
    with browser.session_transaction() as kept:
        assert kept["done"] == [f"{KEY}-{number}" for number in range(4, 9)]


def test_a_refusal_is_told_on_the_page_where_he_can_choose_anew(browser, billing):
    billing.refuses("POST me/change", 402, "not_enough_money", "Not enough money: 39.00 UAH is missing.")
    answer = place(browser, "change", MAX)
    assert (answer.status_code, answer.location) == (303, "/tv")
    assert 'class="note bad"' in page(browser)
    billing.says("POST me/change", me(subscriptions=[subscription(MAX)]))
    place(browser, "change", MAX)  # a refusal has not used the key up
    assert "Your tariff is “Max” now." in page(browser)


def test_a_click_on_top_of_another_asks_for_the_result(browser, billing):
    billing.refuses("POST me/subscriptions", 409, "busy")
    answer = place(browser, "subscribe", START)
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Your order is being carried out" in shown
    assert f'name="key" value="{KEY}"' in shown


def test_without_a_clear_answer_the_same_order_can_be_sent_again(browser, billing):
    billing.says("POST me/subscriptions", lambda _call: (200, []))  # somebody else answers
    answer = place(browser, "subscribe", START)
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 503
    assert "It is not known yet whether your order has arrived" in shown
    form = {name: re.search(rf'name="{name}" value="([^"]*)"', shown)[1] for name in ("key", "tariff", "csrf_token")}
    assert (form["key"], form["tariff"]) == (KEY, "1")
    billing.says("POST me/subscriptions", me(tv=ON, subscriptions=[subscription()]))
    assert browser.post("/tv/subscribe", data=form).status_code == 303
    assert {call.headers["Idempotency-Key"] for call in billing.asked("POST me/subscriptions")} == {KEY}


def test_an_order_after_the_session_has_ended_leads_to_the_sign_in(browser, billing):
    billing.refuses("POST me/leave", 401, "subject_rejected")
    assert place(browser, "leave").location == "/sign-in"


@pytest.mark.parametrize(
    "wrong",
    [
        {"tariff": "1;2"},
        {"tariff": "9" * 30},
        {"tariff": ""},
        {"key": "é" * 9},
        {"key": ""},
        {"key": "short"},
        {"charge": "1.5"},
    ],
)
def test_a_forged_form_is_refused_before_the_billing_is_asked(browser, billing, wrong):
    form = {"tariff": START, "key": KEY} | wrong
    assert place(browser, "subscribe", **form).status_code == 400
    assert billing.calls == []


def test_only_orders_can_be_sent_and_only_by_forms(browser, billing):
    assert place(browser, "devices").status_code == 404
    assert browser.get("/tv/autoresume").status_code == 405
    assert browser.post("/tv/leave", data={"key": KEY}).status_code == 400  # no token of a form
    assert billing.calls == []


def test_without_a_sign_in_there_is_only_the_sign_in(stranger, billing):
    for path in ("/", "/status", "/tv", "/tv/leave", "/tv/subscribe?tariff=1"):
        assert stranger.get(path).location == "/sign-in"
    assert place(stranger, "leave").location == "/sign-in"
    assert billing.calls == []


def test_pages_carry_no_inline_code(browser, billing):
    billing.says("GET me", me(tv=PENDING, subscriptions=[subscription(**LATER)]))
    billing.says("GET me/preview", preview("subscribe", START))
    for path in ("/", "/tv", "/tv/subscribe?tariff=1"):
        assert not re.search(r"<script>|<style| style=| on\w+=", page(browser, path))


def test_every_order_finds_another_key(browser, billing):
    billing.says("GET me/preview", preview("leave", ends=["Start"]))
    keys = {re.search(r'name="key" value="([^"]+)"', page(browser, "/tv/leave"))[1] for _ in range(3)}
    assert len(keys) == 3


def test_without_a_top_up_address_the_missing_sum_stands_alone(build, billing):
    browser = build(topup_url="").test_client()
    sign_in(browser)
    shown = page(browser)
    assert "Not enough money: 39.00\u202fUAH is missing." in shown
    assert "Top up" not in shown
