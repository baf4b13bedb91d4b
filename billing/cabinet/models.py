"""What is kept of a subscriber's access."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.db import MARIADB, Base, BigId, Instant, words
from billing.factor import Recovery, SecondFactor

IDLE = timedelta(minutes=15)
"""A session that was not seen for so long is over: its last token has expired."""

LONGEST = timedelta(hours=12)
"""After so long every session wants the password again."""

CODE_WAIT = timedelta(minutes=5)
"""So long the second step of a sign-in may take."""

LONGEST_AGENT = 200


class By(StrEnum):
    """What a session was begun with."""

    PASSWORD = "password"  # noqa: S105 (a word)
    ADDRESS = "address"


class CabinetAccount(SecondFactor, Base):
    """What a subscriber decided about his access. The row is made when he signs in for the first time.

    Its lock puts in order what concerns his access. `epoch` is raised whenever all or all other sessions end: a
    sign-in that began before is too late.
    """

    __tablename__ = "cabinet_account"
    __table_args__ = (MARIADB,)

    login: Mapped[str] = mapped_column(String(64), primary_key=True)
    epoch: Mapped[int] = mapped_column(default=0, server_default="0")
    address_off: Mapped[bool] = mapped_column(default=False, server_default="0")


class CabinetRecovery(Recovery, Base):
    """A recovery code of a subscriber."""

    __tablename__ = "cabinet_recovery"
    __table_args__ = (MARIADB,)

    login: Mapped[str] = mapped_column(ForeignKey("cabinet_account.login"), index=True)


class CabinetSession(Base):
    """A subscriber who is signed in, somewhere. Its id is in his tokens; once it has ended they open nothing.

    While it `awaits_code` the second step is missing and there is no token yet.
    """

    __tablename__ = "cabinet_session"
    __table_args__ = (Index(None, "login"), Index(None, "begun_at"), MARIADB)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    login: Mapped[str] = mapped_column(String(64))
    by: Mapped[By] = mapped_column("begun_by", words(By))
    awaits_code: Mapped[bool]
    begun_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    address: Mapped[str] = mapped_column(String(64))
    agent: Mapped[str] = mapped_column(String(LONGEST_AGENT))


def live(login: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What the sessions of `login` have in common that he could use at this moment."""
    mine = CabinetSession.login == login, CabinetSession.ended_at.is_(None), CabinetSession.awaits_code.is_(False)
    return *mine, CabinetSession.seen_at > now - IDLE, CabinetSession.begun_at > now - LONGEST
