"""Who of the performers is there.

A performer's status has four sources, and the first one that knows wins: our own open show, the chat's word through a
hook or the signed API, our question at the chat, and her own open page. Each counts for some seconds only, so that
nobody is shown online from something old (video chat guide, section "Presence").
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from billing.actors import WORKER
from billing.uow import UnitOfWork, use_case
from ppv_module.chat.models import Performer, Person, Status, Tenant
from ppv_module.chat.nicknames import name_key

TOLD_FOR = timedelta(seconds=30)
POLLED_FOR = timedelta(seconds=30)
BEAT_FOR = timedelta(seconds=60)
WARN_AFTER = timedelta(seconds=30)
"""For so long nobody is told that the chat does not answer: a single lost call is no news."""


@dataclass(frozen=True, kw_only=True)
class Present:
    """A performer as the chat's own server named her: by our number where it knows it, else by her name."""

    number: int | None
    name: str
    status: Status


def status_of(performer: Performer, *, tenant: Tenant, busy: bool, now: datetime) -> Status:
    """What the wall shows of her at `now`. `busy`: she has an accepted or live show of ours."""
    if not performer.active:
        return Status.OFFLINE
    if busy:
        return Status.BUSY
    if _is_fresh(performer.told_at, TOLD_FOR, now):
        return Status(performer.told_status)
    if _is_fresh(tenant.polled_at, POLLED_FOR, now):
        return Status(performer.polled_status or Status.OFFLINE)
    return Status.ONLINE if _is_fresh(performer.beat_at, BEAT_FOR, now) else Status.OFFLINE


def _is_fresh(at: datetime | None, good_for: timedelta, now: datetime) -> bool:
    return at is not None and now - at < good_for


@use_case
def beat(uow: UnitOfWork, *, person_id: int, now: datetime) -> None:
    """Her own page is open at `now`."""
    newer = or_(Performer.beat_at.is_(None), Performer.beat_at < now)
    uow.session.execute(update(Performer).where(Performer.person_id == person_id, newer).values(beat_at=now))


@use_case
def told(uow: UnitOfWork, *, person_id: int, status: Status, at: datetime, now: datetime) -> bool:
    """The chat, or whoever speaks for it, says what her status was `at`; gives whether that is news.

    The latest `at` wins, what is older is ignored. One that lies in the future counts as of now, so that a wrong clock
    cannot keep her online.
    """
    at = min(at, now)
    newer = or_(Performer.told_at.is_(None), Performer.told_at <= at)
    change = update(Performer).where(Performer.person_id == person_id, newer)
    done = uow.session.execute(change.values(told_status=str(status), told_at=at))
    return bool(done.rowcount)  # type: ignore[attr-defined]


@use_case
def claim_poll(uow: UnitOfWork, *, tenant_id: int, now: datetime) -> bool:
    """Whether it is this caller's turn to ask the chat: of many at once one is told so, each `presence_cache_s`."""
    tenant = uow.session.get_one(Tenant, tenant_id)
    before = now - timedelta(seconds=tenant.rules.presence_cache_s)
    due = or_(Tenant.poll_asked_at.is_(None), Tenant.poll_asked_at <= before, Tenant.poll_asked_at > now)
    change = update(Tenant).where(Tenant.id == tenant_id, due).values(poll_asked_at=now)
    return bool(uow.session.execute(change).rowcount)  # type: ignore[attr-defined]


@use_case
def keep_polled(
    uow: UnitOfWork, *, tenant_id: int, found: Sequence[Present] | None, trouble: str, now: datetime
) -> None:
    """Keep what the chat answered; None where it did not, and then `trouble` says why, without secrets.

    Those who are not among `found` are offline. When it has not answered for `WARN_AFTER`, a line of the event log says
    so, once, and another one when it does again.
    """
    tenant = uow.session.get_one(Tenant, tenant_id, with_for_update=True, populate_existing=True)
    if found is None:
        _note_failure(uow, tenant, trouble, now)
        return
    for status, ids in _matched(uow.session, tenant_id, found).items():
        _set_polled(uow.session, tenant_id, status, Performer.person_id.in_(ids))
    if tenant.poll_warned:
        uow.events.write("PPV TENANT [{tenant}] CHAT ANSWERS AGAIN", tenant=tenant.id, actor=WORKER, at=now)
    tenant.polled_at, tenant.poll_failed_since, tenant.poll_trouble, tenant.poll_warned = now, None, "", False


def is_warning(tenant: Tenant, now: datetime) -> bool:
    """Whether the staff has to know that the chat has not answered for `WARN_AFTER`."""
    return tenant.poll_failed_since is not None and now - tenant.poll_failed_since >= WARN_AFTER


def _note_failure(uow: UnitOfWork, tenant: Tenant, trouble: str, now: datetime) -> None:
    tenant.poll_failed_since = tenant.poll_failed_since or now
    tenant.poll_trouble = trouble[:200]
    if is_warning(tenant, now) and not tenant.poll_warned:
        tenant.poll_warned = True
        template = "PPV TENANT [{tenant}] CHAT DOES NOT ANSWER: {trouble}"
        uow.events.write(template, tenant=tenant.id, trouble=tenant.poll_trouble, actor=WORKER, at=now)


def _matched(session: Session, tenant_id: int, found: Sequence[Present]) -> dict[Status, set[int]]:
    """The tenant's performers by what was found of them: on their number, else on their name."""
    mine = select(Person.id, Person.number, Person.nickname_key).join(Performer, Performer.person_id == Person.id)
    people = session.execute(mine.where(Person.tenant_id == tenant_id)).all()
    by_number = {each.number: each.id for each in people}
    by_name = {each.nickname_key: each.id for each in people}
    ids: dict[Status, set[int]] = {status: set() for status in Status}
    statuses: dict[int, Status] = {}
    for each in found:
        person_id = by_number.get(each.number) if each.number is not None else None
        person_id = person_id or by_name.get(name_key(each.name))
        if person_id is not None:
            statuses[person_id] = each.status
    for person in people:
        ids[statuses.get(person.id, Status.OFFLINE)].add(person.id)
    return ids


def _set_polled(session: Session, tenant_id: int, status: Status, which: ColumnElement[bool]) -> None:
    """Only rows that differ are written: most polls find everybody as before."""
    mine = Performer.tenant_id == tenant_id, which, Performer.polled_status != str(status)
    session.execute(update(Performer).where(*mine).values(polled_status=str(status)))
