"""The command line over a database of each test's own, with a sandbox partner behind it."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner

from olltv_module.delivery.runner import Delivering
from sandbox.ispapi import Config
from sandbox.ispapi.server import serve_in_thread
from suite.cli import main
from suite.demo.load import Demo, load
from suite.runtime import Runtime, build_runtime
from tests.sandbox import Sandbox

OURS = ("OLLTV_", "PPV_", "DATABASE_URL", "REMOTEAPI_", "VAR_DIR", "LOG_DIR", "CURRENCY", "TIMEZONE", "SECRET_KEY")


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Olltv:
    """Runs commands with the settings of `directory`."""

    directory: Path

    def __call__(self, *arguments: str, stdin: str | None = None) -> Said:
        """In this process, which is quick. A traceback is the test's failure."""
        result = CliRunner().invoke(main, [*arguments], input=stdin, env=self._settings(), prog_name="olltv")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.exit_code, result.stdout, result.stderr)

    def process(self, *arguments: str, code: str = "") -> Said:
        """In a process of its own; `code` is run in place of the `olltv` program."""
        program = ["-c", code] if code else ["-m", "suite.cli"]
        done = subprocess.run(
            [sys.executable, *program, *arguments], env=self.environment(), capture_output=True, text=True, check=False
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def environment(self) -> dict[str, str]:
        return {name: value for name, value in {**os.environ, **self._settings()}.items() if value is not None}

    def write(self, **options: object) -> None:
        """Change lines of alter.ini."""
        with (self.directory / "alter.ini").open("a") as file:
            file.writelines(f"{name}={value}\n" for name, value in options.items())

    def _settings(self) -> dict[str, str | None]:
        clean = {name: None for name in os.environ if name.startswith(OURS)}
        return {**clean, "OLLTV_CONFIG_DIR": str(self.directory)}


@pytest.fixture(scope="session")
def sandbox_base() -> Iterator[str]:
    with serve_in_thread(Config(control=True)) as base:
        yield base


@pytest.fixture
def sandbox(sandbox_base: str) -> Sandbox:
    sandbox = Sandbox(sandbox_base)
    sandbox.faults({})
    sandbox.reset_to_shipped()
    return sandbox


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    return folder


@pytest.fixture
def olltv(directory: Path, database_url: str, sandbox: Sandbox) -> Iterator[Olltv]:
    """The command line over an empty database, in English unless asked otherwise."""
    olltv = Olltv(directory)
    olltv.write(LANG="en", DATABASE_URL=database_url, OLLTV_ENABLED=1, OLLTV_DOMAIN="isp.example")
    olltv.write(OLLTV_LOGIN="demo", OLLTV_PASSWORD="demo", OLLTV_API_URL=sandbox.base, OLLTV_READ_TIMEOUT=2)
    yield olltv
    for handler in logging.getLogger().handlers[:]:  # they hold the runner's streams, which are closed by now
        if type(handler) is logging.StreamHandler:
            logging.getLogger().removeHandler(handler)


@pytest.fixture
def runtime(olltv: Olltv) -> Iterator[Runtime]:
    """The same database as the commands see it."""
    runtime = build_runtime(olltv.directory, {})
    yield runtime
    runtime.billing.engine.dispose()


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real hashes that cost little."""
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    for module in ("suite.demo.load", "billing.staff"):
        monkeypatch.setattr(f"{module}.PASSWORDS", cheap)


@pytest.fixture
def demo(runtime: Runtime) -> Demo:
    """A few subscribers whom the partner does not know yet."""
    demo = Demo(subscribers=8, seed=2)
    load(runtime.billing, demo, now=runtime.clock())
    return demo


@pytest.fixture
def delivering(runtime: Runtime) -> Delivering:
    return runtime.delivering
