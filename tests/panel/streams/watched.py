"""Media servers on which everything that the pages of streams show has happened once."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from ppv_module.streams.denials.blocking import block
from ppv_module.streams.denials.models import Denial, Reason
from ppv_module.streams.denials.slots import slot_of
from ppv_module.streams.models import Right, Server, Viewing
from ppv_module.streams.rights.models import Price
from tests.ppv.make import MakeChat
from tests.streams.figures.made import Made
from tests.streams.make import MakeStreams
from tests.support import STAFF

HOSTILE = "<img src=x onerror=alert(1)>"


@dataclass(frozen=True)
class Watched:
    """Two servers of which one is silent; `sport` costs credits by the minute, `news` nothing."""

    edge: Server
    silent: Server
    sport: int
    news: int
    ivan: Viewing
    restream: Denial
    blocked: Denial
    made: Made


def look_samples(chat: MakeChat) -> dict[str, object]:
    """What addresses of the pages about viewers can name."""
    town = watched(MakeStreams(chat.make))
    return {"denial_id": town.restream.id, "place_id": town.sport}


def watched(streams: MakeStreams) -> Watched:
    """Ivan watches sport, somebody whom the server let in and one of a silent server watch news; two are denied."""
    made, now = Made(streams), streams.make.clock()
    edge = streams.server("edge-1", title="Edge in Kyiv", seen_at=now)
    silent = streams.server("edge-2", seen_at=now - timedelta(hours=1))
    streams.tariff(pattern="live/*")
    sport, news = streams.place("live/sport"), streams.place("live/news")
    viewer = streams.viewer("ivan", credits=500, name="p-ivan", device="Television")
    with streams.make.billing.reading() as session:
        price = session.scalar(select(func.max(Price.id)))
    ivan = made.viewing(
        "p-ivan",
        server=edge,
        place=sport,
        account_id=viewer.account_id,
        right=Right.MINUTE,
        price_id=price,
        agents=["VLC/3.0", HOSTILE],
        minutes=90,
        flags=Viewing.LATE,
    )
    made.viewing("", server=edge, place=news, ip="203.0.113.26", watched_ms=0, delta_ms=0, viewed_at=None)
    made.viewing("p-silent", server=silent, place=news)
    evidence: dict[str, object] = {"addresses": ["203.0.113.25", HOSTILE], "agents": ["Lavf/58"], "rule": "ip_spread"}
    evidence["since"] = "2026-11-10T08:00:00+00:00"
    restream = deny(streams, "p-relay", Reason.RESTREAM, until=now + timedelta(hours=1), evidence=evidence)
    signed = {"actor": STAFF, "now": now}
    blocked = block(streams.make.billing.uow(), name="p-blocked", note="asked for it", until=None, **signed)
    return Watched(edge, silent, sport, news, ivan, restream, blocked, made)


def deny(streams: MakeStreams, name: str, reason: Reason, **given: Any) -> Denial:
    """A denial, as a message has brought it."""
    row = Denial(slot=slot_of(reason, name), name=name, reason=reason, **{"since": streams.make.clock(), **given})
    uow = streams.make.billing.uow()
    with uow:
        uow.session.add(row)
    return row
