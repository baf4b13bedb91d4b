"""What GET /me tells a subscriber, what it costs the database, and what he may do whatever stands in the way."""

from collections import Counter
from contextlib import contextmanager
from datetime import datetime

import pytest
from sqlalchemy import event

from billing.host.native import NativeHost
from olltv_module.delivery.runner import deliver_now
from olltv_module.models import Reason, Tariff
from olltv_module.services import autoresume, lifecycle, orders
from tests.olltv.support import events, spend
from tests.remoteapi.conftest import code
from tests.remoteapi.test_api_orders import amount
from tests.support import GUEST, STAFF, assert_books_balance, available, balance, money, subscriber


@pytest.fixture
def profile(uow):
    """Edits Ann's profile at the host."""

    def edit(**changed):
        with (unit := uow()):
            host: NativeHost = unit.host
            host.edit("ann", seen=None, **changed)

    return edit


@pytest.fixture
def suspended(cabinet, start, screen, uow, clock, runtime, billing):
    """Ann has a main and an add-on, both switched off for want of money in a month that is over."""
    cabinet.post("/me/subscriptions", {"tariff": start.id})
    cabinet.post("/me/addons", {"tariff": screen.id})
    lifecycle.suspend(uow(), login="ann", reason=Reason.NO_MONEY, actor=STAFF, now=clock())
    assert deliver_now(runtime.delivering, subscriber(billing, "ann").id, wait_s=5)
    clock.advance(days=30)
    cabinet.sign_in("ann")


class TestObstacle:
    @pytest.mark.parametrize(
        ("changed", "expected"),
        [
            ({"frozen": True}, "frozen"),
            ({"down": True}, "down"),
            ({"mobile": ""}, "no_mobile"),
            ({"mobile": "12"}, "bad_mobile"),
        ],
    )
    def test_it_is_the_refusal_that_an_order_meets(self, cabinet, start, profile, changed, expected):
        profile(**changed)

        me = cabinet.get("/me").json
        refused = cabinet.post("/me/subscriptions", {"tariff": start.id})

        assert me["obstacle"]["code"] == expected == code(refused)
        assert me["obstacle"]["detail"] == refused.json["detail"]
        assert (me["frozen"], me["down"]) == (expected == "frozen", expected == "down")

    def test_without_one_there_is_nothing_to_say(self, cabinet):
        assert cabinet.get("/me").json["obstacle"] is None

    def test_a_number_that_the_partner_knows_already_is_good_enough(self, cabinet, start, screen, profile):
        cabinet.post("/me/subscriptions", {"tariff": start.id})
        profile(mobile="")

        me = cabinet.get("/me").json

        assert (me["obstacle"], me["phone"]) == (None, "0501234567")
        assert cabinet.post("/me/addons", {"tariff": screen.id}).status_code == 200

    def test_it_speaks_the_callers_language(self, cabinet, profile):
        profile(frozen=True)

        assert "заморожен" in cabinet.get("/me", Accept_Language="uk").json["obstacle"]["detail"].lower()


class TestNoDomain:
    @pytest.fixture
    def ini(self):
        return {"OLLTV_DOMAIN": '""'}

    def test_no_email_is_an_obstacle(self, cabinet, start, profile):
        profile(email="")

        assert cabinet.get("/me").json["obstacle"]["code"] == "no_email"
        assert code(cabinet.post("/me/subscriptions", {"tariff": start.id})) == "no_email"


def test_who_has_no_mobile_is_shown_no_number(cabinet, profile):
    profile(mobile="none")

    assert cabinet.get("/me").json["phone"] == ""


