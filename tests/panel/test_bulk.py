"""Actions on everybody of a filter, from the list to the result of each."""

import csv
import re
from io import StringIO
from threading import Event as Flag

import pytest
from sqlalchemy import select

from billing.jobs import Job
from billing.worker import Tools, work_one
from olltv_module.jobs import HANDLERS
from olltv_module.models import Reason
from olltv_module.services import lifecycle
from olltv_module.services.bulk.models import Bulk, BulkLine
from tests.olltv.support import dump, spend, states
from tests.support import DEC_1, STAFF


@pytest.fixture
def work(runtime, tmp_path):
    """Let the worker do what waits."""
    return lambda: work_one(Tools(runtime.billing, runtime.clock, lambda: None, tmp_path), HANDLERS, Flag())


@pytest.fixture
def town(billing, make, viewers):
    """Anna and Borys watch, Vira is suspended."""
    start = make.tariff("50 UAH")
    people = [viewers.watching(start, login=login, wallet="100 UAH") for login in ("anna", "borys", "vira")]
    lifecycle.suspend(billing.uow(), login="vira", reason=Reason.STAFF, actor=STAFF, now=viewers.clock())
    viewers.deliver()
    return people


@pytest.fixture
def key(panel):
    """The name of the form that shows a preview."""

    def of(**asked):
        return (
            panel.client.get("/subscribers/bulk", query_string=asked)
            .get_data(as_text=True)
            .split('name="key" value="')[1][:22]
        )

    return of


def table(answer):
    """The cells of the table, row by row."""
    rows = re.findall(r"<tr[^>]*>\s*(<td.*?)</tr>", answer.get_data(as_text=True), flags=re.S)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, flags=re.S) for row in rows]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in cells]


SUSPEND = {"action": "suspend", "why": "vacation", "note": "Cable cut"}


def test_from_the_list_to_the_results(panel, billing, town, work, key):
    assert 'href="/subscribers/bulk?tv=active"' in panel.get("/subscribers", tv="active").get_data(as_text=True)
    assert "2 subscribers State Active" in panel.page("/subscribers/bulk", tv="active")
    dated = {"registered_since": "2026-11-01", "registered_until": "2026-11-30", "tariff": "1"}
    told = panel.page("/subscribers/bulk", **dated)
    assert "Main tariff Tariff 1 Registered from 1 November 2026 Registered until 30 November 2026" in told
    before = dump(billing)
    preview = panel.get("/subscribers/bulk", tv="active", **SUSPEND)
    assert table(preview) == [["anna", "Will be done", "—"], ["borys", "Will be done", "—"]]
    assert dump(billing) == before

    form = SUSPEND | {"key": key(tv="active", **SUSPEND)}
    job = panel.done("/subscribers/bulk?tv=active", **form)
    assert job == "/jobs/1"
    assert panel.done("/subscribers/bulk?tv=active", **form) == job  # sent twice, done once
    assert "Waits for its turn" in panel.page("/subscribers/bulk/1")
    assert work()
    result = panel.get("/subscribers/bulk/1")
    assert "Subscribers 2 State Active" in panel.page("/subscribers/bulk/1")
    assert [row[:2] for row in table(result)] == [["anna", "Done"], ["borys", "Done"]]
    assert states(billing, town[0]) == ["suspended:vacation"]
    assert "Cable cut" in panel.page("/subscribers/bulk/past")
    with billing.reading() as session:
        assert session.scalars(select(Bulk.actor)).all() == ["olena"]


