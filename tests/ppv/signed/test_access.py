"""Who may call the signed API, and what he is told when he may not."""

from datetime import timedelta

import pytest

from billing.idempotency import KEPT, forget_old
from ppv_module.chat.keys import drop_older, revoke_key, rotate_key
from ppv_module.remote.signed_limits import Buckets, Limits
from remoteapi.ppv import create_ppv
from tests.ppv.signed.conftest import BASE, code
from tests.support import STAFF

ASK = "/performers"


@pytest.mark.parametrize("skew_s", [0, -299, 299, -300, 300])
def test_a_clock_may_differ_by_five_minutes_either_way(stage, clock, skew_s):
    assert stage.gateway.get(ASK).status_code == 200
    assert stage.gateway.send("GET", ASK, at=int(clock().timestamp()) + skew_s).status_code == 200


@pytest.mark.parametrize("skew_s", [-301, 301, -86_400, 10**9])
def test_but_not_by_more(stage, clock, skew_s):
    answer = stage.gateway.send("GET", ASK, at=int(clock().timestamp()) + skew_s)
    assert (answer.status_code, code(answer)) == (401, "stale_timestamp")


def test_a_tenant_may_have_a_window_of_his_own(chat, gateway, clock):
    strict = gateway(chat.tenant(rules={"sig_window_s": 5}))
    assert strict.send("GET", ASK, at=int(clock().timestamp()) - 5).status_code == 200
    assert code(strict.send("GET", ASK, at=int(clock().timestamp()) - 6)) == "stale_timestamp"


def test_a_call_that_was_recorded_is_worth_nothing_later(stage, clock):
    at = int(clock().timestamp())
    body = stage.numbers | {"credits": 10}
    assert stage.gateway.post("/tips", body, once="recorded-1", at=at).status_code == 200
    again = stage.gateway.post("/tips", body, once="recorded-1", at=at)
    assert again.headers["Idempotent-Replayed"] == "true"
    clock.advance(seconds=301)
    assert code(stage.gateway.post("/tips", body, once="recorded-1", at=at)) == "stale_timestamp"
    assert stage.balance == 590


@pytest.mark.parametrize(
    "forged",
    [
        {"X-PPV-Key": "ppv_nobody"},
        {"X-PPV-Key": ""},
        {"X-PPV-Key": "x" * 33},
        {"X-PPV-Key": "key' OR 1=1"},
        {"X-PPV-Signature": "v1=" + "0" * 64},
        {"X-PPV-Signature": "v2=" + "0" * 64},
        {"X-PPV-Signature": ""},
        {"X-PPV-Signature": "v1=ключ"},
        {"X-PPV-Timestamp": ""},
        {"X-PPV-Timestamp": "now"},
        {"X-PPV-Timestamp": "1e9"},
        {"X-PPV-Timestamp": "-1"},
        {"X-PPV-Timestamp": "١٢٣"},
        {"X-PPV-Timestamp": "9" * 400},
    ],
)
def test_a_forged_call_is_told_nothing_but_that(stage, forged):
    headers = stage.gateway.signed("GET", BASE + ASK, b"") | forged
    answer = stage.gateway.app.test_client().get(
        BASE + ASK, headers={name: value.encode().decode("latin-1") for name, value in headers.items()}
    )
    assert (answer.status_code, code(answer)) == (401, "bad_signature")


def test_nothing_of_a_signed_call_may_be_changed(stage):
    client, signed = stage.gateway.app.test_client(), stage.gateway.signed
    body = b'{"user_id":1,"performer_id":2,"credits":3}'
    key = {"Idempotency-Key": "changed-1"}
    tips = signed("POST", f"{BASE}/tips", body) | key
    asked = signed("GET", f"{BASE}/performers?status=online", b"")
    for answer in (
        client.post(f"{BASE}/tips", data=body.replace(b"3}", b"4}"), headers=tips),
        client.post(f"{BASE}/tips", data=body + b" ", headers=tips),
        client.post(f"{BASE}/shows", data=body, headers=tips),
        client.post(f"{BASE}/tips?x=1", data=body, headers=tips),
        client.get(f"{BASE}/performers?status=busy", headers=asked),
        client.get(f"{BASE}/performers", headers=asked),
        client.head(f"{BASE}/performers?status=online", headers=asked),
    ):
        assert answer.status_code == 401
    assert client.get(f"{BASE}/performers?status=online", headers=asked).status_code == 200


