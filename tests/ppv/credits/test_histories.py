"""A buyer looks back: every movement, a running balance, pages, always as many statements."""

from contextlib import contextmanager
from itertools import pairwise

import pytest
from sqlalchemy import event

from billing.errors import NotFound
from ppv_module.credits.accounts import lock_credits, spend
from ppv_module.credits.buying import buy_with_wallet
from ppv_module.credits.corrections import correct
from ppv_module.credits.histories import cause_of, history
from tests.support import STAFF


@pytest.fixture
def lived(billing, shop, ivan, clock):
    """Ivan has bought twice, seen a show, tipped, been given something; PayPal took back and gave again."""
    pack = shop.chat.pack(shop.tenant, 600, 10_000, description="Ten minutes")
    clock.advance(minutes=1)
    buy_with_wallet(
        billing.uow(), login="ivan", tenant_id=pack.tenant_id, pack_id=pack.id, key="k", actor=STAFF, now=clock()
    )
    clock.advance(minutes=1)
    use(billing, clock, 90, "ppv.show:s1:90", "Mila")
    use(billing, clock, 10, "ppv.tip:t1", "Mila")  # in the same second
    clock.advance(minutes=1)
    correct(billing.uow(), login="ivan", delta=25, reason="complaint 17", key="c", actor=STAFF, now=clock())
    paid = shop.fields(shop.order("ivan"))
    for fields in (
        paid,
        shop.follows(paid, "Reversed", "-10.00"),
        shop.follows(paid, "Canceled_Reversal", "10.00"),
    ):
        clock.advance(minutes=1)
        shop.told(fields)


def use(billing, clock, credits, key, note):
    uow = billing.uow()
    with uow:
        spend(uow, lock_credits(uow, "ivan"), credits=credits, key=key, actor=STAFF, at=clock(), note=note)


def read(billing, **wanted):
    with billing.reading() as session:
        return history(session, login="ivan", **wanted)


def test_every_movement_is_told_with_its_cause_and_the_balance_after_it(billing, lived):
    page = read(billing)
    assert [(each.cause.value, each.text, each.credits, each.balance) for each in page.lines] == [
        ("restore", "", 600, 1125),
        ("clawback", "", -600, 525),
        ("purchase", "600 credits", 600, 1125),
        ("correction", "complaint 17", 25, 525),
        ("tip", "Mila", -10, 500),
        ("show", "Mila", -90, 510),
        ("purchase", "Ten minutes", 600, 600),
    ]
    assert (page.balance, page.next) == (1125, None)
    assert sum(each.credits for each in page.lines) == page.balance


def test_pages_follow_each_other_and_sum_to_the_balance(billing, lived):
    lines, older_than = [], None
    while True:
        page = read(billing, older_than=older_than, limit=2)
        lines += page.lines
        older_than = page.next
        if older_than is None:
            break
    assert [each.id for each in lines] == [each.id for each in read(billing).lines]
    for newer, older in pairwise(lines):
        assert newer.balance - newer.credits == older.balance
    assert lines[-1].balance == lines[-1].credits


def test_a_page_of_somebody_else_is_none(billing, lived, make, shop):
    make.subscriber("olha")
    shop.chat.give("olha", 5)
    with billing.reading() as session:
        assert history(session, login="petro").lines == []
        [line] = history(session, login="olha").lines
        assert cause_of("test-credits-1") == line.cause == "other"
        with pytest.raises(NotFound):
            history(session, login="ivan", older_than=line.id)


def test_a_longer_page_takes_no_more_statements(billing, lived):
    with counted(billing.engine) as few:
        read(billing, limit=1)
    with counted(billing.engine) as many:
        read(billing, limit=50)
    assert len(few) == len(many) <= 7


@contextmanager
def counted(engine):
    """The statements that are sent."""
    sent = []

    def note(_connection, _cursor, statement, *_):
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)
