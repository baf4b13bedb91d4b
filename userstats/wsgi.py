"""The cabinet for gunicorn: `userstats.wsgi:cabinet`. It needs nothing of the billing, so it can stand alone.

It is built by its first request, so importing this module reads nothing. As long as its options are wrong it answers
503 and tries again with each request; the reason stands in the log.
"""

from typing import TYPE_CHECKING

from weblib.lazy import Lazy, behind
from weblib.logs import configure_logs
from weblib.options import OptionError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def build() -> "WSGIApplication":
    """The cabinet as its `userstats.ini` wants it.

    :raises OptionError: with one line for the operator
    """
    from userstats.app import create_app  # noqa: PLC0415 (the process of the billing imports this module too)
    from userstats.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    configure_logs(process="cabinet", directory=settings.log_dir)
    return behind(create_app(settings), proxies=settings.trusted_proxies)


cabinet = Lazy(build, refusals=(OptionError,))
