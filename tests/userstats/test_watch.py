"""Streams in the cabinet: what one may watch and why not, the way to the player, tickets in two steps, the history."""

import re

import pytest

from tests.userstats.conftest import send, sign_in
from tests.userstats.fake import uah
from tests.userstats.samples import KEY
from tests.userstats.watch_world import (
    CAMERA,
    DAY,
    FILMS,
    LATER,
    LEAGUE,
    LINK,
    LINKED,
    NEWS,
    PLAYER,
    SHUT,
    SPORT,
    THERE,
    TICKETS,
    WATCHED,
    WATCHED_NOW,
    denied,
    may,
    mine,
    offer_streams,
    ticket,
)
from userstats.watch_pages import called, way

LINK_CALL, TICKETS_CALL = f"POST me/watch/channels/{SPORT}/link", "POST me/watch/tickets"


@pytest.fixture
def cabinet(build, billing):
    offer_streams(billing)
    return build(watch=True)


def page(browser, path="/watch", **query):
    return browser.get(path, query_string=query).get_data(as_text=True)


def part(shown, number):
    """The card of a channel."""
    return re.search(rf'id="channel-{number}">.*?</li>', shown, re.DOTALL)[0]


def play(browser, **options):
    return send(browser, f"/watch/channels/{SPORT}", **options)


def buy(browser, **fields):
    return send(browser, "/watch/buy", **{"offer": DAY, "means": "wallet", "price": 5000, "key": KEY} | fields)


# --- The switch -------------------------------------------------------------------------------------------------------


def test_without_the_option_there_are_no_streams(build, billing):
    offer_streams(billing)
    browser = build().test_client()
    sign_in(browser)
    for path in ("/watch", "/watch/now", "/watch/history", "/watch/buy?offer=1&means=wallet", "/credits"):
        assert browser.get(path).status_code == 404
    assert 'href="/watch"' not in page(browser, "/")
    assert not [call for call in billing.calls if "watch" in call.path]


def test_with_it_there_is_a_tab_and_credits_belong_to_it(browser, billing):
    billing.says("GET me/credits", {"balance": 5, "frozen": False, "wallet": uah(1), "packs": []})
    billing.says("GET chat", {"tenants": []})
    for path in ("/watch", "/watch/history", "/credits"):
        assert re.search(r'href="/watch" aria-current="page"', page(browser, path)), path
    assert 'href="/watch"' in page(browser, "/credits") and 'href="/chat"' not in page(browser, "/credits")
    assert browser.get("/chat").status_code == 404


def test_credits_belong_to_the_chat_where_there_is_one(build, billing):
    offer_streams(billing)
    billing.says("GET me/credits", {"balance": 5, "frozen": False, "wallet": uah(1), "packs": []})
    billing.says("GET chat", {"tenants": []})
    browser = build(watch=True, chat=True).test_client()
    sign_in(browser)
    assert re.search(r'href="/chat" aria-current="page"', page(browser, "/credits"))
    assert re.search(r'href="/watch" aria-current="page"', page(browser, "/watch"))


def test_a_billing_that_sells_no_streams_is_told_so(browser, billing):
    billing.refuses("GET watch", 503, "ppv_disabled", "Pay-per-view is switched off here.")
    answer = browser.get("/watch")
    assert answer.status_code == 404 and "There is nothing to watch here." in answer.get_data(as_text=True)


# --- What one may watch -----------------------------------------------------------------------------------------------


def test_each_channel_says_by_what_it_is_open_and_has_one_button(browser):
    shown = page(browser)
    for number, words in (
        (NEWS, "Free of charge"),
        (FILMS, "Included in your package"),
        (SPORT, "Ticket until"),
        (CAMERA, "6 credits a minute"),
    ):
        card = part(shown, number)
        assert words in card and len(re.findall(r'class="button', card)) == 1
        assert f'action="/watch/channels/{number}"' in card
    assert "Your credits last for about: 20 minutes." in part(shown, CAMERA)


def test_a_channel_that_is_shut_says_why_and_what_helps(browser, billing):
    billing.says("GET me/watch", mine(channels=SHUT, balance=0))
    shown = page(browser)
    assert "/watch/channels/" not in shown
    assert "Your provider has stopped it." in part(shown, NEWS)
    assert 'href="/tv"' in part(shown, FILMS) and "In a television package" in part(shown, FILMS)
    assert f'href="#offer-{DAY}"' in part(shown, SPORT) and f'id="offer-{DAY}"' in shown
    assert 'href="/credits"' in part(shown, CAMERA) and "Your credits are used up." in part(shown, CAMERA)


