"""The server itself: kept connections, restart, hash life, start options, a clean end."""

import http.client
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
import requests
import time_machine

from sandbox.ispapi import Config, create_app
from sandbox.ispapi.catalogue import CatalogueError, read_catalogue
from sandbox.ispapi.server import serve_in_thread

from .conftest import Client

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "sandbox.ispapi"]


def test_a_connection_serves_many_calls(base):
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=5)
    connection.connect()
    first = connection.sock
    for path in ("/healthz", "/nothing", "/ispAPI/auth2"):
        connection.request("POST" if "auth2" in path else "GET", path)
        connection.getresponse().read()
    assert connection.sock is first
    connection.close()


def test_a_body_of_unknown_length_is_refused(base):
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=5)
    connection.putrequest("POST", "/ispAPI/auth2")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()  # the answer does not wait for the body
    assert connection.getresponse().status == 411
    connection.close()


def test_a_body_too_large_is_refused_unread(base):
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=5)
    connection.request("POST", "/ispAPI/auth2", headers={"Content-Length": str(2**40)})
    assert connection.getresponse().status == 413
    connection.close()


def test_health_and_head_answer(base):
    assert requests.get(urljoin(base, "/healthz"), timeout=5).text == "ok\n"
    head = requests.head(urljoin(base, "/healthz"), timeout=5)
    assert (head.status_code, head.headers["Content-Length"], head.content) == (200, "3", b"")


def test_a_stopped_server_answers_nobody_not_even_a_kept_connection():
    with serve_in_thread(Config()) as base:
        client = Client(base)
        assert client.status("getUserList") == 0
    with pytest.raises(requests.ConnectionError):
        client.call("getUserList")


def test_the_state_file_outlives_the_server_and_the_hash_does_not(tmp_path):
    config = Config(state=str(tmp_path / "deep" / "state.db"))
    with serve_in_thread(config) as base:
        client = Client(base)
        client.ok("addUser", account="ivan", email="ivan@isp.test")
        code = client.ok("enableBundle", account="ivan", sub_id="main_start")
    with serve_in_thread(config) as base:
        client.base = base
        assert client.status("getUserList") == 109
        client.hash = ""
        assert client.ok("enableBundle", account="ivan", sub_id="main_start") == code


def test_a_hash_lives_as_long_as_the_setting_says():
    start = datetime(2026, 11, 1, tzinfo=UTC)
    with serve_in_thread(Config(hash_ttl_s=60)) as base, time_machine.travel(start, tick=False) as clock:
        client = Client(base)
        client.ok("getUserList")
        clock.move_to(start + timedelta(seconds=59))
        assert client.status("getUserList") == 0
        clock.move_to(start + timedelta(seconds=60))
        assert client.status("getUserList") == 109


def test_two_hashes_of_one_operator_live_side_by_side(demo):
    second = Client(demo.base)

    assert (demo.status("getUserList"), second.status("getUserList")) == (0, 0)
    assert demo.hash != second.hash


def test_the_application_runs_under_any_wsgi_server():
    client = create_app(Config()).test_client()
    answer = client.post("/ispAPI/auth2", data={"login": "demo", "password": "demo"})

    assert answer.get_json()["status"] == 0


@pytest.mark.parametrize(
    "text",
    ["[a]\nkind = half\n", "[a]\ncode = maybe\n", "[a]\nretail = much\n", "[a]\ncolour = red\n", "no section\n"],
)
def test_a_wrong_catalogue_is_refused(tmp_path, text):
    path = tmp_path / "catalogue.ini"
    path.write_text(text)

    with pytest.raises(CatalogueError):
        read_catalogue(path)


def test_the_command_serves_until_sigterm_and_ends_cleanly(tmp_path):
    options = ["--port", "0", "--state", str(tmp_path / "s.db"), "--operator", "isp:secret", "--control"]
    options += ["--fault", "getUserList:status_string=1", "--latency-ms", "1", "--seed", "7"]
    process = subprocess.Popen([*COMMAND, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        base = process.stdout.readline().split()[-1]
        assert Client(base, login="isp", password="secret").call("getUserList") == {"status": "0", "data": []}
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0
    finally:
        process.kill()
        process.stdout.close()


def test_a_busy_port_is_one_clear_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run("--port", port)

    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        f"Error: The sandbox cannot listen on 127.0.0.1:{port}: Address already in use"
    ]


@pytest.mark.parametrize(
    "options",
    [
        ("--fault", "enableBundle:explode=1"),
        ("--fault", "payBundle:hang=1"),
        ("--catalogue", "/nowhere.ini"),
        ("--state", "/proc/nowhere/s.db"),
    ],
)
def test_a_wrong_option_is_one_clear_line(options):
    ended = run("--port", "0", *options)

    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert line.startswith("Error: The sandbox cannot start: ")


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *options], cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
