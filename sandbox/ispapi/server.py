"""The HTTP server: a thread for each connection, connections kept alive, nothing else.

Flask's own development server closes every connection after one answer, which costs a client a new TCP (and often TLS)
handshake for each call. This one speaks plain HTTP/1.1 and can also cut a connection when a fault asks for it.
"""

import io
import socket
import socketserver
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask
from werkzeug.wrappers import Response

from .app import EXTENSION, create_app
from .config import Config
from .mischief import CUT
from .partner import Partner

LOCALHOST = "127.0.0.1"
API_PATH = "/ispAPI/"
_IDLE_S = 75
_MAX_BODY_BYTES = 256 * 1024 * 1024  # a seed of a million users fits
_POLL_S = 0.05


class _Handler(BaseHTTPRequestHandler):
    """Turns HTTP/1.1 requests of one connection into WSGI calls."""

    protocol_version = "HTTP/1.1"
    server_version = "ispAPI-sandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    timeout = _IDLE_S
    server: "Server"
    _is_cut = False

    def serve(self) -> None:
        """Answer one request."""
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not length.isdecimal():
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
            return
        if int(length) > _MAX_BODY_BYTES:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        environ = self._environ(self.rfile.read(int(length)))
        response = Response.from_app(self.server.app, environ, buffered=True)
        if not self._is_cut:
            self._send(response)

    do_GET = do_HEAD = do_POST = do_DELETE = serve

    def _cut(self) -> None:
        self._is_cut = self.close_connection = True

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        environ = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": self.client_address[0],
            "SERVER_NAME": LOCALHOST,
            "SERVER_PORT": str(self.server.server_address[1]),
            "SERVER_PROTOCOL": self.request_version,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            CUT: self._cut,
        }
        for name, value in self.headers.items():
            environ.setdefault("HTTP_" + name.upper().replace("-", "_"), value)
        return environ

    def _send(self, response: Response) -> None:
        """One packet for a small answer: head and body are written together."""
        body = response.get_data()
        response.headers.setdefault("Content-Length", str(len(body)))
        if self.close_connection:
            response.headers["Connection"] = "close"
        lines = [f"HTTP/1.1 {response.status}", f"Date: {self.date_time_string()}"]
        lines += [f"{name}: {value}" for name, value in response.headers.items()]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        self.wfile.write(head if self.command == "HEAD" else head + body)

    def log_message(self, *args: object) -> None:
        """The page lists the calls; a second log would only hold what must not be logged."""


class Server(ThreadingHTTPServer):
    """Serves one application; `server_close` also ends the kept-alive connections."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, app: Flask, *, host: str = LOCALHOST, port: int = 0) -> None:
        """:raises OSError: the address is taken or not ours"""
        self.app = app
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        super().__init__((host, port), _Handler)

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # HTTPServer would ask the DNS for the name of the host

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error of ours."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def server_close(self) -> None:
        """Close the port, the open connections and the partner's state."""
        super().server_close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):  # the client may have closed it at this very moment
                    connection.shutdown(socket.SHUT_RDWR)
        partner: Partner = self.app.extensions[EXTENSION]
        partner.close()


@contextmanager
def serve_in_thread(config: Config, port: int = 0) -> Iterator[str]:
    """A real server for the time of a `with` block; gives the base URL of its API, `http://127.0.0.1:PORT/ispAPI/`."""
    server = Server(create_app(config), port=port)
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_S,), daemon=True)
    thread.start()
    try:
        yield server.url + API_PATH
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
