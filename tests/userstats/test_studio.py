"""The performer's pages: her room, requests, the running show, tips; whatever the billing says."""

import re
from html import unescape

import pytest

from tests.userstats.conftest import send, token
from tests.userstats.fake import FakeBilling
from tests.userstats.studio_world import CHAT, ENTRY, OTHER, SHOW, T, asked, performing, show, studio, tip

PAGE, STATE = f"/studio/{T}", f"/studio/{T}/state"
BY_SCRIPT = {"X-Chat": "1"}


@pytest.fixture
def billing(billing: FakeBilling) -> FakeBilling:
    return performing(billing)


@pytest.fixture
def build(build):
    return lambda **options: build(**{"chat": True} | options)


def page(browser, path: str = PAGE, **says: object) -> str:
    return unescape(browser.get(path).get_data(as_text=True))


def live(text: str) -> dict[str, str]:
    """The attributes of the live part."""
    return dict(re.findall(r' (data-[a-z-]+)(?:="([^"]*)")?', re.search(r"<div [^>]*data-poll[^>]*>", text)[0]))


def test_who_performs_in_one_chat_comes_to_her_room_at_once(browser):
    assert browser.get("/studio").location == PAGE


def test_who_performs_in_several_chooses(browser, billing):
    hers = [{"tenant": number, "number": 5, "name": f"Olha {number}", "title": f"Chat {number}"} for number in (3, 4)]
    billing.says("GET me/studio", {"performers": hers})
    text = page(browser, "/studio")
    assert 'href="/studio/3"' in text and 'href="/studio/4"' in text and "Olha 4" in text


def test_who_performs_nowhere_is_sent_to_the_chat(browser, billing):
    billing.says("GET me/studio", {"performers": []})
    assert browser.get("/studio").location == "/chat"


def test_strangers_are_sent_to_the_sign_in(stranger):
    for path in ("/studio", PAGE, STATE, f"{PAGE}/earnings", f"{PAGE}/earnings.csv", f"{PAGE}/payouts"):
        assert stranger.get(path).location == "/sign-in", path


def test_without_the_option_there_is_no_studio(build, billing):
    browser = build(chat=False).test_client()
    send(browser, "/sign-in", login="ivan", password="x")
    assert browser.get(PAGE).status_code == 404


def test_who_is_no_performer_here_is_told_so(browser, billing):
    billing.refuses(f"GET me/studio/{T}", 404, "unknown_performer", "There is no such performer.")
    answer = browser.get(PAGE)
    assert answer.status_code == 404
    assert "There is no such performer." in answer.get_data(as_text=True)


def test_a_chat_that_there_is_not_is_not_found(browser):
    assert browser.get("/studio/99").status_code == 404


def test_an_idle_page_shows_the_public_room_and_beats(browser):
    text = page(browser)
    facts = live(text)
    assert facts["data-room"] == "public"
    assert (facts["data-beat"], facts["data-beat-every"]) == (f"{PAGE}/beat", "10")
    assert "data-tick" not in facts and "data-arrive" not in facts
    assert "Teacher: Olha" in text and "30 credits a minute" in text
    assert "Your room is open to everybody." in text
    assert "<iframe" in text and "src=" not in re.search(r"<iframe[^>]*>", text)[0]
    assert ENTRY["url"] not in text


def test_the_frame_may_use_camera_and_microphone_of_the_chat_alone(browser):
    headers = browser.get(PAGE).headers
    assert "frame-src https://chat.example" in headers["Content-Security-Policy"]
    assert 'camera=(self "https://chat.example")' in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "no-store"


def test_the_tenants_own_style_is_on_the_page(browser, billing):
    billing.says("GET chat", {"tenants": [CHAT | {"style": "abc"}]})
    assert f'href="/chat/{T}/style.css?v=abc"' in page(browser)


def test_requests_are_told_with_a_countdown_and_two_buttons(browser, billing):
    billing.says(f"GET me/studio/{T}", studio(requests=[asked(), asked(2, viewer="<petro>")]))
    raw = browser.get(PAGE).get_data(as_text=True)
    text = unescape(raw)
    assert "2 viewers ask for a private show." in text
    assert 'data-seconds="57">0:57<' in text
    for number in (SHOW, OTHER):
        for step in ("accept", "refuse"):
            assert f'action="{PAGE}/{step}?show={number}"' in text
    assert "&lt;petro&gt;" in raw and "<petro>" not in raw
    assert live(text)["data-title"] == "(2) Studio"


