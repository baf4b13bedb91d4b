"""A billing that answers the cabinet over real sockets from a dictionary, and remembers what it was asked."""

import copy
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Body = dict[str, Any]
Answer = tuple[int, Body]

START, MAX, SPORT = 1, 2, 3


def uah(hryvnias: float) -> Body:
    """An amount as the billing writes it."""
    return {"minor": round(hryvnias * 100), "unit": "UAH"}


ME: Body = {
    "login": "ivan",
    "name": "Ivan Franko",
    "frozen": False,
    "down": False,
    "obstacle": None,
    "phone": "0501234567",
    "wallet": {"balance": uah(60), "held": uah(0), "available": uah(60)},
    "tv": {"state": "no_tv", "text": "You have no television yet.", "settled": True},
    "price_of_resuming": uah(0),
    "lack_for_resuming": uah(0),
    "next_charge": None,
    "autoresume": {"offered": False, "on": False},
    "self_devices": 0,
    "subscriptions": [],
}
TARIFFS: list[Body] = [
    {"id": START, "name": "Start", "main": True, "fee": uah(50), "description": {"en": "80 channels"}, "goes_with": []},
    {"id": MAX, "name": "Max", "main": True, "fee": uah(99), "description": {}, "goes_with": []},
    {"id": SPORT, "name": "Sport", "main": False, "fee": uah(20), "description": {}, "goes_with": [START, MAX]},
]
ACCOUNT: Body = {
    "login": "ivan",
    "name": "Ivan Franko",
    "second_factor": False,
    "codes_left": 0,
    "address": {"offered": False, "on": False, "mine": ""},
    "sessions": [
        {
            "id": 7,
            "begun_at": "2026-11-22T09:05:00+02:00",
            "seen_at": "2026-11-22T10:00:00+02:00",
            "address": "127.0.0.1",
            "agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "by": "password",
            "mine": True,
        }
    ],
}


def subscription(tariff: int = START, **facts: Any) -> Body:
    """A subscription as `GET /me` shows it; active unless said otherwise."""
    known = next(each for each in TARIFFS if each["id"] == tariff)
    usual: Body = {
        "id": 100 + tariff,
        "tariff_id": tariff,
        "tariff": known["name"],
        "main": known["main"],
        "is_next": False,
        "state": "active",
        "reason": None,
        "code": "4821057" if known["main"] else None,
        "paid_through": "2026-11",
        "price": known["fee"],
        "ordered_at": "2026-11-01T09:00:00+02:00",
        "active_since": "2026-11-01T09:00:00+02:00",
        "ended_at": None,
        "refusal": None,
    }
    return usual | facts


def me(**facts: Any) -> Body:
    """What `GET /me` answers, with some facts changed."""
    return copy.deepcopy(ME) | facts


@dataclass(frozen=True)
class Call:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Body


@dataclass
class FakeBilling:
    """Answers `"GET me"` and its like. An answer may be a function of the call."""

    url: str = ""
    answers: dict[str, Answer | Callable[[Call], Answer]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    def says(self, name: str, body: Body | Callable[[Call], Answer], status: int = 200) -> None:
        """From now on answer `name`, such as "POST me/leave", with `body`."""
        self.answers[name] = body if callable(body) else (status, body)

    def refuses(self, name: str, status: int, code: str, detail: str = "It cannot be done.", **facts: Any) -> None:
        """From now on refuse `name`."""
        self.says(name, {"status": status, "code": code, "detail": detail, "facts": facts}, status)

    def asked(self, name: str) -> list[Call]:
        """The calls of this name, in order."""
        return [call for call in self.calls if f"{call.method} {call.path}" == name]

    def answer(self, call: Call) -> Answer:
        self.calls.append(call)
        found = self.answers.get(f"{call.method} {call.path}")
        if found is None:
            return 404, {"status": 404, "code": "not_found", "detail": "There is nothing at this address.", "facts": {}}
        return found(call) if callable(found) else found


def filled() -> FakeBilling:
    """A billing that knows Ivan, who has no television yet."""
    billing = FakeBilling()
    token = {"token": "t-1", "challenge": None, "expires_at": "2026-11-22T12:00:00+02:00", "login": "ivan"}
    billing.says("POST sessions", token, 201)
    billing.says("POST sessions/refresh", token | {"token": "t-2"})
    billing.says("POST sessions/end", {})
    billing.says("GET me", me())
    billing.says("GET tariffs", {"tariffs": TARIFFS})
    billing.says("GET news", {"news": []})
    billing.says("GET me/account", ACCOUNT)
    return billing


@contextmanager
def serving(billing: FakeBilling) -> Iterator[FakeBilling]:
    """`billing` behind an address."""

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_call(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            call = Call(
                self.command,
                parts.path.removeprefix("/api/v1/"),
                dict(parse_qsl(parts.query)),
                dict(self.headers),
                json.loads(self.rfile.read(length) or "{}"),
            )
            status, body = billing.answer(call)
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = handle_call

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        server.daemon_threads = True
        billing.url = f"http://127.0.0.1:{server.server_address[1]}/"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield billing
        server.shutdown()
