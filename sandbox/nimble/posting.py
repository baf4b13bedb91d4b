"""How messages reach the operator's handler."""

from collections.abc import Callable
from dataclasses import dataclass, field

import requests

TIMEOUT_S = 10

Post = Callable[[bytes, str], tuple[int, bytes]]
"""Posts a body of a content type; gives the status and the body of the answer, or raises `NoAnswer`."""


class NoAnswer(Exception):
    """Nobody answered. `arrived` says whether the message may have been taken all the same."""

    def __init__(self, what: str, *, arrived: bool) -> None:
        super().__init__(what)
        self.arrived = arrived


@dataclass
class Http:
    """Posts over HTTP; connections stay open."""

    handler: str
    session: requests.Session = field(default_factory=requests.Session)

    def __call__(self, body: bytes, content_type: str) -> tuple[int, bytes]:
        """:raises NoAnswer: nobody answered in time"""
        try:
            answer = self.session.post(
                self.handler,
                data=body,
                headers={"Content-Type": content_type},
                timeout=TIMEOUT_S,
                allow_redirects=False,
            )
        except requests.ConnectTimeout as error:
            raise NoAnswer(type(error).__name__, arrived=False) from error
        except requests.ConnectionError as error:
            # A connection that was refused has taken nothing; one that broke off may have.
            raise NoAnswer(type(error).__name__, arrived="NewConnectionError" not in str(error)) from error
        except requests.RequestException as error:
            raise NoAnswer(type(error).__name__, arrived=True) from error
        return answer.status_code, answer.content


def nowhere(_body: bytes, _content_type: str) -> tuple[int, bytes]:
    """Of a server that has no handler."""
    raise NoAnswer("no handler", arrived=False)
