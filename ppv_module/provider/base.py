"""What a video chat must offer. Shows, credits and pages know this and nothing else of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from billing.errors import N_, PartnerError
from ppv_module.chat.models import Performer, Person, Tenant
from ppv_module.chat.presence import Present


class ChatError(PartnerError):
    """The chat could not be asked, or did not answer as it should. Facts: `call`, and `reason` or `message`."""

    @property
    def reason(self) -> str:
        """In a few technical words, without secrets: `getPerformers: HTTP 503`."""
        return f"{self.facts.get('call', '')}: {self.facts.get('message') or self.facts.get('reason', '')}"


class ChatUnreachable(ChatError):
    """The chat gave no clear answer. Facts: `call`, `reason`."""

    code, http_status, retryable = "chat_unreachable", 503, True
    text = N_("The video chat does not answer. Try again in a moment.")


class ChatRefused(ChatError):
    """The chat answered no. Facts: `call`, `message`."""

    code = "chat_refused"
    text = N_("The video chat refused: %(message)s.")


@dataclass(frozen=True, kw_only=True)
class Guest:
    """A person as the chat is told of him. `image` and `profile` are absolute https addresses or empty.

    `performer` is given on a performer's own page and nowhere else: without it she enters as a viewer, so that the
    pages of viewers cannot hand out a performer's token.
    """

    person: Person
    performer: Performer | None = None
    credits: int = 0
    image: str = ""
    profile: str = ""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """The way into a room for one person. `url` is shown in a frame with `allow`; `origin` is where it comes from.

    It holds a token: it goes to the signed-in person alone, is never kept, and is no good after `expires_at`.
    """

    url: str
    origin: str
    allow: str
    expires_at: datetime | None


class Mark(StrEnum):
    """`good`: in order. `bad`: something to be mended. `look`: only a person can see whether it is right."""

    GOOD = "good"
    BAD = "bad"
    LOOK = "look"


@dataclass(frozen=True)
class Finding:
    """A line of a tenant's checklist. `text` is to be translated and filled in with `facts`."""

    mark: Mark
    text: str
    facts: Mapping[str, object] = field(default_factory=dict)


class ChatProvider(Protocol):
    """One implementation a chat; chosen by PPV_CHAT_PROVIDER. Nothing here moves credits."""

    name: str

    def public_room(self, tenant: Tenant, number: int) -> int:
        """The room in which the performer with this number is seen by everybody."""

    def private_room(self, tenant: Tenant) -> int:
        """A room that nobody has been in and nobody can guess, for one show."""

    def entry(self, tenant: Tenant, guest: Guest, *, room: int | None, now: datetime) -> Entry:
        """Sign a way in; without a room into the general chat. Asks nobody.

        :raises Banned: he may not enter
        :raises UnknownTenant: the tenant is switched off
        :raises NotYours: he is not of this tenant, or a performer asks for a room that is not hers
        """

    def scripts(self, tenant: Tenant, guest: Guest | None, *, now: datetime) -> Mapping[str, str]:
        """For a tenant in embed mode: the addresses of the chat's own scripts, `listing` and for a guest `room`.

        :raises Banned, UnknownTenant, NotYours: as `entry`
        """

    def origin(self, tenant: Tenant) -> str:
        """Where the frames and scripts of this tenant come from, like `https://chat.example`."""

    def can_be_asked(self, tenant: Tenant) -> bool:
        """Whether the chat of this tenant can tell who is there."""

    def presence(self, tenant: Tenant) -> Sequence[Present]:
        """Who of the performers is there; those who are not named are offline.

        :raises ChatUnreachable, ChatRefused: nothing is known
        """

    def health(self, tenant: Tenant, *, performers: int, now: datetime) -> Sequence[Finding]:
        """What has to be right at the chat for this tenant, who has so many active performers. Asks the chat."""
