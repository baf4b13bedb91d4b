"""Whom a message shows to be nobody's, to have no right, or no credits: denied in one statement each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, inspect, literal, or_, select
from sqlalchemy.orm import aliased, outerjoin

from billing.joins import in_order
from billing.ledger.models import Account
from billing.uow import UnitOfWork
from ppv_module.credits.models import CreditState
from ppv_module.streams.denials.models import Denial, Reason
from ppv_module.streams.denials.slots import select_into_slots
from ppv_module.streams.models import Right, Server, SyncRecord, Viewing
from ppv_module.streams.options import ALLOW, StreamOptions

COLUMNS = ("slot", "name", "reason", "account_id", "place_id", "since")


@dataclass(frozen=True)
class Reported:
    """A message of `server` whose sessions are written. `before` is when that server had reported last."""

    server: Server
    record: SyncRecord
    now: datetime
    before: datetime | None = None

    def has(self) -> ColumnElement[bool]:
        """Whether a session is one of those that the message reports."""
        return and_(Viewing.server_id == self.server.id, Viewing.live == 1, Viewing.sync_id == self.record.id)


def deny_strangers(uow: UnitOfWork, reported: Reported) -> None:
    """Deny names that nobody has issued, and those without a right who have seen more than the preview."""
    options = uow.option(StreamOptions)
    without = and_(Viewing.right.in_((Right.NONE, Right.EXPIRED)), Viewing.session_ms >= options.preview_ms)
    unknown = Viewing.right == Right.UNKNOWN
    meant = without if options.unknown_id == ALLOW else or_(without, unknown)
    reason = case(
        (Viewing.right == Right.UNKNOWN, str(Reason.UNKNOWN_ID)),
        (Viewing.right == Right.EXPIRED, str(Reason.TICKET_EXPIRED)),
        else_=str(Reason.NO_ENTITLEMENT),
    )
    query = denials_of(reason, Viewing, Viewing, reported.now).where(reported.has(), meant)
    select_into_slots(uow.session, COLUMNS, query.group_by(Viewing.name, Viewing.right))


def deny_the_penniless(uow: UnitOfWork, reported: Reported) -> None:
    """Deny all names that watch by the minute, on whatever server, of the accounts that this message has run dry."""
    session = aliased(Viewing)
    left = Account.balance_minor - Account.held_minor - Account.floor_minor
    mine = select(Viewing.account_id).distinct().where(reported.has(), Viewing.right == Right.MINUTE).subquery("mine")
    accounts = in_order(mine, (Account, Account.id == mine.c.account_id))
    accounts = outerjoin(accounts, CreditState, CreditState.account_id == mine.c.account_id)
    dry = select(mine.c.account_id).select_from(accounts)
    dried = dry.where(or_(left <= 0, CreditState.frozen_by != "")).subquery("dry")
    watched = in_order(dried, (inspect(session).selectable, session.account_id == dried.c.account_id))
    query = denials_of(literal(str(Reason.NO_CREDIT)), session, watched, reported.now)
    query = query.where(session.live == 1, session.right == Right.MINUTE)
    select_into_slots(uow.session, COLUMNS, query.group_by(session.name))


def denials_of(reason: ColumnElement[str], viewing: Any, source: Any, now: datetime) -> Select[Any]:
    """Rows of `COLUMNS` for sessions, one a name and reason once they are grouped, none where the slot is taken.

    `source` is what they are selected from; it has `viewing`.
    """
    taken, slot = aliased(Denial), reason + literal(":") + viewing.name
    query = select(
        slot.label("free_slot"),
        viewing.name,
        reason.label("reason"),
        func.min(viewing.account_id),
        func.min(viewing.place_id),
        literal(now, Denial.since.type),
    )
    # no EXISTS: MariaDB would read all slots to have them at hand
    query = query.select_from(outerjoin(source, taken, taken.slot == slot)).where(taken.id.is_(None))
    return query.where(viewing.name != "").order_by(slot)
