"""The suite as it is served in production: billing and cabinet by gunicorn, over a database of this run."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import requests
from sqlalchemy import Engine, text

from billing.access import create_key
from billing.actors import Actor
from suite.children import Children
from suite.ports import HOST
from suite.runtime import Runtime, build_runtime
from suite.stage import answers
from tests.running.panel import CHEAP_HASH, PASSWORD
from tests.running.processes import free_port, wait_until

READY_S, PATIENCE = 60, 10
ALTER_INI = "LANG=uk\nOLLTV_ENABLED=1\nOLLTV_LOGIN=demo\nOLLTV_PASSWORD=demo\nOLLTV_DOMAIN=isp.example\n"
USERSTATS_INI = "ISP_NAME=Bench\nlang=ukrainian\nTOPUP_URL=https://pay.example/\n"


@dataclass(frozen=True)
class Served:
    """What runs, in `folder`, over the database at `url`."""

    folder: Path
    url: str
    children: Children
    partner: str = "http://127.0.0.1:9/"
    """The TV partner; nobody listens there unless he was started."""

    @property
    def runtime(self) -> Runtime:
        return build_runtime(self.folder / "config", self._env)

    @property
    def _env(self) -> dict[str, str]:
        return {"DATABASE_URL": self.url, "OLLTV_API_URL": f"{self.partner}ispAPI/"}

    @property
    def _with_config(self) -> dict[str, str]:
        return {"OLLTV_CONFIG_DIR": str(self.folder / "config"), **self._env}

    def start(self, name: str, what: str, env: Mapping[str, str], page: str = "healthz") -> int:
        """Have gunicorn serve the WSGI callable `what`; gives the port once `page` is there."""
        port, numbers = free_port(), self.folder / f"numbers-{name}"
        numbers.mkdir()
        gunicorn = ["gunicorn", "-c", "cron/web.py", "-b", f"{HOST}:{port}", what]
        self.children.start(name, gunicorn, {**self._with_config, "PROMETHEUS_MULTIPROC_DIR": str(numbers), **env})
        wait_until(partial(answers, f"http://{HOST}:{port}/{page}"), limit_s=READY_S)
        return port

    def start_cabinet(self) -> int:
        """Billing and cabinet; gives the port of the cabinet."""
        now = self.runtime.clock()
        key = create_key(self.runtime.billing.uow(), name="bench", scopes=["cabinet"], actor=Actor("bench"), now=now)
        billing = self.start("billing", "wsgi:billing", {})
        return self.start("cabinet", "wsgi:cabinet", {"API_URL": f"http://{HOST}:{billing}/", "API_KEY": key})

    def start_worker(self) -> None:
        """The process that tells the partner."""
        self.children.start("worker", ["cron.scheduler"], self._with_config)

    def processor_s(self, name: str) -> float:
        """Processor time that the processes of one child have taken so far, in seconds."""
        [leader] = [each.process.pid for each in self.children.running if each.name == name]
        return sum(_ticks(pid, leader) for pid in os.listdir("/proc") if pid.isdigit()) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(folder: Path, url: str, *, with_partner: bool = False) -> Iterator[Served]:
    """A place for processes, perhaps with a sandbox for a partner; all have ended at the end of the block."""
    (folder / "config").mkdir(parents=True)
    (folder / "config" / "alter.ini").write_text(ALTER_INI)
    (folder / "config" / "userstats.ini").write_text(USERSTATS_INI)
    children = Children(folder / "out")
    try:
        yield Served(folder, url, children, _partner(children)) if with_partner else Served(folder, url, children)
    finally:
        children.end()


def _partner(children: Children) -> str:
    port = free_port()
    children.start("sandbox", ["sandbox.ispapi", "--port", str(port)], {})
    wait_until(partial(answers, f"http://{HOST}:{port}/"), limit_s=READY_S)
    return f"http://{HOST}:{port}/"


def give_passwords(engine: Engine) -> None:
    """Everybody's password is `PASSWORD`."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE host_subscriber SET password_hash = :hash"), {"hash": CHEAP_HASH})


def sign_in(port: int, login: str) -> requests.Session:
    """A browser in which `login` is signed in.

    :raises AssertionError: he was not let in
    """
    browser, address = requests.Session(), f"http://{HOST}:{port}/sign-in"
    answer = _signed_in(browser, address, login)
    for _ in range(PATIENCE):  # every process builds its app at its first request, which may take too long for a page
        if answer.status_code != 503:
            break
        answer = _signed_in(browser, address, login)
    assert answer.status_code == 303, f"{login} is not let in: {answer.status_code}"
    return browser


def _signed_in(browser: requests.Session, address: str, login: str) -> requests.Response:
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(address, timeout=10).text)
    assert found, "there is no form"
    form = {"login": login, "password": PASSWORD, "csrf_token": found[1]}
    return browser.post(address, data=form, allow_redirects=False, timeout=10)


def _ticks(pid: str, leader: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:  # it has ended meanwhile
        return 0
    return int(fields[11]) + int(fields[12]) if int(fields[3]) == leader else 0