def test_a_ticket_channel_without_offers_leads_nowhere(browser, billing):
    billing.says("GET me/watch", mine(channels=[may(SPORT, "none", "ticket_expired", offers=[])]))
    card = part(page(browser), SPORT)
    assert "Your ticket has ended." in card and "button" not in card


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("too_many_streams", "Stop one of them, then watch here again."),
        ("restream", "your link was used in several places at once"),
        ("operator_block", "Your provider has stopped it."),
    ],
)
def test_why_nothing_is_shown_now_stands_on_top(browser, billing, reason, words):
    billing.says("GET me/watch", mine(denied=[denied(reason, LATER)]))
    for path in ("/watch", "/watch/now"):
        shown = page(browser, path)
        alert = re.search(r'role="alert">.*?</div>', shown, re.DOTALL)[0]
        assert words in alert and "2026, 09:05" in alert


def test_what_is_watched_now_is_told_by_device(browser, billing):
    play(browser)
    own = billing.asked(LINK_CALL)[0].body["device"]
    billing.says("GET me/watch", mine(watching=[WATCHED_NOW, WATCHED_NOW | {"device": own}], limit=2))
    shown = page(browser)
    assert "Chrome, Android" in shown and "1f2e3d4c" not in shown
    assert shown.count("this device") == 1 and own.rpartition("#")[2] not in shown
    assert re.search(r"Devices at once</dt><dd>2<", shown)


def test_arrears_and_a_freeze_are_told(browser, billing):
    billing.says("GET me/watch", mine(arrears=3, balance=0))
    assert "3 credits of what you have watched are not paid yet" in page(browser)
    billing.says("GET me/watch", mine(frozen=True))
    assert "Your credits are frozen." in page(browser)


def test_strangers_see_what_there_is_and_what_it_costs_but_nothing_of_anybody(stranger, billing):
    shown = page(stranger)
    for words in ("News", "6 credits a minute", "Day of sport", "50.00\u202fUAH · 600 credits", 'href="/sign-in"'):
        assert words in shown
    assert "Your credits" not in shown and "/watch/buy" not in shown and "/watch/channels" not in shown
    assert [call.path for call in billing.calls] == ["watch"]
    for path in ("/watch/now", "/watch/history", "/watch/buy?offer=1&means=wallet"):
        assert stranger.get(path).location == "/sign-in"
    assert play(stranger).location == buy(stranger).location == "/sign-in"


def test_the_page_costs_one_call_when_the_offers_are_known(browser, billing):
    page(browser)
    billing.calls.clear()
    page(browser)
    assert [call.path for call in billing.calls] == ["me/watch"]


def test_nothing_to_watch_says_so(browser, billing):
    billing.says("GET me/watch", mine(channels=[]))
    assert "There is nothing to watch yet" in page(browser)


# --- The way to the player --------------------------------------------------------------------------------------------


def test_watch_leads_to_the_player_with_the_link_behind_the_mark(browser, billing, caplog, capsys):
    answer = play(browser)
    assert answer.status_code == 303 and answer.location == f"{PLAYER}#{LINK}"
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["Referrer-Policy"] == "no-referrer"
    [call] = billing.asked(LINK_CALL)
    assert call.body["address"] == "127.0.0.1" and re.search(r"#[0-9a-f]{8}$", call.body["device"])
    assert "wmsAuthSign" not in caplog.text + "".join(capsys.readouterr())


def test_the_address_is_not_what_the_browser_says_of_itself(browser, billing):
    browser.environ_base["HTTP_X_FORWARDED_FOR"] = "198.51.100.7"
    play(browser)
    assert billing.asked(LINK_CALL)[0].body["address"] == "127.0.0.1"


def test_a_browser_keeps_its_name_while_it_is_signed_in_and_another_has_another(browser, billing, cabinet):
    agent = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
    other = cabinet.test_client()
    sign_in(other)
    for each in (browser, browser, other):
        each.environ_base["HTTP_USER_AGENT"] = agent
        play(each)
    first, again, others = (call.body["device"] for call in billing.asked(LINK_CALL))
    assert first == again != others
    assert called(first) == called(others) == "Chrome, Android"


