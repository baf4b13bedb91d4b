"""Every step of a show from the request to its end, and every step that is refused."""

import pytest
from sqlalchemy import select

from ppv_module.chat.models import Mode, Performer, Person, Tenant
from ppv_module.chat.presence import status_of, told
from ppv_module.chat.shows.answering import accept_show, cancel_show, refuse_show
from ppv_module.chat.shows.closing import end_shows_of, end_shows_of_login
from ppv_module.chat.shows.models import EndReason, Show, ShowState, Source
from ppv_module.chat.shows.reading import asked_by, held_by, open_show_of, requests_to, seconds_left
from ppv_module.chat.shows.reading import show as show_of_tenant
from ppv_module.chat.shows.running import ready
from ppv_module.credits.accounts import lock_credits, spend
from ppv_module.credits.models import CreditState
from ppv_module.errors import (
    BadState,
    Banned,
    EmbedMode,
    InsufficientCredits,
    NotYours,
    OwnRoom,
    PerformerBusy,
    PerformerOffline,
    UnknownPerformer,
    UnknownPerson,
    UnknownShow,
    UnknownTenant,
    UserInShow,
    WalletFrozen,
)
from tests.ppv.shows.stage import ROOM
from tests.support import STAFF, assert_books_balance


def change(stage, kind, key, **values):
    with stage.billing.uow() as uow:
        row = uow.session.get_one(kind, key)
        for name, value in values.items():
            setattr(row, name, value)


def rows(stage):
    with stage.billing.reading() as session:
        return list(session.scalars(select(Show)))


def test_a_request_keeps_what_was_agreed_and_moves_nothing(billing, clock, on_stage):
    stage = on_stage(rate=45)
    asked = stage.ask()

    assert (asked.state, asked.rate, asked.percent_bp) == (ShowState.REQUESTED, 45, 5000)
    assert (asked.value_minor, asked.value_credits, asked.currency) == (1000, 600, "UAH")
    assert (asked.source, asked.requested_at, asked.login) == (Source.API, clock(), stage.viewer.login)
    assert stage.balance() == 600
    assert stage.log(asked) == ["requested"]
    with billing.reading() as session:
        assert asked_by(session, stage.viewer.id).id == asked.id == open_show_of(session, stage.viewer.id).id
        assert held_by(session, stage.performer.person_id) is None
        assert [each.id for each in requests_to(session, stage.performer.person_id, clock())] == [asked.id]
        assert show_of_tenant(session, asked.id, stage.tenant.id).id == asked.id
        assert seconds_left(asked, 600) == 800
        with pytest.raises(UnknownShow):
            show_of_tenant(session, asked.id, stage.tenant.id + 1)
    assert_books_balance(billing)


def test_asking_again_gives_the_same_request_and_somebody_else_is_refused(on_stage):
    stage = on_stage()
    asked = stage.ask()
    assert stage.ask().id == asked.id
    with pytest.raises(UserInShow):
        stage.ask(performer=stage.another())
    assert len(rows(stage)) == 1


@pytest.mark.parametrize(
    ("given", "rate", "charge", "enough"),
    [(None, 60, 0, 60), (None, 5, 0, 10), (20, 60, 0, 20), (1, 60, 0, 1), (20, 60, 20, 20)],
)
def test_a_request_needs_the_least_credits(on_stage, chat, given, rate, charge, enough):
    stage = on_stage(rate=rate, credits=enough - 1, min_charge_credits=charge)
    rules = {"min_charge_credits": charge} | ({} if given is None else {"min_start_credits": given})
    change(stage, Tenant, stage.tenant.id, rules_given=rules)
    with pytest.raises(InsufficientCredits) as refused:
        stage.ask()
    assert {name: each.minor for name, each in refused.value.facts.items()} == {
        "needed": enough,
        "available": enough - 1,
        "lack": 1,
    }
    chat.give(stage.viewer.login, 1)
    assert stage.ask().state is ShowState.REQUESTED


