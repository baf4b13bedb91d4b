"""A second, tiny video chat: rooms of our own, without accounts, numbers of rooms or a vendor.

It exists to show what the next chat has to bring: this file. Shows, credits, the wall and the pages stay as they are.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from ppv_module.chat.models import Status, Tenant
from ppv_module.chat.presence import Present
from ppv_module.errors import Banned
from ppv_module.provider.base import ChatUnreachable, Entry, Finding, Guest, Mark

TICKET_FOR = timedelta(minutes=5)
ORIGIN = "https://rooms.isp.example"


class OwnRoom:
    """`seats` says who sits where, by the tickets given out; `is_down` lets every question fail."""

    name = "own_room"

    def __init__(self) -> None:
        self.seats: dict[str, tuple[int, int | None, str]] = {}
        self.there: dict[int, Status] = {}
        self.is_down = False

    def public_room(self, tenant: Tenant, number: int) -> int:
        return tenant.id * 1_000_000 + number

    def private_room(self, tenant: Tenant) -> int:
        return 5 * 10**15 + secrets.randbelow(10**12)

    def entry(self, tenant: Tenant, guest: Guest, *, room: int | None, now: datetime) -> Entry:
        if guest.person.banned_at is not None:
            raise Banned(nickname=guest.person.nickname)
        ticket = secrets.token_urlsafe(16)
        self.seats[ticket] = (guest.person.number, room, "stage" if guest.performer else "seat")
        return Entry(url=f"{ORIGIN}/{ticket}", origin=ORIGIN, allow="camera", expires_at=now + TICKET_FOR)

    def scripts(self, tenant: Tenant, guest: Guest | None, *, now: datetime) -> Mapping[str, str]:
        return {}

    def origin(self, tenant: Tenant) -> str:
        return ORIGIN

    def can_be_asked(self, tenant: Tenant) -> bool:
        return True

    def presence(self, tenant: Tenant) -> Sequence[Present]:
        if self.is_down:
            raise ChatUnreachable(call="presence", reason="down")
        return [Present(number=number, name="", status=status) for number, status in self.there.items()]

    def health(self, tenant: Tenant, *, performers: int, now: datetime) -> Sequence[Finding]:
        return [Finding(Mark.BAD if self.is_down else Mark.GOOD, "own rooms")]
