"""What the operator may decide otherwise: unknown names, a look at paid streams, own addresses; and credits on hold."""

import pytest

from billing.ledger.models import Refs
from billing.money import CREDITS, Money
from ppv_module.credits.accounts import SPENT, lock_credits
from ppv_module.streams.denials.models import Reason
from ppv_module.streams.models import AlertKind
from ppv_module.streams.options import ALLOW, FLAG, OFF, networks
from ppv_module.streams.rights.models import Kind
from tests.streams.denials.stage import seen
from tests.support import STAFF


def test_names_that_nobody_issued_may_be_let_in(stage, streams):
    streams.tariff(Kind.TICKET, "live/*")
    name = streams.viewer("ivan").name
    stage.set(unknown_id=ALLOW)
    assert stage.sync("srv-1", seen("x-1"), seen(name)) == [name]


def test_names_that_are_denied_already_are_let_in_as_soon_as_unknown_ones_may(stage):
    assert stage.sync("srv-1", seen("x-1")) == ["x-1"]
    stage.set(unknown_id=ALLOW)
    assert stage.denied() == []
    assert stage.sync("srv-1", seen("x-1")) == []
    assert [each.ended_by for each in stage.denials()] == ["by itself"]


def test_anybody_may_look_at_paid_streams_as_long_as_the_preview_is(stage, streams):
    streams.tariff(Kind.TICKET, "live/*")
    name = streams.viewer("ivan").name
    stage.set(preview_ms=45_000)
    assert stage.sync("srv-1", seen(name, delta=30_000)) == []
    stage.clock.advance(seconds=30)
    assert stage.sync("srv-1", seen(name, delta=14_999)) == []
    stage.clock.advance(seconds=30)
    assert stage.sync("srv-1", seen(name, delta=1)) == [name]
    assert [each.reason for each in stage.denials()] == [Reason.NO_ENTITLEMENT]


def test_a_preview_is_not_for_names_that_nobody_issued(stage):
    stage.set(preview_ms=45_000)
    assert stage.sync("srv-1", seen("x-1", delta=1)) == ["x-1"]


def test_who_watches_from_own_addresses_is_neither_judged_nor_denied(stage, streams):
    streams.tariff(Kind.MINUTE, "live/*")
    streams.tariff(Kind.TICKET, "vip/*")
    stage.set(internal=networks("10.0.0.0/8"), max_streams=1)
    name = streams.viewer("ivan").name
    own = [seen(name, ip=f"10.0.0.{number}", sessionid=str(number), user_agents=["ffmpeg"]) for number in range(4)]
    own += [seen(name, "vip/opera", ip="10.0.0.9", sessionid="9"), seen("x-1", ip="10.0.0.10")]
    assert stage.syncs(6, "srv-1", *own) == []
    assert (stage.denials(), stage.alerts()) == ([], [])

    stage.clock.advance(seconds=30)
    assert stage.sync("srv-1", *own, seen(name, sessionid="10")) == [name]
    assert {each.reason for each in stage.denials()} == {Reason.NO_CREDIT}


def held(stage, login, credits):
    """Credits are on hold for something whose end is not known yet; gives the number of the hold."""
    uow, now = stage.billing.uow(), stage.clock()
    with uow:
        source, target = lock_credits(uow, login).account, uow.ledger.system(SPENT, CREDITS)
        told = {"key": "test-hold", "refs": Refs(actor=STAFF.name, login=login), "at": now, "expires_at": now}
        return uow.ledger.hold(source=source, target=target, amount=Money(credits, CREDITS), **told).id


def test_credits_on_hold_pay_nothing_until_they_are_free_again(stage, streams):
    streams.tariff(Kind.MINUTE, "live/*")
    name = streams.viewer("ivan", credits=60).name
    hold = held(stage, "ivan", 60)
    assert stage.sync("srv-1", seen(name)) == [name]
    assert [each.reason for each in stage.denials()] == [Reason.NO_CREDIT]
    assert streams.balance("ivan") == 60

    uow = stage.billing.uow()
    with uow:
        uow.ledger.release(hold, at=stage.clock())
    assert stage.denied() == []
    stage.clock.advance(seconds=30)
    assert stage.sync("srv-1", seen(name, delta=1)) == []
    assert streams.balance("ivan") == 30


@pytest.mark.parametrize("servers", [("srv-1", "srv-1"), ("srv-1", "srv-2")])
def test_addresses_may_be_flagged_on_one_server_or_two(stage, streams, servers):
    streams.tariff(Kind.FREE, "live/*")
    name = streams.viewer("ivan").name
    stage.set(ip_spread=FLAG, session_spread=OFF)
    here, there = seen(name, ip="198.51.100.1"), seen(name, ip="198.51.100.2", sessionid="2")
    for _ in range(4):
        told = {servers[0]: [here]}
        told.setdefault(servers[1], []).append(there)
        for server, players in told.items():
            assert stage.sync(server, *players) == []
        stage.clock.advance(seconds=30)
    (alert,) = stage.alerts(kind=AlertKind.RESTREAM)
    assert alert.facts["addresses"] == ["198.51.100.1", "198.51.100.2"]
    assert alert.facts["servers"] == sorted({*servers})
