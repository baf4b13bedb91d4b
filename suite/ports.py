"""The ports of the demonstration, checked before anything is started."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

HOST = "127.0.0.1"
"""Only this machine: the passwords of the demonstration are known to everybody."""

DEFAULTS = {
    "PORT_BILLING": "8080",
    "PORT_CABINET": "8081",
    "PORT_SANDBOX": "8082",
    "PORT_CHAT": "8083",
    "PORT_PAYPAL": "8084",
    "PORT_NIMBLE": "8085",
}


class BadPort(Exception):
    """A port cannot be used. `str()` is one line: the variable, what is wrong, the remedy."""


@dataclass(frozen=True)
class Ports:
    """Where the web processes listen: billing, cabinet, sandboxes of the partner, chat, PayPal and media servers."""

    billing: int
    cabinet: int
    sandbox: int
    chat: int
    paypal: int
    nimble: int

    @classmethod
    def of(cls, env: Mapping[str, str]) -> Self:
        """The ports that the variables of `DEFAULTS` name; made sure to be free.

        :raises BadPort: one is no port, is taken, or stands there twice
        """
        ports: dict[str, int] = {}
        for name, default in DEFAULTS.items():
            port = _number(name, env.get(name) or default)
            if port in ports.values():
                raise BadPort(f"{name}={port}: another process of the demonstration has this port; choose another")
            _require_free(name, port)
            ports[name] = port
        return cls(*ports.values())

    def url(self, port: int) -> str:
        """The address of the process on `port`."""
        return f"http://{HOST}:{port}/"


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 65535):
        raise BadPort(f"{name}={text} is no port; write a number from 1 to 65535")
    return int(text)


def _require_free(name: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that was just left is free
        try:
            probe.bind((HOST, port))
        except OSError as error:
            remedy = f"end the program that has it, or choose another: make run {name}=18080"
            raise BadPort(f"{name}={port} cannot be used ({error.strerror}); {remedy}") from error
