"""The Ukrainian and Russian texts, read against `docs/glossary.md`: one word for one thing, and natives' spelling."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from suite.texts import project_catalogue
from tests.suite.glossary import ENDS, faults, tables, terms
from tools.catalogues import load
from weblib.i18n import format_date, format_datetime, format_month, format_short

TERMS, FAULTS = terms(), faults()
FORMS = 3
PLACE = re.compile(r"%\(\w+\)s|%%")
ENDINGS = ".:?…"
FOREIGN = {"uk": "ыэъё", "ru": "іїєґ"}
NAMES = {
    *("API", "Authorization", "Bearer", "CSV", "Idempotency-Key", "MAC", "QR", "XLSX", "RemoteAPI", "SQLAlchemy"),
    *("ispAPI", "X-Forwarded", "X-Subject-Nonce", "X-Subject-Token", "cabinet", "cron", "crontab", "legacy", "ppv"),
    *(
        "staff-read",
        "module",
        "remoteapi",
        "olltv",
        "audit",
        "figures",
        "rebuild",
        "sub_id",
        "off",
        "optional",
        "required",
    ),
    *(
        "alter",
        "ini",
        "login",
        "domain",
        "errors",
        "MONEY",
        "OLL",
        "TV",
        "oll",
        "tv",
        "Smart",
        "Wi-Fi",
        "VPN",
        "SN",
        "IP",
        "db",
        "cookie",
    ),
    *("Android", "iPhone", "iPad", "Samsung", "LG", "Google", "Play", "App", "Store", "Authenticator", "Aegis", "FAS"),
    *("PayPal", "html", "chat", "conference", "Pay", "per", "view", "webmaster", "id", "creds", "credits", "MD", "UTF"),
    *("CSS", "JSON", "json", "JPEG", "PNG", "WebP", "REST", "https", "example", "api", "media", "JavaScript"),
    *("Chrome", "Edge", "Firefox", "Safari"),
    *("HTTP", "ID", "Puzzle", "URL", "VLC", "gzip", "host", "live", "playlist", "rtmp", "sport"),
    *("conflict", "distinct", "flag", "deny", "deny_account", "deny_newest", "deny_oldest"),
}
"""Words of the names of products, files, options and protocols, which are the same in every language."""

OPTION = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")


@dataclass(frozen=True)
class Entry:
    """A text with its translation, in all its forms."""

    lang: str
    english: tuple[str, ...]
    forms: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.english[0]


def entries() -> Iterator[Entry]:
    for lang in FOREIGN:
        for message in load(lang):
            if message.id:
                yield Entry(lang, _forms(message.id), _forms(message.string))


def _forms(text: object) -> tuple[str, ...]:
    return tuple(str(each or "") for each in (text if isinstance(text, tuple | list) else [text]))


def readable(form: str) -> str:
    """What is left for a reader when the facts are taken out."""
    return PLACE.sub("0", form)


def untidy(entry: Entry) -> Iterator[str]:
    """What a careful typesetter would mark in a translation."""
    if len(entry.forms) != (FORMS if len(entry.english) > 1 else 1) or not all(entry.forms):
        yield "a form is missing"
    for form in entry.forms:
        text = readable(form)
        wrong = {
            "an exclamation mark": "!" in text,
            "letters of the other language": bool(re.search(f"[{FOREIGN[entry.lang]}]", text, re.IGNORECASE)),
            "an apostrophe that is none": bool(re.search(r"[а-яіїєґ]['`ʼ‘*][а-яіїєґ]", text, re.IGNORECASE)),
            "quotes that are not «»": bool(re.search(r"[“”„\"]|(?<!\w)'|'(?!\w)", text)),
            "two blanks": "  " in text or text != text.strip(),
            "a blank before a mark": bool(re.search(r"\w [,.;:?]", text)) and not re.search(r" [,.;:?]", entry.key),
            "another ending than the English": _ending(form) != _ending(entry.key),
            "facts that differ": {*PLACE.findall(form)} != {*PLACE.findall(entry.english[-1])},
        }
        yield from (what for what, is_so in wrong.items() if is_so)


def _ending(text: str) -> str:
    return text[-1] if text.endswith(tuple(ENDINGS)) and not text.endswith("No.") else ""


def english_words(entry: Entry) -> set[str]:
    """Words that were left as they were."""
    found = {word for form in entry.forms for word in re.findall(r"[A-Za-z][A-Za-z_-]*[A-Za-z]", readable(form))}
    return {word for word in found if word not in NAMES and not OPTION.fullmatch(word)}


EXCUSED = {
    "Gone subscribers": "stands in a table of subscribers, beside “New subscribers”",
    "Preview of the monthly run": "names the fee instead of the run",
    "Write one pair a line, like: creds = credits": "names fields of the chat's messages",
}
"""Texts that do without a word of the glossary, and why."""


def other_words(entry: Entry) -> Iterator[tuple[str, str]]:
    """The terms of the glossary that a translation calls by another word, and that form of it."""
    asked = PLACE.sub("", " ".join(entry.english))
    for term in [term for term in TERMS if term.asked.search(asked) and entry.key not in EXCUSED]:
        yield from ((term.english, form) for form in entry.forms if not term.is_used(entry.lang, form))


def faulty_words(entry: Entry) -> list[str]:
    return [hit[0] for form in entry.forms if (hit := FAULTS[entry.lang].search(form))]


@pytest.fixture(scope="module")
def texts() -> list[Entry]:
    return list(entries())


def test_the_texts_are_set_with_care(texts):
    assert [(entry.lang, entry.forms, what) for entry in texts for what in untidy(entry)] == []


def test_no_text_has_a_word_that_the_glossary_warns_of(texts):
    assert [(entry.lang, entry.forms, hits) for entry in texts if (hits := faulty_words(entry))] == []


def test_no_english_is_left(texts):
    assert [(entry.lang, entry.forms, left) for entry in texts if (left := english_words(entry))] == []


def test_one_thing_has_one_word(texts):
    assert [(entry.lang, entry.key, *wrong) for entry in texts for wrong in other_words(entry)] == []


def test_every_excuse_is_needed(texts):
    keys = {entry.key for entry in texts}
    assert {*EXCUSED} <= keys


def uk(english: str, *forms: str) -> Entry:
    return Entry("uk", (english,) if len(forms) == 1 else (english, f"{english}s"), forms)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (uk("Done.", "Готово!"), "an exclamation mark"),
        (uk("Done.", "Готово"), "another ending than the English"),
        (uk("Bind", "Прив'язати"), "an apostrophe that is none"),
        (uk("Bind", "Привязать ы"), "letters of the other language"),
        (uk("All of “it”", 'Усе "це"'), "quotes that are not «»"),
        (uk("Two blanks", "Два  пробіли"), "two blanks"),
        (uk("One, two", "Один , два"), "a blank before a mark"),
        (uk("%(sum)s is missing.", "Бракує коштів."), "facts that differ"),
        (uk("%(num)s row", "%(num)s рядок", "%(num)s рядки", ""), "a form is missing"),
        (uk("%(num)s row", "%(num)s рядок", "%(num)s рядки"), "a form is missing"),
    ],
)
def test_what_is_set_without_care_is_found(entry, told):
    assert told in list(untidy(entry))


@pytest.mark.parametrize(
    ("entry", "hit"),
    [
        (uk("For a month", "На протязі місяця"), "На протязі"),
        (uk("Your wallet", "Ваш гаманець"), "гаманець"),
        (uk("Wrong code", "Невірний код"), "Невірний"),
        (Entry("ru", ("Once more",), ("Попробуйте еще раз",)), "еще"),
    ],
)
def test_a_word_that_the_glossary_warns_of_is_found(entry, hit):
    assert faulty_words(entry) == [hit]


@pytest.mark.parametrize("form", ["Упродовж місяця", "Гамачок", "Повірний"])
def test_only_whole_words_count(form):
    assert faulty_words(uk("Anything", form)) == []


def test_english_that_was_left_and_another_word_are_found():
    assert english_words(uk("Top up", "Поповнити wallet через RemoteAPI і OLLTV_DOMAIN")) == {"wallet"}
    assert list(other_words(uk("Subscriptions", "Передплати"))) == [("subscription", "Передплати")]
    assert list(other_words(uk("Subscriptions", "Підписки"))) == []


def test_the_page_shows_forms_as_the_program_writes_them():
    """Spaces aside: Markdown has no narrow ones."""
    [shown] = [table for table in tables() if "what" in table[0]]
    rows = {row["what"]: row for row in shown}
    moment = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)
    for lang, name in (("uk", "Ukrainian"), ("ru", "Russian"), ("en", "English")):
        written = {
            "money": project_catalogue().format_money(123450, "UAH", lang),
            "day": format_date(moment.date(), lang),
            "time": format_datetime(moment, lang, UTC),
            "month": format_month("2026-11", lang),
            "in a table": format_short(moment, lang, UTC),
        }
        assert {what: text.replace("\u202f", " ") for what, text in written.items()} == {
            what: rows[what][name] for what in written
        }


def test_the_page_says_only_what_it_means():
    """A word cannot be wanted and warned of at once."""
    for term in TERMS:
        for lang, stems in term.stems.items():
            assert stems, term.english
            assert [stem for stem in stems if FAULTS[lang].search(stem.replace(ENDS, ""))] == []
