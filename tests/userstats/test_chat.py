"""The chat's pages around the rooms: the wall for everybody, the general chat, embed mode, pictures, the switch."""

import re

import pytest

from tests.userstats.chat_world import (
    CARDS,
    CHAT,
    EMBEDDED,
    ENTRY,
    LISTING,
    ME,
    OTHER_CHAT,
    PHOTO,
    SHOW_ID,
    T,
    card,
    open_chat,
    past,
)
from tests.userstats.conftest import send, sign_in
from userstats.remote import Billing, File

WALL = f"/chat/{T}"


@pytest.fixture
def cabinet(build, billing):
    open_chat(billing)
    return build(chat=True)


def page(browser, path=WALL, **query):
    return browser.get(path, query_string=query).get_data(as_text=True)


def put(billing, cards):
    billing.says(f"GET chat/{T}/wall", {"tenant": CHAT | {"scripts": {"listing": ""}}, "cards": cards})


# --- The switch -------------------------------------------------------------------------------------------------------


def test_without_the_option_there_is_no_chat(build, billing):
    open_chat(billing)
    browser = build().test_client()
    sign_in(browser)
    for path in ("/chat", WALL, f"{WALL}/5", "/credits", "/support"):
        assert browser.get(path).status_code == 404
    assert ">Chat<" not in page(browser, "/")
    assert not [call for call in billing.calls if "chat" in call.path]


def test_with_it_there_is_a_tab_on_every_page_of_the_chat(browser):
    for path in ("/chat", WALL, f"{WALL}/5", "/credits", f"/support/{T}"):
        shown = browser.get(path, follow_redirects=True).get_data(as_text=True)
        assert re.search(r'href="/chat" aria-current="page"', shown), path
    assert 'href="/chat"><svg' in page(browser, "/")


def test_a_billing_that_does_not_sell_it_is_told_plainly(browser, billing):
    billing.refuses("GET chat", 503, "ppv_disabled")
    answer = browser.get("/chat")
    assert answer.status_code == 404 and "The chat is not offered here." in answer.get_data(as_text=True)


# --- The wall ---------------------------------------------------------------------------------------------------------


def test_one_chat_is_shown_at_once_and_several_are_to_choose(browser, billing, build):
    assert browser.get("/chat").location == WALL
    billing.says("GET chat", {"tenants": [CHAT, OTHER_CHAT]})
    other = build(chat=True).test_client()
    assert 'href="/chat/2"' in page(other, "/chat")


def test_a_stranger_sees_who_is_there_and_enters_nothing(stranger, billing):
    shown = page(stranger)
    assert "Olena" in shown and "60 credits a minute" in shown and "Teacher" in shown
    assert f'href="{WALL}/5"' not in shown
    assert 'href="/sign-in"' in shown
    assert stranger.get(f"{WALL}/5").location == "/sign-in"
    assert not [call for call in billing.calls if call.path.startswith("me/")]


def test_who_is_signed_in_enters_the_rooms_that_are_open(browser, billing):
    put(billing, [*CARDS, card(7, "Ihor", "busy")])
    shown = page(browser)
    assert f'href="{WALL}/5"' in shown
    assert f'href="{WALL}/6"' not in shown and f'href="{WALL}/7"' not in shown
    assert re.findall(r"wall-card (\w+)", shown) == ["online", "offline", "busy"]
    for word in ("Online", "Busy", "Offline"):  # never by the colour alone
        assert f"{word}</span>" in shown


def test_a_photo_or_a_placeholder(browser):
    shown = page(browser)
    assert f'<img src="/chat/photos/{PHOTO}" alt="" loading="lazy">' in shown
    assert re.search(r'chat-face large" aria-hidden="true">M</span>', shown)


def test_the_wall_works_without_a_script_and_polls_with_one(browser):
    shown = page(browser)
    assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in shown
    assert f'data-poll="{WALL}/cards" data-every="4"' in shown
    fragment = page(browser, f"{WALL}/cards")
    assert fragment.lstrip().startswith('<div id="wall"') and "<html" not in fragment


def test_an_empty_wall_says_so(browser, billing):
    put(billing, [])
    assert "Nobody is here yet" in page(browser)


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("private", "A private show has begun in that room"),
        ("offline", "Nobody is in that room"),
        ("banned", "You are banned from this chat."),
    ],
)
def test_who_was_sent_here_learns_why(browser, why, words):
    assert words in page(browser, why=why)
    assert words not in page(browser, why="<b>")


def test_the_end_of_a_show_says_what_it_cost_and_stays_true_when_loaded_again(browser, billing):
    for _ in range(2):
        shown = page(browser, show=SHOW_ID)
        assert "It took 1:25 and cost 85 credits." in shown and "You have ended it." in shown
    billing.says(f"GET me/chat/{T}/shows/{SHOW_ID}", past("ended", "credits_exhausted"))
    shown = page(browser, show=SHOW_ID)
    assert "Your credits are used up." in shown and 'class="button primary" href="/credits"' in shown
    billing.says(f"GET me/chat/{T}/shows/{SHOW_ID}", past("aborted", "aborted"))
    assert "Nothing was charged for it." in page(browser, show=SHOW_ID)


def test_a_show_of_somebody_else_is_not_told(browser, stranger, billing):
    billing.refuses(f"GET me/chat/{T}/shows/{SHOW_ID}", 404, "unknown_show", "There is no such show.")
    assert browser.get(WALL, query_string={"show": SHOW_ID}).status_code == 404
    assert browser.get(WALL, query_string={"show": "../../me"}).status_code == 404


