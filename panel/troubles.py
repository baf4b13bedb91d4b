"""Every refusal and failure as a page. Staff are told the reason of a failure, others a plain sentence."""

import structlog
from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from billing.errors import N_, BillingError, Misconfigured
from panel.staff import claims_to_be_staff, runtime
from suite.texts import say
from weblib.pages import gettext as _
from weblib.pages import language

SENTENCES = {
    404: N_("There is no such page."),
    405: N_("This page cannot be called in that way."),
    413: N_("This is too much at once."),
}

log = structlog.get_logger(__name__)


def handle_troubles(app: Flask) -> None:
    """Answer all errors of `app` with pages."""
    app.register_error_handler(CSRFError, stale_form)
    app.register_error_handler(BillingError, refused)
    app.register_error_handler(DBAPIError, database_failed)
    app.register_error_handler(HTTPException, not_served)


def refused(error: BillingError) -> ResponseReturnValue:
    """An anticipated refusal."""
    if isinstance(error, Misconfigured):
        return unavailable(str(error.facts["what"]))
    return _page(say(error, language(), zone=runtime().settings.suite.zone), error.http_status)


def database_failed(error: DBAPIError) -> ResponseReturnValue:
    """The database is away or has another schema. If all is well with it, the statement was wrong: a defect.

    :raises DBAPIError: the defect
    """
    try:
        runtime().check_database()
    except Misconfigured as reason:
        return unavailable(str(reason.facts["what"]))
    raise error


def unavailable(reason: str) -> ResponseReturnValue:
    """503 with the reason for staff."""
    log.error("unavailable", reason=reason, path=request.path)
    text = _("The service is not available at the moment. Please try again later.")
    page, status = _page(text, 503, reason=reason if claims_to_be_staff() else "")
    return page, status, {"Retry-After": "30"}


def stale_form(_error: CSRFError) -> ResponseReturnValue:
    """The form does not belong to this session."""
    return _page(_("This page was open for too long. Go back, load it again and repeat what you did."), 400)


def not_served(error: HTTPException) -> ResponseReturnValue:
    """What Flask itself refuses, and defects (500)."""
    status = error.code or 500
    default = N_("Something went wrong. It has been written down for the staff.") if status >= 500 else ""
    return _page(_(SENTENCES.get(status, default or N_("The request cannot be carried out."))), status)


def _page(text: str, status: int, *, reason: str = "") -> tuple[str, int]:
    return render_template("trouble.html", text=text, reason=reason, status=status), status
