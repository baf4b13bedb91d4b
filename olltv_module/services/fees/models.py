"""What is kept of a run: the run itself, one line a subscriber, and the prices that were in force for it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.db import MARIADB, Base, BigId, Instant, words
from billing.errors import N_

JOURNAL_PREFIX = "olltv.fee_run:"
"""With the number of a run: the journal of its transfers."""


class Kind(StrEnum):
    RUN = "run"
    PREVIEW = "preview"


class Outcome(StrEnum):
    """What the run does with a subscriber. Kept main: the main is paid, what cannot be paid beside it goes off."""

    CHARGED = N_("charged")
    KEPT_MAIN = N_("kept_main")
    NO_MONEY = N_("no_money")
    FROZEN = N_("frozen")
    GONE = N_("gone")


class Change(StrEnum):
    """What a subscriber does on a fee day that he did not on the one before."""

    STARTED = "started"
    STOPPED = "stopped"
    OTHER_SUM = "other_sum"


class FeeRun(Base):
    """A monthly run or its preview. `cursor` is the last subscriber that is done; amounts are minor units.

    `missed` names months before this one that were never run, separated by commas. `already_paid`, `switched_off`
    and `being_ordered` count the subscriptions that the run had no business with when it began.
    """

    __tablename__ = "olltv_fee_run"
    __table_args__ = (Index(None, "kind", "period"), MARIADB)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[Kind] = mapped_column(words(Kind))
    period: Mapped[str] = mapped_column(String(7))
    actor: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    missed: Mapped[str] = mapped_column(String(200), default="")
    started_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    cursor: Mapped[int] = mapped_column(BigInteger, default=0)
    last_id: Mapped[int] = mapped_column(BigInteger)
    charged: Mapped[int] = mapped_column(default=0)
    kept_main: Mapped[int] = mapped_column(default=0)
    no_money: Mapped[int] = mapped_column(default=0)
    frozen: Mapped[int] = mapped_column(default=0)
    gone: Mapped[int] = mapped_column(default=0)
    fees: Mapped[int] = mapped_column(default=0)
    charged_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    lack_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    already_paid: Mapped[int] = mapped_column(default=0)
    switched_off: Mapped[int] = mapped_column(default=0)
    being_ordered: Mapped[int] = mapped_column(default=0)

    @property
    def is_done(self) -> bool:
        return self.finished_at is not None

    @property
    def percent(self) -> int:
        """How far the run is, by subscribers' ids."""
        return 100 if self.is_done or not self.last_id else min(99, 100 * self.cursor // self.last_id)

    @property
    def suspended(self) -> int:
        """How many subscribers go off altogether."""
        return self.no_money + self.frozen + self.gone


class FeeLine(Base):
    """What a run does, or a preview would do, with one subscriber who owes something for its period.

    `due_minor` is what he owes, `charged_minor` what is taken for `fees` subscriptions, `lack_minor` what is missing.
    """

    __tablename__ = "olltv_fee_line"
    __table_args__ = (MARIADB | {"sqlite_with_rowid": False},)

    run_id: Mapped[int] = mapped_column(ForeignKey("olltv_fee_run.id"), primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    wallet_id: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[Outcome] = mapped_column(words(Outcome))
    main_due: Mapped[bool]
    fees: Mapped[int]
    due_minor: Mapped[int] = mapped_column(BigInteger)
    charged_minor: Mapped[int] = mapped_column(BigInteger)
    lack_minor: Mapped[int] = mapped_column(BigInteger)


class FeeUnpaid(Base):
    """A line whose outcome is another one than "charged"."""

    __tablename__ = "olltv_fee_unpaid"
    __table_args__ = (MARIADB | {"sqlite_with_rowid": False},)

    run_id: Mapped[int] = mapped_column(ForeignKey("olltv_fee_run.id"), primary_key=True)
    outcome: Mapped[Outcome] = mapped_column(words(Outcome), primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class FeePrice(Base):
    """The fee of a tariff in one run: fixed at its start, so that a change of price cannot split a run."""

    __tablename__ = "olltv_fee_price"
    __table_args__ = (MARIADB,)

    run_id: Mapped[int] = mapped_column(ForeignKey("olltv_fee_run.id"), primary_key=True)
    tariff_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    fee_minor: Mapped[int] = mapped_column(BigInteger)
    fee_text: Mapped[str] = mapped_column(String(24))


class FeeReview(Base):
    """What is found out about a run after its end: how it differs from the fee day before, and its money in the ledger.

    `previous` is the period that it is compared with, empty when none was charged before; `cursor` is the last
    subscriber that is compared. Of each kind of change: how many payers, and by how many minor units the sum of the
    fee day changes. `posted` and `posted_minor` are the transfers of the run in the ledger, `lines` and `lines_minor`
    the fees that its lines tell of; both are counted anew, from their rows.
    """

    __tablename__ = "olltv_fee_review"
    __table_args__ = (MARIADB,)

    run_id: Mapped[int] = mapped_column(ForeignKey("olltv_fee_run.id"), primary_key=True, autoincrement=False)
    previous: Mapped[str] = mapped_column(String(7))
    cursor: Mapped[int] = mapped_column(BigInteger, default=0)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    started: Mapped[int] = mapped_column(default=0)
    started_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    stopped: Mapped[int] = mapped_column(default=0)
    stopped_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    other_sum: Mapped[int] = mapped_column(default=0)
    other_sum_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    posted: Mapped[int] = mapped_column(default=0)
    posted_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    lines: Mapped[int] = mapped_column(default=0)
    lines_minor: Mapped[int] = mapped_column(BigInteger, default=0)

    @property
    def is_done(self) -> bool:
        return self.done_at is not None

    @property
    def is_proved(self) -> bool:
        """Whether the ledger has exactly the fees that the lines tell of."""
        return self.is_done and (self.posted, self.posted_minor) == (self.lines, self.lines_minor)


class FeeChange(Base):
    """A subscriber who does not pay on this fee day what he paid on the one before; minor units, 0 for nothing."""

    __tablename__ = "olltv_fee_change"
    __table_args__ = (MARIADB | {"sqlite_with_rowid": False},)

    run_id: Mapped[int] = mapped_column(ForeignKey("olltv_fee_run.id"), primary_key=True)
    kind: Mapped[Change] = mapped_column(words(Change), primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    before_minor: Mapped[int] = mapped_column(BigInteger)
    after_minor: Mapped[int] = mapped_column(BigInteger)