def test_the_balance_and_a_ban_are_told(browser, billing):
    assert "<dd>600</dd>" in page(browser)
    billing.says(f"GET me/chat/{T}", ME | {"banned": True, "frozen": True})
    shown = page(browser)
    assert "You are banned from this chat." in shown and "Your credits are frozen." in shown


def test_another_name_is_taken_or_refused(browser, billing):
    billing.says(f"POST me/chat/{T}/nickname", ME)
    assert send(browser, f"{WALL}/nickname", nickname="Ivanko").location == WALL
    assert billing.asked(f"POST me/chat/{T}/nickname")[0].body == {"nickname": "Ivanko"}
    assert "In the chat you are called Ivanko now." in page(browser)
    billing.refuses(f"POST me/chat/{T}/nickname", 409, "nickname_taken", "It is taken.")
    send(browser, f"{WALL}/nickname", nickname="Olena")
    assert "It is taken." in page(browser)


def test_past_shows_go_by_pages(browser, billing):
    billing.says(f"GET me/chat/{T}/shows", {"shows": [past(), past("expired", None)], "next": 77})
    shown = page(browser, f"{WALL}/shows")
    assert "1:25, 85 credits" in shown and "No answer" in shown and "Teacher: Olena" in shown
    assert f'href="{WALL}/shows?older_than=77"' in shown
    page(browser, f"{WALL}/shows", older_than="77")
    assert billing.asked(f"GET me/chat/{T}/shows")[-1].query == {"older_than": "77"}
    assert browser.get(f"{WALL}/shows?older_than=x").status_code == 404


# --- The general chat and embed mode ----------------------------------------------------------------------------------


def test_the_general_chat_is_for_who_is_signed_in_and_the_page_holds_no_token(browser, stranger, billing):
    answer = browser.get(f"{WALL}/room")
    shown = answer.get_data(as_text=True)
    assert 'data-room="general"' in shown and "data-frame" in shown and "H.264" in shown
    assert "aaa.bbb.ccc" not in shown and not billing.asked(f"POST me/chat/{T}/entry")
    assert "frame-src https://chat.example" in answer.headers["Content-Security-Policy"]
    entry = send(browser, f"{WALL}/entry", room="general")
    assert entry.json == {"url": ENTRY["url"], "allow": ENTRY["allow"]}
    assert entry.headers["Cache-Control"] == "no-store"
    assert billing.asked(f"POST me/chat/{T}/entry")[0].body == {"site": "http://localhost/"}


def test_anonymous_visitors_of_the_general_chat_are_sent_to_the_sign_in(stranger):
    assert stranger.get(f"{WALL}/room").location == "/sign-in"
    assert send(stranger, f"{WALL}/entry").location == "/sign-in"


def test_in_embed_mode_only_the_chats_own_scripts_are_there(browser, billing, build):
    billing.says("GET chat", {"tenants": [EMBEDDED]})
    billing.says(f"GET chat/{T}/wall", {"tenant": EMBEDDED | {"scripts": {"listing": LISTING}}, "cards": []})
    script = "https://chat.example/script/7/aaa.bbb.ccc"
    billing.says(f"POST me/chat/{T}/entry", ENTRY | {"url": script})
    answers = {path: browser.get(path) for path in (WALL, f"{WALL}/room")}
    for (path, answer), address in zip(answers.items(), (LISTING, script), strict=True):
        shown = answer.get_data(as_text=True)
        assert re.findall(r'<script src="(https:[^"]+)"', shown) == [address], path
        assert "data-poll" not in shown and "tip" not in shown and "/credits" not in shown
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self' https://chat.example;" in policy and "frame-src https://chat.example" in policy
    assert browser.get(f"{WALL}/5").location == WALL
    assert "script-src" not in browser.get("/credits").headers["Content-Security-Policy"]


# --- Files and privacy ------------------------------------------------------------------------------------------------


def test_people_are_told_when_their_typing_is_seen(browser, billing, build):
    notice = "Staff of this chat may see what you type before you send it."
    assert notice not in page(browser, f"{WALL}/5")
    billing.says("GET chat", {"tenants": [CHAT | {"live_typing": True}]})
    other = build(chat=True).test_client()
    sign_in(other)
    assert notice in page(other, f"{WALL}/5") and notice in page(other, f"{WALL}/room")


def test_the_tenants_style_is_loaded_by_the_chats_pages_alone(billing, build):
    open_chat(billing)
    billing.says("GET chat", {"tenants": [CHAT | {"style": "abc"}]})
    browser = build(chat=True).test_client()
    sign_in(browser)
    link = f'href="{WALL}/style.css?v=abc"'
    assert all(link in page(browser, path) for path in (WALL, f"{WALL}/5", f"{WALL}/room"))
    assert not any(link in page(browser, path) for path in ("/", "/account", "/credits"))


def test_pictures_come_through_and_may_be_kept_for_ever(browser, billing, monkeypatch):
    for kind, status in (("image/webp", 200), ("text/html", 404)):
        monkeypatch.setattr(Billing, "file", lambda _self, _path, kind=kind: File(b"<b>", kind))
        answer = browser.get(f"/chat/photos/{PHOTO}")
        assert answer.status_code == status
    assert browser.get("/chat/photos/..%2Fme").status_code == 404
    monkeypatch.setattr(Billing, "file", lambda _self, _path: File(b"picture", "image/webp"))
    answer = browser.get(f"/chat/photos/{PHOTO}")
    assert (answer.data, "immutable" in answer.headers["Cache-Control"]) == (b"picture", True)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_billing_away_is_told(browser, billing):
    billing.says(f"GET chat/{T}/wall", lambda _call: (200, []))
    assert browser.get(WALL).status_code == 503
    assert browser.get(f"{WALL}/cards").status_code == 503
