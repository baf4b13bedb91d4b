"""The doors under one address, and what they say while the configuration is wrong."""

import copy
import subprocess
import sys

import pytest
from werkzeug.test import Client

import userstats.wsgi
import wsgi
from suite.settings import PROJECT
from weblib.lazy import behind

OPTIONS = "OLLTV_LOGIN=demo\nOLLTV_PASSWORD=demo\nREMOTEAPI_LEGACY=1\n"


@pytest.fixture
def doors(runtime) -> Client:
    return Client(wsgi.open_doors(runtime))


@pytest.mark.parametrize("path", ["/", "/billing/", "/billing/index.php", "/api/v1/me"])
def test_old_calls_are_known_by_their_query_at_any_path(doors, path):
    assert doors.get(f"{path}?module=remoteapi&action=x").get_data(as_text=True).startswith("ERROR:")


def test_the_api_has_its_path_and_the_panel_the_rest(doors):
    assert doors.get("/api/v1/openapi.json").is_json
    assert doors.get("/api/v1/nothing").mimetype == "application/problem+json"
    assert doors.get("/api/v10").mimetype == "text/html"
    assert doors.get("/").location == "/sign-in?next=/"
    assert doors.get("/healthz").get_json() == {"status": "ok"}


def test_the_signed_api_and_the_hooks_have_paths_of_their_own(doors):
    assert doors.get("/api/ppv/v1/nothing").get_json()["error"]["code"] == "not_found"
    assert doors.get("/api/ppv/v1").get_json()["error"]["code"] == "not_found"
    assert doors.post("/ppv/hooks/nobody").get_data(as_text=True) == "ko"
    assert doors.get("/api/ppv/v10").mimetype == doors.get("/ppv/hooksmith").mimetype == "text/html"


def test_importing_reads_no_configuration():
    code = "import wsgi; import sys; print('suite.settings' in sys.modules, 'userstats.settings' in sys.modules)"
    env = {"OLLTV_CONFIG_DIR": "/nowhere"}
    command = [sys.executable, "-c", code]
    shown = subprocess.run(command, cwd=PROJECT, env=env, capture_output=True, check=True, text=True)
    assert shown.stdout.split() == ["False", "False"], shown.stderr


@pytest.mark.parametrize("process", [wsgi.billing, wsgi.cabinet])
def test_a_wrong_configuration_is_a_plain_503_until_it_is_mended(process, tmp_path, monkeypatch):
    for module in (wsgi, userstats.wsgi):
        monkeypatch.setattr(module, "configure_logs", lambda **_: None)  # it would take over the logs of this process
    monkeypatch.setenv("OLLTV_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("API_KEY", "k" * 32)
    client = Client(copy.copy(process))

    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert str(tmp_path) not in answer.get_data(as_text=True)

    for name in ("alter.ini", "userstats.ini"):
        (tmp_path / name).write_text(OPTIONS)
    assert client.get("/assets/any/mark.svg").status_code == 200


def test_only_as_many_proxies_as_stand_there_are_believed():
    def shows_address(environ, start_response):
        start_response("200 OK", [])
        return [environ["REMOTE_ADDR"].encode()]

    forged = {"X-Forwarded-For": "6.6.6.6, 10.0.0.7"}
    addresses = [
        Client(behind(shows_address, proxies=number)).get("/", headers=forged, environ_base={"REMOTE_ADDR": "::1"})
        for number in (0, 1)
    ]
    assert [each.get_data(as_text=True) for each in addresses] == ["::1", "10.0.0.7"]
