"""What is kept of an action on many subscribers: the action, and a line for each of them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.db import MARIADB, Base, BigId, Instant, words

OPEN = ""
DONE = "done"
NOTHING = "nothing_to_do"
"""What a line says that has no result yet, of a success, and where there was nothing to be done. A refusal is told
by its code."""


class Action(StrEnum):
    SUSPEND = "suspend"
    RESUME = "resume"
    RESUME_FREE = "resume_free"
    DELIVER = "deliver"
    LEAVE = "leave"


class Bulk(Base):
    """An action on many. `why` is the reason of a suspension, `note` what the person wrote, `key` names the form."""

    __tablename__ = "olltv_bulk"
    __table_args__ = (MARIADB,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    action: Mapped[Action] = mapped_column(words(Action))
    why: Mapped[str] = mapped_column(String(16), default="")
    note: Mapped[str] = mapped_column(String(200))
    filter: Mapped[dict[str, object]] = mapped_column(JSON)
    actor: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    total: Mapped[int] = mapped_column(default=0)


class BulkLine(Base):
    """One subscriber of it. `result` is empty until his turn has come; `facts` belong to the result's words."""

    __tablename__ = "olltv_bulk_line"
    __table_args__ = (Index(None, "bulk_id", "result", "subscriber_id"), MARIADB | {"sqlite_with_rowid": False})

    bulk_id: Mapped[int] = mapped_column(ForeignKey("olltv_bulk.id"), primary_key=True, autoincrement=False)
    subscriber_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    login: Mapped[str] = mapped_column(String(64))
    result: Mapped[str] = mapped_column(String(32), default=OPEN)
    facts: Mapped[dict[str, object] | None] = mapped_column(JSON(none_as_null=True))
    done_at: Mapped[datetime | None] = mapped_column(Instant)
