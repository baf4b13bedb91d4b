"""Running media servers, a handler that they report to, and links as an operator signs them."""

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.etree import ElementTree

import pytest
import requests

from sandbox.nimble import Config
from sandbox.nimble.server import Server, serve_in_thread

TOKEN, KEY = "tok-Persimmon", "k-Mandarin"
NOW = 1_732_000_000


def hashed(*parts: str) -> str:
    return base64.b64encode(hashlib.md5("".join(parts).encode()).digest()).decode()


def link(
    viewer: str = "u1", *, at: float = NOW, minutes: int = 15, key: str = KEY, stream: str = "", ip: str = ""
) -> str:
    """A signature as the vendor's formula has it."""
    time = datetime.fromtimestamp(at, UTC)
    text = f"{time.month}/{time.day}/{time.year} {time.hour % 12 or 12}:{time:%M:%S} {'AM' if time.hour < 12 else 'PM'}"
    fields = [f"server_time={text}", f"hash_value={hashed(ip, viewer, key, text, str(minutes), stream)}"]
    fields += [f"validminutes={minutes}"]
    fields += [f"strm_len={len(stream)}"] if stream else []
    fields += [f"id={viewer}"] if viewer else []
    fields += ["checkip=true"] if viewer and ip else []
    return base64.b64encode("&".join(fields).encode()).decode()


@dataclass
class Post:
    """What the handler was posted, read; `tree` is None for what cannot be read."""

    body: bytes
    content_type: str
    tree: dict[str, Any] | None

    @property
    def server(self) -> str:
        return self.tree["ID"] if self.tree else ""

    def players(self) -> list[dict[str, Any]]:
        hosts = _list((self.tree or {}).get("PayPerViewInfo") or {}, "VHost")
        return [
            player | {"stream": f"{application['name']}/{stream['name']}"}
            for host in hosts
            for application in _list(host, "Application")
            for instance in _list(application, "Instance")
            for stream in _list(instance, "Stream")
            for player in _list(stream, "Player")
        ]

    def deltas(self) -> dict[str, int]:
        return {each["id"]: int(each["delta"]) for each in self.players()}


def _list(tree: dict[str, Any], name: str) -> list[Any]:
    value = tree.get(name, [])
    return value if isinstance(value, list) else [value]


def _tree(element: ElementTree.Element) -> Any:
    if not len(element):
        return element.text or ""
    tree: dict[str, Any] = {}
    for child in element:
        value = _tree(child)
        tree[child.tag] = [*_list(tree, child.tag), value] if child.tag in tree else value
    return tree


@dataclass
class Operator:
    """A handler: keeps what is posted and answers with `denied`, in the form in which it was asked."""

    denied: list[str] = field(default_factory=list)
    status: int = 200
    token: str = TOKEN
    posts: list[Post] = field(default_factory=list)
    url: str = ""

    def take(self, body: bytes, content_type: str) -> tuple[int, bytes]:
        is_xml = body[:1] == b"<"
        try:
            tree = _tree(ElementTree.fromstring(body)) if is_xml else json.loads(body)
        except (ElementTree.ParseError, ValueError):
            self.posts.append(Post(body, content_type, None))
            return 400, b"{}"
        self.posts.append(Post(body, content_type, tree))
        if self.status != 200:
            return self.status, b"{}"
        solution = hashed(tree["Puzzle"], self.token)
        if is_xml:
            listed = "".join(f"<ID>{each}</ID>" for each in self.denied)
            xml = f"<ApiSyncResponse><Solution>{solution}</Solution><DenyList>{listed}</DenyList></ApiSyncResponse>"
            return 200, xml.encode()
        return 200, json.dumps({"DenyList": {"ID": self.denied}, "Solution": solution}).encode()

    def of(self, server: str) -> list[Post]:
        return [each for each in self.posts if each.server == server]


@pytest.fixture
def operator() -> Iterator[Operator]:
    found = Operator()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = found.take(body, self.headers["Content-Type"])
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_port}/sync"
    yield found
    server.shutdown()
    server.server_close()


@dataclass
class House:
    """The running sandbox, seen from outside; `clock` is its time in seconds."""

    server: Server
    clock: list[float]

    def get(self, path: str, **more: Any) -> requests.Response:
        return requests.get(self.server.url + path, timeout=10, **more)

    def watch(
        self, viewer: str = "u1", *, stream: str = "live/news", server: str = "1", **terms: Any
    ) -> requests.Response:
        """A segment with a good link, or with one that `terms` make different."""
        signed = link(viewer, **{"at": self.clock[0], **terms})
        return self.get(f"/{stream}/clip.webm?server={server}&wmsAuthSign={signed}")

    def control(self, path: str, body: Any = None) -> Any:
        url = f"{self.server.url}/control/{path}"
        answer = requests.get(url, timeout=5) if body is None else requests.post(url, json=body, timeout=15)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def sync(self, server: str = "nimble-1") -> list[dict[str, Any]]:
        return self.control("sync", {"server": server})["answers"]

    def state(self, number: int = 1) -> dict[str, Any]:
        return self.control("state")["servers"][number - 1]

    def pass_time(self, seconds: float) -> None:
        self.clock[0] += seconds


@pytest.fixture
def house(operator: Operator) -> Iterator[Callable[..., House]]:
    """Starts media servers with these settings; their clock stands still unless a test moves it."""
    opened: list[Any] = []

    def start(*, ticks: bool = False, **given: Any) -> House:
        usual = {"handler": operator.url, "token": TOKEN, "key": KEY, "control": True}
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
