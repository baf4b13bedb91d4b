"""The running suite for browsers: real processes over SQLite, demo data, a sandbox for a partner."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from billing.staff import RIGHTS, Staff
from suite.children import Children
from suite.ports import Ports
from suite.runtime import build_runtime
from suite.settings import DIRECTORY_VARIABLE, PROJECT
from suite.stage import Stage
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
        return {
            DIRECTORY_VARIABLE: str(self.folder / "config"),
            "DATABASE_URL": f"sqlite:///{self.folder / 'suite.db'}",
            "OLLTV_API_URL": f"{self.ports.url(self.ports.sandbox)}ispAPI/",
            "CABINET_URL": self.ports.url(self.ports.cabinet),
            "WEB_CONCURRENCY": "1",
        }


@contextmanager
def open_house(folder: Path, *, subscribers: int = SUBSCRIBERS) -> Iterator[House]:
    """Everything up in `folder`; all processes are ended afterwards, whatever happens."""
    (folder / "config").mkdir(parents=True)
    (folder / "config" / "alter.ini").write_text("".join(f"{name}={value}\n" for name, value in OPTIONS.items()))
    shutil.copy(PROJECT / "config" / "userstats.ini", folder / "config")
    place = Place(folder, Ports(free_port(), free_port(), free_port()))
    runtime = build_runtime(env=place.options())
    children = Children(runtime.settings.suite.log_dir)
    house = House(runtime, place.ports, place.options(), children, subscribers=subscribers)
    try:
        house.open()
        yield house
    finally:
        children.end()
        runtime.billing.engine.dispose()


def axe_source(project: Path) -> str | None:
    """The text of axe-core; None where npm has not fetched it."""
    path = project / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
    return path.read_text(encoding="utf-8") if path.exists() else None
