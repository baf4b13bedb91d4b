"""Each media server tells the handler of its viewers, on a timer of its own."""

import logging
import threading

from .mediaserver import MediaServer
from .place import Place

logger = logging.getLogger(__name__)


class Timer(threading.Thread):
    """Lets one server report until it is stopped; the first time after `delay_s`."""

    def __init__(self, place: Place, number: int, delay_s: float) -> None:
        super().__init__(daemon=True, name=f"timer {number + 1}")
        self._place, self._number, self._delay_s = place, number, delay_s
        self._over = threading.Event()

    @property
    def _server(self) -> MediaServer:
        return self._place.servers[self._number]  # another one after a reset

    def run(self) -> None:
        wait_s = self._delay_s
        while not self._over.wait(wait_s):
            try:
                self._server.report()
            except Exception:
                logger.exception("%s could not report", self._server.name)
            wait_s = self._place.config.interval_s

    def stop(self) -> None:
        self._over.set()
        self.join()


def timers(place: Place) -> list[Timer]:
    """One for each server; they do not all report at once."""
    apart_s = place.config.interval_s / len(place.servers)
    return [Timer(place, number, min(apart_s * (number + 1), apart_s + number)) for number in range(len(place.servers))]
