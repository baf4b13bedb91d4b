"""Command line: `python -m sandbox.paypal --port 8084 --control`."""

import os
import signal
import threading

import click
from werkzeug.serving import BaseWSGIServer

from .app import create_app
from .config import Config
from .server import LOCALHOST, WEBSCR, open_server, url_of


@click.command(context_settings={"show_default": True})
@click.option("--host", default=LOCALHOST, help="Address to listen on.")
@click.option("--port", default=8084, type=click.IntRange(0, 65535), help="Port; 0 takes a free one.")
@click.option("--pending-s", default=3.0, type=click.FloatRange(0), help="Between Pending and Completed, seconds.")
@click.option("--control", is_flag=True, help="Open /control/, which does everything without a password.")
def main(*, host: str, port: int, pending_s: float, control: bool) -> None:
    """Run a stand-in for PayPal until SIGTERM or Ctrl-C."""
    try:
        server = open_server(create_app(Config(pending_s=pending_s, control=control)), host=host, port=port)
    except OSError as error:
        raise click.ClickException(
            f"The sandbox cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}"
        ) from error
    _serve(server)


def _serve(server: BaseWSGIServer) -> None:
    def stop(*_: object) -> None:
        threading.Thread(target=server.shutdown).start()  # shutdown waits for the loop that runs in this thread

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    url = url_of(server)
    click.echo(f"PayPal sandbox: page {url}/, buyers and notices {url}{WEBSCR}")
    server.serve_forever(poll_interval=0.1)
    server.server_close()


if __name__ == "__main__":
    main()
