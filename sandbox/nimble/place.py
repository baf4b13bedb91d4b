"""All media servers of this process."""

import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from .config import Config
from .faults import Faults
from .mediaserver import Answer, MediaServer
from .posting import Http, Post, nowhere
from .sessions import Stream


class Unknown(LookupError):
    """There is no such server."""


@dataclass
class Place:
    config: Config
    now: Callable[[], float] = time.time
    faults: Faults = field(default_factory=Faults)
    servers: list[MediaServer] = field(init=False)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Nobody watches, nothing is denied, nothing goes wrong."""
        self.faults.rules = []
        self.servers = [self._server(number) for number in range(self.config.servers)]

    def _server(self, number: int) -> MediaServer:
        post: Post = Http(self.config.handler) if self.config.handler else nowhere
        form = self.config.forms[number % len(self.config.forms)]
        return MediaServer(f"nimble-{number + 1}", form, self.config, self.now, post, self.faults)

    def server(self, name: str) -> MediaServer:
        """The server of this name, or of this number.

        :raises Unknown: there is none
        """
        found = [each for each in self.servers if name in (each.name, each.name.rpartition("-")[2])]
        if not found:
            raise Unknown(name)
        return found[0]

    def server_of(self, stream: Stream) -> MediaServer:
        """The one that a stream is on unless somebody asks for another: always the same."""
        return self.servers[zlib.crc32(stream.path.encode()) % len(self.servers)]

    def report(self, servers: list[MediaServer]) -> list[Answer]:
        """Let these servers tell the handler now, all at once; gives what it answered."""
        with ThreadPoolExecutor(max_workers=max(len(servers), 1)) as pool:
            return [answer for answers in pool.map(MediaServer.report, servers) for answer in answers]
