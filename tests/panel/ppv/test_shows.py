"""Private shows and tips in the panel."""

import pytest

from ppv_module.chat.shows.models import EndReason, ShowState
from tests.panel.client import text
from tests.ppv.reports.made import Made


def test_the_history_has_times_seconds_rate_credits_and_reason(panel, trade):
    page = panel.page("/ppv/shows", state="ended")
    assert "ended Anna Ivan" in page
    assert "90 60 90 the viewer ended it" in page
    assert "Petro" not in page


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ({"viewer": "petro"}, False),
        ({"viewer": "ivan"}, True),
        ({"reason": "viewer_end"}, True),
        ({"reason": "tick_timeout"}, False),
        ({"since": "2026-11-09", "until": "2026-11-09"}, True),
        ({"since": "2026-11-10"}, False),
        ({"state": "live"}, False),
    ],
)
def test_it_is_narrowed(panel, trade, asked, there):
    assert ("the viewer ended it 90" in panel.page("/ppv/shows", columns="reason,seconds", **asked)) is False
    page = panel.get("/ppv/shows", **asked).get_data(as_text=True)
    assert (f"/ppv/shows/{trade.show.id}" in page) is there


def test_a_filter_that_cannot_be_read_is_told_and_does_not_narrow(panel, trade):
    page = panel.get("/ppv/shows", since="soon", performer="nobody", state="odd").get_data(as_text=True)
    assert "Write a date like 22.11.2026." in page
    assert f"/ppv/shows/{trade.show.id}" in page


def test_one_show_tells_dropped_ticks(panel, trade, chat):
    Made(chat).dropped(trade.show, 2)
    page = panel.page(f"/ppv/shows/{trade.show.id}")
    assert "2 ticks were dropped" in page
    assert page.count(" dropped ") >= 2
    assert "End the show" not in page


def test_staff_end_a_show_once(panel, trade, chat):
    path = f"/ppv/shows/{trade.live.id}/end"
    assert "The viewer is charged up to now" in panel.page(path)
    for _click in range(2):
        assert panel.done(path) == f"/ppv/shows/{trade.live.id}"
    show = chat.again(trade.live)
    assert (show.state, show.end_reason, show.ended_by) == (ShowState.ENDED, EndReason.ADMIN_END, "olena")
    assert "the staff ended it" in panel.page(f"/ppv/shows/{trade.live.id}")


def test_a_show_that_is_over_stays_as_it_is(panel, trade, chat):
    panel.done(f"/ppv/shows/{trade.show.id}/end")
    assert chat.again(trade.show).end_reason is EndReason.VIEWER_END
    assert "The show was over already." in panel.page(f"/ppv/shows/{trade.show.id}")


def test_a_tip_is_taken_back_once(panel, trade, chat):
    path = f"/ppv/tips/{trade.tip.id}/reverse"
    assert "The viewer gets the credits back." in panel.page(path)
    for _click in range(2):
        assert panel.done(path, reason="sent by mistake") == "/ppv/tips"
    assert (chat.balance("ivan"), chat.again(trade.tip).reversed_at is None) == (1_000, False)
    assert "taken back" in panel.page("/ppv/tips")
    assert "Tip taken back" in panel.page("/ppv/viewers/ivan")


def test_a_tip_in_a_payout_is_not_taken_back(panel, trade, chat):
    path = f"/ppv/tips/{trade.old_tip.id}/reverse"
    assert f"The tip is in payout {trade.payout.id}." in panel.page(path)
    answer = panel.post(path, reason="too late")
    assert (answer.status_code, chat.again(trade.old_tip).reversed_at) == (422, None)


def test_taking_back_wants_a_reason_and_the_right_for_money(panel, person, trade, chat):
    path = f"/ppv/tips/{trade.tip.id}/reverse"
    answer = panel.post(path, reason="")
    assert (answer.status_code, chat.balance("ivan")) == (422, 990)
    assert "This field is required." in text(answer)
    looker = person("PPV")
    assert (looker.get(path).status_code, looker.post(path, reason="x").status_code) == (403, 403)
    assert "Take back" not in looker.page("/ppv/tips")


def test_only_tips_can_be_taken_back(panel, trade):
    assert panel.get("/ppv/tips/1/reverse").status_code == 404
    assert panel.post("/ppv/tips/999/reverse", reason="x").status_code == 404
