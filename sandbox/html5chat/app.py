"""The Flask application: pages, what they ask for, status calls, and the control endpoints when they are wanted."""

import time
from collections.abc import Callable

from flask import Flask, Response

from . import control, pages, rest, seats
from .config import Config
from .place import Place

EXTENSION = "html5chat"
LONGEST_BODY = 16 * 1024


def create_app(config: Config, now: Callable[[], float] = time.time) -> Flask:
    """An application with a chat server of its own, which is `app.extensions["html5chat"]`."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
    app.extensions[EXTENSION] = Place(config, now)
    for blueprint in (pages.bp, seats.bp, rest.bp):
        app.register_blueprint(blueprint)
    if config.control:
        app.register_blueprint(control.bp)

    @app.get("/healthz")
    def health() -> Response:
        """Ready to answer."""
        return Response("ok\n", content_type="text/plain")

    return app
