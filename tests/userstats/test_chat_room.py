"""A performer's room: every state of the private show, its forms with the script and without, tips, the headers."""

import re

import pytest

from tests.userstats.chat_world import CHAT, ENTRY, OLENA, RULES, SHOW_ID, T, card, open_chat, room, show
from tests.userstats.conftest import send, sign_in, token
from tests.userstats.samples import KEY

ROOM, CALL = f"/chat/{T}/{OLENA}", f"GET me/chat/{T}/rooms/{OLENA}"
BY_SCRIPT = {"X-Chat": "1"}


@pytest.fixture
def cabinet(build, billing):
    open_chat(billing)
    return build(chat=True)


@pytest.fixture
def now(billing):
    """Have the room be so."""

    def says(**facts):
        billing.says(CALL, room(**facts))

    return says


def page(browser, path=ROOM):
    return browser.get(path).get_data(as_text=True)


def live_part(text):
    """The attributes of the live part."""
    return dict(re.findall(r'(data-[\w-]+)="([^"]*)"', re.search(r'<div class="chat-skin room"[^>]*>', text)[0]))


def posted(browser, path, **fields):
    """A form as the script sends it."""
    data = {"csrf_token": token(browser), "key": KEY} | fields
    return browser.post(path, data=data, headers=BY_SCRIPT)


# --- What the page says -----------------------------------------------------------------------------------------------


def test_the_public_room_costs_nothing_and_says_the_price_of_a_show_before_it_is_asked_for(browser):
    shown = page(browser)
    assert "Watching costs nothing." in shown
    before_the_button = shown[: shown.index('id="room-ask"')]
    assert (
        "It costs 60 credits a minute, counted by the second. Your credits last for about 10:00." in before_the_button
    )
    assert "Ask for it: 60 credits a minute" in shown
    facts = live_part(shown)
    assert (facts["data-room"], facts["data-every"]) == ("public", "3")
    assert "data-tick" not in facts and "data-arrive" not in facts


def test_a_minute_that_counts_whole_is_said(browser, now):
    now(rules=RULES | {"rounding": "per_started_minute"}, balance=119)
    shown = page(browser)
    assert "every minute that has begun counts whole" in shown and "about 1:00" in shown


@pytest.mark.parametrize(
    ("state", "words", "button", "awake"),
    [
        ("requested", "wait for the answer", "cancel", True),
        ("accepted", "Nothing is charged until both of you are in it.", "end", True),
        ("live", "Nobody else can see it.", "end", True),
        ("refused", "The request was declined. Nothing was charged.", "ask", False),
        ("expired", "There was no answer in time. Nothing was charged.", "ask", False),
        ("cancelled", "The request was taken back. Nothing was charged.", "ask", False),
    ],
)
def test_each_state_says_what_goes_on_and_offers_what_can_be_done(browser, now, state, words, button, awake):
    now(in_show=show(state))
    shown = page(browser)
    said = re.search(r'<p class="room-say[^>]*role="status"[^>]*>(.*?)</p>', shown, re.DOTALL)[1]
    assert words in said
    assert re.findall(r'<button class="button \w+" id="room-(\w+)"', shown) == [button]
    assert ("data-awake" in re.search(r'<div class="chat-skin room"[^>]*>', shown)[0]) is awake


def test_in_a_show_the_page_is_in_the_private_room_arrives_and_ticks(browser, now):
    now(in_show=show("accepted"))
    facts = live_part(page(browser))
    assert (facts["data-room"], facts["data-arrive"]) == (SHOW_ID, f"{ROOM}/arrive?show={SHOW_ID}")
    assert "data-tick" not in facts
    now(in_show=show("live"), balance=515)
    shown = page(browser)
    facts = live_part(shown)
    assert (facts["data-tick"], facts["data-tick-every"]) == (f"{ROOM}/tick?show={SHOW_ID}", "10")
    assert '<dd data-seconds="515">8:35</dd>' in shown and "<dd>515</dd>" in shown and "<dd>85</dd>" in shown


def test_credits_that_run_short_are_told_with_a_way_to_buy(browser, now):
    now(in_show=show("live", warn=True, seconds_left=40), balance=40)
    shown = page(browser)
    assert "Your credits will soon be used up." in shown and "less than a minute" in shown
    assert 'class="button primary" id="room-buy" href="/credits" target="_blank"' in shown


def test_who_has_too_few_credits_is_asked_to_buy_and_not_to_ask(browser, now):
    now(balance=59)
    shown = page(browser)
    assert "A private show needs at least 60 credits to begin." in shown
    assert 'id="room-ask"' not in shown and 'class="button primary" id="room-buy"' in shown


def test_frozen_credits_buy_nothing(browser, now):
    now(frozen=True)
    shown = page(browser)
    assert "Your credits are frozen." in shown
    assert 'id="room-ask"' not in shown and "/tip" not in shown


