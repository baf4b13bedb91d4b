"""A crowd in front of the cabinet: visits arrive at their times, however slow the answers are."""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from queue import SimpleQueue
from urllib.parse import urlencode

from suite.ports import HOST

LATE_S = 0.1
LIMIT_S = 30.0


@dataclass
class Subscriber:
    """Somebody who is signed in: all his browsers share these cookies."""

    login: str
    cookies: dict[str, str] = field(default_factory=dict)

    def note(self, headers: http.client.HTTPMessage) -> None:
        """Keep the cookies that an answer sets."""
        for line in headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies = self.cookies | {name: value}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str


@dataclass
class Tally:
    """What happened: `seconds` by kind of request, statuses, and everything that was not as it must be."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    late: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, kind: str, path: str, answer: Answer, seconds: float, *, good: bool) -> None:
        with self.lock:
            self.seconds.setdefault(kind, []).append(seconds)
            self.statuses[answer.status] += 1
            if not good:
                self.errors[f"{kind} {path} answered {answer.status}"] += 1

    def fail(self, what: str) -> None:
        with self.lock:
            self.errors[what] += 1


@dataclass
class Browser:
    """One kept-alive connection to the cabinet, used by one thread for one subscriber after the other."""

    port: int
    tally: Tally
    connection: http.client.HTTPConnection | None = None

    def get(self, who: Subscriber, path: str, *, kind: str = "page", due: float = 0.0) -> Answer:
        """A page; `due` is when it was wanted (of the monotonic clock), now unless it is told."""
        return self._ask(who, "GET", path, None, kind, due or time.monotonic(), (200,))

    def post(
        self, who: Subscriber, path: str, form: dict[str, str], *, kind: str, good: Iterable[int] = (303,)
    ) -> Answer:
        """Send a form."""
        return self._ask(who, "POST", path, urlencode(form), kind, time.monotonic(), good)

    def _ask(
        self, who: Subscriber, method: str, path: str, body: str | None, kind: str, due: float, good: Iterable[int]
    ) -> Answer:
        answer = self._answer(who, method, path, body)
        who.note(answer.headers)
        self.tally.note(kind, path, answer, time.monotonic() - due, good=answer.status in good)
        return answer

    def _answer(self, who: Subscriber, method: str, path: str, body: str | None) -> Answer:
        """A connection that the server has closed in the meantime is opened anew, as browsers do."""
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in who.cookies.items()),
            "Accept-Language": "uk",
        }
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        for connection in (self.connection, None):
            self.connection = connection or http.client.HTTPConnection(HOST, self.port, timeout=LIMIT_S)
            try:
                self.connection.request(method, path, body, headers)
                answer = self.connection.getresponse()
                return Answer(answer.status, answer.headers, answer.read().decode())
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self.connection.close()
                if connection is None:
                    raise
        raise AssertionError("unreachable")


Visit = Callable[[Browser, float], None]
"""What one arrival does, given the time at which it was due."""


@dataclass
class Crowd:
    """Threads with a browser each, who take visits as they arrive."""

    port: int
    browsers: int
    tally: Tally = field(default_factory=Tally)
    _arrived: "SimpleQueue[tuple[float, Visit] | None]" = field(default_factory=SimpleQueue)

    def arrive(self, visits: Iterable[tuple[float, Visit]]) -> float:
        """Let all visits arrive, each so many seconds after the begin; gives how many seconds until all had left."""
        threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(self.browsers)]
        for thread in threads:
            thread.start()
        began = time.monotonic()
        for after_s, visit in visits:
            time.sleep(max(began + after_s - time.monotonic(), 0))
            self._arrived.put((began + after_s, visit))
        for _ in threads:
            self._arrived.put(None)
        for thread in threads:
            thread.join()
        return time.monotonic() - began

    def _serve(self) -> None:
        browser = Browser(self.port, self.tally)
        while (arrival := self._arrived.get()) is not None:
            due, visit = arrival
            self.tally.late += time.monotonic() - due > LATE_S
            try:
                visit(browser, due)
            except (OSError, http.client.HTTPException, AssertionError) as error:
                self.tally.fail(f"{type(error).__name__}: {error}"[:120])
