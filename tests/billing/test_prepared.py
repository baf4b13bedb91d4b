"""A prepared statement writes and reads what the usual way does."""

import pytest
from sqlalchemy import bindparam, insert, select, update

from billing.leases import Lease
from billing.ledger.models import Hold, HoldState
from billing.prepared import Prepared
from tests.billing.books import hold, open_wallet
from tests.support import NOV_10

LEASE, HOLD = Lease.__table__.c, Hold.__table__.c
FIND = Prepared(select(LEASE.name, LEASE.owner, LEASE.until).where(LEASE.name == bindparam("wanted")))
ADD = Prepared(
    insert(Lease.__table__).values({name: bindparam(name, type_=LEASE[name].type) for name in ("name", "until")})
)


def test_instants_come_back_as_they_were_and_what_is_empty_stays_empty(billing):
    with billing.engine.begin() as connection:
        ADD.run(connection, {"name": "a", "until": NOV_10})
        ADD.run(connection, {"name": "b", "until": None})
        assert FIND.row(connection, {"wanted": "a"}) == {"name": "a", "owner": None, "until": NOV_10}
        assert FIND.row(connection, {"wanted": "b"}) == {"name": "b", "owner": None, "until": None}
        assert FIND.row(connection, {"wanted": "c"}) is None
    with billing.reading() as session:
        assert session.get_one(Lease, "a").until == NOV_10


def test_constants_of_the_statement_need_no_value_and_words_come_back_as_words(billing, uow):
    hold(uow(), open_wallet(uow(), "wallet:ivan", "9.00 UAH"), "income:olltv", "4.00 UAH", "order")
    release = Prepared(update(Hold).where(HOLD.key == bindparam("wanted")).values(state=HoldState.RELEASED))
    find = Prepared(select(HOLD.state).where(HOLD.key == bindparam("wanted"), HOLD.amount_minor == 400))
    with billing.engine.begin() as connection:
        assert find.row(connection, {"wanted": "order"}) == {"state": HoldState.HELD}
        assert release.run(connection, {"wanted": "order"}).rowcount == 1
        assert find.row(connection, {"wanted": "order"}) == {"state": HoldState.RELEASED}
        connection.rollback()


def test_a_parameter_without_a_value_is_an_error(billing):
    with billing.engine.begin() as connection, pytest.raises(KeyError):
        ADD.run(connection, {"name": "a"})
