"""A sync as plain records, whatever form it came in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Player(NamedTuple):
    """A viewer in one sync of one server. `delta` is view time in milliseconds, `bytes_sent` in bytes.

    An empty `id` is a viewer whom the server let in by a rule of its own. What the server does not tell is None.
    """

    vhost: str
    application: str
    instance: str
    stream: str
    id: str
    ip: str | None
    sessionid: str | None
    delta: int
    bytes_sent: int
    user_agents: Sequence[str]


@dataclass(frozen=True)
class SetAside:
    """A viewer who cannot be read: where he stood, and why (`no_id`, `bad_id`, `bad_delta`, `bad_bytes`, ...)."""

    vhost: str
    application: str
    instance: str
    stream: str
    reason: str
    player: object


@dataclass
class Sync:
    """One message of a server. `tells_viewers` is False where it says nothing of them, which ends no session.

    `events` are notices of streams that began or ended, as they came: kept for the operator, never metered.
    """

    id: str = ""
    puzzle: str = ""
    signature: str = ""
    tells_viewers: bool = False
    players: list[Player] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    events: list[dict[str, object]] = field(default_factory=list)
