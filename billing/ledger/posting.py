"""Transfers: one at a time, inside the caller's transaction."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.db import insert_missing
from billing.errors import KeyReused, NotEnoughMoney, NotFound, WrongState
from billing.ledger.models import Account, Refs, Transfer
from billing.money import MixedUnits, Money


class Posting:
    """Moves money between accounts. Accounts are locked in the order of their ids, so rivals cannot deadlock."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def open(self, code: str, unit: str, *, floor: Money | None = None) -> Account:
        """Open a subscriber's account: it starts empty and never falls below `floor` (zero unless told)."""
        account = Account(code=code, unit=unit, balance_minor=0, held_minor=0, floor_minor=floor.minor if floor else 0)
        self._session.add(account)
        self._session.flush()
        return account

    def system(self, code: str, unit: str) -> Account:
        """The system account `code`, made on first use; it keeps no balance and knows no floor."""
        if (account := self._find(code)) is None:
            insert_missing(self._session, Account, code=code, unit=unit)
            account = self._session.scalars(select(Account).where(Account.code == code)).one()
        return account

    def account(self, code: str) -> Account:
        """:raises NotFound: there is no such account"""
        if (account := self._find(code)) is None:
            raise NotFound(account=code)
        return account

    def _find(self, code: str) -> Account | None:
        return self._session.scalar(select(Account).where(Account.code == code))

    def lock(self, account_id: int) -> Account:
        """The account as it is now, locked until the end of the transaction."""
        self._session.flush()  # a change of ours must not be overwritten by what is read
        return self._session.get_one(Account, account_id, with_for_update=True, populate_existing=True)

    def set_floor(self, account_id: int, floor: Money) -> None:
        """Let the account fall to `floor`; one that is already lower keeps its present depth as the floor."""
        account = self.lock(account_id)
        account.floor_minor = min(floor.minor, account.available.minor)

    def transfer(
        self,
        *,
        source: Account,
        target: Account,
        amount: Money,
        key: str,
        refs: Refs,
        at: datetime,
        keep: Money | None = None,
        journal: str | None = None,
        reverses_id: int | None = None,
    ) -> Transfer:
        """Move `amount`. The same key with the same content is quietly "already done".

        `keep` is what must stay available in `source` when that is more than its own floor.

        :raises NotEnoughMoney: it would break the source's floor; nothing has changed
        :raises KeyReused: the key stands for something else
        """
        check_sides(source, target, amount)
        self.lock_both(source, target)
        if done := self.transfer_of(key):
            return same(done, source, target, amount, reverses_id)
        require(source, amount, keep)
        shift(source, -amount.minor)
        shift(target, amount.minor)
        row = Transfer(
            key=key,
            journal=journal,
            source_id=source.id,
            target_id=target.id,
            amount_minor=amount.minor,
            unit=amount.unit,
            at=at,
            reverses_id=reverses_id,
            **vars(refs),
        )
        self._session.add(row)
        self._session.flush()
        return row

    def reverse(self, transfer: Transfer, *, key: str, refs: Refs, at: datetime) -> Transfer:
        """Undo `transfer` by its opposite; a transfer is undone at most once.

        :raises NotEnoughMoney: the receiver has spent the money
        :raises WrongState: it was undone before, under another key
        """
        source = self._session.get_one(Account, transfer.target_id)
        target = self._session.get_one(Account, transfer.source_id)
        self.lock_both(source, target)
        undone_by = self._session.scalar(select(Transfer.key).where(Transfer.reverses_id == transfer.id))
        if undone_by not in (None, key):
            raise WrongState(state="reversed", wanted="posted", key=undone_by)
        return self.transfer(
            source=source,
            target=target,
            amount=transfer.amount,
            key=key,
            refs=refs,
            at=at,
            journal=transfer.journal,
            reverses_id=transfer.id,
        )

    def transfer_of(self, key: str) -> Transfer | None:
        return self._session.scalar(select(Transfer).where(Transfer.key == key))

    def lock_both(self, *accounts: Account) -> None:
        """Lock those accounts that keep a balance, lowest id first."""
        for account in sorted(accounts, key=lambda each: each.id):
            if account.balance_minor is not None:
                self.lock(account.id)


def check_sides(source: Account, target: Account, amount: Money) -> None:
    if not source.unit == target.unit == amount.unit:
        raise MixedUnits(f"{amount} from {source.code} ({source.unit}) to {target.code} ({target.unit})")
    if source.id == target.id:
        raise ValueError(f"{source.code} cannot pay itself")
    if amount.minor <= 0:
        raise ValueError(f"a transfer moves a positive amount, not {amount}")


def require(source: Account, amount: Money, keep: Money | None) -> None:
    """:raises NotEnoughMoney: taking `amount` would leave less than the floor, or less than `keep`"""
    if source.balance_minor is None:
        return
    floor = source.floor_minor or 0
    spendable = source.available - Money(max(floor, keep.minor) if keep else floor, source.unit)
    if spendable < amount:
        raise NotEnoughMoney(needed=amount, available=spendable, lack=amount - spendable)


def shift(account: Account, minor: int) -> None:
    if account.balance_minor is not None:
        account.balance_minor += minor


def same(done: Transfer, source: Account, target: Account, amount: Money, reverses_id: int | None) -> Transfer:
    """:raises KeyReused: `done` is not this movement"""
    if (done.source_id, done.target_id, done.amount, done.reverses_id) != (source.id, target.id, amount, reverses_id):
        raise KeyReused(key=done.key)
    return done
