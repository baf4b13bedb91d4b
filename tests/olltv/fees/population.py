"""Subscribers by the thousand, and the monthly run over them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from sqlalchemy import delete, func, insert, select

from billing.db import Base
from billing.host.native import NativeSubscriber, wallet_code
from billing.ledger.models import Account, Hold, Transfer
from billing.periods import Month
from billing.uow import Billing
from olltv_module.models import MAIN_SLOT, Delivery, Fact, Reason, State, Subscriber, Subscription, Tariff, TvState
from olltv_module.services.fees.models import FeeLine, FeeRun
from olltv_module.services.fees.run import FeeDay, charge
from olltv_module.services.money import fee_key
from tests.support import NOV_10, STAFF, Crash, FakeClock

NOVEMBER = Month(2026, 11)
DECEMBER = Month(2026, 12)
ON = (State.PENDING, State.ACTIVE)


@dataclass(frozen=True)
class Sub:
    """A subscription to be made; a pending one has its fee reserved."""

    tariff: Tariff
    state: State = State.ACTIVE
    paid: str = "2026-11"


@dataclass(frozen=True)
class Viewer:
    """A subscriber to be made. `wallet` is what is available in it, in minor units."""

    subs: tuple[Sub, ...]
    wallet: int = 0
    credit: int = 0
    frozen: bool = False
    gone: bool = False
    parked: bool = False


def populate(billing: Billing, viewers: Sequence[Viewer]) -> list[str]:
    """Make them all at once, with books that balance; gives their logins.

    Ids have gaps, and wallets stand in another order than subscribers.
    """
    rows: dict[type[Base], list[dict[str, Any]]] = {}
    with billing.engine.begin() as connection:
        first = {
            model: (connection.scalar(select(func.max(model.id))) or 0) + 1
            for model in (Account, Subscriber, Subscription, Hold)
        }
        cash = first[Account]
        rows[Account] = [{"id": cash, "code": f"outside:seed{cash}", "unit": "UAH", "held_minor": 0}]
        rows[Account][0] |= {"balance_minor": None, "floor_minor": None}
        logins = [_add(rows, first, cash, len(viewers), place, viewer) for place, viewer in enumerate(viewers)]
        for model in (Account, NativeSubscriber, Transfer, Subscriber, Subscription, Hold, Delivery):
            if rows.get(model):
                connection.execute(insert(model), rows[model])
    return logins


def _add(
    rows: dict[type[Base], list[dict[str, Any]]],
    first: dict[type[Base], int],
    cash: int,
    total: int,
    place: int,
    viewer: Viewer,
) -> str:
    number, wallet = first[Subscriber] + 2 * place, cash + total - place
    login, held = f"viewer{number}", 0

    def row(model: type[Base], **values: Any) -> dict[str, Any]:
        rows.setdefault(model, []).append(values)
        return values

    money = {"unit": "UAH", "at": NOV_10, "actor": "seed", "login": login}
    row(
        Subscriber,
        id=number,
        host_id=number,
        login=login,
        email=f"{login}@isp.example",
        phone="0501234567",
        created_at=NOV_10,
        remote_id=f"r-{login}",
        autoresume=False,
        **_television(viewer),
    )
    for sub in viewer.subs:
        sub_id = first[Subscription] + len(rows.get(Subscription, []))
        fee, hold_id = sub.tariff.fee(NOV_10, "UAH").minor, None
        if sub.state is State.PENDING and fee:
            hold_id, held = first[Hold] + len(rows.get(Hold, [])), held + fee
            row(
                Hold,
                id=hold_id,
                key=fee_key(sub_id, NOVEMBER),
                live_key=fee_key(sub_id, NOVEMBER),
                state="held",
                source_id=wallet,
                target_id=cash,
                amount_minor=fee,
                expires_at=NOV_10 + timedelta(days=60),
                subscription_id=sub_id,
                **money,
            )
        row(
            Subscription,
            id=sub_id,
            subscriber_id=number,
            tariff_id=sub.tariff.id,
            main=sub.tariff.main,
            slot=_slot(sub),
            state=sub.state,
            reason=Reason.STAFF if sub.state is State.SUSPENDED else None,
            fact=Fact.ON if sub.state is State.ACTIVE else Fact.OFF,
            paid_through=sub.paid,
            hold_id=hold_id,
            ordered_at=NOV_10,
            active_since=NOV_10 if sub.state in (State.ACTIVE, State.SUSPENDED) else None,
        )
    balance = viewer.wallet + held
    row(
        Account,
        id=wallet,
        code=wallet_code(login),
        unit="UAH",
        balance_minor=balance,
        held_minor=held,
        floor_minor=-viewer.credit,
    )
    if balance:
        sides = (cash, wallet) if balance > 0 else (wallet, cash)
        row(
            Transfer,
            key=f"seed:{login}",
            source_id=sides[0],
            target_id=sides[1],
            amount_minor=abs(balance),
            **money,
        )
    row(
        NativeSubscriber,
        id=number,
        login=login,
        mobile="0501234567",
        frozen=viewer.frozen,
        down=False,
        credit_minor=viewer.credit,
        wallet_id=wallet,
        removed_at=NOV_10 if viewer.gone else None,
    )
    if viewer.parked:
        row(Delivery, subscriber_id=number, due_at=NOV_10, tries=7, parked_at=NOV_10, trouble="no answer")
    return login


def _television(viewer: Viewer) -> dict[str, Any]:
    """What a subscriber's own row repeats of his live main."""
    main = next((each for each in viewer.subs if _slot(each) == MAIN_SLOT), None)
    if main is None:
        return {"tv": TvState.NONE, "tariff_id": 0}
    return {"tv": TvState.STAFF if main.state is State.SUSPENDED else TvState(main.state), "tariff_id": main.tariff.id}


