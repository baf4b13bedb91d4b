"""Whether one name is watched at several places at once. Pure: no database, no clock."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from ppv_module.streams.denials.counting import Stream, overlap

MOST_OF_LINK, MOST_OF_ACCOUNT = 1, 3
"""Addresses that a link, and a name for all links of an account, may be watched from at once."""

OVERLAPPING = 0.75
"""So much of an interval both must have been reported for: then the newest report cannot be of the time before."""


def spread_addresses(streams: Sequence[Stream]) -> list[Stream]:
    """The streams of one name that come from too many addresses in two reports after each other; none if they do not.

    A viewer whose address changes is in one report with both, and his former server reports him once more: that is
    no overlap.
    """
    most = MOST_OF_LINK if streams[0].is_play else MOST_OF_ACCOUNT
    candidates = [_lasting_on(streams, server) for server in {each.server for each in streams}]
    candidates += [_lasting_since(streams, each) for each in streams]
    widest = max(candidates, key=_addresses)
    return widest if _addresses(widest) > most else []


def _lasting_on(streams: Sequence[Stream], server: str) -> list[Stream]:
    """Those on one server that were active in its report before as well."""
    return [each for each in streams if each.server == server and each.active_at < each.seen_at]


def _lasting_since(streams: Sequence[Stream], latest: Stream) -> list[Stream]:
    """Those that were active when `latest` became so, and have been reported for long enough since."""
    return [
        each
        for each in streams
        if each.active_at <= latest.active_at
        and each.seen_at - max(latest.active_at, each.steady_at) >= timedelta(seconds=OVERLAPPING * each.interval_s)
    ]


def _addresses(streams: Collection[Stream]) -> int:
    return len({each.ip for each in streams if each.ip})


def spread_sessions(streams: Sequence[Stream], *, grace: float) -> list[Stream]:
    """The sessions of one link that were active at once for more than `grace` intervals; none if they were not."""
    if not streams[0].is_play:
        return []
    ordered = sorted(streams, key=lambda each: each.age)
    pairs = ((one, other) for number, one in enumerate(ordered) for other in ordered[number + 1 :])
    return next(([one, other] for one, other in pairs if overlap(one, other) > _longest(one, other, grace)), [])


def _longest(one: Stream, other: Stream, grace: float) -> timedelta:
    return timedelta(seconds=grace * max(one.interval_s, other.interval_s))
