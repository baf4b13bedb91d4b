"""Ordering, suspending, resuming and leaving on the subscriber's page."""

import pytest

from billing.host.native import NativeHost
from olltv_module.models import Reason
from olltv_module.services import lifecycle
from tests.olltv.support import dump, events, states, subs
from tests.panel.client import text
from tests.support import STAFF, assert_books_balance, available, balance, money, subscriber

PAGE = "/subscribers/ivan"


@pytest.fixture
def suspended(runtime, ivan, start, watch):
    """Ivan watched; his month is paid."""
    watch("ivan", start)
    lifecycle.suspend(runtime.billing.uow(), login="ivan", reason=Reason.STAFF, actor=STAFF, now=runtime.clock())


def test_the_offers_say_what_each_costs_and_lacks(panel, make, start, best, screen):
    make.subscriber("poor", wallet="60 UAH")
    page = panel.page("/subscribers/poor/subscribe")
    assert "Start 50.00 UAH — Choose" in page
    assert "Max 100.00 UAH 40.00 UAH Choose" in page
    assert "Second screen" not in page
    page = panel.page("/subscribers/poor/subscribe", tariff=best.id)
    assert "Is reserved now 100.00 UAH" in page
    assert "Not enough money: 40.00 UAH is missing." in page


def test_subscribing_switches_on_and_takes_the_fee(panel, billing, sandbox, ivan, start):
    assert panel.done(f"{PAGE}/subscribe", tariff=start.id) == PAGE
    page = panel.page(PAGE)
    assert "Television is on." in page
    assert (states(billing, ivan), sandbox.on("ivan")) == (["active"], {"main_start"})
    assert balance(billing, "ivan") == money("150 UAH")
    assert_books_balance(billing)


def test_a_double_click_subscribes_once(panel, billing, ivan, start):
    for _ in range(2):
        panel.done(f"{PAGE}/subscribe", tariff=start.id)
    assert (states(billing, ivan), balance(billing, "ivan")) == (["active"], money("150 UAH"))


def test_without_money_the_page_says_how_much_is_missing_and_nothing_changes(panel, billing, make, start):
    make.subscriber("poor", wallet="49.99 UAH")
    before = dump(billing)
    answer = panel.post("/subscribers/poor/subscribe", tariff=start.id)
    assert answer.status_code == 422
    assert "0.01 UAH is missing" in text(answer)
    assert dump(billing) == before


@pytest.mark.parametrize("tariff", ["", "0", "99", "x", "9" * 40])
def test_a_tariff_that_there_is_not_is_refused(panel, billing, ivan, start, tariff):
    assert panel.post(f"{PAGE}/subscribe", tariff=tariff).status_code in (404, 422)
    assert states(billing, ivan) == []


def test_the_partners_no_is_told(panel, billing, sandbox, ivan, make):
    unknown = make.tariff("50 UAH", service="main_that_is_not", name="Gone")
    panel.done(f"{PAGE}/subscribe", tariff=unknown.id)
    page = panel.page(PAGE)
    assert "The TV partner does not know this bundle." in page
    assert "refused by the partner" in page
    assert (states(billing, ivan), available(billing, "ivan")) == (["refused"], money("200 UAH"))


def test_while_the_partner_is_down_the_order_is_kept(panel, billing, sandbox, ivan, start):
    sandbox.faults({"addUser": {"error_before": 1.0}})
    panel.done(f"{PAGE}/subscribe", tariff=start.id)
    page = panel.page(PAGE)
    assert "Television is being switched on." in page
    assert "50.00 UAH is reserved for Start" in page
    assert "50.00 UAH is reserved for Start" in panel.page(f"{PAGE}/statement")
    assert "The partner is still being told what was ordered." in page
    sandbox.faults({})
    panel.done(f"{PAGE}/deliver")
    assert "The partner has everything as it is wished here." in panel.page(PAGE)
    assert (states(billing, ivan), balance(billing, "ivan")) == (["active"], money("150 UAH"))


