"""The demonstration from its first process to the fee report."""

import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import click
import requests
from sqlalchemy import select

from billing.access import ApiKey, create_key
from billing.actors import Actor
from billing.errors import Misconfigured
from billing.staff import RIGHTS, LoginTaken
from billing.staffing import add_staff
from billing.uow import UnitOfWork, use_case
from olltv_module import queries
from olltv_module.delivery import queue
from olltv_module.models import Fact, Subscriber, Subscription
from olltv_module.services.fees.models import Kind
from suite.children import Children
from suite.cli.console import Console
from suite.cli.fees import report
from suite.demo.chat import WEBMASTER, ChatDemo, load_chat
from suite.demo.evenings import Seat
from suite.demo.load import LOGINS, PASSWORD, DatabaseInUse, Demo, load
from suite.demo.stars import STARS
from suite.demo.streams import SERVERS, StreamDemo, load_streams
from suite.migrate import upgrade
from suite.ports import HOST, Ports
from suite.runtime import Runtime
from suite.serial import ensure_serial, serial_file

OPERATOR = Actor("demo")
STAFF_LOGIN = "admin"
CABINET_KEY = "demo cabinet"
READY_S, DELIVERED_S, CHARGED_S = 60.0, 90.0, 600.0
BOXES = 3
INTERVAL_S = 5
"""How often the media servers of the demonstration report: whoever has no credits left is out within this time."""


class TooSlow(Exception):
    """Something did not come about in time. `str()` says what."""


