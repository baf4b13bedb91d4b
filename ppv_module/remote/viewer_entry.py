"""The way of a viewer into rooms. Who he is comes from his account; a performer's token is never made here."""

from ppv_module.chat import people
from ppv_module.chat.models import Mode, Person, Status, Tenant
from ppv_module.chat.shows.models import OPEN, Show
from ppv_module.chat.viewing import credits_of, open_tenant, own_show
from ppv_module.chat.wall import card
from ppv_module.errors import BadState, EmbedMode, PerformerBusy, PerformerOffline
from ppv_module.provider.base import Entry, Guest
from ppv_module.remote.door import door, subject

FRAME = "camera; microphone; autoplay; fullscreen"


def person(tenant_id: int) -> Person:
    """Who the subscriber is in this chat; he is made at the first time.

    :raises UnknownTenant: there is no such chat, or it is switched off
    """
    with door().billing.reading() as session:
        open_tenant(session, tenant_id)
    return people.person_for(door().billing.uow(), tenant_id=tenant_id, login=subject(), now=door().clock())


def general(tenant_id: int, site: str) -> Entry:
    """The way into the general chat; in embed mode the address of the chat's own script.

    :raises UnknownTenant, Banned: there is none
    """
    viewer = person(tenant_id)
    with door().billing.reading() as session:
        tenant, now, provider = open_tenant(session, tenant_id), door().clock(), door().provider
        guest = _guest(tenant, viewer, credits_of(session, subject()).balance, site)
        if tenant.mode is Mode.EMBED:
            url = provider.scripts(tenant, guest, now=now)["room"]
            return Entry(url=url, origin=provider.origin(tenant), allow=FRAME, expires_at=None)
        return provider.entry(tenant, guest, room=None, now=now)


def room(tenant_id: int, number: int, show_id: str | None, site: str) -> Entry:
    """The way into the room of performer `number`; into the private one with a show that is accepted or live.

    :raises UnknownTenant, EmbedMode, UnknownPerformer, UnknownShow, Banned: there is none
    :raises PerformerBusy, PerformerOffline: the public room cannot be entered now
    :raises BadState: the show is not accepted, or over
    """
    viewer = person(tenant_id)
    with door().billing.reading() as session:
        tenant, now = open_tenant(session, tenant_id), door().clock()
        if tenant.mode is Mode.EMBED:
            raise EmbedMode(tenant=tenant.name)
        hers = card(session, tenant, number, now)
        room_id = hers.room_id
        if show_id is not None:
            room_id = _private_room(own_show(session, viewer, show_id))
        elif not hers.enterable:
            raise (PerformerBusy if hers.status is Status.BUSY else PerformerOffline)(performer=hers.name)
        guest = _guest(tenant, viewer, credits_of(session, subject()).balance, site)
        return door().provider.entry(tenant, guest, room=room_id, now=now)


def _private_room(show: Show) -> int:
    if show.state not in OPEN or show.room_id is None:
        raise BadState(state=show.state, wanted=OPEN[0])
    return show.room_id


def _guest(tenant: Tenant, viewer: Person, credits: int, site: str) -> Guest:
    """`site` is where the cabinet is, and so the pictures of people."""
    base = site.rstrip("/") if site.startswith(("https://", "http://")) else ""
    image = f"{base}/chat/photos/{viewer.avatar}" if base and viewer.avatar else ""
    profile = f"{base}/chat/{tenant.id}" if base else ""
    return Guest(person=viewer, credits=max(credits, 0), image=image, profile=profile)
