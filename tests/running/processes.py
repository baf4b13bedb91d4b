"""Real processes of the suite, ended with the test whatever happens."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import requests

from suite.settings import PROJECT


@contextmanager
def process(*arguments: str, env: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """`python -m ARGUMENTS` in a group of its own."""
    child = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=PROJECT,
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield child
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
        child.communicate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def wait_until(done: Callable[[], object], *, limit_s: float = 15) -> None:
    """Wait for something to come about."""
    deadline = time.monotonic() + limit_s
    while not done():
        assert time.monotonic() < deadline, f"{done} never came about"
        time.sleep(0.05)


def status(url: str) -> int:
    """The status that `url` answers with; 0 when nobody answers."""
    try:
        return requests.get(url, timeout=2).status_code
    except requests.RequestException:
        return 0
