"""What tests share: a clock that stands still, factories, and the question whether the books are right."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import select

from billing.actors import Actor
from billing.host.base import Person
from billing.host.native import NativeHost
from billing.ledger.audit import Finding, audit
from billing.ledger.models import Account
from billing.money import Money
from billing.uow import Billing
from olltv_module.audit import CHECKS as OLLTV_CHECKS
from olltv_module.models import Subscriber, Tariff
from olltv_module.services import tariffs
from ppv_module.audit import CHECKS as PPV_CHECKS
from weblib.logs import configure_logs

STAFF = Actor("olena", "10.0.0.5")
GUEST = Actor("guest")
NOV_10 = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
DEC_1 = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)


class Crash(BaseException):
    """The process dies here."""


@dataclass
class FakeClock:
    """Stands still until it is moved. Its `nap` passes time instead of waiting."""

    now: datetime = NOV_10

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **delta: float) -> datetime:
        self.now += timedelta(**delta)
        return self.now

    def nap(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def money(text: str) -> Money:
    """money("150.00 UAH")"""
    amount, unit = text.rsplit(" ", 1)
    sign = -1 if amount.startswith("-") else 1
    return Money(sign * Money.parse(amount.lstrip("-"), unit).minor, unit)


@dataclass
class Make:
    """Factories. Whatever is not said has a sensible value."""

    billing: Billing
    clock: FakeClock
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def subscriber(self, login: str = "", wallet: str = "0 UAH", credit: str = "0 UAH", **profile: object) -> Person:
        number = next(self.numbers)
        login = login or f"user{number}"
        profile.setdefault("mobile", f"05012{number:05d}")
        uow = self.billing.uow()
        with uow:
            host: NativeHost = uow.host  # type: ignore[assignment]
            person = host.add(login=login, credit=money(credit), **profile)  # type: ignore[arg-type]
        if money(wallet).minor:
            self.top_up(login, wallet)
        return person

    def top_up(self, login: str, amount: str) -> None:
        uow = self.billing.uow()
        with uow:
            key = f"test-{next(self.numbers)}"
            uow.host.top_up(login=login, amount=money(amount), key=key, source="cash", actor="test", at=self.clock())

    def tariff(self, fee: str = "50.00 UAH", *, main: bool = True, service: str = "", name: str = "") -> Tariff:
        number = next(self.numbers)
        return tariffs.create(
            self.billing.uow(),
            name=name or f"Tariff {number}",
            service=service or f"service_{number}",
            fee=money(fee),
            main=main,
            actor=STAFF,
            now=self.clock(),
        )


def balance(billing: Billing, login: str) -> Money:
    with billing.reading() as session:
        return session.scalars(select(Account).where(Account.code == f"wallet:{login}")).one().balance


def available(billing: Billing, login: str) -> Money:
    with billing.reading() as session:
        return session.scalars(select(Account).where(Account.code == f"wallet:{login}")).one().available


def subscriber(billing: Billing, login: str) -> Subscriber:
    """The subscriber with his subscriptions, as they are now."""
    with billing.reading() as session:
        return session.scalars(select(Subscriber).where(Subscriber.login == login)).one()


def findings(billing: Billing) -> list[Finding]:
    with billing.reading() as session:
        return audit(session, (*OLLTV_CHECKS, *PPV_CHECKS))


def assert_books_balance(billing: Billing) -> None:
    assert findings(billing) == []


@contextmanager
def logged_to(folder: Path) -> Iterator[Path]:
    """Whatever is logged meanwhile stands in this file, however other tests have set up the logs before."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure_logs(process="test", directory=folder, level="DEBUG")
    try:
        yield folder / "test.log"
    finally:
        root.handlers, root.level = before


@contextmanager
def crash_after(target: object, name: str) -> Iterator[None]:
    """The process dies right after `target.name` has done its work."""
    original = getattr(target, name)

    def dies(*args: object, **kwargs: object) -> None:
        original(*args, **kwargs)
        raise Crash

    with patch.object(target, name, dies):
        yield