@pytest.mark.parametrize(
    ("what", "values", "refusal"),
    [
        ("tenant", {"mode": Mode.EMBED}, EmbedMode),
        ("tenant", {"active": False}, UnknownTenant),
        ("viewer", {"banned_at": "now"}, Banned),
        ("performer", {"active": False}, UnknownPerformer),
        ("performer", {"beat_at": None}, PerformerOffline),
        ("herself", {"banned_at": "now"}, UnknownPerformer),
        ("credits", {"frozen_by": "staff"}, WalletFrozen),
    ],
)
@pytest.mark.parametrize("step", ["ask", "accept"])
def test_what_stands_in_the_way_refuses_a_request_and_closes_it_at_the_answer(
    clock, on_stage, what, values, refusal, step
):
    stage = on_stage()
    asked = stage.ask() if step == "accept" else None
    kinds = {
        "tenant": (Tenant, stage.tenant.id),
        "viewer": (Person, stage.viewer.id),
        "performer": (Performer, stage.performer.person_id),
        "herself": (Person, stage.performer.person_id),
        "credits": (CreditState, stage.viewer.login),
    }
    change(stage, *kinds[what], **{name: clock() if value == "now" else value for name, value in values.items()})
    if asked is None:
        with pytest.raises(refusal):
            stage.ask()
        assert rows(stage) == []
    else:
        with pytest.raises(refusal):
            stage.accept(asked)
        closed = stage.now(asked)
        assert (closed.state, closed.ended_by, closed.viewer_slot) == (ShowState.CANCELLED, "system", None)
        with pytest.raises(BadState):
            stage.accept(asked)
    assert stage.balance() == 600


def test_credits_that_were_spent_since_the_request_close_it_at_the_answer(on_stage, chat):
    stage = on_stage(credits=60, min_start_credits=60)
    asked = stage.ask()
    with stage.billing.uow() as uow:
        spend(uow, lock_credits(uow, stage.viewer.login), credits=1, key="x", actor=STAFF, at=stage.clock())
    with pytest.raises(InsufficientCredits):
        stage.accept(asked)
    assert stage.now(asked).state is ShowState.CANCELLED


def test_nobody_asks_himself_or_in_another_chat_or_somebody_unknown(on_stage, chat):
    stage = on_stage()
    with pytest.raises(UnknownPerformer):
        stage.ask(performer=chat.performer(chat.tenant()))
    with pytest.raises(OwnRoom):
        stage.ask(viewer=chat.again(person_row(stage)))
    stage.viewer.id = 999
    with pytest.raises(UnknownPerson):
        stage.ask()


def person_row(stage):
    with stage.billing.reading() as session:
        return session.get_one(Person, stage.performer.person_id)


def test_she_accepts_and_whoever_else_has_asked_is_told_no(billing, clock, on_stage, chat):
    stage = on_stage()
    first = stage.ask()
    others = [stage.ask(viewer=chat.viewer(stage.tenant, credits=100)) for _ in range(2)]
    accepted = stage.accept(first, by=stage.performer.person_id)

    assert (accepted.state, accepted.room_id, accepted.accepted_at) == (ShowState.ACCEPTED, ROOM, clock())
    assert [stage.now(each).state for each in others] == [ShowState.CANCELLED] * 2
    assert stage.accept(first).accepted_at == clock()
    with billing.reading() as session:
        performer = session.get_one(Performer, stage.performer.person_id)
        busy = held_by(session, performer.person_id) is not None
        assert status_of(performer, tenant=stage.tenant, busy=busy, now=clock()) == "busy"
    with pytest.raises(PerformerBusy):
        stage.ask(viewer=chat.viewer(stage.tenant, credits=100))
    assert stage.balance() == 600
    assert_books_balance(billing)


def test_only_she_answers_and_only_he_takes_back(on_stage, chat):
    stage = on_stage()
    asked = stage.ask()
    stranger = chat.viewer(stage.tenant)
    common = {"show_id": asked.id, "actor": STAFF, "now": stage.clock()}
    for by in (stage.viewer.id, stranger.id):
        with pytest.raises(NotYours):
            accept_show(stage.billing.uow(), by=by, room_id=ROOM, **common)
        with pytest.raises(NotYours):
            refuse_show(stage.billing.uow(), by=by, **common)
    with pytest.raises(NotYours):
        cancel_show(stage.billing.uow(), by=stage.performer.person_id, **common)
    with pytest.raises(NotYours):
        stage.end(asked, by=stranger.id)
    assert stage.now(asked).state is ShowState.REQUESTED


