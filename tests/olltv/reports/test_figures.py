"""The snapshot counts what the subscribers' own rows say."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.errors import Busy
from billing.host.native import NativeHost
from billing.leases import held
from olltv_module.delivery import queue
from olltv_module.models import Delivery, Reason
from olltv_module.options import OlltvOptions
from olltv_module.reports import figures, keeping
from olltv_module.reports.figures import Snapshot, newest, take
from olltv_module.reports.months import months_kept
from olltv_module.services import lifecycle, orders, tariffs
from olltv_module.services.fees.run import FeeDay, charge
from tests.billing.books import at_once
from tests.olltv.support import spend, subs
from tests.support import DEC_1, STAFF, Crash, crash_after, money


@pytest.fixture
def snapshot(billing, clock):
    return lambda: take(billing, now=clock())


@pytest.fixture
def run(billing, clock):
    """Charge the month that the clock shows."""
    return lambda: [*charge(FeeDay(billing, clock), actor=STAFF)]


def in_december(clock):
    clock.now = DEC_1 + timedelta(hours=3)


def test_nobody_at_all(snapshot, billing):
    empty = snapshot()
    assert (empty.month, empty.active, empty.all_suspended, empty.none, empty.next_minor) == ("2026-11", 0, 0, 0, 0)
    assert (empty.expected_minor, empty.lack_minor, empty.tariffs) == (0, 0, [])
    with billing.reading() as session:
        assert newest(session) is None


def test_states_are_counted_by_the_main(viewers, make, snapshot, uow, clock):
    start, extra = make.tariff("50 UAH"), make.tariff("20 UAH", main=False)
    viewers.watching(start)
    viewers.watching(start, extra)
    frozen, left = viewers.watching(start, extra), viewers.watching(start)
    lifecycle.suspend(uow(), login=frozen.login, reason=Reason.VACATION, actor=STAFF, now=clock())
    lifecycle.leave(uow(), login=left.login, actor=STAFF, now=clock())
    viewers.deliver()
    viewers.order(make.subscriber(wallet="100 UAH"), start)

    found = snapshot()

    assert (found.active, found.pending, found.suspended, found.none) == (2, 1, {"vacation": 1}, 1)
    counts = [(each.tariff_id, each.active, each.pending, each.suspended) for each in found.tariffs]
    assert counts == [(start.id, 2, 1, 1), (extra.id, 1, 0, 1)]


def test_collected_and_owed_make_what_is_expected(viewers, make, snapshot, clock, run):
    start = make.tariff("50 UAH")
    viewers.watching(start)
    viewers.watching(start, wallet="60 UAH")
    in_december(clock)
    before = snapshot()
    assert (before.collected_minor, before.owed_minor, before.expected_minor) == (0, 10000, 10000)
    run()
    after = snapshot()
    assert (after.collected_minor, after.owed_minor, after.in_debt, after.lack_minor) == (5000, 5000, 1, 4000)


def test_next_month_has_its_own_prices(viewers, make, snapshot, uow, clock):
    start, extra = make.tariff("50 UAH"), make.tariff("20 UAH", main=False)
    viewers.watching(start, extra)
    asleep = viewers.watching(start)
    lifecycle.suspend(uow(), login=asleep.login, reason=Reason.STAFF, actor=STAFF, now=clock())
    new_year = datetime(2026, 11, 30, 22, tzinfo=UTC)  # December begins at the operator's place
    fee = money("70 UAH")
    tariffs.set_fee(uow(), tariff_id=start.id, fee=fee, starts_at=new_year, actor=STAFF, now=clock())
    assert snapshot().next_minor == 9000


def test_a_main_that_is_being_changed_counts_once(viewers, make, snapshot, uow, clock):
    start, more = make.tariff("50 UAH"), make.tariff("80 UAH")
    person = viewers.watching(start)
    orders.change(uow(), login=person.login, tariff_id=more.id, actor=STAFF, now=clock())
    found = snapshot()
    assert (found.active, found.next_minor, found.owed_minor) == (1, 8000, 8000)
    viewers.deliver()
    found = snapshot()
    assert (found.active, found.next_minor, found.owed_minor) == (1, 8000, 0)


def test_the_lack_is_what_resuming_costs(viewers, make, billing, clock, snapshot, uow, run):
    start, extra = make.tariff("50 UAH"), make.tariff("20 UAH", main=False)
    poor, rich = viewers.watching(start, extra, wallet="80 UAH"), viewers.watching(start, wallet="50 UAH")
    in_december(clock)
    run()
    assert {each.reason for each in subs(billing, poor)} == {Reason.NO_MONEY}
    assert snapshot().lack_minor == 6000 + 5000
    make.top_up(rich.login, "500 UAH")
    make.top_up(poor.login, "15 UAH")
    found = snapshot()
    assert (found.in_debt, found.lack_minor) == (2, 4500)


def test_debtors_of_another_reason_lack_nothing(viewers, make, snapshot, uow, clock):
    person = viewers.watching(make.tariff("50 UAH"), wallet="50 UAH")
    lifecycle.suspend(uow(), login=person.login, reason=Reason.STAFF, actor=STAFF, now=clock())
    in_december(clock)
    found = snapshot()
    assert (found.in_debt, found.lack_minor, found.owed_minor) == (0, 0, 0)


class TestWithCredit:
    @pytest.fixture
    def options(self):
        return OlltvOptions(enabled=True, login="demo", password="demo", domain="isp.example", use_credit=True)

    def test_the_credit_counts_as_far_as_the_floor_allows_it(self, viewers, make, billing, clock, snapshot, run):
        viewers.watching(make.tariff("50 UAH"), wallet="50 UAH", credit="30 UAH")
        in_december(clock)
        run()
        assert snapshot().lack_minor == 2000


def test_parked_subscribers_are_counted(viewers, make, billing, snapshot, clock):
    viewers.order(make.subscriber(wallet="100 UAH"), make.tariff("50 UAH"))
    assert snapshot().parked == 0
    with (unit := billing.uow()):
        queue.park(unit.session.query(Delivery).one(), trouble="no", now=clock())
    assert snapshot().parked == 1


def test_whoever_is_gone_from_the_host_breaks_nothing(viewers, make, snapshot, billing, clock, run, uow):
    person = viewers.watching(make.tariff("50 UAH"), wallet="50 UAH")
    in_december(clock)
    run()
    with (unit := uow()):
        host: NativeHost = unit.host
        host.remove(person.login, at=clock())
    assert (snapshot().in_debt, snapshot().lack_minor) == (1, 0)


def test_money_spent_elsewhere_is_no_income(viewers, make, billing, clock, snapshot):
    person = viewers.watching(make.tariff("50 UAH"))
    spend(billing, clock, person, "30 UAH")
    assert snapshot().collected_minor == 5000


def test_the_worker_keeps_the_newest_snapshot(viewers, make, billing, clock):
    viewers.watching(make.tariff("50 UAH"))
    keeping.keep(billing, clock)
    clock.advance(minutes=1)
    viewers.watching(make.tariff("70 UAH"))
    keeping.keep(billing, clock)
    with billing.reading() as session:
        found, taken_at = newest(session)
    assert (found.active, found.collected_minor, taken_at) == (2, 12000, clock())
    assert Snapshot.from_json(found.to_json()) == found


def test_months_are_counted_every_ten_minutes_but_revenue_always(viewers, make, billing, clock):
    def months():
        with billing.reading() as session:
            return [(each.month, each.started, each.revenue_minor) for each in months_kept(session)]

    start = make.tariff("50 UAH")
    keeping.keep(billing, clock)
    viewers.watching(start)
    clock.advance(minutes=5)
    keeping.keep(billing, clock)
    assert months() == [("2026-11", 0, 5000)]
    clock.advance(minutes=5)
    keeping.keep(billing, clock)
    assert months() == [("2026-11", 1, 5000)]
    clock.now = DEC_1 - timedelta(hours=2, minutes=1)
    keeping.keep(billing, clock)
    clock.advance(minutes=1)
    viewers.watching(start)
    keeping.keep(billing, clock)
    assert months() == [("2026-11", 1, 5000), ("2026-12", 1, 5000)]


def test_a_second_worker_leaves_it_to_the_first(billing, clock):
    with held(billing, name=keeping.LEASE, clock=clock), pytest.raises(Busy):
        keeping.keep(billing, clock)
    keeping.keep(billing, clock)


def test_two_workers_at_once_do_no_harm(viewers, make, billing, clock):
    viewers.watching(make.tariff("50 UAH"))
    answers = at_once(4, lambda _number: keeping.keep(billing, clock))
    assert all(each is None or isinstance(each, Busy) for each in answers)
    with billing.reading() as session:
        assert newest(session)[0].active == 1


def test_a_crash_leaves_the_snapshot_before(viewers, make, billing, clock):
    viewers.watching(make.tariff("50 UAH"))
    keeping.keep(billing, clock)
    viewers.watching(make.tariff("50 UAH"))
    with pytest.raises(Crash), crash_after(figures, "insert_missing"):
        keeping.keep(billing, clock)
    with billing.reading() as session:
        assert newest(session)[0].active == 1
    clock.advance(minutes=2)
    keeping.keep(billing, clock)
    with billing.reading() as session:
        assert newest(session)[0].active == 2
