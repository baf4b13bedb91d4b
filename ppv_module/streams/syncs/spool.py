"""Bodies of messages as files: one each, on the disk before anything is done with it."""

import mmap
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

NAME = re.compile(r"(\d{8}T\d{6})-[0-9a-f]{32}(?:\.reply)?", re.ASCII)
STAMP = "%Y%m%dT%H%M%S"
REPLY = ".reply"
CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Spool:
    """A directory that only its owner may look into. Names of files are a time and chance, never input."""

    directory: Path

    def keep(self, body: bytes, at: datetime) -> str:
        """Store a body that came in at `at`; gives its name. It is on the disk, not only on its way there."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{at.astimezone(UTC).strftime(STAMP)}-{secrets.token_hex(16)}"
        with self._new(name) as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        self._sync_directory()
        return name

    def keep_reply(self, name: str, reply: bytes) -> None:
        """Store the beginning of what was answered beside the body `name`; losing it in a crash harms nobody."""
        with self._new(f"{name}{REPLY}") as file:
            file.write(reply)

    def read(self, name: str, most: int = -1) -> bytes | None:
        """The first `most` bytes of a body, all of it without that; None: it is kept no longer."""
        try:
            with self._path(name).open("rb") as file:
                return file.read(most)
        except FileNotFoundError:
            return None

    def read_reply(self, name: str) -> bytes | None:
        """What `keep_reply` stored."""
        return self.read(f"{name}{REPLY}")

    def size(self, name: str) -> int | None:
        """How many bytes a body has; None: it is kept no longer."""
        try:
            return self._path(name).stat().st_size
        except FileNotFoundError:
            return None

    def chunks(self, name: str) -> Iterator[bytes]:
        """A body piece by piece; nothing where it is kept no longer."""
        with suppress(FileNotFoundError), self._path(name).open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk

    def drop(self, name: str) -> None:
        """Remove a body with its reply; one that is gone already is no trouble."""
        for each in (self._path(name), self._path(f"{name}{REPLY}")):
            each.unlink(missing_ok=True)

    def before(self, instant: datetime) -> Iterator[str]:
        """Names of the bodies that came in before `instant`."""
        border = instant.astimezone(UTC).strftime(STAMP)
        for path in self.directory.glob("*") if self.directory.is_dir() else ():
            found = NAME.fullmatch(path.name)
            if found and found[1] < border and not path.name.endswith(REPLY):
                yield path.name

    def has(self, name: str, wanted: Sequence[bytes]) -> bool:
        """Whether one of these is somewhere in a body; no more of it is in memory than what is looked at."""
        with suppress(FileNotFoundError), self._path(name).open("rb") as file:
            if os.fstat(file.fileno()).st_size:
                with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as body:
                    return any(body.find(each) >= 0 for each in wanted)
        return False

    def _new(self, name: str) -> BinaryIO:
        number = os.open(self._path(name), os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        return os.fdopen(number, "wb")

    def _path(self, name: str) -> Path:
        """:raises ValueError: this is no name of a body"""
        if not NAME.fullmatch(name):
            raise ValueError("no name of a body")
        return self.directory / name

    def _sync_directory(self) -> None:
        number = os.open(self.directory, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
