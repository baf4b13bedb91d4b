"""The viewer's pages of the video chat in every state, as `samples` has the others."""

from collections.abc import Mapping
from typing import Any

from tests.userstats.chat_world import (
    CARDS,
    CHAT,
    EMBEDDED,
    LINES,
    LISTING,
    ME,
    MINE,
    OLENA,
    ORDER,
    OTHER_CHAT,
    RULES,
    SHOW_ID,
    THREAD,
    TICKET,
    WORLD,
    T,
    card,
    pack,
    past,
    room,
    show,
)
from tests.userstats.fake import uah
from tests.userstats.samples import DARK, KEY, SUPPORT, Sample, no

ROOM, WALL, ROOM_CALL = f"/chat/{T}/{OLENA}", f"/chat/{T}", f"me/chat/{T}/rooms/{OLENA}"
ON = {"chat": True}
STATES = ("requested", "accepted", "live", "refused", "expired", "cancelled")
REASONS = (
    *("viewer_end", "performer_end", "credits_exhausted", "viewer_lost", "performer_lost"),
    *("tick_timeout", "max_duration", "admin_end"),
)
EVERY_STATE = ("requested", "accepted", "live", "refused", "expired", "cancelled", "aborted", "ended")


def read(path: str, *answers: Mapping[str, Any], status: int = 200, **options: Any) -> list[Sample]:
    """A page for each of several worlds."""
    return [Sample(path, WORLD | each, options=ON | options, status=status) for each in answers or ({},)]


def form(path: str, *answers: Mapping[str, Any], status: int = 200, **fields: object) -> list[Sample]:
    return [Sample(path, WORLD | each, {"key": KEY} | fields, ON, status=status) for each in answers or ({},)]


def in_room(**facts: Any) -> dict[str, Any]:
    return {f"GET {ROOM_CALL}": room(**facts)}


def typed(chat: Mapping[str, Any]) -> dict[str, Any]:
    return {"GET chat": {"tenants": [chat]}}


EMBED = typed(EMBEDDED) | {f"GET chat/{T}/wall": {"tenant": EMBEDDED | {"scripts": {"listing": LISTING}}, "cards": []}}
EMPTY_WALL = {f"GET chat/{T}/wall": {"tenant": CHAT | {"scripts": {"listing": ""}}, "cards": []}}
BUSY_WALL = {
    f"GET chat/{T}/wall": {
        "tenant": CHAT | {"scripts": {"listing": ""}},
        "cards": [*CARDS, card(7, "Ihor", "busy", avatar="p2", photo="")],
    }
}
ROOMS = [
    in_room(),
    in_room(of=card(bio="English", avatar="p2")) | typed(CHAT | {"live_typing": True, "style": "abc", "title": ""}),
    in_room(balance=5),
    in_room(frozen=True),
    in_room(rules=RULES | {"rounding": "per_started_minute"}),
    in_room(of=card(status="offline")),
    in_room(of=card(status="busy")),
    *[in_room(in_show=show(state)) for state in STATES],
    in_room(in_show=show("live", warn=True, seconds_left=40)),
    in_room(in_show=show("live", warn=True, seconds_left=80)),
]
LEAVING = [
    in_room(leave="private", of=card(status="busy")),
    in_room(leave="offline"),
    in_room(leave="banned"),
    in_room(leave="over", in_show=show("ended", end_reason="credits_exhausted")),
]
ORDERS = [
    ORDER | facts
    for facts in (
        {},
        {"state": "new", "means": "paypal", "redirect": "https://paypal.example/pay"},
        {"state": "new"},
        {"state": "refunded"},
        {"state": "disputed"},
        {"state": "failed"},
    )
]
SHOWS = [past(state) for state in EVERY_STATE] + [past("ended", reason) for reason in REASONS]


def step(name: str) -> list[Sample]:
    """A step of a show: done, refused, without an answer, of no show."""
    path, call = f"{ROOM}/{name}?show={SHOW_ID}", f"POST me/chat/{T}/shows/{SHOW_ID}/{name}"
    return [
        *form(path, {call: room(in_show=show("live"))}, {call: no("bad_state")}),
        *form(path, {call: (DARK, {})}, status=503),
        *form(f"{ROOM}/{name}", status=400),
    ]


