"""A gateway with a key of the signed API, and the app that it calls."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

from billing.uow import Billing
from ppv_module.chat.keys import create_key
from ppv_module.chat.models import Performer, Person, Tenant
from ppv_module.remote.signature import signature
from remoteapi.ppv import create_ppv
from suite.runtime import Runtime
from suite.settings import load_settings
from tests.ppv.make import MakeChat
from tests.support import STAFF, FakeClock

BASE = "/api/ppv/v1"
NUMBERS = count(1)


@pytest.fixture
def ini() -> dict[str, str]:
    """Options of a test module that differ from the usual."""
    return {}


@pytest.fixture
def runtime(database_url: str, clock: FakeClock, tmp_path: Path, ini: dict[str, str]) -> Iterator[Runtime]:
    usual = {
        "DATABASE_URL": f'"{database_url}"',
        "PPV_ENABLED": "1",
        "PPV_PUBLIC_URL": "https://billing.example",
        "PPV_PAYPAL_URL": "https://paypal.example/pay",
        "CABINET_URL": "https://tv.example",
    }
    config = tmp_path / "config"
    config.mkdir()
    (config / "alter.ini").write_text("".join(f"{name}={value}\n" for name, value in (usual | ini).items()))
    built = Runtime(load_settings(config, env={}), clock)
    yield built
    built.billing.engine.dispose()


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_ppv(runtime)


@dataclass
class Gateway:
    """A machine that signs its calls as it should; what a test wants wrong is given by name."""

    app: Flask
    clock: FakeClock
    key_id: str
    secret: str

    def signed(self, method: str, target: str, body: bytes, *, at: int | None = None) -> dict[str, str]:
        timestamp = str(int(self.clock().timestamp()) if at is None else at)
        made = signature(self.secret, timestamp=timestamp, method=method, target=target, body=body)
        return {"X-PPV-Key": self.key_id, "X-PPV-Timestamp": timestamp, "X-PPV-Signature": f"v1={made}"}

    def send(self, method: str, path: str, body: bytes = b"", *, at: int | None = None, **headers: str) -> TestResponse:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = self.signed(method, BASE + path, body, at=at) | given
        return self.app.test_client().open(BASE + path, method=method, data=body, headers=sent)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.send("GET", path, **headers)

    def post(
        self, path: str, body: Any = None, *, once: str = "", at: int | None = None, **headers: str
    ) -> TestResponse:
        """POST with a new Idempotency-Key, or with `once`."""
        key = once or f"request-{next(NUMBERS):08}"
        raw = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
        return self.send("POST", path, raw, at=at, Idempotency_Key=key, **headers)


@pytest.fixture
def gateway(app: Flask, billing: Billing, clock: FakeClock) -> Callable[[Tenant], Gateway]:
    """Makes a gateway with a key of the tenant."""

    def made(tenant: Tenant) -> Gateway:
        new = create_key(billing.uow(), tenant_id=tenant.id, name="gateway", actor=STAFF, now=clock())
        return Gateway(app, clock, new.key.key_id, new.secret)

    return made


@dataclass
class Stage:
    """A tenant with one performer and one viewer who has 600 credits, and the tenant's gateway."""

    chat: MakeChat
    tenant: Tenant
    performer: Performer
    viewer: Person
    gateway: Gateway

    @property
    def numbers(self) -> dict[str, int]:
        return {"user_id": self.viewer.number, "performer_id": self.performer_number}

    @property
    def performer_number(self) -> int:
        return self.performer.room_id - self.tenant.webmaster_id * 10_000

    def asked(self) -> str:
        answer = self.gateway.post("/shows", self.numbers)
        assert answer.status_code == 201, answer.text
        return str(answer.json["id"])

    def accepted(self) -> str:
        show = self.asked()
        assert self.gateway.post(f"/shows/{show}/accept").status_code == 200
        return show

    def live(self) -> str:
        show = self.accepted()
        assert self.gateway.post(f"/shows/{show}/ready").status_code == 200
        return show

    @property
    def balance(self) -> int:
        return self.chat.balance(self.viewer.login)


@pytest.fixture
def stage(chat: MakeChat, gateway: Callable[[Tenant], Gateway]) -> Stage:
    return make_stage(chat, gateway)


def make_stage(
    chat: MakeChat, gateway: Callable[[Tenant], Gateway], credits: int = 600, paypal_business: str = "", **rules: Any
) -> Stage:
    tenant = chat.tenant(rules=rules, paypal_business=paypal_business)
    return Stage(chat, tenant, chat.performer(tenant), chat.viewer(tenant, credits=credits), gateway(tenant))


def code(answer: TestResponse) -> str:
    """The code of a refusal, which has the shape that it must have."""
    assert answer.mimetype == "application/json", answer.text
    assert set(answer.json) == {"error"} and set(answer.json["error"]) == {"code", "message"}
    assert answer.json["error"]["message"]
    return str(answer.json["error"]["code"])


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that reach the database meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def statements() -> Callable[[Engine], Any]:
    return counted
