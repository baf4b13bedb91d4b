"""`olltv deliver` and `olltv reconcile`: the partner told, and compared."""

import pytest
from sqlalchemy import select, update

from olltv_module.models import Delivery, Fact, Subscription
from olltv_module.models import Subscriber as Client
from olltv_module.partner import DisableType
from olltv_module.reconcile import settling
from tests.support import STAFF, subscriber

pytestmark = pytest.mark.usefixtures("demo")


def test_all_of_the_demo_is_registered_and_switched_on(olltv, runtime, sandbox):
    said = olltv("deliver", "--until-idle", "--workers", "4")

    with runtime.billing.reading() as session:
        logins = set(session.scalars(select(Client.login)))
        facts = set(session.scalars(select(Subscription.fact)))
    assert said.status == 0
    assert said.out == f"{len(logins)} deliveries were made.\n"
    assert facts == {Fact.ON}
    assert set(sandbox.all_users()) == logins
    assert sandbox.on("demo00002") == {"main_max", "screen2"}


def test_a_second_delivery_has_nothing_to_do(olltv):
    olltv("deliver", "--until-idle")
    said = olltv("deliver", "--json")
    assert said.status == 0
    assert said.json == {"deliveries": 0, "queue": {"due": 0, "waiting": 0, "leased": 0, "parked": 0}}


def test_without_a_partner_one_try_is_a_failure(olltv, sandbox):
    sandbox.faults({"*": {"error_before": 1}})
    said = olltv("deliver")
    assert (said.status, said.out) == (1, "")
    assert said.err.startswith("The TV partner does not answer.")


def test_a_partner_who_comes_back_is_waited_for(olltv, sandbox):
    sandbox.faults({"*": {"error_before": {"rate": 1, "times": 3}}})
    said = olltv("deliver", "--until-idle", "--workers", "1")
    assert said.status == 0
    assert said.err.startswith("The TV partner does not answer.")
    assert sandbox.on("demo00001") == {"main_start"}


def test_whoever_is_left_to_the_staff_is_counted_and_is_a_failure(olltv, runtime):
    now = runtime.clock()
    with runtime.billing.uow() as uow:
        uow.session.execute(update(Delivery).where(Delivery.subscriber_id == 1).values(parked_at=now, trouble="no: "))
    said = olltv("deliver", "--until-idle")
    assert said.status == 1
    assert said.out.endswith("1 subscriber waits for the staff.\n")


def test_when_both_sides_agree_the_status_is_0(olltv):
    olltv("deliver", "--until-idle")
    said = olltv("reconcile")
    assert (said.status, said.out) == (0, "The partner's lists and ours agree.\n")


def test_a_difference_is_told_and_with_repair_put_right(olltv, runtime, sandbox):
    olltv("deliver", "--until-idle")
    runtime.partner.disable_bundle(account="demo00001", bundle="main_start", kind=DisableType.MALFUNCTION)

    found = olltv("reconcile")
    assert found.status == 1
    assert found.out == "demo00001 has “main_start” here, but it is switched off at the partner.\n"
    assert sandbox.on("demo00001") == set()

    repaired = olltv("reconcile", "--repair", "--json")
    assert repaired.status == 0
    assert [each["repaired"] for each in repaired.json["differences"]] == [True]
    assert sandbox.on("demo00001") == {"main_start"}
    assert olltv("reconcile").status == 0
    assert subscriber(runtime.billing, "demo00001").main.fact is Fact.ON


def test_what_was_dismissed_is_not_told_again(olltv, runtime, sandbox):
    olltv("deliver", "--until-idle")
    sandbox.seed({"operator": "demo", "account": "stranger", "email": "stranger@isp.example"})
    assert olltv("reconcile").status == 1

    settling.dismiss(runtime.billing.uow(), difference_id=1, reason="a test", actor=STAFF, now=runtime.clock())

    assert olltv("reconcile").status == 0


def test_what_only_a_person_can_judge_stays_a_finding(olltv, sandbox):
    olltv("deliver", "--until-idle")
    sandbox.seed({"operator": "demo", "account": "stranger", "email": "stranger@isp.example"})
    said = olltv("reconcile", "--repair")
    assert said.status == 1
    assert said.out == "The partner has an account stranger that is unknown here; switched on: -.\n"
