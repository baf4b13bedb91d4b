"""Commands that become long-running processes, and what a terminal sees."""

import os
import pty
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

pytestmark = pytest.mark.parametrize("database_url", ["sqlite:///var/test.db"])


@pytest.fixture(autouse=True)
def _upgraded(olltv):
    olltv("db", "upgrade")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(olltv, *arguments):
    """The process of a command; it must end well when it is asked to."""
    command = [sys.executable, "-m", "suite.cli", *arguments]
    process = subprocess.Popen(command, env=olltv.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err.decode()
        assert b"Traceback" not in err
    finally:
        process.kill()
        process.communicate()


def answer(url, process):
    """What comes from `url` as soon as somebody listens there."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return requests.get(url, timeout=20)
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.05)
    raise AssertionError(f"{url} does not answer, exit status {process.poll()}")


def test_the_sandbox_takes_its_own_options(olltv):
    port = free_port()
    with running(olltv, "sandbox", "--port", str(port), "--control") as process:
        assert answer(f"http://127.0.0.1:{port}/control/state", process).json() == {"accounts": []}


def test_the_billing_is_served(olltv):
    port = free_port()
    with running(olltv, "serve", "--port", str(port), "--workers", "1") as process:
        assert answer(f"http://127.0.0.1:{port}/healthz", process).status_code == 200


def test_the_worker_does_what_is_due(olltv, sandbox):
    olltv("demo", "load", "--subscribers", "2")
    with running(olltv, "worker"):
        deadline = time.monotonic() + 20
        while len(sandbox.all_users()) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
    assert sandbox.on("demo00002") == {"main_max", "screen2"}


def on_a_terminal(olltv, *arguments):
    """Exit status and everything that a terminal was sent."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(
            sys.executable, [sys.executable, "-m", "suite.cli", *arguments], olltv.environment() | {"TERM": "xterm"}
        )
    screen = b""
    while chunk := read(terminal):
        screen += chunk
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), screen.decode()


def read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other end is closed
        return b""


def test_on_a_terminal_progress_is_a_bar_and_rows_are_a_table(olltv):
    status, screen = on_a_terminal(olltv, "demo", "load", "--subscribers", "3")
    assert status == 0
    assert "\x1b[" in screen and "100%" in screen
    status, screen = on_a_terminal(olltv, "statement", "demo00001")
    assert status == 0
    assert "Balance" in screen and "│" in screen


def test_ctrl_c_ends_a_command_quietly(olltv, sandbox):
    sandbox.faults({"*": {"error_before": 1}})
    olltv("demo", "load", "--subscribers", "2")
    command = [sys.executable, "-m", "suite.cli", "deliver", "--until-idle"]
    process = subprocess.Popen(
        command,
        env=olltv.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 (a shell has it ignored behind &)
    )
    assert process.stderr.readline().startswith("The TV partner does not answer.")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err


def test_the_command_makes_a_database_wherever_it_is_called(tmp_path):
    """The installed command knows only what is installed; the project's folder is not on its path."""
    command = [Path(sys.executable).parent / "olltv", "db", "upgrade"]
    env = {"PATH": os.environ["PATH"], "DATABASE_URL": f"sqlite:///{tmp_path}/new.db"}
    done = subprocess.run(command, check=False, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
