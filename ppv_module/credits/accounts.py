"""A subscriber's credits: their account in the ledger, under one lock, and the ways in which they change."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.db import insert_missing
from billing.errors import NotEnoughMoney
from billing.ledger.models import Account, Refs, Transfer
from billing.money import CREDITS, Money
from billing.uow import UnitOfWork
from ppv_module.credits.models import CreditState
from ppv_module.errors import InsufficientCredits, WalletFrozen

ISSUED = "outside:credits"
"""Where credits come from. What it is short of is what subscribers hold and have spent."""

SPENT = "income:credits"
"""Where credits go when they are spent."""

DEBT, STAFF = "debt", "staff"


@dataclass(frozen=True)
class Purse:
    """A subscriber's credits, locked until the end of the transaction."""

    state: CreditState
    account: Account

    @property
    def balance(self) -> int:
        """Whole credits; negative after a clawback of what was spent."""
        return self.account.balance_minor or 0

    def require_open(self) -> None:
        """:raises WalletFrozen: nothing may be spent"""
        if self.state.is_frozen:
            raise WalletFrozen(login=self.state.login)


def account_code(login: str) -> str:
    return f"credits:{login}"


def balance_of(session: Session, login: str) -> int:
    """Whole credits as they are now, without a lock; 0 for who never had any."""
    return session.scalar(select(Account.balance_minor).where(Account.code == account_code(login))) or 0


def open_credits(uow: UnitOfWork, login: str) -> CreditState:
    """The state of a subscriber's credits, with an empty account when there was none.

    :raises UnknownLogin: nobody has this login
    """
    if (state := uow.session.get(CreditState, login)) is not None:
        return state
    uow.host.lock(login)  # of two who open it at once the second finds it open
    if (state := uow.session.get(CreditState, login)) is None:
        account = uow.ledger.open(account_code(login), CREDITS)
        insert_missing(uow.session, CreditState, login=login, account_id=account.id, bonus=0)
        state = uow.session.get_one(CreditState, login)
    return state


def lock_credits(uow: UnitOfWork, login: str) -> Purse:
    """The credits of `login`, which nobody else changes until the transaction ends.

    :raises UnknownLogin: nobody has this login
    """
    open_credits(uow, login)
    state = uow.session.get_one(CreditState, login, with_for_update=True, populate_existing=True)
    return Purse(state, uow.ledger.lock(state.account_id))


def spend(
    uow: UnitOfWork,
    purse: Purse,
    *,
    credits: int,
    key: str,
    actor: Actor,
    at: datetime,
    note: str = "",
    journal: str | None = None,
) -> tuple[Transfer, int]:
    """Take `credits`; gives the transfer and how many of them were a gift. Gifts are spent first.

    Says nothing about freezing, since a show's last seconds are owed all the same: see `Purse.require_open`.

    :raises InsufficientCredits: there are fewer; nothing has changed
    :raises KeyReused: the key stands for something else
    """
    is_repeat = uow.ledger.transfer_of(key) is not None
    try:
        target = uow.ledger.system(SPENT, CREDITS)
        transfer = _moved(uow, purse.account, target, credits, key=key, actor=actor, at=at, note=note, journal=journal)
    except NotEnoughMoney as short:
        raise InsufficientCredits(**short.facts) from short
    gift = 0 if is_repeat else min(purse.state.bonus, credits)
    purse.state.bonus -= gift
    return transfer, gift


def grant(
    uow: UnitOfWork,
    purse: Purse,
    *,
    credits: int,
    key: str,
    actor: Actor,
    at: datetime,
    note: str = "",
    journal: str | None = None,
    is_gift: bool = False,
) -> Transfer:
    """Give `credits` once per `key`. A debt that this pays unfreezes what it had frozen.

    :raises KeyReused: the key stands for something else
    """
    is_repeat = uow.ledger.transfer_of(key) is not None
    source = uow.ledger.system(ISSUED, CREDITS)
    transfer = _moved(uow, source, purse.account, credits, key=key, actor=actor, at=at, note=note, journal=journal)
    if is_gift and not is_repeat:
        purse.state.bonus += credits
    _bound_gifts(purse)
    _pay_debt(uow, purse)
    return transfer


def give_back(
    uow: UnitOfWork, purse: Purse, spent: Transfer, *, gift: int, key: str, actor: Actor, at: datetime, note: str
) -> Transfer:
    """Undo what was `spent`, of which `gift` credits had been a gift and are one again; once. Pays a debt as `grant`.

    :raises WrongState: it was undone under another key
    """
    is_repeat = uow.ledger.transfer_of(key) is not None
    refs = Refs(actor=actor.name, login=purse.state.login, note=note or None)
    transfer = uow.ledger.reverse(spent, key=key, refs=refs, at=at)
    if not is_repeat:
        purse.state.bonus += gift
    _bound_gifts(purse)
    _pay_debt(uow, purse)
    return transfer


def _pay_debt(uow: UnitOfWork, purse: Purse) -> None:
    """A debt that has shrunk does not grow again, and one that is paid freezes nothing any more."""
    uow.ledger.set_floor(purse.account.id, Money(0, CREDITS))
    if purse.balance >= 0 and purse.state.frozen_by == DEBT:
        purse.state.frozen_by, purse.state.frozen_reason = "", ""


def take(
    uow: UnitOfWork, purse: Purse, *, credits: int, key: str, actor: Actor, at: datetime, note: str = ""
) -> Transfer:
    """Take `credits` back that were given or sold, gifts first; nothing is bought for them.

    :raises InsufficientCredits: there are fewer; nothing has changed
    :raises KeyReused: the key stands for something else
    """
    is_repeat = uow.ledger.transfer_of(key) is not None
    try:
        transfer = _moved(
            uow, purse.account, uow.ledger.system(ISSUED, CREDITS), credits, key=key, actor=actor, at=at, note=note
        )
    except NotEnoughMoney as short:
        raise InsufficientCredits(**short.facts) from short
    if not is_repeat:
        purse.state.bonus -= min(purse.state.bonus, credits)
    return transfer


def claw_back(
    uow: UnitOfWork, purse: Purse, *, credits: int, key: str, actor: Actor, at: datetime, note: str
) -> Transfer:
    """Take `credits` even where they were spent: the balance may fall below zero, and is frozen then.

    :raises KeyReused: the key stands for something else
    """
    target = uow.ledger.system(ISSUED, CREDITS)
    if not uow.ledger.transfer_of(key) and purse.balance < credits:
        uow.ledger.set_floor(purse.account.id, Money(purse.balance - credits, CREDITS))
        if not purse.state.frozen_by:
            purse.state.frozen_by, purse.state.frozen_reason = DEBT, note
    transfer = _moved(uow, purse.account, target, credits, key=key, actor=actor, at=at, note=note)
    _bound_gifts(purse)
    return transfer


def _bound_gifts(purse: Purse) -> None:
    """Of what is there no more is a gift than there is: a debt eats gifts like everything else."""
    purse.state.bonus = min(purse.state.bonus, max(purse.balance, 0))


def _moved(
    uow: UnitOfWork,
    source: Account,
    target: Account,
    credits: int,
    *,
    key: str,
    actor: Actor,
    at: datetime,
    note: str,
    journal: str | None = None,
) -> Transfer:
    subscriber = source if source.balance_minor is not None else target
    refs = Refs(actor=actor.name, login=subscriber.code.removeprefix("credits:"), note=note or None)
    amount = Money(credits, CREDITS)
    return uow.ledger.transfer(source=source, target=target, amount=amount, key=key, refs=refs, at=at, journal=journal)