@dataclass(frozen=True)
class Stage:
    """What the processes of a demonstration share; `options` go into their environment."""

    runtime: Runtime
    ports: Ports
    options: Mapping[str, str]
    children: Children
    subscribers: int = 200
    chat_password: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    chat_token: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)
    """What the chat's sandbox and its tenant share, made anew with each demonstration."""
    stream_key: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    """What links to the streams of the media servers are signed with."""

    def play(self) -> None:
        """Fill the database, start the processes, have the partner told, charge the month, and show all of it.

        The second time data and accounts are there already, and nobody is charged again.

        :raises Died: a process ended
        :raises TooSlow: a process does not come up
        """
        click.echo("Preparing the database and the demo data ...")
        self._start_sandbox()
        self._start_chat()
        self._fill_database()
        self._fill_chat()
        watching = self._fill_streams()
        self._start_nimble()
        click.echo("Starting panel, RemoteAPI, cabinet and worker ...")
        self._start_processes()
        self._seat_viewers(watching)
        click.echo("Telling the partner who watches what ...")
        self._wait_until(self._is_delivered, "the partner was not told", DELIVERED_S)
        self._play_boxes()
        click.echo("Charging the monthly fee through the RemoteAPI ...")
        for line in self._charge():
            click.echo(f"  {line}")
        for line in [*self._addresses(), *self._report()]:
            click.echo(line)

    @property
    def panel(self) -> str:
        return self.ports.url(self.ports.billing)

    @property
    def cabinet(self) -> str:
        return self.ports.url(self.ports.cabinet)

    @property
    def sandbox(self) -> str:
        return self.ports.url(self.ports.sandbox)

    @property
    def chat(self) -> str:
        return self.ports.url(self.ports.chat).rstrip("/")

    @property
    def nimble(self) -> str:
        return self.ports.url(self.ports.nimble).rstrip("/")

    def _start_sandbox(self) -> None:
        state = self.runtime.settings.suite.var_dir / "sandbox.db"
        state.parent.mkdir(parents=True, exist_ok=True)
        arguments = ["--port", str(self.ports.sandbox), "--state", str(state), "--control"]
        self.children.start("sandbox", ["sandbox.ispapi", *arguments], {})

    def _start_chat(self) -> None:
        """The video chat and PayPal."""
        known = {"CHAT_WEBMASTERS": f"{WEBMASTER}:{self.chat_password}", "CHAT_REST_TOKEN": self.chat_token}
        self.children.start("chat", ["sandbox.html5chat", "--port", str(self.ports.chat)], known)
        self.children.start("paypal", ["sandbox.paypal", "--port", str(self.ports.paypal), "--control"], {})

    def _fill_database(self) -> None:
        billing, now = self.runtime.billing, self.runtime.clock()
        upgrade(billing.engine)
        try:
            load(billing, Demo(subscribers=self.subscribers), now=now)
        except DatabaseInUse as error:
            what = "the database holds other subscribers; for the demonstration set DATABASE_URL=sqlite:///var/demo.db"
            raise Misconfigured(what=what) from error
        with suppress(LoginTaken):  # since the last time
            add_staff(billing.uow(), login=STAFF_LOGIN, password=PASSWORD, rights=list(RIGHTS), actor=OPERATOR, now=now)

    def _fill_chat(self) -> None:
        room = self.runtime.chat_provider.public_room
        chat = ChatDemo(url=self.chat, password=self.chat_password, token=self.chat_token, room=room)
        load_chat(self.runtime.billing.uow(), demo=chat, now=self.runtime.clock())

    def _start_nimble(self) -> None:
        """The media servers."""
        handler = f"{self.panel.rstrip('/')}{self.runtime.settings.streams.path}"
        arguments = ["--port", str(self.ports.nimble), "--servers", str(len(SERVERS)), "--handler", handler]
        arguments += ["--interval-s", str(self.runtime.settings.streams.interval_s), "--control"]
        known = {"NIMBLE_TOKEN": self.runtime.settings.streams.token, "NIMBLE_KEY": self.stream_key}
        self.children.start("nimble", ["sandbox.nimble", *arguments], known)

    def _fill_streams(self) -> list[Seat]:
        """Give somebody to watch something; those come back who are watching as the demonstration begins."""
        billing, spool = self.runtime.billing, self.runtime.stream_spool
        demo = StreamDemo(url=self.nimble, key=self.stream_key)
        return load_streams(billing, spool, demo=demo, now=self.runtime.clock())

    def _seat_viewers(self, watching: list[Seat]) -> None:
        """They watch as long as the demonstration goes on."""
        self._wait_until(partial(answers, f"{self.nimble}/healthz"), f"{self.nimble} does not answer", READY_S)
        viewers = [{"viewer": each.name, "stream": each.path, "ip": each.ip} for each in watching]
        requests.post(f"{self.nimble}/control/viewers", json={"viewers": viewers}, timeout=10)

    def _start_processes(self) -> None:
        key = cabinet_key(self.runtime.billing.uow(), now=self.runtime.clock())
        ppv = str(int(self.runtime.settings.ppv.enabled))
        self._start_web("billing", self.ports.billing, {"CABINET_URL": self.cabinet})
        pages = {"CHAT": ppv, "WATCH": ppv}
        self._start_web("cabinet", self.ports.cabinet, {"API_URL": self.panel, "API_KEY": key, **pages})
        self.children.start("worker", ["cron.scheduler"], self.options)
        for url in (self.sandbox, f"{self.panel}healthz", f"{self.cabinet}healthz"):
            self._wait_until(partial(answers, url), f"{url} does not answer", READY_S)

    def _start_web(self, name: str, port: int, env: Mapping[str, str]) -> None:
        numbers = self.runtime.settings.suite.var_dir / "metrics" / name
        shutil.rmtree(numbers, ignore_errors=True)
        numbers.mkdir(parents=True)
        gunicorn = ["gunicorn", "-c", "cron/web.py", "-b", f"{HOST}:{port}", f"wsgi:{name}"]
        self.children.start(name, gunicorn, {**self.options, **env, "PROMETHEUS_MULTIPROC_DIR": str(numbers)})

    def _wait_until(self, done: Callable[[], bool], trouble: str, limit_s: float) -> None:
        deadline = time.monotonic() + limit_s
        while not done():
            self.children.check()
            if time.monotonic() > deadline:
                raise TooSlow(f"{trouble} within {limit_s:.0f} seconds; see the logs in {self.children.logs}")
            time.sleep(0.1)

    def _is_delivered(self) -> bool:
        with self.runtime.billing.reading() as session:
            return queue.length(session, self.runtime.clock()).open == 0

    def _play_boxes(self) -> None:
        """Sign in a set-top box of some subscribers, so that they have a device."""
        query = select(Subscriber.phone, Subscription.code, Subscription.id)
        query = query.join(Subscription, Subscription.subscriber_id == Subscriber.id)
        query = query.where(Subscription.main, Subscription.fact == Fact.ON, Subscription.code.is_not(None))
        with self.runtime.billing.reading() as session:
            rows = session.execute(query.order_by(Subscription.id).limit(BOXES)).all()
        for phone, code, number in rows:
            box = {"phone": phone, "code": code, "mac": f"02{number:010x}", "serial_number": f"DEMO{number:06d}"}
            requests.post(f"{self.sandbox}box", data=box, timeout=10)

    def _charge(self) -> Iterator[str]:
        """The lines of `olltvchargefee`, called as a crontab would."""
        query = {"module": "remoteapi", "key": ensure_serial(self.runtime), "action": "olltvchargefee", "progress": "1"}
        with requests.get(self.panel, params=query, stream=True, timeout=(5, CHARGED_S)) as answer:
            yield from answer.iter_lines(decode_unicode=True)

    def _addresses(self) -> Iterator[str]:
        key = serial_file(self.runtime)
        yield f"""
Panel        {self.panel}  login {STAFF_LOGIN}, password {PASSWORD}
Cabinet      {self.cabinet}  logins {", ".join(LOGINS)}, password {PASSWORD}
Chat         {self.cabinet}chat  performers {", ".join(each.login for each in STARS)}, password {PASSWORD}
PayPal       {self.ports.url(self.ports.paypal)}  a stand-in: payments, refunds, reversals
Streams      {self.cabinet}watch  what they show is watched at {self.nimble}/, media servers in a sandbox
Partner      {self.sandbox}  the sandbox: accounts, devices, calls, a set-top box to play with
RemoteAPI    {self.panel}api/v1/openapi.json
             {self.panel}?module=remoteapi&key=KEY&action=olltvchargefee
             The key (…{ensure_serial(self.runtime)[-4:]}) is in {key}; cron/ubapi reads it there:
             UBAPI_URL={self.panel} UBAPI_KEY_FILE={key} cron/ubapi olltvchargefee
Logs         {self.children.logs}
"""

    def _report(self) -> Iterator[str]:
        """The newest monthly run, in sentences."""
        console = Console(asked_lang="en")
        console.runtime = self.runtime
        with self.runtime.billing.reading() as session:
            [run] = queries.fee_runs(session, kind=Kind.RUN, limit=1)
        yield from report(console, run)
        yield "\nEverything is up. Ctrl-C ends it."


@use_case
def cabinet_key(uow: UnitOfWork, *, now: datetime) -> str:
    """Another key for the cabinet; the one of the last demonstration opens nothing any more."""
    for old in uow.session.scalars(select(ApiKey).where(ApiKey.name == CABINET_KEY, ApiKey.revoked_at.is_(None))):
        old.revoked_at = now
    return create_key(uow, name=CABINET_KEY, scopes=["cabinet"], actor=OPERATOR, now=now)


def answers(url: str) -> bool:
    """Whether `url` answers well."""
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False
