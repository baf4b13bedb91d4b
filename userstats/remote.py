"""The billing as the cabinet sees it: its JSON RemoteAPI, with short time limits."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import requests
import structlog
from requests.adapters import HTTPAdapter

from weblib.pages import language
from weblib.requestid import HEADER, current_request_id

READ_LIMIT_S = (1.0, 1.8)
"""To connect and to wait for an answer: a subscriber learns within three seconds that the billing is away."""

ORDER_LIMIT_S = (1.0, 20.0)
"""An order waits for the TV partner a while."""

CONNECTIONS = 32
FAULTS = {"misconfigured", "api_disabled", "key_required", "key_unknown", "scope_missing"}
"""What the billing refuses because it, or this cabinet, is not set up well; no subscriber can mend that."""

Json = dict[str, Any]
log = structlog.get_logger(__name__)


class Unreachable(Exception):
    """The billing gives no answer that could be used."""


class Refused(Exception):
    """A refusal in the subscriber's language. `code` is stable."""

    def __init__(self, *, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


@dataclass(frozen=True)
class Subject:
    """For whom the cabinet asks: the billing's token and the secret of this session that goes with it."""

    token: str
    nonce: str

    def headers(self) -> dict[str, str]:
        return {"X-Subject-Token": self.token, "X-Subject-Nonce": self.nonce}


@dataclass(frozen=True)
class Billing:
    """One for the process; connections are kept open."""

    url: str
    key: str = field(repr=False)
    http: requests.Session = field(default_factory=requests.Session, repr=False)

    def __post_init__(self) -> None:
        self.http.trust_env = False  # a proxy of the environment must not see the key
        for scheme in ("http://", "https://"):
            self.http.mount(scheme, HTTPAdapter(pool_maxsize=CONNECTIONS))

    def get(self, path: str, subject: Subject | None = None) -> Json:
        """Read `path` of /api/v1.

        :raises Refused, Unreachable: there is nothing to show
        """
        return self._ask("GET", path, None, subject.headers() if subject else {}, READ_LIMIT_S)

    def post(self, path: str, body: Json, *, key: str, subject: Subject | None = None) -> Json:
        """Send an order; with the same `key` it is the same order, however often it is sent.

        :raises Refused: it was not accepted
        :raises Unreachable: nobody knows; send it again with the same key
        """
        headers = {"Idempotency-Key": key} | (subject.headers() if subject else {})
        return self._ask("POST", path, body, headers, ORDER_LIMIT_S if subject else READ_LIMIT_S)

    def _ask(
        self, method: str, path: str, body: Json | None, headers: dict[str, str], limit_s: tuple[float, float]
    ) -> Json:
        url = urljoin(self.url.rstrip("/") + "/", f"api/v1/{path}")
        sent = {
            "Authorization": f"Bearer {self.key}",
            "Accept-Language": language(),
            HEADER: current_request_id(),
        }
        try:
            answer = self.http.request(
                method, url, json=body, headers=sent | headers, timeout=limit_s, allow_redirects=False
            )
            content = answer.json()
        except requests.RequestException as error:
            log.warning("billing unreachable", path=path, error=type(error).__name__)
            raise Unreachable from error
        return _checked(path, answer.status_code, content)


def _checked(path: str, status: int, content: object) -> Json:
    if not isinstance(content, dict):
        raise Unreachable  # somebody else answers at this address
    if status < 300:
        return content
    code = str(content.get("code"))
    if code in FAULTS or status == 500:
        log.error("the billing cannot serve the cabinet", path=path, status=status, code=code)
        raise Unreachable
    raise Refused(status=status, code=code, detail=str(content.get("detail")))
