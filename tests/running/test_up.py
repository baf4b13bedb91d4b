"""`make run` from the outside: everything comes up, charges once, and goes without a trace."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from suite.ports import DEFAULTS
from suite.settings import PROJECT
from tests.running.processes import free_port, is_free, wait_until

PASSWORD = "demo-demo"
UP_S = 120


@dataclass
class Up:
    """A running demonstration: its lines so far, and the ports it was given."""

    process: "subprocess.Popen[str]"
    directory: Path
    ports: dict[str, int]
    lines: list[str] = field(default_factory=list)

    def read(self) -> None:
        self.lines += self.process.stdout

    @property
    def text(self) -> str:
        return "".join(self.lines)

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}/"

    def wait(self) -> None:
        wait_until(lambda: "Everything is up" in self.text or self.process.poll() is not None, limit_s=UP_S)
        assert self.process.poll() is None, self.text

    def is_gone(self) -> bool:
        return not family(self.directory) and all(is_free(port) for port in self.ports.values())


def family(directory: Path) -> set[int]:
    """The processes that were started for this directory, wherever they stand now."""
    mark = f"OLLTV_CONFIG_DIR={directory}".encode()
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                found.add(int(entry.name))
        except OSError:
            continue  # it ended while we looked, or is somebody else's
    return {pid for pid in found if "State:\tZ" not in (Path("/proc") / str(pid) / "status").read_text()}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration as it ships, in a directory of its own, so that data and logs lie there too."""
    folder = tmp_path_factory.mktemp("up") / "config"
    shutil.copytree(PROJECT / "config", folder)
    return folder


@contextmanager
def up(directory: Path, **env: str) -> Iterator[Up]:
    ports = {name: free_port() for name in DEFAULTS}
    settings = {name: str(port) for name, port in ports.items()} | {"DEMO_SUBSCRIBERS": "30"} | env
    process = subprocess.Popen(
        [sys.executable, "-m", "suite.up"],
        cwd=PROJECT,
        env={**os.environ, "OLLTV_CONFIG_DIR": str(directory), "PYTHONUNBUFFERED": "1"} | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    running = Up(process, directory, ports)
    reader = threading.Thread(target=running.read)
    reader.start()
    try:
        yield running
    finally:
        for pid in family(directory):
            os.kill(pid, signal.SIGKILL)
        process.wait()
        reader.join()
        process.stdout.close()


def sign_in(url: str, login: str) -> requests.Session:
    browser = requests.Session()
    page = browser.get(f"{url}sign-in", timeout=10).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    answer = browser.post(f"{url}sign-in", data={"csrf_token": token, "login": login, "password": PASSWORD}, timeout=10)
    assert answer.status_code == 200, answer.text
    return browser


def are_believed(running: Up) -> list[bool]:
    """For each media server: whether it tells of viewers, and believes what it is answered."""
    state = requests.get(running.url("PORT_NIMBLE") + "control/state", timeout=10).json()
    newest = [each["answers"][0] if each["answers"] else None for each in state["servers"]]
    return [answer is not None and answer["ignored"] == "" and answer["players"] > 0 for answer in newest]


def charge_again(running: Up) -> str:
    env = {"PATH": os.environ["PATH"], "UBAPI_URL": running.url("PORT_BILLING")}
    env["UBAPI_KEY_FILE"] = str(running.directory.parent / "exports" / "ubserial")
    command = [PROJECT / "cron" / "ubapi", "olltvchargefee"]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_the_demonstration_comes_up_charges_once_and_goes_without_a_trace(directory):
    with up(directory) as first:
        first.wait()
        assert re.search(r"OK:\d{4}-\d\d charged \d\d", first.text)
        assert f"Panel        {first.url('PORT_BILLING')}  login admin, password {PASSWORD}" in first.text
        assert "subscribers pay." in first.text
        assert "nobody was charged" in charge_again(first)
        assert sign_in(first.url("PORT_BILLING"), "admin").get(first.url("PORT_BILLING"), timeout=10).ok
        assert sign_in(first.url("PORT_CABINET"), "demo00001").get(first.url("PORT_CABINET"), timeout=10).ok
        assert sign_in(first.url("PORT_CABINET"), "demo00001").get(first.url("PORT_CABINET") + "watch", timeout=10).ok
        wait_until(lambda: all(are_believed(first)), limit_s=20)
        assert "Sandbox box" in requests.get(first.url("PORT_SANDBOX"), timeout=10).text  # a bound device
        assert len(family(directory)) >= 9
        assert_no_key_in_logs(directory)
        first.process.send_signal(signal.SIGINT)
        assert first.process.wait(20) == 0
        assert first.is_gone()

    with up(directory) as again:
        again.wait()
        assert re.search(r"OK:\d{4}-\d\d nobody was charged", again.text)
        again.process.kill()
        wait_until(again.is_gone)


def assert_no_key_in_logs(directory: Path) -> None:
    key = (directory.parent / "exports" / "ubserial").read_text().strip()
    texts = {path: path.read_text() for path in (directory.parent / "var" / "log").iterdir()}
    assert {"billing.log", "cabinet.log", "worker.log"} <= {path.name for path in texts}
    assert not [path for path, text in texts.items() if key in text]


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_process_that_dies_ends_all_and_is_named(directory):
    with up(directory) as running:
        running.wait()
        lines = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,args="], capture_output=True, text=True, check=True)
        mine = [line.split()[0] for line in lines.stdout.splitlines() if "wsgi:cabinet" in line]
        [leader] = {int(pid) for pid in mine if int(pid) in family(directory) and os.getpgid(int(pid)) == int(pid)}
        os.kill(leader, signal.SIGKILL)
        assert running.process.wait(30) == 1
        wait_until(running.is_gone)
    assert "cabinet ended with status -9" in running.text


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_busy_port_is_told_in_one_line_before_anything_starts(directory, name):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        with up(directory, **{name: str(port)}) as running:
            assert running.process.wait(20) == 1
    [line] = running.lines
    assert line.startswith(f"{name}={port} cannot be used (Address already in use)")
    assert f"make run {name}=" in line


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({"PORT_CABINET": "eighty"}, "PORT_CABINET=eighty is no port"),
        ({"PORT_CABINET": "0"}, "PORT_CABINET=0 is no port"),
        ({"DATABASE_URL": "mysql+pymysql://u:p@h/real"}, "plays only with SQLite"),
        ({"DEMO_SUBSCRIBERS": "few"}, "DEMO_SUBSCRIBERS=few is not a whole number"),
        ({"OLLTV_WORKERS": "many"}, "OLLTV_WORKERS=many is not a whole number"),
    ],
)
def test_what_cannot_be_played_is_told_in_one_line(directory, env, told):
    with up(directory, **env) as running:
        assert running.process.wait(20) == 1
    [line] = running.lines
    assert told in line


def test_two_processes_cannot_share_a_port(directory):
    port = str(free_port())
    with up(directory, PORT_BILLING=port, PORT_SANDBOX=port) as running:
        assert running.process.wait(20) == 1
    assert running.text.startswith(f"PORT_SANDBOX={port}")
