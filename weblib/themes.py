"""Light or dark: what a person picked is kept in a cookie, so the server renders it and nothing flickers."""

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue

from weblib.pages import YEAR_S, own_path
from weblib.rights import public

COOKIE = "theme"
THEMES = ("auto", "light", "dark")


def offer_themes(app: Flask) -> None:
    """Give `app` the form target `POST /theme`."""
    app.add_url_rule("/theme", view_func=choose_theme, methods=["POST"])


@public
def choose_theme() -> ResponseReturnValue:
    """Remember the theme that was picked and show the page again; `auto` follows the system."""
    response = redirect(own_path(request.form.get("next", "")), 303)
    if request.form.get("theme") in THEMES:
        response.set_cookie(COOKIE, request.form["theme"], max_age=YEAR_S, httponly=True, samesite="Lax")
    return response
