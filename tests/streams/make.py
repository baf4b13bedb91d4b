"""Factories for stories about media servers: what there is to watch, who watches, and the messages that say so."""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from ppv_module.credits.accounts import open_credits
from ppv_module.streams.authenticity import signature
from ppv_module.streams.links.models import Channel, Identity, Rule, Viewer
from ppv_module.streams.models import Server
from ppv_module.streams.rights.models import Kind, Offer, Pattern, Price, Tariff, Ticket
from ppv_module.streams.rights.placing import pattern_of, places_of, settle
from tests.ppv.make import MakeChat
from tests.streams.documents import as_xml
from tests.support import Make

LONG_AGO = timedelta(days=365)
PRICE = ("per_minute", "rounding", "counting", "valid_from")


@dataclass
class MakeStreams(MakeChat):
    """Whatever is not said has a sensible value. A pattern is written `application/stream`; `*` is any stream.

    From the chat's factory it has `give`, `balance` and `again`.
    """

    make: Make
    numbers: Any = field(default_factory=lambda: count(1))

    def server(self, name: str = "srv-1", **given: Any) -> Server:
        usual = {"created_at": self.make.clock(), "addresses": []}
        return self._add(Server(name=name, **{**usual, **given}))

    def pattern(self, text: str = "*", vhost: str = "*") -> Pattern:
        application, _, stream = text.partition("/")
        return pattern_of(self.make.billing.uow(), vhost=vhost, application=application, stream=stream)

    def place(self, text: str = "live/sport1", *, vhost: str = "edge", instance: str = "_definst_") -> int:
        """The number of a place, as if a server had reported it."""
        application, _, stream = text.partition("/")
        name = (vhost, application, instance, stream)
        return places_of(self.make.billing.uow(), names=[name], now=self.make.clock())[name]

    def tariff(self, kind: Kind = Kind.MINUTE, pattern: str = "*", *, vhost: str = "*", **given: Any) -> Tariff:
        """A tariff; one that is paid by minutes costs 60 credits a minute, since a year ago."""
        price = {name: given.pop(name) for name in PRICE if name in given}
        usual = {"name": f"Content {next(self.numbers)}", "packages": []}
        tariff = Tariff(kind=kind, pattern_id=self.pattern(pattern, vhost).id, **{**usual, **given})
        tariff = self._add(tariff)
        if kind is Kind.MINUTE:
            self.price(tariff, **price)
        settle(self.make.billing.uow())
        return self.again(tariff)

    def price(self, tariff: Tariff, **given: Any) -> Price:
        usual = {"per_minute": 60, "valid_from": self.make.clock() - LONG_AGO}
        return self._add(Price(tariff_id=tariff.id, **{**usual, **given}))

    def viewer(self, login: str = "", *, credits: int = 0, name: str = "", **given: Any) -> Viewer:
        """An identifier of one link; `credits` are given to its account, which may have others already."""
        number = next(self.numbers)
        login = login or f"viewer{number}"
        usual = {"identity": Identity.PLAY, "issued_at": self.make.clock()}
        account = self.account(login, credits=credits)
        return self._add(Viewer(name=name or f"p-{number}", login=login, account_id=account, **{**usual, **given}))

    def account_viewer(self, login: str = "", *, credits: int = 0, name: str = "", **given: Any) -> Viewer:
        """The identifier that all links of an account have."""
        login = login or f"viewer{next(self.numbers)}"
        return self.viewer(login, credits=credits, name=name or f"u-{login}", identity=Identity.ACCOUNT, **given)

    def account(self, login: str, *, credits: int = 0) -> int:
        """The number of the account of somebody's credits, who is made when there is no such subscriber."""
        self._ensure(login)
        self.give(login, credits)
        uow = self.make.billing.uow()
        with uow:
            return open_credits(uow, login).account_id

    def ticket(self, login: str, pattern: str = "*", *, hours: float = 24, **given: Any) -> Ticket:
        """A ticket that staff have given: it begins now and costs nothing."""
        now = self.make.clock()
        usual = {"title": "Ticket", "valid_from": now, "bought_at": now, "key": f"test-{next(self.numbers)}"}
        usual |= {"valid_to": usual["valid_from"] + timedelta(hours=hours)}
        costs = {"means": "grant", "price_minor": 0, "unit": "CRD"}
        facts = {"account_id": self.account(login), "pattern_id": self.pattern(pattern).id}
        return self._add(Ticket(login=login, **{**usual, **costs, **facts, **given}))

    def offer(self, pattern: str = "*", **given: Any) -> Offer:
        """Tickets for a day, for 100 of money or 500 credits."""
        usual = {"name": f"Offer {next(self.numbers)}", "hours": 24, "price_minor": 10_000, "price_credits": 500}
        return self._add(Offer(pattern_id=self.pattern(pattern).id, **{**usual, **given}))

    def channel(self, text: str = "live/sport1", **given: Any) -> Channel:
        application, _, stream = text.partition("/")
        usual = {"title": f"Channel {next(self.numbers)}", "url": f"https://edge/{text}/playlist.m3u8"}
        return self._add(Channel(application=application, stream=stream, **{**usual, **given}))

    def rule(self, pattern: str = "*", **given: Any) -> Rule:
        usual = {"name": f"Rule {next(self.numbers)}", "key": "k-Mandarin-77"}
        return self._add(Rule(pattern_id=self.pattern(pattern).id, **{**usual, **given}))


