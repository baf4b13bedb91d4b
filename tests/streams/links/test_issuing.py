"""Links: for those who may watch now, good where they are used, under a name by which they can be denied."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from billing.errors import InvalidInput
from billing.events import Event, EventLog
from billing.host.base import UnknownLogin
from billing.uow import UnitOfWork
from ppv_module.streams.denials.blocking import block, unblock
from ppv_module.streams.denials.denying import deny_list
from ppv_module.streams.links.channels import UnknownChannel
from ppv_module.streams.links.checking import Trouble, trouble
from ppv_module.streams.links.issuing import Blocked, NoRight, NoRule, NotActive, NothingToPayWith, issue
from ppv_module.streams.links.models import Identity, Viewer
from ppv_module.streams.links.signing import BadLink, taken
from ppv_module.streams.rights.models import Kind
from tests.support import NOV_10, STAFF, Crash, crash_after, logged_to

BY = {"actor": STAFF, "now": NOV_10}
KEY = "k-Mandarin-77"
HERE = "203.0.113.25"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def channel(streams, make):
    """A channel that is paid by minutes, and somebody with credits for it."""
    streams.tariff(Kind.MINUTE, "live/*")
    streams.account("ivan", credits=5)
    return streams.channel("live/sport1")


def viewers(billing) -> list[Viewer]:
    with billing.reading() as session:
        return list(session.scalars(select(Viewer).order_by(Viewer.id)))


def test_a_link_is_good_for_its_time_and_its_stream(billing, uow, streams, channel):
    streams.rule(minutes=20)
    issued = issue(uow(), login="ivan", channel_id=channel.id, ip=HERE, device=" My  TV ", **BY)
    assert issued.expires_at == NOV_10 + 20 * MINUTE
    assert trouble(issued.url, key=KEY, at=NOV_10) is None
    assert trouble(issued.url, key=KEY, at=NOV_10 + 22 * MINUTE) is Trouble.EXPIRED
    assert trouble(issued.url.replace("sport1", "sport2"), key=KEY, at=NOV_10) is Trouble.BAD_HASH
    (viewer,) = viewers(billing)
    assert (viewer.name, viewer.login, viewer.channel_id, viewer.device) == (issued.name, "ivan", channel.id, "My TV")
    assert (viewer.ip, viewer.issued_at, viewer.expires_at) == (HERE, NOV_10, issued.expires_at)
    with billing.reading() as session:
        assert viewer.account_id == streams.account("ivan")
        assert issued.name not in deny_list(session, billing, NOV_10)


def test_each_link_has_a_name_of_its_own_that_nobody_can_guess(uow, streams, channel):
    streams.rule()
    names = {issue(uow(), login="ivan", channel_id=channel.id, **BY).name for _ in range(5)}
    assert len(names) == 5
    assert all(len(name) == 16 and name.startswith("p-") for name in names)


def test_where_the_rule_says_so_all_links_of_an_account_have_one_name(billing, streams, channel):
    streams.rule(identity=Identity.ACCOUNT)
    streams.account("olha", credits=5)

    def named(login: str) -> str:
        return issue(billing.uow(), login=login, channel_id=channel.id, ip=HERE, device="TV", **BY).name

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(named, ["ivan", "olha"] * 3))) == 2
    assert [(each.channel_id, each.ip, each.expires_at) for each in viewers(billing)] == [(None, "", None)] * 2


@pytest.mark.parametrize("address", [HERE, f"::ffff:{HERE}"])
def test_a_link_may_be_bound_to_the_address(uow, streams, channel, address):
    streams.rule(bind_ip=True)
    issued = issue(uow(), login="ivan", channel_id=channel.id, ip=address, **BY)
    assert trouble(issued.url, key=KEY, at=NOV_10, ip=HERE) is None
    assert trouble(issued.url, key=KEY, at=NOV_10, ip="203.0.113.26") is Trouble.BAD_HASH
    for wrong in ("", "here"):
        with pytest.raises(BadLink):
            issue(uow(), login="ivan", channel_id=channel.id, ip=wrong, **BY)


def test_the_stream_is_bound_for_http_only_and_only_where_the_rule_says_so(uow, streams, channel):
    rule = streams.rule()
    camera = streams.channel("live/cam1", url="rtsp://h:1935/live/cam1")
    issued = issue(uow(), login="ivan", channel_id=camera.id, **BY)
    assert issued.url == f"rtsp://h:1935/live?wmsAuthSign={taken(issued.url)[0]}/cam1"
    assert trouble(issued.url.replace("cam1", "cam2"), key=KEY, at=NOV_10) is None
    work = uow()
    with work:
        work.session.get_one(type(rule), rule.id).bind_stream = False
    free = issue(uow(), login="ivan", channel_id=channel.id, **BY)
    assert trouble(free.url.replace("sport1", "sport2"), key=KEY, at=NOV_10) is None


def test_the_first_rule_that_fits_signs(uow, streams, channel):
    streams.rule("vod/*", key="wrong", sort=-9)
    streams.rule(key="off", active=False, sort=-8)
    streams.rule("live/sport*", key="sport", sort=1)
    streams.rule(key="any", sort=2)
    assert trouble(issue(uow(), login="ivan", channel_id=channel.id, **BY).url, key="sport", at=NOV_10) is None


def refused(billing, uow, refusal, **given) -> None:
    before = len(viewers(billing))
    with pytest.raises(refusal):
        issue(uow(), **{"login": "ivan", "channel_id": 1, **BY, **given})
    assert len(viewers(billing)) == before


def test_nobody_gets_a_link_without_a_right_or_credits(billing, uow, streams, make, channel):
    streams.rule()
    make.subscriber("olha")
    refused(billing, uow, NothingToPayWith, login="olha")
    cinema = streams.channel("kino/a")
    refused(billing, uow, NoRight, channel_id=cinema.id)
    streams.ticket("olha", "*", hours=1)
    for number in (channel.id, cinema.id):
        issue(uow(), login="olha", channel_id=number, **BY)
    refused(billing, uow, NoRight, login="olha", channel_id=cinema.id, now=NOV_10 + 60 * MINUTE)


def test_who_is_switched_off_or_frozen_or_unknown_gets_none(billing, uow, streams, channel):
    streams.rule()
    for flags in ({"down": True}, {"frozen": True}):
        work = uow()
        with work:
            work.host.set_flags("ivan", **flags)
        refused(billing, uow, NotActive)
        with work:
            work.host.set_flags("ivan", down=False, frozen=False)
    refused(billing, uow, UnknownLogin, login="nobody")
    refused(billing, uow, UnknownChannel, channel_id=77)
    refused(billing, uow, UnknownChannel, channel_id=streams.channel("live/off", active=False).id)
    refused(billing, uow, InvalidInput, device="d" * 65)
    issue(uow(), login="ivan", channel_id=channel.id, **BY)


def test_without_a_rule_there_is_no_link(billing, uow, streams, channel):
    streams.rule("vod/*")
    refused(billing, uow, NoRule)


def test_who_is_blocked_gets_no_other_link_until_it_is_over(billing, uow, streams, channel):
    streams.rule()
    name = issue(uow(), login="ivan", channel_id=channel.id, **BY).name
    denial = block(uow(), name=name, note="passes on", until=None, **BY)
    refused(billing, uow, Blocked)
    unblock(uow(), denial_id=denial.id, **BY)
    issue(uow(), login="ivan", channel_id=channel.id, **BY)


def test_the_line_in_the_log_has_neither_link_nor_key(billing, uow, streams, channel, tmp_path):
    streams.rule()
    with logged_to(tmp_path) as log:
        issued = issue(uow(), login="ivan", channel_id=channel.id, ip=HERE, **BY)
        logging.getLogger("test").warning("issued %s", issued)
    with billing.reading() as session:
        line = session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()
    begin = f"PPV STREAM LINK (ivan) [{issued.name}] CHANNEL [{channel.id}] FROM {HERE} UNTIL 2026-11-10T09:15"
    assert line.text.startswith(begin)
    signed = taken(issued.url)[0]
    for secret in (KEY, signed, issued.url):
        assert secret not in line.text
        assert secret not in log.read_text()


@pytest.mark.parametrize(("target", "name", "made"), [(EventLog, "write", 0), (UnitOfWork, "commit", 1)])
def test_a_crash_leaves_a_name_with_its_line_or_none(billing, uow, streams, channel, target, name, made):
    streams.rule()
    with pytest.raises(Crash), crash_after(target, name):
        issue(uow(), login="ivan", channel_id=channel.id, **BY)
    with billing.reading() as session:
        told = session.scalars(select(Event).where(Event.kind.startswith("PPV STREAM LINK"))).all()
    assert (len(viewers(billing)), len(told)) == (made, made)
