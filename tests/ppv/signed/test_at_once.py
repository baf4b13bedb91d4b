"""The same call a hundred times at once, over real connections: one effect, one answer."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import requests
from flask import Flask
from sqlalchemy import func, select
from werkzeug.serving import make_server

from billing.ledger.models import Transfer
from ppv_module.chat.earnings.models import Earning
from ppv_module.chat.shows.models import Show
from ppv_module.credits.models import Order
from tests.ppv.signed.conftest import BASE, Gateway, make_stage
from tests.support import assert_books_balance

TIMES = 100


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.request_queue_size = TIMES * 2
    server.socket.listen(TIMES * 2)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Crowd:
    """Many who send calls at the same moment."""

    url: str

    def send(self, gateway: Gateway, path: str, body: Callable[[int], bytes], key: Callable[[int], str]) -> list[tuple]:
        """Status, body and whether it is a repeat, of each."""

        def call(number: int) -> tuple:
            raw = body(number)
            headers = gateway.signed("POST", BASE + path, raw) | {"Idempotency-Key": key(number)}
            answer = requests.post(f"{self.url}{BASE}{path}", data=raw, headers=headers, timeout=60)
            return answer.status_code, answer.content, answer.headers.get("Idempotent-Replayed")

        with ThreadPoolExecutor(TIMES) as pool:
            return list(pool.map(call, range(TIMES)))


@pytest.fixture
def crowd(served: str) -> Crowd:
    return Crowd(served)


def rows(billing, model, *where):
    with billing.reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where))


def raw(stage, **more):
    return json.dumps(stage.numbers | more).encode()


def test_a_hundred_identical_tips_are_one(stage, crowd, billing):
    body = raw(stage, credits=7)
    answers = crowd.send(stage.gateway, "/tips", lambda _: body, lambda _: "one-tip-1")
    assert {status for status, *_ in answers} == {200} and len({body for _, body, _ in answers}) == 1
    assert sorted(str(replayed) for *_, replayed in answers) == ["None", *["true"] * 99]
    assert (stage.balance, rows(billing, Earning), rows(billing, Transfer, Transfer.key.like("ppv.tip:%"))) == (
        593,
        1,
        1,
    )
    assert_books_balance(billing)


def test_a_hundred_different_tips_are_a_hundred_until_the_credits_are_gone(chat, gateway, crowd, billing):
    stage = make_stage(chat, gateway, credits=605)
    body = raw(stage, credits=10)
    answers = crowd.send(stage.gateway, "/tips", lambda _: body, lambda number: f"tip-{number:06}")
    assert sorted(status for status, *_ in answers) == [200] * 60 + [402] * 40
    assert (stage.balance, rows(billing, Earning)) == (5, 60)
    assert_books_balance(billing)


def test_a_hundred_identical_requests_and_ticks_are_one(stage, crowd, clock, billing):
    body = raw(stage)
    answers = crowd.send(stage.gateway, "/shows", lambda _: body, lambda _: "one-show-1")
    assert {(status, body) for status, body, _ in answers} == {(201, answers[0][1])} and rows(billing, Show) == 1
    with billing.reading() as session:
        show = session.scalar(select(Show.id))
    for step in ("accept", "ready"):
        answers = crowd.send(
            stage.gateway, f"/shows/{show}/{step}", lambda _: b"", lambda _, step=step: f"one-{step}-1"
        )
        assert {(status, body) for status, body, _ in answers} == {(200, answers[0][1])}
    clock.advance(seconds=10)
    answers = crowd.send(stage.gateway, f"/shows/{show}/tick", lambda _: b"", lambda number: f"tick-{number:06}")
    assert {status for status, *_ in answers} == {200} and stage.balance == 590
    answers = crowd.send(
        stage.gateway, f"/shows/{show}/end", lambda _: b'{"reason":"viewer_end"}', lambda number: f"end-{number:06}"
    )
    assert {(status, body) for status, body, _ in answers} == {(200, answers[0][1])}
    assert (stage.balance, rows(billing, Earning)) == (590, 1)
    assert_books_balance(billing)


def test_a_hundred_identical_orders_are_one(chat, gateway, crowd, billing):
    stage = make_stage(chat, gateway, paypal_business="shop@isp.example")
    pack = chat.pack(stage.tenant, currency="EUR")
    body = json.dumps({"user_id": stage.viewer.number, "item_id": pack.id}).encode()
    answers = crowd.send(stage.gateway, "/orders", lambda _: body, lambda _: "one-order")
    assert {(status, body) for status, body, _ in answers} == {(201, answers[0][1])} and rows(billing, Order) == 1


def test_of_a_hundred_who_share_a_key_one_is_served_and_the_others_are_told(stage, crowd, billing):
    answers = crowd.send(
        stage.gateway,
        "/tips",
        lambda number: raw(stage, credits=number + 1),
        lambda _: "shared-01",
    )
    assert sorted(status for status, *_ in answers) == [200] + [409] * 99
    assert all(b"idempotency_mismatch" in body for status, body, _ in answers if status == 409)
    assert rows(billing, Earning) == 1
