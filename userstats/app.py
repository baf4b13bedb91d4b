"""The cabinet as a Flask app."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask, session
from flask_wtf.csrf import CSRFProtect

from userstats import (
    account,
    brand,
    chat,
    credits,
    devices,
    entry,
    history,
    home,
    room,
    signed,
    studio,
    support,
    tv,
    watch,
)
from userstats.remote import Billing
from userstats.settings import CabinetOptions
from userstats.troubles import chat_off, module_off, tell_troubles, watch_off
from userstats.words import speak_of_money
from weblib.assets import serve_assets
from weblib.i18n import Catalogue, format_datetime
from weblib.ops import ops
from weblib.pages import Languages, language, speak
from weblib.requestid import request_ids
from weblib.security import secure

SESSION = timedelta(hours=12)
TEXTS = Path(__file__).resolve().parents[1] / "translations"
STATIC = Path(__file__).with_name("static")
TELEVISION = (home.bp, tv.bp, devices.bp, history.bp)
VIDEO_CHAT = (chat.bp, room.bp, studio.bp, support.bp)
BLUEPRINTS = (entry.bp, *TELEVISION, account.bp, *VIDEO_CHAT, watch.bp, credits.bp)


def create_app(options: CabinetOptions) -> Flask:
    """The cabinet. It needs nothing to start: the billing may come later."""
    app = Flask(__name__, static_folder=None)
    app.extensions.update(options=options, billing=Billing(options.api_url, options.api_key), answers={})
    app.config.update(
        # All processes of the cabinet know the API key, and nobody else does.
        SECRET_KEY=hashlib.sha256(b"cabinet session " + options.api_key.encode()).hexdigest(),
        PERMANENT_SESSION_LIFETIME=SESSION,
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        MAX_CONTENT_LENGTH=100_000,
    )
    request_ids(app)
    secure(app)
    CSRFProtect(app).exempt(entry.visit)
    catalogue = Catalogue.load(TEXTS)
    speak(app, Languages(catalogue, default=options.lang, offered=options.languages))
    speak_of_money(app, catalogue, sign=options.currency)
    serve_assets(app, STATIC)
    brand.wear(app, options)
    app.register_blueprint(ops({}))
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    _switch_off(app, options)
    purse = "chat" if options.chat else "watch"
    app.jinja_env.globals["tab_of"] = {each.name: "chat" for each in VIDEO_CHAT} | {credits.bp.name: purse}
    app.context_processor(_who_is_here)
    app.jinja_env.globals["new_key"] = signed.new_key
    tell_troubles(app)
    return app


def _switch_off(app: Flask, options: CabinetOptions) -> None:
    """Have the pages say so that the operator does not offer. Credits are spent in the chat and on streams."""
    switches = (
        (options.enabled, TELEVISION, module_off),
        (options.chat, VIDEO_CHAT, chat_off),
        (options.watch, (watch.bp,), watch_off),
        (options.chat or options.watch, (credits.bp,), chat_off),
    )
    for is_on, blueprints, told in switches:
        if not is_on:
            app.before_request_funcs |= {each.name: [told] for each in blueprints}


def _who_is_here() -> dict[str, object]:
    return {"person": session.get("login", ""), "visit": _visit()}


def _visit() -> dict[str, str] | None:
    """Who of the staff looks at this cabinet, and until when; None for its owner."""
    if not signed.is_visit():
        return None
    until = datetime.fromisoformat(session["until"])
    return {"staff": session["visitor"], "until": format_datetime(until, language(), until.tzinfo or UTC)}
