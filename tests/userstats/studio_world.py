"""What the billing says of a performer's studio: Olha, who performs in one chat."""

from typing import Any

from tests.userstats.fake import FakeBilling, uah

T = 3
SHOW = "6f1c1d2e-0000-4000-8000-000000000001"
OTHER = "6f1c1d2e-0000-4000-8000-000000000002"
AT = "2026-11-22T09:05:00+02:00"
CHAT = {
    "id": T,
    "name": "Demo chat",
    "mode": "external",
    "title": "Teacher",
    "chat_origin": "https://chat.example",
    "style": "",
    "live_typing": False,
}
CARD = {
    "number": 5,
    "name": "Olha",
    "bio": "",
    "status": "online",
    "rate": 30,
    "avatar": "",
    "photo": "",
    "enterable": True,
}
ENTRY = {
    "url": "https://chat.example/chat/1/a.b.c",
    "origin": "https://chat.example",
    "allow": "camera; microphone",
    "expires_at": None,
}


def mills(amount: int) -> dict[str, Any]:
    return {"mills": amount, "unit": "UAH"}


def asked(number: int = 1, **facts: Any) -> dict[str, Any]:
    usual = {"viewer": "ivan", "rate": 30, "asked_at": AT, "seconds_left_to_answer": 57}
    return {"show": SHOW if number == 1 else OTHER} | usual | facts


def show(state: str = "live", **facts: Any) -> dict[str, Any]:
    usual = {
        "id": SHOW,
        "state": state,
        "rate": 30,
        "viewer": "ivan",
        "seconds_left": 95 if state == "live" else None,
        "billed_seconds": 85 if state in ("live", "ended") else 0,
        "credits_charged": 43 if state in ("live", "ended") else 0,
        "warn": False,
        "private": state in ("accepted", "live"),
        "alone": False,
        "end_reason": "viewer_end" if state == "ended" else None,
    }
    return usual | facts


def tip(number: int = 9, **facts: Any) -> dict[str, Any]:
    return {"id": number, "at": AT, "viewer": "ivan", "credits": 50} | facts


def studio(**facts: Any) -> dict[str, Any]:
    usual = {
        "card": CARD,
        "requests": [],
        "show": None,
        "over": None,
        "today": {"shows": 2, "credits": 143, "tips": 100, "benefit": mills(1192)},
        "tips": [],
        "tick_interval": 10,
    }
    return usual | facts


def sums(**facts: Any) -> dict[str, Any]:
    usual = {
        "currency": "UAH",
        "shows": 2,
        "seconds": 3725,
        "show_credits": 43,
        "tips": 3,
        "tip_credits": 100,
        "price": mills(2383),
        "benefit": mills(1192),
        "adjusted": mills(0),
        "paid": mills(1000),
        "unpaid": mills(192),
    }
    return usual | facts


def row(number: int = 1, **facts: Any) -> dict[str, Any]:
    usual = {
        "id": number,
        "at": AT,
        "action": "liveshow",
        "viewer": "ivan",
        "seconds": 85,
        "credits": 43,
        "price": mills(717),
        "benefit": mills(359),
        "percent": "50.00",
        "note": "",
        "paid": False,
        "reversed": False,
    }
    return usual | facts


TIP_ROW = {"action": "tips", "seconds": 0, "credits": 50}
ADJUSTED = {"action": "adjustment", "viewer": "", "seconds": 0, "credits": 0, "note": "A refund", "benefit": mills(-5)}


def earnings(**facts: Any) -> dict[str, Any]:
    usual = {
        "month": "2026-11",
        "months": [
            {"month": "2026-11", "sums": [sums()]},
            {"month": "2026-10", "sums": []},
            {"month": "2026-09", "sums": [sums(adjusted=mills(-5))]},
        ],
        "total": [sums()],
        "sums": [sums()],
        "rows": [row(), row(2, **TIP_ROW, paid=True), row(3, **ADJUSTED), row(4, **TIP_ROW, reversed=True)],
        "next": None,
    }
    return usual | facts


NOTHING = earnings(months=[], total=[], sums=[], rows=[])
PAYOUT = {
    "id": 1,
    "begins_at": "2026-10-01T00:00:00+03:00",
    "ends_at": "2026-11-01T00:00:00+02:00",
    "amount": uah(1234.5),
    "paid": True,
    "paid_at": "2026-11-02T10:00:00+02:00",
    "reference": "IBAN 7",
}
DRAFT = PAYOUT | {"id": 2, "paid": False, "paid_at": None, "reference": ""}


def performing(billing: FakeBilling) -> FakeBilling:
    """From now on Ivan's login is that of Olha, who performs in chat `T`."""
    billing.says("GET chat", {"tenants": [CHAT]})
    hers = {"tenant": T, "number": 5, "name": "Olha", "title": "Demo chat"}
    billing.says("GET me/studio", {"performers": [hers]})
    billing.says(f"GET me/studio/{T}", studio())
    billing.says(f"POST me/studio/{T}/beat", studio())
    billing.says(f"POST me/studio/{T}/entry", ENTRY)
    for step in ("accept", "refuse", "arrive", "tick", "end"):
        billing.says(f"POST me/studio/{T}/shows/{SHOW}/{step}", studio())
    billing.says(f"GET me/studio/{T}/earnings", earnings())
    billing.says(f"GET me/studio/{T}/payouts", {"payouts": [DRAFT, PAYOUT], "next": None})
    return billing
