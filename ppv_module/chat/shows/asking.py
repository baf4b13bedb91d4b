"""A viewer asks a performer for a private show."""

import uuid
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.db import insert_missing
from billing.money import CREDITS, Money
from billing.uow import UnitOfWork, use_case
from ppv_module.chat.models import Mode, Performer, Person, Rules, Status, Tenant
from ppv_module.chat.presence import status_of
from ppv_module.chat.shows import meters
from ppv_module.chat.shows.finishing import tell
from ppv_module.chat.shows.models import Show, ShowState, Source
from ppv_module.chat.shows.reading import asked_by, held_by
from ppv_module.chat.shows.sweeping import judge
from ppv_module.credits.accounts import SPENT, balance_of, open_credits
from ppv_module.credits.models import CreditState
from ppv_module.errors import (
    Banned,
    EmbedMode,
    InsufficientCredits,
    OwnRoom,
    PerformerBusy,
    PerformerOffline,
    UnknownPerformer,
    UnknownPerson,
    UnknownTenant,
    UserInShow,
    WalletFrozen,
)


@use_case
def request_show(
    uow: UnitOfWork, *, viewer_id: int, performer_id: int, source: Source, actor: Actor, now: datetime
) -> Show:
    """Ask for a private show at the performer's present rate and the tenant's present rules; no credits move.

    Asking again while she has not answered gives the same request.

    :raises UnknownPerson, UnknownPerformer, UnknownTenant, EmbedMode, OwnRoom: there is nothing to ask for
    :raises Banned, WalletFrozen, InsufficientCredits: the viewer may not
    :raises PerformerBusy, PerformerOffline: she cannot
    :raises UserInShow: he has asked for another show or is in one
    """
    viewer = person_of(uow.session, viewer_id)
    performer = performer_for(uow.session, viewer, performer_id)
    tenant = selling_tenant(uow.session, viewer.tenant_id)
    credits = open_credits(uow, viewer.login)
    uow.ledger.system(SPENT, CREDITS)  # so that no tick has to make it
    if (pending := _pending(uow, viewer_id, performer_id, now)) is not None:
        return pending
    require_allowed(viewer)
    _settle(uow, held_by(uow.session, performer_id), now)
    require_there(uow.session, performer, tenant, now)
    require_credits(uow.session, credits, start_credits(tenant, performer.rate))
    return _asked(uow, viewer, performer, tenant, credits, source=source, actor=actor, now=now)


def person_of(session: Session, person_id: int) -> Person:
    """:raises UnknownPerson: there is nobody with this id"""
    if (person := session.get(Person, person_id)) is None:
        raise UnknownPerson(person=person_id)
    return person


def performer_for(session: Session, viewer: Person, performer_id: int) -> Performer:
    """:raises UnknownPerformer: the viewer's chat has no such performer, or she is not active
    :raises OwnRoom: it is the viewer himself
    """
    performer = session.get(Performer, performer_id)
    if performer is None or performer.tenant_id != viewer.tenant_id or not performer.active:
        raise UnknownPerformer(performer=performer_id)
    person = person_of(session, performer_id)
    if person.id == viewer.id or person.login == viewer.login:
        raise OwnRoom(field="performer", value=person.number)
    if person.banned_at is not None:
        raise UnknownPerformer(performer=performer_id)
    return performer


def selling_tenant(session: Session, tenant_id: int) -> Tenant:
    """:raises UnknownTenant: it is not active
    :raises EmbedMode: nothing is sold here
    """
    tenant = session.get_one(Tenant, tenant_id)
    if not tenant.active:
        raise UnknownTenant(tenant=tenant_id)
    if tenant.mode is Mode.EMBED:
        raise EmbedMode(tenant=tenant.name)
    return tenant


def require_allowed(viewer: Person) -> None:
    """:raises Banned: he may not use the chat"""
    if viewer.banned_at is not None:
        raise Banned(nickname=viewer.nickname)


