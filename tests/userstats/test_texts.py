"""Every word of the cabinet comes from the catalogues, the billing or the operator, in every state of every page."""

import copy
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import ChoiceLoader, DictLoader
from werkzeug.test import TestResponse

import userstats
from tests.userstats.conftest import send, sign_in
from tests.userstats.fake import FakeBilling, filled, uah
from tests.userstats.samples import CHALLENGE, DARK, NEWS, SHORT, STATEMENT, WATCHING, Sample
from tests.userstats.samples import SAMPLES as TV_SAMPLES
from tests.userstats.samples import SILENT as TV_SILENT
from tests.userstats.samples_chat import CHAT_SAMPLES, CHAT_SILENT
from tests.userstats.samples_studio import STUDIO_SAMPLES, STUDIO_SILENT
from tests.userstats.samples_watch import WATCH_SAMPLES
from tests.userstats.texts import bare, mark_texts, marked, quoted, said, strays, unasked
from weblib.i18n import LANGUAGES, format_date, format_month, format_short

MODULES = sorted(path for path in Path(userstats.__file__).parent.glob("*.py") if path.name != "settings.py")
"""What `settings.py` says is for the operator, in the language of the program."""

TEMPLATES = sorted(Path(userstats.__file__).parent.glob("templates/**/*.html"))
KYIV = timezone(timedelta(hours=2))
VISIT = {
    "token": "t-1",
    "login": "ivan",
    "visitor": "olena",
    "expires_at": "2026-11-22T12:00:00+02:00",
}
SAMPLES = {**TV_SAMPLES, **CHAT_SAMPLES, **STUDIO_SAMPLES, **WATCH_SAMPLES}
SILENT = {**TV_SILENT, **CHAT_SILENT, **STUDIO_SILENT}
EVERY = [
    pytest.param(sample, id=f"{method} {sample.path} {number}")
    for (method, _rule), samples in SAMPLES.items()
    for number, sample in enumerate(samples)
]


def arranged(billing: FakeBilling, sample: Sample) -> None:
    """Have the billing say what the sample wants, with marks around its words."""
    for name, (status, body) in {**filled().answers, "POST sessions/visit": (201, VISIT)}.items():
        billing.says(name, marked(copy.deepcopy(body)), status)
    for name, told in sample.says.items():
        status, body = told if isinstance(told, tuple) else (200, told)
        if status == DARK:
            status, body = 500, {"code": "defect", "detail": "", "facts": {}}
        billing.says(name, marked(copy.deepcopy(body)), status)


def entered(app: Flask, billing: FakeBilling, sample: Sample) -> FlaskClient:
    """A browser that came in as the sample wants it."""
    browser = app.test_client()
    if sample.entry == "password":
        assert sign_in(browser).status_code == 303
    if sample.entry == "visit":
        assert browser.post("/visit", data={"ticket": "t"}).status_code == 303
    if sample.entry == "code":
        usual = billing.answers["POST sessions"]
        billing.says("POST sessions", CHALLENGE, 201)
        assert sign_in(browser).location == "/sign-in/code"
        billing.answers["POST sessions"] = usual
    return browser


@pytest.fixture
def shown(build, billing) -> Callable[..., TestResponse]:
    """Show a sample: the answer that a browser ends at."""

    def show(sample: Sample, **options: object) -> TestResponse:
        arranged(billing, sample)
        app = build(currency="₴", **{**sample.options, **options})
        signed = entered(app, billing, sample)
        if sample.form is None:
            return signed.get(sample.path, follow_redirects=True)
        answer = send(signed, sample.path, **sample.form)
        return signed.get(answer.location) if answer.status_code == 303 else answer

    return show


def test_every_address_has_samples(cabinet):
    known = {
        (method, rule.rule)
        for rule in cabinet.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule not in SILENT
    }
    assert sorted(known - {*SAMPLES}) == [], "addresses without a sample"
    assert sorted({*SAMPLES} - known) == [], "samples without an address"
    assert {*SILENT} <= {rule.rule for rule in cabinet.url_map.iter_rules()}
    assert all(SAMPLES.values())


@pytest.mark.parametrize("sample", EVERY)
def test_nothing_is_said_past_the_catalogues(sample, shown, monkeypatch):
    mark_texts(monkeypatch)

    answer = shown(sample)

    assert answer.status_code == sample.status, said(answer)
    assert said(answer), "nothing is shown"
    assert strays(answer) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_branch_of_a_template_says_something_by_itself(path):
    source = path.read_text()
    assert bare(source) == []
    assert list(quoted(source)) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_module_says_something_by_itself(path):
    assert list(unasked(path.read_text())) == []


