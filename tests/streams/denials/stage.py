"""Media servers that report, and what they are answered."""

import json
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import select

from billing.uow import Billing
from ppv_module.credits.accounts import lock_credits, spend
from ppv_module.streams.denials.denying import deny_list
from ppv_module.streams.denials.models import Denial
from ppv_module.streams.models import Alert
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.syncs.receiving import receive
from ppv_module.streams.syncs.spool import Spool
from tests.streams.make import MakeStreams, player, sync_body
from tests.support import STAFF, FakeClock


def seen(name: str, place: str = "live/sport1", **given: Any) -> dict[str, Any]:
    """One who watches, for `Stage.sync`, on a device of his own."""
    return player(name, place, **{"ip": f"203.0.113.{sum(name.encode()) % 250}", **given})


@dataclass
class Stage:
    billing: Billing
    clock: FakeClock
    streams: MakeStreams
    folder: Path
    numbers: Any = field(default_factory=lambda: count(1))

    def set(self, **options: Any) -> None:
        """The operator has changed `alter.ini`, and everything is started anew."""
        changed = replace(self.billing.option(StreamOptions), **options)
        self.billing = replace(self.billing, options={**self.billing.options, StreamOptions: changed})

    def sync(self, server: str = "srv-1", *players: dict[str, Any], tells_viewers: bool = True) -> list[str]:
        """A message of a server at this moment; gives the list that it is answered."""
        return self.post(sync_body(server, players if tells_viewers else None))

    def post(self, body: bytes) -> list[str]:
        """Gives the list that a message is answered, which is that of anybody who asks then."""
        listed = self.tell(body)
        assert listed == self.denied()
        return listed

    def tell(self, body: bytes) -> list[str]:
        told: dict[str, Any] = {"remote_ip": "198.51.100.7", "received_at": self.clock(), "spool": Spool(self.folder)}
        answer = receive(self.billing, body=body, **told)
        assert answer.status == 200, answer.body
        listed: list[str] = json.loads(answer.body)["DenyList"]["ID"]
        return listed

    def syncs(self, times: int, server: str = "srv-1", *players: dict[str, Any]) -> list[str]:
        """So many messages alike, half a minute after each other, the first of them now; gives the last answer."""
        answer = list[str]()
        for number in range(times):
            self.clock.advance(seconds=30 if number else 0)
            answer = self.sync(server, *players)
        return answer

    def denied(self) -> list[str]:
        """The list as anybody would get it now, in a process that has just begun."""
        with self.billing.reading() as session:
            return deny_list(session, self.billing, self.clock())

    def denials(self, **by: Any) -> list[Denial]:
        with self.billing.reading() as session:
            return list(session.scalars(select(Denial).filter_by(**by).order_by(Denial.id)))

    def alerts(self, **by: Any) -> list[Alert]:
        with self.billing.reading() as session:
            return list(session.scalars(select(Alert).filter_by(**by).order_by(Alert.id)))

    def spend(self, login: str, credits: int) -> None:
        """Credits go for something else."""
        uow = self.billing.uow()
        with uow:
            key = f"test-spend-{next(self.numbers)}"
            spend(uow, lock_credits(uow, login), credits=credits, key=key, actor=STAFF, at=self.clock())
