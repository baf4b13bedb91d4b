"""Devices that subscribers bind themselves; the partner alone knows them."""

import pytest

from tests.remoteapi.conftest import code

MAC = "00:1A:79:00:00:01"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Nothing here depends on the kind of database."""
    return sqlite_url


@pytest.fixture
def watching(cabinet, start):
    """A cabinet whose subscriber watches."""
    cabinet.post("/me/subscriptions", {"tariff": start.id})
    return cabinet


def test_a_device_is_bound_and_seen(watching, partner):
    answer = watching.post("/me/devices", {"mac": "001a.7900.0001", "serial_number": "SN1"})

    (device,) = answer.json["devices"]
    assert (answer.status_code, device["mac"], device["serial_number"]) == (200, MAC, "SN1")
    assert answer.json["limit"] == 1
    assert [each["mac"] for each in partner.state("ann")["devices"]] == [MAC]


def test_binding_it_again_is_done_already(watching):
    for _ in range(2):
        assert watching.post("/me/devices", {"mac": MAC}).status_code == 200


def test_binding_after_a_lost_answer_is_done(watching, partner):
    partner.breaks("addDevice", cut_after={"rate": 1, "times": 1})

    first = watching.post("/me/devices", {"mac": MAC})
    again = watching.post("/me/devices", {"mac": MAC})

    assert (first.status_code, first.headers["Retry-After"], again.status_code) == (503, "2", 200)


def test_one_more_than_allowed_is_refused(watching):
    watching.post("/me/devices", {"mac": MAC})

    answer = watching.post("/me/devices", {"mac": "00:1A:79:00:00:02"})

    assert (answer.status_code, code(answer), answer.json["facts"]) == (403, "too_many_devices", {"limit": 1})


def test_a_device_is_removed_and_removing_it_again_is_done(watching, partner):
    watching.post("/me/devices", {"mac": MAC})

    for _ in range(2):
        assert watching.post("/me/devices/remove", {"mac": MAC}).json["devices"] == []

    assert partner.state("ann")["devices"] == []


def test_a_device_of_another_is_not_taken(watching, partner):
    seed = {"operator": "demo", "account": "ben", "email": "ben@isp.test", "bundles": ["main_start"]}
    partner.control("seed", {"users": [seed]})
    partner.bind(account="ben", mac=MAC)

    added, removed = (watching.post(path, {"mac": MAC}) for path in ("/me/devices", "/me/devices/remove"))

    assert code(added) == code(removed) == "partner_device_taken"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, "no_device_named"),
        ({"mac": "00:1A:79"}, "bad_mac"),
        ({"serial_number": "a b"}, "bad_serial"),
        ({"mac": MAC, "binding_code": "ä"}, "bad_binding_code"),
    ],
)
def test_what_is_typed_wrong_is_told(watching, body, expected):
    answer = watching.post("/me/devices", body)

    assert (answer.status_code, code(answer)) == (422, expected)


def test_without_television_there_are_none(cabinet):
    assert cabinet.get("/me/devices").json == {"devices": [], "limit": 1}
    assert code(cabinet.post("/me/devices", {"mac": MAC})) == "not_subscribed"


class TestDevicesByStaff:
    @pytest.fixture
    def ini(self):
        return {"OLLTV_SELF_DEVICES": "0"}

    @pytest.mark.parametrize("path", ["/me/devices", "/me/devices/remove"])
    def test_the_operator_may_keep_devices_to_himself(self, cabinet, path):
        answer = cabinet.post(path, {"mac": MAC})

        assert (answer.status_code, code(answer)) == (403, "devices_by_staff")