CHAT_SAMPLES: dict[tuple[str, str], list[Sample]] = {
    ("GET", "/chat"): [
        *read("/chat", {}, {"GET chat": {"tenants": []}}, {"GET chat": {"tenants": [CHAT, OTHER_CHAT]}}),
        Sample("/chat", WORLD, status=404),
        *read("/chat", {"GET chat": no("ppv_disabled", 503)}, status=404),
        *read("/chat", {"GET chat": (DARK, {})}, status=503),
    ],
    ("GET", "/chat/<int:tenant>"): [
        *read(WALL, {}, EMPTY_WALL, BUSY_WALL, EMBED, typed(CHAT | {"title": "", "style": "abc"})),
        *read(WALL, *[{f"GET me/chat/{T}": ME | facts} for facts in ({"frozen": True}, {"banned": True})]),
        *read(WALL, {f"GET me/chat/{T}": ME | {"number": 0, "nickname": "", "balance": 1}}),
        Sample(WALL, WORLD, options=ON, entry=""),
        *[sample for why in ("private", "offline", "banned") for sample in read(f"{WALL}?why={why}")],
        *read(
            f"{WALL}?show={SHOW_ID}", *[{f"GET me/chat/{T}/shows/{SHOW_ID}": past("ended", each)} for each in REASONS]
        ),
        *read(f"{WALL}?show={SHOW_ID}", {f"GET me/chat/{T}/shows/{SHOW_ID}": past("aborted", "aborted")}),
        *read("/chat/99", status=404),
        *read(f"{WALL}?show=../x", status=404),
        Sample(WALL, WORLD, options=ON | SUPPORT, entry="visit"),
    ],
    ("GET", "/chat/<int:tenant>/cards"): read(f"{WALL}/cards", {}, BUSY_WALL, EMPTY_WALL),
    ("GET", "/chat/<int:tenant>/room"): read(f"{WALL}/room", {}, typed(CHAT | {"live_typing": True}), EMBED),
    ("POST", "/chat/<int:tenant>/nickname"): form(
        f"{WALL}/nickname",
        {f"POST me/chat/{T}/nickname": ME},
        {f"POST me/chat/{T}/nickname": no("nickname_taken")},
        {f"POST me/chat/{T}/nickname": no("invalid_input", 422)},
        nickname="‹ivanko›",
    ),
    ("GET", "/chat/<int:tenant>/shows"): [
        *read(f"{WALL}/shows", {}, {f"GET me/chat/{T}/shows": {"shows": SHOWS, "next": 7}}),
        *read(f"{WALL}/shows?older_than=7", {f"GET me/chat/{T}/shows": {"shows": SHOWS, "next": None}}),
    ],
    ("GET", "/chat/<int:tenant>/<int:number>"): [
        *read(ROOM, *ROOMS, *LEAVING, EMBED),
        *read(f"{ROOM}?show={SHOW_ID}", in_room(in_show=show("expired"))),
        *read(ROOM, {f"GET {ROOM_CALL}": no("unknown_performer", 404)}, status=404),
    ],
    ("GET", "/chat/<int:tenant>/<int:number>/state"): read(f"{ROOM}/state", *ROOMS, *LEAVING),
    ("POST", "/chat/<int:tenant>/<int:number>/ask"): [
        *form(
            f"{ROOM}/ask",
            {f"POST me/chat/{T}/shows": room(in_show=show("requested"))},
            {f"POST me/chat/{T}/shows": no("insufficient_credits", 402)},
        ),
        *form(f"{ROOM}/ask", status=400, key="?"),
    ],
    **{("POST", f"/chat/<int:tenant>/<int:number>/{name}"): step(name) for name in ("cancel", "arrive", "tick", "end")},
    ("POST", "/chat/<int:tenant>/<int:number>/tip"): [
        *form(
            f"{ROOM}/tip",
            {f"POST me/chat/{T}/tips": {"tip": 1, "balance": 590}},
            {f"POST me/chat/{T}/tips": no("insufficient_credits", 402)},
            credits="10",
        ),
        *form(f"{ROOM}/tip", credits="1.5"),
    ],
    ("GET", "/credits"): read(
        "/credits",
        {},
        {"GET me/credits": MINE | {"packs": []}},
        {"GET me/credits": MINE | {"balance": -20, "frozen": True}},
        {"GET me/credits": MINE | {"frozen": True}},
        {
            "GET me/credits": MINE | {"packs": [pack(), pack(2, tenant=2, means=["paypal"], text="")]},
            "GET chat": {"tenants": [CHAT, OTHER_CHAT]},
        },
    ),
    ("GET", "/credits/buy"): [
        *read("/credits/buy?pack=1&means=wallet", {}, {"GET me/credits": MINE | {"wallet": uah(1)}}),
        *read("/credits/buy?pack=2&means=paypal"),
        *read("/credits/buy?pack=1&means=paypal", status=404),
    ],
    ("POST", "/credits/buy"): [
        *form("/credits/buy", {"POST me/credits/orders": ORDER}, pack=1, means="wallet"),
        *form("/credits/buy", {"POST me/credits/orders": no("not_enough_money", 402)}, pack=1, means="wallet"),
        *form("/credits/buy", {"POST me/credits/orders": (DARK, {})}, status=503, pack=1, means="wallet"),
        *form("/credits/buy", {"POST me/credits/orders": no("busy", 409)}, status=409, pack=1, means="wallet"),
        *form("/credits/buy", status=400, pack="", means="wallet"),
    ],
    ("GET", "/credits/orders/<int:number>"): [
        *read("/credits/orders/9", *[{"GET me/credits/orders/9": each} for each in ORDERS]),
        *read("/credits/orders/9", {"GET me/credits/orders/9": no("unknown_order", 404)}, status=404),
    ],
    ("GET", "/credits/history"): [
        *read("/credits/history", {}, {"GET me/credits/history": {"lines": LINES, "next": 3}}),
        *read("/credits/history?older_than=3", {"GET me/credits/history": {"lines": [], "next": None}}),
    ],
    ("GET", "/support"): read(
        "/support", {}, {"GET chat": {"tenants": []}}, {"GET chat": {"tenants": [CHAT, OTHER_CHAT]}}
    ),
    ("GET", "/support/<int:tenant>"): read(
        f"/support/{T}",
        {},
        {f"GET me/support/{T}": {"tickets": []}},
        {f"GET me/support/{T}": {"tickets": [TICKET | {"state": state} for state in ("open", "answered", "closed")]}},
    ),
    ("GET", "/support/<int:tenant>/new"): read(f"/support/{T}/new"),
    ("POST", "/support/<int:tenant>"): [
        *form(
            f"/support/{T}",
            {f"POST me/support/{T}": THREAD},
            {f"POST me/support/{T}": no("too_many_tickets")},
            subject="‹No sound›",
            text="‹Why›",
        ),
        *form(f"/support/{T}", status=422, subject="‹No sound›", text=""),
        *form(f"/support/{T}", status=422, subject="", text="‹Why›"),
    ],
    ("GET", "/support/tickets/<int:number>"): read(
        "/support/tickets/4", {}, {"GET me/support/tickets/4": THREAD | {"state": "closed"}}
    ),
    ("POST", "/support/tickets/<int:number>/messages"): [
        *form(
            "/support/tickets/4/messages",
            {"POST me/support/tickets/4/messages": THREAD},
            {"POST me/support/tickets/4/messages": no("ticket_closed")},
            text="‹More›",
        ),
        *form("/support/tickets/4/messages", text=" "),
    ],
    ("POST", "/support/tickets/<int:number>/close"): form(
        "/support/tickets/4/close", {"POST me/support/tickets/4/close": THREAD}
    ),
    ("POST", "/support/tickets/<int:number>/reopen"): form(
        "/support/tickets/4/reopen", {"POST me/support/tickets/4/reopen": THREAD}
    ),
}
CHAT_SILENT = {
    "/chat/<int:tenant>/entry": "for the script of the page",
    "/chat/<int:tenant>/state": "for the script of the page",
    "/chat/<int:tenant>/<int:number>/entry": "for the script of the page",
    "/chat/<int:tenant>/style.css": "colours",
    "/chat/photos/<name>": "pictures",
}
