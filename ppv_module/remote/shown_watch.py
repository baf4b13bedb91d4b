"""Channels, tickets and what was watched, as the JSON routes show them."""

from datetime import datetime
from typing import Any

from billing.money import Money
from ppv_module.remote.door import door
from ppv_module.remote.shown_chat import money
from ppv_module.streams.access import Access
from ppv_module.streams.mine import Mine
from ppv_module.streams.models import Right
from ppv_module.streams.rights.holding import minutes_left, state_of
from ppv_module.streams.rights.models import Offer, Ticket
from ppv_module.streams.shelf import OnShelf
from ppv_module.streams.watched import Past, Watched
from ppv_module.streams.watching import Barrier, Watching

Shown = dict[str, Any]
OPEN = (Right.FREE, Right.PACKAGE, Right.TICKET, Right.MINUTE)
CLOSED, INACTIVE = "closed", "inactive"


def stream(found: OnShelf) -> Shown:
    """A channel as everybody may know it."""
    return {
        "id": found.channel.id,
        "title": found.channel.title,
        "kind": found.kind or CLOSED,
        "per_minute": found.per_minute,
    }


def my_stream(found: OnShelf, access: Access, *, is_active: bool) -> Shown:
    """A channel as this subscriber may watch it, or not."""
    why = access.why if is_active else INACTIVE
    is_open = access.right in OPEN and not why
    return {
        **stream(found),
        "access": access.right if is_open else Right.NONE,
        "why": why,
        "until": local(access.ticket.valid_to) if access.ticket else None,
        "offers": list(found.offers),
    }


def mine(found: Mine, now: datetime) -> Shown:
    """All that a subscriber is shown of streams."""
    return {
        "balance": found.balance,
        "frozen": found.frozen,
        "arrears": found.arrears,
        "wallet": money(found.wallet),
        "pays_by_minute": found.pays_by_minute,
        "limit": found.limit,
        "denied": [barrier(each) for each in found.barriers],
        "channels": [my_stream(*each, is_active=found.is_active) for each in found.channels],
        "tickets": [ticket(each, now) for each in found.tickets],
        "watching": [being_watched(each) for each in found.watching],
    }


def offer(found: Offer, now: datetime) -> Shown:
    """A ticket on sale. What it begins with is told only while that is to come."""
    price = found.price_minor
    return {
        "id": found.id,
        "name": found.name,
        "description": found.description,
        "hours": found.hours,
        "valid_from": local(found.starts_at) if found.starts_at and found.starts_at > now else None,
        "valid_to": local(found.ends_at) if found.ends_at else None,
        "minutes": found.minutes,
        "prices": {
            "wallet": None if price is None else money(Money(price, door().billing.unit)),
            "credits": found.price_credits,
        },
    }


def ticket(found: Ticket, now: datetime) -> Shown:
    return {
        "id": found.id,
        "title": found.title,
        "state": state_of(found, now),
        "valid_from": local(found.valid_from),
        "valid_to": local(found.valid_to),
        "minutes_left": minutes_left(found),
    }


def barrier(found: Barrier) -> Shown:
    return {"reason": found.reason, "until": local(found.until) if found.until else None}


def being_watched(found: Watching) -> Shown:
    return {"title": found.title, "since": local(found.since), "device": found.device}


def past(found: Past) -> Shown:
    """A page of what was watched."""
    days = [{"day": day, "credits": credits} for day, credits in sorted(found.credits.items(), reverse=True)]
    return {"lines": [_watched(each) for each in found.lines], "days": days, "next": found.next}


def local(at: datetime) -> datetime:
    """On the operator's clock."""
    return at.astimezone(door().billing.zone)


def _watched(found: Watched) -> Shown:
    return {
        "id": found.id,
        "day": found.day,
        "at": local(found.at),
        "title": found.title,
        "ms": found.ms,
        "access": found.right if found.right in OPEN else Right.NONE,
        "device": found.device,
    }
