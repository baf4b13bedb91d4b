"""Tips: credits go at once and once, she earns her part, and the staff can take one back until it is paid out."""

from datetime import timedelta

import pytest

from billing.errors import KeyReused, NotFound
from ppv_module.chat.earnings.models import Action
from ppv_module.chat.earnings.payouts import draft_payout
from ppv_module.chat.earnings.tips import reverse_tip, send_tip
from ppv_module.chat.models import Mode, Performer, Person, Tenant
from ppv_module.chat.shows.models import EndReason
from ppv_module.credits.accounts import claw_back, grant, lock_credits
from ppv_module.credits.models import CreditState
from ppv_module.errors import (
    BadState,
    BadTip,
    Banned,
    EmbedMode,
    InsufficientCredits,
    OwnRoom,
    UnknownPerformer,
    UnknownShow,
    WalletFrozen,
)
from tests.olltv.support import events
from tests.ppv.shows.stage import stage as staged
from tests.support import STAFF, assert_books_balance


@pytest.fixture
def stage(billing, clock, chat):
    return staged(billing, clock, chat, rate=60, credits=100)


def tip(stage, credits=10, key="a-tip", viewer=None, performer=None, show=None):
    return send_tip(
        stage.billing.uow(),
        viewer_id=(viewer or stage.viewer).id,
        performer_id=(performer or stage.performer).person_id,
        credits=credits,
        key=key,
        show_id=show and show.id,
        actor=STAFF,
        now=stage.clock(),
    )


def undo(stage, number):
    return reverse_tip(stage.billing.uow(), earning_id=number, reason="by mistake", actor=STAFF, now=stage.clock())


def change(stage, kind, key, **values):
    with stage.billing.uow() as uow:
        row = uow.session.get_one(kind, key)
        for name, value in values.items():
            setattr(row, name, value)


def test_a_tip_takes_the_credits_and_earns_her_part(billing, clock, stage):
    sent = tip(stage)
    assert sent.balance == stage.balance() == 90
    [earned] = stage.earnings()
    assert (earned.id, earned.action, earned.at) == (sent.id, Action.TIPS, clock())
    assert (earned.payer_id, earned.performer_id) == (stage.viewer.id, stage.performer.person_id)
    assert (earned.credits, earned.price_mills, earned.benefit_mills, earned.percent_bp) == (10, 167, 84, 5000)
    assert (earned.show_id, earned.closes_show, earned.currency) == (None, None, "UAH")
    [line] = [each for each in events(billing) if "PPV TIP" in each]
    assert line == f"PPV TIP ({stage.viewer.login}) SENT [{sent.id}] `10` PERFORMER [{stage.performer.person_id}]"
    assert_books_balance(billing)


def test_the_whole_balance_can_be_given_and_not_one_more(billing, stage):
    with pytest.raises(InsufficientCredits):
        tip(stage, 101)
    assert (stage.balance(), stage.earnings()) == (100, [])
    assert tip(stage, 100).balance == 0
    assert_books_balance(billing)


def test_the_same_tip_again_is_the_same_tip_and_another_needs_another_key(billing, stage):
    first = tip(stage)
    assert tip(stage) == first
    with pytest.raises(KeyReused):
        tip(stage, 11)
    with pytest.raises(KeyReused):
        tip(stage, performer=stage.another())
    assert tip(stage, key="b" * 128).id != first.id
    assert tip(stage, key="b" * 128).balance == 80
    assert len(stage.earnings()) == 2
    assert_books_balance(billing)


def test_a_tip_in_a_live_show_belongs_to_it_also_when_nobody_says_so(billing, stage):
    show = stage.live()
    inside = tip(stage)
    stage.end(show)
    assert tip(stage) == inside  # sent again after the end, it is the same tip
    tip(stage, key="later")
    assert [(each.credits, each.show_id) for each in stage.earnings()] == [(10, show.id), (10, None)]
    assert_books_balance(billing)


def test_keys_of_two_tenants_have_nothing_to_do_with_each_other(billing, stage, chat):
    other = chat.tenant()
    tip(stage)
    viewer = chat.viewer(other, credits=50)
    assert tip(stage, viewer=viewer, performer=chat.performer(other)).balance == 40
    with pytest.raises(UnknownPerformer):
        tip(stage, key="c", viewer=viewer)
    assert_books_balance(billing)


@pytest.mark.parametrize("credits", [0, -5, 10_001, True, 1.5, "10"])
def test_a_tip_is_a_whole_number_within_the_limit(stage, credits):
    with pytest.raises(BadTip):
        tip(stage, credits)
    assert stage.balance() == 100


