"""The panel as a Flask app."""

from datetime import timedelta

from flask import Blueprint, Flask
from flask_wtf.csrf import CSRFProtect

from billing.errors import BillingError
from olltv_module.admin import BLUEPRINTS as OLLTV_BLUEPRINTS
from olltv_module.admin.desk import EXTENSION, Desk
from panel import (
    events,
    exports,
    jobs,
    keys,
    news,
    overview,
    people,
    profile,
    second_factor,
    settings,
    setup,
    signin,
    views,
)
from panel.guard import guard
from panel.shell import dress
from panel.troubles import handle_troubles
from ppv_module.admin import BLUEPRINTS as PPV_BLUEPRINTS
from ppv_module.admin.desk import EXTENSION as PPV_EXTENSION
from ppv_module.admin.desk import Desk as PpvDesk
from suite.partner_health import note_partner_health
from suite.runtime import Runtime
from suite.texts import project_catalogue, say, show
from weblib.assets import serve_assets
from weblib.numbers import limit_numbers
from weblib.ops import ops
from weblib.pages import Languages, speak
from weblib.requestid import request_ids
from weblib.security import secure
from weblib.themes import offer_themes

SESSION = timedelta(hours=12)
BLUEPRINTS: tuple[Blueprint, ...] = (
    signin.bp,
    setup.bp,
    overview.bp,
    profile.bp,
    second_factor.bp,
    people.bp,
    keys.bp,
    settings.bp,
    events.bp,
    exports.bp,
    jobs.bp,
    views.bp,
    news.bp,
    *OLLTV_BLUEPRINTS,
    *PPV_BLUEPRINTS,
)


def create_app(runtime: Runtime) -> Flask:
    """The staff panel.

    :raises Misconfigured: there is no session key
    """
    app, suite = Flask(__name__), runtime.settings.suite
    limit_numbers(app)
    app.extensions["runtime"] = runtime
    app.extensions[EXTENSION] = Desk(runtime.billing, runtime.clock, lambda: runtime.delivering, suite.cabinet_url)
    app.extensions[PPV_EXTENSION] = PpvDesk(
        runtime.billing, runtime.clock, runtime.chat_provider, suite.cabinet_url, runtime.stream_spool
    )
    app.config.update(
        SECRET_KEY=runtime.settings.session_key(),
        PERMANENT_SESSION_LIFETIME=SESSION,
        SESSION_REFRESH_EACH_REQUEST=False,  # a slow answer would bring back a session that has ended meanwhile
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        MAX_CONTENT_LENGTH=1_000_000,
    )
    request_ids(app)
    secure(app)
    CSRFProtect(app)
    languages = Languages(project_catalogue(), default=suite.lang, zone=suite.zone)
    speak(app, languages, show=show, tell=say, refusals=BillingError)
    serve_assets(app)
    offer_themes(app)
    dress(app)
    views.offer_views(app)
    app.register_blueprint(ops({"database": runtime.check_database}))
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    handle_troubles(app)
    note_partner_health(app, runtime)
    guard(app)
    return app
