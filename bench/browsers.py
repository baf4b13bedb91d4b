"""Browsers that ask for the same page again and again, at next to no cost: `python -m bench.browsers`.

Reads what to do as JSON from its standard input: `port`, `requests` (one a browser, as it goes over the wire) and
`seconds`. Each browser keeps its connection and asks as soon as it was answered. Prints how many answers there were by
`statuses` and how many `seconds` it took.
"""

import json
import selectors
import socket
import sys
from collections import Counter
from time import perf_counter

HOST = "127.0.0.1"


class Browser:
    """One kept-alive connection."""

    def __init__(self, port: int, request: bytes) -> None:
        self.socket = socket.create_connection((HOST, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request, self._received, self._missing = request, b"", 0

    def ask(self) -> None:
        self._received, self._missing = b"", 0
        self.socket.sendall(self._request)

    def listen(self) -> str | None:
        """The status once the whole answer is there.

        :raises ConnectionError: the server has hung up
        """
        got = self.socket.recv(262_144)
        if not got:
            raise ConnectionError("the server has hung up")
        if self._received:
            self._missing -= len(got)
        else:
            head, _, body = got.partition(b"\r\n\r\n")
            self._received = head
            self._missing = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]) - len(body)
        return self._received[9:12].decode() if self._missing <= 0 else None


def visit(port: int, requests: list[str], seconds: float) -> dict[str, object]:
    """Ask for `seconds`."""
    selector = selectors.DefaultSelector()
    for request in requests:
        browser = Browser(port, request.encode())
        selector.register(browser.socket, selectors.EVENT_READ, browser)
        browser.ask()
    statuses = Counter[str]()
    began = perf_counter()
    while (took := perf_counter() - began) < seconds:
        for key, _ in selector.select(1):
            status = key.data.listen()
            if status:
                statuses[status] += 1
                key.data.ask()
    for key in list(selector.get_map().values()):
        key.data.socket.close()
    return {"statuses": statuses, "seconds": took}


if __name__ == "__main__":
    print(json.dumps(visit(**json.load(sys.stdin))))
