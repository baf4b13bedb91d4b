"""Whatever is sent: no answer but those that are listed, and credits that add up."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ppv_module.remote.signed_errors import STATUS
from tests.ppv.signed.conftest import BASE, make_stage
from tests.support import assert_books_balance

pytestmark = pytest.mark.parametrize("database_url", ["sqlite", "mariadb"], indirect=True)

USUAL = settings(
    max_examples=250,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
POSTS = {
    "/tips": ("user_id", "performer_id", "credits"),
    "/shows": ("user_id", "performer_id"),
    "/orders": ("user_id", "item_id"),
    "/performers/{performer_id}/status": ("status", "at"),
    "/performers/{user_id}/status": ("status", "at"),
    "/shows/{show}/accept": (),
    "/shows/{show}/refuse": (),
    "/shows/{show}/cancel": (),
    "/shows/{show}/ready": (),
    "/shows/{show}/tick": (),
    "/shows/{show}/end": ("reason",),
}
"""What a call needs, by its path."""

MAY_HAVE = {
    "/tips": ("show_id",),
    "/shows/{show}/tick": ("seq", "viewer_present", "performer_present", "elapsed_s"),
    "/shows/{show}/end": ("by",),
}
ODD_NUMBERS = st.sampled_from([0, -1, 1, 2**31, 2**63 - 1, 2**63, 2**80, 1.5, -0.0, 1e308])
ODD_TEXTS = st.sampled_from(
    ["", "\x00", "'; DROP TABLE ppv_show; --", "\U0001f600", "online", "admin_end", "2026-11-10T09:00:00Z", "я" * 300]
)
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(-10, 700), ODD_NUMBERS, ODD_TEXTS, st.text(max_size=20))
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))


def mostly(right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 19).flatmap(lambda dice: VALUES if dice == 0 else right)


def calls(stage: Any, item: int, at: int) -> st.SearchStrategy[Any]:
    """Paths with bodies that are nearly right, or not at all."""
    people = st.sampled_from([stage.viewer.number] * 4 + [stage.performer_number, 99_999])
    right = {
        "user_id": people,
        "performer_id": st.sampled_from([stage.performer_number] * 4 + [stage.viewer.number, 9_998]),
        "credits": st.integers(-1, 30),
        "item_id": st.sampled_from([item, item + 1]),
        "status": st.sampled_from(["online", "busy", "offline"]),
        "at": st.integers(at - 100, at + 100),
        "reason": st.sampled_from(["viewer_end", "viewer_lost", "admin_end", "performer_end"]),
        "show_id": st.sampled_from(["SHOW", "", "0" * 36]),
        "seq": st.integers(0, 100),
        "viewer_present": st.booleans(),
        "performer_present": st.booleans(),
        "elapsed_s": st.floats(0, 60),
        "by": st.sampled_from(["viewer", "performer"]),
    }

    def bodies(path: str) -> st.SearchStrategy[Any]:
        needed = {name: mostly(right[name]) for name in POSTS[path]}
        optional = {name: mostly(right[name]) for name in MAY_HAVE.get(path, ())}
        near = st.fixed_dictionaries(needed, optional=optional)
        far = st.dictionaries(st.sampled_from(list(right)) | st.text(max_size=8), VALUES, max_size=4) | VALUES
        return st.tuples(st.just(path), st.integers(0, 9).flatmap(lambda dice: far if dice == 0 else near))

    return st.sampled_from(list(POSTS)).flatmap(bodies)


def check(answer: Any) -> None:
    """The answer is one that is listed."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.mimetype == "application/json", answer.text
        assert STATUS[answer.json["error"]["code"]] == answer.status_code
    else:
        assert answer.status_code in (200, 201), answer.text


@pytest.fixture
def world(stage):
    return stage, stage.live()


def filled(world, path):
    stage, show = world
    return path.format(show=show, **stage.numbers)


def test_bodies(chat, gateway, billing, clock):
    stage = make_stage(chat, gateway, credits=3000, paypal_business="shop@isp.example")
    shows, kinds = [stage.live()], set()
    item = chat.pack(stage.tenant, currency="EUR").id

    @USUAL
    @given(calls(stage, item, int(clock().timestamp())))
    def send(call):
        path, body = call
        clock.advance(milliseconds=700)
        if isinstance(body, dict) and body.get("show_id") == "SHOW":
            body["show_id"] = shows[-1]
        answer = stage.gateway.post(path.format(show=shows[-1], **stage.numbers), json.dumps(body).encode())
        check(answer)
        kinds.add((path, answer.status_code))
        if answer.status_code == 201 and path == "/shows":
            shows.append(answer.json["id"])

    send()
    done = {path for path, status in kinds if status < 300}
    assert done >= {"/tips", "/shows", "/orders", "/performers/{performer_id}/status", "/shows/{show}/tick"}, kinds
    assert {status for _, status in kinds} >= {200, 201, 400, 404, 409}
    assert stage.balance >= 0
    assert_books_balance(billing)


def test_bytes(world):
    stage, _ = world

    @USUAL
    @given(st.sampled_from(list(POSTS)), st.binary(max_size=200))
    def send(path, raw):
        check(stage.gateway.post(filled(world, path), raw))

    send()
    assert stage.balance == 600


SEGMENT = st.text(st.characters(codec="ascii", exclude_characters=" #\t\r\n"), max_size=12)


def test_paths_and_methods(stage):
    @USUAL
    @given(
        st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]),
        st.lists(
            st.sampled_from(["performers", "users", "shows", "credits", "tick", "items", "1"]) | SEGMENT, max_size=4
        ),
    )
    def send(method, parts):
        path = "/" + "/".join(part.replace("?", "%3F").replace("%", "%25") for part in parts)
        headers = stage.gateway.signed(method, BASE + path, b"") | {"Idempotency-Key": "fuzzed-path"}
        answer = stage.gateway.app.test_client().open(BASE + path, method=method, headers=headers)
        if method == "HEAD":
            assert answer.status_code in {*STATUS.values(), 200}
        else:
            check(answer)

    send()


def test_headers(chat, gateway):
    stage = make_stage(chat, gateway)
    latin = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\x00"), max_size=80)

    @USUAL
    @given(
        st.dictionaries(
            st.sampled_from(
                [
                    "X-PPV-Key",
                    "X-PPV-Timestamp",
                    "X-PPV-Signature",
                    "Idempotency-Key",
                    "Content-Type",
                    "Accept-Language",
                ]
            ),
            latin,
            max_size=3,
        )
    )
    def send(headers):
        raw = json.dumps(stage.numbers | {"credits": 1}).encode()
        signed = stage.gateway.signed("POST", f"{BASE}/tips", raw) | {"Idempotency-Key": "fuzzed-head"} | headers
        check(stage.gateway.app.test_client().post(f"{BASE}/tips", data=raw, headers=signed))

    send()
    assert stage.balance >= 0
