"""What doors show: typed answers that only read, so any number of them disturbs nobody.

Functions that take a `session` want one of `Billing.reading`; those that take the `billing` open it themselves.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from billing import leases
from billing.errors import BillingError, InvalidInput, NotFound, recalled
from billing.host.base import Person, UnknownLogin
from billing.ledger import reading
from billing.ledger.holds import Ledger
from billing.ledger.models import Account
from billing.money import Money
from billing.uow import Billing
from olltv_module import loading
from olltv_module.delivery.runner import Delivering
from olltv_module.models import NEXT_SLOT, State, Subscriber, Subscription, Tariff
from olltv_module.options import OlltvOptions
from olltv_module.partner import AccountUnknown, Device
from olltv_module.phones import normal_phone
from olltv_module.services import lifecycle, money, subscribers
from olltv_module.services.fees.models import FeeLine, FeeRun, Kind, Outcome
from olltv_module.services.fees.run import LEASE
from olltv_module.views import DeliveryView, FeeLineView, NextCharge, SubscriberView, SubscriptionView, Wallet


def tariffs(session: Session, *, main: bool | None = None, archived: bool = False) -> Sequence[Tariff]:
    """Tariffs on sale in the order of their making; all, or the mains, or the add-ons; with `archived` those too."""
    query = select(Tariff).order_by(Tariff.id)
    query = query if main is None else query.where(Tariff.main == main)
    return session.scalars(query if archived else query.where(Tariff.archived_at.is_(None))).all()


def holders(tariffs: Sequence[int]) -> Select[tuple[str]]:
    """Logins with a running subscription to one of `tariffs`; to any main where none is named."""
    query = select(Subscriber.login).join(Subscription, Subscription.subscriber_id == Subscriber.id)
    meant = Subscription.tariff_id.in_(tariffs) if tariffs else Subscription.main
    return query.where(Subscription.state == State.ACTIVE, meant)


def titles(session: Session) -> list[tuple[int, str]]:
    """Every tariff by number and name, archived ones too, in the order of their making."""
    return [(each.id, each.name) for each in tariffs(session, archived=True)]


def subscriber_view(
    billing: Billing, *, login: str, now: datetime, refused_since: datetime | None = None
) -> SubscriberView:
    """Everything about one subscriber, read at one moment.

    With `refused_since` what is over is left out, but for orders that were refused since then.

    :raises UnknownLogin: neither the host nor we know this login
    """
    with billing.reading() as session:
        return view_in(billing, session, login=login, now=now, refused_since=refused_since)


def view_in(
    billing: Billing, session: Session, *, login: str, now: datetime, refused_since: datetime | None = None
) -> SubscriberView:
    """As `subscriber_view`, in a session that is open.

    The number of statements does not depend on what the subscriber has.
    """
    subscriber, row = loading.subscriber(session, login, refused_since=refused_since)
    person = _person(billing, session, login)
    if subscriber is None and person is None:
        raise UnknownLogin(login=login)
    wallet = _wallet(billing, session, person) if person else None
    known = subscriber or Subscriber(login=login, phone="", email="", subscriptions=[])
    subs = sorted(known.subscriptions, key=lambda each: (not each.main, each.id))
    price, options = lifecycle.price_of_resuming(billing.uow(), known, now), billing.option(OlltvOptions)
    return SubscriberView(
        login=login,
        person=person,
        wallet=wallet,
        subscriber_id=known.id,
        remote_id=known.remote_id,
        phone=known.phone,
        email=known.email,
        subscriptions=[subscription_view(each, billing.unit, now) for each in subs],
        delivery=DeliveryView(row.due_at, row.tries, row.parked_at, row.trouble) if row else None,
        price_of_resuming=price,
        lack_for_resuming=lack(wallet, price),
        next_charge=_next_charge(billing, known, person, wallet, now),
        obstacle=subscribers.obstacle(person, known.remote_id, options) if person else None,
        device_phone=_device_phone(known, person),
        autoresume=bool(known.autoresume),
        version=known.version or 0,
    )


def statement(
    billing: Billing,
    *,
    login: str,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
    older_than: int | None = None,
) -> reading.Statement:
    """What moved in a subscriber's wallet within [since, until), the newest `limit` movements.

    `older_than` is the last movement of the page before.

    :raises UnknownLogin: nobody has this login
    :raises NotFound: `older_than` is no movement of his
    """
    with billing.reading() as session:
        person = billing.host(session, Ledger(session)).find(login)
        account = session.get_one(Account, person.wallet_id)
        return reading.statement(session, account=account, since=since, until=until, limit=limit, older_than=older_than)


def refusal_of(billing: Billing, subscription_id: int) -> BillingError | None:
    """Why an order, or a resume, came to nothing after it was accepted, if it did."""
    with billing.reading() as session:
        now_is = session.get_one(Subscription, subscription_id)
    refused = now_is.state in (State.REFUSED, State.SUSPENDED)
    return recalled(now_is.refusal) if refused and now_is.refusal else None


def fee_runs(session: Session, *, kind: Kind | None = None, limit: int = 100) -> Sequence[FeeRun]:
    """Monthly runs and previews, the newest first."""
    query = select(FeeRun).order_by(FeeRun.id.desc()).limit(limit)
    return session.scalars(query if kind is None else query.where(FeeRun.kind == kind)).all()


def fee_run(session: Session, run_id: int) -> FeeRun:
    """:raises NotFound: no such run"""
    if (run := session.get(FeeRun, run_id, populate_existing=True)) is None:
        raise NotFound(run=run_id)
    return run


def charging(session: Session, *, now: datetime, kind: Kind = Kind.RUN) -> FeeRun | None:
    """The run that a living process is at now, if any."""
    if not leases.is_held(session, name=f"{LEASE}.{kind}", now=now):
        return None
    query = select(FeeRun).where(FeeRun.kind == kind, FeeRun.finished_at.is_(None))
    return session.scalar(query.order_by(FeeRun.id.desc()).limit(1))


def fee_lines(
    billing: Billing, *, run_id: int, after: int = 0, limit: int = 100, outcome: Outcome | None = None
) -> list[FeeLineView]:
    """The next `limit` lines of a run beyond the subscriber `after`, in the order of subscribers' numbers."""
    query = select(FeeLine, Subscriber.login).join(Subscriber, Subscriber.id == FeeLine.subscriber_id)
    query = query.where(FeeLine.run_id == run_id, FeeLine.subscriber_id > after)
    query = query if outcome is None else query.where(FeeLine.outcome == outcome)
    with billing.reading() as session:
        rows = session.execute(query.order_by(FeeLine.subscriber_id).limit(limit)).all()
    unit = billing.unit
    return [
        FeeLineView(
            subscriber_id=line.subscriber_id,
            login=login,
            outcome=line.outcome,
            fees=line.fees,
            due=Money(line.due_minor, unit),
            charged=Money(line.charged_minor, unit),
            lack=Money(line.lack_minor, unit),
        )
        for line, login in rows
    ]


