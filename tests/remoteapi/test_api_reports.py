"""Monthly runs over the JSON door, and what staff's programs read."""

import csv
import threading
from io import StringIO

import pytest

from olltv_module.models import State
from olltv_module.remote import charging, fee_runs
from olltv_module.services.fees import run as fees
from olltv_module.services.fees.run import FeeDay
from tests.remoteapi.conftest import code
from tests.support import DEC_1, STAFF, assert_books_balance, balance, money, subscriber

FIFTY = {"minor": 4990, "unit": "UAH"}


@pytest.fixture
def december(watching, start, clock):
    """Ann can pay for December, Ben cannot."""
    watching("ann", "200 UAH", start)
    watching("ben", "60 UAH", start)
    clock.now = DEC_1


@pytest.fixture
def cron(machine):
    return machine("cron")


def finished(cron, location: str):
    """The run at this address when it is done."""
    lines = cron.get(f"{location.removeprefix('/api/v1')}/progress")
    assert (lines.status_code, lines.content_type) == (200, "text/plain; charset=utf-8")
    return cron.get(location.removeprefix("/api/v1")).json, lines.text.splitlines()


def test_a_run_is_started_and_followed(cron, december, billing):
    answer = cron.post("/fee-runs")

    assert (answer.status_code, answer.headers["Location"]) == (202, answer.json["location"])
    run, lines = finished(cron, answer.headers["Location"])
    assert lines[-1] == "100% charged 1, suspended 1"
    assert (run["is_done"], run["period"], run["actor"]) == (True, "2026-12", "api:cron")
    assert (run["charged"], run["no_money"], run["taken"], run["lack"]) == (1, 1, FIFTY, {"minor": 3980, "unit": "UAH"})
    assert balance(billing, "ann") == money("100.20 UAH")
    assert subscriber(billing, "ben").main.state is State.SUSPENDED
    assert_books_balance(billing)


def test_starting_again_with_the_same_key_starts_nothing(cron, december):
    first = cron.post("/fee-runs", {"period": "2026-12"}, once="december")
    finished(cron, first.headers["Location"])

    again = cron.post("/fee-runs", {"period": "2026-12"}, once="december")

    assert (again.status_code, again.headers["Location"]) == (202, first.headers["Location"])
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(cron.get("/fee-runs").json["runs"]) == 1


def test_a_preview_charges_nobody(cron, december, billing):
    answer = cron.post("/fee-runs", {"preview": True})

    run, _ = finished(cron, answer.headers["Location"])
    assert (run["kind"], run["charged"], run["no_money"]) == ("preview", 1, 1)
    assert balance(billing, "ann") == money("150.10 UAH")


def test_while_one_is_under_way_another_is_told_which(cron, december, billing, clock):
    other = fees.charge(FeeDay(billing, clock, chunk=1), actor=STAFF)
    first = next(other)

    answer = cron.post("/fee-runs")

    other.close()
    assert (answer.status_code, code(answer)) == (409, "charging")
    assert answer.json["facts"] == {"run": first.id, "period": "2026-12", "percent": 50}
    assert cron.get(f"/fee-runs/{first.id}").json["percent"] == 50


def test_a_run_that_was_broken_off_is_told_as_such(cron, december, billing, clock):
    other = fees.charge(FeeDay(billing, clock, chunk=1), actor=STAFF)
    first = next(other)
    other.close()

    lines = cron.get(f"/fee-runs/{first.id}/progress").text.splitlines()

    assert lines[0].startswith("50% ") and lines[1].startswith("broken off")


def test_progress_grows_while_the_run_goes_on(cron, december, monkeypatch):
    go_on = threading.Event()
    original = fees._step

    def second_waits(uow, /, **kwargs):
        state = original(uow, **kwargs)
        if state.percent > 50:
            go_on.wait(5)
        return state

    monkeypatch.setattr(fees, "_step", second_waits)
    monkeypatch.setattr(charging, "FeeDay", lambda billing, clock: FeeDay(billing, clock, chunk=1))
    monkeypatch.setattr(fee_runs, "LOOK_EVERY_S", 0.02)
    location = cron.post("/fee-runs").json["location"].removeprefix("/api/v1")

    answer = cron.get(f"{location}/progress")
    lines = []
    for line in answer.response:
        lines.append(line if isinstance(line, str) else line.decode())
        go_on.set()

    assert lines[-1] == "100% charged 1, suspended 1\n" and len(lines) >= 2


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"period": "2027-01"}, "future_month"),
        ({"period": "December"}, "invalid_input"),
        ({"period": "2026-13"}, "invalid_month"),
        ({"preview": "maybe"}, "invalid_input"),
    ],
)
def test_a_month_that_cannot_be_charged_is_refused(cron, december, body, expected):
    answer = cron.post("/fee-runs", body)

    assert (answer.status_code, code(answer)) == (422, expected)


