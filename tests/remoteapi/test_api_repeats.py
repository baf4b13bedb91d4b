"""Requests that are sent twice, or fifty times at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from billing.idempotency import StoredAnswer
from tests.remoteapi.conftest import Machine, code
from tests.support import assert_books_balance, available, balance, money, subscriber

MANY = 50


@pytest.mark.parametrize("path", ["/me/subscriptions", "/me/leave", "/me/devices", "/sessions/refresh"])
def test_a_post_without_a_key_is_not_begun(cabinet, path):
    answer = cabinet.app.test_client().post(f"/api/v1{path}", json={"tariff": 1}, headers=cabinet.headers({}))

    assert (answer.status_code, code(answer)) == (400, "idempotency_key_required")


@pytest.mark.parametrize("once", [" ", "a b", "x" * 129, "ä"])
def test_a_key_that_cannot_be_kept_is_refused(cabinet, once):
    assert code(cabinet.post("/me/leave", once=once)) == "idempotency_key_required"


def test_the_same_request_gets_the_same_answer(cabinet, start, billing):
    first = cabinet.post("/me/subscriptions", {"tariff": start.id}, once="order-1")
    cabinet.post("/me/leave")

    again = cabinet.post("/me/subscriptions", {"tariff": start.id}, once="order-1")

    assert "Idempotency-Replayed" not in first.headers
    assert (again.status_code, again.data, again.headers["Idempotency-Replayed"]) == (200, first.data, "true")
    assert subscriber(billing, "ann").live == []


def test_a_key_is_not_taken_for_another_request(cabinet, start, best):
    cabinet.post("/me/subscriptions", {"tariff": start.id}, once="order-1")

    for path, body in (("/me/subscriptions", {"tariff": best.id}), ("/me/change", {"tariff": start.id})):
        answer = cabinet.post(path, body, once="order-1")
        assert (answer.status_code, code(answer)) == (422, "idempotency_key_reused")


def test_a_key_is_another_ones_own(cabinet, machine, start):
    cabinet.post("/me/subscriptions", {"tariff": start.id}, once="order-1")
    other = machine("cabinet")
    other.sign_in("ann")

    answer = other.post("/me/leave", once="order-1")

    assert answer.status_code == 200 and "Idempotency-Replayed" not in answer.headers


def test_a_twin_that_is_being_served_says_so(cabinet, billing, clock, start):
    order = {"tariff": start.id}
    cabinet.post("/me/subscriptions", order, once="claimed")
    unit = billing.uow()
    with unit:
        (row,) = unit.session.query(StoredAnswer).all()
        row.answered_at = None

    answer = cabinet.post("/me/subscriptions", order, once="claimed")

    assert (answer.status_code, code(answer), answer.headers["Retry-After"]) == (409, "busy", "2")
    clock.advance(seconds=61)
    assert cabinet.post("/me/subscriptions", order, once="claimed").status_code == 200


def test_a_refusal_may_be_sent_again_at_once(cabinet, make, billing):
    tariff = make.tariff("250 UAH", service="main_start")
    assert cabinet.post("/me/subscriptions", {"tariff": tariff.id}, once="order-1").status_code == 402
    make.top_up("ann", "100 UAH")

    assert cabinet.post("/me/subscriptions", {"tariff": tariff.id}, once="order-1").status_code == 200


def test_a_token_lies_in_no_table(cabinet, billing):
    with billing.reading() as session:
        assert session.query(StoredAnswer).count() == 0


@pytest.fixture
def at_once():
    """Calls all functions at the same moment and gives what they gave."""

    def called(calls):
        with ThreadPoolExecutor(16) as pool:
            return [each.result() for each in [pool.submit(call) for call in calls]]

    return called


def test_fifty_orders_at_once_through_both_doors_have_one_effect(cabinet, legacy, start, billing, partner, at_once):
    by_api = [lambda: cabinet.post("/me/subscriptions", {"tariff": start.id}).status_code] * (MANY // 2)
    by_legacy = [lambda: legacy(f"olltvui&subserv={start.id}&sublogin=ann").body] * (MANY // 2)

    answers = at_once([call for pair in zip(by_api, by_legacy, strict=True) for call in pair])

    assert set(answers) <= {200, 202, "[]"}
    assert len(subscriber(billing, "ann").subscriptions) == 1
    assert balance(billing, "ann") == available(billing, "ann") == money("150.10 UAH")
    assert partner.is_on("ann") == ["main_start"]
    assert_books_balance(billing)


def test_the_same_request_fifty_times_at_once_is_served_once(cabinet: Machine, start, billing, at_once):
    answers = at_once([lambda: cabinet.post("/me/subscriptions", {"tariff": start.id}, once="order-1")] * MANY)

    assert {each.status_code for each in answers} <= {200, 409}
    fresh = [each for each in answers if each.status_code == 200 and "Idempotency-Replayed" not in each.headers]
    assert len(fresh) == 1
    assert balance(billing, "ann") == money("150.10 UAH")
    assert_books_balance(billing)
