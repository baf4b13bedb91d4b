"""The event log: who did what, to whom, when, from where. Operators grep its lines, so their wording is fixed."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum

import structlog
from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from billing.actors import Actor
from billing.db import MARIADB, Base, BigId, Instant

FILLED = re.compile(r"\{[^}]*\}|\([^)]*\)|\[[^\]]*\]|`[^`]*`")
KIND, TEXT = 48, 255


class Event(Base):
    """One line. `text` keeps the notation of the trade: login in ( ), ids in [ ], amounts in ` `.

    `kind` is the text without what is filled in, like OLLTV SUBSCRIBER RESUME; the lines of a monthly run have none.
    `before` and `after` hold the fields that a change was about.
    """

    __tablename__ = "event_log"
    __table_args__ = (Index(None, "login"), MARIADB)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    login: Mapped[str | None] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(String(TEXT))
    request_id: Mapped[str | None] = mapped_column(String(64))
    kind: Mapped[str | None] = mapped_column(String(KIND))
    before: Mapped[dict[str, object] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, object] | None] = mapped_column(JSON(none_as_null=True))
    mark: Mapped["EventMark | None"] = relationship(lazy="raise")


class EventMark(Base):
    """What a line is found by besides its login and its time: who, and what kind.

    The lines of monthly runs have no mark. They are millions, and two more indexes on them would slow every run down.
    """

    __tablename__ = "event_mark"
    __table_args__ = (Index(None, "actor"), Index(None, "kind"), MARIADB)

    id: Mapped[int] = mapped_column(ForeignKey("event_log.id"), primary_key=True, autoincrement=False)
    actor: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str | None] = mapped_column(String(KIND))


class EventLog:
    """Writes lines in the transaction of a unit of work, so that a line tells of what really was committed."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def write(
        self,
        template: str,
        *,
        actor: Actor,
        at: datetime,
        login: str | None = None,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
        **facts: object,
    ) -> None:
        """Add the line `template` filled in with `login` and `facts`.

        `before` and `after` are the fields of what was changed; those that stayed the same are left out.
        """
        text = template.format(login=login, **facts)
        was, became = changed(before, after)
        kind = kind_of(template)
        self._session.add(
            Event(
                at=at,
                actor=actor.name,
                address=actor.address,
                login=login,
                text=text[:TEXT],
                request_id=request_id(),
                kind=kind,
                before=was,
                after=became,
                mark=EventMark(actor=actor.name, kind=kind),
            )
        )


def kind_of(template: str) -> str:
    """The fixed words of a line: `OLLTV SUBSCRIBER ({login}) RESUME` gives `OLLTV SUBSCRIBER RESUME`."""
    return " ".join(FILLED.sub(" ", template).split())[:KIND]


def changed(
    before: Mapping[str, object] | None, after: Mapping[str, object] | None
) -> tuple[dict[str, object] | None, dict[str, object] | None]:
    """The fields that differ, as JSON; None where there are none."""
    was, became = _plain_fields(before), _plain_fields(after)
    names = [name for name in (was | became) if was.get(name) != became.get(name)]
    return (
        {name: was[name] for name in names if name in was} or None,
        {name: became[name] for name in names if name in became} or None,
    )


def _plain_fields(fields: Mapping[str, object] | None) -> dict[str, object]:
    return {str(name): _plain(value) for name, value in (fields or {}).items()}


def _plain(value: object) -> object:
    """What JSON can hold; amounts and months as they write themselves."""
    match value:
        case Enum():
            return _plain(value.value)
        case None | bool() | int() | str():
            return value
        case Mapping():
            return _plain_fields(value)
        case list() | tuple():
            return [_plain(each) for each in value]
        case set() | frozenset():
            return sorted(str(each) for each in value)
    return value.isoformat() if isinstance(value, date) else str(value)


def request_id() -> str | None:
    """The id of the request that is being served, as bound by the door."""
    value = structlog.contextvars.get_contextvars().get("request_id")
    return None if value is None else str(value)
