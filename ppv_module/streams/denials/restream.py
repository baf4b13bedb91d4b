"""Rules against passing streams on: who is flagged, or denied for a while, and what was found.

One statement looks over the sessions of a message, one over names that several sessions have. Only what they find is
looked at one by one.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from billing.uow import UnitOfWork
from ppv_module.streams.alerts import Notice, raise_alerts
from ppv_module.streams.denials.active import is_active, reporting, streams_of
from ppv_module.streams.denials.agents import judge_agents
from ppv_module.streams.denials.counting import Stream
from ppv_module.streams.denials.finding import Reported, is_reported
from ppv_module.streams.denials.models import Denial, Reason
from ppv_module.streams.denials.slots import put_into_slots, slot_of
from ppv_module.streams.denials.spreading import MOST_OF_ACCOUNT, spread_addresses, spread_sessions
from ppv_module.streams.links.models import Identity, Viewer
from ppv_module.streams.models import Agents, AlertKind, Place, Viewing
from ppv_module.streams.options import DENY, OFF, StreamOptions

IP_SPREAD, SESSION_SPREAD, AGENT, MARATHON, BITRATE = "ip_spread", "session_spread", "agent", "marathon", "bitrate"
SINGLE = (AGENT, MARATHON, BITRATE)
"""Rules that a session breaks by itself."""

TIMES_RATE = 3
"""More than so many times the declared rate of its stream cannot be one viewer's."""

MOST_LOOKED_AT = 500
"""Of one message, by one rule: what is flagged already must not make it slow."""

TIMES_ELAPSED = 1.5


@dataclass(frozen=True)
class Found:
    """A name that breaks a rule, with what shows it."""

    rule: str
    name: str
    account_id: int | None
    place_id: int
    evidence: dict[str, Any] = field(default_factory=dict)


def judge(uow: UnitOfWork, reported: Reported) -> None:
    """Flag or deny, as the operator has decided for each rule, what the sessions of this message show."""
    options = uow.option(StreamOptions)
    found = _single(uow.session, reported, options) + _spread(uow.session, reported, options)
    steps = _steps(options)
    denied = [each for each in found if steps[each.rule] == DENY]
    until = reported.now + timedelta(minutes=options.restream_block_min)
    put_into_slots(uow.session, [_row(each, reported, until) for each in _one_a_name(denied)])
    server = reported.server.name
    flagged = [each for each in found if steps[each.rule] != DENY]
    notices = [Notice(AlertKind.RESTREAM, server, f"{each.rule}:{each.name}", _told(each)) for each in flagged]
    raise_alerts(uow.session, notices, now=reported.now)


def _steps(options: StreamOptions) -> dict[str, str]:
    return {rule: getattr(options, rule) for rule in (IP_SPREAD, SESSION_SPREAD, AGENT, MARATHON, BITRATE)}


def _one_a_name(found: Iterable[Found]) -> Collection[Found]:
    return {each.name: each for each in reversed(list(found))}.values()


def _row(found: Found, reported: Reported, until: Any) -> dict[str, object]:
    facts = {"account_id": found.account_id, "place_id": found.place_id, "since": reported.now, "until": until}
    slot = slot_of(Reason.RESTREAM, found.name)
    return {"slot": slot, "name": found.name, "reason": Reason.RESTREAM, "evidence": _told(found), **facts}


def _told(found: Found) -> dict[str, Any]:
    return {"rule": found.rule, "name": found.name, **found.evidence}


def _single(session: Session, reported: Reported, options: StreamOptions) -> list[Found]:
    """Sessions that break a rule by themselves. Too much time at once is told, whoever it is."""
    steps = _steps(options)
    suspects = judge_agents(session, options.agents) if steps[AGENT] != OFF else ()
    rules = tuple(rule for rule in SINGLE if steps[rule] != OFF and (suspects or rule != AGENT))
    values = reported.values | {"suspects": list(suspects)}
    values |= {"long_ago": reported.now - timedelta(hours=options.marathon_hours)}
    longest_ms, *counts = session.execute(_counted(rules), values).one()
    _tell_too_much_time(session, reported, longest_ms or 0)
    found = list[Found]()
    for rule, number in zip(rules, counts, strict=True):
        if number:
            rows = session.execute(_breaking(rule, is_denied=steps[rule] == DENY), values).all()
            found += [_found(rule, reported, row[0], row[1] or [], row[2]) for row in rows]
    return found


@cache
def _counted(rules: tuple[str, ...]) -> Select[Any]:
    """The longest time that is reported of a session, and how many break each of `rules`."""
    counted = [func.sum(case((_condition(rule), 1), else_=0)) for rule in rules]
    query = select(func.max(Viewing.delta_ms), *counted).select_from(Viewing).join(Place, Place.id == Viewing.place_id)
    return query.where(is_reported(), is_active())


def _condition(rule: str) -> ColumnElement[bool]:
    """Which sessions break a rule."""
    if rule == AGENT:
        return Viewing.agents_id.in_(bindparam("suspects", expanding=True))
    if rule == MARATHON:
        return Viewing.since < bindparam("long_ago", type_=Viewing.since.type)
    sent, rate = Viewing.newest_bytes * 8 * 1000, Place.bitrate_bps * TIMES_RATE
    return and_(Place.bitrate_bps > 0, sent > rate * Viewing.delta_ms)


