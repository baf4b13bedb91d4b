"""The unit of work: one use case, one transaction."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import wraps
from types import TracebackType
from typing import Concatenate, ParamSpec, Self, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.db import wants_retry
from billing.errors import BillingError
from billing.events import EventLog
from billing.host.base import Host
from billing.ledger.holds import Ledger
from billing.periods import Month

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

TRIES = 8


@dataclass(frozen=True)
class Billing:
    """What every use case stands on. Built once per process by the composition root."""

    engine: Engine
    unit: str
    zone: tzinfo
    host: Callable[[Session, Ledger], Host]
    options: Mapping[type, object] = field(default_factory=dict)

    def uow(self) -> "UnitOfWork":
        return UnitOfWork(self)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads: it takes no write lock, and each statement sees what is committed then."""
        with self.reading_rows() as connection, Session(connection) as session:
            yield session

    @contextmanager
    def reading_rows(self) -> Iterator[Connection]:
        """As `reading`, for what wants rows and no objects: every request asks this way who is calling."""
        with self.engine.connect().execution_options(reading=True) as connection:
            yield connection

    def month(self, now: datetime) -> Month:
        """The period that `now` falls in at the operator's place."""
        return Month.of(now, self.zone)

    def option(self, kind: type[T]) -> T:
        """The options of one plugin, by their class."""
        return cast(T, self.options[kind])


class UnitOfWork:
    """`with uow:` opens a transaction, commits it on a clean exit and rolls it back on any exception.

    Inside, `session`, `ledger`, `events` and `host` all work in that transaction. A unit may be used again after
    its end, never nested: `use_case` joins an open one.
    """

    session: Session
    ledger: Ledger
    events: EventLog
    host: Host

    def __init__(self, billing: Billing) -> None:
        self.billing = billing
        self.is_open = False

    def __enter__(self) -> Self:
        self.session = Session(self.billing.engine, expire_on_commit=False)
        self.session.connection()
        self.ledger = Ledger(self.session)
        self.events = EventLog(self.session)
        self.host = self.billing.host(self.session, self.ledger)
        self.is_open = True
        return self

    def __exit__(self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self.is_open = False
        with self.session:
            if kind is None:
                self.commit()

    def commit(self) -> None:
        self.session.commit()

    def month(self, now: datetime) -> Month:
        return self.billing.month(now)

    def option(self, kind: type[T]) -> T:
        return self.billing.option(kind)


def use_case(
    function: Callable[Concatenate[UnitOfWork, P], R],
) -> Callable[Concatenate[UnitOfWork, P], R]:
    """Run `function` as one transaction; the whole of it again when the database asks for that.

    A refusal that has an `event` leaves that line in the event log; such use cases take `actor` and `now`.
    Called inside an open unit of work it joins that transaction, so that use cases can be built from others.
    """

    @wraps(function)
    def run(uow: UnitOfWork, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if uow.is_open:
            return function(uow, *args, **kwargs)
        return retried(lambda: _once(uow, function, *args, **kwargs))

    return run


def _once(uow: UnitOfWork, function: Callable[Concatenate[UnitOfWork, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    try:
        with uow:
            return function(uow, *args, **kwargs)
    except BillingError as refusal:
        if refusal.event:
            _note(uow, refusal, **kwargs)  # type: ignore[arg-type]  # what such a use case takes, see use_case
        raise


def _note(uow: UnitOfWork, refusal: BillingError, *, actor: Actor, now: datetime, **_: object) -> None:
    """Write the line of a refusal in a transaction of its own, since the refused one was rolled back."""
    with uow:
        uow.events.write(refusal.event or "", actor=actor, at=now, **refusal.facts)  # type: ignore[arg-type]


def retried(transaction: Callable[[], R]) -> R:
    """Call `transaction` until the database lets it through, at most `TRIES` times, with growing random pauses."""
    for attempt in range(TRIES - 1):
        try:
            return transaction()
        except DBAPIError as error:
            if not wants_retry(error):
                raise
            time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 (spreads rivals, no secret)
    return transaction()
