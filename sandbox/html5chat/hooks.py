"""What is posted to the operator's server: forms without a signature, once, and whatever it answers is believed."""

import json
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any

import requests

TIMEOUT_S = 5
KEPT = 200
KO = "ko"


@dataclass(frozen=True)
class Call:
    """One call and what came of it; `status` is 0 when nobody answered."""

    at: float
    webmaster_id: int
    action: str
    fields: dict[str, Any]
    status: int
    answer: str


@dataclass
class Hooks:
    """Posts to the address of each tenant; 0 stands for those who have none of their own."""

    addresses: Mapping[int, str]
    _calls: "deque[Call]" = field(default_factory=lambda: deque(maxlen=KEPT))
    _lock: Lock = field(default_factory=Lock)

    def address(self, webmaster_id: int) -> str:
        return self.addresses.get(webmaster_id) or self.addresses.get(0, "")

    def post(self, webmaster_id: int, action: str, **fields: Any) -> str | None:
        """The text of the answer; None where there is none, or no address."""
        if not (address := self.address(webmaster_id)):
            return None
        form = {"a": action, "webmasterid": webmaster_id, **fields}
        try:
            response = requests.post(address, data=form, timeout=TIMEOUT_S, allow_redirects=False)
            status, text = response.status_code, response.text.strip()
        except requests.RequestException as error:
            status, text = 0, type(error).__name__
        with self._lock:
            self._calls.appendleft(Call(time.time(), webmaster_id, action, form, status, text[:300]))
        return text if status == 200 else None

    def balance(self, webmaster_id: int, action: str, **fields: Any) -> int | None:
        """Like `post`, for what is answered with a balance; None for everything else."""
        text = self.post(webmaster_id, action, **fields)
        return None if text is None else read_balance(text)

    def performers(self, webmaster_id: int) -> list[dict[str, Any]] | None:
        """The performers as the operator's server names them; None when it does not."""
        text = self.post(webmaster_id, "getPerformers")
        try:
            found = json.loads(text or "")
        except ValueError:
            return None
        return found if isinstance(found, list) and all(isinstance(each, dict) for each in found) else None

    def last(self) -> list[dict[str, Any]]:
        """The latest calls, newest first."""
        with self._lock:
            return [asdict(call) for call in self._calls]


def read_balance(text: str) -> int | None:
    """A balance from `17` or `{"credits": 17}`; None for `ko` and everything else."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if isinstance(found, dict):
        found = found.get("credits")
    return found if isinstance(found, int) and not isinstance(found, bool) else None
