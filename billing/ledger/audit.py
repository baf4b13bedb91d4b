"""The proof that the books are right. Each check is one set-based question whose answer should be nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, case, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from billing.errors import N_
from billing.joins import in_order
from billing.ledger.models import Account, Hold, HoldState, Transfer
from billing.ledger.turnover import LedgerDay, LedgerRollup


@dataclass(frozen=True)
class Finding:
    """Something that must not be. `text` is translated where it is shown and filled in with `facts`."""

    code: str
    text: str
    facts: dict[str, object]


Check = Callable[[Session], Iterator[Finding]]


def audit(session: Session, checks: tuple[Check, ...] = ()) -> list[Finding]:
    """Every finding of the ledger's own checks and of the plugins' `checks`; an empty list is the proof."""
    return [finding for check in (*LEDGER_CHECKS, *checks) for finding in check(session)]


def findings(session: Session, query: Select[Any], code: str, text: str) -> Iterator[Finding]:
    """One finding for each row of `query`, with the row's columns as facts."""
    for row in session.execute(query).mappings():
        yield Finding(code, text, dict(row))


def _units_balance(session: Session) -> Iterator[Finding]:
    """All accounts of a unit sum to zero: what the system accounts owe is what the subscribers hold."""
    moved = _movements().subquery()
    system = select(Account.unit, func.sum(moved.c.minor).label("minor")).join(moved, moved.c.id == Account.id)
    system = system.where(Account.balance_minor.is_(None)).group_by(Account.unit)
    kept = select(Account.unit, func.sum(Account.balance_minor).label("minor"))
    both = union_all(system, kept.where(Account.balance_minor.is_not(None)).group_by(Account.unit)).subquery()
    total = func.sum(both.c.minor)
    query = select(both.c.unit, total.label("minor")).group_by(both.c.unit).having(total != 0)
    text = N_("The accounts in %(unit)s do not sum to zero but to %(minor)s.")
    yield from findings(session, query, "unit_unbalanced", text)


def _movements() -> Select[tuple[int, int]]:
    """Signed movements: `id` of the account, `minor` in or out."""
    came = select(Transfer.target_id.label("id"), Transfer.amount_minor.label("minor"))
    went = select(Transfer.source_id, -Transfer.amount_minor)
    return select(union_all(came, went).subquery("movement"))


def _balances_equal_transfers(session: Session) -> Iterator[Finding]:
    moved = _movements().subquery()
    sums = select(moved.c.id, func.sum(moved.c.minor).label("minor")).group_by(moved.c.id).subquery()
    expected = func.coalesce(sums.c.minor, 0)
    query = select(Account.code, Account.balance_minor.label("balance"), expected.label("transfers"))
    query = query.outerjoin(sums, sums.c.id == Account.id).where(Account.balance_minor != expected)
    text = N_("The balance of %(code)s is %(balance)s, but its transfers sum to %(transfers)s.")
    yield from findings(session, query, "balance_differs", text)


def _reserves_equal_holds(session: Session) -> Iterator[Finding]:
    held = select(Hold.source_id.label("id"), func.sum(Hold.amount_minor).label("minor"))
    sums = held.where(Hold.state == HoldState.HELD).group_by(Hold.source_id).subquery()
    expected = func.coalesce(sums.c.minor, 0)
    query = select(Account.code, Account.held_minor.label("held"), expected.label("holds"))
    query = query.outerjoin(sums, sums.c.id == Account.id).where(Account.held_minor != expected)
    text = N_("%(code)s has %(held)s reserved, but its holds sum to %(holds)s.")
    yield from findings(session, query, "reserve_differs", text)


def _floors_kept(session: Session) -> Iterator[Finding]:
    query = select(Account.code, Account.balance_minor.label("balance"), Account.floor_minor.label("floor"))
    query = query.where(Account.balance_minor - Account.held_minor < Account.floor_minor)
    yield from findings(session, query, "below_floor", N_("%(code)s fell to %(balance)s, below its floor %(floor)s."))


def _keys_unique(session: Session) -> Iterator[Finding]:
    query = select(Transfer.key, func.count().label("times")).group_by(Transfer.key).having(func.count() > 1)
    yield from findings(session, query, "key_repeated", N_("The key %(key)s was posted %(times)s times."))


