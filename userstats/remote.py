"""The billing as the cabinet sees it: its JSON RemoteAPI, with short time limits."""

import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode, urljoin

import structlog
from flask import g
from urllib3 import PoolManager, Timeout
from urllib3.exceptions import HTTPError, ProtocolError

from userstats.breaker import Breaker
from weblib.pages import language
from weblib.requestid import HEADER, current_request_id

CONNECT_LIMIT_S = 1.0
PAGE_LIMIT_S = 2.5
"""All calls of one page together: within three seconds a subscriber learns that the billing is away."""

ORDER_LIMIT_S = 20.0
"""An order waits for the TV partner a while."""

QUICK = ("sessions", "me/account", "me/chat", "me/credits", "me/support", "me/studio", "me/watch")
"""What is posted here waits for nobody but the billing."""

ASKS_PARTNER = "me/devices"
"""Silence here is the TV partner's; it says nothing about the billing."""

CONNECTIONS = 32
ANSWER_BYTES = 4_000_000
FAULTS = {"misconfigured", "api_disabled", "key_required", "key_unknown", "scope_missing"}
"""What the billing refuses because it, or this cabinet, is not set up well; no subscriber can mend that."""

Json = dict[str, Any]
log = structlog.get_logger(__name__)


class Unreachable(Exception):
    """The billing gives no answer that could be used."""


