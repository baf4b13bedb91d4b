"""A verifier of notices over real HTTP: it answers as it is told to, and remembers what it was asked."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Verifier:
    """`answer` is the body, None hangs up; `asked` are the bodies, `headers` what came with the last."""

    answer: bytes | None = b"VERIFIED"
    status: int = 200
    wait_s: float = 0
    asked: list[bytes] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    url: str = ""


@contextmanager
def verifying() -> Iterator[Verifier]:
    told = Verifier()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.asked.append(self.rfile.read(int(self.headers["Content-Length"])))
            told.headers = dict(self.headers)
            time.sleep(told.wait_s)
            if told.answer is None:
                return
            self.send_response(told.status)
            self.send_header("Location", told.url)
            self.send_header("Content-Length", str(len(told.answer)))
            self.end_headers()
            self.wfile.write(told.answer)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_address[1]}/cgi-bin/webscr"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
