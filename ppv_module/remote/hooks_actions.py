"""What the calls of the chat's server do. Its amounts are never applied: our clock and rates decide what a show costs.

The one number that has to come from the chat is how much a viewer tips, since he says so there. It is checked like
any tip and paid from his own credits.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.idempotency import Answer, lately
from billing.uow import UnitOfWork
from ppv_module.chat.earnings.tips import send_tip
from ppv_module.chat.models import Performer, Person, Tenant
from ppv_module.chat.nicknames import name_key
from ppv_module.chat.shows.models import OPEN, Show, ShowState
from ppv_module.chat.shows.reading import asked_by
from ppv_module.chat.shows.running import ready, tick
from ppv_module.chat.wall import Card, wall
from ppv_module.credits.accounts import balance_of
from ppv_module.errors import BadTip, UnknownPerformer, UnknownPerson
from ppv_module.remote.hooks_fields import Told

KO = "ko"


@dataclass(frozen=True, kw_only=True)
class Hook:
    """A call that was let in. `digest` is the same for two calls with the same body."""

    tenant: Tenant
    told: Told
    digest: str
    actor: Actor
    now: datetime
    pictures: str = ""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the chat is answered, and what the log keeps of it."""

    answer: str
    result: str
    show_id: str | None = None


def performers(uow: UnitOfWork, hook: Hook) -> Outcome:
    """The performers of the tenant, as the chat shows them."""
    cards = wall(uow.session, hook.tenant, hook.now)
    return Outcome(
        answer=json.dumps([_shown(each, hook.pictures) for each in cards]), result=f"{len(cards)} performers"
    )


def balance(uow: UnitOfWork, hook: Hook, *, result: str = "balance", show_id: str | None = None) -> Outcome:
    """The viewer's true balance.

    :raises UnknownPerson: nobody here has this number or name
    """
    credits = balance_of(uow.session, viewer(uow.session, hook).login)
    text = json.dumps({"credits": credits}) if hook.tenant.hook_json else str(credits)
    return Outcome(answer=text, result=result, show_id=show_id)


def update(uow: UnitOfWork, hook: Hook) -> Outcome:
    """A tick has happened now. An accepted show is live from here on; without a show nothing is billed.

    :raises UnknownPerson, BadState: nothing has changed
    """
    show = _show(uow.session, hook)
    if show is None:
        return balance(uow, hook, result="no matching show")
    if show.state is ShowState.ACCEPTED:
        ready(uow, show_id=show.id, now=hook.now)
    done = tick(uow, show_id=show.id, now=hook.now, payload=f"hook, claim {hook.told.claim[:32]}")
    return balance(uow, hook, result=f"tick: {done.action}, {done.credits_charged} charged", show_id=show.id)


def send(uow: UnitOfWork, hook: Hook) -> Outcome:
    """A tip. Two calls with the same body within `tip_dedupe_ms` are one tip.

    :raises UnknownPerson, UnknownPerformer, BadTip, InsufficientCredits, WalletFrozen: nothing has changed
    """
    within = timedelta(milliseconds=hook.tenant.rules.tip_dedupe_ms)
    owner = f"hook:{hook.tenant.id}"
    answer, is_repeat = lately(
        uow, owner=owner, key=hook.digest, within=within, serve=lambda uow: _tipped(uow, hook), now=hook.now
    )
    return Outcome(answer=answer.body.decode(), result="repeated tip, not counted" if is_repeat else "tip")


def _tipped(uow: UnitOfWork, hook: Hook) -> Answer:
    credits = hook.told.whole("credits")
    if not credits:
        raise BadTip(field="credits", value=hook.told.claim[:32], most=hook.tenant.rules.tip_max)
    payer = viewer(uow.session, hook)
    if payer.number != hook.told.whole("userid"):  # a guest may call himself like somebody who has credits
        raise UnknownPerson(person=hook.told.username[:32])
    show = _open(uow.session, payer)
    performer_id = _performer(uow.session, hook) or (show.performer_id if show else None)
    if performer_id is None:
        raise UnknownPerformer(performer=hook.told.fields.get("performerid", "")[:32])
    is_hers = show is not None and show.performer_id == performer_id
    send_tip(
        uow,
        viewer_id=payer.id,
        performer_id=performer_id,
        credits=credits,
        key=f"hook:{hook.tenant.id}:{hook.digest[:32]}:{hook.now.timestamp():.6f}",
        show_id=show.id if show and is_hers else None,
        actor=hook.actor,
        now=hook.now,
    )
    return Answer(200, "text/plain", balance(uow, hook).answer.encode())


ACTIONS: dict[str, Callable[[UnitOfWork, Hook], Outcome]] = {
    "getPerformers": performers,
    "updateCredits": update,
    "sendCredits": send,
    "getCredits": balance,
}
LOOKING: dict[str, Callable[[UnitOfWork, Hook], Outcome]] = {
    "getPerformers": performers,
    "updateCredits": balance,
    "sendCredits": balance,
    "getCredits": balance,
}
"""The same while the tenant's hooks are only captured: nothing is billed, what is answered is true."""


def viewer(session: Session, hook: Hook) -> Person:
    """Whom the call is about: by his number, else by his name. Where both are said, both must fit.

    The chat may number people as it likes, and nobody must pay for another one.

    :raises UnknownPerson: nobody here has this number or name
    """
    number, name = hook.told.whole("userid"), name_key(hook.told.username)
    mine = select(Person).where(Person.tenant_id == hook.tenant.id)
    found = session.scalar(mine.where(Person.number == number)) if number is not None else None
    if found is None and name:
        found = session.scalars(mine.where(Person.nickname_key == name)).one_or_none()
    if found is None or (name and found.nickname_key != name):
        raise UnknownPerson(person=hook.told.fields.get("userid", hook.told.username)[:32])
    return found


def _performer(session: Session, hook: Hook) -> int | None:
    """Who of the performers is named. The chat reckons her number from the room, so that in a private room, whose
    number says nothing, it names nobody.
    """
    number = hook.told.whole("performerid")
    mine = select(Person.id).join(Performer, Performer.person_id == Person.id).where(Person.tenant_id == hook.tenant.id)
    return session.scalar(mine.where(Person.number == number)) if number is not None else None


def _show(session: Session, hook: Hook) -> Show | None:
    """The viewer's open show, unless the call names another performer than the one he is with."""
    show = _open(session, viewer(session, hook))
    named = _performer(session, hook)
    return None if show is None or named not in (None, show.performer_id) else show


def _open(session: Session, viewer: Person) -> Show | None:
    show = asked_by(session, viewer.id)
    return show if show is not None and show.state in OPEN else None


def _shown(card: Card, pictures: str) -> dict[str, object]:
    def picture(name: str) -> str:
        return f"{pictures}/{name}" if pictures and name else ""

    return {
        "id": card.number,
        "username": card.name,
        "image": picture(card.avatar),
        "ppv_pricePerMinute": card.rate,
        "creditsPerMinute": card.rate,
        "conference_bigPhoto": picture(card.photo),
        "status": card.status.value,
    }
