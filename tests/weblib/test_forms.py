"""Forms speak the reader's language, refuse what cannot be stored, and lose nothing."""

from dataclasses import dataclass
from datetime import date

import pytest
from flask import Flask
from wtforms import StringField

from suite.settings import PROJECT
from weblib.fields import UNSEEN
from weblib.forms import (
    AreaField,
    CheckboxList,
    CheckField,
    ChoiceField,
    DateField,
    Filter,
    Form,
    KeyField,
    MoneyField,
    MonthField,
    NumberField,
    ReasonField,
    SecretField,
    SeenField,
    TextField,
)
from weblib.i18n import Catalogue
from weblib.pages import Languages, speak


class Refusal(Exception):
    def __init__(self, status=409, **facts):
        self.http_status, self.facts = status, facts


@dataclass(frozen=True)
class Amount:
    minor: int

    def plain(self):
        return f"{self.minor / 100:.2f}"


def amount(text):
    if not text.replace(",", "").isdigit():
        raise Refusal(422, field="amount")
    return Amount(round(float(text.replace(",", ".")) * 100))


class Everything(Form):
    name = TextField("Name", required=True, most=10)
    note = AreaField("Note")
    why = ReasonField()
    password = SecretField("Password", required=False, least=8)
    fee = MoneyField("Fee", parse=amount)
    month = MonthField()
    day = DateField()
    number = NumberField("Number", least=1, most=9)
    kind = ChoiceField("Language", choices=[("a", "Sign in"), ("b", "Sign out")])
    rights = CheckboxList("Rights", choices=[("x", "Sign in"), ("y", "Sign out")])
    sure = CheckField("Sure", required=True)
    seen = SeenField()
    key = KeyField()


GOOD = {"name": "Ivan", "why": "because", "sure": "y", "seen": "3", "key": "k" * 8}


@pytest.fixture
def app():
    app = Flask(__name__)
    app.config.update(SECRET_KEY="k", WTF_CSRF_ENABLED=False)
    languages = Languages(Catalogue.load(PROJECT / "translations"), default="en")
    speak(app, languages, tell=lambda error, lang, **_: f"refused {error.facts}", refusals=Refusal)
    return app


@pytest.fixture
def send(app):
    """The form as it is after it was sent."""

    def sent(of=Everything, lang="en", **fields):
        with app.test_request_context(method="POST", data=GOOD | fields, headers={"Cookie": f"lang={lang}"}):
            form = of()
            form.sound = form.validate()
            return form

    return sent


def test_good_input_is_read_into_values(send):
    form = send(
        name="  Ivan ",
        note=" one\r\ntwo ",
        fee="49,90",
        month="2026-11",
        day="22.11.2026",
        number=" 7 ",
        kind="b",
        rights=["x", "y"],
    )
    assert form.sound, form.errors
    assert form.data == {
        "name": "Ivan",
        "note": "one\ntwo",
        "why": "because",
        "password": None if form.password.data is None else "",
        "fee": Amount(4990),
        "month": "2026-11",
        "day": date(2026, 11, 22),
        "number": 7,
        "kind": "b",
        "rights": ["x", "y"],
        "sure": True,
        "seen": 3,
        "key": "k" * 8,
    }


def test_what_is_not_given_is_nothing(send):
    form = send(fee=" ", month="", day="", number="", kind="a")
    assert form.sound, form.errors
    assert (form.fee.data, form.month.data, form.day.data, form.number.data, form.rights.data) == (None,) * 4 + ([],)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "  ", "This field is required."),
        ("name", "x" * 11, "Too long: at most 10 characters."),
        ("why", "", "This field is required."),
        ("why", "x" * 201, "Too long: at most 200 characters."),
        ("password", "short", "Too short: at least 8 characters."),
        ("fee", "much", "Write an amount like 49,90."),
        ("fee", "1" * 300, "Write an amount like 49,90."),
        ("month", "2026-13", "Write a month like 2026-11."),
        ("day", "2026-02-30", "Write a date like 22.11.2026."),
        ("day", "31.04.2026", "Write a date like 22.11.2026."),
        ("day", "1999-01-01", "Write a date like 22.11.2026."),
        ("number", "ten", "Not a valid integer value."),
        ("number", "10", "Number must be between 1 and 9."),
        ("kind", "c", "Not a valid choice."),
        ("rights", "z", "'z' is not a valid choice for this field."),
        ("sure", "", "This field is required."),
        ("name", "a\x00b", "This text has characters that cannot be stored."),
        ("name", "a\nb", "This text has characters that cannot be stored."),
        ("note", "a\x1bb", "This text has characters that cannot be stored."),
        ("key", "../x", "This page was open for too long. Go back, load it again and repeat what you did."),
    ],
)
def test_bad_input_is_told_once_at_its_field_and_not_lost(send, field, value, said):
    form = send(**{field: value})
    assert not form.sound
    assert form.errors == {field: [said]}
    if hasattr(form[field], "_value"):
        assert value.strip() in form[field]._value()


