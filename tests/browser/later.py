"""Time travel for the suite's own processes: `python -m tests.browser.later MODULE ARGUMENTS`.

The module runs as `python -m MODULE ARGUMENTS` would, but its clock is ahead of the real one by as many seconds as
stand in the file that LATER_FILE names. A test moves it forward while the processes run. The partner and the cabinet,
which may stand on other hosts, keep the real time.
"""

import os
import runpy
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import apscheduler.schedulers.base

import billing.clock
from billing.periods import Month
from suite.children import Children

FILE_VARIABLE = "LATER_FILE"
KEEP_REAL_TIME = ("sandbox", "cabinet")


@dataclass(frozen=True)
class Later:
    """A clock that goes as fast as the real one, ahead of it by what its file says; without the file by nothing."""

    file: Path

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    @property
    def ahead(self) -> timedelta:
        """How far it is ahead of the real time."""
        try:
            return timedelta(seconds=float(self.file.read_text()))
        except FileNotFoundError:
            return timedelta()

    def forward(self, to: datetime) -> None:
        """Let it be `to` from now on, for all processes that read this file."""
        assert to > self(), "time moves only forward"
        draft = self.file.with_suffix(".new")
        draft.write_text(str((to - datetime.now(UTC)).total_seconds()))
        draft.replace(self.file)

    def to_next_month(self, month: Month, zone: tzinfo) -> Month:
        """The early morning of the first day after `month`, when crontabs charge the fee; gives that next month."""
        self.forward(month.next().starts(zone) + timedelta(hours=2))
        return month.next()


@dataclass(frozen=True)
class ChildrenInTime(Children):
    """Processes with that clock, but for those that are not the billing's."""

    clock: Later = field(kw_only=True)

    def start(self, name: str, arguments: Sequence[str], env: Mapping[str, str]) -> None:
        if name not in KEEP_REAL_TIME:
            arguments, env = in_time(self.clock, arguments, env)
        super().start(name, arguments, env)


def in_time(clock: Later, arguments: Sequence[str], env: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """How `python -m ARGUMENTS` is started with this clock: arguments and environment."""
    return ["tests.browser.later", *arguments], {**env, FILE_VARIABLE: str(clock.file)}


def main() -> None:
    """Put the clock into the place where all doors take theirs from, before anybody has looked there."""
    assert "suite.runtime" not in sys.modules, "too late to change the clock"
    billing.clock.system_clock = clock = Later(Path(os.environ[FILE_VARIABLE]))
    apscheduler.schedulers.base.datetime = _scheduler_time(clock.ahead)
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _scheduler_time(ahead: timedelta) -> type[datetime]:
    """The scheduler of the worker looks at a clock of its own. It gets the time at which the worker starts, and no jump
    afterwards: it would count every run that was missed in a month.
    """

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + ahead

    return Ahead


if __name__ == "__main__":
    main()
