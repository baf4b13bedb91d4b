"""`olltv figures rebuild`."""

import pytest
from sqlalchemy import text


@pytest.mark.usefixtures("demo")
def test_rebuilding_mends_what_the_audit_finds(olltv, runtime):
    assert olltv("figures", "rebuild").out == "The figures of all days have been made anew from the ledger.\n"
    with runtime.billing.engine.begin() as connection:
        connection.execute(text("UPDATE ledger_rollup SET through_id=(SELECT MAX(id) FROM ledger_transfer)"))
    said = olltv("audit")
    assert (said.status, "Run: olltv figures rebuild" in said.out) == (1, True)
    assert olltv("figures", "rebuild", "--json").json == {"rebuilt": True}
    assert olltv("audit").status == 0


@pytest.mark.usefixtures("demo")
def test_rebuilding_twice_changes_nothing(olltv):
    assert [olltv("figures", "rebuild").status for _ in range(2)] == [0, 0]
    assert olltv("audit").status == 0
