"""Command line: `python -m sandbox.html5chat --port 8083 --webmaster 1:PASSWORD`."""

import signal
import threading

import click

from sandbox.dice import FaultError
from sandbox.serving import LOCALHOST

from .config import REST_FORMS, Config
from .faults import Rule
from .server import Server


@click.command(context_settings={"show_default": True})
@click.option("--host", default=LOCALHOST, help="Address to listen on.")
@click.option("--port", default=8083, type=click.IntRange(0, 65535), help="Port; 0 takes a free one.")
@click.option(
    "--webmaster",
    "webmasters",
    multiple=True,
    required=True,
    envvar="CHAT_WEBMASTERS",
    metavar="ID:PASSWORD",
    help="A tenant.",
)
@click.option(
    "--hooks", multiple=True, metavar="[ID=]URL", envvar="CHAT_HOOKS", show_envvar=True, help="Where hooks go."
)
@click.option("--tick-s", default=60.0, type=click.FloatRange(0.1), help="How often a private show is told of.")
@click.option("--seat-s", default=15.0, type=click.FloatRange(1), help="Present for so long without being heard of.")
@click.option("--rest-token", default="rest-token", envvar="CHAT_REST_TOKEN", help="Opens the status calls.")
@click.option("--rest-form", default="array", type=click.Choice(REST_FORMS), help="How status calls answer.")
@click.option("--rest-fault", "faults", multiple=True, metavar="KIND=RATE", help="Failures of the status calls.")
@click.option("--listing", default="", help="Where people are sent who have to go.")
@click.option("--buttons", is_flag=True, help="Offer private shows and tips in the room itself.")
@click.option("--control", is_flag=True, help="Open /control/, which changes everything without a password.")
def main(
    *,
    host: str,
    port: int,
    webmasters: tuple[str, ...],
    hooks: tuple[str, ...],
    tick_s: float,
    seat_s: float,
    rest_token: str,
    rest_form: str,
    faults: tuple[str, ...],
    listing: str,
    buttons: bool,
    control: bool,
) -> None:
    """Run a stand-in for html5-chat.com until SIGTERM or Ctrl-C."""
    config = Config(
        webmasters=dict(_webmaster(text) for text in webmasters),
        hooks=dict(_hook(text) for text in hooks),
        rest_token=rest_token,
        rest_form=rest_form,
        tick_s=tick_s,
        seat_s=seat_s,
        listing=listing,
        buttons=buttons,
        control=control,
    )
    try:
        server = Server(config, host=host, port=port)
        server.place.faults.rules = [Rule.parse(text) for text in faults]
    except OSError as error:
        raise click.ClickException(f"The sandbox cannot listen on {host}:{port}: {error.strerror}") from error
    except FaultError as error:
        raise click.BadParameter(str(error), param_hint="--rest-fault") from error
    _serve(server)


def _webmaster(text: str) -> tuple[int, str]:
    number, _, password = text.partition(":")
    if not (number.isdecimal() and password):
        raise click.BadParameter(f"{text!r} must look like 1:password", param_hint="--webmaster")
    return int(number), password


def _hook(text: str) -> tuple[int, str]:
    number, equals, address = text.partition("=")
    if equals and number.isdecimal():
        return int(number), address
    if not text.startswith(("http://", "https://")):
        raise click.BadParameter(f"{text!r} is no address", param_hint="--hooks")
    return 0, text


def _serve(server: Server) -> None:
    def stop(*_: object) -> None:
        threading.Thread(target=server.stop).start()  # it waits for the loop that runs in this thread

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    click.echo(f"html5-chat sandbox: {server.url}/, rooms {server.url}/chat/ID/TOKEN")
    server.serve()


if __name__ == "__main__":
    main()
