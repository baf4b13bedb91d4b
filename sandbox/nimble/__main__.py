"""Command line: `python -m sandbox.nimble --port 8085 --handler http://127.0.0.1:8080/ppv/streams/sync`."""

import signal
import threading

import click

from sandbox.dice import FaultError
from sandbox.serving import LOCALHOST

from .config import FORMS, Config
from .faults import Rule
from .server import Server


@click.command(context_settings={"show_default": True})
@click.option("--host", default=LOCALHOST, help="Address to listen on.")
@click.option("--port", default=8085, type=click.IntRange(0, 65535), help="Port; 0 takes a free one.")
@click.option("--servers", default=2, type=click.IntRange(1, 100), help="How many media servers there are.")
@click.option("--handler", default="", metavar="URL", help="Where they report to; empty: nowhere.")
@click.option("--token", default="", envvar="NIMBLE_TOKEN", show_default=False, help="Token shared with the handler.")
@click.option("--key", default="", envvar="NIMBLE_KEY", show_default=False, help="Password that links are signed with.")
@click.option("--interval-s", default=30.0, type=click.FloatRange(0.1), help="How often each server reports.")
@click.option("--form", "forms", multiple=True, default=FORMS, type=click.Choice(FORMS), help="Forms, taken in turn.")
@click.option("--tolerance-s", default=60.0, type=click.FloatRange(0), help="Prolongs links at both ends.")
@click.option("--idle-s", default=6.0, type=click.FloatRange(3), help="Who asks for nothing for so long has left.")
@click.option("--fault", "faults", multiple=True, metavar="KIND=RATE", help="What goes wrong with messages.")
@click.option("--control", is_flag=True, help="Open /control/, which changes everything without a password.")
def main(
    *,
    host: str,
    port: int,
    servers: int,
    handler: str,
    token: str,
    key: str,
    interval_s: float,
    forms: tuple[str, ...],
    tolerance_s: float,
    idle_s: float,
    faults: tuple[str, ...],
    control: bool,
) -> None:
    """Run stand-ins for media servers until SIGTERM or Ctrl-C."""
    config = Config(
        handler=handler,
        servers=servers,
        token=token,
        key=key,
        interval_s=interval_s,
        forms=forms,
        tolerance_s=tolerance_s,
        idle_s=idle_s,
        control=control,
    )
    try:
        server = Server(config, host=host, port=port)
        server.place.faults.rules = [Rule.parse(text) for text in faults]
    except OSError as error:
        raise click.ClickException(f"The sandbox cannot listen on {host}:{port}: {error.strerror}") from error
    except FaultError as error:
        raise click.BadParameter(str(error), param_hint="--fault") from error
    _serve(server)


def _serve(server: Server) -> None:
    def stop(*_: object) -> None:
        threading.Thread(target=server.stop).start()  # it waits for the loop that runs in this thread

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    click.echo(
        f"media servers: {server.url}/, player {server.url}/player#LINK, streams {server.url}/live/NAME/clip.webm"
    )
    server.serve()


if __name__ == "__main__":
    main()
