"""What a subscriber may watch of what is offered, and why not."""

from datetime import timedelta

import pytest
from sqlalchemy import event, literal, select

from ppv_module.credits import freezing
from ppv_module.streams.access import access, accesses
from ppv_module.streams.denials.blocking import block
from ppv_module.streams.models import Right
from ppv_module.streams.rights.models import Kind, Personal
from ppv_module.streams.rights.packages import Packages
from tests.support import NOV_10, STAFF

HOUR = timedelta(hours=1)


@pytest.fixture
def offered(streams):
    """A channel of each kind, and one that no tariff fits."""
    streams.tariff(Kind.FREE, "free/*")
    streams.tariff(Kind.PACKAGE, "tv/*", packages=[7])
    streams.tariff(Kind.TICKET, "kino/*")
    streams.tariff(Kind.MINUTE, "live/*", per_minute=50)
    streams.tariff(Kind.MINUTE, "later/*", valid_from=NOV_10 + HOUR)
    for number, application in enumerate(("free", "tv", "kino", "live", "later", "none")):
        streams.channel(f"{application}/s", title=application, sort=number)
    streams.channel("free/off", active=False)


def found(billing, login: str = "ivan", now=NOV_10) -> dict[str, tuple[str, str]]:
    with billing.reading() as session:
        return {each.channel.title: (each.right, each.why) for each in accesses(session, billing, login=login, now=now)}


NOTHING = {
    "free": (Right.FREE, ""),
    "tv": (Right.NONE, "no_entitlement"),
    "kino": (Right.NONE, "no_entitlement"),
    "live": (Right.MINUTE, "no_credit"),
    "later": (Right.NONE, "no_entitlement"),
    "none": (Right.NONE, "no_entitlement"),
}


def test_who_has_nothing_may_watch_what_is_free(billing, streams, make, offered):
    make.subscriber("ivan")
    assert found(billing) == NOTHING
    streams.account("ivan")
    assert found(billing) == NOTHING


def test_credits_open_what_is_paid_by_minutes_once_it_has_a_price(billing, streams, offered):
    streams.viewer("ivan", credits=1)
    assert found(billing) == NOTHING | {"live": (Right.MINUTE, "")}
    assert found(billing, now=NOV_10 + HOUR)["later"] == (Right.MINUTE, "")
    with billing.reading() as session:
        costs = [each.per_minute for each in accesses(session, billing, login="ivan", now=NOV_10)]
    assert costs == [None, None, None, 50, None, None]


def test_frozen_credits_open_nothing(billing, uow, streams, offered):
    streams.viewer("ivan", credits=100)
    freezing.freeze(uow(), login="ivan", reason="stolen", actor=STAFF, now=NOV_10)
    assert found(billing)["live"] == (Right.MINUTE, "frozen")


def test_a_ticket_opens_what_it_is_for_and_is_known_when_it_is_over(billing, streams, offered):
    streams.ticket("ivan", "kino/*", hours=1)
    ticket = streams.ticket("ivan", "*/s", valid_from=NOV_10 + HOUR)
    assert found(billing) == NOTHING | {"kino": (Right.TICKET, "")}
    by_ticket = dict.fromkeys(("tv", "kino", "live", "later", "none"), (Right.TICKET, ""))
    assert found(billing, now=NOV_10 + HOUR) == NOTHING | by_ticket
    over = found(billing, now=NOV_10 + 30 * HOUR)
    assert (over["kino"], over["none"]) == ((Right.EXPIRED, "ticket_expired"),) * 2
    with billing.reading() as session:
        channel = next(each.channel for each in accesses(session, billing, login="ivan", now=NOV_10))
        assert access(session, billing, login="ivan", channel=channel, now=NOV_10 + HOUR).ticket is None
        assert ticket.id in {
            each.ticket.id for each in accesses(session, billing, login="ivan", now=NOV_10 + 2 * HOUR) if each.ticket
        }


def test_television_opens_what_is_in_its_package(billing, make, offered):
    make.subscriber("ivan")
    billing.options[Packages] = Packages(lambda wanted: select_login("ivan", wanted == [7]))
    assert found(billing)["tv"] == (Right.PACKAGE, "")
    billing.options[Packages] = Packages(lambda _wanted: select_login("olha", True))
    assert found(billing)["tv"] == NOTHING["tv"]


def select_login(login: str, is_there: bool):
    return select(literal(login)).where(literal(int(is_there)) == 1)


def test_who_is_blocked_may_watch_nothing(billing, uow, streams, offered):
    mine, other = streams.viewer("ivan", credits=5), streams.viewer("olha", credits=5)
    until = NOV_10 + HOUR
    block(uow(), name=mine.name, note="abuse", until=until, actor=STAFF, now=NOV_10)
    block(uow(), name="stranger", note="abuse", until=None, actor=STAFF, now=NOV_10)
    assert {why for _, why in found(billing).values()} == {"operator_block"}
    assert found(billing, other.login)["live"] == (Right.MINUTE, "")
    assert found(billing, "nobody")["free"] == (Right.FREE, "")
    assert found(billing, now=until)["live"] == (Right.MINUTE, "")


def test_a_cooldown_of_the_account_counts_for_all(billing, streams, offered):
    account = streams.account("ivan", credits=5)
    streams._add(Personal(account_id=account, login="ivan", cooldown_until=NOV_10 + HOUR))
    assert {why for _, why in found(billing).values()} == {"too_many_streams"}
    assert found(billing, now=NOV_10 + HOUR)["free"] == (Right.FREE, "")


def test_a_channel_without_a_host_fits_patterns_of_any(billing, streams):
    streams.tariff(Kind.FREE, "a/*", vhost="edge*")
    streams.tariff(Kind.FREE, "b/*", vhost="core")
    for vhost in ("", "edge1", "core"):
        streams.channel("a/s", vhost=vhost, title=f"a {vhost}")
        streams.channel("b/s", vhost=vhost, title=f"b {vhost}")
    free = {title for title, (right, _) in found(billing).items() if right is Right.FREE}
    assert free == {"a ", "a edge1", "b ", "b core"}


def test_it_takes_the_same_number_of_statements_for_many_channels(billing, streams, offered):
    streams.ticket("ivan", "kino/*")
    counted = []
    event.listen(billing.engine, "before_cursor_execute", lambda *_: counted.append(1))
    found(billing)
    few = len(counted)
    for number in range(30):
        streams.channel(f"live/s{number}")
    counted.clear()
    found(billing)
    assert len(counted) == few <= 12
