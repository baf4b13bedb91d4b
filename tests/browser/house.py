"""The running suite for browsers: real processes over SQLite, demo data, a sandbox for a partner."""

import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select

from billing.staff import RIGHTS, Staff
from suite.children import Children
from suite.ports import DEFAULTS, Ports
from suite.runtime import build_runtime
from suite.settings import DIRECTORY_VARIABLE, PROJECT
from suite.stage import Stage
from tests.browser.later import ChildrenInTime, Later
from tests.running.panel import CHEAP_HASH
from tests.running.processes import free_port
from tests.sandbox import Sandbox

SUBSCRIBERS = 60
LANGUAGES = ("uk", "ru", "en")
DELIVERED_S = 60.0
OPTIONS = {
    "LANG": "uk",
    "OLLTV_ENABLED": "1",
    "OLLTV_LOGIN": "demo",
    "OLLTV_PASSWORD": "demo",
    "OLLTV_DOMAIN": "isp.example",
    "REMOTEAPI_ENABLED": "1",
    "REMOTEAPI_LEGACY": "1",
    "TOPUP_URL": "https://isp.example/top-up",
}


class House(Stage):
    """A stage without the play: everything is up, nobody has been charged for the present month."""

    def open(self) -> None:
        """Fill the database, start the processes, have the partner told.

        :raises Died: a process ended
        :raises TooSlow: a process does not come up
        """
        self._start_sandbox()
        self._fill_database()
        self._start_processes()
        self._wait_until(self._is_delivered, "the partner was not told", DELIVERED_S)
        self._play_boxes()

    @property
    def partner(self) -> Sandbox:
        """The sandbox's control door."""
        return Sandbox(f"{self.sandbox}ispAPI/")

    @property
    def clock(self) -> Later:
        """The clock of this house, where it was given one."""
        clock = self.runtime.clock
        assert isinstance(clock, Later)
        return clock

    def charge(self) -> list[str]:
        """The monthly fee, as a crontab has it charged; gives the lines of the answer."""
        return list(self._charge())

    def is_delivered(self) -> bool:
        """Whether the partner knows everything."""
        return self._is_delivered()

    @contextmanager
    def slow_partner(self, delay_ms: float) -> Iterator[None]:
        """Whatever is ordered takes him so long."""
        methods = ("addUser", "enableBundle", "changeBundle", "disableBundle")
        self.partner.faults({method: {"delay": 1.0} for method in methods}, delay_ms=delay_ms)
        try:
            yield
        finally:
            self.partner.faults({})

    def serving(self, name: str) -> list[int]:
        """The numbers of the processes that answer for `billing` or `cabinet`, as the Linux kernel knows them."""
        boss = next(child.process.pid for child in self.children.running if child.name == name)
        return [int(pid) for pid in Path(f"/proc/{boss}/task/{boss}/children").read_text().split()]

    @contextmanager
    def silent(self, name: str) -> Iterator[None]:
        """They keep their connections and say nothing."""
        pids = self.serving(name)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    def hire(self, login: str, *, language: str = "en", rights: tuple[str, ...] = RIGHTS) -> str:
        """Someone of the staff, with the password of all tests; gives the login."""
        uow = self.runtime.billing.uow()
        with uow:
            if uow.session.scalar(select(Staff).where(Staff.login == login)) is None:
                row = Staff(login=login, password_hash=CHEAP_HASH, rights=list(rights), language=language)
                row.created_at = self.runtime.clock()
                uow.session.add(row)
        return login


@dataclass(frozen=True)
class Place:
    """Where a house stands: its directory and its ports."""

    folder: Path
    ports: Ports

    def options(self) -> dict[str, str]:
        paypal = f"{self.ports.url(self.ports.paypal)}cgi-bin/webscr"
        return {
            DIRECTORY_VARIABLE: str(self.folder / "config"),
            "DATABASE_URL": f"sqlite:///{self.folder / 'suite.db'}",
            "OLLTV_API_URL": f"{self.ports.url(self.ports.sandbox)}ispAPI/",
            "CABINET_URL": self.ports.url(self.ports.cabinet),
            "PPV_PUBLIC_URL": self.ports.url(self.ports.billing),
            "PPV_PAYPAL_SANDBOX": "1",
            "PPV_PAYPAL_URL": paypal,
            "PPV_PAYPAL_VERIFY_URL": paypal,
            "WEB_CONCURRENCY": "1",
        }


@contextmanager
def open_house(
    folder: Path,
    *,
    subscribers: int = SUBSCRIBERS,
    options: Mapping[str, str] = OPTIONS,
    cabinet: Mapping[str, str] | None = None,
    clock: Later | None = None,
    kind: type[House] = House,
) -> Iterator[House]:
    """Everything up in `folder`; all processes are ended afterwards, whatever happens.

    `options` and `cabinet` stand in the two files of options. With a `clock` the billing goes by that one. Another
    `kind` of house has more in it.
    """
    (folder / "config").mkdir(parents=True)
    (folder / "config" / "alter.ini").write_text(_lines(options))
    shutil.copy(PROJECT / "config" / "userstats.ini", folder / "config")
    with (folder / "config" / "userstats.ini").open("a", encoding="utf-8") as file:
        file.write(f"\n{_lines(cabinet or {})}")  # of two lines with the same name the last one counts
    place = Place(folder, Ports(*(free_port() for _ in DEFAULTS)))
    runtime = build_runtime(env=place.options())
    logs = runtime.settings.suite.log_dir
    children = ChildrenInTime(logs, clock=clock) if clock else Children(logs)
    runtime = replace(runtime, clock=clock) if clock else runtime
    house = kind(runtime, place.ports, place.options(), children, subscribers=subscribers)
    try:
        house.open()
        yield house
    finally:
        children.end()
        runtime.billing.engine.dispose()


def _lines(options: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in options.items())


def axe_source(project: Path) -> str | None:
    """The text of axe-core; None where npm has not fetched it."""
    path = project / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
    return path.read_text(encoding="utf-8") if path.exists() else None