class TestLeavingStaysPossible:
    """Debt, frozen, down, without a mobile, suspended: whoever wants to leave can, and pays nothing for it."""

    @pytest.fixture(params=["debt", "frozen", "down", "no_mobile", "suspended", "all of it"])
    def hindered(self, request, cabinet, start, screen, uow, clock, billing, ann, profile):
        cabinet.post("/me/subscriptions", {"tariff": start.id})
        cabinet.post("/me/addons", {"tariff": screen.id})
        everything = request.param == "all of it"
        if request.param == "suspended" or everything:
            lifecycle.suspend(uow(), login="ann", reason=Reason.NO_MONEY, actor=STAFF, now=clock())
        if request.param == "debt" or everything:
            with (unit := uow()):
                host: NativeHost = unit.host
                host.set_credit("ann", money("100 UAH"))
            spend(billing, clock, ann, "200 UAH")
        if request.param == "frozen" or everything:
            profile(frozen=True)
        if request.param == "down" or everything:
            profile(down=True)
        if request.param == "no_mobile" or everything:
            profile(mobile="")
        return request.param

    def test_by_one_addon(self, cabinet, screen, hindered, partner, billing):
        before = balance(billing, "ann")
        preview = cabinet.get(f"/me/preview?order=leave&tariff={screen.id}").json

        answer = cabinet.post("/me/leave", {"tariff": screen.id})

        assert (preview["refusal"], preview["ends"]) == (None, ["Second screen"])
        assert answer.status_code == 200 and [each["tariff"] for each in answer.json["subscriptions"]] == ["Start"]
        assert "screen2" not in partner.is_on("ann") and balance(billing, "ann") == before
        assert_books_balance(billing)

    def test_altogether(self, cabinet, hindered, partner, billing):
        before = balance(billing, "ann")
        preview = cabinet.get("/me/preview?order=leave").json

        answer = cabinet.post("/me/leave")

        assert (preview["refusal"], preview["ends"]) == (None, ["Start", "Second screen"])
        assert (answer.status_code, answer.json["tv"]["state"]) == (200, "no_tv")
        assert (partner.is_on("ann"), balance(billing, "ann")) == ([], before)
        assert_books_balance(billing)


class TestResuming:
    def test_the_sum_is_told_before_and_taken_exactly(self, cabinet, suspended, billing, partner):
        me = cabinet.get("/me").json
        preview = cabinet.get("/me/preview?order=resume").json
        assert me["price_of_resuming"] == preview["charge"] == amount("64.90 UAH")
        assert (me["lack_for_resuming"], preview["begins"]) == (amount("0 UAH"), ["Start", "Second screen"])
        before = balance(billing, "ann")

        assert cabinet.post("/me/resume").status_code == 200

        assert before - balance(billing, "ann") == money("64.90 UAH")
        assert sorted(partner.is_on("ann")) == ["main_start", "screen2"]
        assert_books_balance(billing)

    def test_a_penny_short_resumes_nothing(self, cabinet, suspended, billing, clock, ann, partner):
        spend(billing, clock, ann, "70.21 UAH")

        me, preview = cabinet.get("/me").json, cabinet.get("/me/preview?order=resume").json
        answer = cabinet.post("/me/resume")

        assert (answer.status_code, code(answer)) == (402, "not_enough_money")
        assert me["lack_for_resuming"] == preview["lack"] == answer.json["facts"]["lack"] == amount("0.01 UAH")
        assert preview["refusal"]["detail"] == answer.json["detail"]
        assert (partner.is_on("ann"), available(billing, "ann")) == ([], money("64.89 UAH"))

    def test_to_the_penny_resumes_all(self, cabinet, suspended, billing, clock, ann):
        spend(billing, clock, ann, "70.20 UAH")

        assert cabinet.post("/me/resume").status_code == 200
        assert available(billing, "ann") == money("0 UAH")

    def test_what_is_paid_for_this_month_costs_nothing(self, cabinet, start, uow, clock, billing):
        cabinet.post("/me/subscriptions", {"tariff": start.id})
        lifecycle.suspend(uow(), login="ann", reason=Reason.STAFF, actor=STAFF, now=clock())
        assert cabinet.get("/me/preview?order=resume").json["charge"] == amount("0 UAH")

        assert cabinet.post("/me/resume").status_code == 200
        assert balance(billing, "ann") == money("150.10 UAH")

    def test_a_refusal_of_the_partner_is_told_and_costs_nothing(self, cabinet, suspended, billing, uow, start):
        with (unit := uow()):
            unit.session.get_one(Tariff, start.id).service = "unknown_to_partner"
        before = available(billing, "ann")

        answer = cabinet.post("/me/resume")

        assert (answer.status_code, code(answer)) == (502, "partner_bundle_unknown")
        assert (available(billing, "ann"), cabinet.get("/me").json["tv"]["state"]) == (before, "suspended")
        assert_books_balance(billing)


