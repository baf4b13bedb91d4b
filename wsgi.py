"""The web processes, for gunicorn: `wsgi:billing` (panel, RemoteAPI, signed API, media servers) and `wsgi:cabinet`.

Both are built by their first request, so importing this module reads nothing. As long as the configuration is wrong
they answer 503 and try again with each request; the reason stands in the log. Where the cabinet stands alone, on a
machine without the billing, gunicorn serves `userstats.wsgi:cabinet`, which is the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request

from billing.errors import Misconfigured
from userstats.wsgi import cabinet
from weblib.lazy import Lazy, behind
from weblib.logs import configure_logs
from weblib.options import OptionError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from suite.runtime import Runtime

__all__ = ["Doors", "billing", "cabinet", "open_doors"]

PPV_PATHS = ("/api/ppv/v1/", "/ppv/hooks/")


@dataclass(frozen=True)
class Doors:
    """The five ways into the billing, under one address. `stream_path` is where media servers post to."""

    panel: "WSGIApplication"
    legacy: "WSGIApplication"
    api: "WSGIApplication"
    ppv: "WSGIApplication"
    streams: "WSGIApplication"
    stream_path: str

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self._door(Request(environ))(environ, start_response)

    def _door(self, request: Request) -> "WSGIApplication":
        """Old crontabs and cabinets call any path, so the legacy RemoteAPI goes by its query alone."""
        if request.args.get("module") == "remoteapi":
            return self.legacy
        if request.path == self.stream_path:
            return self.streams
        path = f"{request.path}/"
        if path.startswith(PPV_PATHS):
            return self.ppv
        return self.api if path.startswith("/api/v1/") else self.panel


def open_doors(runtime: "Runtime") -> Doors:
    """Every way in, over one runtime."""
    # Imported here, because the process of the cabinet has no use for them.
    from panel.app import create_app  # noqa: PLC0415
    from remoteapi.app import create_api, create_legacy, create_ppv, create_streams  # noqa: PLC0415

    return Doors(
        panel=create_app(runtime),
        legacy=create_legacy(runtime),
        api=create_api(runtime),
        ppv=create_ppv(runtime),
        streams=create_streams(runtime),
        stream_path=runtime.settings.streams.path,
    )


def _billing() -> "WSGIApplication":
    from suite.runtime import build_runtime  # noqa: PLC0415 (as above)

    runtime = build_runtime()
    suite = runtime.settings.suite
    configure_logs(process="billing", directory=suite.log_dir)
    return behind(open_doors(runtime), proxies=suite.trusted_proxies)


def _told(error: Exception) -> str:
    return str(error.facts["what"]) if isinstance(error, Misconfigured) else str(error)


billing = Lazy(_billing, refusals=(Misconfigured, OptionError), tell=_told)