def test_only_the_page_with_the_buttons_lets_forms_lead_to_the_player(browser):
    policy = browser.get("/watch").headers["Content-Security-Policy"]
    assert "form-action 'self' https://player.example;" in policy
    for path in ("/watch/history", "/", "/watch/buy?offer=1&means=wallet"):
        assert "form-action 'self';" in browser.get(path).headers["Content-Security-Policy"]


def test_without_a_player_the_link_is_shown_to_be_copied(browser, billing):
    billing.says(LINK_CALL, LINKED | {"player": ""})
    answer = play(browser)
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 200 and f'data-copy="{LINK}"' in shown and f"{LINK}</code>" in shown
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Start it before" in shown


def test_a_link_that_no_browser_plays_is_shown_too():
    assert way(PLAYER, "rtmp://edge1.tv.example/live?wmsAuthSign=a=/sport1") == ""
    assert way(f"{PLAYER}#old", LINK) == f"{PLAYER}#{LINK}"


def test_a_refusal_is_told_on_the_page_with_the_remedy(browser, billing):
    billing.refuses(LINK_CALL, 402, "no_credit", "Your credits are used up.")
    assert play(browser).location == "/watch"
    assert "Your credits are used up." in page(browser)


# --- Tickets ----------------------------------------------------------------------------------------------------------


def test_offers_say_price_and_term(browser):
    shown = page(browser)
    for words in (
        "50.00\u202fUAH · 600 credits",
        "24 hours from the purchase on",
        "at most 90 minutes",
        "not before",
    ):
        assert words in shown
    assert re.findall(r'href="/watch/buy\?offer=(\d)&amp;means=(\w+)"', shown) == [
        ("1", "wallet"),
        ("1", "credits"),
        ("2", "wallet"),
        ("3", "credits"),
        ("4", "credits"),
    ]


def test_own_tickets_say_what_is_left_of_them(browser, billing):
    billing.says("GET me/watch", mine(tickets=TICKETS))
    shown = page(browser)
    for words in ("42 minutes left", "1 minute left", "Not yet valid", "Used up", "Ended", "Taken back"):
        assert words in shown


def test_the_first_step_names_the_price_and_what_is_left_and_changes_nothing(browser, billing):
    shown = page(browser, "/watch/buy", offer=DAY, means="wallet")
    for words in ("Buy for 50.00\u202fUAH", "10.00\u202fUAH", "charged at once", 'name="price" value="5000"'):
        assert words in shown
    assert re.search(r'name="key" value="[\w-]{8,64}"', shown)
    billing.says("GET me/watch", mine(balance=650))
    shown = page(browser, "/watch/buy", offer=DAY, means="credits")
    assert "Buy for 600 credits" in shown and "<dd>50</dd>" in shown
    assert not billing.asked(TICKETS_CALL)


def test_what_cannot_be_paid_has_no_button_but_the_missing_sum(browser, billing):
    billing.says("GET me/watch", mine(wallet=uah(1)))
    shown = page(browser, "/watch/buy", offer=DAY, means="wallet")
    assert "49.00\u202fUAH is missing." in shown and 'action="/watch/buy"' not in shown
    shown = page(browser, "/watch/buy", offer=DAY, means="credits")
    assert "480 credits are missing." in shown and 'action="/watch/buy"' not in shown and 'href="/credits"' in shown
    billing.says("GET me/watch", mine(balance=700, frozen=True))
    shown = page(browser, "/watch/buy", offer=DAY, means="credits")
    assert "Your credits are frozen." in shown and 'action="/watch/buy"' not in shown


@pytest.mark.parametrize(
    "query", [{}, {"offer": 9, "means": "wallet"}, {"offer": LEAGUE, "means": "credits"}, {"offer": DAY, "means": "x"}]
)
def test_an_offer_that_is_not_sold_so_is_no_page(browser, query):
    assert browser.get("/watch/buy", query_string=query).status_code == 404


def test_the_second_step_buys_once_however_often_it_is_pressed(browser, billing):
    answers = [buy(browser) for _ in range(2)]
    assert {(answer.status_code, answer.location) for answer in answers} == {(303, "/watch")}
    calls = billing.asked(TICKETS_CALL)
    assert {call.headers["Idempotency-Key"] for call in calls} == {KEY}
    assert calls[0].body == {"offer": DAY, "means": "wallet", "price": 5000}
    assert "The ticket “Day of sport” is yours until" in page(browser)


