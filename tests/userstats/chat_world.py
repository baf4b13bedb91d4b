"""What the billing says of a video chat: one with Olena, who is there, and Marko, who is not."""

import copy
from typing import Any

from tests.userstats.fake import FakeBilling, uah

T, OLENA, MARKO = 1, 5, 6
SHOW_ID = "6f1d2c3b-0000-4000-8000-000000000001"
AT = "2026-11-22T09:05:00+02:00"
PHOTO = "p1"

CHAT: dict[str, Any] = {
    "id": T,
    "name": "Night talks",
    "mode": "external",
    "title": "teacher",
    "chat_origin": "https://chat.example",
    "live_typing": False,
    "style": "",
}
OTHER_CHAT = CHAT | {"id": 2, "name": "Lessons"}
LISTING = "https://chat.example/ppv_listing/7"
EMBEDDED = CHAT | {"mode": "embed"}


def card(number: int = OLENA, name: str = "Olena", status: str = "online", **facts: Any) -> dict[str, Any]:
    usual = {"bio": "", "rate": 60, "avatar": "", "photo": "", "enterable": status == "online"}
    return {"number": number, "name": name, "status": status} | usual | facts


CARDS = [card(photo=PHOTO, bio="English and guitar."), card(MARKO, "Marko", "offline")]
ME = {
    "number": 10001,
    "nickname": "ivanko",
    "role": "user",
    "performer": False,
    "banned": False,
    "balance": 600,
    "frozen": False,
    "privacy_notice": False,
}
RULES = {
    "tick_interval": 10,
    "rounding": "per_second",
    "tip_max": 500,
    "tip_choices": [1, 5, 10, 50, 100],
    "min_start_credits": 60,
}


def show(state: str, **facts: Any) -> dict[str, Any]:
    usual = {
        "id": SHOW_ID,
        "state": state,
        "rate": 60,
        "seconds_left": 515,
        "waits_s": 45 if state in ("requested", "accepted") else None,
        "billed_seconds": 85,
        "credits_charged": 85,
        "warn": False,
        "private": state in ("accepted", "live"),
        "end_reason": None,
        "performer": "Olena",
        "viewer": "ivanko",
    }
    return usual | facts


def room(*, of: dict[str, Any] | None = None, in_show: dict[str, Any] | None = None, **facts: Any) -> dict[str, Any]:
    """A room as the viewer's page has to show it."""
    usual = {"card": of or card(), "balance": 600, "frozen": False, "show": in_show, "leave": "", "rules": RULES}
    return copy.deepcopy(usual | facts)


def past(state: str = "ended", reason: str | None = "viewer_end", **facts: Any) -> dict[str, Any]:
    usual = {"id": SHOW_ID, "performer": "Olena", "at": AT, "ended_at": AT, "rate": 60, "seconds": 85, "credits": 85}
    return usual | {"state": state, "reason": reason} | facts


def pack(number: int = 1, **facts: Any) -> dict[str, Any]:
    usual = {"id": number, "tenant": T, "credits": 600, "price": uah(50), "text": "Ten minutes", "means": ["wallet"]}
    return usual | facts


MINE = {"balance": 600, "frozen": False, "wallet": uah(60), "packs": [pack(), pack(2, means=["wallet", "paypal"])]}
ORDER = {
    "order": 9,
    "state": "paid",
    "means": "wallet",
    "credits": 600,
    "price": uah(50),
    "balance": 1200,
    "redirect": "",
}
ENTRY = {
    "url": "https://chat.example/chat/7/aaa.bbb.ccc",
    "origin": "https://chat.example",
    "allow": "camera; microphone; autoplay; fullscreen",
    "expires_at": None,
}
TICKET = {"id": 4, "tenant": T, "subject": "No sound", "state": "open", "created_at": AT, "updated_at": AT}
THREAD = TICKET | {
    "messages": [
        {"at": AT, "by_staff": False, "text": "I hear nothing.\n\nWhat now?"},
        {"at": AT, "by_staff": True, "text": "Louder now?"},
    ]
}


def line(number: int, cause: str, credits: int, **facts: Any) -> dict[str, Any]:
    return {
        "id": number,
        "at": AT,
        "cause": cause,
        "text": "",
        "credits": credits,
        "balance": 600,
        "show": None,
    } | facts


LINES = [
    line(number, cause, credits, text="Ten minutes" if cause == "purchase" else "")
    for number, (cause, credits) in enumerate(
        [
            ("purchase", 600),
            ("show", -85),
            ("tip", -10),
            ("tip_reversed", 10),
            ("correction", 5),
            ("clawback", -600),
            ("restore", 600),
            ("other", 1),
        ]
    )
]
WORLD: dict[str, Any] = {
    "GET chat": {"tenants": [CHAT]},
    f"GET chat/{T}/wall": {"tenant": CHAT | {"scripts": {"listing": ""}}, "cards": CARDS},
    f"GET me/chat/{T}": ME,
    f"GET me/chat/{T}/rooms/{OLENA}": room(),
    f"GET me/chat/{T}/shows": {"shows": [], "next": None},
    f"GET me/chat/{T}/shows/{SHOW_ID}": past(),
    f"POST me/chat/{T}/entry": ENTRY,
    f"POST me/chat/{T}/rooms/{OLENA}/entry": ENTRY,
    "GET me/credits": MINE,
    "GET me/credits/history": {"lines": LINES, "next": None},
    "GET me/credits/orders/9": ORDER,
    f"GET me/support/{T}": {"tickets": [TICKET]},
    "GET me/support/tickets/4": THREAD,
}


def open_chat(billing: FakeBilling) -> None:
    """From now on the billing has a chat."""
    for name, body in WORLD.items():
        billing.says(name, copy.deepcopy(body))
