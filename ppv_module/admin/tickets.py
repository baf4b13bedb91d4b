"""Questions of viewers and performers to the staff: the list, one thread, answering, closing, opening again."""

from collections.abc import Iterator

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.uow import Billing
from ppv_module.admin.choosing import TenantFilter
from ppv_module.admin.desk import desk, signed
from ppv_module.admin.lists import page_of
from ppv_module.admin.words import ROLE_TEXTS, TICKET_LOOKS, TICKET_TEXTS
from ppv_module.chat.listing import tickets as listing
from ppv_module.chat.listing.tickets import Line
from ppv_module.chat.support import desk as support
from ppv_module.chat.support.models import TicketState
from weblib.exports import Source, register
from weblib.forms import AreaField, ChoiceField, Form, SearchField
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, wish

bp = Blueprint("ppv_tickets", __name__, url_prefix="/ppv/tickets", template_folder="templates")
MENU = Entry(
    endpoint="ppv_tickets.show_all", text=N_("Support"), icon="mail", section="Pay-per-view", place=80, rights=("PPV",)
)
UNFINISHED = (TicketState.OPEN, TicketState.ANSWERED)
ALL, UNCLOSED = "all", ""
STATES = [(UNCLOSED, N_("not closed")), *((each.value, text) for each, text in TICKET_TEXTS.items()), (ALL, N_("all"))]
LONGEST = 4000


class TicketFilter(TenantFilter):
    """Narrows the list of tickets; without a wish to those that are not closed."""

    state = ChoiceField(N_("State"), choices=STATES)
    login = SearchField(N_("Login"), most=80)

    @property
    def wanted(self) -> listing.Wanted:
        chosen = self.chosen()
        state = chosen.get("state", UNCLOSED)
        known = () if state == ALL else UNFINISHED if state == UNCLOSED else (TicketState(state),)
        return listing.Wanted(tenant_id=self.tenant_id, states=known, login=chosen.get("login", ""))


class ReplyForm(Form):
    text = AreaField(N_("Your answer"), required=True, most=LONGEST, render_kw={"rows": 6})


def url_of(ticket_id: int) -> str:
    """The page of one ticket."""
    return f"/ppv/tickets/{ticket_id}"


def _look(line: Line) -> str:
    return TICKET_LOOKS[line.ticket.state]


COLUMNS: tuple[Column[Line], ...] = (
    Column("subject", N_("Subject"), lambda each: each.ticket.subject, link=lambda each: url_of(each.ticket.id)),
    Column("number", N_("Number"), lambda each: str(each.ticket.id), shown=False),
    Column("state", N_("State"), lambda each: _(TICKET_TEXTS[each.ticket.state]), badge=_look),
    Column("login", N_("Login"), lambda each: each.person.login, link=lambda each: f"/ppv/people/{each.person.id}"),
    Column("role", N_("Role"), lambda each: _(ROLE_TEXTS[each.person.role])),
    Column("tenant", N_("Chat"), lambda each: each.tenant.name),
    Column("asked", N_("Question asked"), lambda each: each.ticket.created_at),
    Column("touched", N_("Last written"), lambda each: each.ticket.updated_at),
)


def _exported(billing: Billing) -> Iterator[Line]:
    return listing.every_ticket(billing, TicketFilter().wanted)


EXPORT = register(
    Source(name="ppv_tickets", title=N_("Support"), columns=COLUMNS, rows=_exported, rights=("PPV",), utc=True)
)


@bp.get("")
@requires("PPV")
def show_all() -> ResponseReturnValue:
    """The tickets that are asked for, newest first."""
    form, asked = TicketFilter(), wish(COLUMNS)
    with desk().billing.reading() as session:
        found = listing.tickets(session, form.wanted, cursor=asked.cursor)
    shown = page_of(COLUMNS, EXPORT, asked, found, found.count)
    return render_template("ppv/tickets_list.html", listing=shown, form=form)


@bp.get("/<int:ticket_id>")
@requires("PPV")
def show(ticket_id: int) -> ResponseReturnValue:
    """The whole thread.

    :raises NotFound: there is no such ticket
    """
    return _page(ticket_id, ReplyForm(formdata=None))


@bp.post("/<int:ticket_id>")
@requires("PPV")
def reply(ticket_id: int) -> ResponseReturnValue:
    """Answer.

    :raises NotFound: there is no such ticket
    """
    form = ReplyForm()
    if form.validate():
        with form.refusals():
            uow = desk().billing.uow()
            support.write(uow, ticket_id=ticket_id, text=form.text.data, **signed())
            flash(_("The answer is sent: the customer reads it in the cabinet."))
            return redirect(url_of(ticket_id), 303)
    return _page(ticket_id, form), 422


@bp.post("/<int:ticket_id>/close")
@requires("PPV")
def close(ticket_id: int) -> ResponseReturnValue:
    """Nothing is left to do about it.

    :raises NotFound: there is no such ticket
    """
    support.close(desk().billing.uow(), ticket_id=ticket_id, **signed())
    flash(_("The ticket is closed."))
    return redirect(url_of(ticket_id), 303)


@bp.post("/<int:ticket_id>/reopen")
@requires("PPV")
def reopen(ticket_id: int) -> ResponseReturnValue:
    """There is something left to do.

    :raises NotFound: there is no such ticket
    """
    support.reopen(desk().billing.uow(), ticket_id=ticket_id, **signed())
    flash(_("The ticket is open again."))
    return redirect(url_of(ticket_id), 303)


def _page(ticket_id: int, form: ReplyForm) -> str:
    with desk().billing.reading() as session:
        found = listing.ticket(session, ticket_id)
        thread = listing.messages(session, ticket_id)
    return render_template(
        "ppv/tickets_show.html",
        ticket=found.ticket,
        person=found.person,
        tenant=found.tenant,
        thread=thread,
        form=form,
        state=_(TICKET_TEXTS[found.ticket.state]),
        look=_look(found),
    )
