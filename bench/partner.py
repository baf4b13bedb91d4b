"""A partner who agrees to every call, each after the same time, at next to no cost: `python -m bench.partner`.

Prints its port, then serves until its standard input ends.
"""

import asyncio
import sys

LATENCY_S = 0.05


def _http(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


HASH = _http(b'{"status":0,"hash":"bench-hash"}')
YES = _http(b'{"status":0,"data":1}')


class Conversation(asyncio.Protocol):
    """One kept-alive connection; its requests come one after the other."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._received = transport, b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, blank, body = self._received.partition(b"\r\n\r\n")
        if not blank or len(body) < _length(head):
            return
        self._received = b""
        answer = HASH if b"/auth2 " in head else YES
        asyncio.get_running_loop().call_later(LATENCY_S, self._transport.write, answer)


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n")[0] or 0)


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Conversation, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve())