def test_changing_the_main_keeps_the_code(panel, billing, sandbox, ivan, start, best, watch):
    watch("ivan", start)
    code = sandbox.codes("ivan")["main_start"]
    page = panel.page(f"{PAGE}/change", tariff=best.id)
    assert "The fee of the present tariff is not given back." in page
    assert "Is reserved now 100.00 UAH" in page
    panel.done(f"{PAGE}/change", tariff=best.id)
    assert "The tariff is changed." in panel.page(PAGE)
    assert sandbox.codes("ivan") == {"main_max": code}
    assert balance(billing, "ivan") == money("50 UAH")


def test_a_change_that_cannot_be_paid_is_refused(panel, billing, ivan, start, make, watch):
    watch("ivan", start)
    dear = make.tariff("150.01 UAH", service="main_max")
    before = dump(billing)
    answer = panel.post(f"{PAGE}/change", tariff=dear.id)
    assert answer.status_code == 422
    assert "0.01 UAH is missing" in text(answer)
    assert dump(billing) == before


def test_add_ons_are_added_and_dropped(panel, billing, sandbox, ivan, start, screen, watch):
    watch("ivan", start)
    assert "Second screen 15.00 UAH" in panel.page(f"{PAGE}/addons")
    panel.done(f"{PAGE}/addons", tariff=screen.id)
    assert sandbox.on("ivan") == {"main_start", "screen2"}
    page = panel.page(f"{PAGE}/leave", tariff=screen.id)
    assert "Drop the add-on" in page
    panel.done(f"{PAGE}/leave", tariff=screen.id)
    assert sandbox.on("ivan") == {"main_start"}
    assert states(billing, ivan) == ["active", "ended"]


def test_an_add_on_without_a_main_is_refused(panel, billing, ivan, screen):
    answer = panel.post(f"{PAGE}/addons", tariff=screen.id)
    assert answer.status_code == 422
    assert "An add-on needs a main tariff that is switched on." in text(answer)


def test_leaving_ends_everything_and_can_be_sent_twice(panel, billing, sandbox, ivan, start, screen, watch):
    watch("ivan", start, screen)
    page = panel.page(f"{PAGE}/leave")
    assert "Start, paid through November 2026" in page
    assert "Second screen" in page
    assert "are lost at the partner" in page
    for _ in range(2):
        panel.done(f"{PAGE}/leave", tariff=0)
    assert sandbox.on("ivan") == set()
    assert states(billing, ivan) == ["ended", "ended"]
    assert "This subscription was over already." in panel.page(PAGE)


@pytest.mark.parametrize("reason", ["staff", "vacation", "frozen"])
def test_suspending_keeps_the_code_and_resuming_a_paid_month_is_free(
    panel, billing, sandbox, ivan, start, watch, reason
):
    watch("ivan", start)
    code = sandbox.codes("ivan")["main_start"]
    for _ in range(2):
        panel.done(f"{PAGE}/suspend", reason=reason)
    assert (states(billing, ivan), sandbox.on("ivan")) == ([f"suspended:{reason}"], set())
    assert "Is reserved now 0.00 UAH" in panel.page(f"{PAGE}/resume")
    panel.done(f"{PAGE}/resume")
    assert (states(billing, ivan), sandbox.codes("ivan")) == (["active"], {"main_start": code})
    assert balance(billing, "ivan") == money("150 UAH")


@pytest.mark.parametrize("reason", ["", "no_money", "gone", "nonsense"])
def test_staff_suspend_for_their_own_reasons_only(panel, billing, ivan, start, watch, reason):
    watch("ivan", start)
    assert panel.post(f"{PAGE}/suspend", reason=reason).status_code == 422
    assert states(billing, ivan) == ["active"]


