"""Pages of the list of subscribers: a handful of statements each, however many subscribers there are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from billing.host.base import Person
from billing.ledger.holds import Ledger
from billing.ledger.models import Account
from billing.money import Money
from billing.paging import SIZE, Page, page_of_union
from billing.periods import Month
from billing.uow import Billing
from olltv_module.listing.selection import By, Selection
from olltv_module.models import Subscriber, Subscription, TvState
from olltv_module.options import OlltvOptions
from olltv_module.services import lifecycle

WALKED = 2000
"""So many rows are read at once where all of a list is wanted."""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A row. Name, address, phone and money are empty for who is gone from the host.

    `lack` is what is missing for switching everything on again, None where nothing is suspended.
    """

    id: int
    login: str
    name: str
    address: str
    phone: str
    tariff: str
    tv: TvState
    since: datetime
    paid_through: Month | None
    balance: Money | None
    available: Money | None
    lack: Money | None
    remote_id: str
    registered: datetime
    addons: str


def page(
    billing: Billing,
    selection: Selection,
    *,
    now: datetime,
    by: By = By.LOGIN,
    descending: bool = False,
    cursor: str | None = None,
    size: int = SIZE,
) -> Page[Listed]:
    """A page of the selected subscribers.

    :raises InvalidInput: the cursor is none of this list
    """
    with billing.reading() as session:
        keys = selection.keys(by, descending=descending)
        found = page_of_union(session, selection.branches(by), keys=keys, cursor=cursor, size=size)
        return Page(rows(billing, session, found.rows, now=now), found.next, found.previous)


def walk(
    billing: Billing, selection: Selection, *, now: datetime, by: By = By.LOGIN, descending: bool = False
) -> Iterator[Listed]:
    """All of the selected, page by page: memory holds one page of them, and no read lasts long."""
    cursor: str | None = None
    while True:
        found = page(billing, selection, now=now, by=by, descending=descending, cursor=cursor, size=WALKED)
        yield from found.rows
        cursor = found.next
        if cursor is None:
            return


def rows(billing: Billing, session: Session, ids: Sequence[int], *, now: datetime) -> list[Listed]:
    """The rows of these subscribers, in the order of `ids`."""
    subscribers = {each.id: each for each in with_live(session, ids)}
    people = billing.host(session, Ledger(session)).people([each.host_id for each in subscribers.values()])
    wallets = wallets_of(session, list(people.values()))
    credit_counts = billing.option(OlltvOptions).use_credit
    found = list[Listed]()
    for subscriber in (subscribers[number] for number in ids if number in subscribers):
        person = people.get(subscriber.host_id)
        wallet = wallets.get(person.wallet_id) if person else None
        credit = person.credit if person and credit_counts else Money(0, billing.unit)
        price = lifecycle.price_of_resuming(billing.uow(), subscriber, now) if subscriber.tv.is_suspended else None
        found.append(_listed(subscriber, person, wallet, _lack(price, wallet, credit)))
    return found


def with_live(session: Session, ids: Sequence[int]) -> Sequence[Subscriber]:
    """Subscribers with their live subscriptions only, and the tariffs of these; not to be changed."""
    live = Subscriber.subscriptions.and_(Subscription.slot.is_not(None))
    query = select(Subscriber).where(Subscriber.id.in_(ids))
    return session.scalars(query.options(selectinload(live).joinedload(Subscription.tariff))).all()


def wallets_of(session: Session, people: Sequence[Person]) -> dict[int, Account]:
    """Their wallets by number."""
    query = select(Account).where(Account.id.in_([each.wallet_id for each in people]))
    return {account.id: account for account in session.scalars(query)}


def _lack(price: Money | None, wallet: Account | None, credit: Money) -> Money | None:
    if price is None or wallet is None:
        return None
    return max(price - wallet.available - credit, Money(0, price.unit))


def _listed(subscriber: Subscriber, person: Person | None, wallet: Account | None, lack: Money | None) -> Listed:
    main = subscriber.main
    return Listed(
        id=subscriber.id,
        login=subscriber.login,
        name=person.name if person else "",
        address=person.address if person else "",
        phone=(person.mobile if person else "") or subscriber.phone,
        tariff=main.tariff.name if main else "",
        tv=subscriber.tv,
        since=subscriber.tv_since,
        paid_through=Month.parse(main.paid_through) if main and main.paid_through else None,
        balance=wallet.balance if wallet else None,
        available=wallet.available if wallet else None,
        lack=lack,
        remote_id=subscriber.remote_id or "",
        registered=subscriber.created_at,
        addons=", ".join(each.tariff.name for each in subscriber.addons),
    )
