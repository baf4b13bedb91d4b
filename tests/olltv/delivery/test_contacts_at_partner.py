"""Contacts, codes and state at the partner: what a process that dies in between leaves is mended by a repeat."""

import pytest

from billing.errors import Busy
from billing.versions import ChangedMeanwhile
from olltv_module.delivery import again, bindings, contacts, live
from olltv_module.delivery.contacts import BadEmail, change_email, change_phone
from olltv_module.delivery.live import NoClearAnswer, PartnerSilent
from olltv_module.errors import BadMobile, NotSubscribed
from olltv_module.models import Fact
from olltv_module.partner import EmailTaken, Partner
from tests.billing.books import at_once
from tests.olltv.support import dump, events
from tests.support import STAFF, Crash, crash_after, subscriber


@pytest.fixture
def ivan(house):
    house.person("ivan", mobile="0501234567", email="ivan@isp.test")
    house.watching("main_start")


def changing(delivering, what):
    calls = {
        "email": lambda: change_email(delivering, login="ivan", email="new@isp.test", actor=STAFF),
        "phone": lambda: change_phone(delivering, login="ivan", phone="0671234567", actor=STAFF),
    }
    return calls[what]


NEW = {"email": "new@isp.test", "phone": "0671234567"}


@pytest.mark.parametrize(
    ("what", "owner", "point"),
    [
        ("email", Partner, "change_email"),
        ("phone", Partner, "change_user_info"),
        ("email", contacts, "_store"),
        ("phone", contacts, "_store"),
    ],
)
def test_a_crash_between_his_yes_and_ours_is_mended_by_a_repeat(billing, sandbox, delivering, ivan, what, owner, point):
    change = changing(delivering, what)
    with pytest.raises(Crash), crash_after(owner, point):
        change()
    assert sandbox.user("ivan")[what] == NEW[what]
    change()
    assert (getattr(subscriber(billing, "ivan"), what), sandbox.user("ivan")[what]) == (NEW[what], NEW[what])
    assert sum("CHANGE" in each for each in events(billing)) == 1


@pytest.mark.parametrize("what", ["email", "phone"])
def test_of_two_at_once_one_waits_for_another_day(billing, delivering, ivan, what):
    answers = at_once(3, lambda _: changing(delivering, what)())
    assert set(map(type, answers)) <= {type(None), Busy}
    assert getattr(subscriber(billing, "ivan"), what) == NEW[what]
    assert sum("CHANGE" in each for each in events(billing)) == 1


def test_before_and_after_stand_in_the_event_log(billing, delivering, ivan):
    changing(delivering, "email")()
    assert events(billing)[-1] == "OLLTV SUBSCRIBER (ivan) CHANGE EMAIL"
    assert subscriber(billing, "ivan").version == 2


def test_what_was_seen_must_still_be_so(billing, sandbox, delivering, ivan):
    changing(delivering, "phone")()
    calls = sandbox.calls("ivan")
    with pytest.raises(ChangedMeanwhile):
        change_email(delivering, login="ivan", email="new@isp.test", actor=STAFF, seen=1)
    assert sandbox.calls("ivan") == calls
    change_email(delivering, login="ivan", email="new@isp.test", actor=STAFF, seen=2)


def test_refused_before_the_partner_is_asked(sandbox, delivering, ivan, house):
    house.person("petro")
    calls = sandbox.calls("ivan")
    with pytest.raises(BadEmail):
        change_email(delivering, login="ivan", email="x", actor=STAFF)
    with pytest.raises(BadMobile):
        change_phone(delivering, login="ivan", phone="x", actor=STAFF)
    with pytest.raises(NotSubscribed):
        change_email(delivering, login="petro", email="new@isp.test", actor=STAFF)
    assert sandbox.calls("ivan") == calls


def test_his_no_changes_nothing_here(billing, sandbox, delivering, house, ivan):
    house.person("petro", mobile="0507654321", email="petro@isp.test")
    house.watching("main_start", login="petro")
    before = dump(billing)
    with pytest.raises(EmailTaken):
        change_email(delivering, login="ivan", email="petro@isp.test", actor=STAFF)
    after = dump(billing)
    for table in ("lease",):
        before.pop(table), after.pop(table)
    assert after == before


@pytest.mark.parametrize(("method", "raised"), [("getUserInfo", PartnerSilent), ("changeEmail", NoClearAnswer)])
def test_asked_without_an_answer_is_not_told_without_an_answer(billing, sandbox, delivering, ivan, method, raised):
    sandbox.faults({method: {"error_before": 1.0}})
    with pytest.raises(raised):
        changing(delivering, "email")()
    assert subscriber(billing, "ivan").email == "ivan@isp.test"


def test_codes_are_left_to_a_delivery_that_is_under_way(sandbox, delivering, house, ivan):
    house.order("screen2")
    with pytest.raises(Busy):
        bindings.refresh_codes(delivering, login="ivan", actor=STAFF)


def test_telling_again_trusts_nothing_that_was_known(billing, house, sandbox, ivan, clock):
    sandbox.reset()  # the partner has lost everything
    number = again.redeliver(billing.uow(), login="ivan", actor=STAFF, now=clock())
    assert [each.fact for each in subscriber(billing, "ivan").subscriptions] == [Fact.UNKNOWN]
    assert again.redeliver(billing.uow(), login="ivan", actor=STAFF, now=clock()) == number
    clock.advance(seconds=5)
    house.deliver("ivan")
    clock.advance(minutes=10)
    house.deliver("ivan")
    assert sandbox.on("ivan") == {"main_start"}


def test_reading_knows_whom_the_partner_has_lost(sandbox, delivering, ivan):
    assert live.read(delivering, login="ivan").user.account == "ivan"
    sandbox.reset()
    assert live.read(delivering, login="ivan") == live.Known(None, ())
