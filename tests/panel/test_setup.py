"""The one-time page that adds the first person: only from the machine itself, only while there is nobody."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from billing.staff import RIGHTS
from tests.billing.staff import everybody
from tests.panel.client import Person, text
from tests.running.panel import add_person

FORM = {"login": "olena", "name": "Olena", "password": "long enough", "again": "long enough", "language": "en"}
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def browser(app):
    return Person(app.test_client(), "olena")


def called(browser, method="get", *, address="127.0.0.1", host="localhost:8080", protocol="HTTP/1.1", **headers):
    call = {
        "base_url": f"http://{host}",
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "environ_overrides": {"REMOTE_ADDR": address, "SERVER_PROTOCOL": protocol},
    }
    if method == "get":
        return browser.client.get("/setup", **call)
    page = browser.client.get("/sign-in", **call).get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    return browser.client.post("/setup", data={"csrf_token": token} | FORM, **call)


def test_the_first_person_sets_up_signs_in_and_the_page_is_gone(browser, billing):
    assert browser.get("/sign-in").location == "/setup"
    assert "There is no staff yet." in browser.page("/setup")
    assert browser.done("/setup", **FORM) == "/sign-in"
    [olena] = everybody(billing)
    assert (olena.login, olena.name, olena.rights, olena.must_change_password) == (
        "olena",
        "Olena",
        list(RIGHTS),
        False,
    )
    assert browser.get("/setup").status_code == 404
    assert browser.post("/setup", **FORM | {"login": "second"}).status_code == 404
    assert browser.done("/sign-in", login="olena", password="long enough") == "/"


def test_of_two_who_set_up_at_once_one_wins(app, billing):
    browsers = [Person(app.test_client(), "olena") for _ in range(3)]
    tokens = [browser.token() for browser in browsers]

    def send(number):
        data = FORM | {"login": f"admin{number}", "csrf_token": tokens[number]}
        return browsers[number].client.post("/setup", data=data).status_code

    with ThreadPoolExecutor(3) as pool:
        statuses = sorted(pool.map(send, range(3)))
    assert statuses == [303, 404, 404]
    assert len(everybody(billing)) == 1


@on_sqlite
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "call",
    [
        {"address": "10.0.0.5"},
        {"address": "::ffff:10.0.0.5"},
        {"address": ""},
        {"X_Forwarded_For": "127.0.0.1"},
        {"X_Forwarded_For": "8.8.8.8"},
        {"X_Real_IP": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"protocol": "HTTP/1.0"},
        {"host": "tv.isp.example"},
        {"host": "127.0.0.1.evil.example"},
        {"host": "localhost.evil.example:8080"},
    ],
    ids=str,
)
def test_elsewhere_there_is_no_such_page(browser, billing, method, call):
    assert called(browser, method, **call).status_code == 404
    assert everybody(billing) == []


@on_sqlite
@pytest.mark.parametrize(
    "call",
    [{}, {"host": "127.0.0.1:8080"}, {"host": "[::1]:8080", "address": "::1"}, {"address": "127.0.0.2"}],
    ids=str,
)
def test_on_the_machine_itself_it_opens(browser, call):
    assert called(browser, **call).status_code == 200


@on_sqlite
@pytest.mark.parametrize("path", ["/sign-in"])
def test_strangers_are_not_led_there(browser, path):
    answer = browser.client.get(path, environ_overrides={"REMOTE_ADDR": "10.0.0.5"})
    assert answer.status_code == 200


@on_sqlite
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"login": "console:root"}, "Latin letters"),
        ({"password": "short", "again": "short"}, "at least 8"),
        ({"again": "something else"}, "The two passwords differ."),
        ({"login": ""}, "This field is required."),
        ({"language": "de"}, "Not a valid choice."),
    ],
)
def test_a_wrong_form_is_shown_again_and_adds_nobody(browser, billing, wrong, told):
    answer = browser.post("/setup", **FORM | wrong)
    assert answer.status_code == 422
    assert told in text(answer)
    assert everybody(billing) == []


@on_sqlite
def test_somebody_who_was_added_by_command_ends_it(browser, runtime):
    add_person(runtime, "olena", ["OLLTV"])
    assert browser.get("/setup").status_code == 404
    assert browser.get("/sign-in").status_code == 200
