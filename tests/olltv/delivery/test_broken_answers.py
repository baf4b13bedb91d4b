"""An answer that cannot be kept costs nobody else anything: its subscriber is parked, the rest go on."""

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError
from structlog.testing import capture_logs

from olltv_module.delivery import outcomes, queue, record
from olltv_module.models import Fact
from olltv_module.views import obstacle
from tests.support import assert_books_balance, balance, money


@pytest.fixture
def breaking(monkeypatch):
    """Has keeping the answers for these logins fail."""

    def start(error, *logins, times=10**6):
        left, original = [times], outcomes.switched_on

        def switched_on(scene, *args, **kwargs):
            original(scene, *args, **kwargs)
            if scene.subscriber.login in logins and left[0]:
                left[0] -= 1
                raise error

        monkeypatch.setattr(outcomes, "switched_on", switched_on)

    return start


@pytest.mark.parametrize("error", [ZeroDivisionError("by zero"), IntegrityError("INSERT", {}, Exception("duplicate"))])
def test_only_the_subscriber_whose_answer_cannot_be_kept_is_parked(house, sandbox, billing, breaking, error):
    for login in ("a", "broken", "c"):
        house.order("main_start", login=login)
    breaking(error, "broken")

    with capture_logs() as logs:
        house.run()

    assert house.states("a") == house.states("c") == {"main_start": "active on"}
    row = house.row("broken")
    assert row.parked_at and row.token is None
    assert obstacle(row.trouble).code == "delivery_broke"
    assert type(error).__name__ in row.trouble
    assert [each["subscriber"] for each in logs if each["event"] == "an answer could not be kept"] == [
        house.id_of("broken")
    ]
    assert all("exc_info" in each for each in logs if each["event"] == "an answer could not be kept")
    assert balance(billing, "broken") == money("1000 UAH")
    assert_books_balance(billing)


def test_what_the_partner_did_meanwhile_is_asked_for_at_the_next_try(house, sandbox, billing, clock, breaking):
    """The bundle is on at the partner, but the answer was lost: nothing that we knew may be believed."""
    house.order("main_start")
    breaking(ZeroDivisionError(), "ivan", times=2)
    house.run()
    assert sandbox.on("ivan") == {"main_start"}
    assert house.sub("main_start").fact is Fact.UNKNOWN

    queue.retry(billing.uow(), subscriber_id=house.id_of(), now=clock())
    house.run()

    assert house.states() == {"main_start": "active on"}
    assert house.row() is None
    assert balance(billing, "ivan") == money("950 UAH")
    assert_books_balance(billing)


def test_a_call_that_fails_unexpectedly_is_a_failed_try_and_ends_no_run(house, sandbox, monkeypatch):
    house.order("main_start", login="broken")
    house.order("main_start", login="fine")
    original = house.delivering.partner.enable_bundle

    def enable_bundle(*, account, **more):
        if account == "broken":
            raise KeyError("surprise")
        return original(account=account, **more)

    monkeypatch.setattr(house.delivering.partner, "enable_bundle", enable_bundle)
    house.run()

    assert house.states("fine") == {"main_start": "active on"}
    assert house.row("broken").parked_at
    assert obstacle(house.row("broken").trouble).code == "delivery_broke"


def test_where_the_database_is_away_nobody_is_blamed(house, monkeypatch):
    house.order("main_start")

    def away(*_args, **_more):
        raise OperationalError("COMMIT", {}, Exception("gone"))

    monkeypatch.setattr(outcomes, "switched_on", away)
    with pytest.raises(OperationalError):
        house.run()

    assert house.row().parked_at is None


def test_all_is_kept_in_one_transaction_as_long_as_nothing_breaks(house, billing, monkeypatch):
    for login in ("a", "b", "c"):
        house.order("main_start", login=login)
    sizes, original = [], record.keep
    monkeypatch.setattr(record, "keep", lambda uow, answers: sizes.append(len(answers)) or original(uow, answers))

    house.run(workers=8)

    assert sum(sizes) > len(sizes)