def test_a_price_that_has_changed_since_is_asked_anew(browser, billing):
    billing.refuses(TICKETS_CALL, 409, "price_changed", "The price has changed meanwhile.")
    page(browser)
    billing.says("GET watch", THERE | {"offers": [THERE["offers"][0] | {"prices": {"wallet": uah(51), "credits": 1}}]})
    assert buy(browser).location == f"/watch/buy?offer={DAY}&means=wallet"
    shown = page(browser, "/watch/buy", offer=DAY, means="wallet")
    assert "The price has changed meanwhile." in shown and "Buy for 51.00" in shown


def test_an_offer_that_is_gone_is_refused_by_the_billing(browser, billing):
    billing.says("GET watch", THERE | {"offers": []})
    billing.refuses(TICKETS_CALL, 409, "offer_not_on_sale", "This ticket is not on sale any more.")
    assert buy(browser).location == "/watch"
    assert "This ticket is not on sale any more." in page(browser)


def test_without_an_answer_the_same_order_can_be_sent_again(browser, billing):
    billing.says(TICKETS_CALL, lambda _call: (200, []))
    answer = buy(browser)
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 503
    sent = {name: re.search(rf'name="{name}" value="([^"]*)"', shown)[1] for name in ("key", "offer", "means", "price")}
    assert sent == {"key": KEY, "offer": "1", "means": "wallet", "price": "5000"}


def test_an_order_that_is_being_carried_out_is_not_told_as_refused(browser, billing):
    billing.refuses(TICKETS_CALL, 409, "busy", "This request is being carried out.")
    answer = buy(browser)
    assert answer.status_code == 409 and "Your order is being carried out" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "wrong", [{"key": "?"}, {"offer": "x"}, {"offer": ""}, {"means": "cash"}, {"price": "-1"}, {"price": ""}]
)
def test_a_forged_form_is_refused_before_the_billing_is_asked(browser, billing, wrong):
    assert buy(browser, **wrong).status_code in (400, 404)
    assert billing.calls == []


# --- The history ------------------------------------------------------------------------------------------------------


def test_the_history_stands_by_days_each_with_its_credits(browser, billing):
    billing.says("GET me/watch/history", WATCHED | {"next": 4})
    shown = page(browser, "/watch/history")
    days = re.findall(r'<h2 id="day-([\d-]+)">.*?<b>([^<]+)</b>', shown, re.DOTALL)
    assert days == [("2026-11-23", "60 credits"), ("2026-11-22", "No price by the minute")]
    for words in ("10 minutes", "less than a minute", "By the minute", "With a ticket", "Firefox"):
        assert words in shown
    assert "1f2e3d4c" not in shown and 'href="/watch/history?older_than=4"' in shown


def test_an_empty_history_says_what_will_stand_there(browser, billing):
    billing.says("GET me/watch/history", {"lines": [], "days": [], "next": None})
    assert "There is nothing here yet" in page(browser, "/watch/history")
    assert browser.get("/watch/history?older_than=x").status_code == 404


def test_minutes_are_one_line_of_the_credits_history_as_long_as_they_follow_each_other(browser, billing):
    lines = [
        {"id": 3, "cause": "watch", "credits": -6, "balance": 0, "show": "watch-1", "text": "", "at": LATER},
        {"id": 2, "cause": "watch", "credits": -6, "balance": 6, "show": "watch-1", "text": "", "at": LATER},
        {"id": 1, "cause": "ticket", "credits": -100, "balance": 12, "show": None, "text": "Season", "at": LATER},
    ]
    billing.says("GET me/credits/history", {"lines": lines, "next": None})
    shown = page(browser, "/credits/history")
    assert re.findall(r'class="sum moved[^"]*">([^<]+)<', shown) == ["−12", "−100"]
    assert "Watched by the minute" in shown and "Ticket to watch" in shown and "Season" in shown


def test_a_ticket_for_later_is_told_with_its_end(browser, billing):
    billing.says(TICKETS_CALL, ticket(3, "Season", "coming"))
    buy(browser)
    assert "The ticket “Season” is yours until" in page(browser)
