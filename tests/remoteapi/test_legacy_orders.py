"""`olltvui`: what a PHP cabinet orders."""

import json

import pytest

from billing.host.native import NativeHost
from olltv_module.models import Reason, State
from olltv_module.services import lifecycle
from tests.support import STAFF, assert_books_balance, balance, money, subscriber


def test_only_the_digits_of_a_tariff_count(ask, ann, start, billing):
    assert ask(f"subserv=x{start.id}y&sublogin=ann") == "[]"

    assert subscriber(billing, "ann").main.state is State.ACTIVE


def error(ask, query: str) -> dict[str, str]:
    return json.loads(ask(query, **{"Accept-Language": "en"}))


@pytest.mark.parametrize("tariff", ["77", "abc", "9" * 30])
def test_an_unknown_tariff(ask, ann, tariff):
    assert error(ask, f"subserv={tariff}&sublogin=ann") | {"message": ""} == {
        "error": "Wrong tariff",
        "code": "tariff_not_on_sale",
        "message": "",
    }


@pytest.mark.parametrize(
    ("profile", "code"), [({"mobile": ""}, "no_mobile"), ({"mobile": "12"}, "bad_mobile"), (None, "unknown_login")]
)
def test_who_cannot_be_registered_is_not_found(ask, make, start, profile, code):
    if profile is not None:
        make.subscriber("ann", wallet="200 UAH", **profile)

    refused = error(ask, f"subserv={start.id}&sublogin=ann")

    assert (refused["error"], refused["code"]) == ("Something went wrong - subscriber not found", code)


def test_who_is_refused_by_the_partner_at_registration_is_not_found(ask, ann, start, partner, billing):
    partner.control("seed", {"users": [{"operator": "other", "account": "ann9", "email": "ann@isp.test"}]})

    refused = error(ask, f"subserv={start.id}&sublogin=ann")

    assert (refused["error"], refused["code"]) == (
        "Something went wrong - subscriber not found",
        "partner_foreign_user",
    )
    assert balance(billing, "ann") == money("200 UAH")
    assert_books_balance(billing)


def test_a_bundle_that_the_partner_refuses(ask, make, ann, billing):
    tariff = make.tariff("10 UAH", service="unknown_to_partner")

    refused = error(ask, f"subserv={tariff.id}&sublogin=ann")

    assert (refused["error"], refused["code"]) == ("Tariff not allowed", "partner_bundle_unknown")
    assert refused["message"] == "The TV partner does not know this bundle. Check the service id of the tariff."
    assert_books_balance(billing)


def test_an_addon_without_a_main(ask, ann, screen):
    assert error(ask, f"subserv={screen.id}&sublogin=ann")["error"] == "Tariff not allowed"


def test_too_little_money(ask, make, start):
    make.subscriber("ann", wallet="10 UAH")

    refused = error(ask, f"subserv={start.id}&sublogin=ann")

    assert (refused["error"], refused["code"]) == ("No enought money", "not_enough_money")


def test_resuming_without_money(ask, make, uow, clock, start, billing):
    make.subscriber("ann", wallet="50 UAH")
    ask(f"subserv={start.id}&sublogin=ann")
    lifecycle.suspend(uow(), login="ann", reason=Reason.NO_MONEY, actor=STAFF, now=clock())
    clock.advance(days=30)

    assert error(ask, f"subserv={start.id}&sublogin=ann")["error"] == "No enought money"
    assert_books_balance(billing)


def test_ordering_a_suspended_tariff_resumes_it(ask, uow, clock, ann, start, partner, billing):
    ask(f"subserv={start.id}&sublogin=ann")
    lifecycle.suspend(uow(), login="ann", reason=Reason.STAFF, actor=STAFF, now=clock())
    clock.advance(days=30)

    assert ask(f"subserv={start.id}&sublogin=ann") == "[]"

    assert (subscriber(billing, "ann").main.state, partner.is_on("ann")) == (State.ACTIVE, ["main_start"])
    assert balance(billing, "ann") == money("100.20 UAH")
    assert_books_balance(billing)


def test_ordering_another_main_changes_to_it(ask, ann, start, best, partner, billing):
    ask(f"subserv={start.id}&sublogin=ann")

    assert ask(f"subserv={best.id}&sublogin=ann") == "[]"

    assert (json.loads(ask("subdata=ann"))["tariffid"], partner.is_on("ann")) == (str(best.id), ["main_max"])
    assert balance(billing, "ann") == money("50.10 UAH")


def test_ordering_twice_costs_once(ask, ann, start, billing):
    for _ in range(2):
        assert ask(f"subserv={start.id}&sublogin=ann") == "[]"

    assert balance(billing, "ann") == money("150.10 UAH")


def test_an_addon_is_dropped_alone(ask, ann, start, screen, partner):
    for tariff in (start, screen):
        ask(f"subserv={tariff.id}&sublogin=ann")

    assert ask(f"unsub={screen.id}&sublogin=ann") == "[]"

    assert partner.is_on("ann") == ["main_start"]


def test_dropping_the_main_drops_everything(ask, ann, start, screen, partner):
    for tariff in (start, screen):
        ask(f"subserv={tariff.id}&sublogin=ann")

    assert ask(f"unsub={start.id}&sublogin=ann") == "[]"

    assert partner.is_on("ann") == []


@pytest.mark.parametrize("query", ["unsub=77&sublogin=ann", "unsub=abc&sublogin=ann", "unsub=1&sublogin=nobody"])
def test_a_wrong_number_drops_nothing(ask, ann, start, partner, query):
    ask(f"subserv={start.id}&sublogin=ann")

    assert ask(query) == "[]"

    assert partner.is_on("ann") == ["main_start"]


class TestSilentPartner:
    @pytest.fixture
    def ini(self):
        return {"OLLTV_WAIT": "0.2"}

    def test_what_takes_longer_is_believed_to_succeed(self, ask, ann, start, partner, billing):
        partner.breaks("enableBundle", error_before=1)

        assert ask(f"subserv={start.id}&sublogin=ann") == "[]"

        assert subscriber(billing, "ann").main.state is State.PENDING
        row = json.loads(ask("subdata=ann"))
        assert (row["tariffid"], row["code"], row["active"]) == (str(start.id), "", "1")


def test_a_login_is_taken_as_it_is_written(ask, ann, start):
    ask(f"subserv={start.id}&sublogin=ann")

    assert ask("subdata=ANN") == "[]"


def test_who_is_gone_can_still_be_dropped(ask, uow, clock, ann, start, partner):
    ask(f"subserv={start.id}&sublogin=ann")
    unit = uow()
    with unit:
        host: NativeHost = unit.host
        host.remove("ann", at=clock())

    assert ask(f"unsub={start.id}&sublogin=ann") == "[]"

    assert partner.is_on("ann") == []
