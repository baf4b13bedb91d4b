"""The demo's streams, made by services and messages, so that their books balance; and loaded again."""

import shutil

import pytest
from sqlalchemy import func, select

from billing.ledger.models import Transfer
from ppv_module.streams.denials.denying import deny_list
from ppv_module.streams.denials.models import Denial, Reason
from ppv_module.streams.links.checking import trouble
from ppv_module.streams.links.issuing import issue
from ppv_module.streams.links.models import Channel, Rule
from ppv_module.streams.models import Outcome, Right, Server, SyncRecord, Viewing
from ppv_module.streams.rights.models import Kind, Offer, Personal, Price, Tariff, Ticket
from suite.demo.load import ACTOR, LOGINS, Demo, load
from suite.demo.streams import CHANNELS, DAYS, SERVERS, StreamDemo, load_streams
from tests.support import assert_books_balance

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

KEY, URL = "a-key-of-this-demonstration", "http://127.0.0.1:8085"


def filled(runtime, key=KEY, url=URL):
    return load_streams(runtime.billing, runtime.stream_spool, demo=StreamDemo(url=url, key=key), now=runtime.clock())


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Where the first test leaves the filled database for the others."""
    return tmp_path_factory.mktemp("kept") / "demo.db", []


@pytest.fixture
def seats(runtime, database_url, kept):
    """The television demo, and what there is to watch beside it; those who watch now."""
    path, found = kept
    mine = database_url.removeprefix("sqlite:///")
    if found:
        shutil.copy(path, mine)
        return found[0]
    load(runtime.billing, Demo(subscribers=20), now=runtime.clock())
    found.append(filled(runtime))
    runtime.billing.engine.dispose()  # the last connection writes the log back into the file
    shutil.copy(mine, path)
    return found[0]


def count(runtime, model, *conditions) -> int:
    with runtime.billing.reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def test_there_is_content_of_every_kind_with_its_price_and_tickets(runtime, seats):
    with runtime.billing.reading() as session:
        assert set(session.scalars(select(Tariff.kind))) == set(Kind)
        assert {each.name: each.title for each in session.scalars(select(Server))} == SERVERS
        channels = {f"{each.application}/{each.stream}": each for each in session.scalars(select(Channel))}
    assert channels.keys() == CHANNELS.keys()
    assert all(each.url == f"{URL}/{path}/clip.webm" for path, each in channels.items())
    assert count(runtime, Price) == 1 and count(runtime, Offer) == 2 and count(runtime, Rule) == 1
    assert count(runtime, Personal, Personal.login == LOGINS[1], Personal.max_streams == 1) == 1


def test_some_evenings_were_watched_by_every_right_and_the_books_balance(runtime, seats):
    assert count(runtime, SyncRecord, SyncRecord.outcome != Outcome.APPLIED) == 0
    with runtime.billing.reading() as session:
        days = session.scalars(select(Viewing.day).distinct()).all()
        rights = set(session.scalars(select(Viewing.right).distinct()))
        paid = session.scalar(select(func.sum(Transfer.amount_minor)).where(Transfer.key.startswith("ppv.watch:")))
    assert len(days) >= DAYS
    assert rights >= {Right.FREE, Right.PACKAGE, Right.MINUTE, Right.TICKET}
    assert paid and paid > 100
    assert count(runtime, Viewing, Viewing.live == 1) == 0
    assert_books_balance(runtime.billing)


def test_tickets_were_bought_and_given(runtime, seats):
    now = runtime.clock()
    assert count(runtime, Ticket, Ticket.login == LOGINS[1], Ticket.valid_to > now, Ticket.means == "wallet") == 1
    assert count(runtime, Ticket, Ticket.login == LOGINS[1], Ticket.valid_to <= now, Ticket.means == "credits") == 1
    assert count(runtime, Ticket, Ticket.login == LOGINS[2], Ticket.means == "grant") == 1


def test_there_is_a_deny_list_with_reasons(runtime, seats):
    with runtime.billing.reading() as session:
        listed = deny_list(session, runtime.billing, runtime.clock())
        reasons = set(session.scalars(select(Denial.reason).where(Denial.slot.is_not(None))))
    assert reasons >= {Reason.OPERATOR_BLOCK, Reason.NO_CREDIT, Reason.RESTREAM}
    assert len(listed) >= 2
    assert not {seat.name for seat in seats} & set(listed)


def test_those_who_watch_now_have_links(runtime, seats):
    assert len(seats) >= 4 and {seat.path for seat in seats} == {"live/news", "live/kino"}
    assert all(seat.ip.startswith("10.20.") for seat in seats)


def test_a_second_load_changes_nothing_but_key_and_address(runtime, seats):
    models = (Tariff, Price, Offer, Ticket, Channel, Rule, Viewing, SyncRecord, Transfer)
    before = [count(runtime, each) for each in models]
    with (uow := runtime.billing.uow()):
        uow.session.scalars(select(Rule)).one().minutes = 45
    again = filled(runtime, key="another-key", url="http://127.0.0.1:9085")
    assert [count(runtime, each) for each in models] == before
    assert len(again) == len(seats) and not {each.name for each in again} & {each.name for each in seats}
    with runtime.billing.reading() as session:
        rule, channel = session.scalars(select(Rule)).one(), session.scalars(select(Channel)).first()
    assert (rule.key, rule.minutes) == ("another-key", 45)
    assert channel.url.startswith("http://127.0.0.1:9085/")
    assert_books_balance(runtime.billing)


def test_a_link_of_the_demo_is_signed_with_the_key_of_the_servers(runtime, seats):
    with runtime.billing.reading() as session:
        channel = session.scalars(select(Channel).where(Channel.stream == "news")).one()
    now = runtime.clock()
    link = issue(runtime.billing.uow(), login=LOGINS[0], channel_id=channel.id, actor=ACTOR, now=now)
    assert trouble(link.url, key=KEY, at=now) is None


def test_with_few_subscribers_it_is_loaded_too(runtime):
    load(runtime.billing, Demo(subscribers=5), now=runtime.clock())
    assert filled(runtime)
