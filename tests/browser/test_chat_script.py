"""The script of the chat's pages before a billing that answers from a dictionary: what it sends, when, how often."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from tests.userstats.chat_world import CHAT, ENTRY, OLENA, ORDER, SHOW_ID, T, open_chat, room, show
from tests.userstats.fake import FakeBilling, filled, serving
from userstats.app import create_app
from userstats.settings import CabinetOptions

ROOM = f"/chat/{T}/{OLENA}"
CALL, ENTER = f"GET me/chat/{T}/rooms/{OLENA}", f"POST me/chat/{T}/rooms/{OLENA}/entry"
ARRIVE, TICK, TIP = (
    f"POST me/chat/{T}/{rest}" for rest in (f"shows/{SHOW_ID}/arrive", f"shows/{SHOW_ID}/tick", "tips")
)


@dataclass
class Place:
    """A cabinet, the billing behind it, and a chat whose rooms are empty pages."""

    billing: FakeBilling
    url: str
    chat: str
    page: Page = field(init=False)

    def is_now(self, **facts: Any) -> None:
        """From now on the room is so, whatever is asked."""
        state = room(**facts)
        for name in (CALL, ARRIVE, TICK):
            self.billing.says(name, state)

    def asked(self, name: str) -> list[dict[str, Any]]:
        return [call.body for call in self.billing.asked(name)]


@pytest.fixture
def chat_server() -> Iterator[str]:
    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<p>A room</p>")

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def place(chat_server: str, chromium: Browser) -> Iterator[Place]:
    """Ivan is signed in."""
    with serving(filled()) as billing:
        open_chat(billing)
        billing.says("GET chat", {"tenants": [CHAT | {"chat_origin": chat_server}]})
        billing.says(ENTER, lambda call: (200, ENTRY | {"url": f"{chat_server}/{call.body.get('show', 'public')}/a.b"}))
        app = create_app(CabinetOptions(api_url=billing.url, api_key="key", lang="en", chat=True))
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = Place(billing, f"http://127.0.0.1:{server.server_port}", chat_server)
        place.is_now()
        context = chromium.new_context(locale="en")
        place.page = context.new_page()
        place.page.goto(f"{place.url}/sign-in")
        place.page.fill("[name=login]", "ivan")
        place.page.fill("[name=password]", "long enough")
        place.page.click("main .card button")
        yield place
        context.close()
        server.shutdown()


def test_the_frame_follows_the_show_and_each_step_is_sent_once(place):
    page = place.page
    page.goto(place.url + ROOM)
    frame = page.locator("[data-frame]")
    expect(frame).to_have_attribute("src", f"{place.chat}/public/a.b")
    place.is_now(in_show=show("accepted"))
    expect(frame).to_have_attribute("src", f"{place.chat}/{SHOW_ID}/a.b")
    expect(page.locator("#room-say")).to_contain_text("The request was accepted")
    page.wait_for_timeout(5000)  # two polls and more
    assert (place.asked(ARRIVE), place.asked(TICK)) == ([{}], [])
    assert [body.get("show") for body in place.asked(ENTER)] == [None, SHOW_ID]
    place.is_now(in_show=show("live"), balance=515)
    expect(page.locator("#room-meter")).to_contain_text("515")
    expect(page.locator("[data-seconds]")).to_have_text("8:34")  # counts by itself
    page.wait_for_timeout(2000)
    assert place.asked(TICK) == [{}]  # the next one only after ten seconds
    place.is_now(leave="over", in_show=show("ended", end_reason="viewer_end"))
    page.wait_for_url(f"**/chat/{T}?show={SHOW_ID}")
    page.go_back()  # no step of the frame stands in between, and what is over leads out again
    page.wait_for_url(f"**/chat/{T}?show={SHOW_ID}")


def test_what_is_being_typed_stays_while_the_page_changes_around_it(place):
    page = place.page
    page.goto(place.url + ROOM)
    page.fill("#tip-amount", "25")
    place.is_now(balance=77)
    expect(page.locator("#room-meter")).to_contain_text("77")
    expect(page.locator("#tip-amount")).to_have_value("25")
    expect(page.locator("#tip-amount")).to_be_focused()


def test_a_double_click_is_one_tip_and_the_next_click_another(place):
    page = place.page
    place.billing.says(TIP, {"tip": 1, "balance": 595})
    page.goto(place.url + ROOM)
    page.locator(".tip-choices [value='5']").dblclick()
    expect(page.locator("#room-said")).to_have_text("You have sent 5 credits.")
    page.locator(".tip-choices [value='1']").click()
    expect(page.locator("#room-said")).to_have_text("You have sent 1 credit.")
    assert [body["credits"] for body in place.asked(TIP)] == [5, 1]
    assert len({call.headers["Idempotency-Key"] for call in place.billing.asked(TIP)}) == 2
    assert len(place.asked(ENTER)) == 1  # the frame was left alone


def test_a_tip_that_got_lost_goes_out_again_under_its_key(place):
    page = place.page
    page.goto(place.url + ROOM)
    place.billing.says(TIP, lambda _call: (200, []))  # no answer that could be used
    page.locator(".tip-choices [value='5']").click()
    expect(page.locator("[data-offline]")).to_be_visible()
    place.billing.says(TIP, {"tip": 1, "balance": 595})
    expect(page.locator("[data-offline]")).to_be_hidden()
    page.locator(".tip-choices [value='5']").click()
    expect(page.locator("#room-said")).to_have_text("You have sent 5 credits.")
    assert len({call.headers["Idempotency-Key"] for call in place.billing.asked(TIP)}) == 1


def test_without_a_line_it_says_so_and_goes_on_by_itself(place):
    page = place.page
    page.goto(place.url + ROOM)
    page.context.set_offline(True)
    expect(page.locator("[data-offline]")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("[data-offline]")).to_be_hidden()


def test_a_refused_entry_is_told_and_tried_again(place):
    page = place.page
    entry = place.billing.answers[ENTER]
    place.billing.refuses(ENTER, 409, "performer_busy", "A private show is going on.")
    page.goto(place.url + ROOM)
    expect(page.locator("[data-frame-note]")).to_have_text("A private show is going on.")
    place.billing.answers[ENTER] = entry
    expect(page.locator("[data-frame]")).to_have_attribute("src", f"{place.chat}/public/a.b")
    expect(page.locator("[data-frame-note]")).to_be_hidden()


def test_a_session_that_has_ended_leads_to_the_sign_in(place):
    place.page.goto(place.url + ROOM)
    place.billing.refuses(CALL, 401, "subject_rejected")
    place.page.wait_for_url("**/sign-in")


def test_an_order_is_paid_before_the_buyers_eyes(place):
    waiting = ORDER | {"state": "new", "means": "paypal", "redirect": "https://paypal.example/pay"}
    place.billing.says("GET me/credits/orders/9", waiting)
    place.page.goto(f"{place.url}/credits/orders/9")
    expect(place.page.locator("#order-state a")).to_have_count(1)
    place.billing.says("GET me/credits/orders/9", ORDER)
    expect(place.page.locator("#order-state")).to_contain_text("It is paid, the credits are yours.")
    expect(place.page.locator("#order-state a")).to_have_count(0)


def test_the_wall_changes_by_itself(place):
    page = place.page
    page.goto(f"{place.url}/chat/{T}")
    expect(page.locator(".wall-card.busy")).to_have_count(0)
    wall = place.billing.answers[f"GET chat/{T}/wall"][1]
    wall["cards"][0] |= {"status": "busy", "enterable": False}
    expect(page.locator(".wall-card.busy")).to_have_count(1)
    expect(page.locator(".wall-card a")).to_have_count(0)
