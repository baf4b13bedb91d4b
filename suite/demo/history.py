"""The fees that the demo's subscribers have paid: real transfers and the lines that the event log keeps of them."""

from collections.abc import Sequence
from datetime import timedelta
from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, insert, literal, select

from billing.actors import Actor
from billing.events import Event
from billing.host.native import NativeSubscriber
from billing.ledger import bulk
from billing.ledger.models import Account
from billing.periods import Month
from billing.uow import UnitOfWork
from olltv_module.models import Subscriber, Subscription, Tariff
from olltv_module.services.money import INCOME, KEY_PREFIX

CHARGED_AFTER = timedelta(hours=2)
"""So long after the month has begun its fee was taken."""


def charge_months(
    uow: UnitOfWork, *, tariffs: Sequence[Tariff], first: int, last: int, months: Sequence[Month], actor: Actor
) -> None:
    """Take the fees of `months` from the subscribers with the numbers `first` to `last`, a statement a month."""
    for month in months:
        _Month(uow, tariffs, month, actor).charge(first, last)


class _Month:
    """One month of fees."""

    def __init__(self, uow: UnitOfWork, tariffs: Sequence[Tariff], month: Month, actor: Actor) -> None:
        self.uow, self.month, self.actor = uow, month, actor
        self.at = month.starts(uow.billing.zone) + CHARGED_AFTER
        fees = {tariff.id: tariff.fee(self.at, uow.billing.unit) for tariff in tariffs}
        self.fee = case({number: fee.minor for number, fee in fees.items()}, value=Subscription.tariff_id)
        self.fee_text = case({number: fee.short() for number, fee in fees.items()}, value=Subscription.tariff_id)

    def charge(self, first: int, last: int) -> None:
        paid = and_(Subscription.subscriber_id.between(first, last), Subscriber.id == Subscription.subscriber_id)
        of = and_(paid, NativeSubscriber.id == Subscriber.host_id)
        self._post(of)
        self._log(paid)

    def _post(self, of: ColumnElement[bool]) -> None:
        wallet = NativeSubscriber.wallet_id
        key = _text(KEY_PREFIX, Subscription.id, f":{self.month}")
        transfers = select(
            key,
            wallet,
            self.fee,
            Subscriber.login,
            Subscription.id,
            Subscription.tariff_id,
            literal(str(self.month)),
        )
        debits = select(wallet.label("account_id"), func.sum(self.fee).label("amount_minor")).where(of).group_by(wallet)
        low, high = (select(end(wallet)).where(of).scalar_subquery() for end in (func.min, func.max))
        constants: dict[str, object] = {
            "target_id": self.uow.ledger.system(INCOME, self.uow.billing.unit).id,
            "unit": self.uow.billing.unit,
            "at": self.at,
            "actor": self.actor.name,
        }
        accounts = Account.id.between(low, high)
        transfers = transfers.where(of).order_by(Subscription.id)
        bulk.post(self.uow.session, transfers=transfers, debits=debits, accounts=accounts, constants=constants)

    def _log(self, of: ColumnElement[bool]) -> None:
        login = Subscriber.login
        taken = _text("BALANCEADD (", login, ") ON -", self.fee_text)
        charged = _text("OLLTV CHARGE TARIFF [", Subscription.tariff_id, "] FEE `", self.fee_text, "` FOR (", login)
        at = literal(self.at, Event.__table__.c.at.type)
        for text in (taken, charged.concat(") AS [").concat(Subscriber.id).concat("]")):
            query = select(login, text, at, literal(self.actor.name), literal(self.actor.address)).where(of)
            columns = ["login", "text", "at", "actor", "address"]
            self.uow.session.execute(insert(Event).from_select(columns, query, include_defaults=False))


def _text(*parts: Any) -> ColumnElement[str]:
    """The parts, plain text or columns, put together by the database."""
    return reduce(lambda done, part: done.concat(part), parts[1:], literal(parts[0]))