def _tell_too_much_time(session: Session, reported: Reported, longest_ms: int) -> None:
    """More time than has passed since the server reported last: it repeats itself, or its clock is wrong."""
    if reported.before is None:
        return
    elapsed_ms = max((reported.now - reported.before) // timedelta(milliseconds=1), 0)
    if longest_ms > TIMES_ELAPSED * elapsed_ms:
        facts = {"record": reported.record.id, "longest_ms": longest_ms, "elapsed_ms": elapsed_ms}
        notice = Notice(AlertKind.TOO_MUCH_TIME, reported.server.name, facts=facts)
        raise_alerts(session, [notice], now=reported.now)


@cache
def _breaking(rule: str, *, is_denied: bool) -> Select[Any]:
    """The sessions that break one rule; those that are denied for it already are not looked at again."""
    query = select(Viewing, Agents.names, Place.bitrate_bps).join(Place, Place.id == Viewing.place_id)
    query = query.outerjoin(Agents, Agents.id == Viewing.agents_id).where(is_reported(), is_active())
    query = query.where(_condition(rule))
    if is_denied:
        taken = aliased(Denial)
        query = query.outerjoin(taken, _is_slot(taken, Viewing)).where(taken.id.is_(None))
    return query.order_by(Viewing.id).limit(MOST_LOOKED_AT)


def _found(rule: str, reported: Reported, viewing: Viewing, agents: list[str], bitrate_bps: int | None) -> Found:
    evidence: dict[str, Any] = {
        "servers": [reported.server.name],
        "addresses": [viewing.ip],
        "agents": agents,
        "sessions": [viewing.session],
        "since": viewing.since.isoformat(),
        "at": reported.now.isoformat(),
    }
    if rule == BITRATE:
        rate_bps = viewing.newest_bytes * 8000 // max(viewing.delta_ms, 1)
        evidence |= {"rate_bps": rate_bps, "declared_bps": bitrate_bps}
    return Found(rule, viewing.name, viewing.account_id, viewing.place_id, evidence)


def _is_slot(denial: Any, viewing: Any) -> ColumnElement[bool]:
    """Whether a denial is for what a session's name could be denied for here."""
    return denial.slot == literal(f"{Reason.RESTREAM}:") + viewing.name  # type: ignore[no-any-return]


def _spread(session: Session, reported: Reported, options: StreamOptions) -> list[Found]:
    """Names that are watched at several places at once."""
    if options.ip_spread == OFF and options.session_spread == OFF:
        return []
    names = dict(_names_of_several(session, reported, options))
    if not names:
        return []
    streams: dict[str, list[Stream]] = {}
    for of_account in streams_of(session, set(names.values()), options, reported.now).values():
        for stream in of_account:
            streams.setdefault(stream.name, []).append(stream)
    found = [(IP_SPREAD, spread_addresses(streams[name])) for name in names if name in streams]
    grace = options.zap_grace
    found += [(SESSION_SPREAD, spread_sessions(streams[name], grace=grace)) for name in names if name in streams]
    agents = _agents(session, [stream for _, several in found for stream in several])
    return [
        _found_spread(rule, several, agents, reported)
        for rule, several in found
        if several and _steps(options)[rule] != OFF
    ]


def _names_of_several(session: Session, reported: Reported, options: StreamOptions) -> list[tuple[str, int]]:
    """Names with several active sessions, of accounts in this message; with the account of each."""
    servers = reporting(session, options, reported.now)
    query = _several(is_alone=servers.keys() <= {reported.server.id})
    return [(row.name, row.account_id) for row in session.execute(query, reported.values)]


@cache
def _several(*, is_alone: bool) -> Select[Any]:
    """`is_alone`: no other server has reported lately."""
    every = Viewing if is_alone else aliased(Viewing)
    taken = aliased(Denial)
    several = (
        select(every.name, func.min(every.account_id).label("account_id"))
        .add_columns(func.count(every.ip.distinct()).label("addresses"))
        .where(is_active(every), is_reported() if is_alone else _of_accounts_in_message(every))
        .outerjoin(taken, _is_slot(taken, every))
        .where(taken.id.is_(None))
        .group_by(every.name)
        .having(func.count() > 1)
        .subquery("several")
    )
    query = select(several.c.name, several.c.account_id).join(Viewer, Viewer.name == several.c.name)
    wide = or_(Viewer.identity == Identity.PLAY, several.c.addresses > MOST_OF_ACCOUNT)
    return query.where(wide)


def _of_accounts_in_message(viewing: Any) -> ColumnElement[bool]:
    """Whether a session, on whatever server, is of an account that the message has viewers of."""
    mine = select(Viewing.account_id).where(is_reported(), is_active(), Viewing.account_id.is_not(None))
    return viewing.account_id.in_(mine)  # type: ignore[no-any-return]


def _agents(session: Session, streams: Sequence[Stream]) -> dict[int, list[str]]:
    numbers = {stream.agents for stream in streams if stream.agents is not None}
    rows = session.execute(select(Agents.id, Agents.names).where(Agents.id.in_(numbers))) if numbers else ()
    return {row.id: row.names for row in rows}


def _found_spread(rule: str, streams: Sequence[Stream], agents: dict[int, list[str]], reported: Reported) -> Found:
    newest = max(streams, key=lambda each: each.age)
    evidence = {
        "servers": sorted({each.server for each in streams}),
        "addresses": sorted({each.ip for each in streams}),
        "agents": sorted({name for each in streams for name in agents.get(each.agents or 0, [])}),
        "sessions": [each.session for each in streams],
        "since": min(each.since for each in streams).isoformat(),
        "at": reported.now.isoformat(),
    }
    return Found(rule, newest.name, newest.account_id, newest.place_id, evidence)