@pytest.mark.parametrize(
    ("kind", "values", "refusal"),
    [
        (Tenant, {"mode": Mode.EMBED}, EmbedMode),
        (Tenant, {"rules_given": {"tip_max": 9}}, BadTip),
        (Performer, {"active": False}, UnknownPerformer),
        (Person, {"banned_at": "now"}, Banned),
        (CreditState, {"frozen_by": "staff"}, WalletFrozen),
    ],
)
def test_what_stands_in_the_way_of_a_tip(billing, clock, stage, kind, values, refusal):
    keys = {
        Tenant: stage.tenant.id,
        Performer: stage.performer.person_id,
        Person: stage.viewer.id,
        CreditState: stage.viewer.login,
    }
    change(stage, kind, keys[kind], **{name: clock() if value == "now" else value for name, value in values.items()})
    with pytest.raises(refusal):
        tip(stage)
    assert (stage.balance(), stage.earnings()) == (100, [])
    assert_books_balance(billing)


def test_she_need_not_be_online_and_cannot_tip_herself(stage, chat):
    change(stage, Performer, stage.performer.person_id, beat_at=None)
    assert tip(stage).balance == 90
    with stage.billing.reading() as session:
        herself = session.get_one(Person, stage.performer.person_id)
    with pytest.raises(OwnRoom):
        tip(stage, key="b", viewer=herself)


def test_a_tip_in_a_show_shortens_it(billing, clock, stage):
    show = stage.live()
    stage.play(show, 10)
    tip(stage, 80, show=show)
    assert stage.tick(show).seconds_left == 10
    clock.advance(seconds=10)
    assert stage.sweep() == 1
    ended = stage.now(show)
    assert (ended.end_reason, ended.credits_charged, stage.balance()) == (EndReason.CREDITS_EXHAUSTED, 20, 0)
    assert [(each.action, each.credits, each.show_id) for each in stage.earnings()] == [
        (Action.TIPS, 80, show.id),
        (Action.LIVESHOW, 20, show.id),
    ]
    assert stage.log(show).count("tip") == 1
    assert_books_balance(billing)


def test_a_tip_outside_of_the_show_shortens_it_too_and_the_sweeper_knows(clock, stage):
    show = stage.live()
    stage.play(show, 10)
    tip(stage, 85, performer=stage.another())
    clock.advance(seconds=5)
    assert stage.sweep() == 1
    assert stage.now(show).end_reason is EndReason.CREDITS_EXHAUSTED


def test_a_tip_belongs_to_a_show_of_these_two(stage, chat):
    show = stage.live()
    stranger = chat.viewer(stage.tenant, credits=50)
    with pytest.raises(UnknownShow):
        tip(stage, viewer=stranger, show=show)
    with pytest.raises(UnknownShow):
        tip(stage, performer=stage.another(), show=show)
    show.id = "none"
    with pytest.raises(UnknownShow):
        tip(stage, show=show)


@pytest.mark.parametrize(("bonus_pays", "price"), [(True, 333), (False, 83)])
def test_gifts_are_given_away_first_and_come_back_as_gifts(billing, clock, stage, bonus_pays, price):
    change(stage, Tenant, stage.tenant.id, rules_given={"bonus_pays": bonus_pays})
    with billing.uow() as uow:
        grant(
            uow,
            lock_credits(uow, stage.viewer.login),
            credits=15,
            key="gift",
            actor=STAFF,
            at=clock(),
            is_gift=True,
        )
    sent = tip(stage, 20)
    [earned] = stage.earnings()
    assert (earned.bonus, earned.price_mills) == (15, price)
    undo(stage, sent.id)
    with billing.reading() as session:
        assert session.get_one(CreditState, stage.viewer.login).bonus == 15
    assert_books_balance(billing)


def test_the_staff_gives_a_tip_back_once(billing, stage):
    sent = tip(stage)
    undone = undo(stage, sent.id)
    assert (stage.balance(), undone.reversed_at, undone.note) == (100, stage.clock(), "by mistake")
    assert undo(stage, sent.id).reversed_at == undone.reversed_at
    assert stage.balance() == 100
    assert tip(stage).id == sent.id, "the key still stands for it"
    assert_books_balance(billing)


def test_what_is_in_a_payout_stays_there(billing, clock, stage):
    sent = tip(stage)
    draft_payout(
        billing.uow(),
        tenant_id=stage.tenant.id,
        performer_id=stage.performer.person_id,
        begins_at=clock() - timedelta(days=1),
        ends_at=clock() + timedelta(days=1),
        actor=STAFF,
        now=clock(),
    )
    with pytest.raises(BadState):
        undo(stage, sent.id)
    assert stage.balance() == 90
    assert_books_balance(billing)


def test_only_a_tip_is_given_back(stage):
    show = stage.live()
    stage.play(show, 10)
    stage.end(show)
    for number in (0, *[each.id for each in stage.earnings()]):
        with pytest.raises(NotFound):
            undo(stage, number)


def test_what_comes_back_to_a_debtor_pays_his_debt_and_frees_him(billing, clock, stage):
    sent = tip(stage, 60)
    with billing.uow() as uow:
        purse = lock_credits(uow, stage.viewer.login)
        claw_back(uow, purse, credits=100, key="ppv.clawback:1", actor=STAFF, at=clock(), note="refund")
    assert stage.balance() == -60
    undo(stage, sent.id)
    assert stage.balance() == 0
    with billing.reading() as session:
        assert not session.get_one(CreditState, stage.viewer.login).is_frozen
    assert_books_balance(billing)
