"""A message of a media server, applied: one transaction, and a constant number of statements however many watch.

Order of locks: the server; then accounts by their numbers; then everything else.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.db import insert_missing
from billing.uow import UnitOfWork, use_case
from ppv_module.streams.alerts import raise_alert
from ppv_module.streams.denials.denying import judge
from ppv_module.streams.figures.clockwork import day_of
from ppv_module.streams.models import AlertKind, DeltaMode, Outcome, Server, SyncRecord, Viewing
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.rights.contents import Content, contents_of
from ppv_module.streams.rights.packages import Packages
from ppv_module.streams.rights.placing import Name, places_of
from ppv_module.streams.syncs.agents import number_agents
from ppv_module.streams.syncs.charging import NOTHING, Charged, charge, use_tickets
from ppv_module.streams.syncs.entitling import entitle, right_of
from ppv_module.streams.syncs.events import keep_events
from ppv_module.streams.syncs.players import Crowd, crowd_of
from ppv_module.streams.syncs.replays import earlier_outcome, replay_key
from ppv_module.streams.syncs.sessions import end_all, write_sessions
from ppv_module.streams.syncs.steps import Reading, seen_in, write_steps
from ppv_module.streams.syncs.work import PLACE, WORK, clear_away, fill, fill_plain, make_ready
from ppv_module.streams.wire.collecting import no_collection
from ppv_module.streams.wire.records import Sync

LATE_INTERVALS = 3
UNWATCHED = 0.4
"""Of an interval at most, in the time that one report tells of: more is a pause, or time that somebody was away."""

TOLERANCE_MS = 5000
"""What a session may be charged for beyond the time that has passed, where that is bounded."""

LONGEST_PUZZLE = 128


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What became of a message. Of one that is not `applied` nothing was counted."""

    outcome: Outcome
    server_id: int
    players: int = 0
    set_aside: int = 0
    twice: int = 0
    charged: Charged = NOTHING


@dataclass(frozen=True)
class _Message:
    """A message with all that was made ready for it before the transaction."""

    sync: Sync
    crowd: Crowd
    places: dict[Name, int]
    record_id: int
    now: datetime


def apply(uow: UnitOfWork, sync: Sync, *, record_id: int, now: datetime) -> Applied:
    """Apply `sync`, whose record `record_id` is kept already: sessions, minutes, tickets, events and denials.

    Once: the same message again changes nothing (`replay`), nor does another one with its puzzle (`conflict`). `now`
    is when it came in. A message that came in before one that is applied already is counted, but ends no session
    and says nothing of who watches now.
    """
    options = uow.option(StreamOptions)
    with no_collection():
        crowd = crowd_of(sync.players, internal=options.internal)
    places = places_of(uow, names=crowd.places, now=now) if crowd.places else {}
    whole = now - timedelta(microseconds=now.microsecond % 1000)  # so that times add up to whole milliseconds
    return _apply(uow, _Message(sync, crowd, places, record_id, whole))


@use_case
def _apply(uow: UnitOfWork, message: _Message) -> Applied:
    session, options, sync = uow.session, uow.option(StreamOptions), message.sync
    server = _lock_server(session, sync.id, message.now)
    record = session.get_one(SyncRecord, message.record_id, populate_existing=True)
    if record.outcome is Outcome.APPLIED:  # two people had the same quarantined message read once more
        return Applied(outcome=Outcome.REPLAY, server_id=server.id)
    key = replay_key(sync, record.body_hash, options)
    record.server_name, record.puzzle = server.name, sync.puzzle[:LONGEST_PUZZLE]
    earlier = earlier_outcome(session, sync=sync, key=key, record=record, options=options)
    if earlier is not None:
        record.outcome = earlier
        if earlier is Outcome.CONFLICT:
            facts = {"record": record.id, "puzzle": record.puzzle}
            raise_alert(session, kind=AlertKind.CONFLICT, server_name=server.name, facts=facts, now=message.now)
        return Applied(outcome=earlier, server_id=server.id)
    record.outcome, record.replay_key = Outcome.APPLIED, key
    record.players, record.set_aside = len(sync.players), len(sync.set_aside)
    record.detail = {**record.detail, "twice": message.crowd.twice}
    return _counted(uow, message, server, record)


def _lock_server(session: Session, name: str, now: datetime) -> Server:
    query = select(Server).where(Server.name == name).with_for_update().execution_options(populate_existing=True)
    if (server := session.scalar(query)) is None:
        insert_missing(
            session, Server, name=name, addresses=[], delta_mode=DeltaMode.INCREMENT, created_at=now, active=True
        )
        server = session.scalars(query).one()
    return server


