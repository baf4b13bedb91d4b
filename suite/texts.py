"""Refusals in the reader's language."""

from datetime import UTC, date, datetime, tzinfo
from enum import Enum

from billing.errors import BillingError
from billing.money import Money
from billing.periods import Month
from ppv_module.chat.earnings.mills import Mills
from suite.settings import PROJECT
from weblib.i18n import Catalogue, format_date, format_datetime, format_month


def project_catalogue() -> Catalogue:
    """The texts that ship with the suite."""
    return Catalogue.load(PROJECT / "translations")


def say(error: BillingError, lang: str, *, zone: tzinfo = UTC, catalogue: Catalogue | None = None) -> str:
    """The sentence that tells a person in `lang` what `error` refuses, with times as seen in `zone`.

    Nothing is escaped: templates do that. A fact that the error lacks shows as "…", because a refusal must not fail.
    """
    texts = catalogue or project_catalogue()
    shown = {name: show(fact, lang, zone=zone, catalogue=texts) for name, fact in error.facts.items()}
    return texts.gettext(lang, error.text) % _Facts(shown)


def show(fact: object, lang: str, *, zone: tzinfo = UTC, catalogue: Catalogue | None = None) -> str:
    """One fact for people: amounts, months, times and states in `lang`, anything else as it is."""
    texts = catalogue or project_catalogue()
    match fact:
        case Money() | Mills():
            return _amount(fact, lang, texts)
        case Month():
            return format_month(str(fact), lang)
        case datetime():
            return format_datetime(fact, lang, zone)
        case date():
            return format_date(fact, lang)
        case Enum():
            return texts.gettext(lang, str(fact.value))
    return str(fact)


def _amount(fact: Money | Mills, lang: str, texts: Catalogue) -> str:
    if isinstance(fact, Mills):
        return texts.format_mills(fact.mills, fact.unit, lang)
    return texts.format_money(fact.minor, fact.unit, lang)


class _Facts(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "…"
