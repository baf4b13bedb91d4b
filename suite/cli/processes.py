"""Long-running processes: `olltv serve`, `worker` and `sandbox` turn into them and print what those print."""

import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from suite.cli.app import Command
from suite.cli.console import Console, pass_console
from suite.settings import DIRECTORY_VARIABLE, PROJECT

PORTS = {"billing": 8080, "cabinet": 8081}


@click.command("sandbox", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def sandbox(*, arguments: tuple[str, ...]) -> None:
    """Run a stand-in for the TV partner; its options: `olltv sandbox --help`."""
    _become("sandbox.ispapi", *arguments)


@click.command("worker", cls=Command)
@pass_console
def worker(console: Console) -> None:
    """Run the worker: tells the partner what has changed and does the scheduled jobs."""
    console.olltv()
    _settle(console)
    _become("cron.scheduler")


@click.command("serve", cls=Command)
@click.option(
    "--billing", "app", flag_value="billing", default="billing", help="The panel and the RemoteAPI (the default)."
)
@click.option("--cabinet", "app", flag_value="cabinet", help="The subscribers' cabinet.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port; 8080 for the billing, 8081 for the cabinet.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 256), help="Processes.")
@pass_console
def serve(console: Console, *, app: str, host: str, port: int | None, workers: int) -> None:
    """Serve the billing or the cabinet over HTTP with gunicorn."""
    if app == "billing":
        console.ready()
    _settle(console)
    bind = f"{host}:{port or PORTS[app]}"
    _become("gunicorn", "-c", "cron/web.py", "--bind", bind, "--workers", str(workers), f"wsgi:{app}")


def _settle(console: Console) -> None:
    """Hand --config on to the process and go where its modules are."""
    if chosen := console.directory or os.environ.get(DIRECTORY_VARIABLE):
        os.environ[DIRECTORY_VARIABLE] = str(Path(chosen).resolve())
    os.chdir(PROJECT)


def _become(module: str, *arguments: str) -> NoReturn:
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606
