"""Many wallets at once, each with its first money: for taking over a customer base and for demo data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, literal, select
from sqlalchemy.orm import Session

from billing.ledger.models import Account, Transfer


@dataclass(frozen=True)
class Opening:
    """An account to be opened with `amount_minor` in it; it may fall to `floor_minor`."""

    login: str
    amount_minor: int
    floor_minor: int = 0


def open_accounts(
    session: Session, openings: Sequence[Opening], *, prefix: str, source: Account, actor: str, at: datetime
) -> dict[str, int]:
    """Open the accounts `<prefix><login>` and fill each by one transfer from the system account `source`.

    Gives the accounts' ids by login. Use it in portions of some thousands. An account that exists already breaks a
    constraint of the database.
    """
    rows = [_row(each, prefix, source.unit) for each in openings]
    session.execute(insert(Account.__table__), rows)  # type: ignore[arg-type]
    opened = select(Account.code, Account.id).where(Account.code.in_([row["code"] for row in rows]))
    ids = {code.removeprefix(prefix): number for code, number in session.execute(opened)}
    transfers = select(
        literal("opening:").concat(Account.code),
        literal(source.id),
        Account.id,
        Account.balance_minor,
        Account.unit,
        literal(at, Transfer.__table__.c.at.type),
        literal(actor),
        func.substr(Account.code, len(prefix) + 1),
    ).where(Account.id.in_(ids.values()), Account.balance_minor > 0)
    columns = ["key", "source_id", "target_id", "amount_minor", "unit", "at", "actor", "login"]
    session.execute(insert(Transfer).from_select(columns, transfers, include_defaults=False))
    return ids


def _row(opening: Opening, prefix: str, unit: str) -> dict[str, object]:
    return {
        "code": f"{prefix}{opening.login}",
        "unit": unit,
        "balance_minor": opening.amount_minor,
        "held_minor": 0,
        "floor_minor": opening.floor_minor,
    }
