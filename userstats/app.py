"""The cabinet as a Flask app."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException

from userstats.pages import bp, visit
from userstats.remote import Billing, Refused, Unreachable
from userstats.settings import CabinetOptions
from weblib.i18n import Catalogue, format_datetime
from weblib.ops import ops
from weblib.pages import Languages, language, speak
from weblib.pages import gettext as _
from weblib.requestid import request_ids
from weblib.security import secure

SESSION = timedelta(hours=12)
TEXTS = Path(__file__).resolve().parents[1] / "translations"


def create_app(options: CabinetOptions) -> Flask:
    """The cabinet. It needs nothing to start: the billing may come later."""
    app = Flask(__name__)
    app.extensions.update(options=options, billing=Billing(options.api_url, options.api_key))
    app.config.update(
        # All processes of the cabinet know the API key, and nobody else does.
        SECRET_KEY=hashlib.sha256(b"cabinet session " + options.api_key.encode()).hexdigest(),
        PERMANENT_SESSION_LIFETIME=SESSION,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        MAX_CONTENT_LENGTH=100_000,
    )
    request_ids(app)
    secure(app)
    CSRFProtect(app).exempt(visit)
    speak(app, Languages(Catalogue.load(TEXTS), default=options.lang, offered=options.languages))
    app.register_blueprint(ops({}))
    app.register_blueprint(bp)
    app.context_processor(lambda: {"options": options, "person": session.get("login", ""), "visit": visit_shown()})
    app.register_error_handler(Unreachable, unreachable)
    app.register_error_handler(Refused, refused)
    app.register_error_handler(CSRFError, stale_form)
    app.register_error_handler(HTTPException, not_served)
    return app


def visit_shown() -> dict[str, str] | None:
    """Who of the staff looks at this cabinet, and until when; None for its owner."""
    if "visitor" not in session:
        return None
    until = datetime.fromisoformat(session["until"])
    return {"staff": session["visitor"], "until": format_datetime(until, language(), until.tzinfo or UTC)}


def unreachable(_error: Unreachable) -> ResponseReturnValue:
    """The billing is away. Orders carry a key, so sending one again is safe."""
    text = _("Your provider's billing does not answer right now. Please try again in a few minutes.")
    again = _("If you have just ordered something, go back and send it again: it is counted only once.")
    return render_template("trouble.html", text=text, hint=again), 503, {"Retry-After": "30"}


def refused(refusal: Refused) -> ResponseReturnValue:
    """A session that has ended leads to the sign-in; anything else is told."""
    if refusal.status == 401:
        visitor = session.get("visitor")
        session.clear()
        if visitor:
            return render_template("trouble.html", text=_("This look at the cabinet is over.")), 401
        return redirect(url_for("pages.show_sign_in"), 303)
    return render_template("trouble.html", text=refusal.detail), refusal.status


def stale_form(_error: CSRFError) -> ResponseReturnValue:
    """The form does not belong to this session."""
    text = _("This page was open for too long. Go back, load it again and repeat what you did.")
    return render_template("trouble.html", text=text), 400


def not_served(error: HTTPException) -> ResponseReturnValue:
    """What Flask itself refuses, and defects (500)."""
    status = error.code or 500
    text = _("There is no such page.") if status == 404 else _("The request cannot be carried out.")
    if status >= 500:
        text = _("Something went wrong. It has been written down for the staff.")
    return render_template("trouble.html", text=text), status