class Refused(Exception):
    """A refusal in the subscriber's language. `code` is stable, `facts` are for programs."""

    def __init__(self, *, status: int, code: str, detail: str, facts: Json | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.facts = status, code, detail, facts or {}


@dataclass(frozen=True)
class File:
    """A picture or a stylesheet of the billing."""

    content: bytes = field(repr=False)
    mimetype: str


@dataclass(frozen=True)
class Subject:
    """For whom the cabinet asks: the billing's token and the secret of this session that goes with it."""

    token: str
    nonce: str

    def headers(self) -> dict[str, str]:
        return {"X-Subject-Token": self.token, "X-Subject-Nonce": self.nonce}


@cache
def _tls() -> ssl.SSLContext:
    """One for the process: reading the certificates of the machine takes longer than all else of connecting."""
    return ssl.create_default_context()


def _pool() -> PoolManager:
    """Connections that are kept open. Proxies of the environment are not asked: they must not see the key."""
    return PoolManager(maxsize=CONNECTIONS, retries=False, ssl_context=_tls())


@dataclass(frozen=True)
class Billing:
    """One for the process."""

    url: str
    key: str = field(repr=False)
    http: PoolManager = field(default_factory=_pool, repr=False)
    breaker: Breaker = field(default_factory=Breaker, repr=False)

    def get(self, path: str, subject: Subject | None = None, /, **query: object) -> Json:
        """Read `path` of /api/v1; what is None in the query is left out.

        :raises Refused, Unreachable: there is nothing to show
        """
        wanted = urlencode({name: value for name, value in query.items() if value is not None})
        headers = subject.headers() if subject else {}
        asked = f"{path}?{wanted}" if wanted else path
        return _checked(path, *self._ask("GET", asked, None, headers, _left_s()))

    def file(self, path: str) -> File:
        """Read `path` of /api/v1 as the file that it is.

        :raises Refused, Unreachable: there is nothing to show
        """
        status, content = self._ask("GET", path, None, {}, _left_s(), as_file=True)
        if isinstance(content, File):
            return content
        _checked(path, status, content)
        raise Unreachable

    def post(self, path: str, body: Json, *, key: str, subject: Subject | None = None) -> Json:
        """Send an order; with the same `key` it is the same order, however often it is sent.

        :raises Refused: it was not accepted
        :raises Unreachable: nobody knows; send it again with the same key
        """
        headers = {"Idempotency-Key": key} | (subject.headers() if subject else {})
        waits = subject is not None and not path.startswith(QUICK)
        if waits and "billing_answered" not in g:
            self.get("tariffs")  # who is silent now would keep the subscriber waiting as long as an order may take
        return _checked(path, *self._ask("POST", path, body, headers, ORDER_LIMIT_S if waits else _left_s()))

    def _ask(
        self,
        method: str,
        path: str,
        body: Json | None,
        headers: Mapping[str, str],
        limit_s: float,
        *,
        as_file: bool = False,
    ) -> tuple[int, object]:
        sent = {
            "Authorization": f"Bearer {self.key}",
            "Accept-Language": language(),
            "Accept": "application/json",
            HEADER: current_request_id(),
        }
        until, counts = time.monotonic() + limit_s, limit_s <= PAGE_LIMIT_S and not path.startswith(ASKS_PARTNER)
        if not self.breaker.begin(counts=counts):
            raise Unreachable
        answered = False
        try:
            found = self._answer(method, path, body, {**sent, **headers}, until, as_file=as_file)
            answered = g.billing_answered = True
        except (HTTPError, OSError, ValueError) as error:
            log.warning("billing unreachable", path=path.partition("?")[0], error=type(error).__name__)
            raise Unreachable from error
        finally:
            if counts:
                self.breaker.end(answered=answered)
        return found

    def _answer(
        self, method: str, path: str, body: Json | None, headers: Mapping[str, str], until: float, *, as_file: bool
    ) -> tuple[int, object]:
        """Status and content of one call. Reading is tried again when a kept connection turns out to be closed.

        An order must not be sent twice, so it gets a connection of its own: a kept one that has rested may be closed by
        the billing in the very moment in which the order is sent.

        :raises HTTPError, OSError, ValueError: no answer, a late one, or one that is no JSON
        """
        if method != "GET":
            with _pool() as own:
                return self._once(own, method, path, body, headers, until=until, as_file=as_file)
        try:
            return self._once(self.http, method, path, body, headers, until=until, as_file=as_file)
        except ProtocolError:
            return self._once(self.http, method, path, body, headers, until=until, as_file=as_file)

    def _once(
        self,
        http: PoolManager,
        method: str,
        path: str,
        body: Json | None,
        headers: Mapping[str, str],
        *,
        until: float,
        as_file: bool,
    ) -> tuple[int, object]:
        left_s = max(until - time.monotonic(), 0.01)
        answer = http.request(
            method,
            urljoin(self.url.rstrip("/") + "/", f"api/v1/{path}"),
            json=body,
            headers=dict(headers),
            timeout=Timeout(connect=min(CONNECT_LIMIT_S, left_s), total=left_s),
            redirect=False,
            preload_content=False,
        )
        content = bytearray()
        try:
            while piece := answer.read1(65_536):
                content += piece
                if len(content) > ANSWER_BYTES or time.monotonic() > until:
                    raise TimeoutError  # an answer that never ends
        except BaseException:
            answer.close()
            raise
        answer.release_conn()
        if as_file and answer.status < 300:
            return answer.status, File(bytes(content), answer.headers.get("Content-Type", "").partition(";")[0])
        return answer.status, json.loads(content)


def begin_anew() -> None:
    """Let the page wait as if it had just begun: an order, or a part of a file, has taken time of its own."""
    g.pop("billing_until", None)


def _left_s() -> float:
    """How long this page may still wait for the billing, in seconds."""
    if "billing_until" not in g:
        g.billing_until = time.monotonic() + PAGE_LIMIT_S
    return float(g.billing_until - time.monotonic())


def _checked(path: str, status: int, content: object) -> Json:
    if not isinstance(content, dict):
        raise Unreachable  # somebody else answers at this address
    if status < 300:
        return content
    code = str(content.get("code"))
    if code in FAULTS or status == 500:
        log.error("the billing cannot serve the cabinet", path=path.partition("?")[0], status=status, code=code)
        raise Unreachable
    facts = content.get("facts")
    detail = str(content.get("detail") or code)
    raise Refused(status=status, code=code, detail=detail, facts=facts if isinstance(facts, dict) else {})
