"""`olltvui`: what a PHP cabinet reads."""

import json

import pytest

from olltv_module.models import Reason
from olltv_module.services import lifecycle, tariffs
from tests.remoteapi.conftest import Partner
from tests.support import STAFF


class TestDisabledModule:
    @pytest.fixture
    def ini(self):
        return {"OLLTV_ENABLED": "0"}

    @pytest.mark.parametrize("query", ["tardata=true", "subdata=ann", "subserv=1&sublogin=ann", "nonsense=1"])
    def test_a_disabled_module_says_so_with_a_blank(self, ask, query):
        assert ask(query) == '{"error":"ERROR: OLLTV_DISABLED"}'


def test_tariffs_are_keyed_by_their_number(ask, make):
    make.tariff("50 UAH", service="main_start", name="Start")
    make.tariff("99.90 UAH", service="main_max", name="Максі/HD")
    make.tariff("15 UAH", service="screen2", name="Screen", main=False)

    assert ask("tardata=true") == (
        '{"1":{"id":"1","name":"Start","alias":"main_start","fee":"50","period":"month","percent":null,"main":"1"},'
        '"2":{"id":"2","name":"\\u041c\\u0430\\u043a\\u0441\\u0456\\/HD","alias":"main_max","fee":"99.9",'
        '"period":"month","percent":null,"main":"1"},'
        '"3":{"id":"3","name":"Screen","alias":"screen2","fee":"15","period":"month","percent":null,"main":"0"}}'
    )


def test_no_tariffs_are_an_empty_list(ask):
    assert ask("tardata=true") == "[]"


def test_an_archived_tariff_is_shown_while_somebody_has_it(ask, uow, clock, ann, start, best):
    ask(f"subserv={start.id}&sublogin=ann")
    for each in (start, best):
        tariffs.archive(uow(), tariff_id=each.id, actor=STAFF, now=clock())

    assert list(json.loads(ask("tardata=true"))) == [str(start.id)]


def test_an_unknown_login_has_no_row(ask):
    assert ask("subdata=nobody") == "[]"


def test_who_never_ordered_has_no_row(ask, ann):
    assert ask("subdata=ann") == "[]"


def test_a_subscribed_row(ask, ann, start, partner):
    assert ask(f"subserv={start.id}&sublogin=ann") == "[]"

    row = ask("subdata=ann")

    state = partner.state("ann")
    assert row == (
        f'{{"id":"1","date":"2026-11-10 11:00:00","remoteid":"{state["id"]}","login":"ann","email":"ann@isp.test",'
        f'"phone":"0501234567","code":"{state["bundles"][0]["code"]}","tariffid":"1","addtariffid":null,"active":"1"}}'
    )


def test_a_bundle_without_a_code_has_the_code_one(ask, make, ann):
    tariff = make.tariff("10 UAH", service="main_nocode")
    ask(f"subserv={tariff.id}&sublogin=ann")

    assert json.loads(ask("subdata=ann"))["code"] == "1"


def test_an_addon_has_its_place_in_the_row(ask, ann, start, screen):
    for tariff in (start, screen):
        assert ask(f"subserv={tariff.id}&sublogin=ann") == "[]"

    assert json.loads(ask("subdata=ann"))["addtariffid"] == str(screen.id)


def test_a_suspended_row_keeps_tariff_and_code(ask, uow, clock, ann, start):
    ask(f"subserv={start.id}&sublogin=ann")
    before = json.loads(ask("subdata=ann"))
    lifecycle.suspend(uow(), login="ann", reason=Reason.STAFF, actor=STAFF, now=clock())

    assert json.loads(ask("subdata=ann")) == before | {"active": "0"}


def test_an_unsubscribed_row(ask, ann, start):
    ask(f"subserv={start.id}&sublogin=ann")
    assert ask(f"unsub={start.id}&sublogin=ann") == "[]"

    assert ask("subdata=ann").endswith('"code":"","tariffid":"0","addtariffid":null,"active":"0"}')


def test_an_order_that_came_to_nothing_leaves_the_row_of_one_who_is_registered_only(ask, make, ann):
    tariff = make.tariff("10 UAH", service="unknown_to_partner")
    ask(f"subserv={tariff.id}&sublogin=ann")

    assert ask("subdata=ann").endswith('"code":null,"tariffid":null,"addtariffid":null,"active":null}')


def test_the_first_usable_parameter_answers(ask, ann, start):
    assert ask(f"subserv={start.id}&sublogin=ann&subdata=ann") == "[]"
    assert subscriber_count(ask) == 0


def subscriber_count(ask) -> int:
    return len(json.loads(ask("subdata=ann")))


def test_devices_are_the_partners(ask, ann, start, partner: Partner):
    ask(f"subserv={start.id}&sublogin=ann")
    assert ask("devdata=ann") == "[]"
    code = json.loads(ask("subdata=ann"))["code"]
    partner.bind(account="ann", mac="00:1A:79:00:00:01", serial_number="SN1", binding_code=code)

    (device,) = json.loads(ask("devdata=ann"))

    assert list(device)[:5] == ["ID", "date_added", "serial_number", "mac", "binding_code"]
    assert (device["serial_number"], device["mac"], device["binding_code"]) == ("SN1", "00:1A:79:00:00:01", code)


def test_no_devices_when_the_partner_fails(ask, ann, start, partner):
    ask(f"subserv={start.id}&sublogin=ann")
    partner.breaks("getDeviceList", error_before=1)

    assert ask("devdata=ann") == "[]"
