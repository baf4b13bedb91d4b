"""What somebody of the staff should look at: told once while it lasts, and counted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.db import insert_missing
from billing.errors import N_, NotFound
from billing.uow import Billing, UnitOfWork, use_case
from ppv_module.streams.models import Alert, AlertKind, Server
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.rights.placing import portions

BY_ITSELF = "by itself"
"""Who has closed an alert whose cause is over."""

SILENT_INTERVALS = 2.5
RESTREAM_KEPT = timedelta(days=1)
"""A flag of a viewer who has not been flagged again for so long is closed by itself."""

LONGEST_SLOT = 96
UNTOUCHED = {"synchronize_session": False}


class UnknownAlert(NotFound):
    """Facts: `alert`."""

    code = "unknown_alert"
    text = N_("There is no such alert.")


@dataclass(frozen=True)
class Notice:
    """Something to tell. `about` tells it from others of its kind; by default that is the server."""

    kind: AlertKind
    server_name: str
    about: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def slot(self) -> str:
        return f"{self.kind}:{self.about or self.server_name}"[:LONGEST_SLOT]


def raise_alert(
    session: Session, *, kind: AlertKind, server_name: str, facts: dict[str, Any], now: datetime, about: str = ""
) -> None:
    """Open an alert; one that is open is counted once more and keeps the newest facts."""
    raise_alerts(session, [Notice(kind, server_name, about, facts)], now=now)


def raise_alerts(session: Session, notices: Iterable[Notice], *, now: datetime) -> None:
    """As `raise_alert`, for several. Those that are open already are only counted, in one statement."""
    told = {notice.slot: notice for notice in notices}
    for some in portions(sorted(told)):
        open_ones = set(session.scalars(select(Alert.slot).where(Alert.slot.in_(some))))
        again = update(Alert).where(Alert.slot.in_(open_ones)).values(count=Alert.count + 1, last_at=now)
        session.execute(again, execution_options=UNTOUCHED) if open_ones else None
        for slot in some:
            _tell(session, told[slot], now, is_open=slot in open_ones)


def _tell(session: Session, notice: Notice, now: datetime, *, is_open: bool) -> None:
    facts = dict(notice.facts)
    if is_open and notice.about:
        return  # what was found first stays; there may be thousands of these
    if is_open:
        session.execute(update(Alert).where(Alert.slot == notice.slot).values(facts=facts), execution_options=UNTOUCHED)
        return
    row = {"kind": notice.kind, "server_name": notice.server_name, "slot": notice.slot, "facts": facts}
    insert_missing(session, Alert, **row, first_at=now, last_at=now, count=1)


@use_case
def close_alert(uow: UnitOfWork, *, alert_id: int, actor: Actor, now: datetime) -> Alert:
    """Put an alert away. Should its cause come again, it is another one. Repeating it is harmless.

    :raises UnknownAlert: there is no such alert
    """
    alert = uow.session.get(Alert, alert_id, with_for_update=True)
    if alert is None:
        raise UnknownAlert(alert=alert_id)
    if alert.slot is not None:
        alert.slot, alert.closed_at, alert.closed_by = None, now, actor.name
        template = "PPV STREAM CLOSE ALERT [{alert}] {kind}"
        uow.events.write(template, alert=alert.id, kind=alert.kind.value, actor=actor, at=now)
    return alert


def open_alerts(session: Session, *, most: int = 200) -> Sequence[Alert]:
    """Those that nobody has closed, the newest first."""
    query = select(Alert).where(Alert.slot.is_not(None)).order_by(Alert.last_at.desc(), Alert.id.desc())
    return session.scalars(query.limit(most)).all()


def count_open(session: Session) -> int:
    """How many nobody has closed."""
    return session.scalar(select(func.count()).where(Alert.slot.is_not(None))) or 0


def watch(billing: Billing, now: datetime) -> int:
    """Tell of servers that have fallen silent, take back those that report again, and what is long over.

    Writes only where something has changed; gives how many alerts were opened or closed. Call it every few seconds.
    """
    silent = f"{AlertKind.SILENT}:"
    with billing.reading() as session:
        lost = {server.name: server for server in _silent(session, billing.option(StreamOptions), now)}
        known = select(Alert.slot).where(Alert.slot.startswith(silent, autoescape=True))
        told = {str(slot).removeprefix(silent) for slot in session.scalars(known)}
        stale = session.scalar(select(Alert.id).where(_is_stale(now)).limit(1)) is not None
    new = [_of_silence(server) for name, server in sorted(lost.items()) if name not in told]
    back = sorted(f"{silent}{name}" for name in told - lost.keys())
    return _change(billing.uow(), new=new, back=back, now=now) if new or back or stale else 0


def _silent(session: Session, options: StreamOptions, now: datetime) -> list[Server]:
    servers = session.scalars(select(Server).where(Server.active, Server.seen_at.is_not(None)))
    return [each for each in servers if is_silent(each, options, now)]


def is_silent(server: Server, options: StreamOptions, now: datetime) -> bool:
    """Whether a server has not reported for so long that nobody knows who watches there."""
    interval_s = server.interval_s or options.interval_s
    return server.seen_at is None or now - server.seen_at > timedelta(seconds=SILENT_INTERVALS * interval_s)


def _of_silence(server: Server) -> Notice:
    since = server.seen_at.isoformat() if server.seen_at else None
    return Notice(AlertKind.SILENT, server.name, facts={"since": since})


def _is_stale(now: datetime) -> Any:
    return (Alert.kind == AlertKind.RESTREAM) & Alert.slot.is_not(None) & (Alert.last_at < now - RESTREAM_KEPT)


@use_case
def _change(uow: UnitOfWork, *, new: list[Notice], back: list[str], now: datetime) -> int:
    raise_alerts(uow.session, new, now=now)
    over = update(Alert).where(Alert.slot.in_(back) | _is_stale(now))
    closed: CursorResult[Any] = uow.session.execute(  # type: ignore[assignment]
        over.values(slot=None, closed_at=now, closed_by=BY_ITSELF), execution_options=UNTOUCHED
    )
    return len(new) + closed.rowcount