def player(id: str = "u1", place: str = "live/sport1", **given: Any) -> dict[str, Any]:
    """One who watches, for `sync_body`: half a minute since the last message. A field that is None is left out.

    `vhost` and `instance` may be given too; `place` is application and stream.
    """
    application, _, stream = place.partition("/")
    usual = {"vhost": "edge", "application": application, "instance": "_definst_", "stream": stream, "id": id}
    usual |= {"ip": "203.0.113.25", "sessionid": "1", "delta": 30_000, "bytes_sent": 0, "user_agents": ["VLC/3.0"]}
    return {name: value for name, value in {**usual, **given}.items() if value is not None}


def sync_body(
    server: str = "srv-1",
    players: Iterable[dict[str, Any]] | None = (),
    *,
    puzzle: str = "",
    form: str = "json",
    token: str = "",
    **root: Any,
) -> bytes:
    """A message of a server. `players` of None says nothing of viewers; none of them says that nobody watches.

    Without a `puzzle` it has one that no other message has; `puzzle=None` leaves it out. `root` goes beside the rest.
    """
    puzzle = secrets.token_hex(8) if puzzle == "" else puzzle
    tree: dict[str, Any] = {"ID": server, **({"Puzzle": puzzle} if puzzle else {}), **root}
    if token:
        tree["Signature"] = signature(server_id=server, puzzle=puzzle, token=token)
    if players is not None:
        tree["PayPerViewInfo"] = _tree(players)
    return json.dumps(tree).encode() if form == "json" else as_xml(tree)


def _tree(players: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Players by host, application, instance and stream, in the order in which they came."""
    hosts: dict[str, Any] = {}
    for each in players:
        facts = dict(each)
        names = [facts.pop(level) for level in ("vhost", "application", "instance", "stream")]
        level = hosts
        for name in names[:-1]:
            level = level.setdefault(name, {})
        level.setdefault(names[-1], []).append(facts)
    return {"VHost": _levels(hosts, ("Application", "Instance", "Stream"))} if hosts else {}


def _levels(tree: dict[str, Any], below: tuple[str, ...]) -> list[dict[str, Any]]:
    if not below:
        return [{"name": name, "Player": players} for name, players in tree.items()]
    return [{"name": name, below[0]: _levels(children, below[1:])} for name, children in tree.items()]