@pytest.mark.parametrize(("step", "state"), [(refuse_show, ShowState.REFUSED), (cancel_show, ShowState.CANCELLED)])
def test_a_refused_or_cancelled_request_is_over_and_he_may_ask_again(billing, on_stage, step, state):
    stage = on_stage()
    asked = stage.ask()
    common = {"show_id": asked.id, "by": None, "actor": STAFF, "now": stage.clock()}
    closed = step(stage.billing.uow(), **common)
    assert (closed.state, closed.end_reason, closed.ended_at) == (state, None, stage.clock())
    assert step(stage.billing.uow(), **common).state is state
    with pytest.raises(BadState):
        stage.accept(asked)
    with pytest.raises(BadState):
        ready(stage.billing.uow(), show_id=asked.id, now=stage.clock())
    assert stage.tick(asked).action == "end"
    assert stage.ask().id != asked.id
    assert_books_balance(billing)


def test_a_request_without_an_answer_expires(clock, on_stage):
    stage = on_stage()
    asked = stage.ask()
    clock.advance(seconds=59)
    assert stage.sweep() == 0
    clock.advance(seconds=1)
    assert stage.sweep() == 1
    assert (stage.now(asked).state, stage.sweep()) == (ShowState.EXPIRED, 0)


def test_an_answer_that_comes_too_late_is_refused_before_any_sweeper(clock, on_stage):
    stage = on_stage()
    asked = stage.ask()
    clock.advance(seconds=61)
    stage.beat()
    with pytest.raises(BadState) as refused:
        stage.accept(asked)
    assert refused.value.facts["state"] == "expired"
    assert stage.ask().id != asked.id, "the old request does not stand in the way"
    assert stage.now(asked).state is ShowState.EXPIRED


def test_an_accepted_show_that_nobody_enters_is_aborted(clock, on_stage, chat):
    stage = on_stage()
    show = stage.accept(stage.ask())
    clock.advance(seconds=30)
    assert stage.sweep() == 1
    closed = stage.now(show)
    assert (closed.state, closed.end_reason, closed.credits_charged) == (ShowState.ABORTED, EndReason.ABORTED, 0)
    with pytest.raises(BadState):
        ready(stage.billing.uow(), show_id=show.id, now=clock())
    assert stage.balance() == 600


def test_an_abandoned_show_does_not_keep_her_from_the_next_one(clock, on_stage, chat):
    stage = on_stage()
    show = stage.accept(stage.ask())
    clock.advance(seconds=31)
    stage.beat()
    with pytest.raises(BadState) as refused:
        ready(stage.billing.uow(), show_id=show.id, now=clock())
    assert refused.value.facts["state"] == "aborted"
    next_one = stage.ask(viewer=chat.viewer(stage.tenant, credits=100))
    assert stage.accept(next_one).state is ShowState.ACCEPTED
    assert stage.now(show).state is ShowState.ABORTED


def test_an_end_before_the_beginning_aborts_and_costs_nothing(billing, on_stage):
    stage = on_stage()
    show = stage.accept(stage.ask())
    ended = stage.end(show, EndReason.VIEWER_END, by=stage.viewer.id)
    assert (ended.state, ended.end_reason, ended.ended_by) == (ShowState.ABORTED, EndReason.ABORTED, "viewer")
    with pytest.raises(BadState):
        ready(stage.billing.uow(), show_id=show.id, now=stage.clock())
    assert (stage.earnings(), stage.balance()) == ([], 600)
    assert_books_balance(billing)


