"""The Flask application: the API itself, the page, and the control endpoints when they are wanted."""

from time import perf_counter

from flask import Blueprint, Flask, Response, current_app, request

from . import control, mischief, page
from .ask import utc_text
from .config import Config
from .faults import Fault
from .methods import AUTH, METHODS, NAMES
from .partner import Call, Partner

EXTENSION = "ispapi"

api = Blueprint("api", __name__)


def create_app(config: Config) -> Flask:
    """An application with its own partner, which is `app.extensions["ispapi"]`.

    :raises CatalogueError, FaultError, sqlite3.Error, OSError: a setting cannot be used
    """
    app = Flask(__name__)
    app.extensions[EXTENSION] = Partner(config)
    app.register_blueprint(api)
    app.register_blueprint(page.bp)
    if config.control:
        app.register_blueprint(control.bp)
    return app


@api.get("/healthz")
def health() -> Response:
    """Ready to answer."""
    return Response("ok\n", content_type="text/plain")


@api.route("/ispAPI/<method>/", methods=["GET", "POST"], strict_slashes=False)
def call(method: str) -> Response:
    """Answer one call of the API, or spoil it when a fault falls on it."""
    if method not in NAMES:
        return mischief.as_json({"message": "Unknown method"}, 404)
    if request.method == "GET" and not (method in METHODS and METHODS[method].reads):
        return mischief.as_json({"message": "Use POST"}, 405)
    started = perf_counter()
    partner: Partner = current_app.extensions[EXTENSION]
    params = request.values.to_dict()
    fault = partner.faults.draw(method)
    status: int | None = None
    response = mischief.spoil_before(partner, fault, params.get("hash", ""))
    if response is None:
        body = partner.answer(method, params)
        status = int(str(body["status"]))
        response = mischief.answer(body, fault)
    partner.calls.add(_logged(method, params, status, fault, started))
    return response


def _logged(method: str, params: dict[str, str], status: int | None, fault: Fault | None, started: float) -> Call:
    who = "" if method == AUTH else next((params[n] for n in ("account", "email", "id") if params.get(n)), "")
    sub_id = params.get("sub_id") or params.get("new_sub_id", "")
    return Call(utc_text(), method, who, sub_id, status, round((perf_counter() - started) * 1000, 1), fault)
