"""Long work on the panel: how far it is, how it ended, and the file that it made."""

from datetime import timedelta
from io import BytesIO
from threading import Event as Flag

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from billing import jobs, worker
from billing.actors import Actor
from billing.errors import NotEnoughMoney
from cron.asked import tools_of
from suite import exporting
from suite.handlers import HANDLERS, TITLES
from tests.support import STAFF, money
from weblib import exports


@pytest.fixture
def ask(billing, clock):
    def asked(kind="olltv.dance", actor=STAFF, **args):
        return jobs.ask(billing.uow(), kind=kind, args=args, actor=actor, now=clock())

    return asked


@pytest.fixture
def work(runtime):
    """A worker does what waits."""

    def do(handler=None):
        handlers = HANDLERS if handler is None else {"olltv.dance": handler}
        while worker.work_one(tools_of(runtime), handlers, Flag()):
            pass

    return do


def test_every_kind_of_job_has_a_name():
    assert TITLES.keys() == HANDLERS.keys()


def test_a_job_that_waits_is_told_and_asked_for_again(panel, ask, billing, clock):
    job = ask()
    worker.show_up(billing.uow(), now=clock())
    page = panel.get(f"/jobs/{job.id}").get_data(as_text=True)
    assert f'hx-get="/jobs/{job.id}/progress"' in page
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page
    assert "waiting" in panel.page(f"/jobs/{job.id}")
    assert "does not run" not in page


def test_without_a_worker_that_is_said(panel, ask):
    assert "The worker does not run at the moment" in panel.page(f"/jobs/{ask().id}")


def test_progress_can_be_followed(panel, ask, work):
    job, seen = ask(), []

    def handler(task):
        task.progress(30, 100)
        seen.append(panel.page(f"/jobs/{job.id}/progress"))
        return {"url": "/events"}

    work(handler)
    assert "under way Steps done 30 / 100" in seen[0]
    answer = panel.get(f"/jobs/{job.id}/progress").get_data(as_text=True)
    assert "hx-get" not in answer and "<html" not in answer
    assert 'href="/events"' in answer and "Show the result" in answer


def test_a_refusal_is_told_in_its_own_words(panel, ask, work):
    def handler(_task):
        raise NotEnoughMoney(lack=money("5 UAH"))

    job = ask()
    work(handler)
    assert "failed" in panel.page(f"/jobs/{job.id}")
    assert "Not enough money: 5.00 UAH is missing." in panel.page(f"/jobs/{job.id}")


def test_a_result_elsewhere_is_no_link(panel, ask, work):
    job = ask()
    work(lambda _task: {"url": "https://evil.example"})
    assert "evil" not in panel.get(f"/jobs/{job.id}").get_data(as_text=True)


def test_jobs_of_others_are_seen_by_administrators_alone(person, panel, ask):
    job = ask(actor=Actor("staff-olltv"))
    mine, other, admin = person("OLLTV"), person("MONEY"), person("ADMIN")
    assert mine.get(f"/jobs/{job.id}").status_code == 200
    assert other.get(f"/jobs/{job.id}").status_code == 404
    assert other.get(f"/jobs/{job.id}/progress").status_code == 404
    assert admin.get(f"/jobs/{job.id}").status_code == 200
    for somebody, count in ((mine, "1 row"), (other, "0 rows"), (admin, "1 row")):
        assert count in somebody.page("/jobs")
    assert panel.get("/jobs/999").status_code == 404


@pytest.fixture
def many_lines(billing, clock, monkeypatch):
    """More lines than a request writes."""
    monkeypatch.setattr("panel.exports.AT_ONCE", 5)
    with billing.uow() as uow:
        for number in range(8):
            uow.events.write("OLLTV LINE [{number}]", actor=STAFF, at=clock(), number=number, login="=ivan")


def test_a_long_list_is_written_by_the_worker_and_taken_by_who_asked(panel, person, many_lines, work, runtime, clock):
    page = panel.page("/exports/events.xlsx", login="=ivan")
    assert "The list has more than 5 rows." in page
    query = panel.hidden("/exports/events.xlsx?login=%3Divan&columns=login,text", "query")
    url = panel.done("/exports/events", query=query)
    assert panel.done("/exports/events", query=query) == url  # pressed twice
    assert panel.get(f"{url}/file").status_code == 404

    work()

    assert "The file has 8 rows." in panel.page(url)
    answer = panel.get(f"{url}/file")
    assert 'filename="Event log 2026-11-10.xlsx"' in answer.headers["Content-Disposition"]
    rows = list(load_workbook(BytesIO(answer.get_data())).active.values)
    assert rows[0] == ("Subscriber", "What happened")
    assert rows[1] == ("=ivan", "OLLTV LINE [7]")
    assert len(rows) == 9
    admin = person("ADMIN")
    assert admin.get(f"{url}/file").status_code == 404
    assert "Only who asked for the file can download it." in admin.page(url)

    exporting.forget_old(runtime.settings.suite.exports_dir, now=clock() + timedelta(days=400))
    assert "The file has been deleted by now." in panel.page(url)
    assert panel.get(f"{url}/file").status_code == 404


def test_a_file_speaks_the_language_of_who_asked(panel, many_lines, work):
    panel.client.set_cookie("lang", "uk")
    url = panel.done("/exports/events", query="columns=at,login")
    work()
    rows = list(load_workbook(BytesIO(panel.get(f"{url}/file").get_data())).active.values)
    assert rows[0][0] != "Time"


def test_a_short_list_comes_at_once(panel, billing, clock):
    answer = panel.get("/exports/events.xlsx", columns="actor,text")
    rows = list(load_workbook(BytesIO(answer.get_data())).active.values)
    assert rows[0] == ("Who", "What happened")


def test_an_export_that_is_broken_off_leaves_no_draft(panel, many_lines, runtime, monkeypatch, work):
    url = panel.done("/exports/events", query="")
    monkeypatch.setattr("weblib.exports._Sheets.write", lambda *_: 1 / 0)
    work()
    assert "Something went wrong" in panel.page(url)
    assert list((runtime.settings.suite.exports_dir / exporting.FOLDER).iterdir()) == []


def test_what_may_not_be_read_may_not_be_exported(person):
    money_only = person("MONEY")
    assert money_only.post("/exports/events", query="").status_code == 403
    assert money_only.post("/exports/nothing", query="").status_code == 404
    assert money_only.get("/exports/nothing.csv").status_code == 404
    assert person("OLLTV").get("/exports/events.pdf").status_code == 405


def test_the_worker_can_write_every_list_that_there_is(billing, work, clock):
    """Without a page around them: a list may want a number that is not given, but nothing of a signed-in person."""
    names = sorted(source.name for source in exports.sources())
    assert "events" in names
    for name in names:
        exporting.ask_for_export(billing.uow(), source=name, query="", lang="uk", actor=STAFF, now=clock())
    work()
    with billing.reading() as session:
        ended = {job.args["source"]: job.refusal and job.refusal.code for job in session.scalars(select(jobs.Job))}
    assert ended.keys() == set(names)
    assert "job_broken" not in ended.values(), ended
