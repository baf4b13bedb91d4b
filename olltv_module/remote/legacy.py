"""The old calls of crontabs and PHP cabinets. Bodies, spelling and order of keys are what those programs know."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import stream_with_context
from sqlalchemy import Row, Select, bindparam, or_, outerjoin, select
from sqlalchemy.exc import DBAPIError

from billing.errors import BillingError, Busy, InvalidInput, NotEnoughMoney, PartnerError
from billing.host.base import UnknownLogin
from billing.money import Money
from olltv_module import queries
from olltv_module.errors import NotSubscribed, TariffNotOnSale
from olltv_module.models import MAIN_SLOT, Fact, State, Subscriber, Subscription, Tariff
from olltv_module.remote.door import Door, actor
from olltv_module.services import lifecycle, orders
from olltv_module.services.fees.models import FeeRun

HTML = "text/html; charset=UTF-8"
"""Also of JSON and plain text: the programs that read them have never looked."""

LONGEST_ID = 18
REGISTRATION_CALLS = {"addUser", "changeAccount", "accountExists", "getUserInfo"}
Args = Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    """A whole body, or the lines of one that takes its time."""

    body: str | Iterator[str]
    status: int = 200
    content_type: str = HTML


def _subscriber_query() -> Select[Any]:
    """The row that a cabinet asks for on each page: plain columns, put together once."""
    who, sub = Subscriber.__table__.c, Subscription.__table__.c
    columns = (who.id, who.created_at, who.remote_id, who.email, who.phone)
    of_sub = (sub.tariff_id, sub.slot, sub.state, sub.fact, sub.code)
    joined = outerjoin(Subscriber.__table__, Subscription.__table__, sub.subscriber_id == who.id)
    return select(*columns, *of_sub).select_from(joined).where(who.login == bindparam("login")).order_by(sub.id)


SUBSCRIBER = _subscriber_query()


def usable(args: Args, name: str) -> str:
    """The value of a parameter; like one that is missing, an empty one and a zero give nothing."""
    value = args.get(name, "")
    return "" if value == "0" else value


def php_json(value: object) -> str:
    """JSON as PHP writes it: no blanks, everything but ASCII escaped, slashes as well."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/")


def charge_fee(door: Door, args: Args) -> Reply:
    """`olltvchargefee`: charge the present month. `progress` streams lines before the one that says how it went."""
    if not door.options.enabled:
        return Reply("ERROR:OLLTV_DISABLED")
    if not door.options.login or not door.options.password:
        return Reply("EX_EMPTY_OLLTVOPTIONS", 500)
    lines = _lines(door, door.charging.start(actor=actor()).progress())
    if usable(args, "progress"):
        return Reply(stream_with_context(_to_the_end(lines)))
    *_, last = lines
    return Reply(last)


def _lines(door: Door, progress: Iterator[FeeRun]) -> Iterator[str]:
    try:
        for run in progress:
            yield _report(run, door.billing.unit) if run.is_done else f"{run.percent}% {_counts(run)}"
    except BillingError as refusal:
        yield f"ERROR:{'BUSY' if isinstance(refusal, Busy) else refusal.code.upper()} {door.tell(refusal)}"


def _to_the_end(lines: Iterator[str]) -> Iterator[str]:
    """Lines for a caller who has got his status already, so that trouble can only be told in a last one."""
    try:
        for line in lines:
            yield f"{line}\n"
    except DBAPIError:
        yield "ERROR:BROKEN_OFF the database failed; the next call finishes this run\n"


def _counts(run: FeeRun) -> str:
    return f"charged {run.charged + run.kept_main}, suspended {run.suspended}"


def _report(run: FeeRun, unit: str) -> str:
    missed = f"; never charged: {run.missed}" if run.missed else ""
    if not run.fees and not run.suspended:
        return f"OK:{run.period} nobody was charged, {run.already_paid} subscriptions are paid already{missed}"
    amount, lack = Money(run.charged_minor, unit), Money(run.lack_minor, unit)
    why = f"no money {run.no_money}, frozen {run.frozen}, gone {run.gone}"
    return f"OK:{run.period} {_counts(run)} ({why}), fees {run.fees}, taken {amount}, lacking {lack}{missed}"


def answer_cabinet(door: Door, args: Args) -> Reply | None:
    """`olltvui`: the first parameter that can be used answers; None when there is none."""
    if not door.options.enabled:
        return Reply('{"error":"ERROR: OLLTV_DISABLED"}')
    for name, answer in PARAMETERS.items():
        value, login = usable(args, name), usable(args, "sublogin")
        if value and (login or name not in ORDERS):
            if name in ORDERS:
                door.delivering()  # what nobody could carry out is not begun
            return Reply(php_json(answer(door, value, login)))
    return None


def _subscriber(door: Door, login: str, _sublogin: str) -> object:
    with door.billing.reading() as session:
        rows = session.connection().execute(SUBSCRIBER, {"login": login}).all()
    if not rows:
        return []
    first = rows[0]
    return {
        "id": str(first.id),
        "date": first.created_at.astimezone(door.billing.zone).strftime("%Y-%m-%d %H:%M:%S"),
        "remoteid": first.remote_id or "0",
        "login": login,
        "email": first.email,
        "phone": first.phone,
        **_television(rows),
    }