def test_a_path_is_signed_as_it_is_sent(stage):
    assert stage.gateway.get("/performers?status=%6Fnline").status_code == 200
    assert stage.gateway.get("/shows/%D1%85").status_code == 404


def test_the_older_secret_counts_until_it_is_dropped(stage, uow, clock):
    mine = {"tenant_id": stage.tenant.id, "key_id": stage.gateway.key_id, "actor": STAFF, "now": clock()}
    older = stage.gateway.secret
    newer = rotate_key(uow(), **mine).secret
    for secret in (older, newer):
        stage.gateway.secret = secret
        assert stage.gateway.get(ASK).status_code == 200
    drop_older(uow(), **mine)
    stage.gateway.secret = older
    assert code(stage.gateway.get(ASK)) == "bad_signature"
    stage.gateway.secret = newer
    assert stage.gateway.get(ASK).status_code == 200


def test_a_revoked_key_is_dead_at_once(stage, uow, clock):
    assert stage.gateway.get(ASK).status_code == 200
    revoke_key(uow(), tenant_id=stage.tenant.id, key_id=stage.gateway.key_id, actor=STAFF, now=clock())
    assert code(stage.gateway.get(ASK)) == "bad_signature"
    stage.gateway.secret = ""
    assert code(stage.gateway.get(ASK)) == "bad_signature"


def test_a_tenant_that_is_switched_off_may_do_nothing(chat, gateway):
    answer = gateway(chat.tenant(active=False)).get(ASK)
    assert (answer.status_code, code(answer)) == (403, "forbidden")


def test_a_key_opens_one_tenant_only(stage, chat, gateway):
    """Numbers of people are the same in both, and shows are known by everybody who knows their ids."""
    other = chat.tenant()
    chat.performer(other, number=stage.performer_number)
    twin = chat.viewer(other, number=stage.viewer.number, credits=50)
    stranger, show = gateway(other), stage.asked()
    for path in (f"/shows/{show}", f"/performers/{stage.performer_number + 1}", "/users/99999/credits"):
        assert code(stranger.get(path)) == "not_found"
    for step in ("accept", "refuse", "cancel", "ready", "tick"):
        assert code(stranger.post(f"/shows/{show}/{step}")) == "not_found"
    assert code(stranger.post(f"/shows/{show}/end", {"reason": "admin_end"})) == "not_found"
    tip = stage.numbers | {"credits": 1}
    assert code(stranger.post("/tips", tip | {"show_id": show})) == "not_found"
    assert stranger.get(f"/users/{stage.viewer.number}/credits").json == {"credits": 50, "frozen": False}
    assert stranger.post("/tips", tip).json["balance"] == 49
    assert (stage.balance, chat.balance(twin.login)) == (600, 49)
    assert stage.gateway.get(f"/shows/{show}").json["state"] == "requested"


def test_two_tenants_may_use_the_same_idempotency_key(stage, chat, gateway):
    other = chat.tenant()
    number = {"performer_id": chat.performer(other).room_id - other.webmaster_id * 10_000}
    body = number | {"user_id": chat.viewer(other, credits=5).number, "credits": 1}
    assert stage.gateway.post("/tips", stage.numbers | {"credits": 1}, once="same-key-1").json["balance"] == 599
    answer = gateway(other).post("/tips", body, once="same-key-1")
    assert answer.json["balance"] == 4 and "Idempotent-Replayed" not in answer.headers


