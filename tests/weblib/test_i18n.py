"""Texts, amounts and dates in three languages."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from weblib.i18n import (
    LANGUAGES,
    Catalogue,
    format_date,
    format_datetime,
    format_month,
    format_number,
    format_short_month,
    pick_language,
)

UKRAINIAN = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : "
"n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\\n"

msgid "Good day, %(name)s."
msgstr "Добрий день, %(name)s."

#, fuzzy
msgid "Not sure."
msgstr "Мабуть."

msgid "%(num)s credit"
msgid_plural "%(num)s credits"
msgstr[0] "%(num)s кредит"
msgstr[1] "%(num)s кредити"
msgstr[2] "%(num)s кредитів"
"""


@pytest.fixture
def catalogue(tmp_path):
    messages = tmp_path / "uk" / "LC_MESSAGES" / "messages.po"
    messages.parent.mkdir(parents=True)
    messages.write_text(UKRAINIAN, encoding="utf-8")
    return Catalogue.load(tmp_path)


def test_a_month_in_a_table_is_short():
    assert [format_short_month("2026-11", lang) for lang in LANGUAGES] == ["11.2026", "11.2026", "Nov 2026"]


def test_a_text_is_translated_and_its_places_are_filled(catalogue):
    assert catalogue.gettext("uk", "Good day, %(name)s.", name="Олено") == "Добрий день, Олено."


@pytest.mark.parametrize("lang", ["ru", "en", "xx"])
def test_without_a_catalogue_a_text_stays_english(catalogue, lang):
    assert catalogue.gettext(lang, "Good day, %(name)s.", name="Ann") == "Good day, Ann."


def test_a_translation_that_nobody_confirmed_is_not_shown(catalogue):
    assert catalogue.gettext("uk", "Not sure.") == "Not sure."


def test_a_text_without_facts_may_hold_a_percent_sign(catalogue):
    assert catalogue.gettext("uk", "100% sure.") == "100% sure."


def test_a_directory_is_read_once(catalogue, tmp_path):
    assert Catalogue.load(tmp_path) is catalogue


@pytest.mark.parametrize(
    ("minor", "unit", "lang", "shown"),
    [
        (123450, "UAH", "uk", "1\u202f234,50\u202f₴"),
        (123450, "UAH", "ru", "1\u202f234,50\u202f₴"),
        (123450, "UAH", "en", "1,234.50\u202fUAH"),
        (-5, "UAH", "uk", "-0,05\u202f₴"),
        (0, "UAH", "uk", "0,00\u202f₴"),
        (10**12 + 1, "UAH", "en", "10,000,000,000.01\u202fUAH"),
        (1, "CRD", "uk", "1 кредит"),
        (3, "CRD", "uk", "3 кредити"),
        (11, "CRD", "uk", "11 кредитів"),
        (1234, "CRD", "uk", "1\u202f234 кредити"),
        (-2, "CRD", "uk", "-2 кредити"),
        (1, "CRD", "en", "1 credit"),
        (2000, "CRD", "en", "2,000 credits"),
    ],
)
def test_money_looks_as_people_of_the_language_write_it(catalogue, minor, unit, lang, shown):
    assert catalogue.format_money(minor, unit, lang) == shown


@pytest.mark.parametrize(
    ("lang", "day", "moment", "month", "number"),
    [
        ("uk", "22 листопада 2026 р.", "23 листопада 2026 р., 00:05", "листопад 2026 р.", "1 234 567"),
        ("ru", "22 ноября 2026 г.", "23 ноября 2026 г., 00:05", "ноябрь 2026 г.", "1 234 567"),
        ("en", "22 November 2026", "23 November 2026, 00:05", "November 2026", "1,234,567"),
    ],
)
def test_dates_months_and_numbers_follow_the_language_and_the_operators_clock(lang, day, moment, month, number):
    late = datetime(2026, 11, 22, 22, 5, tzinfo=UTC)
    shown = [
        format_date(date(2026, 11, 22), lang),
        format_datetime(late, lang, ZoneInfo("Europe/Kyiv")),
        format_month("2026-11", lang),
        format_number(1234567, lang),
    ]
    assert [text.replace("\u202f", " ") for text in shown] == [day, moment, month, number]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("uk-UA,uk;q=0.9,en;q=0.5", "uk"),
        ("de, ru;q=0.4, en;q=0.8", "en"),
        ("ru", "ru"),
        ("de,fr", "uk"),
        ("*", "uk"),
        ("", "uk"),
        (None, "uk"),
        ("\x00;q=x,,", "uk"),
    ],
)
def test_a_browser_gets_the_language_it_likes_best(header, language):
    assert pick_language(header, "uk") == language


def test_a_browser_that_takes_anything_gets_the_default():
    assert pick_language("*", "en") == "en"
