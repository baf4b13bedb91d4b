"""The support area for a signed-in subscriber: his questions and what was answered."""

from typing import Any

from apiflask import APIBlueprint

from ppv_module.chat import people
from ppv_module.chat.support import desk
from ppv_module.chat.support.models import Ticket
from ppv_module.chat.viewing import open_tenant, own_ticket
from ppv_module.remote import schemas_credits, shown_chat, viewer_entry
from ppv_module.remote.door import actor, door, require_module, subject
from ppv_module.remote.schemas_chat import NoWords

bp = APIBlueprint("me_support", __name__, url_prefix="/me/support", tag="me/support")
bp.before_request(require_module)

Shown = dict[str, Any]


@bp.get("/<int:tenant>")
@bp.output(schemas_credits.Questions)
def list_tickets(tenant: int) -> Shown:
    """The questions that the subscriber has asked in this chat, those that were touched last first."""
    with door().billing.reading() as session:
        open_tenant(session, tenant)
        person = people.person_of(session, tenant_id=tenant, login=subject())
        found = desk.tickets_of(session, person.id) if person else ()
        return {"tickets": [shown_chat.ticket(each) for each in found]}


@bp.post("/<int:tenant>")
@bp.input(schemas_credits.NewTicket, arg_name="asked")
@bp.output(schemas_credits.Thread, status_code=201)
def open_ticket(tenant: int, asked: Shown) -> Shown:
    """Ask something. In which chat, and who asks, is known."""
    person = viewer_entry.person(tenant)
    made = desk.open_ticket(door().billing.uow(), person_id=person.id, **asked, **_by())
    return _thread(made.id)


@bp.get("/tickets/<int:number>")
@bp.output(schemas_credits.Thread)
def show_ticket(number: int) -> Shown:
    """A question with all that was written to it."""
    return _thread(number)


@bp.post("/tickets/<int:number>/messages")
@bp.input(schemas_credits.NewMessage, arg_name="written")
@bp.output(schemas_credits.Thread)
def write(number: int, written: Shown) -> Shown:
    """Write more."""
    ticket = _own(number)
    desk.write(door().billing.uow(), ticket_id=number, person_id=ticket.person_id, text=written["text"], **_by())
    return _thread(number)


@bp.post("/tickets/<int:number>/close")
@bp.input(NoWords, arg_name="_nothing")
@bp.output(schemas_credits.Thread)
def close(number: int, _nothing: Shown) -> Shown:
    """Close a question."""
    desk.close(door().billing.uow(), ticket_id=number, person_id=_own(number).person_id, **_by())
    return _thread(number)


@bp.post("/tickets/<int:number>/reopen")
@bp.input(NoWords, arg_name="_nothing")
@bp.output(schemas_credits.Thread)
def reopen(number: int, _nothing: Shown) -> Shown:
    """Open a closed question again."""
    desk.reopen(door().billing.uow(), ticket_id=number, person_id=_own(number).person_id, **_by())
    return _thread(number)


def _by() -> Shown:
    return {"actor": actor(), "now": door().clock()}


def _own(number: int) -> Ticket:
    """:raises UnknownTicket: there is none, or it is somebody else's"""
    with door().billing.reading() as session:
        return own_ticket(session, number, login=subject())


def _thread(number: int) -> Shown:
    with door().billing.reading() as session:
        found = own_ticket(session, number, login=subject())
        return shown_chat.thread(found, desk.messages(session, found.id))
