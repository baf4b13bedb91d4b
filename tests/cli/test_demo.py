"""The demo data: the same for the same seed, with books that balance."""

from collections import Counter

import pytest
from sqlalchemy import func, select

from billing.events import Event
from billing.host.native import NativeHost, NativeSubscriber
from billing.ledger.models import Account, Transfer
from olltv_module.listing.rows import walk
from olltv_module.listing.search import search
from olltv_module.listing.selection import Selection
from olltv_module.models import Delivery, Fact, Subscriber, Subscription, TvState
from suite.demo import load as loading
from suite.demo.load import LOGINS, PASSWORD, Demo, load
from suite.demo.people import people
from tests.support import Crash, assert_books_balance, balance, crash_after, money, subscriber


def rows(runtime, model, *columns):
    with runtime.billing.reading() as session:
        return session.execute(select(*columns).select_from(model)).all()


def count(runtime, model):
    return rows(runtime, model, func.count())[0][0]


def test_the_same_seed_makes_the_same_people():
    assert list(people(seed=4, first=1, last=300)) == list(people(seed=4, first=1, last=300))
    assert list(people(seed=4, first=1, last=300)) != list(people(seed=5, first=1, last=300))


def test_more_subscribers_do_not_change_the_first_ones():
    assert list(people(seed=4, first=1, last=300))[:50] == list(people(seed=4, first=1, last=50))


def test_the_crowd_is_mixed_as_a_provider_knows_it():
    crowd = list(people(seed=1, first=1, last=5000))
    mains = Counter(each.services[0] if each.services else "" for each in crowd)
    assert 3300 < mains["main_start"] < 3700
    assert 800 < sum(len(each.services) > 1 for each in crowd) < 1200
    assert 150 < sum(each.left_minor < each.monthly_minor for each in crowd) < 350
    assert 25 < sum(each.frozen for each in crowd) < 100
    assert any(each.left_minor < 0 for each in crowd)
    assert len({each.mobile for each in crowd}) == len({each.login for each in crowd}) == 5000
    assert len({each.ip for each in crowd}) == 5000 and crowd[0].ip == "10.20.0.1"
    assert not next(people(seed=1, first=65_535, last=65_535)).ip, "nobody shares an address"


def test_a_load_is_told_and_its_books_balance(olltv, runtime):
    said = olltv("demo", "load", "--subscribers", "40", "--seed", "3")

    assert said.status == 0
    assert said.out.startswith("40 subscribers are loaded.\n")
    assert PASSWORD in said.out and LOGINS[0] in said.out
    assert count(runtime, NativeSubscriber) == 40
    assert count(runtime, Delivery) == count(runtime, Subscriber) > 30
    assert set(rows(runtime, Subscription, Subscription.fact)) == {(Fact.OFF,)}
    assert_books_balance(runtime.billing)


def test_whoever_is_loaded_is_listed_and_found(runtime):
    load(runtime.billing, Demo(subscribers=40), now=runtime.clock())
    someone = next(each for each in people(seed=1, first=1, last=40) if each.services and each.number > 5)
    listed = {row.login: row for row in walk(runtime.billing, Selection(), now=runtime.clock())}
    assert len(listed) == count(runtime, Subscriber)
    assert (listed[someone.login].tv, listed[someone.login].name) == (TvState.ACTIVE, someone.name)
    with runtime.billing.uow() as unit:
        assert unit.host.logins_at(someone.ip) == [someone.login]
    for question in (f"{someone.name} {someone.address}", someone.mobile, someone.login):
        hits = search(runtime.billing, question, now=runtime.clock()).hits
        assert [hit.login for hit in hits] == [someone.login]


def test_the_first_ones_can_sign_in_and_nobody_else(runtime):
    load(runtime.billing, Demo(subscribers=7), now=runtime.clock())
    with runtime.billing.uow() as uow:
        assert isinstance(uow.host, NativeHost)
        welcome = [number for number in range(1, 8) if uow.host.check_password(f"demo{number:05d}", PASSWORD)]
    assert welcome == [1, 2, 3, 4, 5]


def test_a_repeat_changes_nothing(olltv, runtime):
    arguments = ("demo", "load", "--subscribers", "40", "--json")
    assert olltv(*arguments).json["loaded"] is True
    before = [count(runtime, model) for model in (Account, Transfer, Event, Subscription, Delivery)]
    assert olltv(*arguments).json["loaded"] is False
    assert [count(runtime, model) for model in (Account, Transfer, Event, Subscription, Delivery)] == before


