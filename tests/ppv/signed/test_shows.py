"""A whole private show over the signed API."""

import pytest
from sqlalchemy import select

from ppv_module.chat.models import Performer
from ppv_module.chat.people import ban
from ppv_module.chat.shows.models import Show, ShowEvent
from tests.ppv.signed.conftest import code, make_stage
from tests.support import STAFF, assert_books_balance

SHOW = {
    "id",
    "state",
    "user_id",
    "performer_id",
    "rate",
    "source",
    "room_id",
    "requested_at",
    "accepted_at",
    "ready_at",
    "ended_at",
    "end_reason",
    "ended_by",
    "billed_seconds",
    "credits_charged",
    "seconds_left",
}
TICK = {
    "state",
    "seq",
    "ignored",
    "billed_seconds",
    "credits_charged",
    "balance",
    "seconds_left",
    "action",
    "reason",
}


def tick(stage, show, **body):
    answer = stage.gateway.post(f"/shows/{show}/tick", body)
    assert answer.status_code == 200 and set(answer.json) == TICK, answer.text
    return answer.json


def status(stage):
    return stage.gateway.get(f"/performers/{stage.performer_number}").json["status"]


def test_a_show_from_the_request_to_the_end(stage, clock, billing):
    gateway = stage.gateway
    asked = gateway.post("/shows", stage.numbers)
    assert asked.status_code == 201 and set(asked.json) == SHOW
    assert asked.json["state"] == "requested" and asked.json["rate"] == 60 and asked.json["source"] == "api"
    show = f"/shows/{asked.json['id']}"
    accepted = gateway.post(f"{show}/accept").json
    assert accepted["state"] == "accepted" and accepted["room_id"] > 10**9 and status(stage) == "busy"
    ready = gateway.post(f"{show}/ready").json
    assert (ready["state"], ready["seconds_left"]) == ("live", 600)
    for seq in range(1, 10):
        clock.advance(seconds=10)
        now = tick(stage, asked.json["id"], seq=seq, elapsed_s=9.98)
        assert (now["billed_seconds"], now["credits_charged"], now["balance"]) == (10 * seq, 10 * seq, 600 - 10 * seq)
        assert (now["seq"], now["ignored"], now["action"], now["reason"]) == (seq, False, "continue", None)
    ended = gateway.post(f"{show}/end", {"reason": "viewer_end", "by": "viewer"})
    assert ended.status_code == 200 and ended.json["credits_charged"] == 90
    assert (ended.json["state"], ended.json["end_reason"], ended.json["ended_by"]) == ("ended", "viewer_end", "viewer")
    assert gateway.get(show).json == ended.json
    assert gateway.post(f"{show}/end", {"reason": "admin_end"}).json == ended.json
    assert stage.balance == 510
    assert_books_balance(billing)
    with billing.reading() as session:
        notes = session.scalars(select(ShowEvent.payload).where(ShowEvent.type == "tick")).all()
        assert notes[0] == "elapsed_s 9.98"


def test_a_tick_after_the_end_is_no_error(stage, clock):
    show = stage.live()
    clock.advance(seconds=10)
    stage.gateway.post(f"/shows/{show}/end", {"reason": "performer_end"})
    clock.advance(seconds=10)
    last = tick(stage, show, seq=9)
    assert (last["action"], last["state"], last["reason"]) == ("end", "ended", "performer_end")
    assert stage.balance == 590


def test_credits_run_out_at_their_last_second(chat, gateway, clock):
    stage = make_stage(chat, gateway, credits=70, low_warn_s=60)
    show = stage.live()
    answers = []
    for _ in range(8):
        clock.advance(seconds=10)
        answers.append(tick(stage, show))
    assert [each["action"] for each in answers] == [*["warn"] * 6, "end", "end"]
    assert (answers[-1]["reason"], answers[-1]["balance"], stage.balance) == ("credits_exhausted", 0, 0)


def test_duplicate_and_late_ticks_move_nothing(stage, clock):
    show = stage.live()
    clock.advance(seconds=10)
    assert not tick(stage, show, seq=2)["ignored"]
    clock.advance(seconds=10)
    late = [tick(stage, show, seq=seq) for seq in (2, 1, 0)]
    assert all(each["ignored"] and each["credits_charged"] == 10 for each in late)
    assert tick(stage, show, seq=3)["credits_charged"] == 20


def test_who_is_absent_pays_nothing(stage, clock):
    show = stage.live()
    clock.advance(seconds=10)
    assert tick(stage, show, viewer_present=False)["credits_charged"] == 0
    clock.advance(seconds=31)
    gone = tick(stage, show, viewer_present=False)
    assert (gone["action"], gone["reason"], stage.balance) == ("end", "viewer_lost", 600)