class TestAutoresume:
    @pytest.fixture
    def ini(self):
        return {"OLLTV_AUTORESUME": "1"}

    def test_the_subscriber_chooses_it_and_is_resumed(self, cabinet, suspended, uow, clock, billing):
        answer = cabinet.post("/me/autoresume", {"wanted": True})

        assert (answer.status_code, answer.json["autoresume"]) == (200, {"offered": True, "on": True})
        assert autoresume.resume_all(uow(), now=clock()) == ["ann"]

    def test_and_changes_his_mind(self, cabinet, suspended, uow, clock, billing):
        for wanted in (True, True, False):
            assert cabinet.post("/me/autoresume", {"wanted": wanted}).json["autoresume"]["on"] is wanted

        assert autoresume.resume_all(uow(), now=clock()) == []
        chosen = [each for each in events(billing) if "AUTORESUME" in each]
        assert chosen == [f"OLLTV SUBSCRIBER (ann) AUTORESUME {word}" for word in ("ON", "OFF")]

    def test_without_television_there_is_nothing_to_resume(self, cabinet):
        assert code(cabinet.post("/me/autoresume", {"wanted": True})) == "not_subscribed"

    @pytest.mark.parametrize("body", [{}, {"wanted": "yes please"}, {"wanted": None}])
    def test_a_choice_is_yes_or_no(self, cabinet, suspended, billing, body):
        assert cabinet.post("/me/autoresume", body).status_code == 422
        assert subscriber(billing, "ann").autoresume is False


@pytest.mark.parametrize("wanted", [True, False])
def test_what_the_operator_does_not_offer_cannot_be_chosen(cabinet, suspended, billing, wanted):
    answer = cabinet.post("/me/autoresume", {"wanted": wanted})

    assert (answer.status_code, code(answer)) == (403, "autoresume_not_offered")
    assert cabinet.get("/me").json["autoresume"] == {"offered": False, "on": False}


def test_a_month_that_is_due_already_is_charged_today(cabinet, start, clock):
    cabinet.post("/me/subscriptions", {"tariff": start.id})
    clock.advance(days=30)
    cabinet.sign_in("ann")

    comes = cabinet.get("/me").json["next_charge"]

    assert (comes["month"], comes["date"], comes["is_due"]) == ("2026-12", "2026-12-10", True)


def test_instants_are_at_the_operators_clock(cabinet, start):
    (sub,) = cabinet.post("/me/subscriptions", {"tariff": start.id}).json["subscriptions"]

    assert sub["ordered_at"] == "2026-11-10T11:00:00+02:00"
    assert datetime.fromisoformat(sub["active_since"]) >= datetime.fromisoformat(sub["ordered_at"])


def test_what_is_over_is_left_out_and_a_refusal_is_shown_for_a_week(cabinet, start, make, clock):
    unknown = make.tariff("10 UAH", service="unknown_to_partner", name="Odd")
    cabinet.post("/me/subscriptions", {"tariff": start.id})
    cabinet.post("/me/leave")
    cabinet.post("/me/subscriptions", {"tariff": unknown.id})
    (shown,) = cabinet.get("/me").json["subscriptions"]
    assert (shown["tariff"], shown["state"]) == ("Odd", "refused")

    clock.advance(days=7, minutes=1)
    cabinet.sign_in("ann")

    assert cabinet.get("/me").json["subscriptions"] == []


@contextmanager
def counted(billing):
    """Counts the statements by their first word."""
    seen = Counter()

    def note(_connection, _cursor, statement, *_rest):
        seen[statement.split()[0].upper()] += 1

    event.listen(billing.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(billing.engine, "before_cursor_execute", note)


class TestCost:
    """The cabinet's home is one GET /me, so it asks the database a fixed number of times."""

    MOST = 5

    def statements(self, runtime, cabinet):
        cabinet.get("/me")
        with counted(runtime.billing) as seen:
            assert cabinet.get("/me").status_code == 200
        return seen

    def test_it_does_not_depend_on_what_the_subscriber_has(self, runtime, cabinet, start, screen, make, uow, clock):
        none = self.statements(runtime, cabinet)
        cabinet.post("/me/subscriptions", {"tariff": start.id})
        one = self.statements(runtime, cabinet)
        cabinet.post("/me/addons", {"tariff": screen.id})
        for number in range(4):
            addon = make.tariff("1 UAH", main=False, service=f"more_{number}")
            for _ in range(3):
                orders.add_addon(uow(), login="ann", tariff_id=addon.id, actor=GUEST, now=clock())
                lifecycle.leave(uow(), login="ann", tariff_id=addon.id, actor=GUEST, now=clock())
            orders.add_addon(uow(), login="ann", tariff_id=addon.id, actor=GUEST, now=clock())
        many = self.statements(runtime, cabinet)

        assert set(none) | set(one) | set(many) == {"BEGIN", "SELECT"} or set(many) == {"SELECT"}
        assert one == many, "more subscriptions cost no more statements"
        assert none["SELECT"] <= one["SELECT"] <= self.MOST, (none, one)