@pytest.mark.parametrize("other", [("--subscribers", "41"), ("--seed", "9"), ("--as-delivered",)])
def test_other_demo_data_is_not_mixed_in(olltv, runtime, other):
    olltv("demo", "load", "--subscribers", "40")
    said = olltv("demo", "load", "--subscribers", "40", *other, "--json")
    assert (said.status, said.json["error"]["code"]) == (1, "database_in_use")
    assert count(runtime, NativeSubscriber) == 40


def test_a_database_of_real_subscribers_is_left_alone(olltv, runtime):
    with runtime.billing.uow() as uow:
        uow.host.add(login="ivan")
    said = olltv("demo", "load", "--subscribers", "5")
    assert (said.status, said.err.count("\n")) == (1, 1)
    assert count(runtime, NativeSubscriber) == 1
    assert count(runtime, Event) == 0


@pytest.mark.parametrize("url", ["https://oll.tv/ispAPI/", "https://localhost.example/ispAPI/"])
def test_invented_people_are_not_offered_to_a_real_partner(olltv, runtime, url):
    olltv.write(OLLTV_API_URL=url)
    said = olltv("demo", "load", "--subscribers", "5")
    assert said.status == 1
    assert "set OLLTV_API_URL to the sandbox" in said.err
    assert count(runtime, NativeSubscriber) == 0
    assert olltv("demo", "load", "--subscribers", "5", "--as-delivered").status == 0


def test_as_delivered_leaves_nothing_to_tell_the_partner(runtime):
    load(runtime.billing, Demo(subscribers=40, delivered=True), now=runtime.clock())
    assert count(runtime, Delivery) == 0
    subs = subscriber(runtime.billing, "demo00002").live
    assert [each.fact for each in subs] == [Fact.ON, Fact.ON]
    assert all(each.code for each in subs)
    remote_ids = rows(runtime, Subscriber, Subscriber.remote_id)
    assert len(set(remote_ids)) == len(remote_ids) and (None,) not in remote_ids
    assert_books_balance(runtime.billing)


def test_each_month_of_history_has_its_fees_and_event_lines(runtime):
    now = runtime.clock()
    load(runtime.billing, Demo(subscribers=40, history=3), now=now)
    month = runtime.billing.month(now)
    periods = {str(each) for each in (month.previous(), month.previous().previous())}
    periods.add(str(month.previous().previous().previous()))
    paid = Counter(rows(runtime, Transfer, Transfer.period))
    subscriptions = count(runtime, Subscription)
    assert {period for (period,) in paid if period} == periods
    assert {paid[(period,)] for period in periods} == {subscriptions}
    lines = [text for (text,) in rows(runtime, Event, Event.text)]
    assert lines.count("BALANCEADD (demo00001) ON -50") == 3
    assert lines.count("OLLTV CHARGE TARIFF [1] FEE `50` FOR (demo00001) AS [1]") == 3
    assert balance(runtime.billing, "demo00001") == money("250.00 UAH")
    assert_books_balance(runtime.billing)


def test_a_load_that_was_broken_off_goes_on_where_it_ended(runtime, monkeypatch):
    monkeypatch.setattr("suite.demo.load.PORTION", 10)
    demo, now = Demo(subscribers=35), runtime.clock()
    with pytest.raises(Crash):
        load(runtime.billing, demo, now=now, progress=dies_at_half)
    with crash_after(loading, "charge_months"), pytest.raises(Crash):
        load(runtime.billing, demo, now=now)
    assert count(runtime, NativeSubscriber) == 20

    assert load(runtime.billing, demo, now=now) is True

    assert count(runtime, NativeSubscriber) == 35
    assert_books_balance(runtime.billing)


def dies_at_half(percent):
    if percent > 50:
        raise Crash


def test_a_load_that_others_have_written_into_is_not_gone_on_with(runtime, monkeypatch):
    monkeypatch.setattr("suite.demo.load.PORTION", 10)
    demo, now = Demo(subscribers=35), runtime.clock()
    with pytest.raises(Crash):
        load(runtime.billing, demo, now=now, progress=dies_at_half)
    with runtime.billing.uow() as uow:
        uow.host.add(login="ivan")
    with pytest.raises(loading.DatabaseInUse):
        load(runtime.billing, demo, now=now)
