"""Devices: happy answers, refusals, lists."""

import pytest

from billing.errors import PartnerRefused
from olltv_module.partner import (
    AccountUnknown,
    AddDeviceType,
    BindingCodeUsed,
    DeleteDeviceType,
    DeviceTaken,
    DeviceUnknown,
    ForeignDevice,
    WrongBindingCode,
)

BOX = {
    "ID": 5,
    "date_added": "2026-05-03 10:00:00",
    "serial_number": "122015J028685",
    "mac": "001A79000001",
    "binding_code": "004213",
    "device_type": "dune",
    "device_model": "TV-102",
    "account": "ivan",
}


def test_add_device_sends_what_is_given_and_nothing_else(desk, partner):
    desk.says("addDevice", {"status": 0})

    partner.add_device(account="ivan", mac="001A79000001", binding_code="004213", kind=AddDeviceType.BUY)

    assert desk.asked("addDevice") == [
        {"account": "ivan", "mac": "001A79000001", "binding_code": "004213", "type": "device_buy"}
    ]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (119, DeviceTaken),
        (203, PartnerRefused),
        (302, PartnerRefused),
        (304, WrongBindingCode),
        (305, BindingCodeUsed),
        (404, AccountUnknown),
    ],
)
def test_add_device_refused(desk, partner, status, kind):
    desk.refuses("addDevice", status)

    with pytest.raises(kind):
        partner.add_device(account="ivan", mac="001A79000001")


def test_delete_device_names_it_and_says_why(desk, partner):
    desk.says("delDevice", {"status": "0"})

    partner.delete_device(serial_number="122015J028685", account="ivan", kind=DeleteDeviceType.CHANGE)

    assert desk.asked("delDevice") == [{"serial_number": "122015J028685", "account": "ivan", "type": "device_change"}]


@pytest.mark.parametrize(("status", "kind"), [(117, DeviceTaken), (406, DeviceUnknown), (501, ForeignDevice)])
def test_delete_device_refused(desk, partner, status, kind):
    desk.refuses("delDevice", status)

    with pytest.raises(kind):
        partner.delete_device(mac="001A79000001", kind=DeleteDeviceType.BREAK_CONTRACT)


def test_device_exists_gives_the_device(desk, partner):
    desk.gives("deviceExists", BOX)

    box = partner.device_exists(mac="001A79000001")

    assert (box.id, box.account, box.binding_code) == ("5", "ivan", "004213")
    assert desk.asked("deviceExists") == [{"mac": "001A79000001"}]


def test_device_exists_gives_none_for_no_device(desk, partner):
    desk.gives("deviceExists", "0")

    assert partner.device_exists(serial_number="122015J028685") is None


def test_device_exists_refused(desk, partner):
    desk.refuses("deviceExists", 203)

    with pytest.raises(PartnerRefused):
        partner.device_exists()


def test_device_list_of_one_account(desk, partner):
    desk.gives("getDeviceList", [BOX, BOX | {"ID": "6", "mac": ""}])

    boxes = list(partner.device_list(account="ivan"))

    assert [(box.id, box.mac) for box in boxes] == [("5", "001A79000001"), ("6", None)]
    assert desk.asked("getDeviceList") == [{"account": "ivan", "offset": "0", "limit": "1000"}]


@pytest.mark.parametrize("empty", [[], {}, 0])
def test_device_list_of_a_user_without_devices_is_empty(desk, partner, empty):
    desk.gives("getDeviceList", empty)

    assert list(partner.device_list(email="i@isp.ua")) == []


def test_device_list_of_nobody_is_refused(desk, partner):
    desk.refuses("getDeviceList", 404)

    with pytest.raises(AccountUnknown):
        list(partner.device_list(account="nobody"))
