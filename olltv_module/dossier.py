"""Everything that the page of one subscriber shows, read by as many statements for a newcomer as for anybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.cabinet.accounts import Access, access
from billing.events import Event
from billing.money import Money
from billing.uow import Billing
from olltv_module import queries, statements
from olltv_module.models import Tariff
from olltv_module.queries import subscriber_view, tariffs
from olltv_module.services import pairs
from olltv_module.services.corrections import MoneyProposal, ProposalState
from olltv_module.statements import Reserve, WalletLine
from olltv_module.views import SubscriberView

LATEST_EVENTS = 20
LATEST_LINES = 10


@dataclass(frozen=True)
class Dossier:
    """`ordered_by` names who placed each order, by the subscription's number, as far as the event log knows."""

    view: SubscriberView
    events: Sequence[Event]
    ordered_by: Mapping[int, str]
    lines: Sequence[WalletLine]
    reserves: Sequence[Reserve]
    proposals: Sequence[MoneyProposal]
    access: Access


@dataclass(frozen=True)
class Offer:
    """A tariff that the subscriber could order: what is reserved for it now, and what is missing in the wallet."""

    tariff_id: int
    name: str
    price: Money
    lack: Money


def dossier(billing: Billing, *, login: str, now: datetime) -> Dossier:
    """:raises UnknownLogin: neither the host nor we know this login"""
    view = subscriber_view(billing, login=login, now=now)
    with billing.reading() as session:
        person = view.person
        newest = statements.page(billing, session, person, limit=LATEST_LINES) if person else None
        return Dossier(
            view=view,
            events=_events(session, login),
            ordered_by=_ordered_by(session, view),
            lines=newest.lines if newest else (),
            reserves=newest.reserves if newest else (),
            proposals=_proposals(session, login),
            access=access(session, login, now),
        )


def offers(billing: Billing, view: SubscriberView, *, main: bool, now: datetime) -> list[Offer]:
    """What is on sale of a kind and he has not, the add-ons only as far as they go with his main."""
    has = {each.tariff_id for each in view.live}
    mains = {each.tariff_id for each in view.live if each.main}
    with billing.reading() as session:
        on_sale = tariffs(session, main=main)
        fits = {} if main else pairs.goes_with(session)
    wanted = [each for each in on_sale if each.id not in has and mains <= set(fits.get(each.id, mains))]
    return [_offer(billing, view, each, now) for each in wanted]


def lack(view: SubscriberView, price: Money) -> Money:
    """What is missing in the wallet to pay `price` now; without a price nothing is."""
    return queries.lack(view.wallet, price)


def _offer(billing: Billing, view: SubscriberView, tariff: Tariff, now: datetime) -> Offer:
    price = tariff.fee(now, billing.unit)
    return Offer(tariff.id, tariff.name, price, lack(view, price))


def _events(session: Session, login: str) -> Sequence[Event]:
    query = select(Event).where(Event.login == login).order_by(Event.id.desc())
    return session.scalars(query.limit(LATEST_EVENTS)).all()


def _ordered_by(session: Session, view: SubscriberView) -> dict[int, str]:
    """An order and its line in the event log are of one instant."""
    if not view.subscriptions:
        return {}
    instants = {each.ordered_at for each in view.subscriptions}
    lines = select(Event.at, Event.text, Event.actor).where(Event.login == view.login, Event.at.in_(instants))
    rows = session.execute(lines.where(Event.text.like("OLLTV SUBSCRIBER (%) ORDER %"))).all()
    found = {}
    for sub in view.subscriptions:
        marks = [row.actor for row in rows if row.at == sub.ordered_at and f"[{sub.tariff_id}]" in row.text]
        if marks:
            found[sub.id] = marks[0]
    return found


def _proposals(session: Session, login: str) -> Sequence[MoneyProposal]:
    query = select(MoneyProposal).where(MoneyProposal.login == login, MoneyProposal.state == ProposalState.OPEN)
    return session.scalars(query.order_by(MoneyProposal.id)).all()
