"""API keys: made with scopes, shown exactly once, revoked; the serial of the old RemoteAPI is one of them."""

import re

import pytest

from billing.access import SERIAL, find_key
from suite.serial import ensure_serial
from tests.panel.client import text

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def opened_by(runtime, key):
    found = find_key(runtime.billing.uow(), key=key, now=runtime.clock())
    return found and found.scopes


def made(panel, name="night jobs", scopes=("cron",)):
    assert panel.done("/keys/new", name=name, scopes=list(scopes)) == "/keys/made"
    page = panel.get("/keys/made").get_data(as_text=True)
    return re.search(r'<code class="secret">([^<]+)</code>', page)[1]


def test_a_key_opens_its_scopes_and_is_shown_exactly_once(panel, runtime):
    key = made(panel, scopes=["cron", "staff-read"])
    assert opened_by(runtime, key) == ["cron", "staff-read"]
    assert panel.get("/keys/made").location == "/keys"
    listed = panel.get("/keys").get_data(as_text=True)
    assert key not in listed
    assert f"…{key[-4:]}" in listed
    with panel.client.session_transaction() as session:
        assert key not in str(dict(session))


def test_the_use_of_a_key_is_shown(panel, runtime):
    key = made(panel)
    assert "10 Nov 2026" in panel.page("/keys")
    opened_by(runtime, key)
    assert panel.page("/keys").count("10 Nov 2026") == 2


def test_the_key_gets_into_no_address_and_no_log(panel, runtime, capsys):
    location = panel.done("/keys/new", name="night jobs", scopes=["cron"])
    page = panel.get(location).get_data(as_text=True)
    key = re.search(r'<code class="secret">([^<]+)</code>', page)[1]
    said = capsys.readouterr()
    assert key not in location + said.out + said.err + panel.page("/profile")


def test_revoking_is_asked_and_final(panel, runtime):
    key = made(panel)
    path = re.search(r'href="(/keys/\d+/revoke)"', panel.get("/keys").get_data(as_text=True))[1]
    assert "cannot be brought back" in panel.page(path)
    assert opened_by(runtime, key)
    panel.done(path)
    assert opened_by(runtime, key) is None
    assert "revoked already" in panel.page(path)
    panel.done(path)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"scopes": []}, "This field is required."),
        ({"scopes": ["root"]}, "not a valid choice"),
        ({"scopes": [SERIAL]}, "not a valid choice"),
        ({"name": ""}, "This field is required."),
        ({"name": "n" * 65}, "Too long"),
        ({"name": SERIAL}, "is kept for the serial"),
    ],
)
def test_a_wrong_form_makes_no_key(panel, wrong, told):
    answer = panel.post("/keys/new", **{"name": "jobs", "scopes": ["cron"]} | wrong)
    assert answer.status_code == 422
    assert told in text(answer)
    assert "No program has a key yet." in panel.page("/keys")


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "{{ 7*7 }}", "{name}", "%(name)s"])
def test_whatever_a_name_holds_stays_text(panel, name):
    panel.done("/keys/new", name=name, scopes=["cron"])
    for path in ("/keys/made", "/keys", "/keys/1/revoke", "/profile"):
        page = panel.get(path)
        assert "<script>alert" not in page.get_data(as_text=True)
        assert name in text(page), path


def test_the_serial_is_listed_and_renewed(panel, runtime):
    old = ensure_serial(runtime)
    assert f"…{old[-4:]} {SERIAL}" in panel.page("/keys")
    assert "crontabs and cabinets" in panel.page("/keys/serial")
    assert opened_by(runtime, old) == [SERIAL]
    assert panel.done("/keys/serial") == "/keys/made"
    new = re.search(r"UB[0-9a-f]{32}", panel.page("/keys/made"))[0]
    assert (opened_by(runtime, old), opened_by(runtime, new)) == (None, [SERIAL])
    assert ensure_serial(runtime) == new


def test_without_the_right_nothing_is_shown_or_done(person, panel, runtime):
    key = made(panel)
    clerk = person("OLLTV", "MONEY", "PPV")
    for path in ("/keys", "/keys/new", "/keys/made", "/keys/serial", "/keys/1/revoke"):
        assert clerk.get(path).status_code == 403, path
    for path in ("/keys/new", "/keys/serial", "/keys/1/revoke"):
        assert clerk.post(path, name="x", scopes=["cron"]).status_code == 403, path
    assert opened_by(runtime, key) == ["cron"]


def test_a_key_that_there_is_not_is_not_found(panel):
    assert panel.get("/keys/99/revoke").status_code == 404
    assert panel.post("/keys/99/revoke").status_code == 404
