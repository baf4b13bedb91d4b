"""The wall over the signed API, and what the chat tells of who is there."""

from datetime import timedelta

import pytest

from tests.ppv.signed.conftest import code

CARD = {"id", "name", "bio", "status", "rate", "avatar", "photo", "enterable"}


def test_cards_of_the_active_performers(stage, chat):
    away = chat.performer(stage.tenant, beat_at=None, rate=30)
    chat.performer(stage.tenant, active=False)
    cards = stage.gateway.get("/performers").json["performers"]
    assert [(each["status"], each["rate"]) for each in cards] == [("online", 60), ("offline", 30)]
    assert all(set(each) == CARD for each in cards)
    assert stage.gateway.get(f"/performers/{cards[1]['id']}").json == cards[1]
    assert stage.gateway.get("/performers?status=offline").json["performers"] == cards[1:]
    assert stage.gateway.get("/performers?status=busy").json["performers"] == []
    assert away.display_name == cards[1]["name"]


@pytest.mark.parametrize("query", ["status=gone", "status=", "status=ONLINE"])
def test_a_status_that_there_is_not(stage, query):
    assert code(stage.gateway.get(f"/performers?{query}")) == "bad_request"


def test_the_latest_word_counts_whatever_comes_later(stage, clock):
    path = f"/performers/{stage.performer_number}"

    def tell(status, seconds):
        at = (clock() + timedelta(seconds=seconds)).isoformat()
        return stage.gateway.post(f"{path}/status", {"status": status, "at": at}).json["status"]

    assert tell("busy", -5) == "busy"
    assert tell("online", -10) == "busy"
    assert tell("offline", -4) == "offline"
    assert tell("online", 3600) == "online"
    clock.advance(seconds=1)
    assert tell("offline", 0) == "offline"
    clock.advance(seconds=30)
    assert stage.gateway.get(path).json["status"] == "online"  # by her own page


def test_a_time_may_be_in_unix_seconds(stage, clock):
    body = {"status": "busy", "at": int(clock().timestamp())}
    assert stage.gateway.post(f"/performers/{stage.performer_number}/status", body).json["status"] == "busy"


@pytest.mark.parametrize(
    "body",
    [
        {"status": "busy"},
        {"at": 1_700_000_000},
        {"status": "away", "at": 1_700_000_000},
        {"status": "busy", "at": "yesterday"},
        {"status": "busy", "at": "2026-11-10T09:00:00"},
        {"status": "busy", "at": True},
        {"status": "busy", "at": -1},
        {"status": "busy", "at": 10**15},
        {"status": "busy", "at": "9999-12-31T23:59:59-23:59"},
        {"status": "busy", "at": "0001-01-01T00:00:00+23:59"},
    ],
)
def test_a_word_that_is_not_understood(stage, body):
    answer = stage.gateway.post(f"/performers/{stage.performer_number}/status", body)
    assert (answer.status_code, code(answer)) == (400, "bad_request")


def test_nobody_speaks_of_who_is_no_performer(stage):
    body = {"status": "busy", "at": 1_700_000_000}
    assert code(stage.gateway.post(f"/performers/{stage.viewer.number}/status", body)) == "not_found"
