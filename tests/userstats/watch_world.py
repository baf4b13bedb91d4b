"""What the billing says of streams: four channels, tickets on sale, and what Ivan may watch of them."""

import copy
from typing import Any

from tests.userstats.fake import FakeBilling, uah

AT, LATER = "2026-11-22T09:05:00+02:00", "2026-11-23T09:05:00+02:00"
PLAYER = "https://player.example/play"
LINK = "https://edge1.tv.example/live/sport1/playlist.m3u8?wmsAuthSign=c2VydmVyX3RpbWU9MQ=="
NEWS, FILMS, SPORT, CAMERA = 1, 2, 3, 4
DAY, LEAGUE, SEASON, CUP = 1, 2, 3, 4


def channel(number: int, title: str, kind: str, per_minute: int | None = None) -> dict[str, Any]:
    return {"id": number, "title": title, "kind": kind, "per_minute": per_minute}


CHANNELS = [
    channel(NEWS, "News", "free"),
    channel(FILMS, "Films", "package"),
    channel(SPORT, "Sport", "ticket"),
    channel(CAMERA, "Camera", "minute", 6),
]


def offer(number: int, name: str, wallet: Any = None, credits: int | None = None, **facts: Any) -> dict[str, Any]:
    usual = {"description": "", "hours": 24, "valid_from": None, "valid_to": None, "minutes": None}
    return {"id": number, "name": name, "prices": {"wallet": wallet, "credits": credits}} | usual | facts


OFFERS = [
    offer(DAY, "Day of sport", uah(50), 600, description="All of it."),
    offer(LEAGUE, "League", uah(20), hours=None, valid_from=AT, valid_to=LATER, minutes=90),
    offer(SEASON, "Season", credits=100, hours=2, valid_from=AT, valid_to=LATER),
    offer(CUP, "Cup", credits=1, hours=None, valid_to=LATER),
]
THERE = {"channels": CHANNELS, "offers": OFFERS, "player": PLAYER}


def may(number: int, access: str, why: str = "", **facts: Any) -> dict[str, Any]:
    """A channel as Ivan may watch it, or not."""
    usual = {"access": access, "why": why, "until": None, "offers": [DAY, LEAGUE] if number == SPORT else []}
    return CHANNELS[number - 1] | usual | facts


OPEN = [may(NEWS, "free"), may(FILMS, "package"), may(SPORT, "ticket", until=LATER), may(CAMERA, "minute")]
SHUT = [
    may(NEWS, "none", "operator_block"),
    may(FILMS, "none", "no_entitlement"),
    may(SPORT, "none", "no_entitlement"),
    may(CAMERA, "none", "no_credit"),
]


def ticket(number: int, title: str, state: str, **facts: Any) -> dict[str, Any]:
    usual = {"id": number, "title": title, "state": state, "valid_from": AT, "valid_to": LATER, "minutes_left": None}
    return usual | facts


TICKETS = [
    ticket(1, "Day of sport", "valid"),
    ticket(2, "League", "valid", minutes_left=42),
    ticket(3, "Season", "coming", minutes_left=1),
    *[ticket(4, "Old", state) for state in ("used_up", "over", "revoked")],
]
WATCHED_NOW = {"title": "Sport", "since": AT, "device": "Chrome, Android #1f2e3d4c"}
MINE: dict[str, Any] = {
    "balance": 120,
    "frozen": False,
    "arrears": 0,
    "wallet": uah(60),
    "pays_by_minute": True,
    "limit": 0,
    "denied": [],
    "channels": OPEN,
    "tickets": [],
    "watching": [],
}


def mine(**facts: Any) -> dict[str, Any]:
    return copy.deepcopy(MINE | facts)


def denied(reason: str, until: str | None = None) -> dict[str, Any]:
    return {"reason": reason, "until": until}


def line(number: int, title: str, ms: int, **facts: Any) -> dict[str, Any]:
    usual = {"day": AT[:10], "at": AT, "access": "minute", "device": "Firefox #1f2e3d4c"}
    return {"id": number, "title": title, "ms": ms} | usual | facts


LINES = [
    line(9, "Camera", 600_000, day=LATER[:10], at=LATER),
    line(8, "Camera", 59_000, device="#1f2e3d4c"),
    *[line(each, "Sport", 60_000, access=access) for each, access in enumerate(("free", "package", "ticket", "none"))],
]
WATCHED = {"lines": LINES, "days": [{"day": LATER[:10], "credits": 60}, {"day": AT[:10], "credits": 0}], "next": None}
LINKED = {"url": LINK, "player": PLAYER, "expires_at": LATER}
WORLD: dict[str, Any] = {
    "GET watch": THERE,
    "GET me/watch": MINE,
    "GET me/watch/history": WATCHED,
    f"POST me/watch/channels/{SPORT}/link": LINKED,
    "POST me/watch/tickets": ticket(1, "Day of sport", "valid"),
}


def offer_streams(billing: FakeBilling) -> None:
    """From now on there are streams to watch."""
    for name, body in WORLD.items():
        billing.says(name, copy.deepcopy(body))