def _slot(sub: Sub) -> str | None:
    if sub.state not in (*ON, State.SUSPENDED):
        return None
    if not sub.tariff.main:
        return f"addon:{sub.tariff.id}"
    return MAIN_SLOT


def wipe(billing: Billing) -> None:
    """Take every row out of the database but the tariffs."""
    with billing.engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name not in ("olltv_tariff", "olltv_price", "event_log"):
                connection.execute(delete(table))
        connection.execute(delete(Base.metadata.tables["event_log"]))


def run_fees(
    billing: Billing, clock: FakeClock, *, chunk: int = 3, period: Month | None = None, preview: bool = False
) -> FeeRun:
    """Run to the end; gives the run as it stands then."""
    *_, last = charge(FeeDay(billing, clock, chunk), actor=STAFF, period=period, preview=preview)
    return last


@dataclass(frozen=True)
class Line:
    """A subscriber's line of a run; amounts in minor units."""

    outcome: str
    fees: int = 0
    due: int = 0
    charged: int = 0
    lack: int = 0


def lines(billing: Billing, run: FeeRun) -> dict[str, Line]:
    """The lines of a run by login."""
    query = select(Subscriber.login, FeeLine).join(Subscriber, Subscriber.id == FeeLine.subscriber_id)
    with billing.reading() as session:
        return {
            login: Line(line.outcome, line.fees, line.due_minor, line.charged_minor, line.lack_minor)
            for login, line in session.execute(query.where(FeeLine.run_id == run.id))
        }


def report(run: FeeRun) -> dict[str, Any]:
    """What a run says of itself, without its number and times."""
    kept = ("charged", "kept_main", "no_money", "frozen", "gone", "fees", "charged_minor", "lack_minor")
    return {name: getattr(run, name) for name in kept}


def subscriptions(billing: Billing, login: str) -> list[tuple[str, str | None, str]]:
    """State, reason and paid month of each of his subscriptions, oldest first."""
    query = select(Subscription.state, Subscription.reason, Subscription.paid_through).join(
        Subscriber, Subscriber.id == Subscription.subscriber_id
    )
    with billing.reading() as session:
        return [tuple(row) for row in session.execute(query.where(Subscriber.login == login).order_by(Subscription.id))]


def fee_transfers(billing: Billing) -> list[tuple[str, str | None, int, str | None]]:
    """Key, login, amount and period of every fee in the ledger."""
    columns = (Transfer.key, Transfer.login, Transfer.amount_minor, Transfer.period)
    with billing.reading() as session:
        return [tuple(row) for row in session.execute(select(*columns).where(Transfer.key.startswith("olltv.fee:")))]


@contextmanager
def crash_at(target: object, name: str, nth: int) -> Iterator[None]:
    """The process dies right after the `nth` call of `target.name` from now on."""
    original, calls = getattr(target, name), iter(range(1, 10**9))

    def dies(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        if next(calls) == nth:
            raise Crash
        return result

    with patch.object(target, name, dies):
        yield
