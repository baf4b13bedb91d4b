"""Comparisons with the partner, and the differences that they found, from their being found to their being settled."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.actors import Actor
from billing.db import MARIADB, Base, BigId, Instant, words
from billing.errors import N_, WrongState
from olltv_module.reconcile.differences import Difference, Kind

LEASE = "olltv.reconcile"
"""Who holds it compares; there is one comparison at a time."""

LONGEST = 255
"""Names at the partner may be of any length; longer ones are kept cut."""


class Standing(StrEnum):
    """What became of a difference. Dismissed: a person decided to live with it as it is."""

    OPEN = N_("open")
    REPAIRED = N_("repaired")
    GONE = N_("gone_by_itself")
    DISMISSED = N_("dismissed")


class SettledAlready(WrongState):
    """Somebody was faster, or a newer comparison did not find it any more. Facts: `state`."""

    code = "settled_already"
    text = N_("This difference is settled already: %(state)s. Nothing was changed.")


class Check(Base):
    """One comparison. `counts` has the number of differences by kind, `accounts` of how many were compared.

    One that was broken off has no `finished_at`; `trouble` holds what stopped it, for `billing.errors.recalled`.
    """

    __tablename__ = "olltv_check"
    __table_args__ = (MARIADB,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    started_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(64))
    accounts: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    trouble: Mapped[dict[str, object] | None] = mapped_column(JSON)

    @property
    def found(self) -> int:
        """How many differences it met, the dismissed ones included."""
        return sum(self.counts.values())


class Found(Base):
    """A difference over its life. `check_id` is the newest comparison that met it.

    `live_key` names it as long as it is there, open or dismissed, so that the next comparison knows it again; it is
    empty when it is settled. `actor` and `note` say who settled it and why.
    """

    __tablename__ = "olltv_difference"
    __table_args__ = (
        Index(None, "state", "kind", "id"),
        Index(None, "state", "id"),
        Index(None, "check_id"),
        MARIADB,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    check_id: Mapped[int] = mapped_column(ForeignKey("olltv_check.id"))
    live_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    kind: Mapped[Kind] = mapped_column(words(Kind, length=32))
    login: Mapped[str] = mapped_column(String(LONGEST))
    service: Mapped[str] = mapped_column(String(LONGEST))
    ours: Mapped[str] = mapped_column(String(LONGEST))
    theirs: Mapped[str] = mapped_column(String(LONGEST))
    state: Mapped[Standing] = mapped_column(words(Standing), default=Standing.OPEN)
    found_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    actor: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str | None] = mapped_column(String(200))

    @classmethod
    def of(cls, difference: Difference, *, check_id: int, live_key: str, at: datetime) -> Self:
        return cls(kind=difference.kind, check_id=check_id, live_key=live_key, found_at=at, **_kept(difference))

    @property
    def difference(self) -> Difference:
        return Difference(kind=self.kind, login=self.login, service=self.service, ours=self.ours, theirs=self.theirs)

    def met_again(self, difference: Difference, *, check_id: int) -> None:
        """A newer comparison met it. One that was dismissed is open again if it has changed since."""
        facts = _kept(difference)
        if self.state is Standing.DISMISSED and (facts["ours"], facts["theirs"]) != (self.ours, self.theirs):
            self.reopen()
        self.check_id, self.ours, self.theirs = check_id, facts["ours"], facts["theirs"]

    def settle(self, state: Standing, *, actor: Actor, at: datetime, note: str | None = None) -> None:
        """:raises SettledAlready: it is not open any more"""
        if self.state is not Standing.OPEN:
            raise SettledAlready(state=self.state)
        self.state, self.actor, self.settled_at, self.note = state, actor.name, at, note
        if state is not Standing.DISMISSED:
            self.live_key = None

    def reopen(self) -> None:
        """:raises SettledAlready: it was not dismissed but is really settled"""
        if self.state is not Standing.DISMISSED:
            raise SettledAlready(state=self.state)
        self.state, self.settled_at, self.actor, self.note = Standing.OPEN, None, None, None


def _kept(difference: Difference) -> dict[str, str]:
    return {name: text[:LONGEST] for name, text in vars(difference).items() if name != "kind"}
