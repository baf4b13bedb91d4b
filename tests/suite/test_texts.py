"""A refusal is told in the reader's language."""

from datetime import UTC, date, datetime
from enum import Enum
from zoneinfo import ZoneInfo

import pytest

from billing.errors import N_, BillingError, InvalidInput, NotEnoughMoney, WrongState
from billing.money import Money
from billing.periods import Month
from suite.texts import say, show
from weblib.i18n import Catalogue

UKRAINIAN = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "Not enough money: %(lack)s is missing."
msgstr "Недостатньо коштів: бракує %(lack)s."

msgid "suspended"
msgstr "призупинено"
"""


class State(Enum):
    SUSPENDED = "suspended"


class Late(BillingError):
    code = "late"
    text = N_("Late: %(period)s, %(at)s, %(day)s, %(count)s.")


@pytest.fixture
def catalogue(tmp_path):
    messages = tmp_path / "uk" / "LC_MESSAGES" / "messages.po"
    messages.parent.mkdir(parents=True)
    messages.write_text(UKRAINIAN, encoding="utf-8")
    return Catalogue.load(tmp_path)


def test_the_missing_sum_is_told_as_people_write_it(catalogue):
    error = NotEnoughMoney(lack=Money(123450, "UAH"), needed=Money(1, "UAH"))
    assert say(error, "uk", catalogue=catalogue) == "Недостатньо коштів: бракує 1\u202f234,50\u202f₴."
    assert say(error, "en", catalogue=catalogue) == "Not enough money: 1,234.50\u202fUAH is missing."


def test_states_go_through_the_catalogue(catalogue):
    assert show(State.SUSPENDED, "uk", catalogue=catalogue) == "призупинено"
    assert "(suspended)" in say(WrongState(state=State.SUSPENDED), "ru", catalogue=catalogue)


def test_months_times_and_days_follow_language_and_zone(catalogue):
    error = Late(period=Month(2026, 11), at=datetime(2026, 11, 22, 7, 5, tzinfo=UTC), day=date(2026, 11, 2), count=3)
    kyiv = ZoneInfo("Europe/Kyiv")
    told = say(error, "en", zone=kyiv, catalogue=catalogue)
    assert told == "Late: November 2026, 22 November 2026, 09:05, 2 November 2026, 3."
    assert "листопад 2026" in say(error, "uk", zone=kyiv, catalogue=catalogue)


def test_nothing_is_escaped_and_percent_signs_are_plain(catalogue):
    error = InvalidInput(field="name", value="<b>%(x)s 100%")
    assert say(error, "en", catalogue=catalogue) == ("The field “name” has a value that cannot be used: <b>%(x)s 100%.")


def test_a_refusal_never_fails_for_want_of_a_fact(catalogue):
    assert say(NotEnoughMoney(), "uk", catalogue=catalogue) == "Недостатньо коштів: бракує …."


def test_without_a_catalogue_of_its_own_it_takes_the_projects():
    assert say(WrongState(state="x"), "en") == "This is not possible in the present state (x)."
