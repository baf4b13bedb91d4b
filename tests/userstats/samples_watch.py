"""The pages of streams in every state, as `samples` has the others."""

from collections.abc import Mapping
from typing import Any

from tests.userstats.fake import uah
from tests.userstats.samples import DARK, KEY, SUPPORT, Sample, no
from tests.userstats.watch_world import (
    CAMERA,
    LATER,
    LINKED,
    SHUT,
    SPORT,
    THERE,
    TICKETS,
    WATCHED,
    WATCHED_NOW,
    WORLD,
    denied,
    may,
    mine,
    ticket,
)

ON = {"watch": True}
TICKET_CALL, LINK_CALL = "POST me/watch/tickets", f"POST me/watch/channels/{SPORT}/link"
PLAY = f"/watch/channels/{SPORT}"
WHYS = ("no_credit", "frozen", "ticket_expired", "too_many_streams", "restream", "operator_block", "inactive", "new")
STATES = [
    mine(tickets=TICKETS, watching=[WATCHED_NOW, WATCHED_NOW | {"device": "#1f2e3d4c"}], limit=2),
    mine(channels=SHUT, balance=0, arrears=3),
    mine(channels=SHUT, balance=0, pays_by_minute=False),
    mine(channels=[may(CAMERA, "none", why) for why in WHYS], frozen=True),
    mine(channels=[may(SPORT, "ticket")], denied=[denied(why) for why in WHYS]),
    mine(channels=[may(SPORT, "none", kind="closed")], denied=[denied("restream", LATER)]),
    mine(channels=[]),
]


def read(path: str, *answers: Mapping[str, Any], status: int = 200, **options: Any) -> list[Sample]:
    """A page for each of several worlds."""
    return [Sample(path, WORLD | each, options=ON | options, status=status) for each in answers or ({},)]


def form(path: str, *answers: Mapping[str, Any], status: int = 200, **fields: object) -> list[Sample]:
    return [Sample(path, WORLD | each, {"key": KEY} | fields, ON, status=status) for each in answers or ({},)]


def asked(offer: int, means: str, *worlds: Mapping[str, Any]) -> list[Sample]:
    return read(f"/watch/buy?offer={offer}&means={means}", *worlds)


BUYING = {"offer": 1, "means": "wallet", "price": 5000}
WATCH_SAMPLES: dict[tuple[str, str], list[Sample]] = {
    ("GET", "/watch"): [
        *read("/watch", {}, *[{"GET me/watch": each} for each in STATES]),
        *read("/watch", {"GET watch": THERE | {"offers": [], "player": ""}}),
        *[
            Sample("/watch", WORLD | each, options=ON, entry="")
            for each in ({}, {"GET watch": THERE | {"channels": []}})
        ],
        Sample("/watch", WORLD, options=ON | SUPPORT | {"chat": True}, entry="visit"),
        Sample("/watch", WORLD, status=404),
        *read("/watch", {"GET watch": no("ppv_disabled", 503)}, status=404),
        *read("/watch", {"GET me/watch": (DARK, {})}, status=503),
    ],
    ("GET", "/watch/now"): read("/watch/now", {}, *[{"GET me/watch": each} for each in STATES]),
    ("POST", "/watch/channels/<int:number>"): [
        *form(PLAY, {LINK_CALL: LINKED | {"player": ""}}, {LINK_CALL: LINKED | {"player": "", "expires_at": None}}),
        *form(PLAY, {LINK_CALL: no("no_credit", 402)}),
        *form(PLAY, {LINK_CALL: (DARK, {})}, status=503),
    ],
    ("GET", "/watch/buy"): [
        *asked(1, "wallet", {}, {"GET me/watch": mine(wallet=uah(1))}),
        *asked(1, "credits", {}, {"GET me/watch": mine(balance=700)}, {"GET me/watch": mine(frozen=True)}),
        *asked(2, "wallet"),
        *asked(3, "credits"),
        *read("/watch/buy?offer=2&means=credits", status=404),
    ],
    ("POST", "/watch/buy"): [
        *form(
            "/watch/buy", {}, {TICKET_CALL: no("not_enough_money", 402)}, {TICKET_CALL: no("price_changed")}, **BUYING
        ),
        *form("/watch/buy", {TICKET_CALL: (DARK, {})}, status=503, **BUYING),
        *form("/watch/buy", {TICKET_CALL: no("busy", 409)}, status=409, **BUYING),
        *form("/watch/buy", {TICKET_CALL: ticket(1, "Old", "valid")}, offer=1, means="credits", price=600),
        *form("/watch/buy", status=400, offer="", means="wallet"),
    ],
    ("GET", "/watch/history"): [
        *read("/watch/history", {}, {"GET me/watch/history": WATCHED | {"next": 3}}),
        *read("/watch/history?older_than=3", {"GET me/watch/history": {"lines": [], "days": [], "next": None}}),
    ],
}
