"""`olltv audit` and `olltv db upgrade`."""

import pytest
from sqlalchemy import text

from suite.migrate import newest_revision


@pytest.mark.usefixtures("demo")
def test_right_books_are_status_0(olltv):
    said = olltv("audit")
    assert (said.status, said.out, said.err) == (0, "The books are right.\n", "")
    assert olltv("audit", "--json").json == {"findings": []}


@pytest.mark.usefixtures("demo")
def test_each_finding_is_a_line_and_the_status_is_1(olltv, runtime):
    with runtime.billing.engine.begin() as connection:
        connection.execute(
            text("UPDATE ledger_account SET balance_minor=balance_minor+1 WHERE code='wallet:demo00001'")
        )

    said = olltv("audit")

    assert said.status == 1
    assert "The balance of wallet:demo00001 is 25001, but its transfers sum to 25000.\n" in said.out
    findings = olltv("audit", "--json").json["findings"]
    assert [each["text"] for each in findings] == said.out.splitlines()
    assert {each["code"] for each in findings} == {"balance_differs", "unit_unbalanced"}


def test_an_upgrade_may_be_repeated(olltv):
    said = olltv("db", "upgrade")
    assert (said.status, said.out) == (0, f"The database has the newest schema ({newest_revision()}).\n")
    assert olltv("db", "upgrade", "--json").json == {"revision": newest_revision()}


def test_an_upgrade_makes_database_and_directory(olltv, directory):
    olltv.write(DATABASE_URL="sqlite:///data/new/olltv.db")
    assert olltv("db", "upgrade").status == 0
    assert (directory.parent / "data/new/olltv.db").exists()
    assert olltv("audit").status == 0
