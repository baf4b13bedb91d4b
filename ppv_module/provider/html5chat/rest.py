"""Asking the chat's server who is there: its seven REST calls (video chat guide, "REST").

They only tell; none of them can end a show, move a person or set credits. The token is part of the address, so neither
addresses nor what the network library says of them get into errors or logs.
"""

import threading
import time
from collections.abc import Callable
from typing import TypeVar, cast
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter

from ppv_module.chat.models import Status, Tenant
from ppv_module.provider.base import ChatRefused, ChatUnreachable
from ppv_module.provider.html5chat import answers
from ppv_module.provider.html5chat.answers import ChatUser

TIMEOUT_S = 3.0
RETRIES, PAUSE_S = 2, 0.2
CACHE_S = 10.0
MOST_BYTES, CHUNK = 2 * 1024 * 1024, 64 * 1024
MOST_KEPT = 1000
HEADERS = {"User-Agent": "olltv-suite", "Accept": "application/json, text/plain"}

Told = TypeVar("Told")


class Rest:
    """The calls, for all tenants. Threads may share one; an answer is given again for `CACHE_S`.

    Each of them raises:

    - ChatUnreachable: no clear answer, or none within the time limit, after `RETRIES` more tries
    - ChatRefused: a definite no, or an answer that cannot be read
    """

    def __init__(
        self, *, monotonic: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._monotonic, self._sleep = monotonic, sleep
        self._kept: dict[tuple[str, ...], tuple[float, object]] = {}
        self._lock = threading.Lock()

    def number_users(self, tenant: Tenant) -> int:
        """How many are in all rooms."""
        return self._told(tenant, "getNumberUsers", answers.count)

    def users(self, tenant: Tenant) -> tuple[ChatUser, ...]:
        """Who is in any room."""
        return self._told(tenant, "getUsers", answers.users)

    def performers(self, tenant: Tenant) -> tuple[ChatUser, ...]:
        """Everybody with the role of a performer."""
        return self._told(tenant, "getPerformers", answers.users)

    def online_performers(self, tenant: Tenant, *, cache_s: float = CACHE_S) -> tuple[ChatUser, ...]:
        """The performers who are there now. An answer may be `cache_s` old; 0 asks in any case."""
        return self._told(tenant, "getOnlinePerformers", answers.users, cache_s=cache_s)

    def user_status(self, tenant: Tenant, number: int) -> Status:
        """Whether one person is there. It is documented without the token, which is sent only when that is refused."""
        call = "getUserStatus"
        try:
            return self._told(tenant, call, answers.status, str(number), with_token=False)
        except ChatRefused:
            return self._told(tenant, call, answers.status, str(number))

    def users_in_room(self, tenant: Tenant, room: int) -> tuple[ChatUser, ...]:
        """Who is in one room."""
        return self._told(tenant, "getUsersInRoom", answers.users, str(room))

    def number_users_in_room(self, tenant: Tenant, room: int) -> int:
        """How many are in one room."""
        return self._told(tenant, "getNumberUsersInRoom", answers.count, str(room))

    def _told(
        self,
        tenant: Tenant,
        call: str,
        read: Callable[[str, str], Told],
        *parts: str,
        with_token: bool = True,
        cache_s: float = CACHE_S,
    ) -> Told:
        """What `read` makes of the answer; no refusal is kept."""
        token = (tenant.rest_token,) if with_token else ()
        path = (tenant.rest_url, call, str(tenant.webmaster_id), *parts, *token)
        with self._lock:
            kept = self._kept.get(path)
        if kept and 0 <= self._monotonic() - kept[0] < cache_s:
            return cast(Told, kept[1])
        text = self._asked(call, "/".join([path[0], *(quote(part, safe="") for part in path[1:])]))
        found = read(call, text)
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[path] = self._monotonic(), found
        return found

    def _asked(self, call: str, address: str) -> str:
        """Try up to three times: a network error or a 5xx may pass, a 4xx will not."""
        for attempt in range(RETRIES):
            try:
                return self._once(call, address)
            except ChatUnreachable:
                self._sleep(PAUSE_S * 2**attempt)
        return self._once(call, address)

    def _once(self, call: str, address: str) -> str:
        deadline = self._monotonic() + TIMEOUT_S
        try:
            # a session of its own for each call reads no environment, follows nowhere and keeps no cookie
            with _session() as session, self._sent(session, address) as response:
                body = self._body(call, response, deadline)
        except requests.RequestException as error:
            # the cause stays out of the chain: it holds the address, and with it the token
            raise ChatUnreachable(call=call, reason=type(error).__name__) from None
        if response.status_code >= 500:
            raise ChatUnreachable(call=call, reason=f"HTTP {response.status_code}")
        if response.status_code != 200:
            raise ChatRefused(call=call, message=f"HTTP {response.status_code}")
        return body.decode("utf-8", "replace")

    def _sent(self, session: requests.Session, address: str) -> requests.Response:
        return session.get(address, headers=HEADERS, timeout=TIMEOUT_S, allow_redirects=False, stream=True)

    def _body(self, call: str, response: requests.Response, deadline: float) -> bytes:
        body = b""
        for chunk in response.iter_content(CHUNK):
            body += chunk
            if len(body) > MOST_BYTES:
                raise ChatRefused(call=call, message="an answer that is too long")
            if self._monotonic() > deadline:
                raise ChatUnreachable(call=call, reason="timeout")
        return body


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", HTTPAdapter(max_retries=0))
    return session
