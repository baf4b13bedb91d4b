"""Tickets that subscribers have: bought or given, giving one, and taking one back."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.money import Money
from billing.uow import Billing
from ppv_module.admin.desk import desk, signed
from ppv_module.admin.lists import page_of
from ppv_module.admin.shows import viewer_url
from ppv_module.admin.streams_terms import MEANS_TEXTS, STATE_LOOKS, STATE_TEXTS, pattern_text
from ppv_module.streams.figures import sold
from ppv_module.streams.figures.sold import TicketLine, WantedTickets
from ppv_module.streams.rights import tickets
from ppv_module.streams.rights.holding import MINUTE_MS, TicketState, minutes_left
from ppv_module.streams.rights.tickets import GRANT, MOST_GIVEN_HOURS
from weblib.exports import Source, register
from weblib.forms import (
    TOLD_AT_FORMS,
    CheckField,
    ChoiceField,
    Filter,
    Form,
    KeyField,
    NumberField,
    ReasonField,
    SearchField,
    TextField,
    new_key,
)
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, wish

bp = Blueprint("streams_tickets", __name__, url_prefix="/streams/tickets", template_folder="templates")
RIGHTS = ("PPV", "MONEY")
MENU = Entry(
    endpoint="streams_tickets.show_all",
    text=N_("Sold tickets"),
    icon="receipt",
    section="Streams",
    place=54,
    rights=RIGHTS,
)
TOLD_HERE = (*TOLD_AT_FORMS, 404)
"""Also that nobody has the login, and that the ticket is not there any more."""


class TicketFilter(Filter):
    """Narrows the list."""

    login = SearchField(N_("Login"), most=64)
    state = ChoiceField(
        N_("State"), choices=[("", N_("all")), *((each.value, STATE_TEXTS[each]) for each in TicketState)]
    )
    offer = ChoiceField(N_("Ticket"), choices=[])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer.choices = [("", _("all")), *_offers()]
        self.validate()

    @property
    def wanted(self) -> WantedTickets:
        """What is asked for. What cannot be read does not narrow."""
        chosen = self.chosen()
        state, offer = chosen.get("state"), chosen.get("offer")
        return WantedTickets(
            login=chosen.get("login", ""),
            state=TicketState(state) if state else None,
            offer_id=int(offer) if offer else None,
        )


class GiveForm(Form):
    """A ticket for nothing."""

    key = KeyField()
    login = TextField(N_("Login"), required=True, most=64, render_kw={"autocomplete": "off", "autocapitalize": "none"})
    offer = ChoiceField(N_("Ticket"), required=True, choices=[])
    hours = NumberField(
        N_("Hours from now"),
        least=1,
        most=MOST_GIVEN_HOURS,
        description=N_("Empty: as if it were bought now."),
    )
    reason = ReasonField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer.choices = _offers()


class RevokeForm(Form):
    refund = CheckField(N_("Give the price back to where it came from"))
    reason = ReasonField()


def _offers() -> list[tuple[str, str]]:
    with desk().billing.reading() as session:
        return [(str(number), name) for number, name in sold.offer_names(session)]


def _price(line: TicketLine) -> Money | None:
    ticket = line.ticket
    return None if ticket.means == GRANT else Money(ticket.price_minor, ticket.unit)


COLUMNS: tuple[Column[TicketLine], ...] = (
    Column(
        "title", N_("Ticket"), lambda each: each.ticket.title, link=lambda each: f"/streams/tickets/{each.ticket.id}"
    ),
    Column("login", N_("Login"), lambda each: each.ticket.login, link=lambda each: viewer_url(each.ticket.login)),
    Column("from", N_("Valid from"), lambda each: each.ticket.valid_from),
    Column("to", N_("Valid until"), lambda each: each.ticket.valid_to),
    Column("left", N_("Minutes left"), lambda each: minutes_left(each.ticket), numeric=True),
    Column("watched", N_("Minutes watched"), lambda each: each.ticket.used_ms // MINUTE_MS, numeric=True, shown=False),
    Column("price", N_("Price"), _price, numeric=True),
    Column("means", N_("Paid"), lambda each: _(MEANS_TEXTS[each.ticket.means])),
    Column(
        "state",
        N_("State"),
        lambda each: _(STATE_TEXTS[each.state]),
        badge=lambda each: STATE_LOOKS[each.state],
    ),
    Column("bought", N_("Bought"), lambda each: each.ticket.bought_at, shown=False),
    Column("revoked", N_("Taken back"), lambda each: each.ticket.revoked_at, shown=False),
    Column("id", N_("Number"), lambda each: each.ticket.id, numeric=True, shown=False),
)


def _exported(billing: Billing) -> Iterator[TicketLine]:
    return sold.every_ticket(billing, TicketFilter().wanted, now=desk().clock())


EXPORT = register(
    Source(name="stream_tickets", title=N_("Sold tickets"), columns=COLUMNS, rows=_exported, rights=RIGHTS, utc=True)
)


@bp.get("")
@requires(*RIGHTS)
def show_all() -> ResponseReturnValue:
    """Tickets, the latest first."""
    form, asked, now = TicketFilter(), wish(COLUMNS), desk().clock()
    with desk().billing.reading() as session:
        found = sold.tickets_page(session, form.wanted, now=now, cursor=asked.cursor)
        counted = sold.count_tickets(session, form.wanted, now=now)
    listing = page_of(COLUMNS, EXPORT, asked, found, counted)
    return render_template("ppv/streams/tickets_list.html", listing=listing, form=form)


@bp.get("/give")
@requires("MONEY")
def show_give() -> ResponseReturnValue:
    """To whom, which one, and why."""
    form = GiveForm(formdata=None, key=new_key(), login=request.args.get("login", "")[:64])
    return render_template("ppv/streams/tickets_give.html", form=form)


@bp.post("/give")
@requires("MONEY")
def give() -> ResponseReturnValue:
    """Give a ticket for nothing, one however often the form is sent."""
    form = GiveForm()
    if form.validate():
        with form.refusals(statuses=TOLD_HERE):
            asked = {name: form[name].data for name in ("login", "hours", "reason", "key")}
            made = tickets.grant_ticket(desk().billing.uow(), offer_id=int(form.offer.data), **asked, **signed())
            flash(_("%(login)s has the ticket “%(title)s”.", login=made.login, title=made.title))
            return redirect(f"/streams/tickets/{made.id}", 303)
    return render_template("ppv/streams/tickets_give.html", form=form), 422


@bp.get("/<int:stream_ticket_id>")
@requires(*RIGHTS)
def show(stream_ticket_id: int) -> ResponseReturnValue:
    """One ticket.

    :raises UnknownTicket: there is none
    """
    return _page("show", stream_ticket_id)


@bp.get("/<int:stream_ticket_id>/revoke")
@requires("MONEY")
def show_revoke(stream_ticket_id: int) -> ResponseReturnValue:
    """What taking it back means.

    :raises UnknownTicket: there is none
    """
    return _page("revoke", stream_ticket_id, form=RevokeForm(formdata=None))


@bp.post("/<int:stream_ticket_id>/revoke")
@requires("MONEY")
def revoke(stream_ticket_id: int) -> ResponseReturnValue:
    """Take it back, and its price once however often the form is sent.

    :raises UnknownTicket: there is none
    """
    form = RevokeForm()
    if form.validate():
        with form.refusals():
            asked = {"reason": form.reason.data, "refund": form.refund.data}
            tickets.revoke_ticket(desk().billing.uow(), ticket_id=stream_ticket_id, **asked, **signed())
            flash(_("The ticket is taken back. Who watches by it is cut off with the next messages of the servers."))
            return redirect(f"/streams/tickets/{stream_ticket_id}", 303)
    return _page("revoke", stream_ticket_id, form=form), 422


def _page(name: str, ticket_id: int, **facts: object) -> str:
    with desk().billing.reading() as session:
        story = sold.ticket_story(session, ticket_id, now=desk().clock())
    line = story.line
    return render_template(
        f"ppv/streams/tickets_{name}.html",
        ticket=line.ticket,
        is_refunded=story.is_refunded,
        price=_price(line),
        pattern=pattern_text(story.pattern),
        left=minutes_left(line.ticket),
        means=_(MEANS_TEXTS[line.ticket.means]),
        state=_(STATE_TEXTS[line.state]),
        look=STATE_LOOKS[line.state],
        viewer_url=viewer_url(line.ticket.login),
        **facts,
    )