def test_resuming_a_later_month_costs_its_fee(panel, billing, clock, make, start, watch, runtime):
    poor = make.subscriber("poor", wallet="60 UAH")
    watch("poor", start)
    lifecycle.suspend(billing.uow(), login="poor", reason=Reason.STAFF, actor=STAFF, now=clock())
    clock.advance(days=30)
    page = panel.page("/subscribers/poor/resume")
    assert "Not enough money: 40.00 UAH is missing." in page
    before = dump(billing)
    answer = panel.post("/subscribers/poor/resume")
    assert answer.status_code == 422
    assert "40.00 UAH is missing" in text(answer)
    after = dump(billing)
    for table in ("event_log", "event_mark"):
        assert len(after.pop(table)) == len(before.pop(table)) + 1  # the log keeps the vain try
    assert after == before
    make.top_up("poor", "40 UAH")
    panel.done("/subscribers/poor/resume")
    assert (states(billing, poor), balance(billing, "poor")) == (["active"], money("0 UAH"))


class TestWithoutCharge:
    def test_who_may_gives_a_month_with_a_reason(self, panel, billing, make, start):
        poor = make.subscriber("poor")
        panel.done("/subscribers/poor/subscribe", tariff=start.id, free="y", why="a promise")
        assert (states(billing, poor), balance(billing, "poor")) == (["active"], money("0 UAH"))
        assert subs(billing, poor)[0].paid_through == "2026-11"
        assert any("WITHOUT CHARGE `a promise`" in each for each in events(billing))

    def test_a_reason_is_wanted(self, panel, billing, make, start):
        poor = make.subscriber("poor")
        before = dump(billing)
        answer = panel.post("/subscribers/poor/subscribe", tariff=start.id, free="y", why=" ")
        assert answer.status_code == 422
        assert "why no fee is taken" in text(answer)
        assert (dump(billing), states(billing, poor)) == (before, [])

    @pytest.mark.parametrize("path", ["subscribe", "change", "addons", "resume"])
    def test_without_the_right_it_is_refused_whatever_is_sent(self, person, billing, suspended, best, path):
        clerk = person("OLLTV")
        assert "Without charge" not in clerk.page(f"{PAGE}/{path}")
        before = dump(billing)
        answer = clerk.post(f"{PAGE}/{path}", tariff=best.id, free="y", why="for a friend")
        assert answer.status_code == 403
        assert dump(billing) == before

    def test_resuming_without_charge(self, panel, billing, clock, ivan, suspended):
        clock.advance(days=30)
        panel.done(f"{PAGE}/resume", free="y", why="long outage")
        assert (states(billing, ivan), balance(billing, "ivan")) == (["active"], money("150 UAH"))


def test_the_frozen_are_told_so(panel, billing, ivan, start):
    with (unit := billing.uow()):
        assert isinstance(unit.host, NativeHost)
        unit.host.set_flags("ivan", frozen=True)
    answer = panel.post(f"{PAGE}/subscribe", tariff=start.id)
    assert answer.status_code in (403, 422)
    assert "The account is frozen." in text(answer)


class TestAutoresume:
    @pytest.fixture
    def ini(self):
        return {"OLLTV_AUTORESUME": "1"}

    def test_the_choice_is_kept(self, panel, billing, ivan, start, watch):
        watch("ivan", start)
        for wanted in (1, 1, 0):
            panel.done(f"{PAGE}/autoresume", wanted=wanted)
            assert subscriber(billing, "ivan").autoresume is bool(wanted)


def test_telling_again_reads_what_the_partner_has(panel, billing, sandbox, ivan, start, watch):
    watch("ivan", start)
    sandbox.partner().disable_bundle(account="ivan", bundle="main_start", kind="subs_malfunction")
    assert sandbox.on("ivan") == set()
    panel.done(f"{PAGE}/deliver")
    assert sandbox.on("ivan") == {"main_start"}
    assert balance(billing, "ivan") == money("150 UAH")
    assert "OLLTV SUBSCRIBER (ivan) REDELIVER" in events(billing)
