"""A running sandbox chat, people with tokens in it, and an operator's server that its hooks are posted to."""

import base64
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests

from sandbox.html5chat import Config
from sandbox.html5chat.server import Server, serve_in_thread

PASSWORD = "a-password-of-more-than-32-characters!"
NOW = 1_700_000_000


def token(key: str = PASSWORD, head: Any = None, **payload: Any) -> str:
    """A token as the vendor's paper has it; what a test wants different is given by name, None leaves it out."""
    usual = {
        "webmasterid": 1,
        "password": hashlib.md5(PASSWORD.encode()).hexdigest(),
        "id": 10_001,
        "username": "ann",
        "role": "user",
        "startRoom": 10_003,
    }
    fields = {name: value for name, value in (usual | payload).items() if value is not None}
    parts = [
        json.dumps(each, separators=(",", ":")).encode() for each in (head or {"typ": "JWT", "alg": "HS256"}, fields)
    ]
    signed = ".".join(_text(each) for each in parts)
    return f"{signed}.{_text(hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest())}"


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


@dataclass
class Operator:
    """The operator's server: answers hooks by their action, and keeps them."""

    answers: dict[str, Any] = field(default_factory=dict)
    calls: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def actions(self) -> list[str]:
        return [each["a"] for each in self.calls]


@pytest.fixture
def operator() -> Iterator[Operator]:
    found = Operator()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            fields = {name: values[0] for name, values in parse_qs(body).items()}
            found.calls.append(fields)
            answer = found.answers.get(fields["a"], "ko")
            text = str(answer(fields) if callable(answer) else answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_port}/ppv/hooks/x"
    yield found
    server.shutdown()
    server.server_close()


@dataclass
class Guest:
    """Somebody's browser with one open page."""

    base: str
    page: requests.Response
    after: int = 0

    @property
    def seat(self) -> str:
        found = re.search(r'data-seat="([^"]+)"', self.page.text)
        assert found, self.page.text
        return self.base + found[1]

    def look(self) -> dict[str, Any]:
        answer = requests.get(self.seat, params={"after": self.after}, timeout=5)
        assert answer.status_code == 200, answer.text
        view = answer.json()
        self.after = max([self.after, *(line["number"] for line in view["lines"])])
        return view

    def post(self, action: str, **body: Any) -> requests.Response:
        return requests.post(f"{self.seat}/{action}", json=body, timeout=5)

    def said(self) -> list[str]:
        return [f"{line['who']}: {line['text']}" if line["who"] else line["text"] for line in self.look()["lines"]]


@dataclass
class House:
    """The running sandbox, seen from outside; `clock` is its time in seconds."""

    server: Server
    clock: list[float]

    def enter(self, number: int, name: str, role: str = "user", room: int | None = 10_003, **more: Any) -> Guest:
        made = token(id=number, username=name, role=role, startRoom=room, **more)
        page = requests.get(f"{self.server.url}/chat/1/{made}", timeout=5)
        assert page.status_code == 200, page.text
        return Guest(self.server.url, page)

    def get(self, path: str) -> requests.Response:
        return requests.get(self.server.url + path, timeout=10)

    def control(self, path: str, body: Any = None) -> Any:
        url = f"{self.server.url}/control/{path}"
        answer = requests.get(url, timeout=5) if body is None else requests.post(url, json=body, timeout=5)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pass_time(self, seconds: float) -> None:
        self.clock[0] += seconds


@pytest.fixture
def house(operator: Operator) -> Iterator[Callable[..., House]]:
    """Starts a sandbox with these settings."""
    opened: list[Any] = []

    def start(*, ticks: bool = False, **given: Any) -> House:
        usual = {"webmasters": {1: PASSWORD, 2: "another"}, "hooks": {0: operator.url}, "control": True}
        context = serve_in_thread(Config(**usual | given), ticks=ticks)
        server = context.__enter__()
        opened.append(context)
        clock = [float(NOW)]
        server.place.now = lambda: clock[0]
        server.place.reset()
        return House(server, clock)

    yield start
    for context in opened:
        context.__exit__(None, None, None)
