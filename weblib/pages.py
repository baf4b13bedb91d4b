"""Pages for people: their language, by a button, else by the browser, else the operator's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import partial

from flask import Flask, current_app, g, redirect, request
from flask.typing import ResponseReturnValue

from weblib.i18n import (
    LANGUAGES,
    Catalogue,
    format_date,
    format_datetime,
    format_month,
    format_number,
    format_short,
    format_short_month,
    pick_language,
)
from weblib.rights import public

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


Show = Callable[..., str]
"""`show(value, language, zone=, catalogue=)` puts one value into words."""


@dataclass(frozen=True)
class _Speech:
    languages: Languages
    show: Show
    tell: Show
    refusals: type[Exception] | None


def speak(
    app: Flask,
    languages: Languages,
    *,
    show: Show = lambda value, *_, **__: str(value),
    tell: Show = lambda error, *_, **__: str(error),
    refusals: type[Exception] | None = None,
) -> None:
    """Give `app` its language: `POST /language`, for views `gettext` and `ngettext`, for templates `_`, `ngettext_`,
    `lang`, `languages`, and the filters `money(unit)` of minor units, `mills(unit)` of thousandths, `number`, `month`
    of YYYY-MM, `moment`, `date`, `short` of both and `short_month` for tables, and `shown` of any value.

    `show` puts values of the app's own kinds into words, `tell` its refusals, whose common class is `refusals`.
    """
    app.extensions["speech"] = _Speech(languages, show, tell, refusals)
    app.jinja_env.filters.update(money=_money, mills=_mills, number=_number, month=_month, shown=shown)
    app.jinja_env.filters.update(moment=_moment, date=_date, short=_short, short_month=_short_month)
    app.jinja_env.globals.update(_=gettext, ngettext_=ngettext)  # for parts that are imported without their page
    app.context_processor(_for_templates)
    app.add_url_rule("/language", view_func=choose_language, methods=["POST"])


def gettext(text: str, /, **facts: object) -> str:
    """`text` in the language of the request."""
    return _languages().catalogue.gettext(language(), text, **facts)


_ = gettext


def ngettext(singular: str, plural: str, number: int, /, **facts: object) -> str:
    """The form that `number` wants, in the language of the request; `%(num)s` shows it."""
    return _languages().catalogue.ngettext(language(), singular, plural, number, **facts)


def shown(value: object) -> str:
    """`value` in words, in the language of the request: nothing is a dash, amounts, months, times, states, text."""
    match value:
        case None | "":
            return "—"
        case bool():
            return _("yes") if value else _("no")
        case int():
            return _number(value)
    speech = _speech()
    return speech.show(value, language(), zone=speech.languages.zone, catalogue=speech.languages.catalogue)


def tell(refusal: Exception) -> str:
    """The sentence that tells a refusal, in the language of the request."""
    speech = _speech()
    return speech.tell(refusal, language(), zone=speech.languages.zone, catalogue=speech.languages.catalogue)


def is_refusal(error: Exception) -> bool:
    """Whether `error` is an anticipated refusal of this app, not a defect."""
    kind = _speech().refusals
    return kind is not None and isinstance(error, kind)


@public
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
    if "lang" not in g:
        languages, picked = _languages(), request.cookies.get(COOKIE, "")
        accepted = request.headers.get("Accept-Language")
        best = pick_language(accepted, languages.default, languages.offered)
        g.lang = picked if picked in languages.offered else best
    return str(g.lang)


def _for_templates() -> dict[str, object]:
    """A page asks for dozens of texts, so its language is settled once."""
    languages, lang = _languages(), language()
    return {
        "_": partial(languages.catalogue.gettext, lang),
        "ngettext_": partial(languages.catalogue.ngettext, lang),
        "lang": lang,
        "languages": {code: NAMES[code] for code in languages.offered},
    }


def _money(minor: int, unit: str) -> str:
    return _languages().catalogue.format_money(minor, unit, language())


def _mills(mills: int, unit: str) -> str:
    return _languages().catalogue.format_mills(mills, unit, language())


def _number(number: int) -> str:
    return format_number(number, language())


def _month(period: object) -> str:
    return format_month(str(period), language())


def _moment(instant: datetime) -> str:
    return format_datetime(instant, language(), _languages().zone)


def _short_month(period: object) -> str:
    return format_short_month(str(period), language())


def _short(when: date) -> str:
    return format_short(when, language(), _languages().zone)


def _date(day: date) -> str:
    return format_date(day, language())


def zone() -> tzinfo:
    """Where the readers' clock hangs."""
    return _languages().zone


def _languages() -> Languages:
    return _speech().languages


def _speech() -> _Speech:
    speech: _Speech = current_app.extensions["speech"]
    return speech
