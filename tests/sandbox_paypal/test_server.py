"""The command, and the doors that are shut unless wanted."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from sandbox.paypal import Config, create_app
from sandbox.paypal.server import serve_in_thread

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "sandbox.paypal"]


def test_the_command_serves_until_sigterm_and_ends_cleanly():
    process = subprocess.Popen([*COMMAND, "--port", "0", "--control"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        webscr = process.stdout.readline().split()[-1]
        assert requests.get(webscr.replace("/cgi-bin/webscr", "/healthz"), timeout=5).text == "ok\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0
    finally:
        process.kill()
        process.stdout.close()


def test_a_busy_port_is_one_clear_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = subprocess.run(
            [*COMMAND, "--port", port], cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
        )
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        f"Error: The sandbox cannot listen on 127.0.0.1:{port}: Address already in use"
    ]


def test_control_is_shut_unless_wanted():
    client = create_app(Config()).test_client()
    assert client.get("/control/payments").status_code == 404
    assert client.get("/").status_code == 200


def test_a_stopped_server_answers_nobody():
    with serve_in_thread(Config()) as base:
        assert requests.get(base + "/healthz", timeout=5).status_code == 200
    with pytest.raises(requests.ConnectionError):
        requests.get(base + "/healthz", timeout=5)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("pay", {"fields": {}}),
        ("pay", {"fields": {"business": "a", "amount": "1"}, "how": "steal"}),
        ("payments/NOTHING/resend", {}),
        ("verifier", {"mischief": "sing"}),
    ],
)
def test_a_wrong_control_request_is_refused_with_its_reason(path, body):
    client = create_app(Config(control=True)).test_client()
    answer = client.post(f"/control/{path}", json=body)
    assert answer.status_code == 422 and answer.get_json()["error"]