def test_refusals_have_their_codes(stage, chat, clock, uow):
    gateway, numbers = stage.gateway, stage.numbers
    poor = chat.viewer(stage.tenant, credits=59)
    answer = gateway.post("/shows", numbers | {"user_id": poor.number})
    assert (answer.status_code, code(answer)) == (402, "insufficient_credits")
    away = chat.performer(stage.tenant, beat_at=None)
    number = away.room_id - stage.tenant.webmaster_id * 10_000
    answer = gateway.post("/shows", numbers | {"performer_id": number})
    assert (answer.status_code, code(answer)) == (409, "performer_offline")
    assert code(gateway.post("/shows", numbers | {"performer_id": 9999})) == "not_found"
    assert code(gateway.post("/shows", numbers | {"user_id": 99_999})) == "not_found"
    assert code(gateway.post("/shows", numbers | {"user_id": numbers["performer_id"]})) == "bad_request"
    show = stage.accepted()
    rich = chat.viewer(stage.tenant, credits=600)
    answer = gateway.post("/shows", numbers | {"user_id": rich.number})
    assert (answer.status_code, code(answer)) == (409, "performer_busy")
    another = chat.performer(stage.tenant)
    number = another.room_id - stage.tenant.webmaster_id * 10_000
    answer = gateway.post("/shows", numbers | {"performer_id": number})
    assert (answer.status_code, code(answer)) == (409, "user_in_show")
    assert code(gateway.post(f"/shows/{show}/tick")) == "bad_state"
    assert code(gateway.post(f"/shows/{show}/cancel")) == "bad_state"
    ban(uow(), person_id=rich.id, reason="rude", actor=STAFF, now=clock())
    answer = gateway.post("/shows", {"user_id": rich.number, "performer_id": number})
    assert (answer.status_code, code(answer)) == (403, "forbidden")


def test_an_end_before_the_beginning_costs_nothing(stage):
    show = stage.accepted()
    ended = stage.gateway.post(f"/shows/{show}/end", {"reason": "performer_end"}).json
    assert (ended["state"], ended["end_reason"], ended["credits_charged"]) == ("aborted", "aborted", 0)
    answer = stage.gateway.post(f"/shows/{show}/ready")
    assert (answer.status_code, code(answer)) == (409, "bad_state")


def test_ready_again_gives_the_same_and_moves_no_mark(stage, clock):
    show = stage.live()
    clock.advance(seconds=5)
    again = stage.gateway.post(f"/shows/{show}/ready")
    assert again.status_code == 200 and again.json["state"] == "live"
    clock.advance(seconds=5)
    assert tick(stage, show)["billed_seconds"] == 10


def test_refuse_and_cancel(stage):
    first = stage.asked()
    assert stage.gateway.post(f"/shows/{first}/refuse").json["state"] == "refused"
    second = stage.asked()
    assert stage.gateway.post(f"/shows/{second}/cancel").json["state"] == "cancelled"
    assert stage.balance == 600


def test_an_accept_that_fails_closes_the_request_all_the_same(stage, billing, uow):
    show = stage.asked()
    with (unit := uow()):
        unit.session.get_one(Performer, stage.performer.person_id).beat_at = None
    for replayed in (None, "true"):
        answer = stage.gateway.post(f"/shows/{show}/accept", once="accept-0001")
        assert (answer.status_code, code(answer)) == (409, "performer_offline")
        assert answer.headers.get("Idempotent-Replayed") == replayed
    with billing.reading() as session:
        assert session.get_one(Show, show).state == "cancelled"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("tick", {"seq": True}),
        ("tick", {"seq": 1.0}),
        ("tick", {"seq": "1"}),
        ("tick", {"seq": -1}),
        ("tick", {"seq": 2**63}),
        ("tick", {"viewer_present": 1}),
        ("tick", {"performer_present": None}),
        ("tick", {"elapsed_s": "10"}),
        ("tick", {"elapsed_s": True}),
        ("tick", {"viewer_presnt": False}),
        ("end", {}),
        ("end", {"reason": "credits_exhausted"}),
        ("end", {"reason": ["viewer_end"]}),
        ("end", {"reason": "viewer_end", "by": 7}),
        ("end", {"reason": "viewer_end", "by": "x" * 65}),
        ("accept", {"performer_id": 1}),
    ],
)
def test_what_is_not_understood_changes_nothing(stage, clock, path, body):
    show = stage.live()
    clock.advance(seconds=10)
    answer = stage.gateway.post(f"/shows/{show}/{path}", body)
    assert (answer.status_code, code(answer)) == (400, "bad_request")
    assert stage.gateway.get(f"/shows/{show}").json["state"] == "live" and stage.balance == 600


def test_a_tick_takes_few_statements(stage, clock, runtime, statements):
    """Key, show and tenant in one, the idempotency row made and kept in two more; the rest is the service's own."""
    show = stage.live()
    clock.advance(seconds=10)
    tick(stage, show)
    clock.advance(seconds=10)
    with statements(runtime.billing.engine) as sent:
        tick(stage, show)
    ours = [each for each in sent if "idempotency" in each or "ppv_signing_key" in each]
    assert len(ours) == 3, sent
    assert len(sent) <= 3 + 7, sent
