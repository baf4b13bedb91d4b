"""Pages for browsers: what the servers are doing, and the player."""

from flask import Blueprint, Response, current_app, render_template, request

from .place import Place
from .words import WORDS, language

POLICY = (
    "default-src 'self'; media-src 'self' blob:; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors *"
)

bp = Blueprint("pages", __name__)


@bp.after_app_request
def protect(response: Response) -> Response:
    """Own files only; signed links go nowhere and are not kept."""
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


@bp.get("/")
def index() -> str:
    """Who watches where, and what the handler has answered."""
    place: Place = current_app.extensions["nimble"]
    return render_template("index.html", servers=[each.state() for each in place.servers], config=place.config)


@bp.get("/player")
def player() -> str:
    """Plays the stream whose signed link stands behind the #."""
    spoken = language(request.accept_languages)
    return render_template("player.html", lang=spoken, words=WORDS[spoken])
