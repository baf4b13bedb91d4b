"""Repairing differences that were stored some time ago."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from billing.errors import BillingError, InvalidInput, NotFound, PartnerUnreachable
from olltv_module.partner import EnableType
from olltv_module.reconcile import checks, repair, settling
from olltv_module.reconcile.differences import Kind
from olltv_module.reconcile.models import Found, SettledAlready, Standing
from olltv_module.reconcile.settling import End, NotRepairable
from tests.olltv.delivery.meddling import after
from tests.olltv.reconcile.test_checks import switch_off, switch_on
from tests.support import STAFF, Crash, assert_books_balance, balance, crash_after, money


@pytest.fixture
def found(house):
    """Compares, and gives what was found: the rows in the order of their making."""

    def compare() -> list[Found]:
        checks.check(house.delivering, actor=STAFF)
        return rows(house)

    return compare


def rows(house) -> list[Found]:
    with house.billing.reading() as session:
        return list(session.scalars(select(Found).order_by(Found.id)))


def mend(house, difference, delivering=None) -> End:
    return settling.repair_found(delivering or house.delivering, difference_id=difference.id, actor=STAFF)


def test_a_repair_is_done_and_remembered(house, sandbox, found, clock):
    house.watching("main_start")
    switch_on(house, "sport")
    [difference] = found()

    assert mend(house, difference) is End.REPAIRED
    house.run()

    assert sandbox.on("ivan") == {"main_start"}
    [kept] = rows(house)
    assert (kept.state, kept.actor, kept.settled_at) == (Standing.REPAIRED, STAFF.name, clock())
    assert [each.state for each in found()] == [Standing.REPAIRED]
    assert balance(house.billing, "ivan") == money("950 UAH")
    assert_books_balance(house.billing)


def test_a_repair_that_did_not_help_is_found_again(house, found, sandbox):
    house.watching("main_start")
    switch_on(house, "sport")
    [difference] = found()
    mend(house, difference)
    house.run()
    switch_on(house, "sport")

    assert [each.state for each in found()] == [Standing.REPAIRED, Standing.OPEN]


@pytest.mark.parametrize("kind", [Kind.ON_THERE_OFF_HERE, Kind.OFF_THERE_ON_HERE])
def test_what_settled_itself_meanwhile_is_told_and_closed(house, sandbox, found, kind):
    house.watching("main_start")
    make, undo = (switch_on, switch_off) if kind is Kind.ON_THERE_OFF_HERE else (switch_off, switch_on)
    bundle = "sport" if kind is Kind.ON_THERE_OFF_HERE else "main_start"
    make(house, bundle)
    [difference] = found()
    assert difference.kind is kind
    undo(house, bundle)

    assert mend(house, difference) is End.GONE

    assert rows(house)[0].state is Standing.GONE
    assert house.row() is None


def test_a_lost_account_that_was_found_again_is_told(house, sandbox, found):
    house.watching("main_start")
    user = sandbox.user("ivan")
    house.delivering.partner.delete_account(account="ivan")
    [difference] = found()
    assert difference.kind is Kind.LOST_ACCOUNT
    house.delivering.partner.change_account(email=user["email"], account="ivan")
    sandbox.confirm(user["email"])
    switch_on(house, "main_start")

    assert mend(house, difference) in (End.GONE, End.REPAIRED)


def test_while_delivery_deals_with_him_nothing_is_done(house, found):
    house.watching("main_start")
    switch_on(house, "sport")
    [difference] = found()
    house.order("screen2")

    assert mend(house, difference) is End.WAITS

    assert rows(house)[0].state is Standing.OPEN


def test_an_order_that_comes_in_between_makes_it_wait(house, found):
    """Both sides were just looked at when the subscriber orders something."""
    house.watching("main_start")
    switch_on(house, "sport")
    [difference] = found()
    meanwhile = after(house.delivering, user_info=lambda: house.order("screen2"))

    assert mend(house, difference, meanwhile) is End.WAITS

    assert rows(house)[0].state is Standing.OPEN


def test_what_a_person_has_to_judge_is_not_repaired(house, sandbox, found):
    sandbox.seed({"operator": "demo", "account": "ghost", "email": "ghost@isp.example", "bundles": ["main_start"]})
    [difference] = found()

    with pytest.raises(NotRepairable):
        mend(house, difference)
    with pytest.raises(NotRepairable):
        settling.repair_all(house.delivering, kind=difference.kind, actor=STAFF, progress=lambda *_: None)

    assert rows(house)[0].state is Standing.OPEN


def test_what_is_settled_is_not_settled_again(house, found):
    house.watching("main_start")
    switch_on(house, "sport")
    [difference] = found()
    mend(house, difference)

    with pytest.raises(SettledAlready) as refusal:
        mend(house, difference)
    change = {"difference_id": difference.id, "actor": STAFF, "now": house.clock()}
    with pytest.raises(SettledAlready):
        settling.dismiss(house.billing.uow(), reason="never mind", **change)
    with pytest.raises(SettledAlready):
        settling.reopen(house.billing.uow(), **change)

    assert refusal.value.facts["state"] is Standing.REPAIRED


def test_two_who_press_at_once_repair_it_once(house, found):
    house.watching("main_start")
    switch_on(house, "sport")
    [difference] = found()

    def press():
        try:
            return mend(house, difference)
        except BillingError as refusal:
            return type(refusal)

    with ThreadPoolExecutor(2) as pool:
        ends = {each.result() for each in [pool.submit(press) for _ in range(2)]}

    assert End.REPAIRED in ends
    assert ends <= {End.REPAIRED, End.WAITS, SettledAlready}
    assert rows(house)[0].state is Standing.REPAIRED


@pytest.mark.parametrize("target", [(repair, "apply"), (Found, "settle")], ids=["apply", "settle"])
def test_a_crash_while_repairing_leaves_it_open(house, sandbox, found, target):
    house.watching("main_start")
    switch_on(house, "sport")
    [difference] = found()

    with pytest.raises(Crash), crash_after(*target):
        mend(house, difference)

    assert (rows(house)[0].state, house.row()) == (Standing.OPEN, None)
    assert mend(house, difference) is End.REPAIRED
    house.run()
    assert sandbox.on("ivan") == {"main_start"}


def test_a_partner_who_is_silent_changes_nothing(house, sandbox, found):
    house.watching("main_start")
    switch_on(house, "sport")
    [difference] = found()
    sandbox.faults({"*": {"error_before": 1}})

    with pytest.raises(PartnerUnreachable):
        mend(house, difference)

    assert rows(house)[0].state is Standing.OPEN


def test_all_of_a_kind_are_repaired_and_counted(house, sandbox, found):
    logins = ("a", "b", "c", "d")
    for login in logins:
        house.watching("main_start", login=login)
        switch_on(house, "sport", login)
    found()
    switch_off(house, "sport", "b")
    house.order("screen2", login="c")
    steps = []

    ends = settling.repair_all(
        house.delivering,
        kind=Kind.ON_THERE_OFF_HERE,
        actor=STAFF,
        progress=lambda done, total: steps.append((done, total)),
    )
    again = settling.repair_all(house.delivering, kind=Kind.OFF_THERE_ON_HERE, actor=STAFF, progress=lambda *_: None)
    house.run()

    assert ends == {End.REPAIRED: 2, End.GONE: 1, End.WAITS: 1}
    assert again == {}
    assert steps == [(0, 4), (1, 4), (2, 4), (3, 4)]
    assert sandbox.on("a") == sandbox.on("d") == {"main_start"}


def test_a_new_code_is_taken_over_as_it_is_now(house, sandbox, found):
    house.watching("main_start")
    uow = house.billing.uow()
    with uow:
        uow.session.merge(house.sub("main_start")).code = "stale"
    [difference] = found()
    assert difference.kind is Kind.WRONG_CODE

    assert mend(house, difference) is End.REPAIRED

    assert house.codes() == {"main_start": sandbox.codes("ivan")["main_start"]}


def test_a_reason_and_a_difference_are_wanted(house, found):
    house.watching("main_start")
    house.delivering.partner.enable_bundle(account="ivan", bundle="sport", kind=EnableType.NO_DEVICE)
    [difference] = found()
    more = {"actor": STAFF, "now": house.clock()}

    for reason in ("", " ", "x" * 201):
        with pytest.raises(InvalidInput):
            settling.dismiss(house.billing.uow(), difference_id=difference.id, reason=reason, **more)
    with pytest.raises(NotFound):
        settling.dismiss(house.billing.uow(), difference_id=999, reason="no", **more)
    with pytest.raises(NotFound):
        settling.repair_found(house.delivering, difference_id=999, actor=STAFF)
