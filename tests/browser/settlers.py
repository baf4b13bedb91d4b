"""Subscribers of one test each in the house of the cabinet, and the truth about them: books, orders, the partner."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from itertools import count

import requests
from sqlalchemy import func, select

from billing.actors import Actor
from billing.ledger.models import Transfer
from billing.money import Money
from olltv_module.models import Tariff
from olltv_module.services import orders, registering, wallets
from olltv_module.services.money import KEY_PREFIX
from tests.browser import house as panel_house
from tests.browser.house import House
from tests.browser.later import in_time
from tests.running.panel import PASSWORD
from tests.running.processes import process, wait_until
from tests.support import assert_books_balance, available, balance, money, subscriber

NEIGHBOURS = 5
OPTIONS = panel_house.OPTIONS | {"OLLTV_AUTORESUME": "1", "OLLTV_SELF_DEVICES": "2", "OLLTV_WAIT": "2"}
CABINET = {
    "TOPUP_URL": "https://isp.example/top-up",
    "ISP_NAME": '"Приклад-Нет"',
    "ISP_URL": "https://isp.example/",
    "currency": "UAH",
    "SUPPORT_PHONE": '"+38 044 123 45 67"',
    "SUPPORT_EMAIL": "help@isp.example",
    "SUPPORT_URL": "https://isp.example/chat",
    "SUPPORT_HOURS": '"9:00–21:00"',
}
CASHIER = Actor("cash desk", "127.0.0.1")
START, MAXIMUM, SPORT = "main_start", "main_max", "sport"


@dataclass(frozen=True)
class Settler:
    """A subscriber. What is asked of him is read where the truth is kept, not from a page."""

    house: House
    login: str
    mobile: str
    payments: Iterator[int] = field(default_factory=count)

    def pay(self, amount: str) -> None:
        """Money comes in for him: `pay("200.00")`."""
        wallets.top_up(
            self.house.runtime.billing.uow(),
            login=self.login,
            amount=money(f"{amount} UAH"),
            key=f"{self.login}-{next(self.payments)}",
            actor=CASHIER,
            now=self.house.runtime.clock(),
        )

    def order(self, *services: str) -> None:
        """Somebody of the staff orders it for him."""
        billing, clock = self.house.runtime.billing, self.house.clock
        with billing.reading() as session:
            found = session.execute(select(Tariff.service, Tariff.id, Tariff.main)).all()
        for service, tariff_id, is_main in found:
            if service in services:
                place = orders.subscribe if is_main else orders.add_addon
                place(billing.uow(), login=self.login, tariff_id=tariff_id, actor=CASHIER, now=clock())

    def mark(self, **flags: bool) -> None:
        """Freeze him, or switch him off: `mark(frozen=True)`."""
        uow = self.house.runtime.billing.uow()
        with uow:
            uow.host.set_flags(self.login, **flags)  # type: ignore[attr-defined]

    @property
    def code(self) -> str:
        """What he types on a device."""
        return next(each.code or "" for each in subscriber(self.house.runtime.billing, self.login).live)

    @property
    def wallet(self) -> tuple[str, str]:
        """Balance, and what of it is not reserved: ("150.00 UAH", "150.00 UAH")."""
        billing = self.house.runtime.billing
        return str(balance(billing, self.login)), str(available(billing, self.login))

    @property
    def has(self) -> dict[str, str]:
        """The state of each subscription that is not over, by the partner's name of it."""
        live = subscriber(self.house.runtime.billing, self.login).live
        with self.house.runtime.billing.reading() as session:
            names = dict(session.execute(select(Tariff.id, Tariff.service)).tuples().all())
        return {names[each.tariff_id]: str(each.state) for each in live}

    @property
    def ordered(self) -> int:
        """How many subscriptions he has ever had, whatever has become of them."""
        return len(subscriber(self.house.runtime.billing, self.login).subscriptions)

    @property
    def fees(self) -> int:
        """How often a fee was taken from him."""
        mine = Transfer.login == self.login, Transfer.key.startswith(KEY_PREFIX)
        with self.house.runtime.billing.reading() as session:
            return session.scalar(select(func.count()).select_from(Transfer).where(*mine)) or 0

    @property
    def on(self) -> set[str]:
        """What the partner shows him."""
        return self.house.partner.on(self.login)

    @property
    def devices(self) -> set[str]:
        """The MAC addresses of what the partner has of him."""
        return set(self.house.partner.devices(self.login))

    def switch_box_on(self, code: str, phone: str, mac: str) -> int:
        """His set-top box signs in at the partner with what the cabinet showed; gives the status of the answer."""
        marks = {"phone": phone, "code": code, "mac": mac, "serial_number": f"SN{mac.replace(':', '')}"}
        return requests.post(f"{self.house.sandbox}box", data=marks, timeout=10).status_code


@dataclass(frozen=True)
class Settlers:
    """Makes subscribers, each for one test, and moves the time of the whole house."""

    house: House
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def settle(self, name: str, wallet: str = "0", mobile: str | None = None) -> Settler:
        """A newcomer with so many hryvnias, who can sign in with the password of all tests."""
        number = next(self.numbers)
        login = f"{name}-{number}"
        mobile = f"067{number:07d}" if mobile is None else mobile
        registering.register(
            self.house.runtime.billing.uow(),
            login=login,
            password=PASSWORD,
            credit=Money(0, "UAH"),
            profile={"name": "Софія Мороз", "address": "вул. Садова, 7", "mobile": mobile},
            actor=CASHIER,
            now=self.house.runtime.clock(),
        )
        settler = Settler(self.house, login, mobile)
        if float(wallet):
            settler.pay(wallet)
        return settler

    @cached_property
    def tariffs(self) -> dict[str, int]:
        """The numbers of the tariffs by the partner's names."""
        with self.house.runtime.billing.reading() as session:
            return dict(session.execute(select(Tariff.service, Tariff.id)).tuples().all())

    def fee_day(self) -> list[str]:
        """The first day of the next month comes, and the crontab charges the fee as it always did."""
        billing, clock = self.house.runtime.billing, self.house.clock
        clock.to_next_month(billing.month(clock()), billing.zone)
        lines = list(self.house.charge())
        self.settled()
        return lines

    def wait(self, delay: timedelta) -> None:
        """So much time goes by, and a second."""
        self.house.clock.forward(self.house.clock() + delay + timedelta(seconds=1))

    def settled(self) -> None:
        """Wait until the partner knows everything."""
        wait_until(self.house.is_delivered, limit_s=30)

    def new_worker(self, done: Callable[[], object]) -> None:
        """Another worker comes, does all jobs that a worker does at its start, and goes as soon as `done` holds."""
        arguments, env = in_time(self.house.clock, ["cron.scheduler"], self.house.options)
        with process(*arguments, env=env):
            wait_until(done, limit_s=30)

    def audit(self) -> None:
        """The books are right."""
        assert_books_balance(self.house.runtime.billing)
