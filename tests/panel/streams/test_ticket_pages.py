"""Tickets on the pages of staff: what is on sale, what was sold, giving one and taking one back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from billing.events import Event
from ppv_module.streams.rights.models import Offer, Ticket
from ppv_module.streams.rights.tickets import CREDIT, buy_ticket
from tests.panel.client import text
from tests.panel.ppv.forms import sent, shown
from tests.panel.streams.watched import HOSTILE
from tests.support import STAFF, assert_books_balance, balance, money

OFFERS, TICKETS = "/streams/offers", "/streams/tickets"
GIVEN = {
    "name": "Match",
    "description": "The whole match",
    "vhost": "*",
    "application": "live",
    "stream": "sport*",
    "hours": "24",
    "starts_at": "",
    "ends_at": "",
    "minutes": "90",
    "price": "49,90",
    "credits": "300",
    "sort": "1",
}


@pytest.fixture
def offers(billing):
    def read():
        with billing.reading() as session:
            return session.scalars(select(Offer).order_by(Offer.id)).all()

    return read


@pytest.fixture
def tickets(billing):
    def read():
        with billing.reading() as session:
            return session.scalars(select(Ticket).order_by(Ticket.id)).all()

    return read


# On sale


def test_a_ticket_is_put_on_sale(panel, offers):
    assert "No tickets are on sale yet." in panel.page(OFFERS)
    assert panel.done(f"{OFFERS}/new", **GIVEN) == OFFERS
    [offer] = offers()
    facts = (offer.name, offer.hours, offer.minutes, offer.price_minor, offer.price_credits, offer.active)
    assert facts == ("Match", 24, 90, 4990, 300, True)
    assert "Match live/sport* 24 49.90 UAH 300 0 0 on sale" in panel.page(OFFERS)


def test_from_until_at_the_operators_clock(panel, offers, billing):
    times = {"starts_at": "2026-12-01T20:00", "ends_at": "01.12.2026 23:30", "hours": ""}
    panel.done(f"{OFFERS}/new", **GIVEN | times)
    [offer] = offers()
    assert [each.astimezone(billing.zone).strftime("%H:%M") for each in (offer.starts_at, offer.ends_at)] == [
        "20:00",
        "23:30",
    ]
    fields = shown(panel, f"{OFFERS}/{offer.id}/edit")
    assert (fields["starts_at"], fields["ends_at"]) == ("2026-12-01T20:00", "2026-12-01T23:30")


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"name": ""}, "name", "This field is required."),
        ({"hours": "0"}, "hours", "Number must be between 1 and"),
        ({"hours": ""}, "hours", "A ticket needs hours from the purchase, or an end."),
        ({"price": "", "credits": ""}, "price", "A ticket needs a price in money, in credits, or both."),
        ({"price": "dear"}, "price", "Write an amount like 49,90."),
        ({"price": "0"}, "price", "The field “price” has a value that cannot be used"),
        ({"credits": "0"}, "credits", "Number must be between 1 and"),
        ({"ends_at": "tomorrow"}, "ends_at", "Write a day and a time like 22.11.2026 09:05."),
        (
            {"starts_at": "2026-12-02T00:00", "ends_at": "2026-12-01T00:00"},
            "ends_at",
            "The field “ends_at” has a value that cannot be used",
        ),
        ({"application": "x" * 151}, "application", "Too long: at most 150 characters."),
    ],
)
def test_what_cannot_be_used_is_told_at_its_field(panel, offers, changes, field, told):
    answer = panel.post(f"{OFFERS}/new", **GIVEN | changes)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, offers()) == (422, [])
    assert told in text(answer)
    assert f'id="{field}-errors"' in page
    assert 'value="The whole match"' in page


def test_the_pattern_of_an_offer_is_tried(panel, streams, offers):
    streams.place("live/sport1")
    answer = panel.post(f"{OFFERS}/new", **GIVEN | {"try": "1"})
    assert (answer.status_code, offers()) == (200, [])
    assert "1 reported stream" in text(answer)


def test_an_edition_leaves_sold_tickets_as_they_were(panel, shop, streams):
    path = f"{OFFERS}/{shop.offer.id}/edit"
    assert "1 ticket was sold." in panel.page(path)
    fields = shown(panel, path)
    panel.done(path, **fields | {"price": "900", "hours": "1"})
    ticket = streams.again(shop.ticket)
    assert (ticket.price_minor, ticket.valid_to) == (10_000, shop.ticket.valid_to)
    answer = panel.post(path, **fields | {"price": "1"})
    assert (answer.status_code, streams.again(shop.offer).price_minor) == (422, 90_000)
    assert "Somebody else has changed this" in text(answer)


def test_an_offer_off_sale_stays_readable(panel, shop, streams):
    for _click in range(2):
        panel.done(f"{OFFERS}/{shop.offer.id}/off-sale", seen="1")
    assert not streams.again(shop.offer).active
    assert "A day of cinema" in panel.page(OFFERS, state="off")
    assert "Nothing matches." in panel.page(OFFERS, state="on")
    panel.done(f"{OFFERS}/{shop.offer.id}/on-sale", seen=str(streams.again(shop.offer).version))
    assert streams.again(shop.offer).active


def test_sold_and_given_are_counted(panel, shop, streams):
    fields = shown(panel, f"{TICKETS}/give")
    panel.done(f"{TICKETS}/give", **fields | {"login": "ivan", "offer": str(shop.offer.id), "reason": "sorry"})
    lines = panel.get("/exports/stream_offers.csv", columns="name,sold,given").get_data(as_text=True).splitlines()
    assert lines[1:] == ["A day of cinema,1,1"]


# Sold


def test_tickets_with_all_that_is_known(panel, shop):
    page = panel.page(TICKETS)
    assert "A day of cinema ivan" in page
    assert "90 100.00 UAH from the wallet valid" in page
    assert "1 row" in page
    one = panel.page(f"{TICKETS}/{shop.ticket.id}")
    assert "Streams cinema/*" in one
    assert "Minutes left 90 Price 100.00 UAH Paid from the wallet" in one


@pytest.mark.parametrize("state", ["coming", "valid", "used_up", "over", "revoked"])
def test_tickets_are_narrowed_by_what_can_be_done_with_them(panel, streams, clock, state):
    streams.ticket("one", title="T-coming", valid_from=clock() + timedelta(hours=1))
    streams.ticket("one", title="T-valid")
    streams.ticket("one", title="T-used_up", limit_ms=1000, used_ms=1000)
    streams.ticket("one", title="T-over", valid_to=clock())
    streams.ticket("one", title="T-revoked", revoked_at=clock())
    page = panel.page(TICKETS, state=state)
    assert [name for name in ("coming", "valid", "used_up", "over", "revoked") if f"T-{name}" in page] == [state]


def test_tickets_are_narrowed_by_login_and_offer(panel, shop, streams):
    streams.ticket("petro", title="Other")
    assert ("Other" in panel.page(TICKETS, login="petro"), "ivan" in panel.page(TICKETS, login="petro")) == (
        True,
        False,
    )
    assert "Other" not in panel.page(TICKETS, offer=str(shop.offer.id))
    assert "2 rows" in panel.page(TICKETS, offer="x", state="odd")


def test_tickets_are_exported(panel, shop):
    lines = panel.get("/exports/stream_tickets.csv", columns="login,title,left,price,means,state").get_data(
        as_text=True
    )
    assert lines.splitlines()[1:] == ["A day of cinema,ivan,90,100.00,from the wallet,valid"]


def test_a_ticket_is_given_once_however_often_the_form_is_sent(panel, shop, tickets, billing):
    fields = shown(panel, f"{TICKETS}/give?login=ivan")
    fields |= {"offer": str(shop.offer.id), "hours": "2", "reason": "The match was dark"}
    assert fields["login"] == "ivan"
    paths = {panel.done(f"{TICKETS}/give", **fields) for _click in range(2)}
    _bought, given = tickets()
    assert paths == {f"{TICKETS}/{given.id}"}
    assert (given.means, given.valid_to - given.valid_from) == ("grant", timedelta(hours=2))
    assert "— Paid given by the staff" in panel.page(f"{TICKETS}/{given.id}")
    with billing.reading() as session:
        written = session.scalars(select(Event.text).where(Event.text.contains("GIVE TICKET"))).all()
    assert len(written) == 1
    assert "The match was dark" in written[0]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("login", "", "This field is required."),
        ("login", "nobody", "There is no subscriber with the login nobody."),
        ("offer", "999", "Not a valid choice."),
        ("hours", "0", "Number must be between 1 and"),
        ("reason", "", "This field is required."),
        ("key", "x", "This page was open for too long."),
    ],
)
def test_a_gift_that_cannot_be_is_told(panel, shop, tickets, field, value, told):
    given = {"login": "ivan", "offer": str(shop.offer.id), "reason": "sorry", field: value}
    answer = panel.post(f"{TICKETS}/give", **shown(panel, f"{TICKETS}/give") | given)
    assert (answer.status_code, len(tickets())) == (422, 1)
    assert told in text(answer)


def test_without_an_offer_nothing_can_be_given(panel):
    assert "There is no ticket yet that could be given." in panel.page(f"{TICKETS}/give")


def test_a_ticket_is_taken_back_and_its_price_once(panel, shop, streams, billing):
    path = f"{TICKETS}/{shop.ticket.id}"
    assert balance(billing, "ivan") == money("400 UAH")
    for _click in range(2):
        panel.done(f"{path}/revoke", reason="by mistake", refund="y")
    assert balance(billing, "ivan") == money("500 UAH")
    assert streams.again(shop.ticket).revoked_at is not None
    page = panel.page(path)
    assert ("taken back" in page, "Price given back yes" in page) == (True, True)
    assert f"{path}/revoke" not in panel.get(path).get_data(as_text=True)
    assert_books_balance(billing)


def test_the_price_may_be_given_back_later(panel, shop, billing):
    path = f"{TICKETS}/{shop.ticket.id}"
    panel.done(f"{path}/revoke", reason="passed it on")
    assert balance(billing, "ivan") == money("400 UAH")
    assert "Price given back no" in panel.page(path)
    sent(panel, f"{path}/revoke", reason="was wrong", refund="y")
    assert balance(billing, "ivan") == money("500 UAH")


def test_credits_go_back_as_credits(panel, shop, streams, billing, clock):
    streams.account("petro", credits=800)
    facts = {"login": "petro", "offer_id": shop.offer.id, "actor": STAFF, "now": clock()}
    ticket = buy_ticket(billing.uow(), means=CREDIT, key="petro-1", **facts)
    assert streams.balance("petro") == 300
    panel.done(f"{TICKETS}/{ticket.id}/revoke", reason="by mistake", refund="y")
    assert streams.balance("petro") == 800


def test_taking_back_wants_a_reason(panel, shop, streams):
    answer = panel.post(f"{TICKETS}/{shop.ticket.id}/revoke", refund="y")
    assert (answer.status_code, streams.again(shop.ticket).revoked_at) == (422, None)
    assert "checked" in answer.get_data(as_text=True)


def test_a_gift_has_no_price_to_give_back(panel, streams):
    ticket = streams.ticket("ivan")
    assert "Give the price back" not in panel.page(f"{TICKETS}/{ticket.id}/revoke")


def test_whoever_must_not_move_money_only_looks(person, shop):
    page = person("PPV").get(f"{TICKETS}/{shop.ticket.id}").get_data(as_text=True)
    assert "/revoke" not in page


def test_names_stay_text(panel, streams):
    offer = streams.offer(name=HOSTILE, description=HOSTILE)
    ticket = streams.ticket("ivan", title=HOSTILE)
    for path in (
        OFFERS,
        f"{OFFERS}/{offer.id}/edit",
        TICKETS,
        f"{TICKETS}/give",
        f"{TICKETS}/{ticket.id}",
        f"{TICKETS}/{ticket.id}/revoke",
    ):
        assert HOSTILE not in panel.get(path).get_data(as_text=True)
