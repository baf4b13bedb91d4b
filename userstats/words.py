"""Amounts, days and times of the billing's answers, in the words of the page."""

from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache

from babel import Locale
from flask import Flask, current_app

from userstats.remote import Json
from weblib.i18n import CREDITS, NARROW_SPACE, Catalogue, format_date, format_datetime, format_number, format_short
from weblib.pages import gettext as _
from weblib.pages import language
from weblib.pages import ngettext as ngettext_

CODES = Locale("en").currencies
MINUS = "−"

# Browsers name others beside themselves: the first mark that is found counts.
BROWSERS = (
    ("SamsungBrowser", "Samsung Internet"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrom", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Tizen", "Tizen"),
    ("Web0S", "webOS"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def speak_of_money(app: Flask, catalogue: Catalogue, *, sign: str) -> None:
    """Give templates of `app` the filters `amount` and `price` of {"minor", "unit"}, `at` and `at_short` of an instant,
    `day` of a date, `n` of a whole number, `clock` of seconds, and `browser` of what a browser calls itself.

    `sign` is the operator's: the code of a currency, or what stands after an amount. Without one the billing's unit
    is taken.
    """
    app.extensions["amounts"] = lru_cache(maxsize=4096)(_Amounts(catalogue, sign).written)
    app.extensions["prices"] = _Amounts(catalogue, "").written
    app.jinja_env.filters.update(
        price=price,
        amount=amount,
        at=at,
        at_short=at_short,
        day=day,
        n=n,
        clock=clock,
        browser=browser,
        minutes=minutes,
    )


def amount(money: Json) -> str:
    """`1 234,50 ₴`."""
    written: str = current_app.extensions["amounts"](abs(money["minor"]), money["unit"], language())
    return f"{MINUS}{written}" if money["minor"] < 0 else written


def price(money: Json) -> str:
    """What something costs, in its own currency, which need not be that of the accounts."""
    written: str = current_app.extensions["prices"](money["minor"], money["unit"], language())
    return written


def at(instant: str) -> str:
    """An ISO instant as the operator's clock showed it: `22 листопада 2026 р., 09:05`."""
    when, zone = _on_the_wall(instant)
    return format_datetime(when, language(), zone)


def at_short(instant: str) -> str:
    """The same where there is little room: `22.11.2026, 09:05`."""
    when, zone = _on_the_wall(instant)
    return format_short(when, language(), zone)


def day(moment: str) -> str:
    """The day of an ISO date or instant: `22 листопада 2026 р.`."""
    return format_date(date.fromisoformat(moment[:10]), language())


def n(number: int) -> str:
    """A whole number with its groups: `1 234`."""
    return format_number(number, language())


def clock(seconds: int) -> str:
    """So many seconds as a clock counts them: `1:25`, `2:00:05`."""
    minutes, rest = divmod(max(seconds, 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def browser(agent: str) -> str:
    """What a browser is called, as far as it tells: `Firefox, Android`."""
    return known_browser(agent) or _("Another browser")


def known_browser(agent: str) -> str:
    """The same, empty for one that nobody knows."""
    names = [next((name for mark, name in known if mark in agent), "") for known in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, names))


def minutes(milliseconds: int) -> str:
    """How long something was watched: `42 minutes`; what is begun does not count."""
    number = milliseconds // 60_000
    return ngettext_("%(num)s minute", "%(num)s minutes", number) if number else _("less than a minute")


def _on_the_wall(instant: str) -> tuple[datetime, tzinfo]:
    when = datetime.fromisoformat(instant)
    return when, when.tzinfo or UTC


class _Amounts:
    """Writes amounts with the operator's sign."""

    def __init__(self, catalogue: Catalogue, sign: str) -> None:
        self._catalogue, self._sign = catalogue, sign

    def written(self, minor: int, unit: str, lang: str) -> str:
        if not self._sign or unit == CREDITS:
            return self._catalogue.format_money(minor, unit, lang)
        if self._sign in CODES:
            return self._catalogue.format_money(minor, self._sign, lang)
        number, _space, _unit = self._catalogue.format_money(minor, unit, lang).rpartition(NARROW_SPACE)
        return f"{number}{NARROW_SPACE}{self._sign}"
