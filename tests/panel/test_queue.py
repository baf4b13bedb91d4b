"""The queue in the panel: its parts, trying again, giving up."""

import pytest

from olltv_module.delivery import queue
from olltv_module.models import Delivery
from tests.olltv.delivery.house import House
from tests.panel.client import text
from tests.support import assert_books_balance, available, balance, money, subscriber


@pytest.fixture
def house(runtime, clock, make):
    return House(runtime.billing, clock, make, runtime.delivering)


@pytest.fixture
def park(house, billing, clock):
    """Leaves a subscriber with an order to the staff."""

    def call(login, trouble="partner_bundle_unknown: no such bundle"):
        house.order("main_start", login=login)
        [claim] = house.claims(login)
        uow = billing.uow()
        with uow:
            row = uow.session.get_one(Delivery, claim.subscriber_id, with_for_update=True)
            queue.park(row, trouble=trouble, now=clock())

    return call


def test_an_empty_queue_says_so(panel):
    page = panel.page("/queue")

    assert "Nobody stands here." in page
    assert "Need attention (0) Due now (0) At work (0) Waiting (0)" in page
    assert "Try all again" not in page


def test_each_part_shows_who_stands_in_it_and_why(panel, house, park):
    park("parked")
    house.order("main_start", login="due")
    house.order("main_start", login="leased")
    house.claims("leased")

    parked, due, leased = (panel.page("/queue", part=part) for part in ("parked", "due", "leased"))

    assert "Need attention (1) Due now (1) At work (1) Waiting (0)" in parked
    assert "parked 10 Nov 2026, 11:00 0 The TV partner does not know this bundle." in parked
    assert "Register the subscriber with the partner." in parked
    assert "due 0 10 Nov 2026, 11:00 — Register the subscriber with the partner." in due
    assert "Give up…" in due
    assert "leased 10 Nov 2026, 11:00 0 Register" in leased
    assert "Give up…" not in leased
    assert "Nobody stands here." in panel.page("/queue", part="waiting")


def test_somebody_is_looked_for_by_the_beginning_of_his_login(panel, house, park):
    park("anna")
    house.order("main_start", login="anton")
    house.order("main_start", login="boris")

    page = panel.page("/queue", login="an")

    assert "anna Need attention" in page
    assert "anton Due now" in page
    assert "boris" not in page
    assert "Nobody is found." in panel.page("/queue", login="x%")


def test_a_long_part_has_pages(panel, house):
    for number in range(60):
        house.order("main_start", login=f"u{number:02d}")

    first = panel.get("/queue", part="due").get_data(as_text=True)
    cursor = first.partition("cursor=")[2].partition('"')[0]

    assert "u49" in first
    assert "u50" not in first
    assert "u50" in panel.page("/queue", part="due", cursor=cursor)
    assert panel.get("/queue", part="due", cursor="forged").status_code == 422


def test_one_is_tried_again(panel, house, park):
    park("anna")

    path = panel.done("/queue/anna/retry", next="/queue?part=parked")

    assert path == "/queue?part=parked"
    assert house.row("anna").parked_at is None
    assert "anna is tried again" in panel.page("/queue")
    assert panel.post("/queue/nobody/retry").status_code == 404


def test_nobody_is_sent_elsewhere_after_a_retry(panel, park):
    park("anna")
    assert panel.done("/queue/anna/retry", next="https://evil.example/") == "/"


def test_all_who_are_parked_are_tried_again(panel, house, park):
    park("anna")
    park("boris")

    panel.done("/queue/retry")

    assert house.row("anna").parked_at is house.row("boris").parked_at is None
    assert "2 subscribers are tried again." in panel.page("/queue")


def test_an_order_is_given_up(panel, house, park, billing):
    park("anna")
    page = panel.page("/queue/anna/give-up")
    name = house.tariffs["main_start"].name
    assert f"The order of “{name}” ends as refused. 50.00 UAH that is reserved is free again." in page
    assert "The TV partner does not know this bundle." in page

    assert panel.post("/queue/anna/give-up", reason="").status_code == 422
    path = panel.done("/queue/anna/give-up", reason="dropped by the partner")

    assert path == "/subscribers/anna"
    assert subscriber(billing, "anna").subscriptions[0].state == "refused"
    assert available(billing, "anna") == balance(billing, "anna") == money("1000 UAH")
    assert_books_balance(billing)


def test_what_is_to_be_resumed_is_told_before(panel, house, billing):
    from tests.olltv.support import deliver_all

    house.order("main_start")
    deliver_all(billing, house.clock)
    house.suspend()
    deliver_all(billing, house.clock)
    house.resume()

    assert "is suspended again as before" in panel.page("/queue/ivan/give-up")
    panel.done("/queue/ivan/give-up", reason="no")

    assert house.sub("main_start").state == "suspended"


def test_what_is_to_go_off_cannot_be_given_up_and_it_is_said_why(panel, house, billing):
    from tests.olltv.support import deliver_all

    house.order("main_start")
    deliver_all(billing, house.clock)
    house.leave()

    page = panel.page("/queue/ivan/give-up")

    assert "There is no order to give up." in page
    assert "has to be told to the partner, else it stays on" in page
    assert "Give up…" not in panel.page("/queue", part="due")
    assert panel.post("/queue/ivan/give-up", reason="no").status_code == 422


def test_while_the_partner_is_called_it_is_said_to_wait(panel, house):
    house.order("main_start")
    house.claims()

    assert "The partner is being told about this subscriber at this moment." in panel.page("/queue/ivan/give-up")
    answer = panel.post("/queue/ivan/give-up", reason="no")

    assert answer.status_code == 422
    assert "at most two minutes" in text(answer)
    assert house.sub("main_start").state == "pending"


def test_the_queue_wants_a_right(person):
    assert person("PPV", "MONEY").get("/queue").status_code == 403
    assert person("PPV").post("/queue/retry").status_code == 403
    assert person("OLLTV").get("/queue").status_code == 200


def test_who_is_not_in_the_queue_is_not_found(panel):
    assert panel.get("/queue/nobody/give-up").status_code == 404
    assert panel.post("/queue/nobody/give-up", reason="no").status_code == 404
