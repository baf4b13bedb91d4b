"""Answers, reports and refusals come in the asked language."""

import pytest
from sqlalchemy import text

TEXTS = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);\\n"

msgid "There is no subscriber with the login %(login)s."
msgstr "Немає абонента з логіном %(login)s."

msgid "The balance of %(code)s is %(balance)s, but its transfers sum to %(transfers)s."
msgstr "Баланс %(code)s: %(balance)s, а за рухами %(transfers)s."

msgid "%(num)s subscriber pays."
msgid_plural "%(num)s subscribers pay."
msgstr[0] "Платить %(num)s абонент."
msgstr[1] "Платять %(num)s абоненти."
msgstr[2] "Платять %(num)s абонентів."

msgid "“%(tariff)s” is suspended: %(reason)s."
msgstr "«%(tariff)s» призупинено: %(reason)s."

msgid "no_money"
msgstr "бракує грошей"
"""


@pytest.fixture
def ukrainian(monkeypatch, tmp_path):
    """A catalogue that has just these texts."""
    folder = tmp_path / "texts" / "translations" / "uk" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text(TEXTS, encoding="utf-8")
    monkeypatch.setattr("suite.texts.PROJECT", tmp_path / "texts")


pytestmark = pytest.mark.usefixtures("ukrainian", "demo")


def test_a_refusal_is_in_the_asked_language_wherever_the_option_stands(olltv):
    expected = "Немає абонента з логіном nobody.\n"
    assert olltv("show", "nobody", "--lang", "uk").err == expected
    assert olltv("--lang", "uk", "show", "nobody").err == expected
    assert olltv("show", "nobody").err == "There is no subscriber with the login nobody.\n"


def test_without_the_option_the_language_is_the_operators(olltv):
    olltv.write(LANG="uk")
    assert olltv("show", "nobody").err == "Немає абонента з логіном nobody.\n"
    assert olltv("show", "nobody", "--lang", "en").err == "There is no subscriber with the login nobody.\n"


def test_findings_of_the_audit_are_in_the_asked_language(olltv, runtime):
    with runtime.billing.engine.begin() as connection:
        connection.execute(text("UPDATE ledger_account SET balance_minor=7 WHERE code='wallet:demo00001'"))
    said = olltv("audit", "--lang", "uk")
    assert "Баланс wallet:demo00001: 7, а за рухами 25000.\n" in said.out
    assert "Баланс wallet:demo00001: 7, а за рухами 25000." in [
        each["text"] for each in olltv("audit", "--lang", "uk", "--json").json["findings"]
    ]


def test_the_fee_report_is_in_the_asked_language_with_its_plurals(olltv):
    assert "\nПлатять 5 абонентів.\n" in olltv("fee", "--preview", "--lang", "uk").out
    assert "\n5 subscribers pay.\n" in olltv("fee", "--preview", "--lang", "en").out


def test_reasons_and_outcomes_are_in_the_asked_language(olltv, tmp_path):
    path = tmp_path / "lines.csv"
    olltv("fee", "--lines", str(path), "--lang", "uk")
    assert "demo00004,бракує грошей," in path.read_text(encoding="utf-8")
    assert "«Максимум» призупинено: бракує грошей.\n" in olltv("show", "demo00004", "--lang", "uk").out


@pytest.mark.parametrize(("lang", "amount"), [("uk", "\t250,00 ₴\t"), ("ru", "\t250,00 ₴\t"), ("en", "\t250.00 UAH\t")])
def test_amounts_are_written_as_the_language_writes_them(olltv, lang, amount):
    assert amount in olltv("statement", "demo00001", "--lang", lang).out


def test_an_unknown_language_is_wrong_usage(olltv):
    assert olltv("audit", "--lang", "fr").status == 2


def test_settings_that_cannot_be_read_are_told_in_the_asked_language(olltv):
    olltv.write(OLLTV_TRIES="many")
    assert olltv("audit", "--lang", "en").err.startswith("The service needs its operator: ")
