"""Writing denials: new ones into free slots, and giving slots free again. Many at once, in a few statements."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Insert, Select, update
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.orm import Session

from ppv_module.streams.denials.models import Denial, Reason
from ppv_module.streams.rights.placing import portions

BY_ITSELF = "by itself"
"""Who has ended a denial that nobody ended: its cause or its time was over."""

UNTOUCHED = {"synchronize_session": False}

TABLE: Any = Denial.__table__


def slot_of(reason: Reason, name: str) -> str:
    """What a name can have one of at a time."""
    return f"{reason}:{name}"


def slots_of(reason: Reason) -> tuple[str, str]:
    """The slots of a reason lie from the first of these on, and before the second."""
    return f"{reason}:", f"{reason};"


def backend_of(session: Session) -> str:
    """For which database statements have to be made."""
    return session.get_bind().dialect.name


def into_slots(backend: str, columns: Iterable[str], rows: Select[Any]) -> Insert:
    """Adds the selected `rows` of `columns` where their slots are free, without failing when a rival is quicker."""
    insert = (sqlite if backend == "sqlite" else mysql).insert(TABLE)
    return _quietly(insert.from_select(list(columns), rows, include_defaults=False))


def put_into_slots(session: Session, rows: Iterable[Mapping[str, object]]) -> None:
    """Add these rows where their slots are free, without failing when a rival is quicker."""
    insert = (sqlite if backend_of(session) == "sqlite" else mysql).insert(Denial)
    for some in portions(sorted(rows, key=lambda row: str(row["slot"]))):
        session.execute(_quietly(insert.values(some)))


def _quietly(insert: Insert) -> Insert:
    if isinstance(insert, sqlite.Insert):
        return insert.on_conflict_do_nothing()
    assert isinstance(insert, mysql.Insert)
    return insert.on_duplicate_key_update(id=Denial.id)


def end(session: Session, ids: Iterable[int], *, by: str, now: datetime) -> None:
    """Give the slots of these denials free. One that has ended meanwhile keeps by whom."""
    for some in portions(sorted(ids)):
        over = update(Denial).where(Denial.id.in_(some), Denial.slot.is_not(None))
        session.execute(over.values(slot=None, ended_at=now, ended_by=by), execution_options=UNTOUCHED)
