"""The Flask application: the page to pay at, the verifier, the list of payments, and control when it is wanted."""

from flask import Blueprint, Flask, Response, current_app, request
from flask.typing import ResponseReturnValue

from . import control, page
from .bank import Bank
from .config import Config

EXTENSION = "paypal"
QUESTION = b"cmd=_notify-validate&"

api = Blueprint("api", __name__)


def create_app(config: Config) -> Flask:
    """An application with its own bank, which is `app.extensions["paypal"]`."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 256 * 1024
    app.extensions[EXTENSION] = Bank(config)
    app.register_blueprint(api)
    app.register_blueprint(page.bp)
    if config.control:
        app.register_blueprint(control.bp)
    return app


@api.get("/healthz")
def health() -> Response:
    """Ready to answer."""
    return _plain("ok\n")


@api.route("/cgi-bin/webscr", methods=["GET", "POST"])
def webscr() -> ResponseReturnValue:
    """Everything of PayPal's old interface is under this one address."""
    raw = request.get_data(cache=True)
    if request.method == "POST" and raw.startswith(b"cmd=_notify-validate"):
        return _verify(raw)
    return page.show(request.values)


def _verify(raw: bytes) -> Response:
    """VERIFIED for what was sent from here, to the byte; INVALID for anything else."""
    bank: Bank = current_app.extensions[EXTENSION]
    if not request.headers.get("User-Agent"):
        return _plain("Access Denied", 403)
    if bank.verifier == "broken":
        return _plain("", 503)
    if bank.verifier == "html":
        return Response("<html>Sorry, we will be back soon.</html>", content_type="text/html")
    is_ours = raw.startswith(QUESTION) and bank.has_written(raw.removeprefix(QUESTION))
    return _plain("VERIFIED" if is_ours and bank.verifier != "invalid" else "INVALID")


def _plain(text: str, status: int = 200) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")