PLANTED = """{% extends "base.html" %}{% import "parts.html" as parts with context %}
{% block title %}{{ _("Home") }}{% endblock %}{% block main %}<PART>{% endblock %}"""


@pytest.mark.parametrize(
    ("part", "stray"),
    [
        ("<p>Hello</p>", ("p", "Hello")),
        ("<p>{{ _('Balance') }} of the wallet</p>", ("p", "⟦Balance⟧ of the wallet")),
        ("<p>{{ 'Hello' }}</p>", ("p", "Hello")),
        ("{{ parts.button('Top up', '/tv') }}", ("a", "Top up")),
        ("<p>{{ lang }}</p>", ("p", "en")),
        ("<img src='/x.png' alt='A wallet'>", ("img alt", "A wallet")),
        ("<button title='More'>…</button>", ("button title", "More")),
        ("<nav aria-label='Pages'></nav>", ("nav aria-label", "Pages")),
        ("<input placeholder='Login'>", ("input placeholder", "Login")),
        ("<input type='submit' value='Send'>", ("input value", "Send")),
        ("<meta name='description' content='Television'>", ("meta content", "Television")),
        ("<button data-copied='Copied'>⧉</button>", ("button data-copied", "Copied")),
        ("<button lang='uk'>English</button>", ("button", "English")),
    ],
)
def test_a_text_that_is_planted_is_found(part, stray, build, billing, monkeypatch):
    mark_texts(monkeypatch)
    app = build()
    app.jinja_loader = ChoiceLoader([DictLoader({"home.html": PLANTED.replace("<PART>", part)}), app.jinja_loader])
    arranged(billing, Sample("/"))
    browser = entered(app, billing, Sample("/"))

    assert strays(browser.get("/")) == [stray]


@pytest.mark.parametrize(
    "part", ["<p>{% if never %}Hello{% endif %}</p>", "{% if never %}{{ parts.note('Hello there') }}{% endif %}"]
)
def test_a_text_in_a_branch_that_is_never_taken_is_found(part):
    source = PLANTED.replace("<PART>", part)
    assert bare(source) or list(quoted(source))


WORDS = [
    ("GET", "/"),
    ("GET", "/tv"),
    ("GET", "/devices"),
    ("GET", "/history"),
    ("GET", "/account"),
    ("GET", "/sign-in"),
]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("address", WORDS, ids=lambda each: each[1])
def test_a_page_says_in_which_language_it_is(lang, address, shown):
    page = shown(SAMPLES[address][0], lang=lang).get_data(as_text=True)
    assert f'<html lang="{lang}">' in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_money_and_days_are_written_as_the_language_writes_them(lang, shown, build):
    rich = WATCHING | {"wallet": {"balance": uah(1234.5), "held": uah(0), "available": uah(1234.5)}}
    says = {"GET me": rich | {"next_charge": SHORT}, "GET news": NEWS, "GET me/statement": STATEMENT}

    first = " ".join(text for _place, text in said(shown(Sample("/", says), lang=lang)))
    for wanted in (
        {"uk": "1 234,50 ₴", "ru": "1 234,50 ₴", "en": "1,234.50 ₴"}[lang].replace(" ", "\u202f"),
        format_date(date(2026, 12, 1), lang),
        format_date(date(2026, 11, 10), lang),
    ):
        assert wanted in first
    paper = " ".join(text for _place, text in said(shown(Sample("/history?month=2026-11", says), lang=lang)))
    moment = datetime(2026, 11, 10, 11, 0, tzinfo=KYIV)
    for wanted in (
        format_month("2026-11", lang),
        format_short(moment, lang, KYIV),
        {"en": "110.00"}.get(lang, "110,00"),
    ):
        assert wanted in paper


ENGLISH = re.compile(r"\b(?:the|you|your|is|are|not|with|and|for|of|to|this|it|on|off|in)\b", re.IGNORECASE)


@pytest.mark.parametrize("lang", ["uk", "ru"])
def test_no_page_falls_back_to_english(lang, shown):
    """What the catalogue lacks comes out in English; the words that no English sentence does without give it away."""
    left = [
        (sample.path, place, text)
        for samples in SAMPLES.values()
        for sample in samples[:1]
        if sample.path != "/language"  # asks for English
        for place, text in said(shown(sample, lang=lang))
        if ENGLISH.search(re.sub(r"‹[^›]*›", "", text))
    ]
    assert left == []
