"""What the studio tells a performer. Of viewers it gives the nickname and nothing else."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ppv_module.chat.earnings import reports_own
from ppv_module.chat.earnings.mills import Mills
from ppv_module.chat.earnings.reports_own import OwnPayout, OwnRow
from ppv_module.chat.models import Performer, Person, Tenant
from ppv_module.chat.reports.earnings import Sums
from ppv_module.chat.shows import reading
from ppv_module.chat.shows.models import OPEN, EndReason, Show, ShowState
from ppv_module.chat.wall import card
from ppv_module.credits.accounts import balance_of
from ppv_module.remote.door import door

Json = dict[str, Any]


def studio(session: Session, tenant: Tenant, person: Person, performer: Performer, known: str | None) -> Json:
    """All that her page shows. `known` is the show that it knows of, told even when it is over."""
    now, zone = door().clock(), door().billing.zone
    here = card(session, tenant, person.number, now)
    show, requests = reading.held_by(session, person.id), reading.requests_to(session, person.id, now)
    over = _over(session, person, known, show)
    names = _nicknames(session, [show, over, *requests])
    day = reports_own.today(session, performer, currency=tenant.currency, now=now, zone=zone)
    return {
        "card": {
            "number": here.number,
            "name": here.name,
            "bio": here.bio,
            "status": here.status,
            "rate": here.rate,
            "avatar": here.avatar,
            "photo": here.photo,
            "enterable": here.enterable,
        },
        "requests": [_request(each, names, now) for each in requests],
        "show": show and _show(session, show, names, now),
        "over": over and _show(session, over, names, now),
        "today": {"shows": day.shows, "credits": day.credits, "tips": day.tips, "benefit": mills(day.benefit)},
        "tips": [
            {"id": each.id, "at": local(each.at), "viewer": each.viewer, "credits": each.credits}
            for each in reports_own.latest_tips(session, performer)
        ],
        "tick_interval": (show.rules if show else vars(tenant.rules))["tick_interval_s"],
    }


def mills(amount: Mills) -> Json:
    return {"mills": amount.mills, "unit": amount.unit}


def sums(found: Iterable[Sums]) -> list[Json]:
    return [
        {
            "currency": each.currency,
            "shows": each.shows,
            "seconds": each.billed_s,
            "show_credits": each.show_credits,
            "tips": each.tips,
            "tip_credits": each.tip_credits,
            "price": mills(each.price),
            "benefit": mills(each.benefit),
            "adjusted": mills(each.adjusted),
            "paid": mills(each.paid),
            "unpaid": mills(each.unpaid),
        }
        for each in found
    ]


def row(of: OwnRow) -> Json:
    return {
        "id": of.id,
        "at": local(of.at),
        "action": of.action,
        "viewer": of.viewer,
        "seconds": of.seconds,
        "credits": of.credits,
        "price": mills(of.price),
        "benefit": mills(of.benefit),
        "percent": f"{of.percent_bp // 100}.{of.percent_bp % 100:02d}",
        "note": of.note,
        "paid": of.is_paid,
        "reversed": of.is_reversed,
    }


def payout(of: OwnPayout) -> Json:
    return {
        "id": of.id,
        "begins_at": local(of.begins_at),
        "ends_at": local(of.ends_at),
        "amount": {"minor": of.amount.minor, "unit": of.amount.unit},
        "paid": of.is_paid,
        "paid_at": of.paid_at and local(of.paid_at),
        "reference": of.reference,
    }


def local(at: datetime) -> datetime:
    """As the operator's clock shows it."""
    return at.astimezone(door().billing.zone)


def _over(session: Session, person: Person, known: str | None, show: Show | None) -> Show | None:
    """The show that the page knows of, if it was hers and is over."""
    found = session.get(Show, known) if known and not show else None
    return found if found and found.performer_id == person.id and found.is_finished else None


def _nicknames(session: Session, shows: Sequence[Show | None]) -> dict[int, str]:
    ids = {each.viewer_id for each in shows if each}
    query = select(Person.id, Person.nickname).where(Person.id.in_(ids))
    return dict(session.execute(query).tuples().all()) if ids else {}


def _request(show: Show, names: dict[int, str], now: datetime) -> Json:
    left = (show.due_at - now).total_seconds() if show.due_at else 0
    return {
        "show": show.id,
        "viewer": names[show.viewer_id],
        "rate": show.rate,
        "asked_at": local(show.requested_at),
        "seconds_left_to_answer": max(0, int(left)),
    }


def _show(session: Session, show: Show, names: dict[int, str], now: datetime) -> Json:
    balance = balance_of(session, show.login)
    return {
        "id": show.id,
        "state": show.state,
        "rate": show.rate,
        "viewer": names[show.viewer_id],
        "seconds_left": _seconds_left(show, balance, now) if show.state is ShowState.LIVE else None,
        "billed_seconds": show.billed_ms // 1000,
        "credits_charged": show.credits_charged,
        "warn": reading.is_warning(show, balance),
        "private": show.state in OPEN and not is_alone(show),
        "alone": is_alone(show),
        "end_reason": show.end_reason,
    }


def is_alone(show: Show) -> bool:
    """Whether the viewer's page is silent in a live show: until it is back there is nobody to perform for."""
    return show.state is ShowState.LIVE and show.lost is EndReason.VIEWER_LOST


def _seconds_left(show: Show, balance: int, now: datetime) -> int:
    """How long the viewer's credits last from now on; what is known counts from the last tick."""
    since_s = (now - show.last_mark_at).total_seconds() if show.last_mark_at else 0
    return max(0, int(reading.seconds_left(show, balance) - max(since_s, 0)))
