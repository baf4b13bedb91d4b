"""Web processes write down, too, how their calls to the partner ended."""

import time
from dataclasses import dataclass, field
from threading import Lock

import structlog
from flask import Flask, Response
from sqlalchemy.exc import DBAPIError

from olltv_module.reports.health import write_down
from suite.runtime import Runtime

EVERY_S = 10.0

log = structlog.get_logger(__name__)


def note_partner_health(app: Flask, runtime: Runtime) -> None:
    """After a request of `app`, now and then, write down what the partner answered since the last time."""
    app.after_request(_Writer(runtime).write)


@dataclass
class _Writer:
    runtime: Runtime
    _last: float = field(default_factory=time.monotonic)
    _lock: Lock = field(default_factory=Lock)

    def write(self, response: Response) -> Response:
        """Never fails: the answer matters more, and what is not written down is kept for the next time."""
        if self._is_due():
            try:
                write_down(self.runtime.billing, self.runtime.partner_health)
            except DBAPIError as error:
                log.warning("the partner's health cannot be written down", error=str(error.orig))
        return response

    def _is_due(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if now - self._last < EVERY_S:
                return False
            self._last = now
            return True
