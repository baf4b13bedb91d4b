"""Takes messages to the shop, and comes again as long as the shop does not take them."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import requests

from .config import Config

HEADERS = {
    "User-Agent": "PayPal IPN stand-in",
    "Content-Type": "application/x-www-form-urlencoded",
}


@dataclass
class Message:
    """One message; `sent` counts the tries, `taken` is whether the shop took it the last time."""

    raw: bytes
    url: str
    title: str
    sent: int = 0
    taken: bool = False
    answer: str = field(default="not sent")


class Postman:
    """Sends in threads of his own, so that nobody who pays has to wait for the shop."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._stop = threading.Event()
        self._busy: set[threading.Thread] = set()
        self._lock = threading.Lock()

    def send(self, messages: Sequence[Message], *, pause_s: float = 0) -> None:
        """Take messages to the shop in this order, with a pause in between; what is not taken comes again later."""
        thread = threading.Thread(target=self._go, args=(messages, pause_s), daemon=True)
        with self._lock:
            self._busy.add(thread)
        thread.start()

    def wait(self, timeout_s: float = 10) -> None:
        """Until everything that is on its way has been taken, or given up."""
        with self._lock:
            threads = list(self._busy)
        for thread in threads:
            thread.join(timeout_s)

    def stop(self) -> None:
        """Send nothing any more."""
        self._stop.set()

    def _go(self, messages: Sequence[Message], pause_s: float) -> None:
        waiting = []
        for number, message in enumerate(messages):
            if number and self._stop.wait(pause_s):
                return
            if not self._try(message):
                waiting.append(message)
        for pause in self._config.pauses_s:
            if not waiting or self._stop.wait(pause):
                break
            waiting = [each for each in waiting if not self._try(each)]
        with self._lock:
            self._busy.discard(threading.current_thread())

    def _try(self, message: Message) -> bool:
        message.sent += 1
        try:
            answer = requests.post(
                message.url,
                data=message.raw,
                headers=HEADERS,
                timeout=self._config.timeout_s,
                allow_redirects=False,
            )
            message.answer, message.taken = f"HTTP {answer.status_code}", answer.status_code == 200
        except requests.RequestException as error:
            message.answer, message.taken = type(error).__name__, False
        return message.taken
