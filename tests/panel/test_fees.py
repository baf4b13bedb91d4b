"""Fee days in the panel: calendar, preview, start, progress, report, differences, proof."""

import csv
import re
from io import StringIO
from types import SimpleNamespace

import pytest

from billing.jobs import Job
from billing.ledger.holds import Ledger
from billing.worker import Tools, work_one
from olltv_module.jobs import HANDLERS
from olltv_module.services.fees.review import review
from olltv_module.services.fees.run import FeeDay, charge
from tests.olltv.fees.population import Sub, Viewer, fee_transfers, populate, run_fees
from tests.olltv.support import spend
from tests.panel.client import text
from tests.support import DEC_1, NOV_10, STAFF


@pytest.fixture
def worker(runtime, tmp_path):
    """Let the worker do what was asked for; gives the outcome of the newest job."""

    def work():
        tools = Tools(billing=runtime.billing, clock=runtime.clock, delivering=lambda: None, exports_dir=tmp_path)
        while work_one(tools, HANDLERS, SimpleNamespace(is_set=lambda: False, wait=lambda _s: False)):
            pass
        with runtime.billing.reading() as session:
            return session.query(Job).order_by(Job.id.desc()).first().outcome

    return work


@pytest.fixture
def town(billing, make, clock):
    """Three payers and a debtor, who were charged in November; on the first of December one of them is short."""
    main, top = make.tariff("50 UAH", name="Start"), make.tariff("99.90 UAH", name="Max")
    clock.now = NOV_10
    payer, debtor = Viewer((Sub(main, paid="2026-10"),), 10_000), Viewer((Sub(main, paid="2026-10"),), 4999)
    logins = populate(billing, [payer, payer, Viewer((Sub(main, paid="2026-10"),), 9999), debtor])
    november = run_fees(billing, clock)
    reviewed(billing, clock, november)
    clock.now = DEC_1
    return SimpleNamespace(logins=logins, november=november, main=main, top=top)


def reviewed(billing, clock, run):
    list(review(FeeDay(billing, clock), run_id=run.id))
    return run


def row(page, month):
    """The words of one line of the calendar."""
    found = re.search(rf'<tr id="month-{month}">(.*?)</tr>', page, flags=re.S)[1]
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


def test_the_calendar_tells_of_every_month(panel, billing, clock, town):
    clock.advance(days=62)  # the first of February
    run_fees(billing, clock)

    old, new = panel.get("/fees", year=2026).get_data(as_text=True), panel.get("/fees").get_data(as_text=True)

    assert row(old, "2026-10").startswith("October 2026 before the first run")
    assert "done" in row(old, "2026-11")
    assert "olena 3 150.00" in row(old, "2026-11")
    assert "missed" in row(old, "2026-12")
    assert "Charge…" in row(old, "2026-12")
    assert "missed" in row(new, "2027-01")
    assert "done" in row(new, "2027-02")
    assert "not yet" in row(new, "2027-03")


def test_a_month_that_is_due_is_offered_and_a_broken_one_too(panel, billing, clock, town):
    assert "to be charged now" in panel.page("/fees")
    steps = charge(FeeDay(billing, clock, 1), actor=STAFF)
    begun = next(steps)
    assert "under way" in row(panel.get("/fees").get_data(as_text=True), "2026-12")
    steps.close()

    assert "broken off" in row(panel.get("/fees").get_data(as_text=True), "2026-12")
    assert "nobody pays twice" in panel.page(f"/fees/{begun.id}")


def test_a_preview_of_the_next_month_is_made_by_the_worker(panel, billing, clock, town, worker):
    run_fees(billing, clock)
    leads_to = panel.done("/fees/preview", period="2027-01")
    assert "/jobs/" in leads_to

    outcome = worker()
    page = panel.page(outcome["url"])

    assert "Preview: January 2027" in page
    assert "Together they lack" not in page
    assert panel.get("/fees").get_data(as_text=True).count(f'"{outcome["url"]}"') >= 1


def test_the_start_page_shows_the_preview_and_what_differs(panel, billing, clock, town):
    (newcomer,) = populate(billing, [Viewer((Sub(town.top),), 9990)])
    assert "There is no preview" in panel.page("/fees/start", period="2026-12")
    preview = reviewed(billing, clock, run_fees(billing, clock, preview=True))

    page = panel.page("/fees/start", period="2026-12")

    assert "3 subscribers pay" in page
    assert "1 subscriber is suspended" in page
    assert "new payers 1" in page
    assert "pay no more 1" in page
    assert newcomer in panel.page(f"/fees/{preview.id}/changes", kind="started")
    assert town.logins[2] in panel.page(f"/fees/{preview.id}/changes", kind="stopped")
    assert fee_transfers(billing)[3:] == []


def test_missed_months_are_warned_of(panel, billing, clock, town):
    clock.advance(days=62)
    run_fees(billing, clock, preview=True)

    assert "never charged: December 2026, January 2027" in panel.page("/fees/start", period="2027-02")


