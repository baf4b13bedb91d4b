"""Notices of payment providers: kept exactly as they came in, looked at by a worker, forgotten after their time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.errors import InvalidInput, NotFound
from billing.uow import UnitOfWork, use_case
from ppv_module.credits.models import Notice, Payment, Verdict
from ppv_module.options import PpvOptions

LARGEST = 64 * 1024
"""Bytes of a notice. PayPal's have a few thousand at most."""

CLAIM = timedelta(minutes=5)
"""How long a worker that took a notice may take; then another looks at it."""

GIVE_UP = timedelta(days=4)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=6)

INVALID, UNVERIFIED, NO_COUNTERPART, UNREADABLE = "invalid", "unverified", "no_counterpart", "unreadable"
"""Flags: the provider denies it; he never answered, or we failed; what it follows never came; it makes no sense."""


@dataclass(frozen=True)
class Outcome:
    """What a verified notice has done, as an English technical line. `waits` when it has to be tried again later."""

    action: str
    waits: bool = False
    flag: str = ""


@use_case
def store_notice(
    uow: UnitOfWork, *, provider: str, raw: bytes, content_type: str, remote_ip: str, now: datetime
) -> int:
    """Keep a notice as it came in, to be looked at by the worker; gives its number. Nobody is asked, nothing moves.

    :raises InvalidInput: it is empty, or larger than any notice is
    """
    if not 0 < len(raw) <= LARGEST:
        raise InvalidInput(field="body", value=len(raw))
    notice = Notice(
        provider=provider,
        received_at=now,
        raw=raw,
        content_type=content_type[:128],
        remote_ip=remote_ip[:64],
        due_at=now,
    )
    uow.session.add(notice)
    uow.session.flush()
    return notice.id


def any_due(session: Session, *, provider: str, now: datetime) -> bool:
    """Whether a notice is due. It takes no lock, so a worker with nothing to do stands in nobody's way."""
    return session.scalar(select(Notice.id).where(_is_due(provider, now)).limit(1)) is not None


@use_case
def claim_due(uow: UnitOfWork, *, provider: str, now: datetime, limit: int = 20) -> Sequence[Notice]:
    """Take notices that are due, oldest first, so that no other worker looks at them before `CLAIM` is over."""
    query = select(Notice.id, Notice.due_at).where(_is_due(provider, now))
    rows = uow.session.execute(query.order_by(Notice.due_at, Notice.id).limit(limit)).all()
    taken = [number for number, due_at in rows if _take(uow, number, due_at, now)]
    return uow.session.scalars(select(Notice).where(Notice.id.in_(taken)).order_by(Notice.id)).all()


def _is_due(provider: str, now: datetime) -> ColumnElement[bool]:
    waiting = and_(Notice.verdict.in_((Verdict.QUEUED, Verdict.VERIFIED)), Notice.due_at <= now)
    return and_(waiting, Notice.provider == provider)


def _take(uow: UnitOfWork, number: int, due_at: datetime, now: datetime) -> bool:
    mine = update(Notice).where(Notice.id == number, Notice.due_at == due_at)
    return bool(uow.session.execute(mine.values(due_at=now + CLAIM)).rowcount)  # type: ignore[attr-defined]


@use_case
def deny(uow: UnitOfWork, *, notice_id: int, actor: Actor, now: datetime) -> None:
    """The provider says that he has not sent this: it has no effect, and the staff are told."""
    notice = _locked(uow, notice_id)
    if notice.due_at is None:  # another worker has finished it
        return
    notice.verdict, notice.due_at = Verdict.INVALID, None
    notice.action_taken = "denied by the provider"
    _alert(uow, notice, INVALID, actor=actor, now=now)


