"""The product's own path: what `olltv fee` does, in this process to time it and as a command to weigh it."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from time import perf_counter
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, event

from billing.actors import Actor
from billing.db import open_engine
from billing.host.native import NativeHost
from billing.periods import Month
from billing.uow import Billing
from olltv_module.options import OlltvOptions
from olltv_module.services.fees.run import CHUNK_SUBSCRIBERS, FeeDay, charge

CRON = Actor("cron")


@dataclass
class Watch:
    """What an engine did: `statements` sent, and the longest transaction in seconds."""

    statements: int = 0
    longest_s: float = 0.0
    _began: float = field(default=0.0, repr=False)

    def over(self, engine: Engine) -> "Watch":
        event.listen(engine, "before_cursor_execute", self._sent)
        event.listen(engine, "begin", self._begins)
        event.listen(engine, "checkin", self._ends)
        return self

    def _sent(self, *_: object) -> None:
        self.statements += 1

    def _begins(self, _connection: object) -> None:
        self._began = perf_counter()

    def _ends(self, *_: object) -> None:
        """The connection goes back right after the commit, whose time belongs to the transaction."""
        self.longest_s = max(self.longest_s, perf_counter() - self._began)


def billing_over(url: str) -> Billing:
    """The core over a database, with the options as they are delivered."""
    return Billing(
        engine=open_engine(url),
        unit="UAH",
        zone=ZoneInfo("Europe/Kyiv"),
        host=lambda session, ledger: NativeHost(session, ledger, "UAH"),
        options={OlltvOptions: OlltvOptions(enabled=True, login="bench", password="bench", domain="isp.example")},
    )


@dataclass
class Product:
    """The monthly run, on a database of its own. `watch` and `per_chunk` (statements) tell of the last one."""

    url: str
    watch: Watch = field(default_factory=Watch)
    per_chunk: list[int] = field(default_factory=list)

    def run(self, month: Month) -> None:
        """Charge everybody for `month`."""
        billing = billing_over(self.url)
        self.watch, counts = Watch().over(billing.engine), list[int]()
        now = datetime(month.year, month.month, 2, tzinfo=UTC)
        for _ in charge(FeeDay(billing, lambda: now, CHUNK_SUBSCRIBERS), actor=CRON):
            counts.append(self.watch.statements)
        self.per_chunk = [later - earlier for earlier, later in pairwise(counts[:-1])]
        billing.engine.dispose()

    def peak_mib(self, month: Month) -> float:
        """Run `olltv fee` as a command; its largest resident size in MiB."""
        command = [sys.executable, "-m", "suite.cli", "fee", "--json", "--period", str(month)]
        process = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": self.url}, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"olltv fee ended with {process.returncode}")
        return usage.ru_maxrss / 1024
