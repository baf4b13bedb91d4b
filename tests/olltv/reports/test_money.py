"""The money report adds up, and stands beside what the partner reports."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from billing.errors import PartnerUnreachable
from billing.jobs import Work
from billing.ledger.models import Refs, Transfer
from billing.periods import Month
from olltv_module.models import Tariff
from olltv_module.partner import Purchase
from olltv_module.reconcile import purchases
from olltv_module.reports import money as report
from tests.support import STAFF, Crash, crash_after, money

NOVEMBER = Month(2026, 11)
DECEMBER = Month(2026, 12)


@pytest.fixture
def percent(uow):
    """Agree with the partner on his share of a tariff."""

    def agree(tariff, share):
        with (unit := uow()):
            unit.session.get_one(Tariff, tariff.id).partner_percent = share
        return tariff

    return agree


@pytest.fixture
def by(billing):
    """A report as plain rows: what, charged, refunded, to the partner, unknown, own."""

    def ask(kind, **facts):
        with billing.reading() as session:
            return getattr(report, f"by_{kind}")(billing, session, **facts)

    return ask


def row(line):
    amounts = (line.charged, line.refunded, line.net, line.to_partner, line.unknown, line.own)
    return tuple(each.plain() for each in amounts)


@pytest.fixture
def refund(uow, billing, clock):
    """Pay the newest fee of somebody back."""

    def pay_back(person):
        with (unit := uow()):
            newest = select(Transfer).where(Transfer.login == person.login, Transfer.key.startswith("olltv.fee:"))
            fee = unit.session.scalars(newest.order_by(Transfer.id.desc()).limit(1)).one()
            refs = Refs(actor="olena", login=person.login, tariff_id=fee.tariff_id)
            unit.ledger.reverse(fee, key=f"refund:{fee.id}", refs=refs, at=clock())

    return pay_back


def test_a_month_is_split_between_the_partner_and_us(by, viewers, make, percent, clock, refund):
    start, extra = percent(make.tariff("49.99 UAH"), 60), make.tariff("20 UAH", main=False)
    viewers.watching(start, extra)
    refund(viewers.watching(start))
    found = by("month", since=NOVEMBER, until=DECEMBER)
    [line] = found.lines
    assert (line.month, line.charges, line.refunds) == (NOVEMBER, 3, 1)
    assert row(line) == ("119.98", "49.99", "69.99", "29.99", "20.00", "20.00")
    assert row(found.total) == row(line)


def test_tariffs_months_and_days_have_the_same_total(by, viewers, make, percent, clock):
    start, more = percent(make.tariff("33.33 UAH"), 33), percent(make.tariff("10.01 UAH"), 50)
    for day in (3, 3, 5, 17):
        clock.now = datetime(2026, 11, day, 9, tzinfo=UTC)
        viewers.watching(start)
        viewers.watching(more)
    clock.now = datetime(2026, 12, 2, tzinfo=UTC)
    viewers.watching(more)
    months = by("month", since=NOVEMBER, until=DECEMBER)
    days = by("day", month=NOVEMBER)
    assert [each.day for each in days.lines] == [date(2026, 11, 3), date(2026, 11, 5), date(2026, 11, 17)]
    by_tariff = by("tariff", since=NOVEMBER, until=DECEMBER)
    assert [each.tariff.id for each in by_tariff.lines] == [start.id, more.id]
    assert row(months.total) == row(days.total) == row(by_tariff.total)
    assert months.total.to_partner == report.share(money("133.32 UAH"), 33) + report.share(money("40.04 UAH"), 50)
    assert sum(each.to_partner.minor for each in days.lines) == days.total.to_partner.minor
    assert len(by("month", since=NOVEMBER, until=DECEMBER.next()).lines) == 2


def test_no_money_no_lines(by):
    found = by("month", since=NOVEMBER, until=DECEMBER)
    assert (found.lines, row(found.total)) == ([], ("0.00",) * 6)


def test_a_share_is_rounded_half_up():
    assert report.share(money("0.01 UAH"), 50) == money("0.01 UAH")
    assert report.share(money("0.03 UAH"), 49) == money("0.01 UAH")
    assert report.share(-money("0.01 UAH"), 50) == money("0 UAH")
    assert report.share(money("99.99 UAH"), 100) == money("99.99 UAH")
    assert report.share(money("99.99 UAH"), 0) == money("0 UAH")


@given(st.integers(-(10**9), 10**9), st.integers(0, 100))
def test_a_share_is_the_nearest_whole_minor_unit(minor, percent):
    got = report.share(report.Money(minor, "UAH"), percent).minor
    assert -50 < got * 100 - minor * percent <= 50


def bought(service, retail=5000, provider=3000):
    facts = dict.fromkeys(Purchase.__dataclass_fields__)
    facts |= {"transaction_id": "1", "account": "ivan", "tariff_id": service}
    return Purchase(**facts | {"retail_minor": retail, "provider_minor": provider})


@pytest.fixture
def fetch(billing, clock):
    """Have the worker fetch a report that lists these purchases."""

    def ask(*listed, month="2026-11"):
        asked = []

        def purchases_of(start_date):
            asked.append(start_date)
            for each in listed:
                if isinstance(each, Exception):
                    raise each
                yield each

        partner = SimpleNamespace(purchases=purchases_of)
        work = Work(
            billing=billing,
            clock=clock,
            delivering=lambda: SimpleNamespace(partner=partner),
            exports_dir=None,
            job_id=1,
            args={"month": month},
            actor=STAFF,
            token="",
        )
        outcome = purchases.fetch(work)
        assert asked == [date(int(month[:4]), int(month[5:]), 1)]
        return outcome

    return ask


def compared(billing, month=NOVEMBER):
    with billing.reading() as session:
        return report.compared(billing, session, month=month)


def plain(line):
    ours = line.to_partner and line.to_partner.plain()
    difference = line.difference and line.difference.plain()
    return line.service, line.charges, ours, line.purchases, line.provider.plain(), difference


def test_our_sums_stand_beside_the_partners(billing, viewers, make, percent, fetch, clock):
    start, extra = percent(make.tariff("50 UAH"), 60), make.tariff("20 UAH", main=False)
    never = percent(make.tariff("70 UAH"), 10)
    viewers.watching(start, extra)
    viewers.watching(start)
    outcome = fetch(bought(start.service), bought(start.service), bought(extra.service, 2000, 1000), bought("odd"))
    assert outcome == {"url": "/money/2026-11", "purchases": 4}
    found = compared(billing)
    assert (found.fetched_at, found.purchases) == (clock(), 4)
    assert [plain(each) for each in found.lines] == [
        (start.service, 2, "60.00", 2, "60.00", "0.00"),
        (extra.service, 1, None, 1, "10.00", None),
        ("odd", 0, None, 1, "30.00", None),
    ]
    assert never.service not in [each.service for each in found.lines]


def test_what_only_one_side_has_differs(billing, viewers, make, percent, fetch):
    start, more = percent(make.tariff("50 UAH"), 60), percent(make.tariff("80 UAH"), 50)
    viewers.watching(start)
    fetch(bought(more.service, 8000, 4000))
    differences = [each.difference.plain() for each in compared(billing).lines]
    assert differences == ["-30.00", "40.00"]


def test_a_newer_report_takes_the_place_of_the_one_before(billing, make, fetch, clock):
    start = make.tariff("50 UAH")
    fetch(bought(start.service), bought("odd"))
    later = clock.advance(hours=1)
    fetch(bought(start.service), bought(start.service))
    fetch(bought("odd"), month="2026-10")
    found = compared(billing)
    assert (found.fetched_at, [(each.service, each.purchases) for each in found.lines]) == (later, [(start.service, 2)])


def test_a_report_of_nothing_is_known_to_be_empty(billing, fetch, clock):
    assert compared(billing).fetched_at is None
    fetch()
    assert (compared(billing).fetched_at, compared(billing).lines) == (clock(), [])


def test_a_report_that_breaks_off_changes_nothing(billing, fetch):
    fetch(bought("odd"))
    with pytest.raises(PartnerUnreachable):
        fetch(bought("even"), PartnerUnreachable(call="getAllPurchases", reason="gone"))
    with pytest.raises(Crash), crash_after(purchases, "delete"):
        fetch(bought("even"))
    assert [each.service for each in compared(billing).lines] == ["odd"]
