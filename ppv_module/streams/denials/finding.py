"""Whom a message shows to be nobody's, to have no right, or no credits: denied in one statement each."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Insert,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    inspect,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased, outerjoin

from billing.joins import in_order
from billing.ledger.models import Account
from billing.uow import UnitOfWork
from ppv_module.credits.models import CreditState
from ppv_module.streams.denials.causes import NOW
from ppv_module.streams.denials.models import Denial, Reason
from ppv_module.streams.denials.slots import backend_of, into_slots
from ppv_module.streams.models import Right, Server, SyncRecord, Viewing
from ppv_module.streams.options import ALLOW, StreamOptions

COLUMNS = ("slot", "name", "reason", "account_id", "place_id", "since")

SERVER, RECORD, PREVIEW = (bindparam(name, type_=BigInteger()) for name in ("server", "record", "preview_ms"))


@dataclass(frozen=True)
class Reported:
    """A message of `server` whose sessions are written. `before` is when that server had reported last."""

    server: Server
    record: SyncRecord
    now: datetime
    before: datetime | None = None

    @property
    def values(self) -> dict[str, object]:
        """For the bind parameters of statements with `is_reported`."""
        return {"server": self.server.id, "record": self.record.id, "now": self.now}


def is_reported() -> ColumnElement[bool]:
    """Whether a session is one of those that the message reports."""
    return and_(Viewing.server_id == SERVER, Viewing.live == 1, Viewing.sync_id == RECORD)


def deny_strangers(uow: UnitOfWork, reported: Reported) -> None:
    """Deny names that nobody has issued, and those without a right who have seen more than the preview."""
    options = uow.option(StreamOptions)
    statement = _strangers(backend_of(uow.session), may_be_unknown=options.unknown_id == ALLOW)
    uow.session.execute(statement, reported.values | {"preview_ms": options.preview_ms})


@cache
def _strangers(backend: str, *, may_be_unknown: bool) -> Insert:
    without = and_(Viewing.right.in_((Right.NONE, Right.EXPIRED)), Viewing.session_ms >= PREVIEW)
    meant = without if may_be_unknown else or_(without, Viewing.right == Right.UNKNOWN)
    reason = case(
        (Viewing.right == Right.UNKNOWN, str(Reason.UNKNOWN_ID)),
        (Viewing.right == Right.EXPIRED, str(Reason.TICKET_EXPIRED)),
        else_=str(Reason.NO_ENTITLEMENT),
    )
    is_lacking = Viewing.right != Right.UNKNOWN
    query = denials_of(reason, Viewing, Viewing, is_lacking=is_lacking).where(is_reported(), meant)
    return into_slots(backend, COLUMNS, query.group_by(Viewing.name, Viewing.right, Viewing.place_id))


def deny_the_penniless(uow: UnitOfWork, reported: Reported) -> None:
    """Deny all names that watch by the minute, on whatever server, of the accounts that this message has run dry."""
    uow.session.execute(_penniless(backend_of(uow.session)), reported.values)


@cache
def _penniless(backend: str) -> Insert:
    session = aliased(Viewing)
    left = Account.balance_minor - Account.held_minor - Account.floor_minor
    mine = select(Viewing.account_id).distinct().where(is_reported(), Viewing.right == Right.MINUTE).subquery("mine")
    accounts = in_order(mine, (Account, Account.id == mine.c.account_id))
    accounts = outerjoin(accounts, CreditState, CreditState.account_id == mine.c.account_id)
    dry = select(mine.c.account_id).select_from(accounts)
    dried = dry.where(or_(left <= 0, CreditState.frozen_by != "")).subquery("dry")
    watched = in_order(dried, (inspect(session).selectable, session.account_id == dried.c.account_id))
    query = denials_of(literal(str(Reason.NO_CREDIT)), session, watched, is_lacking=true())
    query = query.where(session.live == 1, session.right == Right.MINUTE)
    return into_slots(backend, COLUMNS, query.group_by(session.name, session.place_id))


def denials_of(
    reason: ColumnElement[str], viewing: Any, source: Any, *, is_lacking: ColumnElement[bool]
) -> Select[Any]:
    """Rows of `COLUMNS` for sessions, to be grouped by what their slot is made of; none where it is taken.

    `source` is what they are selected from; it has `viewing`. They begin at `now`, which is to be handed over. What
    is lacking is lacking for a stream: a right to one of two streams lifts nothing from the other.
    """
    place = case((is_lacking, literal(":") + cast(viewing.place_id, String(20))), else_="")
    taken, slot = aliased(Denial), reason + literal(":") + viewing.name + place
    query = select(
        slot.label("free_slot"),
        viewing.name,
        reason.label("reason"),
        func.min(viewing.account_id),
        func.min(viewing.place_id),
        NOW,
    )
    # no EXISTS: MariaDB would read all slots to have them at hand
    query = query.select_from(outerjoin(source, taken, taken.slot == slot)).where(taken.id.is_(None))
    return query.where(viewing.name != "").order_by(slot)
