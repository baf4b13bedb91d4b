"""The HTTP server: a thread for each connection, and a timer for each media server."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.serving import WSGIRequestHandler, make_server

from .app import EXTENSION, create_app
from .config import Config
from .place import Place
from .ticking import Timer, timers

LOCALHOST = "127.0.0.1"


class _Handler(WSGIRequestHandler):
    """Keeps connections open, and keeps no log: addresses hold signatures."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The page lists who watches; signed links must not be logged."""


class Server:
    """Serves the media servers of one process until `stop`."""

    def __init__(self, config: Config, *, host: str = LOCALHOST, port: int = 0, ticks: bool = True) -> None:
        """Without `ticks` nobody reports unless it is asked to.

        :raises OSError: the address is taken or not ours
        """
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        app = create_app(config)
        self.place: Place = app.extensions[EXTENSION]
        self._server = make_server(host, port, app, threaded=True, request_handler=_Handler)
        self._timers: list[Timer] = timers(self.place) if ticks else []
        self.url = f"http://{host}:{self._server.server_port}"

    def serve(self) -> None:
        """Until another thread calls `stop`."""
        for timer in self._timers:
            timer.start()
        self._server.serve_forever()

    def stop(self) -> None:
        self._server.shutdown()
        for timer in self._timers:
            timer.stop()
        self._server.server_close()


@contextmanager
def serve_in_thread(config: Config, port: int = 0, *, ticks: bool = True) -> Iterator[Server]:
    """A real server for the time of a `with` block."""
    server = Server(config, port=port, ticks=ticks)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()