def require_there(session: Session, performer: Performer, tenant: Tenant, now: datetime) -> None:
    """:raises PerformerBusy, PerformerOffline: she cannot hold a show now"""
    is_busy = held_by(session, performer.person_id) is not None
    status = status_of(performer, tenant=tenant, busy=is_busy, now=now)
    if status is Status.BUSY:
        raise PerformerBusy(performer=performer.display_name)
    if status is Status.OFFLINE:
        raise PerformerOffline(performer=performer.display_name)


def start_credits(tenant: Tenant, rate: int) -> int:
    """Credits that a viewer must have to begin a show: what the tenant wants, and a minute unless it wants anything."""
    rules = tenant.rules
    wanted = rules.min_start_credits
    if "min_start_credits" not in tenant.rules_given:
        wanted = max(wanted, rate)
    return max(wanted, rules.min_charge_credits)


def require_credits(session: Session, credits: CreditState, needed: int) -> None:
    """:raises WalletFrozen, InsufficientCredits: these credits cannot pay for a show"""
    if credits.is_frozen:
        raise WalletFrozen(login=credits.login)
    balance = balance_of(session, credits.login)
    if balance < needed:
        facts = {"needed": needed, "available": balance, "lack": needed - balance}
        raise InsufficientCredits(**{name: Money(value, CREDITS) for name, value in facts.items()})


def rules_for(rules: Rules, source: Source) -> Rules:
    """The rules that a show keeps: one that the chat's own server drives is ticked at that server's pace."""
    if source is not Source.HOOK or rules.vendor_tick_interval_s <= rules.tick_interval_s:
        return rules
    interval_s = rules.vendor_tick_interval_s
    return replace(
        rules,
        tick_interval_s=interval_s,
        max_tick_gap_s=max(rules.max_tick_gap_s, interval_s * 5 // 2),
        tick_timeout_s=max(rules.tick_timeout_s, interval_s * 3),
    )


def _pending(uow: UnitOfWork, viewer_id: int, performer_id: int, now: datetime) -> Show | None:
    """His request to her that waits for an answer.

    :raises UserInShow: he has another one, or a show
    """
    _settle(uow, asked_by(uow.session, viewer_id), now)
    found = asked_by(uow.session, viewer_id)
    if found is not None and (found.state, found.performer_id) != (ShowState.REQUESTED, performer_id):
        raise UserInShow(show=found.id)
    return found


def _settle(uow: UnitOfWork, show: Show | None, now: datetime) -> None:
    """End a show whose time is over where no sweeper has come by yet."""
    if show is not None and show.due_at is not None and show.due_at <= now:
        judge(uow, show_id=show.id, now=now)


def _asked(
    uow: UnitOfWork,
    viewer: Person,
    performer: Performer,
    tenant: Tenant,
    credits: CreditState,
    *,
    source: Source,
    actor: Actor,
    now: datetime,
) -> Show:
    show_id, rules = str(uuid.uuid4()), rules_for(tenant.rules, source)
    rules = replace(rules, min_start_credits=start_credits(tenant, performer.rate))
    insert_missing(  # of many at once the first one asks, and the others find what it has asked
        uow.session,
        Show,
        id=show_id,
        tenant_id=tenant.id,
        viewer_id=viewer.id,
        performer_id=performer.person_id,
        viewer_slot=viewer.id,
        account_id=credits.account_id,
        login=viewer.login,
        source=source,
        state=ShowState.REQUESTED,
        rate=performer.rate,
        percent_bp=performer.percent_bp,
        value_minor=tenant.value_minor,
        value_credits=tenant.value_credits,
        currency=tenant.currency,
        rules=asdict(rules),
        requested_at=now,
        due_at=now + timedelta(seconds=rules.request_ttl_s),
    )
    found = _pending(uow, viewer.id, performer.person_id, now)
    if found is None:
        raise UserInShow(show=show_id)
    if found.id == show_id:
        meters.note(uow.session.connection(), show_id, "requested", at=now)
        tell(uow, found, "REQUESTED", actor=actor, now=now)
    return found
