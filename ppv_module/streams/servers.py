"""Media servers: what staff decide about them, and how they are doing.

A server appears by itself with its first genuine message; staff may add one before, to give it a token of its own.
Tokens stand as `***` in the event log and are never shown again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_network

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.errors import N_, InvalidInput, NotFound, WrongState
from billing.uow import UnitOfWork, use_case
from billing.versions import check_seen
from ppv_module.streams.alerts import is_silent
from ppv_module.streams.models import DeltaMode, Server, SyncRecord, Viewing
from ppv_module.streams.options import StreamOptions

LONGEST_NAME, LONGEST_TITLE, SHORTEST_TOKEN, LONGEST_TOKEN = 64, 64, 8, 128
LONGEST_INTERVAL_S, MOST_ADDRESSES = 3600, 100
HIDDEN, HIDDEN_NEW = "***", "*** (new)"


class ServerTaken(WrongState):
    """Facts: `field`, `value`."""

    code = "server_taken"
    text = N_("There is a media server with this ID already: %(value)s.")


@dataclass(frozen=True, kw_only=True)
class ServerForm:
    """What staff decide about a media server.

    A new `token` makes the present one the earlier one, which stays good until it is dropped; an empty one keeps what
    there is. Without tokens of its own those of all servers count. An `interval_s` of 0 is the common one.
    """

    title: str = ""
    token: str = field(default="", repr=False)
    drop_older: bool = False
    drop_tokens: bool = False
    addresses: Sequence[str] = ()
    delta_mode: DeltaMode = DeltaMode.INCREMENT
    interval_s: int = 0
    active: bool = True


@dataclass(frozen=True)
class Condition:
    """A server and how it is doing. `record` is its newest message that was applied; `players` watch there now."""

    server: Server
    interval_s: int
    is_silent: bool
    players: int
    record: SyncRecord | None


@use_case
def add_server(uow: UnitOfWork, *, name: str, form: ServerForm, actor: Actor, now: datetime) -> Server:
    """Add a media server by the ID that it will send, before its first message.

    :raises InvalidInput: a value cannot be used
    :raises ServerTaken: there is one with this ID
    """
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidInput(field="name", value=name[: LONGEST_NAME + 1])
    if uow.session.scalar(select(Server.id).where(Server.name == name)):
        raise ServerTaken(field="name", value=name)
    server = Server(name=name, created_at=now, addresses=[])
    _fill(server, form)
    uow.session.add(server)
    try:
        uow.session.flush()
    except IntegrityError:  # it has just sent its first message
        raise ServerTaken(field="name", value=name) from None
    template = "PPV STREAM CREATE SERVER [{server}]"
    uow.events.write(template, server=server.name, actor=actor, at=now, after=_facts(server))
    return server


@use_case
def save_server(
    uow: UnitOfWork, *, server_id: int, form: ServerForm, actor: Actor, now: datetime, seen: int | None = None
) -> Server:
    """Change what is decided for a media server. Saving what is there already is harmless.

    :raises InvalidInput: a value cannot be used
    :raises NotFound, ChangedMeanwhile: there is no such server; somebody was faster
    """
    server = uow.session.get(Server, server_id, with_for_update=True, populate_existing=True)
    if server is None:
        raise NotFound(server=server_id)
    before, tokens = _facts(server), (server.token, server.token_older)
    _fill(server, form)
    after = _facts(server)
    if after["token"] and server.token != tokens[0]:
        after["token"] = HIDDEN_NEW
    if after != before or (server.token, server.token_older) != tokens:
        check_seen(server, seen)
        uow.session.flush()
        template = "PPV STREAM SAVE SERVER [{server}]"
        uow.events.write(template, server=server.name, actor=actor, at=now, before=before, after=after)
    return server


def get(session: Session, server_id: int) -> Server:
    """:raises NotFound: there is no such media server"""
    if (server := session.get(Server, server_id)) is None:
        raise NotFound(server=server_id)
    return server


def conditions(session: Session, options: StreamOptions, now: datetime) -> list[Condition]:
    """Every media server with how it is doing, by name."""
    watching: dict[int, int] = dict(
        session.execute(
            select(Viewing.server_id, func.count()).where(Viewing.live == 1).group_by(Viewing.server_id)
        ).all()  # type: ignore[arg-type]
    )
    newest = select(Server, SyncRecord).outerjoin(SyncRecord, SyncRecord.id == Server.sync_id).order_by(Server.name)
    found = []
    for server, record in session.execute(newest):
        interval_s = server.interval_s or options.interval_s
        silent = server.seen_at is not None and is_silent(server, options, now)
        players = 0 if silent else watching.get(server.id, 0)
        found.append(Condition(server, interval_s, silent, players, record))
    return found


def _fill(server: Server, form: ServerForm) -> None:
    server.title = _short(form.title, "title", LONGEST_TITLE)
    server.addresses = [_network(each) for each in form.addresses]
    if len(server.addresses) > MOST_ADDRESSES:
        raise InvalidInput(field="addresses", value=str(len(server.addresses)))
    if not 0 <= form.interval_s <= LONGEST_INTERVAL_S:
        raise InvalidInput(field="interval_s", value=str(form.interval_s))
    server.interval_s, server.delta_mode, server.active = form.interval_s, form.delta_mode, form.active
    _change_tokens(server, form)


def _change_tokens(server: Server, form: ServerForm) -> None:
    if form.drop_tokens:
        server.token = server.token_older = ""
    if form.drop_older:
        server.token_older = ""
    if form.token and form.token != server.token:
        if not SHORTEST_TOKEN <= len(form.token) <= LONGEST_TOKEN:
            raise InvalidInput(field="token", value=HIDDEN)
        server.token, server.token_older = form.token, server.token


def _short(text: str, name: str, longest: int) -> str:
    if len(text) > longest:
        raise InvalidInput(field=name, value=text)
    return text


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        raise InvalidInput(field="addresses", value=text) from None


def _facts(server: Server) -> dict[str, object]:
    """What the event log may say of it."""
    tokens = {name: HIDDEN if getattr(server, name) else "" for name in ("token", "token_older")}
    names = ("title", "addresses", "delta_mode", "interval_s", "active")
    return {name: getattr(server, name) for name in names} | tokens
