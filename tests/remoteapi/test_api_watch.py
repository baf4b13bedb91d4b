"""Streams over the JSON door: what there is, what one may watch and why not, links, tickets, what was watched."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from billing.host.native import NativeSubscriber
from ppv_module.credits import freezing
from ppv_module.credits.accounts import lock_credits, spend
from ppv_module.streams.denials.blocking import block
from ppv_module.streams.links.models import Viewer
from ppv_module.streams.models import Right, Viewing
from ppv_module.streams.rights.models import Kind, Meter, Personal, Ticket
from tests.remoteapi.conftest import Machine, code, set_password
from tests.streams.make import MakeStreams
from tests.support import STAFF, assert_books_balance

PLAYER = "https://player.example/play"


@pytest.fixture
def ini() -> dict[str, str]:
    return {"PPV_ENABLED": "1", "PPV_STREAM_PLAYER_URL": PLAYER, "PPV_STREAM_MAX_STREAMS": "3"}


@pytest.fixture
def streams(make) -> MakeStreams:
    return MakeStreams(make)


@pytest.fixture
def house(streams, cabinet) -> MakeStreams:
    """News is free, sport wants a ticket, the camera costs 60 credits a minute; all links are signed."""
    streams.rule()
    streams.tariff(Kind.FREE, "live/news", name="News")
    streams.tariff(Kind.TICKET, "live/sport*", name="Sport")
    streams.tariff(Kind.MINUTE, "cam/*", name="Cameras")
    for place in ("live/news", "live/sport1", "cam/1", "other/1"):
        streams.channel(place, title=place)
    return streams


def mine(cabinet):
    answer = cabinet.get("/me/watch")
    assert answer.status_code == 200, answer.text
    return answer.json


def may(cabinet, title):
    return next(each for each in mine(cabinet)["channels"] if each["title"] == title)


def link(cabinet, title, **body):
    return cabinet.post(f"/me/watch/channels/{may(cabinet, title)['id']}/link", body)


def watches(streams, clock, login, **given):
    """A session of somebody as a server has reported it."""
    account = streams.account(login)
    viewer = given.pop("viewer", None) or streams.viewer(login)
    now = clock()
    usual = {"server_id": streams.again(given.pop("server")).id, "place_id": streams.place(given.pop("place", "cam/1"))}
    usual |= {"session": "7", "day": 20261123, "name": viewer.name, "account_id": account, "right": Right.MINUTE}
    usual |= {"live": 1, "started_at": now, "since": now, "active_at": now, "seen_at": now, "sync_id": 1}
    usual |= {"delta_ms": 30_000, "watched_ms": 90_000, "session_ms": 90_000, "bytes_sent": 0}
    return streams._add(Viewing(**{**usual, **given}))


# --- What there is ----------------------------------------------------------------------------------------------------


def test_everybody_may_know_what_there_is_and_what_it_costs(house, machine, clock):
    house.offer("live/sport*", name="Day", minutes=90, description="All of it")
    house.offer("live/*", name="Soon", price_credits=None, starts_at=clock() + timedelta(hours=1))
    house.offer("live/*", name="Off sale", active=False)
    house.offer("live/*", name="Over", hours=None, ends_at=clock())
    house.channel("live/old", title="Off the air", active=False)
    found = machine("cabinet").get("/watch").json
    assert [(each["title"], each["kind"], each["per_minute"]) for each in found["channels"]] == [
        ("cam/1", "minute", 60),
        ("live/news", "free", None),
        ("live/sport1", "ticket", None),
        ("other/1", "closed", None),
    ]
    day, soon = found["offers"]
    assert day["prices"] == {"wallet": {"minor": 10_000, "unit": "UAH"}, "credits": 500}
    assert (day["name"], day["description"], day["hours"], day["minutes"], day["valid_from"]) == (
        "Day",
        "All of it",
        24,
        90,
        None,
    )
    assert soon["prices"]["credits"] is None and soon["valid_from"].endswith("+02:00")
    assert found["player"] == PLAYER
    assert "url" not in found["channels"][0]


def test_a_key_without_the_scope_and_a_stranger_see_nothing(house, machine):
    assert machine("cron").get("/watch").status_code == 403
    assert machine("cabinet").get("/me/watch").status_code == 401


class TestSwitchedOff:
    @pytest.fixture
    def ini(self) -> dict[str, str]:
        return {}

    def test_nothing_is_told(self, cabinet):
        for path in ("/watch", "/me/watch", "/me/watch/history"):
            assert code(cabinet.get(path)) == "ppv_disabled"


# --- What one may watch -----------------------------------------------------------------------------------------------


def test_a_newcomer_may_watch_what_is_free_and_is_told_what_is_missing(house, cabinet):
    house.offer("live/sport*", name="Day")
    found = mine(cabinet)
    assert {each["title"]: (each["access"], each["why"]) for each in found["channels"]} == {
        "cam/1": ("none", "no_credit"),
        "live/news": ("free", ""),
        "live/sport1": ("none", "no_entitlement"),
        "other/1": ("none", "no_entitlement"),
    }
    assert [len(each["offers"]) for each in found["channels"]] == [0, 0, 1, 0]
    assert (found["balance"], found["arrears"], found["limit"], found["pays_by_minute"]) == (0, 0, 3, True)
    assert found["wallet"] == {"minor": 20_000, "unit": "UAH"}
    assert found["tickets"] == found["watching"] == found["denied"] == []


def test_credits_open_what_is_paid_by_the_minute_unless_they_are_frozen(house, cabinet, make, clock):
    house.give("ann", 5)
    assert (may(cabinet, "cam/1")["access"], may(cabinet, "cam/1")["per_minute"]) == ("minute", 60)
    freezing.freeze(make.billing.uow(), login="ann", reason="A question", actor=STAFF, now=clock())
    found = mine(cabinet)
    assert found["frozen"] and may(cabinet, "cam/1")["why"] == "frozen"


def test_a_ticket_opens_its_content_until_it_ends(house, cabinet, clock):
    house.ticket("ann", "live/sport*", hours=2, limit_ms=90_000)
    sport = may(cabinet, "live/sport1")
    assert (sport["access"], sport["why"]) == ("ticket", "") and sport["until"]
    assert [(each["state"], each["minutes_left"]) for each in mine(cabinet)["tickets"]] == [("valid", 2)]
    clock.now += timedelta(hours=2)
    cabinet.sign_in("ann")
    sport = may(cabinet, "live/sport1")
    assert (sport["access"], sport["why"], sport["until"]) == ("none", "ticket_expired", None)
    assert [each["state"] for each in mine(cabinet)["tickets"]] == ["over"]


def test_a_block_shuts_everything_and_says_until_when(house, cabinet, make, clock):
    name = house.viewer("ann", credits=5).name
    until = clock() + timedelta(hours=1)
    block(make.billing.uow(), name=name, note="Passed on", until=until, actor=STAFF, now=clock())
    found = mine(cabinet)
    assert [each["reason"] for each in found["denied"]] == ["operator_block"] and found["denied"][0]["until"]
    assert {(each["access"], each["why"]) for each in found["channels"][:2]} == {("none", "operator_block")}
    assert code(link(cabinet, "cam/1")) == "blocked"
    clock.now = until
    cabinet.sign_in("ann")
    assert mine(cabinet)["denied"] == [] and may(cabinet, "cam/1")["access"] == "minute"


def test_a_cooldown_and_a_limit_of_ones_own_are_told(house, cabinet, clock):
    account = house.account("ann")
    house._add(Personal(account_id=account, login="ann", max_streams=1, cooldown_until=clock() + timedelta(minutes=5)))
    found = mine(cabinet)
    assert found["limit"] == 1 and [each["reason"] for each in found["denied"]] == ["too_many_streams"]


def test_a_limit_that_is_not_the_same_everywhere_is_not_told(house, cabinet):
    assert mine(cabinet)["limit"] == 3
    house.tariff(Kind.FREE, "other/*", max_streams=1)
    assert mine(cabinet)["limit"] == 0


def test_what_is_being_watched_is_told_once_a_link_and_not_for_ever(house, cabinet, clock):
    server = house.server()
    assert link(cabinet, "live/news", device="Chrome, Android #1f2e3d4c").status_code == 200
    with house.make.billing.reading() as session:
        viewer = session.scalars(select(Viewer).where(Viewer.login == "ann")).one()
    for number in ("7", "8"):
        watches(house, clock, "ann", server=server, viewer=viewer, session=number, right=Right.FREE)
    watches(house, clock, "boris", server=server, place="cam/2")
    [found] = mine(cabinet)["watching"]
    assert (found["title"], found["device"]) == ("live/news", "Chrome, Android #1f2e3d4c")
    until = clock() + timedelta(seconds=60)
    block(house.make.billing.uow(), name=viewer.name, note="No", until=until, actor=STAFF, now=clock())
    assert mine(cabinet)["watching"] == []
    clock.now = until
    assert len(mine(cabinet)["watching"]) == 1
    clock.now += timedelta(seconds=16)  # two and a half intervals without a message
    assert mine(cabinet)["watching"] == []


def test_what_was_watched_but_not_paid_is_told(house, cabinet):
    price = house.price(house.tariff(Kind.MINUTE, "x/*", per_minute=7), valid_from=house.make.clock(), per_minute=9)
    house._add(Meter(account_id=house.account("ann"), price_id=price.id, watched_ms=1, due=5, charged=2))
    assert mine(cabinet)["arrears"] == 3


def test_the_statements_do_not_grow_with_the_channels(house, cabinet, runtime):
    said = []

    def asked():
        said.clear()
        mine(cabinet)
        return len(said)

    event.listen(runtime.billing.engine, "before_cursor_execute", lambda *given: said.append(given[2]))

    before = asked()
    for number in range(20):
        house.channel(f"cam/{number + 5}")
    assert asked() == before


def test_who_is_switched_off_watches_nothing(house, cabinet, billing, make):
    house.give("ann", 100)
    off(billing, "ann")
    assert {(each["access"], each["why"]) for each in mine(cabinet)["channels"]} == {("none", "inactive")}
    assert code(link(cabinet, "live/news")) == "not_active"


def off(billing, login):
    uow = billing.uow()
    with uow:
        row = uow.session.scalars(select(NativeSubscriber).where(NativeSubscriber.login == login)).one()
        row.down = True


# --- Links ------------------------------------------------------------------------------------------------------------


def test_a_link_is_signed_for_this_subscriber_device_and_address(house, cabinet, clock):
    answer = link(cabinet, "live/news", device="Firefox #1f2e3d4c", address="198.51.100.7")
    assert answer.status_code == 200 and answer.json["player"] == PLAYER
    assert answer.json["url"].startswith("https://edge/live/news/playlist.m3u8?wmsAuthSign=")
    with house.make.billing.reading() as session:
        viewer = session.scalars(select(Viewer).where(Viewer.login == "ann")).one()
    assert (viewer.device, viewer.ip) == ("Firefox #1f2e3d4c", "198.51.100.7")
    other = link(cabinet, "live/news").json["url"]
    assert other != answer.json["url"]


def test_the_same_request_twice_gives_two_links_since_none_is_kept(house, cabinet):
    path = f"/me/watch/channels/{may(cabinet, 'live/news')['id']}/link"
    first, second = (cabinet.post(path, {}, once="the-same-request") for _ in range(2))
    assert first.status_code == second.status_code == 200 and first.json["url"] != second.json["url"]


def test_without_a_right_there_is_no_link(house, cabinet):
    answer = link(cabinet, "live/sport1")
    assert code(answer) == "no_right" and "wmsAuthSign" not in answer.text
    assert code(link(cabinet, "cam/1")) == "no_credit"
    assert cabinet.post("/me/watch/channels/999/link", {}).status_code == 404


@pytest.mark.parametrize("body", [{"device": "x" * 65}, {"device": "a\nb"}, {"address": "home"}])
def test_what_can_be_no_device_and_no_address_is_refused(house, cabinet, body):
    answer = link(cabinet, "live/news", **body)
    assert answer.status_code == 422 and code(answer) == "invalid_input"


# --- Tickets ----------------------------------------------------------------------------------------------------------


def buy(cabinet, offer, means="wallet", **more):
    once = more.pop("once", "")
    return cabinet.post("/me/watch/tickets", {"offer": offer.id, "means": means} | more, once=once)


def tickets(streams):
    with streams.make.billing.reading() as session:
        return session.scalars(select(Ticket)).all()


def test_a_ticket_from_the_wallet_opens_the_channel_at_once(house, cabinet, make):
    offer = house.offer("live/sport*", name="Day")
    answer = buy(cabinet, offer, price=10_000)
    assert answer.status_code == 200 and (answer.json["title"], answer.json["state"]) == ("Day", "valid")
    assert mine(cabinet)["wallet"] == {"minor": 10_000, "unit": "UAH"}
    assert may(cabinet, "live/sport1")["access"] == "ticket"
    assert link(cabinet, "live/sport1").status_code == 200
    assert_books_balance(make.billing)


def test_a_ticket_for_credits_takes_them(house, cabinet, make):
    house.give("ann", 600)
    assert buy(cabinet, house.offer("live/sport*"), "credits", price=500).status_code == 200
    assert mine(cabinet)["balance"] == 100
    [line, *_] = cabinet.get("/me/credits/history").json["lines"]
    assert (line["cause"], line["credits"]) == ("ticket", -500)
    assert_books_balance(make.billing)


def test_the_same_request_twice_is_one_ticket(house, cabinet):
    offer = house.offer("live/sport*")
    answers = [buy(cabinet, offer, once="pressed-twice") for _ in range(2)]
    assert answers[0].json == answers[1].json and len(tickets(house)) == 1
    assert mine(cabinet)["wallet"] == {"minor": 10_000, "unit": "UAH"}


@pytest.mark.parametrize(
    ("means", "more", "status"),
    [("credits", {}, 402), ("wallet", {"price": 9_999}, 409), ("cash", {}, 422), ("wallet", {"price": 0}, 422)],
)
def test_a_ticket_that_cannot_be_paid_so_is_not_sold(house, cabinet, means, more, status):
    answer = buy(cabinet, house.offer("live/sport*"), means, **more)
    assert answer.status_code == status and code(answer)
    assert not tickets(house) and mine(cabinet)["wallet"]["minor"] == 20_000


def test_an_offer_that_is_off_sale_is_not_sold(house, cabinet):
    assert code(buy(cabinet, house.offer(active=False))) == "offer_not_on_sale"
    assert code(buy(cabinet, house.offer(price_minor=None))) == "not_sold_this_way"


# --- What was watched -------------------------------------------------------------------------------------------------


def test_what_was_watched_stands_by_days_with_what_each_has_cost(house, cabinet, clock, make):
    server, camera = house.server(), house.viewer("ann", credits=500)
    clock.now = clock().replace(hour=12)
    cabinet.sign_in("ann")
    today = int(clock().strftime("%Y%m%d"))
    rows = [
        watches(house, clock, "ann", server=server, viewer=camera, day=today - 1, live=None, session="6"),
        watches(house, clock, "ann", server=server, viewer=camera, day=today, started_at=clock() - timedelta(days=1)),
        watches(house, clock, "ann", server=server, viewer=camera, day=today, session="8", watched_ms=0),
    ]
    watches(house, clock, "boris", server=server)
    for number, (credits, at) in enumerate([(30, clock()), (12, clock()), (5, clock() - timedelta(days=1))]):
        charge(make, "ann", credits, f"ppv.watch:{number}:1", at)
    charge(make, "ann", 100, "ppv.ticket:1:money", clock())
    found = cabinet.get("/me/watch/history").json
    assert [(each["id"], each["title"], each["ms"], each["access"]) for each in found["lines"]] == [
        (rows[1].id, "cam/1", 90_000, "minute"),
        (rows[0].id, "cam/1", 90_000, "minute"),
    ]
    assert [each["credits"] for each in found["days"]] == [42, 5]
    assert found["lines"][0]["at"].startswith(f"{found['days'][0]['day']}T00:00:00"), "it went on at midnight"
    assert found["next"] is None


def test_the_pages_of_the_history_together_are_all_of_it(house, cabinet, clock, make):
    server, viewer = house.server(), house.viewer("ann")
    for number in range(53):
        watches(house, clock, "ann", server=server, viewer=viewer, live=None, session=str(number))
    first = cabinet.get("/me/watch/history").json
    second = cabinet.get(f"/me/watch/history?older_than={first['next']}").json
    seen = [each["id"] for page in (first, second) for each in page["lines"]]
    assert len(first["lines"]) == 50 and len(set(seen)) == 53 and second["next"] is None


def test_who_has_never_watched_has_an_empty_history(house, cabinet):
    assert cabinet.get("/me/watch/history").json == {"lines": [], "days": [], "next": None}


def test_servers_and_sessions_are_not_told_in_the_history_of_the_credits(house, cabinet, make, clock):
    house.give("ann", 100)
    charge(make, "ann", 6, "ppv.watch:1:1", clock(), note="30031 ms nimble-1 7")
    line = cabinet.get("/me/credits/history").json["lines"][0]
    assert (line["cause"], line["credits"], line["text"], line["show"]) == ("watch", -6, "", "watch-1")


def charge(make, login, credits, key, at, note=""):
    uow = make.billing.uow()
    with uow:
        spend(uow, lock_credits(uow, login), credits=credits, key=key, actor=STAFF, at=at, note=note)


def test_another_subscriber_sees_nothing_of_it(house, cabinet, clock, make, billing):
    make.subscriber("boris", wallet="0 UAH")
    set_password(billing, "boris")
    house.ticket("ann", "live/sport*")
    watches(house, clock, "ann", server=house.server())
    other = Machine(cabinet.app, cabinet.key)
    assert other.sign_in("boris").status_code == 201
    found = mine(other)
    assert found["tickets"] == found["watching"] == [] and found["wallet"] == {"minor": 0, "unit": "UAH"}
    assert other.get("/me/watch/history").json["lines"] == []
    assert may(other, "live/sport1")["access"] == "none"
