"""Messages put before the engine as the door does it: a record first, then one transaction."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.ledger.models import Account, Transfer
from ppv_module.streams.models import SyncRecord, Viewing
from ppv_module.streams.rights.models import Meter
from ppv_module.streams.syncs.applying import Applied, apply
from ppv_module.streams.syncs.records import note_arrival
from ppv_module.streams.wire.reading import read
from tests.streams.make import MakeStreams, sync_body

INTERVAL_S = 30


@dataclass
class Stage:
    """`told` sends what a server tells, half a minute after the message before."""

    streams: MakeStreams
    last: bytes = field(default=b"")

    def told(
        self, *players: dict[str, Any], server: str = "srv-1", after_s: float = INTERVAL_S, **root: Any
    ) -> Applied:
        self.streams.make.clock.advance(seconds=after_s)
        return self.put(sync_body(server, players, **root))

    def put(self, body: bytes, *, now: datetime | None = None) -> Applied:
        """A message as it came in, at the time of the clock unless told."""
        self.last, at = body, now or self.streams.make.clock()
        billing = self.streams.make.billing
        digest = hashlib.sha256(body).hexdigest()
        facts = {"body_hash": digest, "size": len(body), "raw": "", "remote_ip": "192.0.2.7"}
        record_id = note_arrival(billing.uow(), **facts, received_at=at)  # type: ignore[arg-type]
        return apply(billing.uow(), read(body), record_id=record_id, now=at)

    def reading(self) -> Session:
        return Session(self.streams.make.billing.engine)

    def viewings(self) -> list[Viewing]:
        with self.reading() as session:
            return list(session.scalars(select(Viewing).order_by(Viewing.id)))

    def viewing(self) -> Viewing:
        [found] = self.viewings()
        return found

    def meters(self) -> list[Meter]:
        with self.reading() as session:
            return list(session.scalars(select(Meter).order_by(Meter.id)))

    def debits(self, login: str) -> list[int]:
        """Credits that were taken for minutes, in their order."""
        return [each.amount_minor for each in self.entries(login)]

    def entries(self, login: str) -> list[Transfer]:
        query = select(Transfer).join(Account, Account.id == Transfer.source_id).order_by(Transfer.id)
        with self.reading() as session:
            return list(session.scalars(query.where(Account.code == f"credits:{login}")))

    def records(self) -> list[SyncRecord]:
        with self.reading() as session:
            return list(session.scalars(select(SyncRecord).order_by(SyncRecord.id)))

    def sum_of(self, logins: Iterable[str]) -> int:
        return sum(sum(self.debits(login)) for login in logins)
