"""What a viewer's pages ask of a chat: who he is there, the room that he looks into, and the shows he has had.

Nothing here locks or changes anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ppv_module.chat.models import Performer, Person, Status, Tenant
from ppv_module.chat.shows.asking import start_credits
from ppv_module.chat.shows.models import OPEN, UNFINISHED, Show, ShowState
from ppv_module.chat.shows.reading import asked_by
from ppv_module.chat.support.desk import UnknownTicket
from ppv_module.chat.support.models import Ticket
from ppv_module.chat.wall import Card, card
from ppv_module.credits.accounts import balance_of
from ppv_module.credits.models import CreditState
from ppv_module.errors import UnknownShow, UnknownTenant

PAGE_SHOWS = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
BANNED, OVER, PRIVATE, OFFLINE = "banned", "over", "private", "offline"
"""Why a viewer has to leave a room."""


@dataclass(frozen=True, kw_only=True)
class Credits:
    """What somebody has, over all chats."""

    balance: int
    frozen: bool


@dataclass(frozen=True, kw_only=True)
class Room:
    """A performer's room as one viewer may see it now.

    `show`: the one that he has asked her for or is in, else the one that was asked for. `leave` is empty while he may
    stay. `least`: credits that a show needs to begin.
    """

    card: Card
    credits: Credits
    show: Show | None
    viewer: Person | None
    leave: str
    least: int


@dataclass(frozen=True, kw_only=True)
class Past:
    """A show with the name of its performer."""

    show: Show
    performer: str

    @property
    def cursor(self) -> int:
        return (self.show.requested_at - EPOCH) // MICROSECOND


def open_tenant(session: Session, tenant_id: int) -> Tenant:
    """:raises UnknownTenant: there is no such chat, or it is switched off"""
    tenant = session.get(Tenant, tenant_id)
    if tenant is None or not tenant.active:
        raise UnknownTenant(tenant=tenant_id)
    return tenant


def credits_of(session: Session, login: str) -> Credits:
    state = session.get(CreditState, login)
    return Credits(balance=balance_of(session, login), frozen=state is not None and state.is_frozen)


def active_performer(session: Session, person: Person | None) -> Performer | None:
    """The performer that this person is now, if he is one."""
    performer = session.get(Performer, person.id) if person else None
    return performer if performer and performer.active else None


def own_show(session: Session, person: Person | None, show_id: str) -> Show:
    """:raises UnknownShow: there is none, or it is another viewer's"""
    show = session.get(Show, show_id)
    if show is None or person is None or show.viewer_id != person.id:
        raise UnknownShow(show=show_id)
    return show


def own_ticket(session: Session, number: int, *, login: str) -> Ticket:
    """:raises UnknownTicket: there is none, or somebody else has asked it"""
    ticket = session.scalar(select(Ticket).join(Person).where(Ticket.id == number, Person.login == login))
    if ticket is None:
        raise UnknownTicket(ticket=number)
    return ticket


def room(
    session: Session,
    tenant: Tenant,
    number: int,
    *,
    login: str,
    person: Person | None,
    show_id: str | None,
    now: datetime,
) -> Room:
    """The room of performer `number`. `person` is the viewer, who may never have been in this chat.

    :raises UnknownPerformer: there is no such performer, or she is not active
    :raises UnknownShow: `show_id` is no show of this viewer
    """
    hers = card(session, tenant, number, now)
    show = asked_by(session, person.id) if person else None
    if show is not None and show.performer_id != hers.person_id:
        show = None
    if show is None and show_id is not None:
        show = own_show(session, person, show_id)
    return Room(
        card=hers,
        credits=credits_of(session, login),
        show=show,
        viewer=person,
        leave=_leave(hers, person, show),
        least=start_credits(tenant, hers.rate),
    )


def past_show(session: Session, person: Person | None, show_id: str) -> Past:
    """:raises UnknownShow: there is none, or it is another viewer's"""
    show = own_show(session, person, show_id)
    return Past(show=show, performer=session.get_one(Performer, show.performer_id).display_name)


def shows_of(
    session: Session, person: Person | None, *, older_than: int | None = None
) -> tuple[Sequence[Past], int | None]:
    """A page of the shows that this viewer has asked for, the newest first, and the cursor of the next one."""
    if person is None:
        return (), None
    mine = (
        select(Show, Performer.display_name)
        .join(Performer, Performer.person_id == Show.performer_id)
        .where(Show.viewer_id == person.id)
    )
    if older_than is not None:
        mine = mine.where(Show.requested_at < EPOCH + older_than * MICROSECOND)
    newest = mine.order_by(Show.requested_at.desc(), Show.id.desc()).limit(PAGE_SHOWS + 1)
    found = [Past(show=show, performer=name) for show, name in session.execute(newest)]
    page = found[:PAGE_SHOWS]
    return page, page[-1].cursor if len(found) > PAGE_SHOWS else None


def _leave(hers: Card, person: Person | None, show: Show | None) -> str:
    if person is not None and person.banned_at is not None:
        return BANNED
    if show is not None and show.state in UNFINISHED:
        return ""
    if show is not None and _was_open(show):
        return OVER
    if hers.status is Status.BUSY:
        return PRIVATE
    return "" if hers.enterable or hers.person_id == (person.id if person else None) else OFFLINE


def _was_open(show: Show) -> bool:
    """Whether it had been accepted before it ended: then both were in a private room."""
    return show.state in (ShowState.ENDED, ShowState.ABORTED)


def is_private(show: Show) -> bool:
    """Whether the two are in, or on their way into, the private room."""
    return show.state in OPEN
