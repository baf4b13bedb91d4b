"""Evenings of watching, told to the billing as media servers would: signed messages, one every few minutes."""

import json
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.errors import NotAllowed, NotEnoughMoney
from billing.uow import Billing
from ppv_module.streams.authenticity import signature
from ppv_module.streams.links.issuing import issue
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.syncs.receiving import receive
from ppv_module.streams.syncs.spool import Spool
from suite.demo.load import ACTOR

OK = 200
BYTES_PER_MS = 500
AGENTS = ("Mozilla/5.0 (X11; Linux x86_64) Firefox/146.0", "VLC/3.0.21 LibVLC/3.0.21", "Kodi/21.2 (Linux; Android 14)")


class NotTaken(Exception):
    """The billing did not take a message of the demo."""


@dataclass(frozen=True)
class Seat:
    """Somebody before a stream: the name in his link, where he is, what he watches (`application/stream`)."""

    name: str
    ip: str
    path: str


@dataclass(frozen=True)
class Teller:
    """Speaks for the media servers `servers`, every `step`."""

    billing: Billing
    spool: Spool
    servers: Sequence[str]
    step: timedelta

    def seat(self, login: str, *, ip: str, channel_id: int, path: str, at: datetime) -> list[Seat]:
        """A link for somebody; nothing for who may not watch then."""
        with suppress(NotAllowed, NotEnoughMoney):
            link = issue(self.billing.uow(), login=login, channel_id=channel_id, ip=ip, actor=ACTOR, now=at)
            return [Seat(link.name, ip, path)]
        return []

    def evening(self, seats: Sequence[Seat], *, begins_at: datetime, steps: int) -> None:
        """They watch for `steps`, each on one of the servers; whoever is denied is out. Then nobody is there."""
        places = {server: list(seats[number :: len(self.servers)]) for number, server in enumerate(self.servers)}
        for turn in range(steps + 1):
            for number, (server, here) in enumerate(places.items()):
                at = begins_at + turn * self.step + timedelta(seconds=3 * number)
                denied = self.tell(server, here if turn < steps else [], at=at, since=bool(turn))
                places[server] = [each for each in here if each.name not in denied]

    def tell(self, server: str, seats: Sequence[Seat], *, at: datetime, since: bool = True) -> set[str]:
        """One message, of whole steps unless they have only begun (`since`); gives who is denied.

        :raises NotTaken: it was not taken
        """
        body = self._body(server, seats, delta_ms=self.step // timedelta(milliseconds=1) if since else 0)
        answer = receive(self.billing, body=body, remote_ip="127.0.0.1", received_at=at, spool=self.spool)
        if answer.status != OK:
            raise NotTaken(answer.body.decode())
        return set(json.loads(answer.body)["DenyList"]["ID"])

    def _body(self, server: str, seats: Sequence[Seat], *, delta_ms: int) -> bytes:
        puzzle, token = secrets.token_hex(16), self.billing.option(StreamOptions).token
        root: dict[str, object] = {"ID": server, "Puzzle": puzzle}
        if token:
            root["Signature"] = signature(server_id=server, puzzle=puzzle, token=token)
        applications: dict[str, dict[str, list[object]]] = {}
        for number, seat in enumerate(seats):
            application, _, stream = seat.path.partition("/")
            players = applications.setdefault(application, {}).setdefault(stream, [])
            players.append(_player(seat, number, delta_ms))
        hosts = [{"name": "_defaultVHost_", "Application": [_application(*each) for each in applications.items()]}]
        root["PayPerViewInfo"] = {"VHost": hosts} if seats else {}
        return json.dumps(root).encode()


def _player(seat: Seat, number: int, delta_ms: int) -> dict[str, object]:
    return {
        "id": seat.name,
        "ip": seat.ip,
        "sessionid": f"{seat.name[-6:]}{number}",
        "delta": delta_ms,
        "bytes_sent": delta_ms * BYTES_PER_MS,
        "user_agents": [AGENTS[sum(map(ord, seat.ip)) % len(AGENTS)]],
    }


def _application(name: str, streams: dict[str, list[object]]) -> dict[str, object]:
    told = [{"name": stream, "Player": players} for stream, players in streams.items()]
    return {"name": name, "Instance": [{"name": "_definst_", "Stream": told}]}
