"""The event log: who did what, to whom, when, from where. Operators grep its lines, so their wording is fixed."""

from datetime import datetime

import structlog
from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing.actors import Actor
from billing.db import MARIADB, Base, BigId, Instant


class Event(Base):
    """One line. `text` keeps the notation of the trade: login in ( ), ids in [ ], amounts in ` `."""

    __tablename__ = "event_log"
    __table_args__ = (Index(None, "login"), MARIADB)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    login: Mapped[str | None] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(String(255))
    request_id: Mapped[str | None] = mapped_column(String(64))


class EventLog:
    """Writes lines in the transaction of a unit of work, so that a line tells of what really was committed."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def write(self, template: str, *, actor: Actor, at: datetime, login: str | None = None, **facts: object) -> None:
        """Add the line `template` filled in with `login` and `facts`."""
        text = template.format(login=login, **facts)
        self._session.add(
            Event(
                at=at,
                actor=actor.name,
                address=actor.address,
                login=login,
                text=text[:255],
                request_id=request_id(),
            )
        )


def request_id() -> str | None:
    """The id of the request that is being served, as bound by the door."""
    value = structlog.contextvars.get_contextvars().get("request_id")
    return None if value is None else str(value)
