"""How devices are shown and found."""

from .conftest import MAC


def test_a_device_shows_all_its_marks(demo, world):
    [device] = demo.ok("getDeviceList", account="ivan")

    assert {name: device[name] for name in ("mac", "serial_number", "binding_code", "account", "device_type")} == {
        "mac": MAC,
        "serial_number": "SN1",
        "binding_code": world["code"],
        "account": "ivan",
        "device_type": "stb",
    }
    assert device["ID"].isdecimal() and device["date_added"][4] == "-" and device["device_model"] == ""
    assert demo.ok("deviceExists", serial_number="SN1") == device


def test_a_mac_is_known_in_any_spelling(demo, world):
    for spelling in ("001a79000001", "00-1A-79-00-00-01", "001a.7900.0001"):
        assert demo.ok("deviceExists", mac=spelling)["mac"] == MAC


def test_another_operators_device_exists_but_its_owner_is_hidden(demo, world):
    device = demo.ok("deviceExists", mac=world["olgas_mac"])

    assert (device["account"], device["binding_code"]) == (None, None)


def test_the_list_keeps_to_the_account_and_to_the_operator(demo, world):
    demo.ok("addDevice", account="ivan", mac=world["new_mac"])

    assert len(demo.ok("getDeviceList")) == 2
    assert len(demo.ok("getDeviceList", account="ivan", limit="1")) == 1
    assert [d["mac"] for d in demo.ok("getDeviceList", offset="1")] == [world["new_mac"]]
    assert demo.ok("getDeviceList", account="olga") == []
    assert demo.ok("getDeviceList", account="petro") == []


def test_a_removed_device_leaves_room_for_another(demo, world):
    demo.ok("delDevice", mac=world["mac"])

    assert demo.ok("deviceExists", mac=world["mac"]) == 0
    assert demo.status("addDevice", account="ivan", mac=world["new_mac"], binding_code=world["code"]) == 0
