"""Thousands of transfers in two set-based statements, with the same keys, floors and audit as single ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Insert, Select, Update, insert, literal, true, update
from sqlalchemy.orm import Session

from billing.ledger.models import Account, Transfer

COLUMNS = ("key", "source_id", "amount_minor", "login", "subscription_id", "tariff_id", "period")
"""What a select of transfers must yield, in this order."""


@dataclass(frozen=True)
class Posting:
    """The two statements. Building them takes longer than sending them: keep them for the next chunk."""

    insert: Insert
    debit: Update

    def run(self, session: Session, values: Mapping[str, object]) -> int:
        """Send them with `values` for their bind parameters; gives the number of transfers. Errors: see `post`."""
        inserted = session.execute(self.insert, values)
        session.execute(self.debit, values)
        return inserted.rowcount  # type: ignore[attr-defined, no-any-return]


def post(
    session: Session,
    *,
    transfers: Select[Any],
    debits: Select[Any],
    accounts: ColumnElement[bool],
    constants: Mapping[str, object],
) -> int:
    """Insert `transfers` and take `debits` from the balances of their sources.

    `transfers` yields `COLUMNS`; `constants` gives the columns that are the same in every row (`target_id`, `unit`,
    `at`, `actor`, `journal`), as values or bind parameters. The target must be a system account. `debits` yields
    `account_id` and `amount_minor`, one row an account, the sums of `transfers` by source. `accounts` narrows down
    the account ids that are meant: where `debits` reads no small range of its own, SQLite would look at every account
    for each chunk. The caller has locked the accounts.

    A key that exists already, or a balance below its floor, breaks a constraint of the database: the whole
    transaction fails and nothing is half posted. Gives the number of transfers.
    """
    return posting(transfers=transfers, debits=debits, accounts=accounts, constants=constants).run(session, {})


def posting(
    *,
    transfers: Select[Any],
    debits: Select[Any],
    constants: Mapping[str, object],
    accounts: ColumnElement[bool] | None = None,
) -> Posting:
    """The statements of `post`, to be run again and again."""
    table = Transfer.__table__
    extra = [_column(value, table.c[name].type).label(name) for name, value in constants.items()]
    rows = transfers.add_columns(*extra)
    taken = debits.subquery("debit")
    meant = true() if accounts is None else accounts
    debit = update(Account.__table__).where(Account.id == taken.c.account_id, meant)  # type: ignore[arg-type]
    return Posting(
        insert(table).from_select([*COLUMNS, *constants], rows, include_defaults=False),  # type: ignore[arg-type]
        debit.values(balance_minor=Account.balance_minor - taken.c.amount_minor),
    )


def _column(value: object, kind: Any) -> ColumnElement[Any]:
    return value if isinstance(value, ColumnElement) else literal(value, kind)
