"""The arithmetic of a show: seconds into credits, credits into seconds, and what ends it. Pure, whole numbers only.

Time comes from our clock alone. A show is charged by its total, so that rounding happens once a show, not once a tick.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from ppv_module.chat.models import Rounding
from ppv_module.chat.shows.models import EndReason

MS = timedelta(milliseconds=1)
PRECEDENCE = (
    EndReason.CREDITS_EXHAUSTED,
    EndReason.VIEWER_LOST,
    EndReason.PERFORMER_LOST,
    EndReason.MAX_DURATION,
    EndReason.TICK_TIMEOUT,
)
"""Which of several ends at one instant counts."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a show was agreed for. `rate` in credits a minute, times in seconds."""

    rate: int
    rounding: Rounding
    grace_s: int
    min_charge_credits: int
    max_tick_gap_s: int
    tick_timeout_s: int
    resume_window_s: int
    max_show_s: int
    low_warn_s: int

    @classmethod
    def of(cls, rate: int, rules: Mapping[str, Any]) -> Self:
        """The terms of a show with this rate and the rules that it keeps."""
        return cls(
            rate=rate,
            rounding=Rounding(rules["rounding"]),
            grace_s=rules["grace_s"],
            min_charge_credits=rules["min_charge_credits"],
            max_tick_gap_s=rules["max_tick_gap_s"],
            tick_timeout_s=rules["tick_timeout_s"],
            resume_window_s=rules["resume_window_s"],
            max_show_s=rules["max_show_s"],
            low_warn_s=rules["low_warn_s"],
        )


@dataclass(frozen=True, kw_only=True)
class Meter:
    """Where the meter of a live show stands. `lost` tells who was missing at the mark; empty while both are there."""

    ready_at: datetime
    mark_at: datetime
    billed_ms: int = 0
    charged: int = 0
    lost: EndReason | None = None
    resume_deadline: datetime | None = None

    @property
    def seconds(self) -> int:
        return self.billed_ms // 1000


@dataclass(frozen=True, kw_only=True)
class Step:
    """What a tick does: the meter after it, what it adds, and where it ends the show, why and when."""

    meter: Meter
    ms_added: int = 0
    credits_added: int = 0
    end: EndReason | None = None
    ended_at: datetime | None = None


def due(terms: Terms, seconds: int) -> int:
    """Credits that `seconds` of a show cost in all."""
    paid_for = seconds - terms.grace_s
    if paid_for <= 0:
        return 0
    if terms.rounding is Rounding.PER_SECOND:
        return max(-(-paid_for * terms.rate // 60), terms.min_charge_credits)
    return max(terms.rate * -(-paid_for // 60), terms.min_charge_credits)


def affordable(terms: Terms, budget: int) -> int:
    """Seconds of a show that `budget` credits pay for in all."""
    is_exact = terms.rounding is Rounding.PER_SECOND
    paid_for = 60 * budget // terms.rate if is_exact else budget // terms.rate * 60
    return max(paid_for, 0) + terms.grace_s


def seconds_left(terms: Terms, meter: Meter, balance: int) -> int:
    """Seconds that the viewer can still pay for, counted from the mark."""
    return max(affordable(terms, meter.charged + balance) - meter.seconds, 0)


def step(terms: Terms, meter: Meter, *, at: datetime, balance: int, absent: EndReason | None = None) -> Step:
    """A tick at `at`. `absent` is how the show would end if the side that is missing now stayed away.

    Time counts where both sides are there, now and at the mark before. Nothing is ever billed twice: the mark never
    goes back, even when the clock does. The last second that the budget pays for ends the show.
    """
    at = whole_ms(at)
    if meter.lost and meter.resume_deadline and at > meter.resume_deadline:
        return Step(meter=meter, end=meter.lost, ended_at=meter.resume_deadline)
    limit = meter.ready_at + timedelta(seconds=terms.max_show_s)
    is_running = meter.lost is None and absent is None
    elapsed_ms = _clamped(min(at, limit) - meter.mark_at, terms.max_tick_gap_s) if is_running else 0
    budget = meter.charged + balance
    cap_ms = affordable(terms, budget) * 1000
    billed_ms = max(meter.billed_ms, min(meter.billed_ms + elapsed_ms, cap_ms))
    charged = max(meter.charged, min(due(terms, billed_ms // 1000), budget))
    moved = _marked(terms, replace(meter, billed_ms=billed_ms, charged=charged), at, absent)
    end, ended_at = None, None
    if billed_ms >= cap_ms:
        end, ended_at = EndReason.CREDITS_EXHAUSTED, meter.mark_at + (billed_ms - meter.billed_ms) * MS
    elif at >= limit:
        end, ended_at = EndReason.MAX_DURATION, limit
    return Step(
        meter=moved,
        ms_added=billed_ms - meter.billed_ms,
        credits_added=charged - meter.charged,
        end=end,
        ended_at=ended_at,
    )


def whole_ms(at: datetime) -> datetime:
    """`at` without what is shorter than a millisecond: so that many short steps add up to one long one."""
    return at - timedelta(microseconds=at.microsecond % 1000)


def _clamped(elapsed: timedelta, most_s: int) -> int:
    """Whole milliseconds of `elapsed`, at least none and at most `most_s` seconds."""
    return min(max(elapsed // MS, 0), most_s * 1000)


def _marked(terms: Terms, meter: Meter, at: datetime, absent: EndReason | None) -> Meter:
    mark_at = max(meter.mark_at, at)
    if absent is None:
        return replace(meter, mark_at=mark_at, lost=None, resume_deadline=None)
    deadline = meter.resume_deadline or mark_at + timedelta(seconds=terms.resume_window_s)
    return replace(meter, mark_at=mark_at, lost=absent, resume_deadline=deadline)


def fate(terms: Terms, meter: Meter, balance: int) -> tuple[datetime, EndReason]:
    """When and why the show ends unless a tick comes before.

    Credits end it only where a tick could still be billed up to their last second; who is gone costs nothing.
    """
    ends = [
        (meter.ready_at + timedelta(seconds=terms.max_show_s), EndReason.MAX_DURATION),
        (meter.mark_at + timedelta(seconds=terms.tick_timeout_s), EndReason.TICK_TIMEOUT),
    ]
    if meter.lost and meter.resume_deadline:
        ends.append((meter.resume_deadline, meter.lost))
    elif seconds_left(terms, meter, balance) <= terms.max_tick_gap_s:
        left_ms = affordable(terms, meter.charged + balance) * 1000 - meter.billed_ms
        ends.append((meter.mark_at + max(left_ms, 0) * MS, EndReason.CREDITS_EXHAUSTED))
    return min(ends, key=lambda end: (end[0], PRECEDENCE.index(end[1])))