@use_case
def postpone(uow: UnitOfWork, *, notice_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """No clear answer from the provider, or a failure of ours: again later, and after `GIVE_UP` tell the staff."""
    notice = _locked(uow, notice_id)
    if notice.due_at is None:  # another worker has finished it
        return
    notice.action_taken = reason
    if not _later(notice, now):
        notice.verdict = Verdict.ERROR
        _alert(uow, notice, UNVERIFIED, actor=actor, now=now)


@use_case
def fail(uow: UnitOfWork, *, notice_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """The provider has sent it, but it makes no sense to us: no effect, and the staff are told."""
    notice = _locked(uow, notice_id)
    notice.verdict, notice.due_at, notice.action_taken = Verdict.VERIFIED, None, reason
    _alert(uow, notice, UNREADABLE, actor=actor, now=now)


def conclude(uow: UnitOfWork, notice: Notice, outcome: Outcome, *, actor: Actor, now: datetime) -> None:
    """Write down, in the transaction of the effects, what a verified notice has done."""
    notice.verdict, notice.action_taken, notice.flag = Verdict.VERIFIED, outcome.action, outcome.flag
    if not outcome.waits:
        notice.due_at = None
    elif not _later(notice, now):
        _alert(uow, notice, NO_COUNTERPART, actor=actor, now=now)


@use_case
def reprocess(uow: UnitOfWork, *, notice_id: int, actor: Actor, now: datetime) -> None:
    """Let the worker look at a notice once more, for instance after a setting was mended. Nothing happens twice.

    :raises NotFound: there is none, or its time of keeping is over
    """
    notice = _locked(uow, notice_id)
    if not notice.raw:
        raise NotFound(notice=notice_id)
    if notice.verdict is not Verdict.VERIFIED:
        notice.verdict = Verdict.QUEUED
    notice.due_at, notice.flag = now, ""
    uow.events.write("PPV NOTICE [{notice}] AGAIN", notice=notice.id, actor=actor, at=now)


@use_case
def dismiss(uow: UnitOfWork, *, notice_id: int, actor: Actor, now: datetime) -> None:
    """Somebody has looked at a flagged notice: take its flag away. Repeating it is harmless.

    :raises NotFound: there is no such notice
    """
    notice = _locked(uow, notice_id)
    if notice.flag:
        flag, notice.flag = notice.flag, ""
        uow.events.write("PPV NOTICE [{notice}] SEEN `{flag}`", notice=notice.id, flag=flag, actor=actor, at=now)


@use_case
def forget_old(uow: UnitOfWork, *, now: datetime) -> int:
    """Wipe who has paid, and the text of notices, once their time of keeping is over; gives how many notices."""
    oldest = now - timedelta(days=uow.option(PpvOptions).keep_notices_days)
    done = [Notice.received_at < oldest, Notice.due_at.is_(None), or_(Notice.raw != b"", Notice.remote_ip != "")]
    wiped = _wipe(uow, Notice, done, raw=b"", remote_ip="")
    _wipe(uow, Payment, [Payment.at < oldest, Payment.payer_email != ""], payer_email="")
    return wiped


def _wipe(
    uow: UnitOfWork, model: type[Notice] | type[Payment], where: list[ColumnElement[bool]], **values: object
) -> int:
    wiped: int = uow.session.execute(update(model).where(*where).values(**values)).rowcount  # type: ignore[attr-defined]
    return wiped


def _later(notice: Notice, now: datetime) -> bool:
    """Try again after a pause that doubles each time; False when it has been tried for long enough."""
    notice.attempts += 1
    if now >= notice.received_at + GIVE_UP:
        notice.due_at = None
        return False
    notice.due_at = now + min(FIRST_PAUSE * 2 ** min(notice.attempts - 1, 20), LONGEST_PAUSE)
    return True


def _alert(uow: UnitOfWork, notice: Notice, flag: str, *, actor: Actor, now: datetime) -> None:
    notice.flag = flag
    template = "PPV NOTICE [{notice}] OF {provider} NEEDS A LOOK `{flag}`"
    provider = notice.provider.upper()
    uow.events.write(template, actor=actor, at=now, notice=notice.id, provider=provider, flag=flag)


def _locked(uow: UnitOfWork, notice_id: int) -> Notice:
    """:raises NotFound: there is no such notice"""
    notice = uow.session.get(Notice, notice_id, with_for_update=True, populate_existing=True)
    if notice is None:
        raise NotFound(notice=notice_id)
    return notice


def lock_notice(uow: UnitOfWork, notice_id: int) -> Notice:
    """The notice, which nobody else concludes before the transaction ends.

    :raises NotFound: there is no such notice
    """
    return _locked(uow, notice_id)