@pytest.mark.parametrize("seen", ["", "x", "-1", "1e3", "٣", "9" * 30])
def test_a_broken_edition_equals_none_that_was_ever_shown(send, seen):
    assert send(seen=seen).seen.data == UNSEEN


def test_labels_choices_and_messages_are_in_the_readers_language(send):
    form = send(lang="uk", name="")
    assert form.kind.label.text == "Мова"
    assert [choice.label for choice in form.kind.choices] == ["Увійти", "Вийти"]
    assert [choice.label for choice in send().kind.choices] == ["Sign in", "Sign out"]


def test_choices_that_a_view_sets_are_data(app):
    with app.test_request_context(headers={"Cookie": "lang=uk"}):
        form = Everything()
        form.kind.choices = [("7", "Sign in")]
        assert [option.label.text for option in form.kind] == ["Sign in"]


def test_every_field_of_a_form_is_guarded_even_a_foreign_one(send):
    class Foreign(Form):
        other = StringField()

    assert send(Foreign, other="a\x00").errors == {"other": ["This text has characters that cannot be stored."]}


def test_values_are_shown_as_a_person_writes_them(app):
    with app.test_request_context():
        form = Everything(fee=Amount(4990), day=date(2026, 11, 22), month="2026-11")
        assert 'value="49.90"' in form.fee()
        assert 'value="2026-11-22"' in form.day()
        assert 'value="2026-11"' in form.month()
        assert 'value=""' in Everything().fee()
        assert "required" in form.name() and 'maxlength="10"' in form.name()


def test_a_password_is_never_sent_back(send, app):
    form = send(password="secret word", name="")
    with app.test_request_context():
        assert "secret" not in form.password()


def test_a_refusal_stands_at_the_field_that_it_names(send, app):
    form = send()
    with app.test_request_context(), form.refusals():
        raise Refusal(422, field="name")
    assert form.errors == {"name": ["refused {'field': 'name'}"]}


@pytest.mark.parametrize("facts", [{}, {"field": "elsewhere"}, {"field": "seen"}])
def test_other_refusals_stand_above_the_form(send, app, facts):
    form = send()
    with app.test_request_context(), form.refusals():
        raise Refusal(402, **facts)
    assert form.form_errors == [f"refused {facts}"]
    assert form.errors


@pytest.mark.parametrize("error", [Refusal(404), Refusal(503), ValueError("defect")])
def test_what_is_no_matter_of_the_form_goes_on(send, app, error):
    form = send()
    with pytest.raises(type(error)), app.test_request_context(), form.refusals():
        raise error
    assert not form.errors


def test_without_a_refusal_there_is_no_error(send, app):
    form = send()
    with app.test_request_context(), form.refusals():
        pass
    assert not form.errors


class Search(Filter):
    name = TextField("Name")
    day = DateField("Day")
    number = NumberField("Number")
    kind = ChoiceField("Kind", choices=[("", "any"), ("a", "A")])


def test_a_filter_is_read_from_the_address(app):
    with app.test_request_context("/?name=+ivan+&day=yesterday&number=&kind=a&other=1"):
        form = Search()
    assert form.chosen() == {"name": "ivan", "kind": "a"}
    assert form.errors == {"day": ["Write a date like 22.11.2026."]}


def test_a_filter_that_asks_for_nothing_is_sound(app):
    with app.test_request_context("/"):
        form = Search()
    assert (form.chosen(), form.errors) == ({}, {})


def test_a_zero_is_chosen_too(app):
    with app.test_request_context("/?number=0"):
        assert Search().chosen() == {"number": 0}
