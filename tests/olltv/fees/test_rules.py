"""Who pays, who goes off, and what is written of it."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from billing.ledger.models import Transfer
from olltv_module.models import Delivery, State, Subscriber
from olltv_module.services.fees.run import FeeDay, charge
from tests.olltv.fees.population import (
    Line,
    Sub,
    Viewer,
    fee_transfers,
    lines,
    populate,
    report,
    run_fees,
    subscriptions,
)
from tests.olltv.support import deliver_all, dump, events
from tests.support import DEC_1, STAFF, assert_books_balance, balance, money

OWN_TABLES = ("olltv_fee_unpaid", "olltv_fee_run", "olltv_fee_line", "olltv_fee_price", "lease")
ON, OFF = ("active", None, "2026-12"), ("suspended", "no_money", "2026-11")


@pytest.fixture
def mixed(billing, sold):
    """One of each kind, by name."""
    main, sport, kids = Sub(sold.main), Sub(sold.sport), Sub(sold.kids)
    paid = replace(main, paid="2026-12")
    kinds = {
        "payer": Viewer((main,), 5000),
        "rich": Viewer((main, sport, kids), 100_000),
        "exact": Viewer((main, sport, kids), 8050),
        "short": Viewer((main, sport, kids), 8049),
        "empty": Viewer((Sub(sold.top),), 0),
        "frozen": Viewer((main, sport), 100_000, frozen=True),
        "gone": Viewer((main, sport), 100_000, gone=True),
        "poor and gone": Viewer((main,), 0, gone=True),
        "credit": Viewer((main,), 4000, credit=1000),
        "debtor": Viewer((main,), -1000, credit=1000),
        "free": Viewer((Sub(sold.gift),), 0),
        "free addon": Viewer((main, Sub(sold.bonus)), 5000),
        "addon due": Viewer((paid, sport), 2000),
        "addon due, short": Viewer((paid, sport, replace(kids, paid="2026-12")), 1999),
        "addon due, frozen": Viewer((paid, sport), 2000, frozen=True),
        "ordering": Viewer((Sub(sold.main, State.PENDING, ""),), 0),
        "ordering addon": Viewer((main, Sub(sold.sport, State.PENDING, "")), 5000),
        "reserved": Viewer((main, Sub(sold.sport, State.PENDING, "")), 4999),
        "suspended": Viewer((Sub(sold.main, State.SUSPENDED),), 100_000),
        "left": Viewer((Sub(sold.main, State.ENDED), Sub(sold.top, State.REFUSED)), 100_000),
        "paid": Viewer((paid,), 100_000),
        "behind": Viewer((Sub(sold.main, paid="2026-09"), Sub(sold.sport, paid="")), 7000),
        "parked": Viewer((main,), 0, parked=True),
    }
    return dict(zip(kinds, populate(billing, list(kinds.values())), strict=True))


EXPECTED = {
    "payer": Line("charged", 1, 5000, 5000),
    "rich": Line("charged", 3, 8050, 8050),
    "exact": Line("charged", 3, 8050, 8050),
    "short": Line("no_money", 0, 8050, 0, 1),
    "empty": Line("no_money", 0, 9990, 0, 9990),
    "frozen": Line("frozen", 0, 7000, 0, 0),
    "gone": Line("gone", 0, 7000, 0, 0),
    "poor and gone": Line("gone", 0, 5000, 0, 0),
    "credit": Line("no_money", 0, 5000, 0, 1000),
    "debtor": Line("no_money", 0, 5000, 0, 6000),
    "free": Line("charged", 0, 0, 0),
    "free addon": Line("charged", 1, 5000, 5000),
    "addon due": Line("charged", 1, 2000, 2000),
    "addon due, short": Line("no_money", 0, 2000, 0, 1),
    "addon due, frozen": Line("frozen", 0, 2000, 0, 0),
    "ordering addon": Line("charged", 1, 5000, 5000),
    "reserved": Line("no_money", 0, 5000, 0, 1),
    "behind": Line("charged", 2, 7000, 7000),
    "parked": Line("no_money", 0, 5000, 0, 5000),
}
"""Everybody who owes something; the others have no line."""

AFTER = {
    "payer": [ON],
    "rich": [ON, ON, ON],
    "exact": [ON, ON, ON],
    "short": [OFF, OFF, OFF],
    "empty": [OFF],
    "frozen": [("suspended", "frozen", "2026-11")] * 2,
    "gone": [("suspended", "gone", "2026-11")] * 2,
    "poor and gone": [("suspended", "gone", "2026-11")],
    "credit": [OFF],
    "debtor": [OFF],
    "free": [ON],
    "free addon": [ON, ON],
    "addon due": [ON, ON],
    "addon due, short": [ON, OFF, ON],  # what is paid stays on
    "addon due, frozen": [ON, ("suspended", "frozen", "2026-11")],
    "ordering": [("pending", None, "")],
    "ordering addon": [ON, ("pending", None, "")],
    "reserved": [OFF, ("pending", None, "")],  # money that is reserved pays no fee
    "suspended": [("suspended", "staff", "2026-11")],
    "left": [("ended", None, "2026-11"), ("refused", None, "2026-11")],
    "paid": [ON],
    "behind": [ON, ON],
    "parked": [OFF],
}


def assert_done(billing, mixed):
    """The run did with everybody what the rules say."""
    after = {name: subscriptions(billing, login) for name, login in mixed.items()}
    assert after == AFTER
    paid = {login: EXPECTED[name].charged for name, login in mixed.items() if name in EXPECTED}
    taken = dict.fromkeys(paid, 0)
    for _key, login, amount, period in fee_transfers(billing):
        assert period == "2026-12"
        taken[login] += amount
    assert taken == paid
    assert_books_balance(billing)


TOTALS = {
    "charged": 8,
    "kept_main": 0,
    "no_money": 7,
    "frozen": 2,
    "gone": 2,
    "fees": sum(line.fees for line in EXPECTED.values()),
    "charged_minor": sum(line.charged for line in EXPECTED.values()),
    "lack_minor": sum(line.lack for line in EXPECTED.values()),
}


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 4000])
def test_everybody_is_treated_by_the_rules_wherever_the_chunks_end(billing, mixed, december, chunk):
    run = run_fees(billing, december, chunk=chunk)

    found = lines(billing, run)
    assert found == {mixed[name]: line for name, line in EXPECTED.items()}
    assert report(run) == TOTALS
    assert (run.suspended, run.percent, run.is_done, run.missed) == (11, 100, True, "")
    assert (run.already_paid, run.switched_off, run.being_ordered) == (5, 1, 3)
    assert_done(billing, mixed)


def test_a_second_run_charges_nobody(billing, mixed, december):
    first = run_fees(billing, december)
    before = dump(billing)

    second = run_fees(billing, december)

    assert (second.id, report(second)) == (first.id + 1, dict.fromkeys(TOTALS, 0))
    after = dump(billing)
    assert {name for name in before if before[name] != after[name]} <= set(OWN_TABLES)
    assert after["olltv_fee_line"] == before["olltv_fee_line"]


def test_a_preview_says_what_the_run_will_do_and_changes_nothing_but_its_own_report(billing, mixed, december):
    before = dump(billing)
    previews = [run_fees(billing, december, preview=True, chunk=chunk) for chunk in (2, 7)]
    after = dump(billing)

    seen = lines(billing, previews[1])
    run = run_fees(billing, december, chunk=3)

    assert {name for name in before if before[name] != after[name]} == set(OWN_TABLES)
    assert len(after["olltv_fee_run"]) == 1  # a preview replaces the one before it
    assert (report(previews[0]), report(previews[1]), report(run)) == (TOTALS, TOTALS, TOTALS)
    assert seen == lines(billing, run) == lines(billing, previews[1])


def test_who_loses_something_is_in_the_queue_at_once_and_nobody_else(billing, mixed, december):
    run_fees(billing, december)

    with billing.reading() as session:
        rows = {
            login: row
            for row, login in session.execute(
                select(Delivery, Subscriber.login).join(Subscriber, Subscriber.id == Delivery.subscriber_id)
            )
        }
    losing = {mixed[name] for name, line in EXPECTED.items() if line.outcome not in ("charged", "kept_main")}
    assert rows.keys() == losing
    assert {(row.due_at, row.tries, row.parked_at, row.trouble) for row in rows.values()} == {(DEC_1, 0, None, None)}


def test_the_partner_is_told_of_every_suspension_with_its_reason(billing, mixed, december):
    run_fees(billing, december)

    told = deliver_all(billing, december).calls

    kinds = {name: {call.split()[-1] for call in told if f" {mixed[name]} " in call} for name in mixed}
    assert {kind for name, kind in kinds.items() if AFTER[name][0] == OFF for kind in kind} == {"subs_negative_balance"}
    assert (kinds["frozen"], kinds["gone"]) == ({"subs_vacation"}, {"subs_break_contract"})
    assert not kinds["payer"] | kinds["paid"] | kinds["suspended"]


def test_the_event_log_tells_it_in_the_words_and_order_that_operators_know(billing, sold, december):
    full, sport = Sub(sold.top), Sub(sold.sport)
    first, second = populate(billing, [Viewer((full, sport, Sub(sold.bonus)), 20_000), Viewer((full, sport), 0)])
    with billing.reading() as session:
        number = session.scalar(select(Subscriber.id).where(Subscriber.login == first))
    seen = len(events(billing))

    run_fees(billing, december)

    assert events(billing, since=seen) == [
        f"BALANCEADD ({first}) ON -99.9",
        f"OLLTV CHARGE TARIFF [{sold.top.id}] FEE `99.9` FOR ({first}) AS [{number}]",
        f"BALANCEADD ({first}) ON -20",
        f"OLLTV CHARGE TARIFF [{sold.sport.id}] FEE `20` FOR ({first}) AS [{number}]",
        f"OLLTV SUBSCRIBER ({second}) SUSPEND TARIFF [{sold.top.id}]",
        f"OLLTV SUBSCRIBER ({second}) SUSPEND ADDTARIFF [{sold.sport.id}]",
    ]


def test_each_fee_is_a_transfer_that_names_everything_about_it(billing, sold, december):
    (login,) = populate(billing, [Viewer((Sub(sold.main),), 5000)])

    run = run_fees(billing, december)

    with billing.reading() as session:
        fee = session.scalars(select(Transfer).where(Transfer.key.startswith("olltv.fee:"))).one()
    assert fee.key == f"olltv.fee:{fee.subscription_id}:2026-12"
    assert (fee.login, fee.tariff_id, fee.period, fee.amount) == (login, sold.main.id, "2026-12", money("50 UAH"))
    assert (fee.actor, fee.at, fee.journal) == (STAFF.name, DEC_1, f"olltv.fee_run:{run.id}")
    assert balance(billing, login) == money("0 UAH")


def test_nobody_at_all_is_a_run_too(billing, december):
    run = run_fees(billing, december)

    assert (run.is_done, run.percent, report(run)) == (True, 100, dict.fromkeys(TOTALS, 0))
    assert_books_balance(billing)


def test_the_percentage_grows_to_a_hundred(billing, sold, december):
    populate(billing, [Viewer((Sub(sold.main),), 5000)] * 10)

    percents = [run.percent for run in charge(FeeDay(billing, december, 3), actor=STAFF)]
    assert percents == sorted(percents)
    assert (percents[0] < 50, percents[-2], percents[-1]) == (True, 99, 100)
