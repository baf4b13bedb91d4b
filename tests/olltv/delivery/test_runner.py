"""Delivering to everybody, at once for who waits on a page, and through the partner's bad days."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from structlog.testing import capture_logs

from billing.errors import PartnerRefused, PartnerUnreachable
from olltv_module.delivery import queue
from olltv_module.delivery.runner import ALIVE, Pulse, deliver, deliver_now, run
from olltv_module.models import Delivery, State
from olltv_module.options import OlltvOptions
from olltv_module.services.expiry import expire_orders
from tests.olltv.delivery.meddling import after, refusing
from tests.support import NOV_10, assert_books_balance, balance, findings, money

DOWN = {"*": {"error_before": 1}}
SILENCE = PartnerUnreachable(call="enableBundle", reason="ReadTimeout")


def crowd(house, number: int) -> list[str]:
    """So many subscribers who have ordered."""
    logins = [f"u{each}" for each in range(number)]
    for login in logins:
        house.order("main_start", login=login)
    return logins


# run


@pytest.mark.parametrize("workers", [1, 8])
def test_everybody_is_delivered_to(house, sandbox, workers):
    logins = crowd(house, 25)
    counts = []

    done = run(house.delivering, workers=workers, until_idle=True, progress=counts.append)

    assert done == 25
    assert counts[-1] == 25
    assert counts == sorted(counts)
    assert all(sandbox.on(login) == {"main_start"} for login in logins)
    assert findings(house.billing) == []


def test_several_runs_beside_each_other_share_the_work(house, sandbox):
    crowd(house, 20)

    with ThreadPoolExecutor(3) as pool:
        done = sum(pool.map(lambda _: run(house.delivering, workers=3, until_idle=False), range(3)))
    house.run()

    assert done == 20
    assert sandbox.totals()["addUser"] == sandbox.totals()["enableBundle"] == 20


def test_a_run_ends_when_nobody_is_due_though_somebody_waits(house, sandbox):
    house.order("main_start")
    sandbox.faults(DOWN)

    assert run(house.delivering, workers=2) == 1
    assert run(house.delivering, workers=2) == 0
    assert house.row().tries == 1


def test_a_run_until_idle_waits_for_who_is_due_later(house, sandbox):
    house.order("main_start")
    sandbox.faults({"*": {"error_before": {"rate": 1, "times": 3}}})

    assert run(house.delivering, workers=2, until_idle=True) > 1
    assert house.states() == {"main_start": "active on"}


def test_who_waited_for_a_worker_until_his_lease_ran_out_is_called_only_by_the_next(house, sandbox, clock):
    crowd(house, 2)
    slow = after(house.delivering, enable_bundle=lambda: clock.advance(seconds=queue.LEASE.total_seconds() + 1))

    with capture_logs() as logs:
        run(slow, workers=1, until_idle=True)

    assert [each["event"] for each in logs] == ["delivery taken over"]
    assert sandbox.totals()["enableBundle"] == 2
    assert sandbox.on("u0") == sandbox.on("u1") == {"main_start"}


def test_a_run_stops_when_it_is_told_to(house):
    crowd(house, 10)
    stop = Event()

    done = run(house.delivering, workers=1, until_idle=True, stop=stop, progress=lambda _done: stop.set())

    assert done < 10
    with house.billing.reading() as session:
        assert queue.length(session, house.clock()).open > 0


def test_a_defect_in_one_delivery_is_not_hidden(house):
    house.order("main_start")

    with capture_logs() as logs:
        run(refusing(house.delivering, "enable_bundle", ZeroDivisionError()), workers=1)

    assert [each["event"] for each in logs if each.get("exc_info")] == ["a call failed unexpectedly"]
    assert house.row().trouble == "delivery_broke: ZeroDivisionError"


# deliver_now


def test_who_waits_on_a_page_sees_it_done(house, sandbox):
    house.order("main_start")

    assert deliver_now(house.delivering, house.id_of(), wait_s=5)
    assert sandbox.on("ivan") == {"main_start"}


def test_who_has_nothing_in_the_queue_is_done_at_once(house):
    house.watching("main_start")

    assert deliver_now(house.delivering, house.id_of(), wait_s=0)


def test_what_takes_longer_than_the_page_waits_goes_on_by_itself(house, sandbox):
    house.order("main_start")
    sandbox.faults({"enableBundle": {"delay": 1}}, delay_ms=400)

    assert not deliver_now(house.delivering, house.id_of(), wait_s=0.05)
    eventually(lambda: house.row() is None)

    assert house.states() == {"main_start": "active on"}


def test_a_rivals_end_is_waited_for(house, sandbox):
    house.order("main_start")
    claims = house.claims()
    rival = threading.Timer(0.2, lambda: deliver(house.delivering, claims[0]))
    rival.start()

    assert deliver_now(house.delivering, house.id_of(), wait_s=5)
    rival.join()


def test_a_rival_who_takes_longer_is_not_waited_for(house):
    house.order("main_start")
    house.claims()

    assert not deliver_now(house.delivering, house.id_of(), wait_s=0.15)


def test_who_is_parked_is_tried_once_more_and_stays_parked(house, sandbox):
    house.order("main_start")
    [claim] = house.claims()
    uow = house.billing.uow()
    with uow:
        queue.park(uow.session.get_one(Delivery, claim.subscriber_id), trouble="no", now=NOV_10)
    sandbox.faults(DOWN)

    assert not deliver_now(house.delivering, house.id_of(), wait_s=5)
    assert house.row().parked_at

    sandbox.faults({})
    assert deliver_now(house.delivering, house.id_of(), wait_s=5)


def test_a_rival_who_parks_ends_the_waiting(house):
    house.order("main_start")
    [claim] = house.claims()

    def park() -> None:
        uow = house.billing.uow()
        with uow:
            row = uow.session.get_one(Delivery, claim.subscriber_id)
            queue.park(row, trouble="no", now=NOV_10)
            row.leased_until, row.token = house.clock() + queue.LEASE, "somebody"

    park()
    started = time.monotonic()

    assert not deliver_now(house.delivering, house.id_of(), wait_s=5)
    assert time.monotonic() - started < 4


def test_a_defect_in_a_delivery_for_a_page_is_logged(house):
    house.order("main_start")

    with capture_logs() as logs:
        assert not deliver_now(
            refusing(house.delivering, "enable_bundle", ZeroDivisionError()), house.id_of(), wait_s=5
        )
        eventually(lambda: logs)

    assert [each["event"] for each in logs if each.get("exc_info")] == ["a call failed unexpectedly"]


def test_a_takeover_is_logged_and_harmless(house, clock):
    house.order("main_start")
    claims = house.claims()
    clock.advance(minutes=5)

    with capture_logs() as logs:
        deliver(house.delivering, claims[0])

    assert [each["event"] for each in logs] == ["delivery taken over"]


# Bad days


def test_the_partner_down_for_hours_parks_nobody_and_all_is_done_when_he_is_back(house, sandbox, clock, billing):
    logins = crowd(house, 3)
    house.watching("main_start", login="early")
    sandbox.faults(DOWN)
    for _ in range(30):
        run(house.delivering, workers=2)
        clock.advance(minutes=12)
        assert all(house.row(login).parked_at is None for login in logins)

    sandbox.faults({"enableBundle": {"error_after": {"rate": 1, "times": 2}}})
    house.run()

    assert all(house.states(login) == {"main_start": "active on"} for login in logins)
    assert [balance(billing, login) for login in logins] == [money("950.00 UAH")] * 3
    assert_books_balance(billing)


def test_after_a_long_silence_one_more_failure_parks_nobody(house, sandbox, clock):
    [login] = crowd(house, 1)
    sandbox.faults(DOWN)
    for _ in range(25):
        house.deliver(login)
        clock.advance(minutes=5)

    house.delivering.pulse.beat(clock())
    house.deliver(login)

    assert house.row(login).parked_at is None


def test_whom_alone_the_partner_does_not_serve_is_parked_and_the_rest_go_on(house, sandbox, clock):
    house.order("main_start", login="ivan")
    for number in range(20):
        assert house.row().parked_at is None, number
        house.delivering.pulse.beat(clock())
        for claim in house.claims():
            deliver(refusing(house.delivering, "enable_bundle", SILENCE), claim)
    house.order("main_start", login="petro")

    house.run()

    assert house.row().parked_at
    assert house.row().trouble == "partner_unreachable: ReadTimeout"
    assert house.states("petro") == {"main_start": "active on"}


@pytest.mark.parametrize("options", [OlltvOptions(login="demo", password="demo", domain="isp.example", tries=1000)])
def test_many_tries_may_be_allowed(house, sandbox, clock):
    house.order("main_start")
    with house.billing.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE olltv_delivery SET tries=998")
    house.delivering.pulse.beat(clock())

    for claim in house.claims():
        deliver(refusing(house.delivering, "enable_bundle", SILENCE), claim)
    assert (house.row().tries, house.row().parked_at) == (999, None)
    for claim in house.claims():
        deliver(refusing(house.delivering, "enable_bundle", SILENCE), claim)

    assert house.row().parked_at


def test_the_pulse_beats_with_every_clear_answer_and_with_no_other():
    pulse = Pulse()
    assert not pulse.is_alive(NOV_10)

    pulse.beat(NOV_10)

    assert pulse.is_alive(NOV_10 + ALIVE / 2)
    assert not pulse.is_alive(NOV_10 + ALIVE)


def test_a_decision_of_our_own_is_no_sign_of_life_from_the_partner(house, clock):
    house.watching("main_start")
    house.order("screen2")
    house.delivering.pulse._last = None
    with house.billing.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE olltv_subscription SET fact='kept', state='suspended' WHERE main")

    house.deliver()

    assert house.states() == {"main_start": "suspended kept", "screen2": "refused off"}
    assert not house.delivering.pulse.is_alive(clock())


def test_a_refusal_is_a_sign_of_life(house, clock):
    house.watching("main_start")
    house.delivering.pulse._last = None
    house.leave()
    for claim in house.claims():
        odd = PartnerRefused(call="disableBundle", status=999, message="Odd")
        deliver(refusing(house.delivering, "disable_bundle", odd), claim)

    assert house.delivering.pulse.is_alive(clock())


def test_orders_that_the_partner_never_confirmed_expire(house, sandbox, clock, billing):
    house.order("main_start", "screen2")
    sandbox.faults(DOWN)
    house.deliver()
    clock.advance(days=8)

    expire_orders(billing.uow(), now=clock())
    sandbox.faults({})
    house.run()

    assert house.sub("main_start").state is State.REFUSED
    assert sandbox.on("ivan") == set()
    assert house.row() is None
    assert_books_balance(billing)


def test_a_resumption_that_the_partner_never_confirmed_is_suspended_again(house, sandbox, clock, billing):
    house.watching("main_start", "screen2")
    house.suspend()
    house.deliver()
    codes = sandbox.codes("ivan")
    clock.advance(days=25)
    house.resume()
    sandbox.faults(DOWN)
    house.deliver()
    clock.advance(days=8)

    expire_orders(billing.uow(), now=clock())
    sandbox.faults({})
    house.run()

    assert house.states() == {"main_start": "suspended kept", "screen2": "suspended kept"}
    assert sandbox.codes("ivan") == codes
    assert balance(billing, "ivan") == money("935.00 UAH")
    assert_books_balance(billing)


def eventually(done, within_s: float = 5.0) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)
