"""Values, plurals and refusals in the language of the request."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, render_template_string

from billing.errors import BillingError, NotEnoughMoney
from billing.money import Money
from billing.periods import Month
from olltv_module.models import State
from suite.settings import PROJECT
from suite.texts import say, show
from weblib.i18n import Catalogue
from weblib.pages import Languages, is_refusal, ngettext, shown, speak, tell, zone

NARROW = "\u202f"
KYIV = ZoneInfo("Europe/Kyiv")


@pytest.fixture
def app():
    app = Flask(__name__)
    languages = Languages(Catalogue.load(PROJECT / "translations"), default="uk", zone=KYIV)
    speak(app, languages, show=show, tell=say, refusals=BillingError)
    return app


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "—"),
        ("", "—"),
        (0, "0"),
        (1234567, f"1{NARROW}234{NARROW}567"),
        ("0", "0"),
        (Money(123450, "UAH"), f"1{NARROW}234,50{NARROW}₴"),
        (Month(2026, 11), f"листопад 2026{NARROW}р."),
        (datetime(2026, 11, 22, 7, 5, tzinfo=UTC), f"22 листопада 2026{NARROW}р., 09:05"),
        (date(2026, 11, 22), f"22 листопада 2026{NARROW}р."),
    ],
)
def test_every_kind_of_value_is_put_into_words(app, value, words):
    with app.test_request_context():
        assert shown(value) == words
        assert render_template_string("{{ value|shown }}", value=value) == words


def test_states_and_answers_are_translated(app):
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        assert (shown(True), shown(False), shown(State.ACTIVE)) == ("yes", "no", "active")


def test_plurals_follow_the_number(app):
    with app.test_request_context():
        assert [ngettext("%(num)s credit", "%(num)s credits", number) for number in (1, 2, 5)] == [
            "1 кредит",
            "2 кредити",
            "5 кредитів",
        ]
        text = render_template_string("{{ ngettext_('%(num)s credit', '%(num)s credits', 1000) }}")
        assert text == f"1{NARROW}000 кредитів"


def test_a_refusal_is_told_and_a_defect_is_none(app):
    with app.test_request_context():
        refusal = NotEnoughMoney(lack=Money(500, "UAH"))
        assert tell(refusal) == f"Недостатньо коштів: бракує 5,00{NARROW}₴."
        assert is_refusal(refusal)
        assert not is_refusal(ValueError())
        assert zone() is KYIV


def test_an_app_without_kinds_of_its_own_shows_plain_values():
    app = Flask(__name__)
    speak(app, Languages(Catalogue.load(PROJECT / "translations"), default="en"))
    with app.test_request_context():
        assert shown(Month(2026, 11)) == "2026-11"
        assert tell(ValueError("x")) == "x"
        assert not is_refusal(ValueError())
