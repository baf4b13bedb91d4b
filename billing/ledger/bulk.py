"""Thousands of transfers in two set-based statements, with the same keys, floors and audit as single ones."""

from typing import Any

from sqlalchemy import ColumnElement, Select, insert, literal, update
from sqlalchemy.orm import Session

from billing.ledger.models import Account, Transfer

COLUMNS = ("key", "source_id", "amount_minor", "login", "subscription_id", "tariff_id", "period")
"""What a select of transfers must yield, in this order."""


def post(
    session: Session,
    *,
    transfers: Select[Any],
    debits: Select[Any],
    accounts: ColumnElement[bool],
    constants: dict[str, object],
) -> int:
    """Insert `transfers` and take `debits` from the balances of their sources.

    `transfers` yields `COLUMNS`; `constants` gives the columns that are the same in every row (`target_id`, `unit`,
    `at`, `actor`, `journal`). The target must be a system account. `debits` yields `account_id` and `amount_minor`,
    one row an account, the sums of `transfers` by source. `accounts` narrows down the account ids that are meant:
    without such a range SQLite looks at every account for each chunk. The caller has locked the accounts.

    A key that exists already, or a balance below its floor, breaks a constraint of the database: the whole
    transaction fails and nothing is half posted. Gives the number of transfers.
    """
    extra = [literal(value, Transfer.__table__.c[name].type).label(name) for name, value in constants.items()]
    inserted = session.execute(
        insert(Transfer).from_select([*COLUMNS, *constants], transfers.add_columns(*extra), include_defaults=False)
    )
    taken = debits.subquery("debit")
    session.execute(
        update(Account)
        .where(Account.id == taken.c.account_id, accounts)
        .values(balance_minor=Account.balance_minor - taken.c.amount_minor)
        .execution_options(synchronize_session=False)
    )
    return inserted.rowcount  # type: ignore[attr-defined, no-any-return]
