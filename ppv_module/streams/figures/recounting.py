"""Counting what is written down of who watched: each figure by one statement over the days that are asked for.

Internal addresses are left out. Whoever the server let in without an identifier counts as a pair of address and agent,
and in what was watched.
"""

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, outerjoin, select, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from ppv_module.streams.figures.models import Scope
from ppv_module.streams.figures.places import joined, ref_of
from ppv_module.streams.models import Agents, Right, Trace, Viewing


@dataclass(frozen=True)
class Count:
    """Figures of some days. `sessions` are rows of viewings, `watched_ms` is view time in milliseconds.

    What counts each visitor once is None where too many would have to be recounted.
    """

    sessions: int = 0
    accounts: int | None = 0
    identifiers: int | None = 0
    pairs: int | None = 0
    views: int = 0
    watched_ms: int = 0
    bytes_sent: int = 0

    @property
    def minutes(self) -> int:
        """Whole minutes that were watched."""
        return self.watched_ms // 60_000


MOST_AGENTS = 2000

COUNTED = [each.name for each in fields(Count)]


class EachName(GenericFunction[str]):
    """The texts of a JSON list, as a table with the column `value`."""

    inherit_cache = True


@compiles(EachName, "sqlite")
def _in_sqlite(element: EachName, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(EachName, "mysql", "mariadb")
def _in_mariadb(element: EachName, compiler: SQLCompiler, **options: Any) -> str:
    column = "value MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$'"
    return f"JSON_TABLE({compiler.process(element.clauses, **options)}, '$[*]' COLUMNS ({column}))"


class ToldApart(GenericFunction[str]):
    """A text, or what is short and as different from that of other texts: MariaDB compares long texts on its disk."""

    inherit_cache = True


@compiles(ToldApart, "sqlite")
def _as_it_is(element: ToldApart, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(ToldApart, "mysql", "mariadb")
def _digested(element: ToldApart, compiler: SQLCompiler, **options: Any) -> str:
    return f"MD5({compiler.process(element.clauses, **options)})"


def recount(session: Session, *, scope: Scope, first: int, last: int) -> dict[int, Count]:
    """The figures of the days from `first` to `last` (20261109), both included, by what they are of.

    What nobody watched is not in it; reads all viewings of these days.
    """
    counted = and_(Viewing.day.between(first, last), Viewing.right != Right.INTERNAL)
    pairs = _by_ref(session, _pairs(scope, counted, _agents_of(session, counted)))
    strangers = _by_ref(session, _views_of_strangers(scope, counted))
    rows = session.execute(_sums(scope, counted))
    return {
        ref: Count(
            int(sessions),
            accounts,
            identifiers,
            pairs.get(ref, 0),
            int(views) + strangers.get(ref, 0),
            int(watched_ms),
            int(bytes_sent),
        )
        for ref, sessions, accounts, identifiers, views, watched_ms, bytes_sent in rows
    }


def _by_ref(session: Session, each: Select[Any]) -> dict[int, int]:
    """How many rows `each` has, by their first column."""
    inner = each.subquery()
    query = select(inner.c.ref, func.count()).group_by(inner.c.ref)
    return dict(session.execute(query).tuples().all())


def _sums(scope: Scope, counted: ColumnElement[bool]) -> Select[Any]:
    """A ticket or link has become a view of a stream in one of its sessions alone, so that these are counted."""
    return joined(
        select(
            ref_of(scope),
            func.count(),
            func.count(func.distinct(Viewing.account_id)),
            func.count(func.distinct(func.nullif(Viewing.name, ""))),
            func.count(case((Viewing.view_of.is_not(None), Viewing.viewed_at))),
            func.sum(Viewing.watched_ms),
            func.sum(Viewing.bytes_sent),
        )
        .select_from(Viewing)
        .where(counted),
        scope,
    ).group_by("ref")


def _views_of_strangers(scope: Scope, counted: ColumnElement[bool]) -> Select[Any]:
    """Each identifier that nobody issued once for each stream that it watched long enough."""
    unknown = and_(Viewing.view_of.is_(None), Viewing.viewed_at.is_not(None), Viewing.name != "")
    query = select(ref_of(scope), Viewing.place_id.label("place"), Viewing.name.label("who"))
    return joined(query.where(counted, unknown), scope).distinct()


def _agents_of(session: Session, counted: ColumnElement[bool]) -> list[int] | None:
    """The lists of agents that were used; None when they are too many to be named in a statement."""
    mine = select(Viewing.agents_id).where(counted, Viewing.agents_id.is_not(None)).distinct().limit(MOST_AGENTS + 1)
    before = select(Trace.agents_id).join(Viewing, Viewing.id == Trace.viewing_id).where(counted)
    found = {*session.scalars(mine), *session.scalars(before.distinct().limit(MOST_AGENTS + 1))}
    return sorted(each for each in found if each is not None) if len(found) <= MOST_AGENTS else None


def _pairs(scope: Scope, counted: ColumnElement[bool], used: list[int] | None) -> Select[Any]:
    """Each address with each of the agents that were seen with it; without one with an empty agent.

    The lists of agents are taken apart first and once each, which DISTINCT makes sure of: they are few.
    """
    now = select(ref_of(scope), Viewing.ip.label("ip"), Viewing.agents_id.label("agents_id")).where(counted)
    before = select(ref_of(scope), Trace.ip, Trace.agents_id).select_from(Viewing)
    before = before.join(Trace, Trace.viewing_id == Viewing.id).where(counted)
    seen = joined(now, scope).union_all(joined(before, scope)).subquery("seen")
    name = EachName(Agents.names).table_valued("value", name="name", joins_implicitly=True)
    apart = select(Agents.id, ToldApart(func.coalesce(name.c.value, "")).label("agent"))
    apart = apart.select_from(outerjoin(Agents, name, true())).distinct()
    lists = (apart if used is None else apart.where(Agents.id.in_(used))).subquery("lists")
    agent = func.coalesce(lists.c.agent, ToldApart("")).label("agent")
    source = outerjoin(seen, lists, lists.c.id == seen.c.agents_id)
    return select(seen.c.ref, seen.c.ip, agent).select_from(source).distinct()