def test_ready_twice_keeps_the_first_mark(clock, on_stage):
    stage = on_stage()
    show = stage.live()
    began = clock()
    clock.advance(seconds=10)
    answer = ready(stage.billing.uow(), show_id=show.id, now=clock())
    assert (answer.state, answer.seconds_left, answer.action) == (ShowState.LIVE, 600, "continue")
    assert stage.now(show).last_mark_at == began
    assert stage.tick(show).credits_charged == 10


def test_a_tick_before_the_beginning_is_refused(on_stage):
    stage = on_stage()
    for show in (stage.ask(), stage.accept(stage.ask())):
        with pytest.raises(BadState):
            stage.tick(show)


@pytest.mark.parametrize(
    ("side", "said", "reason"),
    [
        ("viewer", EndReason.VIEWER_END, EndReason.VIEWER_END),
        ("performer", EndReason.PERFORMER_END, EndReason.PERFORMER_END),
        ("viewer", EndReason.PERFORMER_END, EndReason.VIEWER_END),
        ("billing", EndReason.ADMIN_END, EndReason.ADMIN_END),
    ],
)
def test_an_end_is_a_last_tick_and_a_second_end_changes_nothing(billing, clock, on_stage, side, said, reason):
    stage = on_stage()
    show = stage.live()
    by = {"viewer": stage.viewer.id, "performer": stage.performer.person_id}.get(side, side)
    clock.advance(seconds=7)
    ended = stage.end(show, said, by=by)
    assert (ended.end_reason, ended.ended_by, ended.credits_charged) == (reason, side, 7)
    clock.advance(seconds=7)
    again = stage.end(show, EndReason.TICK_TIMEOUT, by="vendor")
    assert (again.end_reason, again.ended_at, again.credits_charged) == (reason, ended.ended_at, 7)
    assert len(stage.earnings()) == 1
    assert_books_balance(billing)


@pytest.mark.parametrize("reason", [EndReason.VIEWER_LOST, EndReason.PERFORMER_LOST, EndReason.TICK_TIMEOUT])
def test_an_end_by_loss_adds_nothing_after_the_last_tick(clock, on_stage, reason):
    stage = on_stage()
    show = stage.live()
    stage.play(show, 10)
    clock.advance(seconds=8)
    ended = stage.end(show, reason, by="gateway")
    assert (ended.end_reason, ended.credits_charged) == (reason, 10)


def test_after_the_end_both_are_free_again(clock, on_stage):
    stage = on_stage()
    stage.end(stage.live())
    assert stage.live().state is ShowState.REQUESTED


@pytest.mark.parametrize("side", ["viewer", "performer"])
def test_a_side_that_is_gone_stops_the_meter_and_ends_the_show_if_it_stays_away(billing, clock, on_stage, side):
    stage = on_stage()
    show = stage.live()
    stage.play(show, 20)
    gone = {f"{side}_present": False}
    for _ in range(2):
        clock.advance(seconds=10)
        assert stage.tick(show, **gone).credits_charged == 20
    clock.advance(seconds=10)
    assert stage.tick(show).credits_charged == 20, "who is back within the window is charged from now on"
    clock.advance(seconds=10)
    assert stage.tick(show).credits_charged == 30
    for _ in range(3):
        clock.advance(seconds=10)
        stage.tick(show, **gone)
    assert stage.sweep() == 0
    clock.advance(seconds=10)
    assert stage.sweep() == 1
    ended = stage.now(show)
    assert (ended.end_reason, ended.credits_charged, ended.ended_at) == (EndReason(f"{side}_lost"), 30, clock())
    assert_books_balance(billing)


def test_who_comes_back_too_late_ends_it_himself(clock, on_stage):
    stage = on_stage()
    show = stage.live()
    clock.advance(seconds=10)
    stage.tick(show, viewer_present=False)
    clock.advance(seconds=31)
    answer = stage.tick(show)
    assert (answer.action, answer.reason, answer.credits_charged) == ("end", EndReason.VIEWER_LOST, 0)