def _transfers_sound(session: Session) -> Iterator[Finding]:
    """Both sides exist and are of the transfer's unit, and something moves."""
    source, target = aliased(Account), aliased(Account)
    query = select(Transfer.id, Transfer.key).outerjoin(source, source.id == Transfer.source_id)
    query = query.outerjoin(target, target.id == Transfer.target_id)
    wrong_unit = or_(source.unit != Transfer.unit, target.unit != Transfer.unit)
    no_side = or_(source.id.is_(None), target.id.is_(None), Transfer.amount_minor <= 0)
    text = N_("The transfer %(key)s has no proper sides, amount or unit.")
    yield from findings(session, query.where(or_(wrong_unit, no_side)), "transfer_unsound", text)


def _captures_owned(session: Session) -> Iterator[Finding]:
    """A captured hold has its transfer with its amount; one that is not captured has none."""
    paid = and_(Transfer.id == Hold.transfer_id, Transfer.amount_minor == Hold.amount_minor)
    lost = and_(Hold.state == HoldState.CAPTURED, ~exists().where(paid))
    early = and_(Hold.state != HoldState.CAPTURED, Hold.transfer_id.is_not(None))
    query = select(Hold.id, Hold.key, Hold.state).where(or_(lost, early))
    yield from findings(session, query, "hold_unowned", N_("The reserve %(key)s and its transfer do not agree."))


def _reversals_whole(session: Session) -> Iterator[Finding]:
    undone = aliased(Transfer)
    opposite = and_(undone.source_id == Transfer.target_id, undone.target_id == Transfer.source_id)
    query = select(Transfer.id, Transfer.key).outerjoin(undone, undone.id == Transfer.reverses_id)
    wrong = case((and_(opposite, undone.amount_minor == Transfer.amount_minor), 0), else_=1)
    query = query.where(Transfer.reverses_id.is_not(None), wrong == 1)
    yield from findings(session, query, "reversal_differs", N_("%(key)s does not undo exactly what it names."))


def _turnover_kept(session: Session) -> Iterator[Finding]:
    """The days of each system account and tariff sum to its transfers, as far as they were added up."""
    days = select(
        LedgerDay.account_id.label("id"),
        LedgerDay.tariff_id,
        *(LedgerDay.came_minor.label("came"), LedgerDay.went_minor.label("went")),
        *(LedgerDay.came_count.label("came_count"), LedgerDay.went_count.label("went_count")),
    )
    moved = union_all(days, _added_up(came=True), _added_up(came=False)).subquery()
    wrong = or_(*(func.sum(moved.c[name]) != 0 for name in ("came", "went", "came_count", "went_count")))
    query = select(Account.code, moved.c.tariff_id.label("tariff")).join(moved, moved.c.id == Account.id)
    query = query.group_by(Account.code, moved.c.tariff_id).having(wrong)
    text = N_("The days of %(code)s, tariff %(tariff)s, do not sum to its transfers. Run: olltv figures rebuild")
    yield from findings(session, query, "turnover_differs", text)


def _added_up(*, came: bool) -> Select[Any]:
    """The negative sums of what came into system accounts, or went out, up to the watermark of the days."""
    side = Transfer.target_id if came else Transfer.source_id
    minor, count, none = -func.sum(Transfer.amount_minor), -func.count(), literal(0)
    tariff = func.coalesce(Transfer.tariff_id, 0).label("tariff_id")
    sums = (minor, none, count, none) if came else (none, minor, none, count)
    query = select(side, tariff, *sums).select_from(in_order(Transfer, (Account, Account.id == side)))
    through = select(LedgerRollup.through_id).scalar_subquery()
    return query.where(Transfer.id <= through, Account.balance_minor.is_(None)).group_by(side, "tariff_id")


LEDGER_CHECKS: tuple[Check, ...] = (
    _units_balance,
    _balances_equal_transfers,
    _reserves_equal_holds,
    _floors_kept,
    _keys_unique,
    _transfers_sound,
    _captures_owned,
    _reversals_whole,
    _turnover_kept,
)