def test_refusals_are_told_one_by_one_filtered_and_exported(panel, billing, town, work, clock):
    clock.now = DEC_1
    for person in town[:2]:
        lifecycle.suspend(billing.uow(), login=person.login, reason=Reason.STAFF, actor=STAFF, now=clock())
    spend(billing, clock, town[1], "20 UAH")
    asked = {"tv": "staff", "action": "resume", "note": "Mended"}
    preview = table(panel.get("/subscribers/bulk", **asked))
    assert preview[0] == ["anna", "Will be done", "50.00 UAH"]
    assert preview[1] == ["borys", "Not enough money: 20.00 UAH is missing.", "—"]

    panel.done("/subscribers/bulk?tv=staff", action="resume", note="Mended", key="a-key-of-this-form")
    work()
    told = {row[0]: row[1] for row in table(panel.get("/subscribers/bulk/1"))}
    assert told == {"anna": "Done", "borys": "Not enough money: 20.00 UAH is missing.", "vira": "Done"}
    short = panel.get("/subscribers/bulk/1", result="not_enough_money")
    assert [row[0] for row in table(short)] == ["borys"]
    exported = panel.get("/exports/bulk.csv", bulk=1, result="not_enough_money").get_data(as_text=True)
    assert [line[:2] for line in csv.reader(StringIO(exported))][1:] == [["borys", told["borys"]]]
    assert len(panel.get("/exports/bulk.csv", bulk=1).get_data(as_text=True).splitlines()) == 4


def test_without_charge_wants_the_right_for_money(person, billing, town, key):
    olltv, both = person("OLLTV"), person("OLLTV", "MONEY")
    assert "Resume without charge" not in olltv.page("/subscribers/bulk")
    assert "Resume without charge" in both.page("/subscribers/bulk")
    form = {"action": "resume_free", "note": "An apology", "key": "a-key-of-this-form"}
    refused = olltv.get("/subscribers/bulk", action="resume_free", note="An apology").get_data(as_text=True)
    assert "is-invalid" in refused and 'name="key"' not in refused
    assert olltv.post("/subscribers/bulk", **form).status_code == 403
    assert both.done("/subscribers/bulk", **form) == "/jobs/1"


@pytest.mark.parametrize(
    "wrong", [{"note": ""}, {"action": "dance"}, {"action": ""}, {"why": "rain"}, {"key": "x"}, {"note": "x" * 201}]
)
def test_a_form_that_lacks_something_is_shown_again(panel, billing, town, wrong):
    form = SUSPEND | {"key": "a-key-of-this-form"} | wrong
    answer = panel.post("/subscribers/bulk?tv=active", **form)
    assert answer.status_code == 422
    with billing.reading() as session:
        assert session.scalars(select(Bulk)).all() == session.scalars(select(BulkLine)).all() == []


def test_a_filter_that_cannot_be_read_never_means_everybody(panel, billing, town):
    assert "The filter cannot be read" in panel.page("/subscribers/bulk", tv="rain", **SUSPEND)
    answer = panel.post("/subscribers/bulk?since_from=yesterday", key="a-key-of-this-form", **SUSPEND)
    assert answer.status_code == 422
    with billing.reading() as session:
        assert session.scalars(select(Job)).all() == []


def test_without_a_filter_the_page_warns_and_nobody_is_told(panel, town):
    assert "There is no filter: everybody who has ever had television is meant." in panel.page("/subscribers/bulk")
    assert "Nobody matches this filter now." in panel.page("/subscribers/bulk", tv="gone")
    answer = panel.post("/subscribers/bulk?tv=gone", key="a-key-of-this-form", **SUSPEND)
    assert answer.status_code == 422


def test_what_was_broken_off_goes_on_and_unknown_actions_are_told(panel, billing, town, work):
    panel.done("/subscribers/bulk?tv=active", key="a-key-of-this-form", **SUSPEND)
    assert panel.done("/subscribers/bulk/1/continue") == "/subscribers/bulk/1"
    work()
    assert "Continue if it was broken off" not in panel.page("/subscribers/bulk/1")
    assert panel.get("/subscribers/bulk/7").status_code == 404
    assert panel.post("/subscribers/bulk/7/continue").status_code == 404
    assert panel.get("/subscribers/bulk/99999999999999999999").status_code == 404


def test_the_pages_want_their_right(person):
    nobody = person("MONEY")
    for path in ("/subscribers/bulk", "/subscribers/bulk/past", "/subscribers/bulk/1", "/exports/bulk.csv"):
        assert nobody.get(path).status_code == 403
    assert nobody.post("/subscribers/bulk", **SUSPEND).status_code == 403