@pytest.mark.parametrize("by", ["tick", "sweeper"])
def test_no_show_is_longer_than_the_longest(clock, on_stage, by):
    stage = on_stage(max_show_s=25)
    show = stage.live()
    stage.play(show, 20)
    clock.advance(seconds=7)
    if by == "tick":
        assert stage.tick(show).reason is EndReason.MAX_DURATION
    else:
        assert stage.sweep() == 1
    ended = stage.now(show)
    assert (ended.end_reason, ended.credits_charged) == (EndReason.MAX_DURATION, 25 if by == "tick" else 20)
    assert (ended.ended_at - ended.ready_at).total_seconds() == 25


def test_a_person_who_must_go_ends_all_shows_and_requests(billing, clock, on_stage, chat):
    stage = on_stage()
    show = stage.live()
    clock.advance(seconds=5)
    stage.tick(show)
    clock.advance(seconds=5)
    common = {"reason": EndReason.ADMIN_END, "by": "staff", "actor": STAFF, "now": clock()}
    assert end_shows_of(billing.uow(), person_id=stage.viewer.id, **common) == 1
    ended = stage.now(show)
    assert (ended.end_reason, ended.ended_by, ended.credits_charged) == (EndReason.ADMIN_END, "staff", 5)

    asked = [stage.ask(viewer=chat.viewer(stage.tenant, credits=100)) for _ in range(3)]
    assert end_shows_of(billing.uow(), person_id=stage.performer.person_id, **common) == 3
    assert {stage.now(each).state for each in asked} == {ShowState.CANCELLED}
    assert end_shows_of(billing.uow(), person_id=stage.performer.person_id, **common) == 0
    assert_books_balance(billing)


def test_credits_that_are_taken_away_end_the_shows_that_they_pay_for(billing, clock, on_stage, chat):
    stage = on_stage()
    show = stage.live()
    other = chat.tenant(rules={"min_start_credits": 1})
    same_login = chat.person(other, stage.viewer.login)
    elsewhere = stage.ask(viewer=same_login, performer=chat.performer(other))
    ended = end_shows_of_login(
        billing.uow(), login=stage.viewer.login, reason=EndReason.ADMIN_END, by="billing", actor=STAFF, now=clock()
    )
    assert ended == 2
    assert stage.now(show).end_reason is EndReason.ADMIN_END
    assert stage.now(elsewhere).state is ShowState.CANCELLED


def test_entering_and_watching_a_public_room_costs_nothing_and_leaves_no_row(billing, clock, on_stage):
    stage = on_stage()
    told(billing.uow(), person_id=stage.performer.person_id, status="online", at=clock(), now=clock())
    clock.advance(seconds=600)
    assert stage.sweep() == 0
    assert (rows(stage), stage.balance()) == ([], 600)


def test_a_changed_rate_is_for_later_requests_only(clock, on_stage):
    stage = on_stage(rate=60)
    show = stage.live()
    change(stage, Performer, stage.performer.person_id, rate=120)
    stage.play(show, 10)
    assert stage.end(show).credits_charged == 10
    assert stage.ask().rate == 120


def test_a_show_that_the_chats_server_drives_is_ticked_at_its_pace(clock, on_stage):
    stage = on_stage()
    show = stage.live(source=Source.HOOK)
    clock.advance(seconds=60)
    assert stage.sweep() == 0
    assert stage.tick(show).credits_charged == 60
    clock.advance(seconds=200)
    assert stage.sweep() == 1
    assert stage.now(show).end_reason is EndReason.TICK_TIMEOUT


def test_a_show_whose_credits_were_spent_before_it_began_is_over_at_once(billing, clock, on_stage):
    stage = on_stage(credits=10)
    show = stage.accept(stage.ask())
    with billing.uow() as uow:
        spend(uow, lock_credits(uow, stage.viewer.login), credits=10, key="x", actor=STAFF, at=clock())
    answer = ready(billing.uow(), show_id=show.id, now=clock())
    assert (answer.action, answer.reason, answer.credits_charged) == ("end", EndReason.CREDITS_EXHAUSTED, 0)
    assert_books_balance(billing)


def test_there_is_no_such_show(on_stage):
    stage = on_stage()
    show = Show(id="none")
    for step in (stage.tick, stage.end, stage.accept):
        with pytest.raises(UnknownShow):
            step(show)
