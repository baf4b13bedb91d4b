"""Command line: `python -m sandbox.ispapi --port 8082 --state var/sandbox.db`."""

import signal
import sqlite3
import threading
from pathlib import Path

import click

from .app import create_app
from .catalogue import CatalogueError
from .config import CATALOGUE, Config
from .faults import FaultError, FaultRule, FaultSettings
from .server import API_PATH, LOCALHOST, Server
from .store import MEMORY


@click.command(context_settings={"show_default": True})
@click.option("--host", default=LOCALHOST, help="Address to listen on.")
@click.option("--port", default=8082, type=click.IntRange(0, 65535), help="Port; 0 takes a free one.")
@click.option("--state", default=MEMORY, help="SQLite file that keeps the state.")
@click.option("--operator", "operators", multiple=True, default=["demo:demo", "other:other"], metavar="LOGIN:PASSWORD")
@click.option("--hash-ttl-s", default=3600.0, type=click.FloatRange(0), help="Life of a hash, seconds.")
@click.option("--catalogue", default=CATALOGUE, type=click.Path(path_type=Path), help="Bundles on offer.")
@click.option("--fault", "faults", multiple=True, metavar="METHOD:KIND=RATE", help="* stands for every method.")
@click.option("--seed", default=0, help="Seed of the faults' dice.")
@click.option("--latency-ms", default=0.0, type=click.FloatRange(0), help="Added to every call.")
@click.option("--delay-ms", default=2000.0, type=click.FloatRange(0), help="How late a delayed call is.")
@click.option("--hang-s", default=30.0, type=click.FloatRange(0), help="How long a hanging call is silent.")
@click.option("--control", is_flag=True, help="Open /control/, which changes everything without a password.")
def main(
    *,
    host: str,
    port: int,
    state: str,
    operators: tuple[str, ...],
    hash_ttl_s: float,
    catalogue: Path,
    faults: tuple[str, ...],
    seed: int,
    latency_ms: float,
    delay_ms: float,
    hang_s: float,
    control: bool,
) -> None:
    """Run a stand-in for the TV partner's ispAPI until SIGTERM or Ctrl-C."""
    try:
        rules = tuple(FaultRule.parse(text) for text in faults)
        config = Config(
            state=state,
            operators=_operators(operators),
            hash_ttl_s=hash_ttl_s,
            catalogue=catalogue,
            faults=FaultSettings(rules=rules, seed=seed, latency_ms=latency_ms, delay_ms=delay_ms, hang_s=hang_s),
            control=control,
        )
        app = create_app(config)
    except (CatalogueError, FaultError, sqlite3.Error, OSError) as error:
        raise click.ClickException(f"The sandbox cannot start: {error}") from error
    try:
        server = Server(app, host=host, port=port)
    except OSError as error:
        raise click.ClickException(f"The sandbox cannot listen on {host}:{port}: {error.strerror}") from error
    _serve(server)


def _operators(texts: tuple[str, ...]) -> dict[str, str]:
    operators = {}
    for text in texts:
        login, colon, password = text.partition(":")
        if not (login and colon and password):
            raise click.BadParameter(f"{text!r} must look like login:password", param_hint="--operator")
        operators[login] = password
    return operators


def _serve(server: Server) -> None:
    def stop(*_: object) -> None:
        threading.Thread(target=server.shutdown).start()  # shutdown waits for the loop that runs in this thread

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    click.echo(f"ispAPI sandbox: page {server.url}/, API {server.url}{API_PATH}")
    server.serve_forever(poll_interval=0.1)
    server.server_close()


if __name__ == "__main__":
    main()