def test_unknown_paths_and_methods_are_told_as_everything_else(stage):
    answers = [
        (stage.gateway.get("/nothing"), 404, "not_found"),
        (stage.gateway.get("/performers/"), 404, "not_found"),
        (stage.gateway.get("//performers"), 404, "not_found"),
        (stage.gateway.get("/performers/x"), 404, "not_found"),
        (stage.gateway.get(f"/performers/{2**63}"), 404, "not_found"),
        (stage.gateway.send("DELETE", "/tips"), 405, "method_not_allowed"),
        (stage.gateway.get("/tips"), 405, "method_not_allowed"),
        (stage.gateway.post("/items"), 405, "method_not_allowed"),
    ]
    assert [(answer.status_code, code(answer)) for answer, *_ in answers] == [tuple(each) for _, *each in answers]


def test_a_body_may_not_be_longer_than_any_call_needs(stage):
    answer = stage.gateway.post("/tips", b" " * (16 * 1024 + 1))
    assert (answer.status_code, code(answer)) == (413, "too_large")


@pytest.mark.parametrize("key", ["", "short-7", "a" * 129, "with blank", "ключключ", "semi;colon", "new\tline"])
def test_a_post_wants_a_key_that_can_be_kept(stage, key):
    answer = stage.gateway.post(
        "/tips", stage.numbers | {"credits": 1}, once=key.encode().decode("latin-1") or " ", Accept_Language="en"
    )
    assert (answer.status_code, code(answer)) == (400, "bad_request")
    assert stage.balance == 600


def test_the_same_key_with_another_request_is_refused(stage):
    body = stage.numbers | {"credits": 5}
    assert stage.gateway.post("/tips", body, once="key-00001").status_code == 200
    for path, other in (("/tips", body | {"credits": 6}), ("/shows", stage.numbers), ("/tips?x=1", body)):
        answer = stage.gateway.post(path, other, once="key-00001")
        assert (answer.status_code, code(answer)) == (409, "idempotency_mismatch")
    assert stage.balance == 595


def test_a_tip_is_one_tip_for_ever(stage, uow, clock):
    """Answers are kept for some days; the key of the money stays."""
    body = stage.numbers | {"credits": 5}
    first = stage.gateway.post("/tips", body, once="key-00001").json
    clock.advance(days=8)
    assert forget_old(uow(), now=clock()) == 1 and timedelta(hours=72) <= KEPT
    again = stage.gateway.post("/tips", body, once="key-00001")
    assert (again.status_code, again.json) == (200, first)
    clock.advance(days=8)
    forget_old(uow(), now=clock())
    assert code(stage.gateway.post("/tips", body | {"credits": 6}, once="key-00001")) == "idempotency_mismatch"
    assert stage.balance == 595


def test_who_asks_too_much_waits(runtime, stage):
    now = [0.0]
    slow = Limits(calls=Buckets(1, 2, lambda: now[0]), failures=Buckets(1, 2, lambda: now[0]))
    stage.gateway.app = create_ppv(runtime, slow)
    assert [stage.gateway.get(ASK).status_code for _ in range(3)] == [200, 200, 429]
    answer = stage.gateway.get(ASK)
    assert code(answer) == "too_many_requests" and answer.headers["Retry-After"]
    now[0] = 1.0
    assert stage.gateway.get(ASK).status_code == 200
    now[0] = 100.0
    right, stage.gateway.secret = stage.gateway.secret, "guess"
    assert [stage.gateway.get(ASK).status_code for _ in range(3)] == [401, 401, 429]
    stage.gateway.secret = right
    assert stage.gateway.get(ASK).status_code == 429
    now[0] = 101.0
    assert stage.gateway.get(ASK).status_code == 200


def test_messages_are_in_the_callers_language(stage):
    english, ukrainian = (
        stage.gateway.get("/nothing", Accept_Language=each).json["error"]["message"] for each in ("en", "uk")
    )
    assert english == "There is nothing at this address." and ukrainian and ukrainian != english


class TestSwitchedOff:
    @pytest.fixture
    def ini(self):
        return {"PPV_ENABLED": "0"}

    def test_nothing_is_served_while_the_module_is_off(self, stage):
        answer = stage.gateway.get(ASK)
        assert (answer.status_code, code(answer)) == (503, "unavailable")
