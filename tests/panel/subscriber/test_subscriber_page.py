"""What the page of one subscriber tells, and how much the database is asked for it."""

import re

import pytest
from sqlalchemy import event

from olltv_module.models import Reason
from olltv_module.services import lifecycle
from olltv_module.services.fees.run import FeeDay, charge
from tests.panel.client import text
from tests.support import DEC_1, STAFF, assert_books_balance


def test_a_newcomer_has_a_page_that_offers_television(panel, ivan):
    page = panel.page("/subscribers/ivan")
    for words in ("Ivan Franko", "ivan@isp.test", "0501234567", "No television.", "200.00 UAH", "Subscribe"):
        assert words in page
    assert 'href="/subscribers/ivan/subscribe"' in panel.get("/subscribers/ivan").get_data(as_text=True)


def test_nobody_has_none(panel):
    answer = panel.get("/subscribers/nobody")
    assert answer.status_code == 404
    assert "There is no subscriber with the login nobody." in text(answer)


def test_pages_of_the_list_are_no_subscribers(panel):
    for path in ("new", "bulk"):
        assert panel.get(f"/subscribers/{path}").status_code == 200


@pytest.mark.parametrize("path", ["statement", "subscribe", "change", "addons", "suspend", "resume", "leave", "email"])
def test_nobody_has_no_actions_either(panel, path):
    assert panel.get(f"/subscribers/nobody/{path}").status_code == 404


def test_who_watches_is_told_with_code_fee_and_order(panel, ivan, start, screen, watch):
    watch("ivan", start, screen)
    answer = panel.get("/subscribers/ivan")
    page = text(answer)
    for words in (
        "Television is on: Start.",
        "The fee for December 2026 is 65.00 UAH; the money is there.",
        "Second screen",
        "November 2026",
        "olena",  # who ordered
        "Fee of Start for November 2026",
        "-50.00 UAH",
        "OLLTV SUBSCRIBER (ivan) SET TARIFF",
    ):
        assert words in page
    [code, _] = re.findall(r'data-copy="([^"]+)"', answer.get_data(as_text=True))
    assert code in page
    assert answer.get_data(as_text=True).count("<svg viewBox") == 2
    assert not re.search(r"<style| style=| on\w+=", answer.get_data(as_text=True))


def test_a_debtor_is_told_what_is_missing(panel, runtime, make, start, watch, clock):
    make.subscriber("petro", wallet="60 UAH")
    watch("petro", start)
    assert "is 50.00 UAH; 40.00 UAH is missing." in panel.page("/subscribers/petro")
    clock.now = DEC_1
    list(charge(FeeDay(runtime.billing, clock), actor=STAFF))
    page = panel.page("/subscribers/petro")
    assert "there was not enough money for the monthly fee. Resuming costs 50.00 UAH." in page
    assert "Resume" in page
    assert "The partner is still being told" in page


def test_what_was_over_stays_on_the_page(panel, runtime, ivan, start, watch):
    watch("ivan", start)
    lifecycle.leave(runtime.billing.uow(), login="ivan", actor=STAFF, now=runtime.clock())
    assert "1 earlier subscription" in panel.page("/subscribers/ivan")


def test_who_is_gone_from_the_host_still_has_his_page(panel, runtime, ivan, start, watch):
    watch("ivan", start)
    with (unit := runtime.billing.uow()):
        unit.host.remove("ivan", at=runtime.clock())
    page = panel.page("/subscribers/ivan")
    assert "This subscriber is gone" in page
    assert "Start" in page
    assert "Top up" not in page
    assert panel.page("/subscribers/ivan/leave")
    for money in ("top-up", "correct", "statement", "edit", "visit"):
        answer = (
            panel.post(f"/subscribers/ivan/{money}") if money == "visit" else panel.get(f"/subscribers/ivan/{money}")
        )
        assert answer.status_code == 404, money


def test_flags_and_reasons_are_told(panel, runtime, ivan, start, watch):
    watch("ivan", start)
    lifecycle.suspend(runtime.billing.uow(), login="ivan", reason=Reason.VACATION, actor=STAFF, now=runtime.clock())
    with (unit := runtime.billing.uow()):
        unit.host.set_flags("ivan", frozen=True, down=True)
    page = panel.page("/subscribers/ivan")
    assert "for the time of a vacation. Resuming costs 0.00 UAH." in page
    assert "suspended: vacation" in page
    assert "The account is frozen" in page
    assert "switched off by staff" in page


