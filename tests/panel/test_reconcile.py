"""Reconciling in the panel: what differs, repairing one or all, living with it, history."""

import pytest
from sqlalchemy import select

from billing.worker import Tools, work_one
from olltv_module.jobs import HANDLERS
from olltv_module.reconcile import checks
from olltv_module.reconcile.models import Found, Standing
from tests.olltv.delivery.conftest import sandbox, sandbox_base
from tests.olltv.delivery.house import House
from tests.olltv.reconcile.test_checks import switch_off, switch_on
from tests.panel.client import text
from tests.support import STAFF

__all__ = ["sandbox", "sandbox_base"]


class Never:
    """A worker that is not to end."""

    def is_set(self):
        return False


@pytest.fixture
def partner_url(sandbox_base, sandbox):
    return sandbox_base


@pytest.fixture
def house(runtime, clock, make):
    return House(runtime.billing, clock, make, runtime.delivering)


@pytest.fixture
def work(runtime, tmp_path):
    """Has the worker do everything that was asked for."""

    def run():
        tools = Tools(
            billing=runtime.billing,
            clock=runtime.clock,
            delivering=lambda: runtime.delivering,
            exports_dir=tmp_path,
        )
        while work_one(tools, HANDLERS, Never()):
            pass

    return run


@pytest.fixture
def rows(billing):
    """The differences that are kept."""

    def read():
        with billing.reading() as session:
            return session.scalars(select(Found).order_by(Found.id)).all()

    return read


@pytest.fixture
def differing(house):
    """Two subscribers differ: ivan has too much there, olena too little."""
    for login in ("ivan", "olena"):
        house.watching("main_start", login=login)
    switch_on(house, "sport", "ivan")
    switch_off(house, "main_start", "olena")
    checks.check(house.delivering, actor=STAFF)
    return house


def test_before_the_first_comparison_nothing_is_known(panel):
    page = panel.page("/reconcile")

    assert "Both sides have never been compared." in page
    assert "Nothing is known yet" in page


def test_comparing_is_the_workers_job_and_what_agrees_is_said(panel, house, work):
    house.watching("main_start")

    path = panel.done("/reconcile")
    assert panel.done("/reconcile") == path
    work()

    assert panel.get(path).status_code == 200
    page = panel.page("/reconcile")
    assert "The lists agree" in page
    assert "1 account was looked at." in page
    assert "olena 1 0 done" in panel.page("/reconcile/checks")


def test_differences_are_shown_by_kind_as_sentences(panel, differing):
    page = panel.page("/reconcile")
    other = panel.page("/reconcile", kind="off_there_on_here")

    assert "On at the partner, off here 1" in page
    assert "Off at the partner, on here 1" in page
    assert "ivan has “sport” switched on at the partner, but not here." in page
    assert "switches it off there, as we wish" in page
    assert "olena has “main_start” here, but it is switched off at the partner." in other
    assert "ivan has" not in other
    assert "There is no difference of this kind." in panel.page("/reconcile", kind="wrong_code")
    assert "On at the partner" in panel.page("/reconcile", kind="nonsense")


def test_one_is_repaired_with_one_click(panel, differing, rows, sandbox):
    [ivan, _olena] = rows()

    path = panel.done(f"/reconcile/{ivan.id}/repair", next="/reconcile?kind=on_there_off_here")
    differing.run()

    assert path == "/reconcile?kind=on_there_off_here"
    assert "The difference is repaired" in panel.page("/reconcile")
    assert sandbox.on("ivan") == {"main_start"}
    assert "ivan has “sport”" in panel.page("/reconcile/history")
    assert "repaired" in panel.page(f"/reconcile/{ivan.id}")


def test_what_settled_itself_is_told(panel, differing, rows):
    [ivan, _olena] = rows()
    switch_off(differing, "sport", "ivan")

    panel.done(f"/reconcile/{ivan.id}/repair")

    assert "settled itself in the meantime" in panel.page("/reconcile")
    assert "settled by itself" in panel.page("/reconcile/history", state="gone_by_itself")
    answer = panel.post(f"/reconcile/{ivan.id}/repair")
    assert answer.status_code == 409
    assert "This difference is settled already" in text(answer)


