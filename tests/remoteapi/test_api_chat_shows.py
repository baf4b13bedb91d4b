"""A viewer's private show over the JSON door, from the request to the end, and tips."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from ppv_module.chat import viewing
from ppv_module.chat.earnings.models import Earning
from ppv_module.chat.models import Tenant
from ppv_module.chat.shows import answering
from ppv_module.chat.shows.models import Show
from ppv_module.credits import freezing
from tests.remoteapi.chat_stage import PRIVATE_ROOM, chat, ini, stage, token
from tests.remoteapi.conftest import code
from tests.support import STAFF, assert_books_balance

__all__ = ["chat", "ini", "stage"]


def count_of(billing, kind):
    with billing.reading() as session:
        return session.scalar(select(func.count()).select_from(kind))


# --- A private show ---------------------------------------------------------------------------------------------------


def test_a_show_from_the_request_to_the_end(stage, billing):
    show_id = stage.asked()
    state = stage.ann.get(stage.path("/rooms/5")).json
    assert (state["show"]["state"], state["show"]["waits_s"], state["balance"]) == ("requested", 60, 600)
    assert state["rules"] == {
        "tick_interval": 10,
        "rounding": "per_second",
        "tip_max": 10000,
        "tip_choices": [1, 5, 10, 50, 100],
        "min_start_credits": 60,
    }
    by = {"by": stage.olena.person_id, "room_id": PRIVATE_ROOM, "actor": STAFF, "now": stage.clock()}
    answering.accept_show(billing.uow(), show_id=show_id, **by)
    state = stage.ann.get(stage.path("/rooms/5")).json
    assert (state["show"]["state"], state["show"]["private"], state["leave"]) == ("accepted", True, "")
    entry = stage.ann.post(stage.path("/rooms/5/entry"), {"show": show_id}).json
    assert token(entry)["startRoom"] == PRIVATE_ROOM
    assert stage.ann.post(stage.path(f"/shows/{show_id}/arrive")).json["show"]["state"] == "accepted"
    stage.hers(show_id)
    for second in range(10, 31, 10):
        stage.passes(10)
        stage.hers(show_id)
        tick = stage.ann.post(stage.path(f"/shows/{show_id}/tick")).json
        assert (tick["balance"], tick["show"]["credits_charged"]) == (600 - second, second)
        assert tick["show"]["seconds_left"] == 600 - second
    ended = stage.ann.post(stage.path(f"/shows/{show_id}/end")).json
    assert (ended["leave"], ended["show"]["state"], ended["show"]["end_reason"]) == ("over", "ended", "viewer_end")
    again = stage.ann.post(stage.path(f"/shows/{show_id}/end")).json
    assert again["show"] == ended["show"]
    past = stage.ann.get(stage.path(f"/shows/{show_id}")).json
    assert (past["seconds"], past["credits"], past["performer"]) == (30, 30, "Olena")
    assert stage.ann.get(stage.path("/shows")).json["shows"] == [past]
    assert stage.ann.get(stage.path("/rooms/5")).json["leave"] == ""  # she is back for everybody
    assert_books_balance(billing)


def test_all_others_have_to_leave_at_the_accept(stage, chat):
    chat.give("boris", 600)
    stage.boris.post(stage.path("/rooms/5/entry"))
    waiting = stage.asked(stage.boris)
    stage.accepted()
    for query in ("", f"?show={waiting}"):
        state = stage.boris.get(stage.path(f"/rooms/5{query}")).json
        assert state["leave"] == "private"
    assert state["show"]["state"] == "cancelled"
    assert stage.ann.get(stage.path("/rooms/5")).json["leave"] == ""


def test_a_request_can_be_taken_back_and_costs_nothing(stage, billing):
    show_id = stage.asked()
    state = stage.ann.post(stage.path(f"/shows/{show_id}/cancel")).json
    assert (state["show"]["state"], state["leave"], state["balance"]) == ("cancelled", "", 600)
    assert_books_balance(billing)


def test_too_few_credits_are_told_in_the_readers_language(stage, chat):
    chat.give("boris", 59)
    answer = stage.boris.post(stage.path("/shows"), {"performer": 5}, Accept_Language="en")
    assert (answer.status_code, code(answer)) == (402, "insufficient_credits")
    assert answer.json["facts"]["lack"] == {"minor": 1, "unit": "CRD"}
    assert "1 credit" in answer.json["detail"]
    uk = stage.boris.post(stage.path("/shows"), {"performer": 5}, Accept_Language="uk").json["detail"]
    assert uk != answer.json["detail"]


def test_what_cannot_be_asked_for(stage, chat, billing):
    chat.performer(stage.tenant, "away", number=6, beat_at=None)
    assert code(stage.ann.post(stage.path("/shows"), {"performer": 6})) == "performer_offline"
    assert code(stage.ann.post(stage.path("/shows"), {"performer": 99})) in ("unknown_performer", "unknown_person")
    assert code(stage.ann.post(stage.path("/shows"), {"performer": 10_001})) == "unknown_performer"
    freezing.freeze(billing.uow(), login="ann", reason="asked by the bank", actor=STAFF, now=stage.clock())
    assert code(stage.ann.post(stage.path("/shows"), {"performer": 5})) == "wallet_frozen"
    assert stage.ann.get(stage.path("/rooms/5")).json["frozen"]


def test_a_show_of_somebody_else_is_not_there(stage, chat):
    show_id = stage.live()
    stage.boris.post(stage.path("/entry"))
    for step in ("cancel", "arrive", "tick", "end"):
        answer = stage.boris.post(stage.path(f"/shows/{show_id}/{step}"))
        assert (answer.status_code, code(answer)) == (404, "unknown_show")
    assert code(stage.boris.get(stage.path(f"/shows/{show_id}"))) == "unknown_show"
    assert code(stage.boris.get(stage.path(f"/rooms/5?show={show_id}"))) == "unknown_show"
    assert code(stage.boris.post(stage.path("/rooms/5/entry"), {"show": show_id})) == "unknown_show"
    other = chat.tenant()
    assert code(stage.ann.post(f"/me/chat/{other.id}/shows/{show_id}/end")) == "unknown_show"
    assert stage.show(show_id).state == "live"


def test_the_private_room_is_shut_after_the_show(stage):
    show_id = stage.live()
    stage.ann.post(stage.path(f"/shows/{show_id}/end"))
    assert code(stage.ann.post(stage.path("/rooms/5/entry"), {"show": show_id})) == "bad_state"


def test_credits_that_run_out_end_the_show_at_the_last_second_they_pay_for(stage, chat, billing):
    chat.give("boris", 60)
    show_id = stage.live(stage.boris)
    for _ in range(6):
        stage.passes(10)
        stage.hers(show_id)
        state = stage.boris.post(stage.path(f"/shows/{show_id}/tick")).json
    assert (state["leave"], state["show"]["end_reason"]) == ("over", "credits_exhausted")
    assert (state["balance"], state["show"]["credits_charged"]) == (0, 60)
    assert_books_balance(billing)


def test_a_warning_comes_before_the_credits_end(stage, chat):
    chat.give("boris", 100)
    show_id = stage.live(stage.boris)
    assert not stage.boris.get(stage.path("/rooms/5")).json["show"]["warn"]
    for _ in range(5):
        stage.passes(10)
        stage.hers(show_id)
        state = stage.boris.post(stage.path(f"/shows/{show_id}/tick")).json
    assert state["show"]["warn"] and state["show"]["seconds_left"] == 50
    stage.passes(4)
    assert stage.boris.get(stage.path("/rooms/5")).json["show"]["seconds_left"] == 46


def test_two_requests_at_once_are_one(stage, billing):
    stage.ann.post(stage.path("/entry"))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: stage.ann.post(stage.path("/shows"), {"performer": 5}), range(4)))
    assert {answer.status_code for answer in answers} <= {200, 409, 503}
    assert len({answer.json["show"]["id"] for answer in answers if answer.status_code == 200}) == 1
    assert count_of(billing, Show) == 1


def test_the_list_of_shows_goes_by_pages(stage, monkeypatch):
    monkeypatch.setattr(viewing, "PAGE_SHOWS", 2)
    made = []
    for _ in range(5):
        stage.passes(1)
        made.append(stage.asked())
        stage.ann.post(stage.path(f"/shows/{made[-1]}/cancel"))
    found, older = [], ""
    while older is not None:
        page = stage.ann.get(stage.path(f"/shows{older and f'?older_than={older}'}")).json
        found += [each["id"] for each in page["shows"]]
        older = page["next"]
    assert found == made[::-1]


# --- Tips -------------------------------------------------------------------------------------------------------------


def test_a_tip_is_taken_once_however_often_it_is_sent(stage, billing):
    for _ in range(3):
        answer = stage.ann.post(stage.path("/tips"), {"performer": 5, "credits": 10}, once="tip-1")
        assert (answer.status_code, answer.json["balance"]) == (200, 590)
    assert count_of(billing, Earning) == 1
    assert_books_balance(billing)


def test_a_key_is_no_good_for_another_tip_or_viewer(stage, chat):
    chat.give("boris", 10)
    assert stage.ann.post(stage.path("/tips"), {"performer": 5, "credits": 10}, once="tip-1").status_code == 200
    for viewer, credits in ((stage.ann, 11), (stage.boris, 10)):
        again = viewer.post(stage.path("/tips"), {"performer": 5, "credits": credits}, once="tip-1")
        assert code(again) == "idempotency_key_reused"
    assert (chat.balance("ann"), chat.balance("boris")) == (590, 10)


@pytest.mark.parametrize(
    ("credits", "refused"), [(0, "bad_tip"), (-5, "bad_tip"), (10_001, "bad_tip"), (601, "insufficient_credits")]
)
def test_a_tip_that_cannot_be_is_refused_without_a_trace(stage, chat, billing, credits, refused):
    assert code(stage.ann.post(stage.path("/tips"), {"performer": 5, "credits": credits})) == refused
    assert chat.balance("ann") == 600 and count_of(billing, Earning) == 0


@pytest.mark.parametrize("credits", [1.5, "10", True, None])
def test_a_tip_is_a_whole_number(stage, credits):
    assert stage.ann.post(stage.path("/tips"), {"performer": 5, "credits": credits}).status_code == 422


def test_a_tip_in_a_show_shortens_it(stage):
    show_id = stage.live()
    stage.ann.post(stage.path("/tips"), {"performer": 5, "credits": 100, "show": show_id})
    state = stage.ann.get(stage.path("/rooms/5")).json
    assert (state["balance"], state["show"]["seconds_left"]) == (500, 500)


def test_numbers_of_two_chats_may_be_equal(stage, chat):
    other = chat.tenant()
    chat.performer(other, "other-olena", number=5, rate=10)
    stage.asked()
    state = stage.ann.get(f"/me/chat/{other.id}/rooms/5").json
    assert (state["show"], state["card"]["rate"]) == (None, 10)
    with stage.billing.reading() as session:
        assert session.scalars(select(Show.tenant_id)).all() == [stage.tenant.id]
        assert session.get_one(Tenant, other.id).id != stage.tenant.id
