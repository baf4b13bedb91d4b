"""The panel as a Flask app."""

from datetime import timedelta

from flask import Flask, session
from flask_wtf.csrf import CSRFProtect

from panel import overview, signin
from panel.troubles import handle_troubles
from suite.runtime import Runtime
from suite.texts import project_catalogue
from weblib.ops import ops
from weblib.pages import Languages, speak
from weblib.requestid import request_ids
from weblib.security import secure

SESSION = timedelta(hours=12)


def create_app(runtime: Runtime) -> Flask:
    """The staff panel.

    :raises Misconfigured: there is no session key
    """
    app, suite = Flask(__name__), runtime.settings.suite
    app.extensions["runtime"] = runtime
    app.config.update(
        SECRET_KEY=runtime.settings.session_key(),
        PERMANENT_SESSION_LIFETIME=SESSION,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        MAX_CONTENT_LENGTH=1_000_000,
    )
    request_ids(app)
    secure(app)
    CSRFProtect(app)
    speak(app, Languages(project_catalogue(), default=suite.lang, zone=suite.zone))
    app.register_blueprint(ops({"database": runtime.check_database}))
    app.register_blueprint(signin.bp)
    app.register_blueprint(overview.bp)
    handle_troubles(app)
    app.context_processor(lambda: {"person": session.get("login", "")})
    return app
