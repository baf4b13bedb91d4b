"""What must hold between meters, tickets and the ledger, for `billing.ledger.audit`."""

from collections.abc import Iterator

from sqlalchemy import BigInteger, ColumnElement, String, and_, case, cast, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from billing.errors import N_
from billing.ledger.audit import Check, Finding, findings
from billing.ledger.models import Account, Transfer
from billing.money import CREDITS
from ppv_module.streams.models import Outcome, SyncRecord
from ppv_module.streams.rights.models import Counting, Meter, Price, Rounding, Ticket
from ppv_module.streams.syncs.metering import sql_due

WATCH, SYNC, TICKET = "ppv.watch:", "ppv.sync:", "ppv.ticket:"
"""How keys and journals of minutes and tickets begin."""


def _number_after(prefix: str, column: InstrumentedAttribute[str | None]) -> ColumnElement[int]:
    return cast(func.substr(column, len(prefix) + 1), BigInteger)


def _meter_of() -> ColumnElement[int]:
    """The meter in a key `ppv.watch:<sync>:<meter>`; how long the sync is, the journal `ppv.sync:<sync>` says."""
    begins = func.length(Transfer.journal) + len(WATCH) - len(SYNC) + 2
    return cast(func.substr(Transfer.key, begins), BigInteger)


def _is_watching() -> ColumnElement[bool]:
    return Transfer.key.startswith(WATCH)


def _meters_are_charged(session: Session) -> Iterator[Finding]:
    """What a meter says was charged was taken from its account, for its price, and not a credit more."""
    paid = select(_meter_of().label("meter"), func.sum(Transfer.amount_minor).label("credits"))
    sums = paid.where(_is_watching()).group_by("meter").subquery()
    found = func.coalesce(sums.c.credits, 0)
    query = select(Meter.id.label("meter"), Account.code, Meter.charged, found.label("transfers"))
    query = query.join(Account, Account.id == Meter.account_id).outerjoin(sums, sums.c.meter == Meter.id)
    text = N_("The meter %(meter)s of %(code)s has charged %(charged)s, but its transfers sum to %(transfers)s.")
    yield from findings(session, query.where(Meter.charged != found), "meter_differs", text)


def _minutes_have_their_meters(session: Session) -> Iterator[Finding]:
    """Each transfer for minutes is of a meter, from its account and by its price."""
    query = select(Transfer.id, Transfer.key).outerjoin(Meter, Meter.id == _meter_of()).where(_is_watching())
    right = and_(Meter.account_id == Transfer.source_id, Meter.price_id == Transfer.tariff_id, Transfer.unit == CREDITS)
    wrong = case((right, 0), else_=1) == 1
    text = N_("The transfer %(key)s does not go with any meter.")
    yield from findings(session, query.where(wrong), "minutes_without_meter", text)


def _minutes_were_applied(session: Session) -> Iterator[Finding]:
    """Nothing was charged for a message that was not applied, as long as messages are remembered."""
    query = select(Transfer.id, Transfer.key, SyncRecord.outcome.label("outcome"))
    query = query.join(SyncRecord, SyncRecord.id == _number_after(SYNC, Transfer.journal))
    query = query.where(_is_watching(), SyncRecord.outcome != Outcome.APPLIED)
    text = N_("The transfer %(key)s is for a message that was not applied (%(outcome)s).")
    yield from findings(session, query, "charged_unapplied", text)


def _due_is_what_was_watched(session: Session) -> Iterator[Finding]:
    """Whole credits for the time watched at the price, rounded down; for begun minutes at least that.

    Where each session has its own, the rest of a minute that was begun at another price or by a ticket is paid already.
    """
    due = sql_due(Meter.__table__.c.watched_ms, Price.__table__.c.per_minute)
    too_little, too_much = Meter.due < due, Meter.due > due
    by_time = Price.rounding == Rounding.EXACT
    by_total = or_(by_time, Price.counting == Counting.WALLCLOCK)
    query = select(Meter.id.label("meter"), Account.code, Meter.due.label("due"), Meter.watched_ms.label("ms"))
    query = query.join(Account, Account.id == Meter.account_id).join(Price, Price.id == Meter.price_id)
    text = N_("The meter %(meter)s of %(code)s owes %(due)s, which %(ms)s ms do not cost.")
    differs = or_(and_(by_total, too_little), and_(by_time, too_much))
    yield from findings(session, query.where(differs), "due_differs", text)


def _key(ticket: type[Ticket], end: str) -> ColumnElement[str]:
    return literal(TICKET) + cast(ticket.id, String(20)) + literal(end)


def _tickets_are_paid(session: Session) -> Iterator[Finding]:
    """A ticket that was sold has moved its price, once; one that was given has moved nothing."""
    query = select(Ticket.id.label("ticket"), Ticket.login).outerjoin(Transfer, Transfer.key == _key(Ticket, ":money"))
    unpaid = func.coalesce(Transfer.amount_minor, 0) != Ticket.price_minor
    other = and_(Transfer.id.is_not(None), Transfer.unit != Ticket.unit)
    text = N_("The ticket %(ticket)s of %(login)s and its transfer do not agree.")
    yield from findings(session, query.where(or_(unpaid, other)), "ticket_differs", text)


def _payments_have_their_tickets(session: Session) -> Iterator[Finding]:
    """Nothing was taken for a ticket that does not exist."""
    query = select(Transfer.id, Transfer.key).outerjoin(Ticket, Ticket.id == _number_after(TICKET, Transfer.journal))
    query = query.where(Transfer.key.startswith(TICKET), Ticket.id.is_(None))
    yield from findings(session, query, "payment_without_ticket", N_("The transfer %(key)s belongs to no ticket."))


def _refunded_are_revoked(session: Session) -> Iterator[Finding]:
    """Whose price went back, that ticket lets nobody in; and it went back whole."""
    paid = aliased(Transfer)
    query = select(Ticket.id.label("ticket"), Ticket.login).join(Transfer, Transfer.key == _key(Ticket, ":back"))
    query = query.outerjoin(paid, paid.key == _key(Ticket, ":money"))
    right = and_(Ticket.revoked_at.is_not(None), Transfer.reverses_id == paid.id)
    text = N_("The ticket %(ticket)s of %(login)s was paid back, but not taken back.")
    yield from findings(session, query.where(case((right, 0), else_=1) == 1), "refund_differs", text)


CHECKS: tuple[Check, ...] = (
    _meters_are_charged,
    _minutes_have_their_meters,
    _minutes_were_applied,
    _due_is_what_was_watched,
    _tickets_are_paid,
    _payments_have_their_tickets,
    _refunded_are_revoked,
)
