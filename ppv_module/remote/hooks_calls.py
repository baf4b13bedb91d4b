"""A call of the chat's server from its reading to its line in the log, in one transaction."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from billing.errors import BillingError
from billing.uow import Billing, UnitOfWork, use_case
from ppv_module.chat.models import HookCall, HookMode, Tenant
from ppv_module.remote.hooks_actions import ACTIONS, KO, LOOKING, Hook, Outcome, balance

KEPT = timedelta(days=90)
"""So long a call can be compared with what we charged."""

WITH_BALANCE = ("updateCredits",)
"""What is answered with the true balance also when it cannot be done."""


def tenant_of(billing: Billing, token: str) -> Tenant | None:
    """The active tenant whose hooks have this address. The time it takes does not tell how near a guess was."""
    with billing.reading() as session:
        rows = session.execute(select(Tenant.id, Tenant.hook_token).where(Tenant.active)).all()
        given = token.encode()
        found = [row.id for row in rows if secrets.compare_digest(row.hook_token.encode(), given)]
        return session.get(Tenant, found[0]) if found else None


def hear(uow: UnitOfWork, hook: Hook) -> str:
    """Do what the call asks for as far as the tenant's mode allows it; gives the answer for the chat.

    A refusal is an answer, too: the log says why. Anything else rolls back all of it, the log's line as well.
    """
    try:
        return _done(uow, hook=hook)
    except BillingError as refusal:
        if refusal.retryable:
            raise
        return _refused(uow, hook=hook, refusal=refusal)


@use_case
def _done(uow: UnitOfWork, *, hook: Hook) -> str:
    outcome = _outcome(uow, hook)
    _log(uow, hook, outcome)
    return outcome.answer


@use_case
def _refused(uow: UnitOfWork, *, hook: Hook, refusal: BillingError) -> str:
    outcome = Outcome(answer=KO, result=f"{KO}: {refusal.code}")
    if hook.told.action in WITH_BALANCE:
        try:
            outcome = balance(uow, hook, result=refusal.code)
        except BillingError as unknown:
            outcome = Outcome(answer=KO, result=f"{KO}: {unknown.code}")
    _log(uow, hook, outcome)
    return outcome.answer


def _outcome(uow: UnitOfWork, hook: Hook) -> Outcome:
    mode = hook.tenant.hook_mode
    if mode is HookMode.OFF:
        return Outcome(answer=KO, result=f"{KO}: off")
    webmaster = hook.told.fields.get("webmasterid")
    if webmaster is not None and hook.told.whole("webmasterid") != hook.tenant.webmaster_id:
        return Outcome(answer=KO, result=f"{KO}: another webmasterid")
    known = ACTIONS if mode is HookMode.LIVE else LOOKING
    if (action := known.get(hook.told.action)) is None:
        return Outcome(answer=KO, result=f"{KO}: unknown action")
    return action(uow, hook)


def _log(uow: UnitOfWork, hook: Hook, outcome: Outcome) -> None:
    uow.session.add(
        HookCall(
            tenant_id=hook.tenant.id,
            at=hook.now,
            action=hook.told.action[:64],
            fields=hook.told.for_log(),
            remote_ip=hook.actor.address[:64],
            show_id=outcome.show_id,
            vendor_claim=hook.told.claim[:64],
            our_result=outcome.result[:200],
        )
    )


@use_case
def forget_old(uow: UnitOfWork, *, now: datetime) -> None:
    """Drop calls that nobody compares any more."""
    uow.session.execute(delete(HookCall).where(HookCall.at < now - KEPT))
