"""The web processes, for gunicorn: `wsgi:billing` (panel, RemoteAPI, signed API) and `wsgi:cabinet`.

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

__all__ = ["Doors", "billing", "cabinet"]

PPV_PATHS = ("/api/ppv/v1/", "/ppv/hooks/")


@dataclass(frozen=True)
class Doors:
    """The four ways into the billing, under one address."""

    panel: "WSGIApplication"
    legacy: "WSGIApplication"
    api: "WSGIApplication"
    ppv: "WSGIApplication"

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self._door(Request(environ))(environ, start_response)

    def _door(self, request: Request) -> "WSGIApplication":
        """Old crontabs and cabinets call any path, so the legacy RemoteAPI goes by its query alone."""
        if request.args.get("module") == "remoteapi":
            return self.legacy
        path = f"{request.path}/"
        if path.startswith(PPV_PATHS):
            return self.ppv
        return self.api if path.startswith("/api/v1/") else self.panel


def _billing() -> "WSGIApplication":
    # Imported here, because the process of the cabinet has no use for them.
    from panel.app import create_app  # noqa: PLC0415
    from remoteapi.app import create_api, create_legacy, create_ppv  # noqa: PLC0415
    from suite.runtime import build_runtime  # noqa: PLC0415

    runtime = build_runtime()
    suite = runtime.settings.suite
    configure_logs(process="billing", directory=suite.log_dir)
    doors = Doors(
        panel=create_app(runtime),
        legacy=create_legacy(runtime),
        api=create_api(runtime),
        ppv=create_ppv(runtime),
    )
    return behind(doors, proxies=suite.trusted_proxies)


def _told(error: Exception) -> str:
    return str(error.facts["what"]) if isinstance(error, Misconfigured) else str(error)


billing = Lazy(_billing, refusals=(Misconfigured, OptionError), tell=_told)
