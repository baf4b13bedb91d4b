"""WSGI applications that are built when they are first called, and stand behind reverse proxies."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING

import structlog
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SORRY = "The service is not available at the moment. Please try again later.\n"
RETRY_AFTER_S = 30

log = structlog.get_logger(__name__)


class Lazy:
    """A WSGI application that is built when it is first called, or warmed up.

    While `build` raises one of `refusals` it answers 503 and tries again with each request; `tell` words the refusal
    for the log.
    """

    def __init__(
        self,
        build: Callable[[], "WSGIApplication"],
        *,
        refusals: tuple[type[Exception], ...],
        tell: Callable[[Exception], str] = str,
    ) -> None:
        self._build, self._refusals, self._tell, self._lock = build, refusals, tell, Lock()
        self._app: WSGIApplication | None = None

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        try:
            app = self._built()
        except self._refusals as error:
            log.error("misconfigured", what=self._tell(error))
            app = Response(SORRY, 503, headers={"Retry-After": str(RETRY_AFTER_S)})
        return app(environ, start_response)

    def warm_up(self) -> None:
        """Build it now, so that nobody waits for that; a refusal is told by the first request."""
        with suppress(*self._refusals):
            self._built()

    def _built(self) -> "WSGIApplication":
        with self._lock:
            self._app = self._app or self._build()
            return self._app


def behind(app: "WSGIApplication", *, proxies: int) -> "WSGIApplication":
    """`app` as it stands behind so many reverse proxies."""
    return ProxyFix(app, x_for=proxies, x_proto=proxies)
