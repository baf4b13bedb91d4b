"""Which streams there are, what patterns they fit, and which tariff counts for each.

Rows of patterns never change: a tariff whose pattern is changed gets another row. So `Cover` grows by new places and by
new patterns only. Both are made under one lock, else a place and a pattern made at once would miss each other.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import TypeVar

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from billing.db import insert_missing
from billing.leases import Lease
from billing.uow import UnitOfWork, use_case
from ppv_module.streams.models import Place
from ppv_module.streams.rights.models import Cover, Pattern, Tariff
from ppv_module.streams.rights.patterns import checked_pattern, fits

Name = tuple[str, str, str, str]
"""Virtual host, application, instance and stream, as a server reports them."""

T = TypeVar("T")

PORTION = 1000
LONGEST_NAME, LONGEST_STREAM = 255, 1000
LOCK = "streams.places"


@use_case
def places_of(uow: UnitOfWork, *, names: Iterable[Name], now: datetime) -> dict[Name, int]:
    """The numbers of these streams; those that nobody has reported before are made.

    A name that is too long is cut where it is shown, but is told from others by the whole of it.
    """
    digests = {name: _digest(name) for name in names}
    known = _known(uow.session, set(digests.values()))
    if any(digest not in known for digest in digests.values()):
        lock_places(uow)
        known = _known(uow.session, set(digests.values()))
        new = {digest: name for name, digest in digests.items() if digest not in known}
        if new:
            _make(uow.session, new, now)
            known |= _known(uow.session, new.keys())
    return {name: known[digest] for name, digest in digests.items()}


@use_case
def pattern_of(uow: UnitOfWork, *, vhost: str, application: str, stream: str) -> Pattern:
    """The row of a pattern, made when there is none. Call `settle` when a tariff has got it.

    :raises InvalidInput: a part cannot be used; `field` names it
    """
    parts = checked_pattern(vhost=vhost, application=application, stream=stream)
    wanted = select(Pattern).filter_by(**parts)
    if (pattern := uow.session.scalar(wanted)) is not None:
        return pattern
    lock_places(uow)
    if (pattern := uow.session.scalar(wanted)) is None:
        pattern = Pattern(**parts)
        uow.session.add(pattern)
        uow.session.flush()
        _cover(uow.session, pattern)
    return pattern


@use_case
def settle(uow: UnitOfWork) -> None:
    """Say anew which tariff counts for each place, after tariffs were changed."""
    lock_places(uow)
    uow.session.flush()
    fitting = select(Tariff.id).join(Cover, Cover.pattern_id == Tariff.pattern_id)
    fitting = fitting.where(Cover.place_id == Place.id, Tariff.active).order_by(Tariff.sort, Tariff.id).limit(1)
    counts = fitting.correlate(Place).scalar_subquery()
    stale = Place.tariff_id.is_distinct_from(counts)
    # what changes is asked first: an UPDATE would lock every place that it looks at, against messages that come in
    for some in portions(uow.session.execute(select(Place.id, counts).where(stale).order_by(Place.id)).all()):
        for tariff in {row[1] for row in some}:
            ids = [row[0] for row in some if row[1] == tariff]
            uow.session.execute(
                update(Place).where(Place.id.in_(ids)).values(tariff_id=tariff),
                execution_options={"synchronize_session": False},
            )


def lock_places(uow: UnitOfWork) -> None:
    """Until the transaction ends nobody else makes places or patterns, or says which tariff counts."""
    insert_missing(uow.session, Lease, name=LOCK)
    uow.session.get_one(Lease, LOCK, with_for_update=True, populate_existing=True)


def portions(rows: Iterable[T], size: int = PORTION) -> Iterator[Sequence[T]]:
    """`rows` in lists of at most `size`."""
    whole = list(rows)
    for first in range(0, len(whole), size):
        yield whole[first : first + size]


def _digest(name: Name) -> str:
    text = "".join(f"{len(part)}:{part}" for part in name)
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def _known(session: Session, digests: Iterable[str]) -> dict[str, int]:
    found = dict[str, int]()
    for some in portions(sorted(digests)):
        rows = session.execute(select(Place.digest, Place.id).where(Place.digest.in_(some)))
        found.update((row.digest, row.id) for row in rows)
    return found


def _make(session: Session, new: dict[str, Name], now: datetime) -> None:
    patterns = session.scalars(select(Pattern)).all()
    tariffs = session.scalars(select(Tariff).where(Tariff.active).order_by(Tariff.sort, Tariff.id)).all()
    fitting = {digest: _fitting(patterns, name) for digest, name in new.items()}
    rows = [
        _row(digest, new[digest], next((each.id for each in tariffs if each.pattern_id in fitting[digest]), None), now)
        for digest in sorted(new)
    ]
    for some in portions(rows):
        session.execute(insert(Place), some)
    ids = _known(session, new)
    _cover_all(session, [(pattern, ids[digest]) for digest in sorted(new) for pattern in fitting[digest]])


def _fitting(patterns: Sequence[Pattern], name: Name) -> list[int]:
    vhost, application, _, stream = (_shown(part) for part in name)
    parts = {"vhost": vhost[:LONGEST_NAME], "application": application[:LONGEST_NAME]}
    return [each.id for each in patterns if fits(each, **parts, stream=stream[:LONGEST_STREAM])]


def _row(digest: str, name: Name, tariff: int | None, now: datetime) -> dict[str, object]:
    vhost, application, instance, stream = (_shown(part) for part in name)
    return {
        "digest": digest,
        "vhost": vhost[:LONGEST_NAME],
        "application": application[:LONGEST_NAME],
        "instance": instance[:LONGEST_NAME],
        "stream": stream[:LONGEST_STREAM],
        "tariff_id": tariff,
        "bitrate_bps": None,
        "created_at": now,
    }


def _shown(part: str) -> str:
    """What a database can hold of a name."""
    return part.encode(errors="replace").decode()


def _cover(session: Session, pattern: Pattern) -> None:
    places = session.execute(select(Place.id, Place.vhost, Place.application, Place.stream).order_by(Place.id))
    fitting = [row.id for row in places if fits(pattern, vhost=row[1], application=row[2], stream=row[3])]
    _cover_all(session, [(pattern.id, place) for place in fitting])


def _cover_all(session: Session, pairs: Sequence[tuple[int, int]]) -> None:
    for some in portions(pairs):
        session.execute(insert(Cover), [{"pattern_id": pattern, "place_id": place} for pattern, place in some])