def _television(rows: Sequence[Row[Any]]) -> dict[str, str | None]:
    """Three kinds of people: with a main, who have had one, and who never had. There is room for one add-on."""
    live = [row for row in rows if row.slot]
    main = next((row for row in live if row.slot == MAIN_SLOT), None)
    addon = next((row for row in live if row.slot.startswith("addon:")), None)
    if main is None:
        was = any(row.state is State.ENDED for row in rows)
        ended: tuple[str | None, ...] = ("", "0", None, "0") if was else (None, None, None, None)
        return dict(zip(("code", "tariffid", "addtariffid", "active"), ended, strict=True))
    no_code = "1" if main.fact is Fact.ON else ""  # the partner has bundles without a code
    return {
        "code": main.code or no_code,
        "tariffid": str(main.tariff_id),
        "addtariffid": str(addon.tariff_id) if addon else None,
        "active": "1" if main.state in (State.ACTIVE, State.PENDING) else "0",
    }


def _tariffs(door: Door, _value: str, _sublogin: str) -> object:
    """What is on sale, and what somebody still has: a cabinet shows and drops only what stands here."""
    held = select(Subscription.tariff_id).where(Subscription.slot.is_not(None))
    query = select(Tariff).where(or_(Tariff.archived_at.is_(None), Tariff.id.in_(held))).order_by(Tariff.id)
    now, unit = door.clock(), door.billing.unit
    with door.billing.reading() as session:
        rows = {str(tariff.id): _tariff(tariff, tariff.fee(now, unit)) for tariff in session.scalars(query)}
    return rows or []


def _tariff(tariff: Tariff, fee: Money) -> dict[str, str | None]:
    return {
        "id": str(tariff.id),
        "name": tariff.name,
        "alias": tariff.service,
        "fee": fee.short(),
        "period": "month",
        "percent": None,
        "main": str(int(tariff.main)),
    }


def _devices(door: Door, login: str, _sublogin: str) -> object:
    try:
        devices = queries.devices(door.delivering(), login=login)
    except PartnerError:
        return []
    names = ("date_added", "serial_number", "mac", "binding_code", "device_type", "device_model")
    return [{"ID": each.id} | {name: getattr(each, name) for name in names} for each in devices]


def _unsubscribe(door: Door, value: str, login: str) -> object:
    """An add-on's number drops that add-on, the main's number everything, any other nothing; never an error."""
    tariff_id = _number(value)
    if tariff_id is None:
        return []
    try:
        now = door.clock()
        ended = lifecycle.leave(door.billing.uow(), login=login, tariff_id=tariff_id, actor=actor(), now=now)
    except (UnknownLogin, NotSubscribed):
        return []
    if ended:
        door.deliver(ended[0].subscriber_id)
    return []


def _subscribe(door: Door, value: str, login: str) -> object:
    try:
        _order(door, _number(value), login)
    except BillingError as refusal:
        return {"error": _old_words(refusal), "code": refusal.code, "message": door.tell(refusal)}
    return []


def _order(door: Door, tariff_id: int | None, login: str) -> None:
    """Whatever brings this tariff on: subscribe, add, resume, change the main for it.

    :raises BillingError: a refusal of ours, or of the partner within OLLTV_WAIT
    """
    with door.billing.reading() as session:
        tariff = session.get(Tariff, tariff_id) if tariff_id else None
        subscriber = session.scalar(select(Subscriber).where(Subscriber.login == login))
    if tariff is None:
        raise TariffNotOnSale(tariff=tariff_id)
    common: dict[str, Any] = {"login": login, "actor": actor(), "now": door.clock()}
    ordered = _bring_on(door, tariff, subscriber, common)
    if door.deliver(ordered.subscriber_id) and (refusal := door.refusal_of(ordered)):
        raise refusal


def _bring_on(door: Door, tariff: Tariff, subscriber: Subscriber | None, common: dict[str, Any]) -> Subscription:
    uow, main = door.billing.uow(), subscriber.main if subscriber else None
    had = subscriber.of_tariff(tariff.id) if subscriber else None
    if had and had.state is State.SUSPENDED:
        resumed = lifecycle.resume(uow, **common)
        return next(each for each in resumed if each.id == had.id)
    if not tariff.main:
        return orders.add_addon(uow, tariff_id=tariff.id, **common)
    if main and main.tariff_id != tariff.id:
        return orders.change(uow, tariff_id=tariff.id, **common)
    return orders.subscribe(uow, tariff_id=tariff.id, **common)


def _old_words(refusal: BillingError) -> str:
    """The old programs know four sentences, two of them misspelt for ever."""
    if isinstance(refusal, TariffNotOnSale):
        return "Wrong tariff"
    if isinstance(refusal, NotEnoughMoney):
        return "No enought money"
    if isinstance(refusal, (UnknownLogin, InvalidInput)) or refusal.facts.get("call") in REGISTRATION_CALLS:
        return "Something went wrong - subscriber not found"
    return "Tariff not allowed"


def _number(value: str) -> int | None:
    """The digits of a value as a number, if there are any and they can be one."""
    digits = "".join(each for each in value if each in "0123456789")
    return int(digits) if 0 < len(digits) <= LONGEST_ID else None


Answer = Callable[[Door, str, str], object]
PARAMETERS: Mapping[str, Answer] = {
    "subdata": _subscriber,
    "tardata": _tariffs,
    "devdata": _devices,
    "unsub": _unsubscribe,
    "subserv": _subscribe,
}
ORDERS = {"unsub", "subserv"}
ACTIONS: Mapping[str, Callable[[Door, Args], Reply | None]] = {
    "olltvchargefee": charge_fee,
    "olltvui": answer_cabinet,
}
