"""Rows of figures that the worker keeps: what a day came to, and how many watched at once."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from billing.db import MARIADB, Base, Instant, words

ALL_REF = 0
"""What stands for everything together."""


class Scope(StrEnum):
    """What figures are of. Their `ref` is nothing, a server, an application or a stream.

    An application is told by the place of the least number that has its virtual host and name.
    """

    ALL = "all"
    SERVER = "server"
    APPLICATION = "application"
    STREAM = "stream"


class DayRow(Base):
    """The figures of a day that is over. A day in which anybody watched has one of `Scope.ALL`."""

    __tablename__ = "ppv_stream_day"
    __table_args__ = (MARIADB,)

    day: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[Scope] = mapped_column(words(Scope), primary_key=True)
    ref: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    sessions: Mapped[int] = mapped_column(BigInteger)
    accounts: Mapped[int] = mapped_column(BigInteger)
    identifiers: Mapped[int] = mapped_column(BigInteger)
    pairs: Mapped[int] = mapped_column(BigInteger)
    views: Mapped[int] = mapped_column(BigInteger)
    watched_ms: Mapped[int] = mapped_column(BigInteger)
    bytes_sent: Mapped[int] = mapped_column(BigInteger)


class HourPeak(Base):
    """The most who were counted at once in an hour of the operator's, and when that was.

    `begun_ms`, of `Scope.ALL` only: what the day had been watched by the first count in the hour.
    """

    __tablename__ = "ppv_stream_peak"
    __table_args__ = (MARIADB,)

    day: Mapped[int] = mapped_column(primary_key=True)
    hour: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    scope: Mapped[Scope] = mapped_column(words(Scope), primary_key=True)
    ref: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    viewers: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)
    begun_ms: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