def test_one_request_names_the_viewer(browser, billing):
    billing.says(f"GET me/studio/{T}", studio(requests=[asked()]))
    assert "ivan asks for a private show." in page(browser)


def test_after_accepting_the_frame_goes_to_the_private_room(browser, billing):
    billing.says(f"POST me/studio/{T}/shows/{SHOW}/accept", studio(show=show("accepted")))
    answer = browser.post(f"{PAGE}/accept?show={SHOW}", data={"csrf_token": token(browser)}, headers=BY_SCRIPT)
    facts = live(answer.get_data(as_text=True))
    assert facts["data-room"] == SHOW
    assert facts["data-arrive"] == f"{PAGE}/arrive?show={SHOW}"
    assert facts["data-poll"] == f"{STATE}?show={SHOW}"
    assert "data-tick" not in facts
    assert "<iframe" not in answer.get_data(as_text=True), "the frame stays as it is"


def test_without_the_script_a_step_leads_back_to_the_page(browser, billing):
    billing.says(f"POST me/studio/{T}/shows/{SHOW}/accept", studio(show=show("accepted")))
    answer = send(browser, f"{PAGE}/accept?show={SHOW}")
    assert (answer.status_code, answer.location) == (303, f"{PAGE}?show={SHOW}")


def test_a_live_show_tells_time_and_credits_and_ticks(browser, billing):
    billing.says(f"GET me/studio/{T}", studio(show=show("live")))
    text = page(browser)
    facts = live(text)
    assert (facts["data-tick"], facts["data-tick-every"]) == (f"{PAGE}/tick?show={SHOW}", "10")
    assert "Private show with ivan. Nobody else can see it." in text
    assert "<dd>1:25</dd>" in text and "<dd>43</dd>" in text and 'data-seconds="95">1:35<' in text
    assert f'action="{PAGE}/end?show={SHOW}"' in text


def test_short_credits_are_told(browser, billing):
    billing.says(f"GET me/studio/{T}", studio(show=show("live", warn=True)))
    assert "The viewer’s credits will soon be used up." in page(browser)


def test_while_the_viewers_page_is_silent_the_page_is_in_the_public_room(browser, billing):
    billing.says(f"GET me/studio/{T}", studio(show=show("live", private=False, alone=True)))
    text = page(browser)
    assert live(text)["data-room"] == "public"
    assert "data-tick" in live(text)  # the show goes on as soon as he is back
    assert "The viewer’s page is silent." in text


@pytest.mark.parametrize("end", ["viewer_end", "performer_end", "credits_exhausted", "tick_timeout", "admin_end"])
def test_at_any_close_the_page_leaves_the_private_room(browser, billing, end):
    billing.says(f"GET me/studio/{T}", studio(over=show("ended", end_reason=end)))
    text = page(browser, f"{STATE}?show={SHOW}")
    assert billing.asked(f"GET me/studio/{T}")[-1].query == {"show": SHOW}
    assert live(text)["data-room"] == "public"
    assert "data-tick" not in live(text)
    assert "The private show is over: 1:25, 43 credits." in text


@pytest.mark.parametrize("state", ["aborted", "expired", "cancelled"])
def test_a_show_that_did_not_begin_leaves_the_private_room_too(browser, billing, state):
    billing.says(f"GET me/studio/{T}", studio(over=show(state)))
    assert live(page(browser, f"{STATE}?show={SHOW}"))["data-room"] == "public"


def test_requests_wait_while_a_show_runs(browser, billing):
    billing.says(f"GET me/studio/{T}", studio(show=show("live"), requests=[asked(2)]))
    assert f"/accept?show={OTHER}" not in page(browser)


def test_the_newest_tip_is_announced(browser, billing):
    billing.says(f"GET me/studio/{T}", studio(tips=[tip(), tip(8, viewer="petro", credits=1)]))
    text = page(browser)
    newest = re.search(r'<p class="studio-newest"[^>]*role="status"[^>]*>(.*?)</p>', text, re.DOTALL)[1]
    assert "ivan: 50 credits" in newest and "petro" not in newest
    assert "petro" in text and "1 credit" in text


