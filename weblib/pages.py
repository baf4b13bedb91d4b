"""Pages for people: their language, by a button, else by the browser, else the operator's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from flask import Flask, current_app, g, redirect, request
from flask.typing import ResponseReturnValue

from weblib.i18n import LANGUAGES, Catalogue, format_datetime, format_month, format_number, pick_language

COOKIE = "lang"
YEAR_S = 31_536_000
NAMES = {"uk": "Українська", "ru": "Русский", "en": "English"}


@dataclass(frozen=True)
class Languages:
    """What an app speaks: texts, the operator's language and clock, and the languages that people may pick from."""

    catalogue: Catalogue
    default: str = "uk"
    offered: Sequence[str] = LANGUAGES
    zone: tzinfo = UTC


def speak(app: Flask, languages: Languages) -> None:
    """Give `app` its language: `POST /language`, for views `gettext`, for templates `_`, `lang`, `languages`, and the
    filters `money(unit)` of minor units, `number`, `month` of YYYY-MM, and `moment`.
    """
    app.extensions["languages"] = languages
    app.jinja_env.filters.update(money=_money, number=_number, month=_month, moment=_moment)
    app.context_processor(_for_templates)
    app.add_url_rule("/language", view_func=choose_language, methods=["POST"])


def gettext(text: str, /, **facts: object) -> str:
    """`text` in the language of the request."""
    return _languages().catalogue.gettext(language(), text, **facts)


def choose_language() -> ResponseReturnValue:
    """Remember the language that was picked and show the page again."""
    response = redirect(own_path(request.form.get("next", "")), 303)
    if request.form.get("lang") in _languages().offered:
        response.set_cookie(COOKIE, request.form["lang"], max_age=YEAR_S, httponly=True, samesite="Lax")
    return response


def own_path(wanted: str) -> str:
    """`wanted` if it is a path of this site, else the first page: nobody is sent elsewhere by a forged link."""
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_ours else "/"


def language() -> str:
    """The language of the request: what was picked, else what the browser asks for, else the operator's."""
    languages, picked = _languages(), request.cookies.get(COOKIE, "")
    if "lang" not in g:
        accepted = request.headers.get("Accept-Language")
        best = pick_language(accepted, languages.default, languages.offered)
        g.lang = picked if picked in languages.offered else best
    return str(g.lang)


def _for_templates() -> dict[str, object]:
    offered = {code: NAMES[code] for code in _languages().offered}
    return {"_": gettext, "lang": language(), "languages": offered}


def _money(minor: int, unit: str) -> str:
    return _languages().catalogue.format_money(minor, unit, language())


def _number(number: int) -> str:
    return format_number(number, language())


def _month(period: object) -> str:
    return format_month(str(period), language())


def _moment(instant: datetime) -> str:
    return format_datetime(instant, language(), _languages().zone)


def _languages() -> Languages:
    languages: Languages = current_app.extensions["languages"]
    return languages
