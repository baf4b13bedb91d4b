"""Child processes that end with their parent, whatever way that one ends."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from suite.settings import PROJECT

PR_SET_PDEATHSIG = 1
END_S = 15.0
LAST_LINES = 15


class Died(Exception):
    """A child ended by itself. `str()` names it and shows the last lines of its log."""


@dataclass(frozen=True)
class Child:
    """A running process, the leader of a group of its own; its output goes to `output`."""

    name: str
    process: "subprocess.Popen[bytes]"
    output: Path

    def last_lines(self) -> str:
        """What it said at the end."""
        lines = self.output.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-LAST_LINES:])


@dataclass(frozen=True)
class Children:
    """All processes of this run. `logs` is the directory of their outputs."""

    logs: Path
    running: list[Child] = field(default_factory=list)

    def start(self, name: str, arguments: Sequence[str], env: Mapping[str, str]) -> None:
        """Run `python -m ARGUMENTS` in the project with `env` added to the environment."""
        self.logs.mkdir(parents=True, exist_ok=True)
        output = self.logs / f"{name}.out"
        with output.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=PROJECT,
                env={**os.environ, **env},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in the terminal is for us, we tell them in good order
                preexec_fn=_tied_to(os.getpid()),  # noqa: PLW1509 (we have no threads)
            )
        self.running.append(Child(name, process, output))

    def check(self) -> None:
        """:raises Died: one of them has ended"""
        for child in self.running:
            if (status := child.process.poll()) is not None:
                raise Died(f"{child.name} ended with status {status}; the end of {child.output}:\n{child.last_lines()}")

    def end(self) -> None:
        """End all of them, politely first; none is left when this returns."""
        for child in reversed(self.running):
            _signal(child, signal.SIGTERM)
        deadline = time.monotonic() + END_S
        for child in self.running:
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(max(deadline - time.monotonic(), 0))
            _signal(child, signal.SIGKILL)  # also what it left behind in its group
            child.process.wait()


def _signal(child: Child, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # nobody is left in the group
        os.killpg(child.process.pid, number)


def _tied_to(parent: int) -> "_Tie | None":
    """On Linux the kernel ends the child as soon as its parent is gone, be it by kill -9."""
    return _Tie(parent, ctypes.CDLL(None)) if sys.platform == "linux" else None


@dataclass(frozen=True)
class _Tie:
    parent: int
    libc: ctypes.CDLL

    def __call__(self) -> None:
        self.libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != self.parent:  # it went before we could ask
            os._exit(1)