@pytest.mark.parametrize("why", ["private", "offline", "banned"])
def test_who_may_not_stay_is_sent_to_the_wall(browser, now, why):
    now(leave=why, of=card(status="busy"))
    assert browser.get(ROOM).location == f"/chat/{T}?why={why}"
    assert live_part(page(browser, f"{ROOM}/state"))["data-leave"] == f"/chat/{T}?why={why}"


def test_at_the_end_both_the_page_and_the_script_go_to_what_it_cost(browser, now):
    now(leave="over", in_show=show("ended", end_reason="credits_exhausted"))
    assert browser.get(ROOM).location == f"/chat/{T}?show={SHOW_ID}"
    assert live_part(page(browser, f"{ROOM}/state?show={SHOW_ID}"))["data-leave"] == f"/chat/{T}?show={SHOW_ID}"


def test_the_part_that_is_polled_is_the_live_part_alone(browser, billing):
    fragment = page(browser, f"{ROOM}/state?show={SHOW_ID}")
    assert fragment.lstrip().startswith('<div class="chat-skin room"')
    assert "<iframe" not in fragment and "tip-amount" not in fragment  # the frame and what is being typed stay
    assert billing.asked(CALL)[-1].query == {"show": SHOW_ID}
    assert browser.get(f"{ROOM}/state?show=x").status_code == 404


def test_a_room_that_is_gone_is_left_with_a_word_on_its_show(browser, billing):
    billing.refuses(CALL, 404, "unknown_performer", "There is no such performer.")
    tick = f"POST me/chat/{T}/shows/{SHOW_ID}/tick"
    billing.refuses(tick, 404, "unknown_performer", "There is no such performer.")
    for answer in (browser.get(f"{ROOM}/state?show={SHOW_ID}"), posted(browser, f"{ROOM}/tick?show={SHOW_ID}")):
        assert f'data-leave="/chat/{T}?show={SHOW_ID}&amp;why=offline"' in answer.get_data(as_text=True)
    assert browser.get(ROOM).status_code == 404


# --- Headers and the token --------------------------------------------------------------------------------------------


def test_the_frame_may_show_the_chat_alone_with_camera_and_microphone(browser):
    answer = browser.get(ROOM)
    policy, allowed = answer.headers["Content-Security-Policy"], answer.headers["Permissions-Policy"]
    assert policy.endswith("; frame-src https://chat.example") and "frame-ancestors 'none'" in policy
    for right in ("camera", "microphone", "autoplay", "fullscreen"):
        assert f'{right}=(self "https://chat.example")' in allowed
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert 'referrerpolicy="no-referrer"' in answer.get_data(as_text=True)
    assert "camera=()" in browser.get("/account").headers["Permissions-Policy"]


@pytest.mark.parametrize("origin", ["", "javascript:alert(1)", "https://a.example; script-src *", "'self' *"])
def test_a_strange_origin_opens_nothing(build, billing, origin):
    open_chat(billing)
    billing.says("GET chat", {"tenants": [CHAT | {"chat_origin": origin}]})
    browser = build(chat=True).test_client()
    sign_in(browser)
    policy = browser.get(ROOM).headers["Content-Security-Policy"]
    assert policy.endswith(("frame-src 'none'", "frame-src https://a.example")) and "script-src" not in policy


def test_the_token_comes_by_post_alone_and_is_nowhere_in_the_page(browser, billing):
    assert "aaa.bbb.ccc" not in page(browser) and not billing.asked(f"POST me/chat/{T}/rooms/{OLENA}/entry")
    answer = send(browser, f"{ROOM}/entry", room="public")
    assert (answer.json, answer.headers["Cache-Control"]) == (
        {"url": ENTRY["url"], "allow": ENTRY["allow"]},
        "no-store",
    )
    send(browser, f"{ROOM}/entry", room=SHOW_ID)
    bodies = [call.body for call in billing.asked(f"POST me/chat/{T}/rooms/{OLENA}/entry")]
    assert bodies == [{"site": "http://localhost/"}, {"site": "http://localhost/", "show": SHOW_ID}]
    assert browser.get(f"{ROOM}/entry").status_code == 405
    assert browser.post(f"{ROOM}/entry", data={"room": "public"}).status_code == 400  # no token of a form


def test_a_refused_entry_is_a_sentence(browser, billing):
    billing.refuses(f"POST me/chat/{T}/rooms/{OLENA}/entry", 409, "performer_busy", "She is in a private show.")
    answer = send(browser, f"{ROOM}/entry", room="public")
    assert (answer.status_code, answer.json) == (409, {"detail": "She is in a private show."})


def test_pages_carry_no_inline_code(browser, now):
    for facts in ({}, {"in_show": show("live")}):
        now(**facts)
        assert not re.search(r"<script>|<style| style=| on\w+=", page(browser))


# --- Doing something --------------------------------------------------------------------------------------------------


