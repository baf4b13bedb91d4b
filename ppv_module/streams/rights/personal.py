"""What differs for one subscriber: how many streams he may watch at once."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.db import insert_missing
from billing.uow import UnitOfWork, use_case
from billing.versions import check_seen
from ppv_module.credits.accounts import lock_credits
from ppv_module.streams.rights.checked import check_number
from ppv_module.streams.rights.models import Personal
from ppv_module.streams.rights.tariffs import MOST_STREAMS


@use_case
def set_personal_limit(
    uow: UnitOfWork, *, login: str, max_streams: int | None, actor: Actor, now: datetime, seen: int | None = None
) -> Personal:
    """Let a subscriber watch so many streams at once; 0: any number, None: as his tariffs say. It counts at once.

    :raises UnknownLogin: there is no such subscriber
    :raises InvalidInput: the limit cannot be used
    :raises ChangedMeanwhile: somebody was faster
    """
    check_number("max_streams", max_streams, 0, MOST_STREAMS)
    personal = _locked(uow, login)
    if personal.max_streams != max_streams:
        check_seen(personal, seen)
        before, personal.max_streams = personal.max_streams, max_streams
        uow.events.write(
            "PPV STREAM LIMIT ({login}) SET [{limit}]",
            login=login,
            limit="-" if max_streams is None else max_streams,
            actor=actor,
            at=now,
            before={"max_streams": before},
            after={"max_streams": max_streams},
        )
    return personal


@use_case
def end_cooldown(uow: UnitOfWork, *, login: str, actor: Actor, now: datetime) -> Personal:
    """Let a subscriber watch again who was denied as a whole after an excess. Repeating it is harmless.

    :raises UnknownLogin: there is no such subscriber
    """
    personal = _locked(uow, login)
    if personal.cooldown_until is not None and personal.cooldown_until > now:
        personal.cooldown_until = None
        uow.events.write("PPV STREAM LIMIT ({login}) COOLDOWN ENDED", login=login, actor=actor, at=now)
    return personal


def personal_of(session: Session, account_id: int) -> Personal | None:
    """What differs for the owner of these credits; None where nothing does."""
    return session.get(Personal, account_id)


def _locked(uow: UnitOfWork, login: str) -> Personal:
    """The row, made when there is none; the account is locked first, as messages of servers do it."""
    uow.host.find(login)
    account = lock_credits(uow, login).account
    insert_missing(uow.session, Personal, account_id=account.id, login=login)
    return uow.session.get_one(Personal, account.id, with_for_update=True, populate_existing=True)
