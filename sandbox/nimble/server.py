"""The HTTP server: a thread for each connection, and a timer for each media server."""

from contextlib import AbstractContextManager

from sandbox.serving import LOCALHOST, Served, in_thread

from .app import EXTENSION, create_app
from .config import Config
from .place import Place
from .ticking import timers


class Server(Served):
    """Serves the media servers of one process until `stop`."""

    def __init__(self, config: Config, *, host: str = LOCALHOST, port: int = 0, ticks: bool = True) -> None:
        """Without `ticks` nobody reports unless it is asked to.

        :raises OSError: the address is taken or not ours
        """
        app = create_app(config)
        self.place: Place = app.extensions[EXTENSION]
        super().__init__(app, host=host, port=port, tickers=timers(self.place) if ticks else [])


def serve_in_thread(config: Config, port: int = 0, *, ticks: bool = True) -> AbstractContextManager[Server]:
    """A real server for the time of a `with` block."""
    return in_thread(Server(config, port=port, ticks=ticks))