def _counted(uow: UnitOfWork, message: _Message, server: Server, record: SyncRecord) -> Applied:
    """Everything that a new message changes."""
    session, sync, now = uow.session, message.sync, message.now
    before = server.seen_at
    is_late = before is not None and now < before
    charged = NOTHING
    if message.crowd.rows:
        charged = _told(uow, message, server, is_late=is_late)
    elif sync.tells_viewers and not is_late:
        end_all(session, server_id=server.id, record_id=record.id)
    keep_events(session, sync.events, server_id=server.id, record_id=record.id, now=now)
    server.failures = 0
    if not is_late:
        server.seen_at = now
        server.sync_id = record.id if sync.tells_viewers else server.sync_id
    session.flush()
    judge(uow, server=server, record=record, now=now, before=before)
    return Applied(
        outcome=Outcome.APPLIED,
        server_id=server.id,
        players=len(sync.players),
        set_aside=len(sync.set_aside),
        twice=message.crowd.twice,
        charged=charged,
    )


def _told(uow: UnitOfWork, message: _Message, server: Server, *, is_late: bool) -> Charged:
    """Write down who watches, and take what it costs."""
    session, now = uow.session, message.now
    contents = contents_of(session, message.places.values(), now)
    connection = session.connection()
    make_ready(connection)
    _fill(session, message, contents)
    reading = _reading(uow, server, now, is_late=is_late)
    write_steps(session, reading)
    entitle(session, contents.values(), uow.option(Packages), now)
    seen = seen_in(session)
    write_sessions(session, reading, seen, record_id=message.record_id)
    charged = charge(uow, record_id=message.record_id, server_name=server.name, now=now) if seen.minutes else NOTHING
    if seen.tickets:  # after the accounts: who takes a ticket back locks them in this order
        use_tickets(session)
    clear_away(connection)
    return charged


def _fill(session: Session, message: _Message, contents: dict[int, Content]) -> None:
    """Hand over to the database what was reported."""
    connection = session.connection()
    rows = list[tuple[object, ...]]()
    for number, name in enumerate(message.crowd.places):
        content = contents[message.places[name]]
        price = content.price.id if content.price else None
        rows.append((number, content.place_id, price, content.tariff_id, str(right_of(content))))
    fill(connection, PLACE, ("number", "place_id", "price_id", "tariff_id", "entitled"), rows)
    number_agents(connection, message.crowd.agents)
    columns = ("place", "agents", "session", "name", "ip", "ms", "bytes", "marks")
    fill_plain(connection, WORK, columns, message.crowd.rows)


def _reading(uow: UnitOfWork, server: Server, now: datetime, *, is_late: bool) -> Reading:
    options, zone = uow.option(StreamOptions), uow.billing.zone
    interval_s = server.interval_s or options.interval_s
    day, elapsed_most_ms = day_of(now, zone), None
    newest = select(Viewing.day, Viewing.seen_at).where(Viewing.server_id == server.id, Viewing.live == 1).limit(1)
    live = uow.session.execute(newest).one_or_none()  # all that are live were seen in one message
    elapsed_ms = max((now - live.seen_at) // timedelta(milliseconds=1), 0) if live else 0
    if options.cap_to_elapsed and live:
        elapsed_most_ms = elapsed_ms + TOLERANCE_MS
    return Reading(
        server_id=server.id,
        mode=server.delta_mode,
        day=day,
        before=_day_before(server, live.day if live else 0, now, zone),
        now=now,
        late_ms=LATE_INTERVALS * interval_s * 1000,
        steady_ms=_least_steady_ms(elapsed_ms, interval_s),
        view_ms=options.min_view_ms,
        elapsed_most_ms=elapsed_most_ms,
        is_late=is_late,
    )


def _day_before(server: Server, live_day: int, now: datetime, zone: tzinfo) -> int:
    """The day, beside that of `now`, from whose rows sessions may go on; 0 for none.

    For counters of a message that is late that is the day after, if a message of then has told more already.
    """
    day = day_of(now, zone)
    if 0 < live_day < day:
        return live_day
    if server.delta_mode is not DeltaMode.CUMULATIVE:
        return 0
    newest = day_of(server.seen_at, zone) if server.seen_at else 0
    return newest if newest > day else day_of(now - timedelta(days=1), zone)


def _least_steady_ms(elapsed_ms: int, interval_s: int) -> int:
    """What must be reported of `elapsed_ms` for somebody to have watched steadily.

    Two of whom this is true in the same time cannot have been one viewer who watched here and there in turn.
    """
    return elapsed_ms - round(UNWATCHED * min(elapsed_ms, interval_s * 1000))