def test_who_is_being_delivered_to_is_left_alone(panel, differing, rows):
    [ivan, _olena] = rows()
    differing.order("screen2", login="ivan")

    panel.done(f"/reconcile/{ivan.id}/repair")

    assert "the partner is being told about this subscriber anyway" in panel.page("/reconcile")
    assert rows()[0].state is Standing.OPEN


def test_all_of_a_kind_are_repaired_after_a_look_at_them(panel, differing, work, rows, sandbox):
    page = panel.page("/reconcile/repair/off_there_on_here")
    assert "1 difference is to be repaired." in page
    assert "olena" in page

    path = panel.done("/reconcile/repair/off_there_on_here")
    work()
    differing.run()

    assert path.startswith("/jobs/")
    result = panel.page(f"/reconcile/results/{path.rpartition('/')[2]}")
    assert "Repaired 1" in result
    assert "Show the result" in panel.page(path)
    assert sandbox.on("olena") == {"main_start"}
    assert [each.state for each in rows()] == [Standing.OPEN, Standing.REPAIRED]
    assert "There is no difference of this kind." in panel.page("/reconcile/repair/off_there_on_here")


def test_what_a_person_has_to_judge_is_not_offered_for_repair(panel, house, sandbox, rows):
    sandbox.seed({"operator": "demo", "account": "<b>ghost</b>", "email": "g@isp.test", "bundles": ["main_start"]})
    checks.check(house.delivering, actor=STAFF)
    [ghost] = rows()

    page = panel.get("/reconcile").get_data(as_text=True)

    assert "<b>ghost</b>" not in page
    assert "Repair" not in text(panel.get("/reconcile"))
    assert "A person has to decide" in page
    assert panel.post(f"/reconcile/{ghost.id}/repair").status_code == 409
    assert panel.get("/reconcile/repair/unknown_account").status_code == 409
    assert panel.post("/reconcile/repair/nonsense").status_code == 409


def test_a_difference_is_dismissed_with_a_reason_and_opened_again(panel, differing, rows):
    [ivan, _olena] = rows()
    path = f"/reconcile/{ivan.id}"

    assert panel.post(f"{path}/dismiss", reason="").status_code == 422
    panel.done(f"{path}/dismiss", reason="<i>agreed</i>")

    assert "ivan has" not in panel.page("/reconcile", kind="on_there_off_here")
    assert "<i>agreed</i>" in panel.page("/reconcile/history", state="dismissed")
    assert "<i>agreed</i>" not in panel.get("/reconcile/history", state="dismissed").get_data(as_text=True)
    assert "Reason: <i>agreed</i>" in panel.page(path)
    panel.done(f"{path}/reopen")
    assert rows()[0].state is Standing.OPEN


def test_a_comparison_that_was_broken_off_is_told(panel, differing, sandbox, work):
    sandbox.faults({"*": {"error_before": 1}})
    panel.done("/reconcile")
    work()

    assert "The last comparison was broken off: The TV partner does not answer." in panel.page("/reconcile")
    assert "broken off" in panel.page("/reconcile/checks")


def test_reconciling_wants_a_right(person):
    stranger, staff = person("PPV", "MONEY"), person("OLLTV")

    for path in ("/reconcile", "/reconcile/history", "/reconcile/checks", "/reconcile/repair/wrong_code"):
        assert stranger.get(path).status_code == 403
        assert staff.get(path).status_code == 200
    assert stranger.post("/reconcile").status_code == 403


def test_what_does_not_exist_is_not_found(panel):
    assert panel.get("/reconcile/results/9").status_code == 404
    assert panel.get("/reconcile/9").status_code == 404
    for action in ("repair", "dismiss", "reopen"):
        assert panel.post(f"/reconcile/9/{action}", reason="no").status_code == 404
