"""What is found out about a run afterwards: who pays another sum than the month before, and its money in the ledger."""

import pytest
from sqlalchemy import delete, func, select

from billing.ledger.holds import Ledger
from billing.ledger.models import Transfer
from billing.uow import UnitOfWork
from olltv_module.models import Subscriber
from olltv_module.services import tariffs
from olltv_module.services.fees.models import FeeChange, FeeReview, FeeRun
from olltv_module.services.fees.review import review, to_review
from olltv_module.services.fees.run import FeeDay, charge
from tests.olltv.fees.population import DECEMBER, NOVEMBER, Sub, Viewer, crash_at, populate, run_fees
from tests.olltv.support import spend
from tests.support import DEC_1, NOV_10, STAFF, Crash, assert_books_balance, money


@pytest.fixture
def november(billing, sold, clock):
    """Four subscribers on the fee day of November: three pay, the last one cannot. Each has money for December."""
    clock.now = NOV_10
    main, both = (Sub(sold.main, paid="2026-10"),), (Sub(sold.main, paid="2026-10"), Sub(sold.kids, paid="2026-10"))
    logins = populate(
        billing, [Viewer(main, 10_000), Viewer(main, 10_000), Viewer(both, 12_100), Viewer(main, 4999), Viewer(main)]
    )
    run = run_fees(billing, clock)
    clock.now = DEC_1
    return logins, run


def reviewed(billing, clock, run, chunk=2):
    """The review of a run, made to its end."""
    *_, last = review(FeeDay(billing, clock), run_id=run.id, chunk=chunk)
    return last


def changes(billing, run):
    """Kind, login, sum before and after."""
    query = select(FeeChange.kind, Subscriber.login, FeeChange.before_minor, FeeChange.after_minor)
    query = query.join(Subscriber, Subscriber.id == FeeChange.subscriber_id).where(FeeChange.run_id == run.id)
    with billing.reading() as session:
        return [tuple(row) for row in session.execute(query.order_by(FeeChange.kind, FeeChange.subscriber_id))]


def test_who_begins_to_pay_stops_or_pays_another_sum(billing, sold, clock, november):
    (stays, poorer, cheaper, *_), _ = november
    (newcomer,) = populate(billing, [Viewer((Sub(sold.top),), 9990)])
    spend(billing, clock, person(billing, poorer), "1 UAH")
    set_fee(billing, sold.kids, "10 UAH")

    december = run_fees(billing, clock)
    found = reviewed(billing, clock, december)

    assert changes(billing, december) == [
        ("other_sum", cheaper, 6050, 6000),
        ("started", newcomer, 0, 9990),
        ("stopped", poorer, 5000, 0),
    ]
    assert (found.previous, found.is_done) == ("2026-11", True)
    assert (found.started, found.started_minor) == (1, 9990)
    assert (found.stopped, found.stopped_minor) == (1, -5000)
    assert (found.other_sum, found.other_sum_minor) == (1, -50)
    assert stays not in {login for _, login, *_ in changes(billing, december)}


def test_the_ledger_proves_the_lines_of_a_run(billing, clock, november):
    _, run = november
    found = reviewed(billing, clock, run)

    assert (found.posted, found.posted_minor, found.lines, found.lines_minor) == (4, 16050, 4, 16050)
    assert found.is_proved


def test_a_fee_that_the_ledger_lacks_is_no_proof(billing, clock, november):
    _, run = november
    with billing.engine.begin() as connection:
        one = select(func.max(Transfer.id)).where(Transfer.period == "2026-11").scalar_subquery()
        number = connection.scalar(select(one))
        connection.execute(delete(Transfer).where(Transfer.id == number))

    found = reviewed(billing, clock, run)
    assert (found.posted, found.lines, found.is_proved) == (3, 4, False)


def test_without_a_month_before_there_is_nothing_to_compare(billing, clock, november):
    _, run = november
    found = reviewed(billing, clock, run)

    assert (found.previous, found.started, changes(billing, run)) == ("", 0, [])


def test_a_preview_is_compared_too_and_counts_who_has_paid_already(billing, sold, clock, november):
    """After the run of the month nobody looks as if he had gone."""
    run_fees(billing, clock)
    (late,) = populate(billing, [Viewer((Sub(sold.main),), 5000)])

    preview = run_fees(billing, clock, preview=True)
    found = reviewed(billing, clock, preview)

    assert changes(billing, preview) == [("started", late, 0, 5000)]
    assert (found.posted, found.lines, found.stopped) == (0, 1, 0)


def test_a_new_preview_takes_the_review_of_the_old_one_along(billing, clock, november):
    old = run_fees(billing, clock, preview=True)
    reviewed(billing, clock, old)
    new = run_fees(billing, clock, preview=True)

    with billing.reading() as session:
        assert session.scalars(select(FeeReview.run_id)).all() == []
        assert new.id in to_review(session)
    assert list(review(FeeDay(billing, clock), run_id=new.id + 1)) == []


def test_a_run_that_is_not_finished_is_not_reviewed(billing, clock, november):
    steps = charge(FeeDay(billing, clock, 2), actor=STAFF)
    begun = next(steps)
    steps.close()

    assert list(review(FeeDay(billing, clock), run_id=begun.id)) == []
    with billing.reading() as session:
        assert begun.id not in to_review(session)


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_killed_anywhere_the_next_review_finishes_it(billing, clock, november, nth):
    spend(billing, clock, person(billing, november[0][0]), "1 UAH")
    run = run_fees(billing, clock)
    with pytest.raises(Crash), crash_at(UnitOfWork, "commit", nth):
        reviewed(billing, clock, run)

    found = reviewed(billing, clock, run)

    assert found.is_proved
    assert [kind for kind, *_ in changes(billing, run)] == ["stopped"]
    assert (found.stopped, found.stopped_minor) == (1, -5000)
    assert_books_balance(billing)


def test_two_workers_share_one_review(billing, sold, clock, november):
    populate(billing, [Viewer((Sub(sold.main),), 5000)] * 5)
    run = run_fees(billing, clock)
    one, other = (review(FeeDay(billing, clock), run_id=run.id, chunk=2) for _ in range(2))
    for _ in range(2):
        next(one)
        next(other)
    *_, last = [*one, *other]

    assert (last.is_done, last.started, len(changes(billing, run))) == (True, 5, 5)


def test_a_review_is_made_once(billing, clock, november):
    _, run = november
    reviewed(billing, clock, run)

    assert list(review(FeeDay(billing, clock), run_id=run.id)) == []
    with billing.reading() as session:
        assert to_review(session) == []
        assert session.get_one(FeeRun, run.id).period == str(NOVEMBER)


def person(billing, login):
    with billing.reading() as session:
        return billing.host(session, Ledger(session)).find(login)


def set_fee(billing, tariff, fee):
    """A price of December's first moment, known in November."""
    at = DECEMBER.starts(billing.zone)
    tariffs.set_fee(billing.uow(), tariff_id=tariff.id, fee=money(fee), starts_at=at, actor=STAFF, now=NOV_10)
