"""The audit finds every row of a show or a tip that does not agree with the ledger."""

import pytest
from sqlalchemy import text

from ppv_module.chat.earnings.tips import reverse_tip, send_tip
from tests.support import STAFF, assert_books_balance, findings


@pytest.fixture
def played(on_stage):
    """A closed show, a live one of somebody else, a tip and one that was given back."""
    stage = on_stage()
    show = stage.live()
    stage.play(show, 30)
    stage.end(show)
    tips = [tip(stage, key) for key in ("one", "two")]
    reverse_tip(stage.billing.uow(), earning_id=tips[1], reason="mistake", actor=STAFF, now=stage.clock())
    stage.beat()
    going = stage.live()
    stage.play(going, 10)
    assert_books_balance(stage.billing)
    return stage


def tip(stage, key):
    return send_tip(
        stage.billing.uow(),
        viewer_id=stage.viewer.id,
        performer_id=stage.performer.person_id,
        credits=10,
        key=key,
        actor=STAFF,
        now=stage.clock(),
    ).id


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        ("UPDATE ppv_show SET credits_charged = credits_charged + 1 WHERE state = 'live'", "show_differs"),
        ("UPDATE ledger_transfer SET journal = 'ppv.show:gone' WHERE journal LIKE 'ppv.show:%'", "show_missing"),
        ("DELETE FROM ppv_tips WHERE action = 'liveshow'", "show_not_earned"),
        ("UPDATE ppv_tips SET credits = 29 WHERE action = 'liveshow'", "show_not_earned"),
        ("UPDATE ppv_show SET state = 'live' WHERE state = 'ended'", "show_not_earned"),
        ("UPDATE ppv_tips SET credits = 11 WHERE action = 'tips'", "tip_differs"),
        ("UPDATE ppv_tips SET reversed_at = NULL", "tip_differs"),
        ("UPDATE ppv_tips SET reversed_at = date", "tip_differs"),
        ("UPDATE ppv_tips SET idem_key = 'other' WHERE reversed_at IS NULL AND action = 'tips'", "tip_differs"),
        ("UPDATE ppv_show SET performer_slot = NULL WHERE state = 'live'", "show_slot"),
        ("UPDATE ppv_show SET viewer_slot = NULL WHERE state = 'live'", "show_slot"),
        ("UPDATE ppv_show SET viewer_slot = -1 WHERE state = 'ended'", "show_slot"),
        ("UPDATE ppv_tips SET benefit_mills = benefit_mills + 1 WHERE action = 'tips'", "share_differs"),
    ],
)
def test_damage_is_found(played, damage, code):
    with played.billing.engine.begin() as connection:
        connection.execute(text(damage))
    assert code in {each.code for each in findings(played.billing)}
