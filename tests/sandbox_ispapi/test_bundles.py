"""Bundles on, off and changed; what happens to codes and devices."""

import threading

import pytest

from .conftest import MAC, MAC_2

KEEPING = ["subs_negative_balance", "subs_vacation", "subs_malfunction"]


@pytest.fixture
def code(ivan):
    """Ivan's main is on, his box is bound."""
    code = ivan.ok("enableBundle", account="ivan", sub_id="main_start", type="subs_no_device")
    ivan.ok("addDevice", account="ivan", mac=MAC, binding_code=code)
    return code


def stop(client, sub_id="main_start", kind="subs_break_contract"):
    return client.call("disableBundle", account="ivan", sub_id=sub_id, type=kind)


def macs(client):
    return [device["mac"] for device in client.ok("getDeviceList", account="ivan")]


def test_enabling_twice_answers_the_same_code_and_is_bought_once(ivan, code):
    assert ivan.ok("enableBundle", account="ivan", sub_id="main_start") == code
    assert len(ivan.state("ivan")["bundles"]) == 1
    assert purchases(ivan) == 1


def test_a_bundle_without_a_code_answers_one(ivan):
    assert ivan.ok("enableBundle", account="ivan", sub_id="main_nocode") == 1
    assert ivan.ok("enableBundle", account="ivan", sub_id="main_nocode") == 1
    assert ivan.ok("checkBundle", account="ivan", sub_id="main_nocode") == 1


def test_a_second_main_is_refused_with_data_zero(ivan, code):
    assert ivan.ok("enableBundle", account="ivan", sub_id="main_max") == 0
    assert ivan.ok("checkBundle", account="ivan", sub_id="main_max") == 0


@pytest.mark.parametrize("kind", KEEPING)
def test_a_keeping_stop_and_a_renewal_give_code_and_devices_back(ivan, code, kind):
    assert stop(ivan, kind=kind) == {"status": 0, "data": 1}
    assert ivan.ok("checkBundle", account="ivan", sub_id="main_start") == 0
    assert macs(ivan) == [MAC]  # a stopped account still shows its devices

    assert ivan.ok("enableBundle", account="ivan", sub_id="main_start", type="subs_renew") == code
    assert macs(ivan) == [MAC]


def test_breaking_the_contract_drops_code_and_devices(ivan, code):
    assert stop(ivan) == {"status": 0, "data": 1}
    assert macs(ivan) == []

    assert ivan.ok("enableBundle", account="ivan", sub_id="main_start") != code


def test_breaking_the_contract_of_a_stopped_bundle_answers_504_and_drops_what_was_kept(ivan, code):
    stop(ivan, kind="subs_vacation")

    assert stop(ivan)["status"] == 504
    assert macs(ivan) == []
    assert ivan.ok("enableBundle", account="ivan", sub_id="main_start") != code


@pytest.mark.parametrize("kind", KEEPING)
def test_a_second_keeping_stop_answers_504_and_keeps(ivan, code, kind):
    stop(ivan, kind=kind)

    assert stop(ivan, kind=kind)["status"] == 504
    assert macs(ivan) == [MAC]


def test_a_stopped_bundles_code_binds_no_device(ivan, code):
    ivan.ok("delDevice", mac=MAC)
    stop(ivan, kind="subs_vacation")

    assert ivan.status("addDevice", account="ivan", mac=MAC_2, binding_code=code) == 304


def test_extra_screens_come_after_the_main_and_leave_before_it(ivan):
    assert ivan.status("enableBundle", account="ivan", sub_id="screen2") == 408
    ivan.ok("enableBundle", account="ivan", sub_id="main_start")
    codes = {ivan.ok("enableBundle", account="ivan", sub_id=sub_id) for sub_id in ("screen2", "screen3")}
    assert len(codes) == 2

    assert stop(ivan)["status"] == 408
    assert [stop(ivan, sub_id)["status"] for sub_id in ("screen2", "screen3", "main_start")] == [0, 0, 0]


def test_each_extra_screen_gives_room_for_one_more_device(ivan, code):
    assert ivan.status("addDevice", account="ivan", mac=MAC_2) == 305

    screen = ivan.ok("enableBundle", account="ivan", sub_id="screen2")
    assert ivan.status("addDevice", account="ivan", mac=MAC_2, binding_code=screen) == 0
    assert stop(ivan, "screen2") == {"status": 0, "data": 1}
    assert macs(ivan) == [MAC]  # only the screen's own device goes


def test_a_change_of_main_moves_code_devices_and_extras(ivan, code):
    screen = ivan.ok("enableBundle", account="ivan", sub_id="screen2")
    assert ivan.call("changeBundle", account="ivan", old_sub_id="main_start", new_sub_id="main_max") == {"status": 0}

    on = {sub["sub_id"]: sub["binding_code"] for sub in ivan.ok("getUserInfo", account="ivan")["bought_subs"]}
    assert on == {"main_max": code, "screen2": screen}
    assert macs(ivan) == [MAC]
    assert ivan.ok("checkBundle", account="ivan", sub_id="main_start") == 0
    assert ivan.ok("enableBundle", account="ivan", sub_id="main_max") == code


def test_a_repeated_change_says_that_the_new_one_is_on(ivan, code):
    change = {"account": "ivan", "old_sub_id": "main_start", "new_sub_id": "main_max"}
    ivan.ok("changeBundle", **change)

    assert ivan.call("changeBundle", **change) == {"status": 0, "data": 1}
    assert purchases(ivan) == 2


def test_a_change_from_one_that_never_was_on_answers_zero_and_from_a_stopped_one_504(ivan, code):
    change = {"account": "ivan", "new_sub_id": "main_max"}
    assert ivan.call("changeBundle", old_sub_id="main_nocode", **change) == {"status": 0, "data": 0}

    stop(ivan, kind="subs_vacation")
    assert ivan.status("changeBundle", old_sub_id="main_start", **change) == 504
    assert ivan.ok("checkBundle", account="ivan", sub_id="main_max") == 0


@pytest.mark.parametrize(
    ("method", "more"),
    [
        ("enableBundle", {"account": "ivan", "sub_id": "screen3"}),
        ("disableBundle", {"account": "ivan", "sub_id": "screen2"}),
        ("addDevice", {"account": "ivan", "mac": "{new_mac}"}),
        ("delDevice", {"mac": "{mac}"}),
    ],
)
def test_an_unknown_type_is_done_with_a_warning(demo, world, method, more):
    answer = demo.call(method, type="gift", **{name: value.format_map(world) for name, value in more.items()})

    assert answer["status"] == 0
    assert answer["warnings"] == ["Unknown type: gift"]


def test_twenty_clients_enabling_at_once_buy_one_bundle(ivan):
    codes: list[str] = []
    start = threading.Barrier(20)

    def enable() -> None:
        start.wait()
        codes.append(ivan.ok("enableBundle", account="ivan", sub_id="main_start"))

    threads = [threading.Thread(target=enable) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(codes) == 20 and len(set(codes)) == 1
    assert purchases(ivan) == 1


def purchases(client) -> int:
    month = client.ok("getUserInfo", account="ivan")["registration_date"][:8] + "01"
    return client.ok("getAllPurchases", start_date=month)["Count"]
