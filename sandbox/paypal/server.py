"""The HTTP server: werkzeug's, with a thread for each connection."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from .app import EXTENSION, create_app
from .bank import Bank
from .config import Config

LOCALHOST = "127.0.0.1"
WEBSCR = "/cgi-bin/webscr"


class _Handler(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """The page lists the payments; a second log would hold who has paid."""


def open_server(app: Flask, *, host: str = LOCALHOST, port: int = 0) -> BaseWSGIServer:
    """A server that listens; `serve_forever` answers. Port 0 takes a free one.

    :raises OSError: the address is taken or not ours
    """
    with socket.create_server((host, port)) as listening:  # werkzeug would end the process when it cannot
        return make_server(host, 0, app, threaded=True, request_handler=_Handler, fd=listening.fileno())


def url_of(server: BaseWSGIServer) -> str:
    host, port = server.socket.getsockname()[:2]
    return f"http://{host}:{port}"


@contextmanager
def serve_in_thread(config: Config, port: int = 0) -> Iterator[str]:
    """A real server for the time of a `with` block; gives its address, `http://127.0.0.1:PORT`."""
    app = create_app(config)
    server = open_server(app, port=port)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield url_of(server)
    finally:
        bank: Bank = app.extensions[EXTENSION]
        bank.postman.stop()
        server.shutdown()
        thread.join()
        server.server_close()
