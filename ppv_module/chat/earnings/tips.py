"""Tips: credits that a viewer gives a performer, in public or in a show, and taking one back by the staff."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from billing.actors import Actor
from billing.errors import KeyReused, NotFound
from billing.uow import UnitOfWork, use_case
from ppv_module.chat.earnings.benefit import share
from ppv_module.chat.earnings.models import Action, Earning
from ppv_module.chat.models import Performer, Person, Tenant
from ppv_module.chat.shows import meters
from ppv_module.chat.shows.asking import performer_for, person_of, require_allowed, selling_tenant
from ppv_module.chat.shows.models import Show, ShowState
from ppv_module.chat.shows.reading import asked_by
from ppv_module.credits.accounts import give_back, lock_credits, spend
from ppv_module.errors import BadState, BadTip, UnknownShow

LONGEST_KEY = 64


@dataclass(frozen=True)
class Tipped:
    """A tip by its number, and the credits that the viewer has left."""

    id: int
    balance: int


@use_case
def send_tip(
    uow: UnitOfWork,
    *,
    viewer_id: int,
    performer_id: int,
    credits: int,
    key: str,
    show_id: str | None = None,
    actor: Actor,
    now: datetime,
) -> Tipped:
    """Give the performer `credits`, once per `key` of the caller; she need not be online.

    One that is sent in a live show of these two belongs to it, said or not.

    :raises UnknownPerson, UnknownPerformer, UnknownTenant, EmbedMode, OwnRoom, BadTip: it cannot be given
    :raises UnknownShow: these two have no such show
    :raises Banned, WalletFrozen, InsufficientCredits: the viewer may not; nothing has changed
    :raises KeyReused: the key stands for another tip
    """
    viewer = person_of(uow.session, viewer_id)
    earning_key = key_of(viewer.tenant_id, key)
    live = _lock_live(uow, viewer_id)
    purse = lock_credits(uow, viewer.login)
    if (done := uow.session.scalar(select(Earning).where(Earning.key == earning_key))) is not None:
        return Tipped(_same(done, viewer_id, performer_id, credits, show_id).id, purse.balance)
    require_allowed(viewer)
    performer = performer_for(uow.session, viewer, performer_id)
    tenant = selling_tenant(uow.session, viewer.tenant_id)
    _require_amount(credits, tenant.rules.tip_max)
    _require_show_of(uow, show_id, viewer_id, performer_id)
    if show_id is None and live is not None and live.performer_id == performer_id:
        show_id = live.id
    purse.require_open()
    _, gift = spend(uow, purse, credits=credits, key=f"ppv.tip:{earning_key}", actor=actor, at=now)
    tip = _earning(viewer, performer, tenant, credits, gift, key=earning_key, show_id=show_id, at=now)
    uow.session.add(tip)
    uow.session.flush()
    _tell(uow, tip, viewer, "SENT", actor=actor, now=now)
    if show_id is not None:
        meters.note(uow.session.connection(), show_id, "tip", at=now, credits_added=credits)
    if live is not None:
        meters.retime(uow, live.id)
    return Tipped(tip.id, purse.balance)


def key_of(tenant_id: int, key: str) -> str:
    """The key of a tip: the caller's own, by tenant; a long one shortened to its fingerprint."""
    short = key if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()
    return f"tip:{tenant_id}:{short}"


def _lock_live(uow: UnitOfWork, viewer_id: int) -> Show | None:
    """Lock the show that he is in, since a show is locked before its credits; what he gives shortens it."""
    show = asked_by(uow.session, viewer_id)
    if show is None or show.state is not ShowState.LIVE:
        return None
    meters.lock(uow, show.id)
    return show


def _same(done: Earning, viewer_id: int, performer_id: int, credits: int, show_id: str | None) -> Earning:
    """:raises KeyReused: `done` is another tip"""
    same_show = show_id in (None, done.show_id)
    if not same_show or (done.payer_id, done.performer_id, done.credits) != (viewer_id, performer_id, credits):
        raise KeyReused(key=done.key)
    return done


def _require_amount(credits: int, most: int) -> None:
    """:raises BadTip: not a whole number from one to `most`"""
    if type(credits) is not int or not 0 < credits <= most:
        raise BadTip(field="credits", value=credits, most=most)


def _require_show_of(uow: UnitOfWork, show_id: str | None, viewer_id: int, performer_id: int) -> None:
    """:raises UnknownShow: these two have no such show"""
    if show_id is None:
        return
    show = uow.session.get(Show, show_id)
    if show is None or (show.viewer_id, show.performer_id) != (viewer_id, performer_id):
        raise UnknownShow(show=show_id)


def _earning(
    viewer: Person,
    performer: Performer,
    tenant: Tenant,
    credits: int,
    gift: int,
    *,
    key: str,
    show_id: str | None,
    at: datetime,
) -> Earning:
    """Her part by what holds now; what was a gift pays only where gifts pay."""
    paying = credits - (0 if tenant.rules.bonus_pays else gift)
    price, benefit = share(paying, tenant.value_minor, tenant.value_credits, performer.percent_bp)
    return Earning(
        at=at,
        action=Action.TIPS,
        tenant_id=tenant.id,
        payer_id=viewer.id,
        performer_id=performer.person_id,
        credits=credits,
        bonus=gift,
        price_mills=price,
        benefit_mills=benefit,
        percent_bp=performer.percent_bp,
        currency=tenant.currency,
        show_id=show_id,
        key=key,
    )


@use_case
def reverse_tip(uow: UnitOfWork, *, earning_id: int, reason: str, actor: Actor, now: datetime) -> Earning:
    """Give a tip back to who sent it, as long as it is in no payout. A reversed one is answered as it is.

    :raises NotFound: there is no such tip
    :raises BadState: it is being paid out, or was
    """
    tip = uow.session.get(Earning, earning_id)
    if tip is None or tip.action is not Action.TIPS or tip.payer_id is None:
        raise NotFound(tip=earning_id)
    viewer = person_of(uow.session, tip.payer_id)
    purse = lock_credits(uow, viewer.login)
    tip = uow.session.get_one(Earning, earning_id, with_for_update=True, populate_existing=True)
    if tip.reversed_at is not None:
        return tip
    if tip.payout_id is not None:
        raise BadState(state="paid", wanted="unpaid")
    transfer = uow.ledger.transfer_of(f"ppv.tip:{tip.key}")
    if transfer is None:
        raise NotFound(tip=earning_id)
    key, note = f"ppv.tip-reversed:{tip.id}", " ".join(reason.split())[:200]
    give_back(uow, purse, transfer, gift=tip.bonus, key=key, actor=actor, at=now, note=note)
    tip.reversed_at, tip.note = now, note
    _tell(uow, tip, viewer, "REVERSED", actor=actor, now=now)
    return tip


def _tell(uow: UnitOfWork, tip: Earning, viewer: Person, what: str, *, actor: Actor, now: datetime) -> None:
    uow.events.write(
        f"PPV TIP ({{login}}) {what} [{{tip}}] `{{credits}}` PERFORMER [{{performer}}]",
        login=viewer.login,
        tip=tip.id,
        credits=tip.credits,
        performer=tip.performer_id,
        actor=actor,
        at=now,
    )
