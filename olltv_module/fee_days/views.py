"""Fee days as pages show them: plain values, safe to keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from billing.errors import N_
from billing.money import Money
from billing.periods import Month
from olltv_module.services.fees.models import Change, Outcome

PAYS = (Outcome.CHARGED, Outcome.KEPT_MAIN)


class DayState(StrEnum):
    """How far the fee of a month, or one run, is."""

    DONE = N_("done")
    UNDER_WAY = N_("under way")
    BROKEN_OFF = N_("broken off")
    MISSED = N_("missed")
    DUE = N_("to be charged now")
    AHEAD = N_("not yet")
    BEFORE = N_("before the first run")


CHANGES = {
    Change.STARTED: N_("new payers"),
    Change.STOPPED: N_("pay no more"),
    Change.OTHER_SUM: N_("pay another sum"),
}
"""Kinds of changes as people call them; marked texts."""


@dataclass(frozen=True)
class FeeMonth:
    """A month of the calendar. A month that was charged again for late ones has several runs; `run_id` is the first.

    `pays` and `suspended` count subscribers of all of them together.
    """

    month: Month
    state: DayState
    run_id: int | None
    preview_id: int | None
    runs: int
    actor: str
    started_at: datetime | None
    finished_at: datetime | None
    pays: int
    suspended: int
    charged: Money
    lack: Money

    @property
    def can_be_charged(self) -> bool:
        return self.state in (DayState.DUE, DayState.MISSED, DayState.BROKEN_OFF)


@dataclass(frozen=True)
class Changed:
    """Of one kind of change: how many payers, and by how much the sum of the fee day differs."""

    kind: Change
    number: int
    difference: Money


@dataclass(frozen=True)
class Review:
    """What was found out about a run. `previous` is the month that it is compared with, None when there was none."""

    is_done: bool
    previous: Month | None
    changes: Sequence[Changed]
    difference: Money
    posted: int
    posted_sum: Money
    lines: int
    lines_sum: Money
    is_proved: bool


@dataclass(frozen=True)
class Run:
    """A run or preview. `review` is None as long as nobody has looked at it afterwards.

    `is_under_way`: a living process is at it. One that is neither that nor done was broken off.
    """

    id: int
    is_preview: bool
    month: Month
    actor: str
    address: str
    started_at: datetime
    finished_at: datetime | None
    is_done: bool
    is_under_way: bool
    percent: int
    outcomes: dict[Outcome, int]
    fees: int
    charged: Money
    lack: Money
    already_paid: int
    switched_off: int
    being_ordered: int
    missed: Sequence[Month]
    review: Review | None

    @property
    def state(self) -> DayState:
        if self.is_done:
            return DayState.DONE
        return DayState.UNDER_WAY if self.is_under_way else DayState.BROKEN_OFF

    @property
    def pays(self) -> int:
        return sum(self.outcomes[each] for each in PAYS)

    @property
    def suspended(self) -> int:
        """Who loses television altogether."""
        return sum(number for outcome, number in self.outcomes.items() if outcome not in PAYS)

    @property
    def subscribers(self) -> int:
        return sum(self.outcomes.values())


@dataclass(frozen=True)
class ChangeView:
    """A subscriber who does not pay on this fee day what he paid on the one before."""

    login: str
    before: Money
    after: Money

    @property
    def difference(self) -> Money:
        return self.after - self.before


@dataclass(frozen=True)
class NextDay:
    """The next fee day: its month, when that begins, whether it is due already, and its preview if there is one."""

    month: Month
    at: datetime
    is_due: bool
    preview: Run | None
