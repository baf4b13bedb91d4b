"""Those who watch, as rows for the database: streams and agents by number, each session once. One pass over them.

This is all the work that is done for each viewer outside the database, before the transaction begins.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

from ppv_module.streams.models import LONGEST_ADDRESS, Viewing
from ppv_module.streams.options import Network
from ppv_module.streams.rights.placing import Name
from ppv_module.streams.wire.records import Player

MOST_MS, MOST_BYTES = 2**40, 2**43
"""34 years and 8 terabytes a session: sums of more would not fit into the database."""

LONGEST_SESSION = 120
INTERNAL = 64
"""A mark of rows beside the flags of `Viewing`: watched from an address of our own."""

MAPPED = "::ffff:"
NOBODYS_AGENTS = -1

Row = tuple[int, int, str, str, str, int, int, int]
"""Number of the stream, of the agents, session, name, address, milliseconds, bytes, marks."""


@dataclass
class Crowd:
    """The viewers of one message. `twice` counts those that it reports more than once."""

    rows: list[Row] = field(default_factory=list)
    places: list[Name] = field(default_factory=list)
    agents: list[tuple[str, ...]] = field(default_factory=list)
    twice: int = 0


def crowd_of(players: Iterable[Player], *, internal: Sequence[Network]) -> Crowd:
    """Rows of `players`. The same session of the same name twice is added up and flagged.

    A session that another name has is another one: a server that restarts counts its sessions anew, and nobody may
    pay for somebody else.
    """
    rows = list[Row]()
    places, agents = dict[Name, int](), dict[tuple[str, ...], int]()
    seen = dict[tuple[int, str, str], int]()
    marks_of = _Marks(internal) if internal else None
    twice = 0
    for vhost, application, instance, stream, name, told_ip, told_session, ms, sent, told_agents in players:
        place = places.setdefault((vhost, application, instance, stream), len(places))
        using = agents.setdefault(tuple(told_agents), len(agents)) if told_agents else NOBODYS_AGENTS
        ip = told_ip or ""
        if ip.startswith(MAPPED) or len(ip) > LONGEST_ADDRESS:
            ip = _plain(ip)
        session = told_session or f"{name}|{ip}"
        if len(session) > LONGEST_SESSION:
            session = _shortened(session)
        marks = marks_of[ip] if marks_of is not None else 0
        row = (place, using, session, name, ip, ms, sent, marks)
        if ms > MOST_MS or sent > MOST_BYTES:
            row = _bounded(row)
        index = seen.setdefault((place, session, name), len(rows))
        if index < len(rows):
            rows[index] = _added(rows[index], row)
            twice += 1
        else:
            rows.append(row)
    return Crowd(rows, list(places), list(agents), twice)


def _bounded(row: Row) -> Row:
    place, using, session, name, ip, ms, sent, marks = row
    return place, using, session, name, ip, min(ms, MOST_MS), min(sent, MOST_BYTES), marks | Viewing.CAPPED


def _added(row: Row, again: Row) -> Row:
    """The same session once more."""
    place, using, session, name, ip, ms, sent, marks = row
    marks |= again[7] | Viewing.TWICE
    return place, using, session, name, ip, min(ms + again[5], MOST_MS), min(sent + again[6], MOST_BYTES), marks


def _plain(ip: str) -> str:
    """IPv4 that is written as IPv6 is IPv4."""
    rest = ip.removeprefix(MAPPED)
    return (rest if "." in rest else ip)[:LONGEST_ADDRESS]


def _shortened(session: str) -> str:
    """Cut, but told from others by the whole of it."""
    digest = hashlib.blake2b(session.encode(), digest_size=16).hexdigest()
    return f"{session[: LONGEST_SESSION - len(digest) - 1]}~{digest}"


class _Marks(dict[str, int]):
    """`INTERNAL` for addresses of our own networks, 0 for others; each is looked at once."""

    def __init__(self, internal: Sequence[Network]) -> None:
        super().__init__()
        self._internal = internal

    def __missing__(self, ip: str) -> int:
        self[ip] = found = INTERNAL if self._is_internal(ip) else 0
        return found

    def _is_internal(self, ip: str) -> bool:
        try:
            address = ip_address(ip)
        except ValueError:
            return False
        return any(address in network for network in self._internal)
