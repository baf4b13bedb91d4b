"""Simultaneous streams: who watches more at once than his account may, and who may come back.

What is denied is cut off and counts no longer, so it stays denied while the others fill the limit; as soon as one of
them ends, the one that was denied first comes back. It has some time to do so before the next one may.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Insert, Select, and_, bindparam, exists, false, func, literal, or_, select, update
from sqlalchemy.orm import Session, aliased, join

from billing.db import insert_missing
from billing.uow import UnitOfWork
from ppv_module.streams.denials.active import LET_IN, is_active, limit_of, streams_of
from ppv_module.streams.denials.causes import NOW
from ppv_module.streams.denials.counting import Stream, devices, judged
from ppv_module.streams.denials.finding import COLUMNS, Reported, denials_of, is_reported
from ppv_module.streams.denials.models import Denial, Reason
from ppv_module.streams.denials.slots import (
    BY_ITSELF,
    UNTOUCHED,
    backend_of,
    end,
    into_slots,
    put_into_slots,
    slot_of,
    slots_of,
)
from ppv_module.streams.links.models import Viewer
from ppv_module.streams.models import Place, Viewing
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.rights.models import Personal, Tariff

RETURN_INTERVALS = 2
"""So long a place is kept for somebody who was let in again."""

EXCESS = Reason.TOO_MANY_STREAMS


@dataclass(frozen=True)
class _Denied:
    """A name that is denied, or was until a moment ago, for too many streams."""

    id: int
    name: str
    account_id: int
    until: datetime | None
    limit: int
    is_over: bool


def judge(uow: UnitOfWork, reported: Reported) -> None:
    """Deny what is too many of the accounts in a message, and let in again whoever has room, on whatever server."""
    options, session = uow.option(StreamOptions), uow.session
    limited, cooling, denied = _what_there_is(session, options, reported.now)
    if cooling:
        session.execute(_cooling(backend_of(session)), reported.values)
    accounts = set(_suspects(session, reported, options)) if limited else set()
    known = _denied(session, options, reported.now) if denied or accounts else []
    accounts |= {each.account_id for each in known if not each.is_over}
    if not accounts:
        return
    streams = streams_of(session, accounts, options, reported.now)
    barred = _barred(session, accounts)
    for account in sorted(accounts):
        of_account = [each for each in known if each.account_id == account]
        counted = [each for each in streams.get(account, ()) if each.name not in barred]
        _judge_account(uow, reported, counted, of_account)


def _what_there_is(session: Session, options: StreamOptions, now: datetime) -> tuple[bool, bool, bool]:
    """Whether there are limits at all, accounts that are denied as a whole, and names that are denied for limits."""
    row = session.execute(_there_is(), {"now": now}).one()
    return bool(options.max_streams or row[0]), bool(row[1]), bool(row[2])


@cache
def _there_is() -> Select[Any]:
    first, last = slots_of(EXCESS)
    return select(
        or_(exists().where(Tariff.max_streams > 0), exists().where(Personal.max_streams > 0)),
        exists().where(Personal.cooldown_until > NOW),
        exists().where(Denial.slot >= first, Denial.slot < last),
    )


@cache
def _cooling(backend: str) -> Insert:
    """Denies names that turn up while their whole account is denied."""
    cooling = join(Viewing, Personal, Personal.account_id == Viewing.account_id)
    query = denials_of(literal(str(EXCESS)), Viewing, cooling, is_lacking=false())
    query = query.add_columns(func.min(Personal.cooldown_until))
    query = query.where(is_reported(), Viewing.right.in_(LET_IN), Personal.cooldown_until > NOW)
    return into_slots(backend, (*COLUMNS, "until"), query.group_by(Viewing.name))


def _suspects(session: Session, reported: Reported, options: StreamOptions) -> Sequence[int]:
    """Accounts in the message with more active sessions than they may have, on all servers together."""
    return session.scalars(_with_several(), reported.values | {"max_streams": options.max_streams}).all()


@cache
def _with_several() -> Select[tuple[int]]:
    mine = select(Viewing.account_id).distinct().where(is_reported(), is_active(), Viewing.account_id.is_not(None))
    named, every = mine.subquery("mine"), aliased(Viewing)
    least = func.min(func.nullif(limit_of(), 0))
    query = (
        select(named.c.account_id)
        .join(every, and_(every.account_id == named.c.account_id, is_active(every)))
        .join(Place, Place.id == every.place_id)
        .outerjoin(Tariff, Tariff.id == Place.tariff_id)
        .outerjoin(Personal, Personal.account_id == every.account_id)
    )
    return query.group_by(named.c.account_id).having(func.count() > least)


def _denied(session: Session, options: StreamOptions, now: datetime) -> list[_Denied]:
    """Who is denied for too many streams, and who has come back so lately that his place is kept; oldest first."""
    lately = now - timedelta(seconds=RETURN_INTERVALS * options.interval_s)
    values = {"lately": lately, "max_streams": options.max_streams}
    found: list[_Denied] = []
    for query in _denied_or_back():
        rows: Any = session.execute(query, values)
        for number, name, account, until, limit, slot in rows:
            found.append(_Denied(number, name, account, until, limit, is_over=slot is None))
    return found


@cache
def _denied_or_back() -> tuple[Select[Any], Select[Any]]:
    """Each by an index of its own."""
    first, last = slots_of(EXCESS)
    lately = bindparam("lately", type_=Denial.ended_at.type)
    back = and_(Denial.ended_at > lately, Denial.reason == EXCESS, Denial.ended_by == BY_ITSELF)
    query = select(Denial.id, Denial.name, Denial.account_id, Denial.until, limit_of(), Denial.slot)
    query = query.outerjoin(Place, Place.id == Denial.place_id).outerjoin(Tariff, Tariff.id == Place.tariff_id)
    query = query.outerjoin(Personal, Personal.account_id == Denial.account_id).order_by(Denial.since, Denial.id)
    return query.where(Denial.slot >= first, Denial.slot < last), query.where(back)


def _barred(session: Session, accounts: Collection[int]) -> set[str]:
    """Names of these accounts that are cut off until something else ends: they count no longer."""
    query = select(Denial.name).where(Denial.account_id.in_(accounts), Denial.slot.is_not(None))
    return set(session.scalars(query.where(or_(Denial.reason != EXCESS, Denial.until.is_(None)))))


def _judge_account(uow: UnitOfWork, reported: Reported, streams: Sequence[Stream], known: Sequence[_Denied]) -> None:
    options, now = uow.option(StreamOptions), reported.now
    cooled = now + timedelta(seconds=options.cooldown_s)
    verdict = judged(streams, excess=options.excess, grace=options.zap_grace)
    if verdict.everybody:
        _deny_everybody(uow, streams[0], until=cooled, now=now)
        return
    rows = [_row(stream, now, None) for stream in verdict.names]
    put_into_slots(uow.session, rows + [_row(stream, now, cooled) for stream in verdict.alone])
    if not rows:
        grace = options.zap_grace
        end(uow.session, _returning(devices(streams, grace=grace), known), by=BY_ITSELF, now=now)


def _returning(watching: Sequence[Sequence[Stream]], known: Sequence[_Denied]) -> list[int]:
    """Who may watch again: as many as there is room for, with what is kept for those that were let in lately."""
    active = {stream.name for group in watching for stream in group}
    room_taken = len(watching) + len({each.name for each in known if each.is_over and each.name not in active})
    back = list[int]()
    for each in known:
        if not each.is_over and each.until is None and (not each.limit or room_taken < each.limit):
            back.append(each.id)
            room_taken += 1
    return back


def _deny_everybody(uow: UnitOfWork, stream: Stream, *, until: datetime, now: datetime) -> None:
    """Deny all names of an account for a while, and those that turn up meanwhile. A new excess begins it anew."""
    session, account = uow.session, stream.account_id
    good = select(Viewer.name, Viewer.login).where(Viewer.account_id == account)
    good = good.where(or_(Viewer.expires_at.is_(None), Viewer.expires_at > now, Viewer.name == stream.name))
    names = session.execute(good).all()
    like = and_(Denial.account_id == account, Denial.reason == EXCESS, Denial.slot.is_not(None))
    session.execute(update(Denial).where(like).values(until=until), execution_options=UNTOUCHED)
    put_into_slots(session, [{**_row(stream, now, until), **_named(row.name)} for row in names])
    if names:
        insert_missing(session, Personal, account_id=account, login=names[0].login)
        mine = update(Personal).where(Personal.account_id == account)
        session.execute(mine.values(cooldown_until=until), execution_options=UNTOUCHED)


def _named(name: str) -> dict[str, str]:
    return {"name": name, "slot": slot_of(EXCESS, name)}


def _row(stream: Stream, now: datetime, until: datetime | None) -> dict[str, object]:
    evidence = {"server": stream.server, "address": stream.ip, "limit": stream.limit}
    facts = {"account_id": stream.account_id, "place_id": stream.place_id, "since": now, "until": until}
    return {**_named(stream.name), "reason": EXCESS, "evidence": evidence, **facts}
