"""The partner's lists against ours over real HTTP, and each repair."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from billing.errors import PartnerUnreachable
from billing.events import Event
from olltv_module.errors import NotSubscribed
from olltv_module.models import Fact
from olltv_module.partner import DisableType, EnableType
from olltv_module.reconcile import lists
from olltv_module.reconcile.differences import Difference, Kind
from olltv_module.reconcile.lists import compare
from olltv_module.reconcile.repair import REPAIRS, repair
from olltv_module.services import tariffs
from tests.olltv.delivery.meddling import after
from tests.support import STAFF, assert_books_balance, balance, findings, money, subscriber


def found(house) -> list[tuple[str, str, str]]:
    return [(str(each.kind), each.login, each.service) for each in compare(house.delivering, workers=3)]


def the_one(house, kind: Kind) -> Difference:
    [difference] = [each for each in compare(house.delivering) if each.kind is kind]
    return difference


def mend(house, difference: Difference) -> bool:
    """Press the button, and let delivery do its work."""
    mended = repair(house.delivering, difference, actor=STAFF)
    house.run()
    return mended


def switch_on(house, bundle: str, account: str = "ivan") -> None:
    """Somebody switches a bundle on at the partner by hand."""
    house.delivering.partner.enable_bundle(account=account, bundle=bundle, kind=EnableType.NO_DEVICE)


def switch_off(house, bundle: str, kind: DisableType = DisableType.MALFUNCTION) -> None:
    house.delivering.partner.disable_bundle(account="ivan", bundle=bundle, kind=kind)


def test_where_all_is_well_nothing_is_found(house):
    house.watching("main_start", "screen2", login="ivan")
    house.watching("main_max", login="petro")
    house.watching("main_start", login="olena")
    house.suspend(login="olena")
    house.deliver("olena")

    assert found(house) == []


def test_what_is_on_there_but_off_here_is_switched_off(house, sandbox):
    house.watching("main_start", "screen2")
    house.leave("screen2")
    house.deliver()
    switch_on(house, "screen2")

    difference = the_one(house, Kind.ON_THERE_OFF_HERE)
    assert (difference.login, difference.service) == ("ivan", "screen2")
    assert mend(house, difference)

    assert sandbox.on("ivan") == {"main_start"}
    assert found(house) == []


def test_a_suspended_bundle_that_is_on_there_is_suspended_there_with_its_devices(house, sandbox):
    house.watching("main_start")
    house.suspend()
    house.deliver()
    code = sandbox.codes("ivan")
    switch_on(house, "main_start")

    assert mend(house, the_one(house, Kind.ON_THERE_OFF_HERE))

    assert sandbox.on("ivan") == set()
    assert sandbox.codes("ivan") == code
    assert house.states() == {"main_start": "suspended kept"}


def test_a_bundle_that_he_never_had_here_is_switched_off_there(house, sandbox, billing):
    house.watching("main_start")
    switch_on(house, "sport")

    assert mend(house, the_one(house, Kind.ON_THERE_OFF_HERE))

    assert sandbox.on("ivan") == {"main_start"}
    assert found(house) == []
    assert balance(billing, "ivan") == money("950.00 UAH")
    assert_books_balance(billing)


def test_what_is_off_there_but_on_here_is_switched_on_with_its_devices(house, sandbox, billing):
    house.watching("main_start", "screen2")
    codes = sandbox.codes("ivan")
    switch_off(house, "screen2")
    switch_off(house, "main_start")
    differences = list(compare(house.delivering))
    assert [each.kind for each in differences] == [Kind.OFF_THERE_ON_HERE] * 2

    assert mend(house, differences[0])
    assert mend(house, differences[1])

    assert sandbox.on("ivan") == {"main_start", "screen2"}
    assert sandbox.codes("ivan") == codes
    assert balance(billing, "ivan") == money("935.00 UAH")
    assert found(house) == []


def test_another_main_on_there_is_changed_back_with_code_and_devices(house, sandbox):
    house.watching("main_start", "screen2")
    codes = house.codes()
    house.delivering.partner.change_bundle(account="ivan", old="main_start", new="main_max")
    difference = the_one(house, Kind.ON_THERE_OFF_HERE)
    assert difference.service == "main_max"

    assert mend(house, difference)

    assert sandbox.codes("ivan") == codes
    assert found(house) == []


def test_a_wrong_code_is_taken_over(house, sandbox):
    house.watching("main_start")
    switch_off(house, "main_start", DisableType.BREAK_CONTRACT)
    switch_on(house, "main_start")
    calls = sandbox.totals()["enableBundle"]

    difference = the_one(house, Kind.WRONG_CODE)
    assert (difference.ours, difference.theirs) == (house.codes()["main_start"], sandbox.codes("ivan")["main_start"])
    assert mend(house, difference)

    assert house.codes() == sandbox.codes("ivan")
    assert sandbox.totals()["enableBundle"] == calls
    assert found(house) == []


def test_a_lost_account_is_registered_again_and_gets_everything_back(house, sandbox, billing):
    house.watching("main_start", "screen2")
    sandbox.reset()

    assert mend(house, the_one(house, Kind.LOST_ACCOUNT))

    assert sandbox.on("ivan") == {"main_start", "screen2"}
    assert house.codes() == sandbox.codes("ivan")
    assert balance(billing, "ivan") == money("935.00 UAH")
    assert found(house) == []


def test_a_lost_account_that_has_nothing_to_be_on_is_forgotten(house, sandbox, billing):
    house.watching("main_start")
    house.leave()
    house.deliver()
    sandbox.reset()

    assert mend(house, the_one(house, Kind.LOST_ACCOUNT))

    assert sandbox.user("ivan") is None
    assert subscriber(billing, "ivan").remote_id is None
    assert found(house) == []


def test_unknown_accounts_foreign_bundles_and_prices_are_only_reported(house, sandbox):
    fee = {"fee": money("55.00 UAH"), "starts_at": house.clock(), "now": house.clock()}
    tariffs.set_fee(house.billing.uow(), tariff_id=house.tariffs["main_start"].id, actor=STAFF, **fee)
    tariffs.edit(
        house.billing.uow(),
        tariff_id=house.tariffs["main_start"].id,
        name="Start",
        service="main_start",
        main=True,
        partner_percent=50,
        actor=STAFF,
        now=house.clock(),
    )
    house.watching("main_start")
    switch_on(house, "screen3")
    sandbox.seed({"operator": "demo", "account": "ghost", "email": "ghost@isp.test", "bundles": ["main_max"]})
    sandbox.seed({"operator": "other", "account": "olga", "email": "olga@isp.test", "bundles": ["main_max"]})
    house.clock.now = datetime.now(UTC)  # by which the sandbox dates purchases

    differences = list(compare(house.delivering))

    assert [(each.kind, each.login, each.service, each.ours, each.theirs) for each in differences] == [
        (Kind.FOREIGN_BUNDLE, "ivan", "screen3", "", ""),
        (Kind.UNKNOWN_ACCOUNT, "ghost", "", "", "main_max"),
        (Kind.PRICE_DIFFERS, "", "main_start", "55.00 UAH", "50.00 UAH"),
        (Kind.SHARE_DIFFERS, "", "main_start", "27.50 UAH", "30.00 UAH"),
    ]
    before = sandbox.all_users()
    assert not any(repair(house.delivering, each, actor=STAFF) for each in differences)
    assert sandbox.all_users() == before


# No false alarms


def test_whom_delivery_has_still_to_deal_with_is_left_out(house, sandbox):
    house.watching("main_start", login="ivan")
    house.suspend()
    house.order("main_start", login="petro")
    house.delivering.partner.add_user(account="petro", email="petro@isp.test")

    assert found(house) == []


def test_whose_wish_changes_while_he_is_compared_is_left_out(house, sandbox):
    house.watching("main_start")

    def change() -> None:
        house.suspend()
        house.deliver()

    delivering = after(house.delivering, user_info=change)

    assert list(compare(delivering)) == []


def test_an_account_that_the_partner_drops_while_he_is_asked_is_lost(house):
    house.watching("main_start")
    delivering = after(house.delivering, user_list=lambda: house.delivering.partner.delete_account(account="ivan"))

    assert [each.kind for each in compare(delivering)] == [Kind.LOST_ACCOUNT]


def test_who_is_listed_twice_is_compared_once(house, sandbox, monkeypatch):
    """A page of the list moves on when an account before it is deleted."""
    house.watching("main_start")
    switch_on(house, "sport")
    users = list(house.delivering.partner.user_list())
    monkeypatch.setattr(house.delivering.partner, "user_list", lambda: iter([*users, *users]))

    assert found(house) == [("on_there_off_here", "ivan", "sport")]


def test_many_accounts_are_compared_in_batches(house, sandbox, monkeypatch):
    monkeypatch.setattr(lists, "BATCH", 3)
    users = [{"operator": "demo", "account": f"g{n}", "email": f"g{n}@isp.test"} for n in range(8)]
    sandbox.seed(*users)
    house.watching("main_start")
    sandbox.reset()
    sandbox.seed(*users)

    assert found(house) == [*(("unknown_account", f"g{n}", "") for n in range(8)), ("lost_account", "ivan", "")]


def test_a_lost_answer_does_not_end_the_comparison(house, sandbox):
    house.watching("main_start")
    switch_on(house, "sport")
    sandbox.faults({"getUserInfo": {"error_before": {"rate": 1, "times": 3}}})

    assert found(house) == [("on_there_off_here", "ivan", "sport")]


def test_a_partner_who_is_down_ends_the_comparison(house, sandbox):
    house.watching("main_start")
    sandbox.faults({"getUserInfo": {"error_before": 1}})

    with pytest.raises(PartnerUnreachable):
        found(house)


# A report grows old


def test_what_has_settled_itself_stays_as_it_is(house, sandbox, billing):
    house.watching("main_start", "screen2")
    login = "ivan"
    old = [
        Difference(kind=Kind.ON_THERE_OFF_HERE, login=login, service="screen2"),
        Difference(kind=Kind.OFF_THERE_ON_HERE, login=login, service="main_start"),
        Difference(kind=Kind.WRONG_CODE, login=login, service="main_start", ours="A", theirs="B"),
        Difference(kind=Kind.LOST_ACCOUNT, login=login),
    ]
    users = sandbox.all_users()

    for each in old:
        mend(house, each)

    assert sandbox.all_users() == users
    assert house.states() == {"main_start": "active on", "screen2": "active on"}
    assert house.codes() == sandbox.codes("ivan")
    assert balance(billing, "ivan") == money("935.00 UAH")
    assert findings(billing) == []


def test_a_code_is_not_taken_over_where_there_is_none_any_more(house, sandbox):
    house.watching("main_start")
    difference = Difference(kind=Kind.WRONG_CODE, login="ivan", service="main_start")

    switch_off(house, "main_start")
    assert not repair(house.delivering, difference, actor=STAFF)
    sandbox.reset()
    assert not repair(house.delivering, difference, actor=STAFF)


def test_whom_delivery_deals_with_is_not_meddled_with(house):
    house.watching("main_start")
    house.suspend()
    difference = Difference(kind=Kind.ON_THERE_OFF_HERE, login="ivan", service="main_start")

    assert not repair(house.delivering, difference, actor=STAFF)
    assert house.sub("main_start").fact is Fact.ON


def test_whom_we_do_not_know_cannot_be_mended(house):
    house.person("ghost")

    with pytest.raises(NotSubscribed):
        repair(house.delivering, Difference(kind=Kind.ON_THERE_OFF_HERE, login="ghost", service="sport"), actor=STAFF)


def test_a_repair_leaves_a_line_in_the_event_log(house, billing):
    house.watching("main_start")
    switch_on(house, "sport")
    repair(house.delivering, the_one(house, Kind.ON_THERE_OFF_HERE), actor=STAFF)

    with billing.reading() as session:
        lines = session.scalars(select(Event).where(Event.text.contains("REPAIR"))).all()
    assert [(each.text, each.actor) for each in lines] == [
        ("OLLTV SUBSCRIBER (ivan) REPAIR ON_THERE_OFF_HERE [sport]", "olena")
    ]


def test_every_kind_is_either_mended_or_left_to_a_person():
    assert set(Kind) - REPAIRS.keys() == {
        Kind.UNKNOWN_ACCOUNT,
        Kind.FOREIGN_BUNDLE,
        Kind.PRICE_DIFFERS,
        Kind.SHARE_DIFFERS,
    }
