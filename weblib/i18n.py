"""Texts, amounts and dates in the reader's language; English is the language of the source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Self

from babel import Locale, dates, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

LANGUAGES = ("uk", "ru", "en")
LOCALES = {"uk": Locale("uk", "UA"), "ru": Locale("ru", "UA"), "en": Locale("en", "GB")}
AMOUNT, WHOLE = numbers.parse_pattern("#,##0.00"), numbers.parse_pattern("#,##0")
FINE = numbers.parse_pattern("#,##0.000")
DAYS_KEPT = 2000
CREDITS = "CRD"
NARROW_SPACE = "\u202f"
ENGLISH = NullTranslations()


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The translated texts of every language; a text without a translation stays English."""

    translations: Mapping[str, NullTranslations]

    @classmethod
    @cache
    def load(cls, directory: Path, languages: Sequence[str] = LANGUAGES) -> Self:
        """Read `directory/<language>/LC_MESSAGES/messages.po`, once per process. Missing files mean English."""
        return cls({language: _translations(directory, language) for language in languages})

    def gettext(self, lang: str, text: str, /, **facts: object) -> str:
        """`text` in `lang`, its `%(name)s` places filled when there are facts."""
        translated = self._texts(lang).gettext(text)
        return translated % facts if facts else translated

    def ngettext(self, lang: str, singular: str, plural: str, number: int, /, **facts: object) -> str:
        """The form that `number` wants; it fills `%(num)s`, written with groups, unless a fact `num` is given."""
        translated = self._texts(lang).ngettext(singular, plural, abs(number))
        return translated % ({"num": format_number(number, lang)} | facts)

    def format_money(self, minor: int, unit: str, lang: str) -> str:
        """`minor` units for people: `1 234,50 ₴`, in English `1,234.50 UAH`, credits as `5 кредитів`."""
        if unit == CREDITS:
            return self.ngettext(lang, "%(num)s credit", "%(num)s credits", minor)
        # The ledger counts every currency in hundredths, whatever its own custom is.
        return _with_symbol(numbers.format_decimal(Decimal(minor) / 100, AMOUNT, locale=_locale(lang)), unit, lang)

    def format_mills(self, mills: int, unit: str, lang: str) -> str:
        """Thousandths of a currency for people: `1 234,500 ₴`."""
        return _with_symbol(numbers.format_decimal(Decimal(mills) / 1000, FINE, locale=_locale(lang)), unit, lang)

    def _texts(self, lang: str) -> NullTranslations:
        return self.translations.get(lang, ENGLISH)


def _with_symbol(amount: str, unit: str, lang: str) -> str:
    symbol = unit if lang == "en" else numbers.get_currency_symbol(unit, _locale(lang))
    return _narrow(f"{amount} {symbol}")


def pick_language(accept_header: str | None, default: str, languages: Sequence[str] = LANGUAGES) -> str:
    """The best of `languages` for an Accept-Language header; without a match the default."""
    wanted = parse_accept_header(accept_header, LanguageAccept)
    default_first = sorted(languages, key=lambda language: language != default)
    return wanted.best_match(default_first, default)


def format_number(number: int, lang: str) -> str:
    """A whole number with its groups: `1 234`."""
    return _narrow(numbers.format_decimal(number, WHOLE, locale=_locale(lang)))


@lru_cache(maxsize=DAYS_KEPT)
def format_date(day: date, lang: str) -> str:
    """`22 листопада 2026 р.`, `22 ноября 2026 г.`, `22 November 2026`."""
    return dates.format_date(day, "long", locale=_locale(lang))


def format_datetime(instant: datetime, lang: str, zone: tzinfo) -> str:
    """An aware instant as the clock on the wall of `zone` shows it: `22 листопада 2026 р., 09:05`."""
    local = instant.astimezone(zone)
    return f"{format_date(local.date(), lang)}, {local:%H:%M}"


def format_short(when: date, lang: str, zone: tzinfo) -> str:
    """A day, or an aware instant in `zone`, as tables have room for: `22.11.2026, 09:05`, `22 Nov 2026, 09:05`."""
    local = when.astimezone(zone) if isinstance(when, datetime) else when
    day = dates.format_date(local, "medium" if lang == "en" else "dd.MM.yyyy", locale=_locale(lang))
    return f"{day}, {local:%H:%M}" if isinstance(local, datetime) else day


def format_short_month(month: str, lang: str) -> str:
    """A period `YYYY-MM` as tables have room for: `11.2026`, `Nov 2026`."""
    return dates.format_date(date.fromisoformat(f"{month}-01"), "MMM y" if lang == "en" else "MM.y", _locale(lang))


@lru_cache(maxsize=DAYS_KEPT)
def format_month(month: str, lang: str) -> str:
    """A period `YYYY-MM`: `листопад 2026 р.`, `November 2026`."""
    return dates.format_skeleton("yMMMM", date.fromisoformat(f"{month}-01"), locale=_locale(lang))


def _locale(lang: str) -> Locale:
    return LOCALES.get(lang, LOCALES["en"])


def _narrow(text: str) -> str:
    """No line may break inside an amount, and the gaps in it are narrow."""
    return text.replace("\u00a0", NARROW_SPACE).replace(" ", NARROW_SPACE)


def _translations(directory: Path, language: str) -> NullTranslations:
    path = directory / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return ENGLISH
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))  # without a locale the plural rule would be lost
    compiled.seek(0)
    return GNUTranslations(compiled)
