"""Finding single people by whatever a member of the staff has at hand: with television or without."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.host.base import Person
from billing.host.search import begins
from billing.ledger.holds import Ledger
from billing.uow import Billing
from olltv_module.listing.rows import Listed, rows
from olltv_module.models import Subscriber, TvState

MOST = 50
LONGEST = 100
"""More letters than this are no question."""


@dataclass(frozen=True, kw_only=True)
class Hit:
    """Somebody whom a search has found."""

    login: str
    name: str
    address: str
    phone: str
    tariff: str = ""
    tv: TvState = TvState.NONE
    remote_id: str = ""


@dataclass(frozen=True)
class Hits:
    """What was found; with `is_more` there are others, and the question should be more exact."""

    hits: list[Hit]
    is_more: bool = False


def search(billing: Billing, text: str, *, now: datetime, limit: int = MOST) -> Hits:
    """At most `limit` people by the beginning of login, mobile number or the partner's id, or by all these words of
    name and address. What is found to the letter stands first, the rest follows by login.
    """
    text = text.strip()[:LONGEST]
    if not text:
        return Hits([])
    with billing.reading() as session:
        found = billing.host(session, Ledger(session)).search(text, limit=limit)
        ids = list(_watching(session, text, [each.login for each in found.people], limit))
        hits = {each.login: _hit(each) for each in found.people}
        hits |= {each.login: _hit(each) for each in rows(billing, session, ids, now=now)}
    ordered = sorted(hits.values(), key=lambda hit: (text not in (hit.login, hit.remote_id), hit.login))
    return Hits(ordered[:limit], found.is_more or len(ordered) > limit)


def _watching(session: Session, text: str, logins: list[str], limit: int) -> Iterator[int]:
    """Ids of those with television among `logins`, and of whoever else is meant: by the partner's id, or gone."""
    column = Subscriber.login.in_(logins), begins(Subscriber.login, text), begins(Subscriber.remote_id, text)
    found = (session.scalars(select(Subscriber.id).where(each).limit(limit + 1)) for each in column)
    yield from dict.fromkeys(number for numbers in found for number in numbers)


def _hit(found: Person | Listed) -> Hit:
    if isinstance(found, Person):
        return Hit(login=found.login, name=found.name, address=found.address, phone=found.mobile)
    return Hit(
        login=found.login,
        name=found.name,
        address=found.address,
        phone=found.phone,
        tariff=found.tariff,
        tv=found.tv,
        remote_id=found.remote_id,
    )