def test_staff_start_a_run_and_read_its_report(panel, billing, clock, town, worker):
    leads_to = panel.done("/fees/start", period="2026-12")
    assert leads_to == panel.done("/fees/start", period="2026-12")  # pressed twice, it is one job

    outcome = worker()
    page = panel.page(outcome["url"])

    assert len(fee_transfers(billing)) == 5
    assert "Fee day: December 2026" in page
    assert "olena" in page
    assert "The ledger has exactly the fees of this run." in page
    assert "4 rows" not in page
    assert "3 rows" in page  # the debtor of November is suspended and owes nothing
    assert f"/subscribers/{town.logins[0]}" in panel.get(outcome["url"]).get_data(as_text=True)


def test_the_report_is_filtered_by_outcome_and_login(panel, billing, clock, town):
    run = run_fees(billing, clock)
    first, second, third, _ = town.logins

    poor = panel.get(f"/fees/{run.id}", outcome="no_money").get_data(as_text=True)
    assert (third in poor, first in poor) == (True, False)
    one = panel.get(f"/fees/{run.id}", login=second).get_data(as_text=True)
    assert (second in one, first in one) == (True, False)
    assert "Nothing matches" in panel.page(f"/fees/{run.id}", login="nobody")
    assert panel.get(f"/fees/{run.id}", outcome="nonsense", login="x" * 999).status_code == 200


def test_the_report_has_pages(panel, billing, clock, make):
    main = make.tariff("50 UAH")
    clock.now = DEC_1
    logins = populate(billing, [Viewer((Sub(main),), 5000)] * 60)
    run = run_fees(billing, clock)

    first = panel.get(f"/fees/{run.id}").get_data(as_text=True)
    further = re.search(r'href="([^"]*cursor=[^"]*)" rel="next"', first)[1].replace("&amp;", "&")
    second = panel.client.get(further).get_data(as_text=True)

    shown = [set(re.findall(r"/subscribers/(viewer\d+)", page)) for page in (first, second)]
    assert (len(shown[0]), len(shown[1]), shown[0] | shown[1]) == (50, 10, set(logins))


def test_live_progress_is_polled_while_a_run_is_under_way_and_ends_with_the_whole_page(panel, billing, clock, town):
    steps = charge(FeeDay(billing, clock, 1), actor=STAFF)
    begun = next(steps)

    page = panel.get(f"/fees/{begun.id}").get_data(as_text=True)
    part = panel.get(f"/fees/{begun.id}/progress")
    assert f'hx-get="/fees/{begun.id}/progress"' in page
    assert '<meta http-equiv="refresh"' in page
    assert "HX-Refresh" not in part.headers
    assert re.search(r'<progress [^>]*value="\d+" max="100"', part.get_data(as_text=True))
    list(steps)

    part = panel.get(f"/fees/{begun.id}/progress")
    assert part.headers["HX-Refresh"] == "true"
    assert "hx-get" not in part.get_data(as_text=True)


def test_the_report_is_exported_as_it_is_filtered(panel, billing, clock, town):
    spend(billing, clock, person_of(billing, town.logins[0]), "0.01 UAH")
    run = run_fees(billing, clock)
    page = panel.get(f"/fees/{run.id}", outcome="no_money").get_data(as_text=True)
    url = re.search(r'href="(/exports/[^"]+csv[^"]*)"', page)[1].replace("&amp;", "&")

    lines = list(csv.reader(StringIO(panel.client.get(url).get_data(as_text=True))))

    assert [line[0] for line in lines[1:]] == [town.logins[0], town.logins[2]]
    assert lines[1][1:] == ["not enough money", "0", "50.00", "0.00", "0.01"]


@pytest.mark.parametrize("period", ["2027-01", "2031-12"])
def test_a_month_that_has_not_begun_is_not_started(panel, clock, town, period):
    answer = panel.post("/fees/start", period=period)

    assert answer.status_code == 422
    assert "has not begun" in text(answer)


def test_a_broken_month_is_told_at_the_form(panel, town):
    for path in ("/fees/start", "/fees/preview"):
        assert panel.post(path, period="soon").status_code == 422
    assert panel.get("/fees/start", period="soon").status_code == 200


def test_what_is_not_there_is_not_found(panel, clock, town):
    for path in ("/fees/999", "/fees/999/progress", "/fees/999/changes"):
        assert panel.get(path).status_code == 404


def test_all_runs_are_listed_the_newest_first(panel, billing, clock, town):
    run_fees(billing, clock, preview=True)
    page = panel.page("/fees/runs")

    assert page.index("Dec 2026") < page.index("Nov 2026")


def test_before_anything_was_charged_the_pages_say_so(panel, clock):
    assert "No month has been charged yet" in panel.page("/fees/runs")
    assert "not made yet" in panel.page("/fees")


def person_of(billing, login):
    with billing.reading() as session:
        return billing.host(session, Ledger(session)).find(login)
