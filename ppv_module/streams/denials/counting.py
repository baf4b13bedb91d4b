"""How many streams an account watches at once, and which of them are too many. Pure: no database, no clock."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ppv_module.streams.options import ACCOUNT, OLDEST


@dataclass(frozen=True)
class Stream:
    """A session that is active now. `limit` is how many its account may have at once, 0 being any number.

    `since` is when it was first reported, `active_at` since when each report tells of view time, `steady_at` since when
    it tells of nearly all the time that has passed, `seen_at` of the newest report. `is_play`: its name is of one link
    alone. `agents` and `device` tell devices apart.
    """

    id: int
    name: str
    account_id: int
    place_id: int
    server: str
    session: str
    ip: str
    agents: int | None
    device: str
    viewer_id: int
    is_play: bool
    since: datetime
    active_at: datetime
    steady_at: datetime
    seen_at: datetime
    interval_s: int
    limit: int

    @property
    def age(self) -> tuple[datetime, int, int]:
        """What streams are ordered by, the oldest first."""
        return self.since, self.viewer_id, self.id


@dataclass
class Verdict:
    """Whom to deny: `names` until others end; `alone`, each too many by itself, and `everybody` for a while."""

    names: list[Stream] = field(default_factory=list)
    alone: list[Stream] = field(default_factory=list)
    everybody: bool = False


def overlap(first: Stream, second: Stream) -> timedelta:
    """How long both were watched at once, as far as both were reported; it may be negative.

    Only what was watched steadily counts: with pauses, or where a server was away and tells of who has left meanwhile,
    both may have been watched in turn.
    """
    return min(first.seen_at, second.seen_at) - max(first.steady_at, second.steady_at)


def is_same_device(first: Stream, second: Stream) -> bool:
    """Whether both may be of one device: a link is for one, whatever its address is; else agents must be alike."""
    if first.is_play and first.name == second.name:
        return True
    if first.device and second.device:
        return first.device == second.device
    return bool(first.ip) and (first.ip, first.agents) == (second.ip, second.agents)


def devices(streams: Iterable[Stream], *, grace: float) -> list[list[Stream]]:
    """`streams` in groups that count once, the oldest first.

    Two of one device count once until they have overlapped for `grace` intervals: somebody has changed the channel.
    """
    groups: list[list[Stream]] = []
    for stream in sorted(streams, key=lambda each: each.age):
        same = next((group for group in groups if _is_change(group[-1], stream, grace)), None)
        if same is None:
            groups.append([stream])
        else:
            same.append(stream)
    return groups


def _is_change(former: Stream, stream: Stream, grace: float) -> bool:
    longest = timedelta(seconds=grace * max(former.interval_s, stream.interval_s))
    return is_same_device(former, stream) and overlap(former, stream) < longest


def judged(streams: Collection[Stream], *, excess: str, grace: float) -> Verdict:
    """Which streams of an account are too many. What has one name for all links is denied as a whole."""
    verdict, left = Verdict(), list(streams)
    while over := _over(devices(left, grace=grace), is_oldest=excess == OLDEST):
        victim = over[0][-1]
        if excess == ACCOUNT or not victim.is_play:
            return Verdict(everybody=True)
        left = [each for each in left if each.name != victim.name]
        has_room = len(devices(left, grace=grace)) < victim.limit
        (verdict.alone if has_room else verdict.names).append(victim)
    return verdict


def _over(groups: Sequence[list[Stream]], *, is_oldest: bool) -> list[list[Stream]]:
    """The groups that have no room, the first to be denied first."""
    kept, over = 0, list[list[Stream]]()
    for group in reversed(groups) if is_oldest else groups:
        limit = min((each.limit for each in group if each.limit), default=0)
        if limit and kept >= limit:
            over.append(group)
        else:
            kept += 1
    return over[::-1]