def test_asking_without_a_script_leads_back_to_the_room(browser, billing):
    billing.says(f"POST me/chat/{T}/shows", room(in_show=show("requested")))
    answer = send(browser, f"{ROOM}/ask", key=KEY)
    assert (answer.status_code, answer.location) == (303, f"{ROOM}?show={SHOW_ID}")
    [call] = billing.asked(f"POST me/chat/{T}/shows")
    assert (call.body, call.headers["Idempotency-Key"]) == ({"performer": OLENA}, KEY)


def test_asking_with_a_script_answers_the_live_part(browser, billing):
    billing.says(f"POST me/chat/{T}/shows", room(in_show=show("requested")))
    answer = posted(browser, f"{ROOM}/ask")
    assert answer.status_code == 200 and live_part(answer.get_data(as_text=True))["data-poll"].endswith(SHOW_ID)


def test_a_refusal_is_told_either_way(browser, billing):
    billing.refuses(f"POST me/chat/{T}/shows", 402, "insufficient_credits", "Not enough credits.")
    assert "Not enough credits." in posted(browser, f"{ROOM}/ask").get_data(as_text=True)
    assert send(browser, f"{ROOM}/ask", key=KEY).location == ROOM
    assert "Not enough credits." in page(browser)


@pytest.mark.parametrize("step", ["cancel", "arrive", "tick", "end"])
def test_a_step_names_its_show_and_changes_only_that(browser, billing, step):
    billing.says(f"POST me/chat/{T}/shows/{SHOW_ID}/{step}", room(in_show=show("live")))
    answer = posted(browser, f"{ROOM}/{step}?show={SHOW_ID}")
    assert live_part(answer.get_data(as_text=True))["data-room"] == SHOW_ID
    assert len(billing.calls) == 2  # the chats, which are kept, and the step itself
    assert posted(browser, f"{ROOM}/{step}").status_code == 400
    assert posted(browser, f"{ROOM}/{step}?show=1").status_code == 404
    assert browser.get(f"{ROOM}/{step}?show={SHOW_ID}").status_code == 405


def test_ending_without_a_script_leads_to_the_wall(browser, billing):
    ended = room(leave="over", in_show=show("ended", end_reason="viewer_end"))
    billing.says(f"POST me/chat/{T}/shows/{SHOW_ID}/end", ended)
    assert send(browser, f"{ROOM}/end?show={SHOW_ID}").location == f"/chat/{T}?show={SHOW_ID}"


def test_the_billing_away_is_a_503_for_the_script(browser, billing):
    billing.says(f"POST me/chat/{T}/shows/{SHOW_ID}/tick", lambda _call: (200, []))
    answer = posted(browser, f"{ROOM}/tick?show={SHOW_ID}")
    assert answer.status_code == 503 and "data-poll" not in answer.get_data(as_text=True)


def test_an_ended_session_is_no_fragment(browser, billing):
    billing.refuses(f"POST me/chat/{T}/shows/{SHOW_ID}/tick", 401, "subject_rejected")
    assert posted(browser, f"{ROOM}/tick?show={SHOW_ID}").location == "/sign-in"


# --- Tips -------------------------------------------------------------------------------------------------------------


def test_a_tip_by_a_preset_or_a_free_amount(browser, billing):
    shown = page(browser)
    assert re.findall(r'name="credits" value="(\d+)"', shown) == ["1", "5", "10", "50", "100"]
    assert 'type="number" inputmode="numeric" min="1" max="500" step="1"' in shown
    billing.says(f"POST me/chat/{T}/tips", {"tip": 1, "balance": 590})
    assert "You have sent 10 credits." in posted(browser, f"{ROOM}/tip", credits="10").get_data(as_text=True)
    assert send(browser, f"{ROOM}/tip", credits="1", key=KEY).location == ROOM
    assert "You have sent 1 credit." in page(browser)
    calls = billing.asked(f"POST me/chat/{T}/tips")
    assert [call.body for call in calls] == [{"performer": OLENA, "credits": 10}, {"performer": OLENA, "credits": 1}]
    assert {call.headers["Idempotency-Key"] for call in calls} == {KEY}


@pytest.mark.parametrize("credits", ["", "1.5", "-1", "1e3", "²", "9" * 20])
def test_what_is_no_whole_number_is_told_and_not_sent(browser, billing, credits):
    answer = posted(browser, f"{ROOM}/tip", credits=credits)
    assert "A tip is a whole number of credits." in answer.get_data(as_text=True)
    assert not billing.asked(f"POST me/chat/{T}/tips")


def test_every_answer_brings_another_key_for_the_next_form(browser):
    keys = {live_part(page(browser, f"{ROOM}/state"))["data-key"] for _ in range(3)}
    assert len(keys) == 3


def test_a_form_without_a_key_is_not_ours(browser, billing):
    assert posted(browser, f"{ROOM}/ask", key="?").status_code == 400
    assert posted(browser, f"{ROOM}/tip", credits="1", key="").status_code == 400
