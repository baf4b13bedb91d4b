"""A debit for what is metered: many small ones a second, each in two statements and without objects.

It keeps the same keys, floors and audit as `Posting.transfer`, and like `bulk` it leaves the repeat to the caller: a
key that exists already breaks a constraint, and the whole transaction fails.
"""

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, update

from billing.errors import NotEnoughMoney
from billing.ledger.models import Account, Transfer
from billing.money import Money
from billing.prepared import Prepared

ACCOUNT, TRANSFER = Account.__table__.c, Transfer.__table__.c

COLUMNS = ("key", "journal", "source_id", "target_id", "amount_minor", "unit", "at", "actor", "login")

_post = Prepared(
    insert(Transfer.__table__).values(  # type: ignore[arg-type]
        {name: bindparam(name, type_=TRANSFER[name].type) for name in COLUMNS}
    )
)
_taken = bindparam("taken", type_=ACCOUNT.balance_minor.type)
_debit = Prepared(
    update(Account.__table__)  # type: ignore[arg-type]
    .where(ACCOUNT.id == bindparam("account"))
    .where(ACCOUNT.balance_minor - ACCOUNT.held_minor - _taken >= ACCOUNT.floor_minor)
    .values(balance_minor=ACCOUNT.balance_minor - _taken)
)


def take(
    connection: Connection,
    *,
    source_id: int,
    target_id: int,
    amount: Money,
    key: str,
    journal: str,
    actor: str,
    login: str,
    at: datetime,
) -> None:
    """Move `amount` from a subscriber's account, which the caller has locked, to a system account.

    :raises NotEnoughMoney: it would break the account's floor; the caller's transaction must not be committed
    """
    values = {
        "key": key,
        "journal": journal,
        "source_id": source_id,
        "target_id": target_id,
        "amount_minor": amount.minor,
        "unit": amount.unit,
        "at": at,
        "actor": actor,
        "login": login,
    }
    _post.run(connection, values)
    if not _debit.run(connection, {"account": source_id, "taken": amount.minor}).rowcount:
        raise NotEnoughMoney(needed=amount, available=Money(0, amount.unit), lack=amount)
