"""The Flask application: segments, pages, and the control endpoints when they are wanted."""

import time
from collections.abc import Callable

from flask import Flask, Response

from . import control, pages, watching
from .config import Config
from .place import Place

EXTENSION = "nimble"
LONGEST_BODY = 1024 * 1024


def create_app(config: Config, now: Callable[[], float] = time.time) -> Flask:
    """An application with media servers of its own, which are `app.extensions["nimble"]`."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
    app.extensions[EXTENSION] = Place(config, now)
    for blueprint in (pages.bp, watching.bp):
        app.register_blueprint(blueprint)
    if config.control:
        app.register_blueprint(control.bp)

    @app.get("/healthz")
    def health() -> Response:
        """Ready to answer."""
        return Response("ok\n", content_type="text/plain")

    return app
