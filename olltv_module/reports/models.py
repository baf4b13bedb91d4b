"""Small tables that the worker keeps, so that a page reads a handful of rows however many subscribers there are."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.db import MARIADB, Base, Instant


class Figures(Base):
    """The newest snapshot of one kind, as plain data."""

    __tablename__ = "olltv_figures"
    __table_args__ = (MARIADB,)

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[dict[str, object]] = mapped_column(JSON)
    taken_at: Mapped[datetime] = mapped_column(Instant)


class MonthFigures(Base):
    """How one month (`YYYY-MM`) went: who began and broke off main tariffs, how many had one at its end, the revenue.

    Whoever changes one main for another neither begins nor breaks off.
    """

    __tablename__ = "olltv_month"
    __table_args__ = (MARIADB,)

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    started: Mapped[int]
    ended: Mapped[int]
    at_end: Mapped[int]
    revenue_minor: Mapped[int] = mapped_column(BigInteger)


class PartnerHour(Base):
    """Calls to the partner that ended within the hour that begins at `hour`, of all processes.

    Refused: a definite no. Failed: no clear answer, or our login is not accepted.
    """

    __tablename__ = "olltv_partner_hour"
    __table_args__ = (MARIADB,)

    hour: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    calls: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    last_success_at: Mapped[datetime | None] = mapped_column(Instant)
    last_trouble_at: Mapped[datetime | None] = mapped_column(Instant)
    last_trouble: Mapped[str | None] = mapped_column(String(200))


class PartnerReport(Base):
    """That the partner's report of a month (`YYYY-MM`) was fetched, and how many purchases it lists."""

    __tablename__ = "olltv_partner_report"
    __table_args__ = (MARIADB,)

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    fetched_at: Mapped[datetime] = mapped_column(Instant)
    purchases: Mapped[int]


class PartnerSum(Base):
    """The purchases of one of the partner's service ids in his report of a month, added up."""

    __tablename__ = "olltv_partner_month"
    __table_args__ = (MARIADB,)

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    service: Mapped[str] = mapped_column(String(128), primary_key=True)
    purchases: Mapped[int]
    retail_minor: Mapped[int] = mapped_column(BigInteger)
    provider_minor: Mapped[int] = mapped_column(BigInteger)
