"""Both doors over a real database and a real partner: the sandbox in a thread."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from billing.access import create_key, new_serial
from billing.host.base import Person
from billing.host.native import NativeSubscriber
from billing.uow import Billing
from olltv_module.delivery.runner import deliver_now
from olltv_module.models import Tariff
from olltv_module.options import OlltvOptions
from olltv_module.services import orders
from remoteapi.app import create_api, create_legacy
from sandbox.ispapi import Config
from sandbox.ispapi.server import serve_in_thread
from suite.runtime import Runtime
from suite.settings import load_settings
from tests.support import STAFF, FakeClock, Make

PASSWORD = "correct horse"
HASH = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
"""Cheap to check, so that tests are quick."""


@pytest.fixture(scope="session")
def sandbox() -> Iterator[str]:
    with serve_in_thread(Config(control=True)) as base:
        yield base


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """An empty database for tests to which one kind is enough."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'test.db')}"


@dataclass
class Partner:
    """The sandbox partner, seen from outside of the suite."""

    base: str

    def control(self, path: str, body: Any = None) -> Any:
        url = urljoin(self.base, f"/control/{path}")
        answer = requests.get(url, timeout=5) if body is None else requests.post(url, json=body, timeout=5)
        answer.raise_for_status()
        return answer.json()

    def breaks(self, method: str, **fault: Any) -> None:
        self.control("faults", {"faults": {method: fault}})

    def state(self, login: str) -> dict[str, Any]:
        found = self.control(f"state?account={login}")["accounts"]
        return found[0] if found else {"bundles": [], "devices": []}

    def bind(self, **form: str) -> None:
        """The subscriber binds a device at the partner's own desk."""
        signed = requests.post(f"{self.base}auth2", data={"login": "demo", "password": "demo"}, timeout=5).json()
        answer = requests.post(f"{self.base}addDevice", data={"hash": signed["hash"]} | form, timeout=5).json()
        assert answer["status"] == 0, answer

    def is_on(self, login: str) -> list[str]:
        return [each["sub_id"] for each in self.state(login)["bundles"] if each["on"]]


@pytest.fixture
def partner(sandbox: str) -> Partner:
    partner = Partner(sandbox)
    partner.control("reset", {})
    return partner


@pytest.fixture
def ini() -> dict[str, str]:
    """Options of a test module or class that differ from the demo's."""
    return {}


@pytest.fixture
def runtime(
    database_url: str, partner: Partner, clock: FakeClock, tmp_path: Path, ini: dict[str, str]
) -> Iterator[Runtime]:
    lines = {
        "DATABASE_URL": f'"{database_url}"',
        "OLLTV_ENABLED": "1",
        "OLLTV_LOGIN": "demo",
        "OLLTV_PASSWORD": "demo",
        "OLLTV_DOMAIN": "isp.example",
        "OLLTV_API_URL": partner.base,
        "OLLTV_SELF_DEVICES": "1",
        "OLLTV_WAIT": "4",
        "REMOTEAPI_LEGACY": "1",
    } | ini
    config = tmp_path / "config"
    config.mkdir()
    (config / "alter.ini").write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    runtime = Runtime(load_settings(config, env={}), clock)
    yield runtime
    runtime.billing.engine.dispose()


@pytest.fixture
def options(runtime: Runtime) -> OlltvOptions:
    return runtime.settings.olltv


@pytest.fixture
def start(make: Make) -> Tariff:
    return make.tariff("49.90 UAH", service="main_start", name="Start")


@pytest.fixture
def best(make: Make) -> Tariff:
    return make.tariff("100 UAH", service="main_max", name="Max")


@pytest.fixture
def screen(make: Make) -> Tariff:
    return make.tariff("15 UAH", service="screen2", name="Second screen", main=False)


@pytest.fixture
def watching(runtime: Runtime, make: Make, partner: Partner) -> Callable[..., None]:
    """Makes a subscriber who watches these tariffs, the main first."""

    def made(login: str, wallet: str, *ordered: Tariff) -> None:
        make.subscriber(login, wallet=wallet)
        for tariff in ordered:
            order = orders.subscribe if tariff.main else orders.add_addon
            sub = order(runtime.billing.uow(), login=login, tariff_id=tariff.id, actor=STAFF, now=runtime.clock())
            assert deliver_now(runtime.delivering, sub.subscriber_id, wait_s=5)

    return made


@dataclass
class Answer:
    """What a program at the other end gets."""

    body: str
    status: int
    content_type: str
    headers: Any = None


