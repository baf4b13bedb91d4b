"""One POST with time limits, our session hash, and one repeat when the hash has expired."""

import os
import re
import threading
import time
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlencode, urlsplit

import structlog
from requests import PreparedRequest, RequestException
from requests.adapters import HTTPAdapter

from billing.errors import Misconfigured, PartnerError, PartnerRefused, PartnerUnreachable
from olltv_module.partner.envelope import Answer, classify
from olltv_module.partner.errors import HashExpired, PartnerRejectsUs
from olltv_module.partner.health import Health
from olltv_module.partner.journal import CallJournal, Exchange

AUTH = "auth2"
HEADERS = {
    "User-Agent": "olltv-suite",
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "Connection": "keep-alive",
    "Content-Type": "application/x-www-form-urlencoded",
}


class Transport:
    """Sends calls. Threads share the hash; each has its own kept-alive connection.

    It speaks through bare adapters: they follow no redirect, read no environment, keep no cookie and
    try nothing again, which a session would have to be talked out of, and cost less.
    """

    def __init__(
        self,
        *,
        base_url: str,
        login: str,
        password: str,
        timeout_s: tuple[float, float],
        journal: CallJournal | None,
        health: Health | None = None,
    ) -> None:
        """`timeout_s`: to connect, then between bytes read.

        :raises Misconfigured: an address that is no URL, or plain http beyond this machine
        """
        self._base_url = checked_url(base_url)
        self._login, self._password = login, password
        self._timeout_s = timeout_s
        self._journal = journal
        self._health = health or Health()
        self._hash = SharedHash(self._authenticate)
        self._templates: dict[str, PreparedRequest] = {}
        self._local = threading.local()

    def call(self, method: str, form: dict[str, str]) -> Answer:
        """Call `method`; a hash that expired meanwhile is renewed and the call repeated, once.

        :raises PartnerUnreachable, PartnerRejectsUs, PartnerRefused: see `classify`
        """
        used = self._hash.current()
        try:
            return self._exchange(method, form | {"hash": used})
        except HashExpired:
            fresh = self._hash.renewed(used)
        return self._exchange(method, form | {"hash": fresh})

    def _authenticate(self) -> str:
        return self._exchange(AUTH, {"login": self._login, "password": self._password}).text("hash")

    def _exchange(self, method: str, form: dict[str, str]) -> Answer:
        exchange = Exchange(method, form, _request_id())
        started = time.perf_counter()
        try:
            http_status, exchange.body = self._post(exchange)
            answer = classify(call=method, http_status=http_status, body=exchange.body, secrets=exchange.secrets())
            exchange.status, exchange.outcome = 0, "ok"
            return answer
        except PartnerError as error:
            exchange.status, exchange.reason = error.facts.get("status"), error.facts.get("reason")
            exchange.outcome = _outcome(error)
            raise
        finally:
            exchange.seconds = time.perf_counter() - started
            self._note(exchange)

    def _post(self, exchange: Exchange) -> tuple[int, bytes]:
        request = self._template(exchange.method).copy()
        request.prepare_body(urlencode(exchange.form), None)
        if exchange.request_id:
            request.headers["X-Request-ID"] = exchange.request_id
        try:
            response = self._adapter().send(request, timeout=self._timeout_s)
            return response.status_code, response.content
        except RequestException as error:
            # the cause stays out of the chain: it holds the request, and with it our secrets
            raise PartnerUnreachable(call=exchange.method, reason=type(error).__name__) from None

    def _template(self, method: str) -> PreparedRequest:
        """A request whose URL and headers are made once; each call copies it."""
        if method not in self._templates:
            template = PreparedRequest()
            template.prepare(method="POST", url=f"{self._base_url}/{method}", headers=HEADERS)
            self._templates[method] = template
        return self._templates[method]

    def _adapter(self) -> HTTPAdapter:
        """This thread's connection. A forked child gets its own: shared, it would read its parent's answers."""
        if getattr(self._local, "pid", None) != os.getpid():
            self._local.pid, self._local.adapter = os.getpid(), HTTPAdapter(pool_connections=1, pool_maxsize=1)
        adapter: HTTPAdapter = self._local.adapter
        return adapter

    def _note(self, exchange: Exchange) -> None:
        exchange.count()
        self._health.note(exchange)
        if self._journal:
            self._journal.write(exchange)


class SharedHash:
    """The session hash that all threads use. One authenticates; those who waited take its result, good or bad."""

    def __init__(self, authenticate: Callable[[], str]) -> None:
        self._authenticate = authenticate
        self._lock = threading.Lock()
        self._value: str | None = None
        self._attempts = 0
        self._failure: PartnerError | None = None

    def current(self) -> str:
        """The hash; authenticates if there is none yet."""
        return self._value or self.renewed(None)

    def renewed(self, stale: str | None) -> str:
        """Another hash than `stale`; authenticates unless another thread has done so meanwhile.

        :raises PartnerError: nobody could authenticate
        """
        attempts = self._attempts
        with self._lock:
            if self._value and self._value != stale:
                return self._value
            if self._failure and self._attempts != attempts:
                # asking again for each who waited would queue one time limit behind the other
                raise type(self._failure)(**self._failure.facts)
            return self._ask()

    def _ask(self) -> str:
        self._value, self._failure = None, None
        try:
            self._value = self._authenticate()
            return self._value
        except PartnerError as error:
            self._failure = error
            raise
        finally:
            self._attempts += 1


def checked_url(base_url: str) -> str:
    """The address without its closing slash.

    :raises Misconfigured: no http(s) URL, or plain http to another machine than this one
    """
    try:
        parts = urlsplit(base_url)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("http", "https"):
        raise Misconfigured(what="OLLTV_API_URL is not an address like https://oll.tv/ispAPI/.")
    if parts.scheme == "http" and not _is_loopback(host):
        raise Misconfigured(what="OLLTV_API_URL must begin with https://: the login would travel in clear.")
    return base_url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _request_id() -> str | None:
    """The id that ties this call to the request it serves, if it can be sent as a header."""
    value = str(structlog.contextvars.get_contextvars().get("request_id") or "")
    return value if re.fullmatch(r"[\w.:-]{1,128}", value, re.ASCII) else None


def _outcome(error: PartnerError) -> str:
    if isinstance(error, PartnerRejectsUs):
        return "rejected"
    return "refused" if isinstance(error, PartnerRefused) else "unreachable"
