"""The sandbox chat and our hooks, speaking with each other over real connections."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from ppv_module.chat.earnings.models import Earning
from ppv_module.chat.models import Person
from ppv_module.chat.shows.models import Show
from ppv_module.provider.base import Guest
from ppv_module.provider.html5chat.chat import Html5Chat
from ppv_module.provider.html5chat.rest import Rest
from sandbox.html5chat import Config
from sandbox.html5chat.server import Server, serve_in_thread
from sandbox.html5chat.ticking import tick
from tests.ppv.hooks.conftest import Vendor
from tests.ppv.make import PASSWORD
from tests.support import FakeClock, assert_books_balance


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Room:
    """The sandbox chat of one tenant; people come in with tokens of ours."""

    server: Server
    vendor: Vendor
    clock: FakeClock

    def enter(self, person: Person, *, room: int, performs: bool = False) -> str:
        """The address of the seat that he gets."""
        self.vendor.tenant.chat_url = self.server.url
        guest = Guest(person=person, performer=self.vendor.performer if performs else None, credits=self.vendor.balance)
        entry = Html5Chat().entry(self.vendor.tenant, guest, room=room, now=self.clock())
        page = requests.get(entry.url, timeout=5)
        found = re.search(r'data-seat="([^"]+)"', page.text)
        assert found, page.text
        return self.server.url + found[1]

    def tick(self) -> int:
        place = self.server.place
        return tick(place.chat(self.vendor.tenant.webmaster_id), place.hooks)

    def minute(self, *seats: str) -> None:
        """A minute in which these pages stay open."""
        for _ in range(6):
            self.clock.advance(seconds=10)
            for seat in seats:
                look(seat)


def look(seat: str) -> dict[str, Any]:
    return requests.get(seat, timeout=5).json()


@pytest.fixture
def room(served: str, vendor: Callable[..., Vendor], clock: FakeClock) -> Iterator[Room]:
    made = vendor(credits=130)
    hooks = {0: f"{served}/ppv/hooks/{made.tenant.hook_token}"}
    webmasters = {made.tenant.webmaster_id: PASSWORD}
    with serve_in_thread(Config(webmasters=webmasters, hooks=hooks, buttons=True), ticks=False) as server:
        place = server.place
        place.now = lambda: clock().timestamp()
        place.reset()
        yield Room(server, made, clock)


def person(vendor: Vendor) -> Person:
    with vendor.billing.reading() as session:
        return session.get_one(Person, vendor.performer.person_id)


def test_a_show_that_the_chats_server_tells_of(room, billing):
    """Accepted on our pages, ticked by the chat, until the credits are gone."""
    vendor = room.vendor
    show = vendor.accepted()
    eva = room.enter(person(vendor), room=show.room_id, performs=True)
    ann = room.enter(vendor.viewer, room=show.room_id)
    assert look(ann)["credits"] == 130
    for minute, left in enumerate((130, 70, 10)):
        if minute:
            room.minute(eva, ann)
        assert room.tick() == 1
        assert look(ann)["credits"] == left == vendor.balance
    assert requests.post(f"{ann}/tip", json={"credits": 5}, timeout=5).json() == {"credits": 5}
    assert requests.post(f"{ann}/tip", json={"credits": 500}, timeout=5).status_code == 409
    room.minute(eva, ann)
    assert room.tick() == 1
    assert look(ann)["away"] == "over" and vendor.balance == 0
    with billing.reading() as session:
        ended = session.get_one(Show, show.id)
        assert (ended.state, ended.end_reason, ended.credits_charged) == ("ended", "credits_exhausted", 125)
        assert sorted(session.scalars(select(Earning.credits))) == [5, 125]
    assert_books_balance(billing)


def test_the_chat_shows_our_performers_and_tells_who_is_there(room):
    vendor = room.vendor
    room.enter(person(vendor), room=vendor.performer.room_id, performs=True)
    shown = requests.get(f"{room.server.url}/listing/{vendor.tenant.webmaster_id}", timeout=5).text
    assert vendor.performer.display_name in shown and "online" in shown
    vendor.tenant.rest_url, vendor.tenant.rest_token = room.server.url, "rest-token"
    [found] = Html5Chat(Rest()).presence(vendor.tenant)
    assert (found.number, found.status) == (vendor.number, "online")
