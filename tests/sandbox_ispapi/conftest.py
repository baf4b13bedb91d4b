"""A real sandbox server for the session, emptied before each test, and the clients that call it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import pytest
import requests

from sandbox.ispapi import Config
from sandbox.ispapi.server import serve_in_thread

MAC, MAC_2 = "00:1A:79:00:00:01", "00:1A:79:00:00:02"
OLGAS_MAC = "00:1A:79:00:00:99"


@dataclass
class Client:
    """One operator's client: signs in at the first call."""

    base: str
    login: str = "demo"
    password: str = "demo"
    session: requests.Session = field(default_factory=requests.Session)
    hash: str = ""

    def raw(self, method: str, **params: str) -> requests.Response:
        if not self.hash:
            answer = self.session.post(self.base + "auth2", data={"login": self.login, "password": self.password})
            self.hash = answer.json()["hash"]
        return self.session.post(self.base + method, data={"hash": self.hash} | params, timeout=5)

    def call(self, method: str, **params: str) -> dict[str, Any]:
        return self.raw(method, **params).json()

    def ok(self, method: str, **params: str) -> Any:
        """The data of an answer that must be a success."""
        answer = self.call(method, **params)
        assert answer["status"] == 0, answer
        return answer.get("data")

    def status(self, method: str, **params: str) -> int:
        return self.call(method, **params)["status"]

    def control(self, path: str, body: Any = None) -> Any:
        """GET without a body, POST with one."""
        url = urljoin(self.base, f"/control/{path}")
        answer = self.session.get(url) if body is None else self.session.post(url, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def state(self, account: str) -> dict[str, Any]:
        [found] = self.control(f"state?account={account}")["accounts"]
        return found


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with serve_in_thread(Config(control=True)) as base:
        yield base


@pytest.fixture
def base(server: str) -> str:
    requests.post(urljoin(server, "/control/reset"), timeout=5).raise_for_status()
    return server


@pytest.fixture
def demo(base: str) -> Client:
    return Client(base)


@pytest.fixture
def other(base: str) -> Client:
    return Client(base, login="other", password="other")


@pytest.fixture
def ivan(demo: Client) -> Client:
    """The demo operator's client; ivan is registered and has nothing on."""
    demo.ok("addUser", account="ivan", email="ivan@isp.test", phone="0501234567")
    return demo


@pytest.fixture
def world(ivan: Client, other: Client) -> dict[str, str]:
    """Ivan watches on a bound device; olga is another operator's; free@ is nobody's; idle@ is not active."""
    users = [
        {"operator": "demo", "account": "idle", "email": "idle@isp.test", "active": False},
        {"operator": "demo", "account": "petro", "email": "petro@isp.test"},
        {"operator": "other", "account": "olga", "email": "olga@isp.test", "bundles": ["main_start"]},
        {"operator": None, "email": "free@isp.test"},
    ]
    ivan.control("seed", {"users": users})
    code = ivan.ok("enableBundle", account="ivan", sub_id="main_start")
    spare = ivan.ok("enableBundle", account="ivan", sub_id="screen2")
    ivan.ok("addDevice", account="ivan", mac=MAC, serial_number="SN1", binding_code=code)
    other.ok("addDevice", account="olga", mac=OLGAS_MAC)
    return {"code": code, "spare": spare, "mac": MAC, "new_mac": MAC_2, "olgas_mac": OLGAS_MAC}