def devices(delivering: Delivering, *, login: str) -> list[Device]:
    """The subscriber's devices as the partner has them now; none for one whom the partner does not know.

    :raises PartnerUnreachable, PartnerRefused: nothing can be said about them
    """
    with delivering.billing.reading() as session:
        remote_id = session.scalar(select(Subscriber.remote_id).where(Subscriber.login == login))
    if remote_id is None:
        return []
    try:
        return list(delivering.partner.device_list(account=login))
    except AccountUnknown:
        return []


def lack(wallet: Wallet | None, price: Money) -> Money:
    """What is missing in the wallet to pay `price` now; without a price nothing is, not even to a debtor."""
    nothing = Money(0, price.unit)
    return max(price - (wallet.spendable if wallet else nothing), nothing) if price.minor else nothing


def _device_phone(known: Subscriber, person: Person | None) -> str:
    """The number that the partner knows, or will know; empty where the profile has none."""
    if known.remote_id is not None or person is None:
        return known.phone
    try:
        return normal_phone(person.mobile)
    except InvalidInput:
        return ""


def _person(billing: Billing, session: Session, login: str) -> Person | None:
    try:
        return billing.host(session, Ledger(session)).find(login)
    except UnknownLogin:
        return None


def _wallet(billing: Billing, session: Session, person: Person) -> Wallet:
    account = loading.account(session, person.wallet_id)
    held, available = Money(account.held_minor, account.unit), account.available
    return Wallet(account.balance, held, available, available - money.kept(billing.uow(), person))


def subscription_view(sub: Subscription, unit: str, now: datetime) -> SubscriptionView:
    """A subscription with its price of now in `unit`."""
    return SubscriptionView(
        id=sub.id,
        tariff_id=sub.tariff_id,
        tariff=sub.tariff.name,
        service=sub.tariff.service,
        main=sub.main,
        is_next=sub.slot == NEXT_SLOT,
        is_live=sub.is_live,
        state=sub.state,
        reason=sub.reason,
        fact=sub.fact,
        code=sub.code,
        paid_through=sub.paid_through,
        price=sub.tariff.fee(now, unit),
        ordered_at=sub.ordered_at,
        active_since=sub.active_since,
        ended_at=sub.ended_at,
        refusal=recalled(sub.refusal) if sub.refusal else None,
    )


def _next_charge(
    billing: Billing, subscriber: Subscriber, person: Person | None, wallet: Wallet | None, now: datetime
) -> NextCharge | None:
    """The first month, from the present one on, that is neither paid nor reserved for."""
    staying = [each for each in subscriber.live if each.wished_on and not _is_replaced(each, subscriber)]
    if not staying or person is None or wallet is None:
        return None
    present = billing.month(now)
    paid = {each.id: max(each.paid_through, str(present) if each.hold_id else "") for each in staying}
    month = present
    while all(through >= str(month) for through in paid.values()):
        month = month.next()
    at, nothing = month.starts(billing.zone), Money(0, billing.unit)
    owing = [each.tariff.fee(at, billing.unit) for each in staying if paid[each.id] < str(month)]
    total = sum(owing, nothing)
    today = max(at, now).astimezone(billing.zone).date()
    return NextCharge(month, today, month == present, total, max(total - wallet.spendable, nothing))


def _is_replaced(sub: Subscription, of: Subscriber) -> bool:
    return sub is of.main and of.successor is not None