@dataclass
class Legacy:
    """A program that makes the old calls, with the right serial."""

    app: Flask
    serial: str
    address: str = "127.0.0.1"

    def get(self, query: str, *, path: str = "/billing/", method: str = "GET", **headers: str) -> Answer:
        answer = self.app.test_client().open(
            f"{path}?module=remoteapi{query}",
            method=method,
            headers=headers,
            environ_overrides={"REMOTE_ADDR": self.address},
        )
        return Answer(answer.text, answer.status_code, answer.headers["Content-Type"], answer.headers)

    def __call__(self, action: str, **headers: str) -> Answer:
        return self.get(f"&key={self.serial}&action={action}", **headers)


@pytest.fixture
def legacy(runtime: Runtime) -> Legacy:
    serial = new_serial(runtime.billing.uow(), actor=STAFF, now=runtime.clock())
    return Legacy(create_legacy(runtime), serial)


@pytest.fixture
def ask(legacy: Legacy) -> Callable[..., str]:
    """The body of an answer to `olltvui`, which is always 200 and called HTML."""

    def asked(query: str, **headers: str) -> str:
        answer = legacy(f"olltvui&{query}", **headers)
        assert (answer.status, answer.content_type) == (200, "text/html; charset=UTF-8")
        return answer.body

    return asked


@pytest.fixture
def key(runtime: Runtime) -> Callable[..., str]:
    """Makes an API key with these scopes."""

    def made(*scopes: str) -> str:
        name = "-".join(scopes) or "none"
        return create_key(runtime.billing.uow(), name=name, scopes=list(scopes), actor=STAFF, now=runtime.clock())

    return made


@pytest.fixture
def api(runtime: Runtime) -> Flask:
    return create_api(runtime)


NONCE = "nonce-of-the-session"
NUMBERS = count(1)


@dataclass
class Machine:
    """A program with an API key, maybe acting for a signed-in subscriber."""

    app: Flask
    key: str = ""
    token: str = ""
    nonce: str = NONCE

    def headers(self, extra: dict[str, str]) -> dict[str, str]:
        known = {"Accept-Language": "en"}
        if self.key:
            known["Authorization"] = f"Bearer {self.key}"
        if self.token:
            known |= {"X-Subject-Token": self.token, "X-Subject-Nonce": self.nonce}
        return known | extra

    def get(self, path: str, **extra: str) -> TestResponse:
        return self.app.test_client().get(f"/api/v1{path}", headers=self.headers(_names(extra)))

    def post(self, path: str, body: Any = None, *, once: str = "", **extra: str) -> TestResponse:
        """POST with a new Idempotency-Key, or with `once`."""
        headers = self.headers({"Idempotency-Key": once or f"request-{next(NUMBERS)}"} | _names(extra))
        return self.app.test_client().post(f"/api/v1{path}", json={} if body is None else body, headers=headers)

    def sign_in(self, login: str, password: str = PASSWORD) -> TestResponse:
        """The answer to signing in; the token is kept."""
        body = {"login": login, "password": password, "nonce": self.nonce, "address": "192.0.2.7"}
        answer = self.post("/sessions", body)
        self.token = (answer.json or {}).get("token", "")
        return answer


def _names(extra: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in extra.items()}


@pytest.fixture
def machine(api: Flask, key: Callable[..., str]) -> Callable[..., Machine]:
    """Makes a program whose key has these scopes."""
    return lambda *scopes: Machine(api, key(*scopes) if scopes else "")


@pytest.fixture
def cabinet(machine: Callable[..., Machine], ann: Person) -> Machine:
    """A cabinet that acts for Ann."""
    cabinet = machine("cabinet")
    assert cabinet.sign_in(ann.login).status_code == 201
    return cabinet


@pytest.fixture
def ann(make: Make, billing: Billing) -> Person:
    """Has 200 UAH and no television."""
    contacts = {"email": "ann@isp.test", "mobile": "+38 (050) 123-45-67"}
    person = make.subscriber("ann", wallet="200 UAH", name="Ann", **contacts)
    set_password(billing, "ann")
    return person


def set_password(billing: Billing, login: str) -> None:
    unit = billing.uow()
    with unit:
        row = unit.session.scalars(select(NativeSubscriber).where(NativeSubscriber.login == login)).one()
        row.password_hash = HASH


def code(answer: TestResponse) -> str:
    """The code of a problem, which is of the right type and says its own status."""
    assert answer.content_type == "application/problem+json", answer.text
    assert answer.json["status"] == answer.status_code
    return answer.json["code"]
