"""Rooms, shows, credits and tickets as the JSON routes show them."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from billing.money import Money
from ppv_module.chat import policies, tenants, wall
from ppv_module.chat.models import Role, Tenant
from ppv_module.chat.shows import reading
from ppv_module.chat.shows.models import Show, ShowState
from ppv_module.chat.support.models import Message, Ticket
from ppv_module.chat.viewing import Past, Room, is_private
from ppv_module.credits.models import Order, Pack
from ppv_module.provider.base import Entry
from ppv_module.remote.door import door
from weblib.i18n import pick_language

TIP_CHOICES = (1, 5, 10, 50, 100)
WITHOUT_HEADER = "uk"
Shown = dict[str, Any]


def money(amount: Money) -> Shown:
    return {"minor": amount.minor, "unit": amount.unit}


def chat(session: Session, tenant: Tenant) -> Shown:
    """A tenant as everybody may know him."""
    language = pick_language(request.headers.get("Accept-Language"), WITHOUT_HEADER)
    return {
        "id": tenant.id,
        "name": tenant.name,
        "mode": tenant.mode,
        "title": tenants.title(tenant, language),
        "chat_origin": door().provider.origin(tenant),
        "live_typing": policies.live_typing_used(session, tenant.id),
        "style": hashlib.sha256(tenant.css.encode()).hexdigest()[:12] if tenant.css else "",
    }


def card(found: wall.Card) -> Shown:
    return {
        "number": found.number,
        "name": found.name,
        "bio": found.bio,
        "status": found.status,
        "rate": found.rate,
        "avatar": found.avatar,
        "photo": found.photo,
        "enterable": found.enterable,
    }


def room(tenant: Tenant, found: Room, now: datetime) -> Shown:
    """The room as the viewer's page has to show it."""
    rules = tenant.rules
    nickname = found.viewer.nickname if found.viewer else ""
    interval = found.show.rules["tick_interval_s"] if found.show else rules.tick_interval_s
    return {
        "card": card(found.card),
        "balance": found.credits.balance,
        "frozen": found.credits.frozen,
        "show": show(found.show, found.credits.balance, found.card.name, nickname, now) if found.show else None,
        "leave": found.leave,
        "rules": {
            "tick_interval": interval,
            "rounding": rules.rounding,
            "tip_max": rules.tip_max,
            "tip_choices": [each for each in TIP_CHOICES if each <= rules.tip_max],
            "min_start_credits": found.least,
        },
    }


def show(found: Show, balance: int, performer: str, viewer: str, now: datetime) -> Shown:
    """A show as both of its pages have to show it. `balance` is the viewer's."""
    return {
        "id": found.id,
        "state": found.state,
        "rate": found.rate,
        "seconds_left": _seconds_left(found, balance, now),
        "waits_s": _waits_s(found, now),
        "billed_seconds": found.billed_ms // 1000,
        "credits_charged": found.credits_charged,
        "warn": reading.is_warning(found, balance),
        "private": is_private(found),
        "end_reason": found.end_reason,
        "performer": performer,
        "viewer": viewer,
    }


def past(found: Past) -> Shown:
    row = found.show
    return {
        "id": row.id,
        "performer": found.performer,
        "state": row.state,
        "reason": row.end_reason,
        "at": _local(row.requested_at),
        "ended_at": _local(row.ended_at) if row.ended_at else None,
        "rate": row.rate,
        "seconds": row.billed_ms // 1000,
        "credits": row.credits_charged,
    }


def entry(made: Entry) -> Shown:
    expires_at = _local(made.expires_at) if made.expires_at else None
    return {"url": made.url, "origin": made.origin, "allow": made.allow, "expires_at": expires_at}


def pack(found: Pack, means: Sequence[str]) -> Shown:
    return {
        "id": found.id,
        "tenant": found.tenant_id,
        "credits": found.credits,
        "price": money(found.price),
        "text": found.description,
        "means": list(means),
    }


def order(found: Order, balance: int, redirect: str) -> Shown:
    return {
        "order": found.id,
        "state": found.state,
        "means": found.provider,
        "credits": found.credits,
        "price": money(found.price),
        "balance": balance,
        "redirect": redirect,
    }


def ticket(found: Ticket) -> Shown:
    return {
        "id": found.id,
        "tenant": found.tenant_id,
        "subject": found.subject,
        "state": found.state,
        "created_at": _local(found.created_at),
        "updated_at": _local(found.updated_at),
    }


def thread(found: Ticket, messages: Sequence[Message]) -> Shown:
    """Who of the staff answers is not the customer's business."""
    written = [{"at": _local(each.at), "by_staff": each.by_staff, "text": each.text} for each in messages]
    return {**ticket(found), "messages": written}


def nobody(*, frozen: bool, balance: int, privacy_notice: bool) -> Shown:
    """Who has never been in a chat."""
    return {
        "number": 0,
        "nickname": "",
        "role": Role.USER,
        "performer": False,
        "banned": False,
        "balance": balance,
        "frozen": frozen,
        "privacy_notice": privacy_notice,
    }


def _seconds_left(found: Show, balance: int, now: datetime) -> int:
    """Since the last tick some seconds have gone by that are not charged yet, unless somebody is missing."""
    left = reading.seconds_left(found, balance)
    if found.state is not ShowState.LIVE or found.last_mark_at is None or found.lost is not None:
        return left
    return max(left - max(int((now - found.last_mark_at).total_seconds()), 0), 0)


def _waits_s(found: Show, now: datetime) -> int | None:
    if found.state not in (ShowState.REQUESTED, ShowState.ACCEPTED) or found.due_at is None:
        return None
    return max(int((found.due_at - now).total_seconds()), 0)


def _local(at: datetime) -> datetime:
    """On the operator's clock."""
    return at.astimezone(door().billing.zone)
