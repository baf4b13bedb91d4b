"""A real stand-in for PayPal for the session, emptied before each test, and a shop that takes its messages."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from sandbox.paypal import Config
from sandbox.paypal.server import serve_in_thread


@dataclass
class Mailbox:
    """Where the shop's messages arrive; it refuses the next `refuses` of them."""

    url: str = ""
    raw: list[bytes] = field(default_factory=list)
    refuses: int = 0


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            refused, box.refuses = box.refuses > 0, max(box.refuses - 1, 0)
            if not refused:
                box.raw.append(raw)
            self.send_response(500 if refused else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    box.url = f"http://127.0.0.1:{server.server_address[1]}/ipn"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield box
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class PayPal:
    """A client of the stand-in: what a browser and a test do there."""

    base: str

    def get(self, path: str, **params: str) -> requests.Response:
        return requests.get(self.base + path, params=params, timeout=5)

    def post(self, path: str, **data: str) -> requests.Response:
        return requests.post(self.base + path, data=data, timeout=5)

    def control(self, path: str, **body: Any) -> Any:
        answer = requests.post(f"{self.base}/control/{path}", json=body, timeout=15)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def verify(self, raw: bytes, **headers: str) -> str:
        body = b"cmd=_notify-validate&" + raw
        sent = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return requests.post(self.base + "/cgi-bin/webscr", data=body, headers=sent, timeout=5).text

    def wait(self) -> None:
        self.control("wait")


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with serve_in_thread(Config(control=True, pauses_s=(0.05, 0.05, 0.05), pending_s=0.05)) as base:
        yield base


@pytest.fixture
def paypal(server: str) -> PayPal:
    client = PayPal(server)
    client.control("reset")
    return client


@pytest.fixture
def asked(mailbox: Mailbox) -> dict[str, str]:
    """What a shop's link says."""
    return {
        "cmd": "_xclick",
        "business": "seller@isp.example",
        "item_name": "Ten <b>minutes</b>",
        "item_number": "3",
        "amount": "10.00",
        "currency_code": "USD",
        "quantity": "1",
        "invoice": "inv-1",
        "custom": "5",
        "notify_url": mailbox.url,
        "return": "https://cabinet.example/back",
        "cancel_return": "https://cabinet.example/cancelled",
    }
