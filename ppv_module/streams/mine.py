"""A subscriber's view of streams: what he may watch, what he has paid for, what he watches, what stands in the way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from billing.ledger.holds import Ledger
from billing.ledger.models import Account
from billing.money import Money
from billing.uow import Billing
from ppv_module.credits.accounts import balance_of
from ppv_module.credits.models import CreditState
from ppv_module.streams.access import Access, accesses
from ppv_module.streams.models import Right
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.rights.holding import tickets_of
from ppv_module.streams.rights.models import Ticket
from ppv_module.streams.rights.personal import personal_of
from ppv_module.streams.shelf import OnShelf, shelf
from ppv_module.streams.watching import Barrier, Watching, arrears, barriers, watching

ENDED_TICKETS = 5
"""So many of the newest tickets are shown also when they are over."""


@dataclass(frozen=True, kw_only=True)
class Mine:
    """`balance` and `arrears` are credits, `wallet` is what may be spent of the money. `limit` is how many devices may
    watch at once, 0 where that is any number, or not the same for all channels. Nobody watches whose account is not
    active.
    """

    is_active: bool
    wallet: Money
    balance: int
    frozen: bool
    arrears: int = 0
    limit: int
    channels: Sequence[tuple[OnShelf, Access]]
    tickets: Sequence[Ticket]
    watching: Sequence[Watching] = field(default_factory=list)
    barriers: Sequence[Barrier] = field(default_factory=list)

    @property
    def pays_by_minute(self) -> bool:
        """Whether some channel is paid by the minute, and by nothing else."""
        return any(access.right is Right.MINUTE for _, access in self.channels)


def mine(session: Session, billing: Billing, *, login: str, now: datetime) -> Mine:
    """What streams are to `login` now, by as many statements however many channels there are."""
    shown = {each.channel.id: each for each in shelf(session, now).channels}
    may = accesses(session, billing, login=login, now=now)
    state, options = session.get(CreditState, login), billing.option(StreamOptions)
    person = billing.host(session, Ledger(session)).find(login)
    common = Mine(
        is_active=not (person.down or person.frozen),
        wallet=session.get_one(Account, person.wallet_id).available,
        balance=balance_of(session, login),
        frozen=state is not None and state.is_frozen,
        limit=_limit(shown.values(), options.max_streams),
        channels=[(shown[each.channel.id], each) for each in may if each.channel.id in shown],
        tickets=_tickets(session, login, now),
    )
    if state is None:
        return common
    return _with_viewing(session, common, state.account_id, interval_s=options.interval_s, now=now)


def _with_viewing(session: Session, common: Mine, account_id: int, *, interval_s: int, now: datetime) -> Mine:
    """The same for somebody who may have watched already."""
    personal = personal_of(session, account_id)
    own_limit = personal.max_streams if personal else None
    return replace(
        common,
        arrears=arrears(session, account_id),
        limit=common.limit if own_limit is None else own_limit,
        watching=watching(session, account_id, interval_s=interval_s, now=now),
        barriers=barriers(session, account_id, now),
    )


def _limit(shown: Iterable[OnShelf], common: int) -> int:
    limits = {common if each.max_streams is None else each.max_streams for each in shown if each.kind is not None}
    return limits.pop() if len(limits) == 1 else 0


def _tickets(session: Session, login: str, now: datetime) -> list[Ticket]:
    """Those that are or will be valid, the first to end on top, then some that are over."""
    good = sorted(tickets_of(session, login, now=now), key=lambda each: (each.valid_to, each.id))
    known = {each.id for each in good}
    return good + [each for each in tickets_of(session, login, limit=ENDED_TICKETS) if each.id not in known]
