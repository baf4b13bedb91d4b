"""html5-chat.com as a `ChatProvider`, in external mode: our pages put its page in a frame, with a token signed here.

The room of a performer is `webmaster id * 10000 + her number`, from which the chat tells who she is. A private show has
a room of its own that nobody can guess, so that tokens of an earlier one are no use (video chat guide, "Chat behaviour"
and "Self-orchestrated mode").
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from ppv_module.chat.models import FIRST_VIEWER, Role, Status, Tenant
from ppv_module.chat.presence import Present
from ppv_module.errors import Banned, NotYours, UnknownTenant
from ppv_module.provider.base import Entry, Finding, Guest
from ppv_module.provider.html5chat import jwt
from ppv_module.provider.html5chat.checklist import checklist
from ppv_module.provider.html5chat.rest import Rest

FIRST_PRIVATE, PRIVATE_ROOMS = 10**12, 10**15
TOKEN_FOR = timedelta(seconds=120)
ALLOW = "camera; microphone; autoplay; fullscreen"
SAFE_IMAGES = ("https://", "http://127.0.0.1", "http://localhost")
VENDOR, VENDOR_WALL = "https://html5-chat.com", "https://www.html5-chat.com"
"""The vendor serves the wall of an embedded chat from another host than its tokens' pages."""


class Html5Chat:
    """External mode. One for a process: it keeps the chat's answers for some seconds."""

    name = "html5chat"

    def __init__(self, rest: Rest | None = None) -> None:
        self.rest = rest or Rest()

    def public_room(self, tenant: Tenant, number: int) -> int:
        return tenant.webmaster_id * FIRST_VIEWER + number

    def private_room(self, tenant: Tenant) -> int:
        return FIRST_PRIVATE + secrets.randbelow(PRIVATE_ROOMS)

    def entry(self, tenant: Tenant, guest: Guest, *, room: int | None, now: datetime) -> Entry:
        url = f"{tenant.chat_url}/chat/{tenant.webmaster_id}/{_token(tenant, guest, room=room, now=now)}"
        expires_at = now + TOKEN_FOR if tenant.token_expires else None
        return Entry(url=url, origin=self.origin(tenant), allow=ALLOW, expires_at=expires_at)

    def scripts(self, tenant: Tenant, guest: Guest | None, *, now: datetime) -> Mapping[str, str]:
        host = VENDOR_WALL if tenant.chat_url == VENDOR else tenant.chat_url
        scripts = {"listing": f"{host}/ppv_listing/{tenant.webmaster_id}"}
        if guest is not None:
            token = _token(tenant, guest, room=None, now=now)
            scripts["room"] = f"{tenant.chat_url}/script/{tenant.webmaster_id}/{token}"
        return scripts

    def origin(self, tenant: Tenant) -> str:
        parts = urlsplit(tenant.chat_url)
        return f"{parts.scheme}://{parts.netloc}"

    def can_be_asked(self, tenant: Tenant) -> bool:
        return bool(tenant.rest_url and tenant.rest_token)

    def presence(self, tenant: Tenant) -> Sequence[Present]:
        found = self.rest.online_performers(tenant, cache_s=0)  # who asks decides how often; twice cached is too old
        return [Present(number=each.id, name=each.username, status=each.status or Status.ONLINE) for each in found]

    def health(self, tenant: Tenant, *, performers: int, now: datetime) -> Sequence[Finding]:
        return list(checklist(tenant, self.rest, performers=performers, now=now))


def _token(tenant: Tenant, guest: Guest, *, room: int | None, now: datetime) -> str:
    """A token for the person as he is known here; nothing of it comes from a request.

    :raises UnknownTenant, Banned, NotYours: none is made
    """
    _require_right(tenant, guest, room)
    person = guest.person
    payload: dict[str, object] = {
        "webmasterid": tenant.webmaster_id,
        "password": jwt.password_digest(tenant.password),
        "id": person.number,
        "username": person.nickname,
        "gender": person.gender,
        "role": str(_role(guest)),
        "image": jwt.image(guest.image) if guest.image.startswith(SAFE_IMAGES) else "",
        "profile": guest.profile if guest.profile.startswith(SAFE_IMAGES) else "",
        "startRoom": room,
        "credits": guest.credits if guest.performer is None else None,
    }
    if tenant.token_expires:
        issued = int(now.timestamp())
        payload |= {"iat": issued, "exp": issued + int(TOKEN_FOR.total_seconds())}
    given = {name: value for name, value in payload.items() if value not in ("", None)}
    return jwt.encode(given, key=tenant.password)


def _role(guest: Guest) -> Role:
    """His own one; but a performer's only on her own page, elsewhere she is a viewer like others."""
    if guest.performer is not None:
        return Role.PERFORMER
    return Role.USER if guest.person.role is Role.PERFORMER else guest.person.role


def _require_right(tenant: Tenant, guest: Guest, room: int | None) -> None:
    person, performer = guest.person, guest.performer
    if not tenant.active:
        raise UnknownTenant(tenant=tenant.id)
    if person.tenant_id != tenant.id:
        raise NotYours()
    if person.banned_at is not None:
        raise Banned(nickname=person.nickname)
    if performer is None:
        return
    is_hers = performer.person_id == person.id and person.role is Role.PERFORMER and performer.active
    if not is_hers or (room is not None and room != performer.room_id and room < FIRST_PRIVATE):
        raise NotYours()
