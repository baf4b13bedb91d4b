"""The HTTP server of a stand-in: a thread for each connection, and whatever ticks beside it."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

LOCALHOST = "127.0.0.1"


class Ticking(Protocol):
    """Work of its own, in a thread."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


class _Handler(WSGIRequestHandler):
    """Keeps connections open, and keeps no log: addresses hold tokens and signatures."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The stand-in's page lists who is there; what lets people in must not be logged."""


class Served:
    """Serves one application until `stop`."""

    def __init__(self, app: Flask, *, host: str, port: int, tickers: Sequence[Ticking]) -> None:
        """:raises OSError: the address is taken or not ours"""
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = make_server(host, port, app, threaded=True, request_handler=_Handler)
        self._tickers = tickers
        self.url = f"http://{host}:{self._server.server_port}"

    def serve(self) -> None:
        """Until another thread calls `stop`."""
        for ticker in self._tickers:
            ticker.start()
        self._server.serve_forever()

    def stop(self) -> None:
        self._server.shutdown()
        for ticker in self._tickers:
            ticker.stop()
        self._server.server_close()


S = TypeVar("S", bound=Served)


@contextmanager
def in_thread(server: S) -> Iterator[S]:
    """A real server for the time of a `with` block."""
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()
