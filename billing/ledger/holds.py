"""Holds: money reserved until an outside answer is known. hold → capture | release."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from billing.errors import KeyReused, WrongState
from billing.ledger.models import Account, Hold, HoldState, Refs, Transfer
from billing.ledger.posting import Posting, check_sides, require
from billing.money import Money


class Ledger(Posting):
    """Everything a use case may do with money: transfers (from `Posting`) and holds."""

    def hold(
        self,
        *,
        source: Account,
        target: Account,
        amount: Money,
        key: str,
        refs: Refs,
        at: datetime,
        expires_at: datetime,
        keep: Money | None = None,
    ) -> Hold:
        """Reserve `amount` in `source`. The same live key with the same content is answered as it stands.

        :raises NotEnoughMoney: it would break the floor, or leave less than `keep` available
        :raises KeyReused: the key stands for something else, or has been paid
        """
        check_sides(source, target, amount)
        self.lock(source.id)
        if live := self._session.scalar(select(Hold).where(Hold.live_key == key)):
            return _same_hold(live, source, target, amount)
        if self.transfer_of(key):
            raise KeyReused(key=key)
        require(source, amount, keep)
        source.held_minor += amount.minor
        row = Hold(
            key=key,
            live_key=key,
            source_id=source.id,
            target_id=target.id,
            amount_minor=amount.minor,
            unit=amount.unit,
            at=at,
            expires_at=expires_at,
            **vars(refs),
        )
        self._session.add(row)
        self._session.flush()
        return row

    def capture(self, hold_id: int, *, at: datetime, key: str, period: str | None) -> Transfer:
        """Take the reserved money for good, as the transfer `key` of `period`. Repeating it is harmless.

        The key may differ from the hold's own: an order of the last day of a month that is confirmed on the
        first pays for the month in which it begins.

        :raises WrongState: the hold was released
        """
        hold = self._locked(hold_id)
        if hold.state is HoldState.CAPTURED:
            return self._session.get_one(Transfer, hold.transfer_id)
        if hold.state is HoldState.RELEASED:
            raise WrongState(state=hold.state, wanted=HoldState.CAPTURED)
        source = self.lock(hold.source_id)
        source.held_minor -= hold.amount_minor
        refs = Refs(hold.actor, hold.login, hold.subscription_id, hold.tariff_id, period, hold.note)
        target = self._session.get_one(Account, hold.target_id)
        transfer = self.transfer(source=source, target=target, amount=hold.amount, key=key, refs=refs, at=at)
        hold.state, hold.settled_at, hold.transfer_id = HoldState.CAPTURED, at, transfer.id
        return transfer

    def release(self, hold_id: int, *, at: datetime) -> None:
        """Give the reserved money back and free the key. Repeating it is harmless.

        :raises WrongState: the hold was captured; reverse its transfer instead
        """
        hold = self._locked(hold_id)
        if hold.state is HoldState.RELEASED:
            return
        if hold.state is HoldState.CAPTURED:
            raise WrongState(state=hold.state, wanted=HoldState.RELEASED)
        self.lock(hold.source_id).held_minor -= hold.amount_minor
        hold.state, hold.settled_at, hold.live_key = HoldState.RELEASED, at, None

    def expired(self, *, now: datetime, limit: int = 1000) -> Sequence[Hold]:
        """Holds whose time is over. Their owner decides what becomes of the order and releases them."""
        overdue = select(Hold).where(Hold.state == HoldState.HELD, Hold.expires_at <= now)
        return self._session.scalars(overdue.order_by(Hold.expires_at).limit(limit)).all()

    def _locked(self, hold_id: int) -> Hold:
        """The hold under the lock of its account: whoever wants to settle it comes through here."""
        hold = self._session.get_one(Hold, hold_id)
        self.lock(hold.source_id)
        self._session.refresh(hold)
        return hold


def _same_hold(live: Hold, source: Account, target: Account, amount: Money) -> Hold:
    if (live.state, live.source_id, live.target_id, live.amount) != (
        HoldState.HELD,
        source.id,
        target.id,
        amount,
    ):
        raise KeyReused(key=live.key)
    return live