XSS = "<script>alert(1)</script>"


def test_texts_stay_texts(panel, runtime, make, watch, clock):
    tariff = make.tariff("50 UAH", service="main_start", name=XSS)
    make.subscriber("eve", wallet="500 UAH", name=XSS, address=XSS, mobile="0501234567", email="eve@isp.test")
    watch("eve", tariff)
    panel.done("/subscribers/eve/correct", key="k" * 10, direction="add", amount="1", reason=XSS)
    for path in ("", "/statement", "/change", "/leave", "/edit", "/suspend", "/email", "/partner"):
        raw = panel.get(f"/subscribers/eve{path}").get_data(as_text=True)
        assert XSS not in raw, path
    assert XSS in panel.page("/subscribers/eve")
    assert_books_balance(runtime.billing)


def test_the_page_asks_the_database_as_often_for_one_line_as_for_many(panel, runtime, make, ivan, start, screen, watch):
    watch("ivan", start, screen)
    few = _statements(panel, runtime)
    for _ in range(3):
        lifecycle.leave(runtime.billing.uow(), login="ivan", actor=STAFF, now=runtime.clock())
        make.top_up("ivan", "100 UAH")
        watch("ivan", start, screen)
    many = _statements(panel, runtime)
    assert many == few <= 30


def _statements(panel, runtime) -> int:
    seen = []

    def count(*_args):
        seen.append(1)

    engine = runtime.billing.engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        panel.page("/subscribers/ivan")
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len(seen)


def test_rights_open_what_is_theirs(person, ivan, start, watch):
    watch("ivan", start)
    tv, money, none = person("OLLTV"), person("MONEY"), person("PPV")
    assert "Top up" not in tv.page("/subscribers/ivan")
    assert "Give back" not in tv.page("/subscribers/ivan")
    assert "Give back" in money.page("/subscribers/ivan")
    assert "Suspend" not in money.page("/subscribers/ivan")
    assert none.get("/subscribers/ivan").status_code == 403
    for path in ("correct", "top-up", "refund/1"):
        assert tv.get(f"/subscribers/ivan/{path}").status_code == 403
        assert tv.post(f"/subscribers/ivan/{path}").status_code == 403
    for path in ("subscribe", "change", "addons", "suspend", "resume", "leave", "email", "phone", "parental", "visit"):
        assert money.get(f"/subscribers/ivan/{path}").status_code == 403
        assert money.post(f"/subscribers/ivan/{path}").status_code == 403


def test_without_the_form_token_nothing_is_done(panel, ivan, start):
    answer = panel.client.post("/subscribers/ivan/subscribe", data={"tariff": start.id})
    assert answer.status_code == 400


BIG = ("ledger_transfer", "ledger_hold", "ledger_account", "event_log", "host_subscriber", "olltv_subscri")


def test_no_big_table_is_read_from_end_to_end(panel, runtime, make, ivan, start, screen, watch):
    """However large they are, the page asks by keys: SQLite plans without looking at sizes, MariaDB names its keys."""
    watch("ivan", start, screen)
    asked = _asked(panel, runtime, "/subscribers/ivan") + _asked(panel, runtime, "/subscribers/ivan/statement")
    scans = [statement for statement, parameters in asked if _scans(runtime, statement, parameters)]
    assert len(asked) > 20
    assert scans == []


def _asked(panel, runtime, path):
    seen = []

    def note(_connection, _cursor, statement, parameters, *_):
        if statement.startswith("SELECT") and any(table in statement for table in BIG):
            seen.append((statement, parameters))

    event.listen(runtime.billing.engine, "before_cursor_execute", note)
    try:
        panel.page(path)
    finally:
        event.remove(runtime.billing.engine, "before_cursor_execute", note)
    return seen


def _scans(runtime, statement, parameters) -> bool:
    with runtime.billing.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).mappings().all()
            return any(row["detail"].startswith("SCAN") and any(big in row["detail"] for big in BIG) for row in plan)
        plan = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).mappings().all()
        return any(row["type"] in ("ALL", "index") and not row["possible_keys"] for row in plan)
