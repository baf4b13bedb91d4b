"""The web processes, for gunicorn: `wsgi:billing` (panel and RemoteAPI) and `wsgi:cabinet`.

Both are built by their first request, so importing this module reads nothing. As long as the configuration is wrong
they answer 503 and try again with each request; the reason stands in the log.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import structlog
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Request, Response

from billing.errors import Misconfigured
from weblib.logs import configure_logs
from weblib.options import OptionError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SORRY = "The service is not available at the moment. Please try again later.\n"

log = structlog.get_logger(__name__)


class Lazy:
    """A WSGI application that is built when it is first called."""

    def __init__(self, build: Callable[[], "WSGIApplication"]) -> None:
        self._build, self._lock = build, Lock()
        self._app: WSGIApplication | None = None

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        try:
            app = self._built()
        except (Misconfigured, OptionError) as error:
            log.error("misconfigured", what=error.facts["what"] if isinstance(error, Misconfigured) else str(error))
            app = Response(SORRY, 503, headers={"Retry-After": "30"})
        return app(environ, start_response)

    def _built(self) -> "WSGIApplication":
        with self._lock:
            self._app = self._app or self._build()
            return self._app


@dataclass(frozen=True)
class Doors:
    """The three ways into the billing, under one address."""

    panel: "WSGIApplication"
    legacy: "WSGIApplication"
    api: "WSGIApplication"

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self._door(Request(environ))(environ, start_response)

    def _door(self, request: Request) -> "WSGIApplication":
        """Old crontabs and cabinets call any path, so the legacy RemoteAPI goes by its query alone."""
        if request.args.get("module") == "remoteapi":
            return self.legacy
        return self.api if f"{request.path}/".startswith("/api/v1/") else self.panel


def _billing() -> "WSGIApplication":
    # Imported here, because the process of the cabinet has no use for them.
    from panel.app import create_app  # noqa: PLC0415
    from remoteapi.app import create_api, create_legacy  # noqa: PLC0415
    from suite.runtime import build_runtime  # noqa: PLC0415

    runtime = build_runtime()
    suite = runtime.settings.suite
    configure_logs(process="billing", directory=suite.log_dir)
    doors = Doors(panel=create_app(runtime), legacy=create_legacy(runtime), api=create_api(runtime))
    return _behind(doors, proxies=suite.trusted_proxies)


def _cabinet() -> "WSGIApplication":
    from userstats.app import create_app  # noqa: PLC0415
    from userstats.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    configure_logs(process="cabinet", directory=settings.log_dir)
    return _behind(create_app(settings), proxies=settings.trusted_proxies)


def _behind(app: "WSGIApplication", *, proxies: int) -> "WSGIApplication":
    """`app` as it stands behind so many reverse proxies."""
    return ProxyFix(app, x_for=proxies, x_proto=proxies)


billing, cabinet = Lazy(_billing), Lazy(_cabinet)
