"""The call log and the counters: what was asked, how it ended, how long it took. No secret passes."""

import json
import logging
import re
import time
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from prometheus_client import Counter, Histogram

from olltv_module.partner.masks import HIDDEN, masked
from weblib.logs import SharedRotatingFile

EXCERPT_CHARS = 1000

CALLS = Counter("olltv_partner_calls", "Calls to the TV partner", ["method", "outcome"])
SECONDS = Histogram(
    "olltv_partner_seconds",
    "Time of a call to the TV partner",
    ["method"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15),
)

_SECRET_FIELDS = ("password", "hash", "binding_code")
_WHO_FIELDS = ("account", "email", "id", "ds_account")
_ENABLE_CODE = re.compile(r'("data"\s*:\s*)(?!"?[01]"?\s*[,}])("[^"]*"?|\d+)')


class Detail(IntEnum):
    """How much OLLTV_DEBUG writes down."""

    ERRORS = 0
    CALLS = 1
    EXCERPTS = 2
    EVERYTHING = 3


@dataclass
class Exchange:
    """One request with its answer, as far as it came. `outcome`: ok, refused, rejected, unreachable."""

    method: str
    form: dict[str, str]
    request_id: str | None
    body: bytes = b""
    status: object = None
    outcome: str = "unreachable"
    reason: object = None
    seconds: float = 0.0

    def secrets(self) -> list[str]:
        """Values of this request that must appear nowhere."""
        return [self.form[name] for name in _SECRET_FIELDS if name in self.form]

    def count(self) -> None:
        """Add this exchange to the counters."""
        CALLS.labels(self.method, self.outcome).inc()
        SECONDS.labels(self.method).observe(self.seconds)


class CallJournal:
    """Writes exchanges to a rotated file, made when the first line comes.

    A disk that is full or a folder that is not ours loses lines, never a call: what the partner answered
    matters more. Safe for threads, and for processes that share a `path`.
    """

    def __init__(self, *, path: Path, detail: Detail = Detail.CALLS) -> None:
        self._detail = detail
        self._file = SharedRotatingFile(path)
        self._file.setFormatter(_Formatter("%(asctime)s.%(msecs)03dZ %(message)s", "%Y-%m-%dT%H:%M:%S"))

    def write(self, exchange: Exchange) -> None:
        """One line for the exchange, or none if it went well and only errors are wanted."""
        if exchange.outcome == "ok" and self._detail is Detail.ERRORS:
            return
        line = masked(_summary(exchange))
        if self._detail >= Detail.EXCERPTS:
            line += " " + self._texts(exchange)
        self._file.handle(logging.makeLogRecord({"msg": line, "levelno": logging.INFO}))

    def close(self) -> None:
        """Close the file; a later line opens it again."""
        self._file.close()

    def _texts(self, exchange: Exchange) -> str:
        limit = EXCERPT_CHARS if self._detail is Detail.EXCERPTS else None
        secrets = exchange.secrets()
        request = masked(json.dumps(exchange.form, ensure_ascii=False), secrets)
        return f"request={request[:limit]} answer={_answer(exchange, secrets)[:limit]}"


class _Formatter(logging.Formatter):
    converter = staticmethod(time.gmtime)


def _summary(exchange: Exchange) -> str:
    form = exchange.form
    facts = {
        "method": exchange.method,
        "account": next((form[name] for name in _WHO_FIELDS if name in form), None),
        "sub_id": form.get("sub_id") or form.get("new_sub_id"),
        "old_sub_id": form.get("old_sub_id"),
        "status": exchange.status,
        "ms": round(exchange.seconds * 1000),
        "outcome": exchange.outcome,
        "reason": exchange.reason,
        "request_id": exchange.request_id,
    }
    return " ".join(f"{name}={_word(str(value))}" for name, value in facts.items() if value is not None)


def _answer(exchange: Exchange, secrets: list[str]) -> str:
    """The answer on one line; JSON escapes are resolved first, so that none hides a secret from the masks."""
    try:
        text = json.dumps(json.loads(exchange.body), ensure_ascii=False)
    except (ValueError, RecursionError):
        return json.dumps(masked(exchange.body.decode("utf-8", "replace"), secrets), ensure_ascii=False)
    if exchange.method == "enableBundle":
        text = _ENABLE_CODE.sub(rf'\1"{HIDDEN}"', text)
    return masked(text, secrets)


def _word(text: str) -> str:
    """`text` as it is when it is one plain word, else quoted: nobody writes a second line into the log."""
    return text if re.fullmatch(r"[\w.@:+*/-]+", text) else json.dumps(text, ensure_ascii=False)
