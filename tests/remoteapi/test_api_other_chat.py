"""The doors with another video chat behind them: walls, rooms and shows are served without a word of html5-chat."""

import pytest

from ppv_module.chat.models import Status
from ppv_module.provider.polling import poll
from suite.runtime import Runtime
from tests.ppv.provider.own_room import ORIGIN, OwnRoom
from tests.remoteapi.chat_stage import Stage, chat, ini, stage
from tests.remoteapi.conftest import Machine, set_password
from tests.support import assert_books_balance

__all__ = ["chat", "ini", "stage"]


@pytest.fixture
def rooms(runtime: Runtime) -> OwnRoom:
    """Stands in the place of the provider before any door is opened."""
    rooms = OwnRoom()
    runtime.__dict__["chat_provider"] = rooms
    return rooms


@pytest.fixture
def played(rooms: OwnRoom, stage: Stage) -> Stage:
    return stage


def test_a_show_is_held_in_rooms_of_our_own(billing, rooms, played, clock):
    set_password(billing, "olena")
    olena = Machine(played.ann.app, played.ann.key)
    assert olena.sign_in("olena").status_code == 201
    studio, site = f"/me/studio/{played.tenant.id}", {"site": "https://cabinet.example"}
    rooms.there = {played.number: Status.ONLINE}
    assert poll(billing, clock, rooms) == 1

    (card,) = played.ann.get(f"/chat/{played.tenant.id}/wall").json["cards"]
    assert (card["status"], card["enterable"]) == ("online", True)
    assert played.ann.get("/chat").json["tenants"][0]["chat_origin"] == ORIGIN
    entry = played.ann.post(played.path("/rooms/5/entry"), site).json
    assert entry["url"].startswith(f"{ORIGIN}/") and entry["allow"] == "camera"

    show = played.asked()
    assert olena.post(f"{studio}/shows/{show}/accept", site).json["show"]["state"] == "accepted"
    ways = [
        played.ann.post(played.path("/rooms/5/entry"), site | {"show": show}).json,
        olena.post(f"{studio}/entry", site | {"show": show}).json,
    ]
    seats = [rooms.seats[way["url"].rpartition("/")[2]] for way in ways]
    assert [seat[2] for seat in seats] == ["seat", "stage"]
    assert seats[0][1] == seats[1][1] >= 5 * 10**15  # the room of this show alone, as our provider counts them

    olena.post(f"{studio}/shows/{show}/arrive", site)
    assert played.ann.post(played.path(f"/shows/{show}/arrive")).json["show"]["state"] == "live"
    played.passes(10)
    olena.post(f"{studio}/shows/{show}/tick", site)
    ticked = played.ann.post(played.path(f"/shows/{show}/tick")).json
    assert (ticked["show"]["credits_charged"], ticked["balance"]) == (10, 590)
    ended = played.ann.post(played.path(f"/shows/{show}/end")).json
    assert ended["show"]["state"] == "ended"
    assert_books_balance(billing)