def test_the_day_is_told(browser):
    text = page(browser)
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", text.split("studio-today")[-1]))
    assert facts["Credits"] == "143"
    assert facts["Your benefit"] == "1.192\u202fUAH"


@pytest.mark.parametrize("step", ["accept", "refuse", "arrive", "tick", "end"])
def test_each_step_is_sent_for_the_named_show(browser, billing, step):
    answer = send(browser, f"{PAGE}/{step}?show={SHOW}")
    assert answer.status_code == 303
    assert len(billing.asked(f"POST me/studio/{T}/shows/{SHOW}/{step}")) == 1


@pytest.mark.parametrize("step", ["accept", "refuse", "arrive", "tick", "end"])
def test_a_step_without_a_show_is_no_request_of_ours(browser, billing, step):
    assert send(browser, f"{PAGE}/{step}").status_code == 400
    assert send(browser, f"{PAGE}/{step}?show=../x").status_code == 404
    assert not [call for call in billing.calls if call.method == "POST" and "shows" in call.path]


def test_a_beat_needs_no_show_and_names_the_one_it_knows(browser, billing):
    send(browser, f"{PAGE}/beat")
    send(browser, f"{PAGE}/beat?show={SHOW}")
    assert [call.body for call in billing.asked(f"POST me/studio/{T}/beat")] == [{}, {"show": SHOW}]


def test_a_step_without_the_token_of_the_page_does_nothing(browser, billing):
    assert browser.post(f"{PAGE}/end?show={SHOW}").status_code == 400
    assert not billing.asked(f"POST me/studio/{T}/shows/{SHOW}/end")


def test_a_refusal_is_told_in_the_live_part(browser, billing):
    billing.refuses(f"POST me/studio/{T}/shows/{SHOW}/accept", 402, "insufficient_credits", "Not enough credits.")
    headers = BY_SCRIPT | {"X-CSRFToken": token(browser)}
    answer = browser.post(f"{PAGE}/accept?show={SHOW}", headers=headers)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert re.search(r'id="studio-said" role="alert"[^>]*>Not enough credits.<', text)


def test_a_refusal_is_told_on_the_next_page_without_the_script(browser, billing):
    billing.refuses(f"POST me/studio/{T}/shows/{SHOW}/accept", 409, "bad_state", "It is over.")
    assert "It is over." in send_and_follow(browser, f"{PAGE}/accept?show={SHOW}")


def send_and_follow(browser, path: str) -> str:
    answer = send(browser, path)
    assert answer.status_code == 303
    return page(browser, answer.location)


def test_the_way_into_the_room_is_json_and_kept_nowhere(browser, billing):
    answer = send(browser, f"{PAGE}/entry", room="public")
    assert answer.json == {"url": ENTRY["url"], "allow": ENTRY["allow"]}
    assert answer.headers["Cache-Control"] == "no-store"
    assert billing.asked(f"POST me/studio/{T}/entry")[0].body == {"site": "http://localhost/"}
    send(browser, f"{PAGE}/entry", room=SHOW)
    assert billing.asked(f"POST me/studio/{T}/entry")[1].body == {"site": "http://localhost/", "show": SHOW}


def test_a_refused_entry_says_why(browser, billing):
    billing.refuses(f"POST me/studio/{T}/entry", 403, "banned", "You are banned.")
    answer = send(browser, f"{PAGE}/entry", room="public")
    assert (answer.status_code, answer.json) == (403, {"detail": "You are banned."})


def test_a_session_that_is_over_leads_to_the_sign_in(browser, billing):
    billing.refuses(f"POST me/studio/{T}/beat", 401, "subject_rejected")
    assert send(browser, f"{PAGE}/beat").location == "/sign-in"


def test_without_the_billing_the_page_says_so(browser, billing):
    billing.says(f"GET me/studio/{T}", {}, 500)
    assert browser.get(PAGE).status_code == 503


def test_reading_changes_nothing(browser, billing):
    browser.get(PAGE)
    browser.get(STATE)
    assert {call.method for call in billing.calls} == {"GET"}