@pytest.mark.parametrize("path", ["", "/progress", "/lines"])
def test_an_unknown_run_is_not_found(cron, path):
    for number in ("7", str(2**63), str(2**70)):
        assert code(cron.get(f"/fee-runs/{number}{path}")) == "not_found"


def test_lines_come_in_pages(cron, december):
    number = cron.post("/fee-runs").json["id"]
    finished(cron, f"/fee-runs/{number}")

    first = cron.get(f"/fee-runs/{number}/lines?limit=1").json
    rest = cron.get(f"/fee-runs/{number}/lines?limit=1&after={first['next']}").json
    end = cron.get(f"/fee-runs/{number}/lines?limit=1&after={rest['next']}").json

    assert [line["login"] for page in (first, rest, end) for line in page["lines"]] == ["ann", "ben"]
    assert end["next"] is None
    assert (first["lines"][0]["outcome"], first["lines"][0]["charged"]) == ("charged", FIFTY)


def test_lines_of_one_outcome(cron, december):
    number = cron.post("/fee-runs").json["id"]
    finished(cron, f"/fee-runs/{number}")

    page = cron.get(f"/fee-runs/{number}/lines?outcome=no_money").json

    assert [line["login"] for line in page["lines"]] == ["ben"]
    assert code(cron.get(f"/fee-runs/{number}/lines?outcome=odd")) == "invalid_input"


def test_lines_as_a_table(cron, december):
    number = cron.post("/fee-runs").json["id"]
    finished(cron, f"/fee-runs/{number}")

    answer = cron.get(f"/fee-runs/{number}/lines", Accept="text/csv")

    assert answer.content_type == "text/csv; charset=utf-8"
    assert list(csv.reader(StringIO(answer.text))) == [
        ["login", "outcome", "fees", "due", "charged", "lack", "unit"],
        ["ann", "charged", "1", "49.90", "49.90", "0.00", "UAH"],
        ["ben", "no_money", "0", "49.90", "0.00", "39.80", "UAH"],
    ]


def test_runs_are_listed_the_newest_first(cron, december):
    for body in ({"preview": True}, {}):
        finished(cron, cron.post("/fee-runs", body).headers["Location"])

    assert [run["kind"] for run in cron.get("/fee-runs").json["runs"]] == ["run", "preview"]
    assert [run["kind"] for run in cron.get("/fee-runs?kind=preview").json["runs"]] == ["preview"]


def test_staff_see_all_of_a_subscriber(machine, watching, start, screen):
    watching("ann", "200 UAH", start, screen)

    ann = machine("staff-read").get("/subscribers/ann").json

    assert (ann["login"], ann["gone"], ann["delivery"], ann["tv"]["state"]) == ("ann", False, None, "on")
    assert [(each["service"], each["fact"]) for each in ann["subscriptions"]] == [
        ("main_start", "on"),
        ("screen2", "on"),
    ]
    assert ann["remote_id"] and ann["phone"].startswith("05012")


def test_staff_see_who_is_gone(machine, watching, start, uow, clock):
    watching("ann", "200 UAH", start)
    unit = uow()
    with unit:
        unit.host.remove("ann", at=clock())

    ann = machine("staff-read").get("/subscribers/ann").json

    assert (ann["gone"], ann["wallet"], len(ann["subscriptions"])) == (True, None, 1)


def test_staff_see_a_statement(machine, watching, start):
    watching("ann", "200 UAH", start)

    answer = machine("staff-read").get("/subscribers/ann/statement?limit=1").json

    assert [line["amount"]["minor"] for line in answer["lines"]] == [-4990]


@pytest.mark.parametrize("path", ["/subscribers/nobody", "/subscribers/nobody/statement", "/subscribers/%00"])
def test_nobody_is_not_found(machine, path):
    answer = machine("staff-read").get(path)

    assert (answer.status_code, code(answer)) == (404, "unknown_login")
