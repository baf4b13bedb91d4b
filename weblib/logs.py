"""Structured logs: one line an event, `key=value` for people and grep or JSON for collectors, without secrets.

Everything goes the same way, the lines of the standard library (Werkzeug, gunicorn, SQLAlchemy) too.
"""

import fcntl
import logging
import os
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

FILE_BYTES = 10_000_000
FILES_KEPT = 10
MASK = "***"

SECRET_NAME = re.compile(r"passw|hash|token|authorization|secret|cookie|key$", re.IGNORECASE)
SECRETS_IN_TEXT = [
    (re.compile(r"(\b(?:Bearer|Basic)\s+)[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\1{MASK}"),
    (re.compile(r"(://[^:/?#\s@]+:)[^@\s/]+(?=@)"), rf"\1{MASK}"),
    (re.compile(r"([\w-]*key=)[^&\s\"';]+", re.IGNORECASE), rf"\1{MASK}"),
    (
        re.compile(
            r"([\w-]*(?:passw(?:or)?d|hash|token|authorization|secret|cookie)[\"']?\s*[=:]\s*[\"']?)"
            r"(?!(?:Bearer|Basic)\s)[^&\s\"';,}]+",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
]
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
"""A caller could write these to forge lines or to repaint a terminal; newline and tab are left to the renderer."""

SUSPICIOUS = re.compile(rf"[=:]|(?:Bearer|Basic)\s|{CONTROLS.pattern}", re.IGNORECASE)
"""A text without any of these holds neither a secret nor a control and need not be searched further."""


def configure_logs(
    *,
    process: str,
    directory: Path | None = None,
    style: Literal["logfmt", "json"] = "logfmt",
    level: str = "INFO",
    stream: TextIO | None = None,
) -> None:
    """Send all logs of this process to `stream` (stderr) and to `directory/<process>.log` when a directory is given.

    Call it once, first thing; a second call replaces the first one's set-up.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _naming(process),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    formatter = OnceFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, mask_secrets, _renderer(style)],
    )
    _install(_handlers(process, directory, stream or sys.stderr), formatter, level)


def _naming(process: str) -> Processor:
    def add_process(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    return add_process


def _renderer(style: Literal["logfmt", "json"]) -> Processor:
    if style == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    first = ("timestamp", "level", "process", "event", "request_id")
    return structlog.processors.LogfmtRenderer(key_order=first, drop_missing=True, bool_as_flag=False)


def _handlers(process: str, directory: Path | None, stream: TextIO) -> list[logging.Handler]:
    handlers: list[logging.Handler] = [logging.StreamHandler(stream)]
    if directory:
        directory.mkdir(parents=True, exist_ok=True)
        handlers.append(SharedRotatingFile(directory / f"{process}.log"))
    return handlers


def _install(handlers: list[logging.Handler], formatter: logging.Formatter, level: str) -> None:
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        handler.setFormatter(formatter)
        root.addHandler(handler)
    root.setLevel(level)
    for name in ("gunicorn.error", "gunicorn.access"):  # they come with handlers of their own, which mask nothing
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # it repeats every request with its query string


class OnceFormatter(structlog.stdlib.ProcessorFormatter):
    """Writes each record once, though the file's size check, the file and the terminal all ask for its text."""

    def format(self, record: logging.LogRecord) -> str:
        text: str | None = getattr(record, "formatted_once", None)
        if text is None:
            text = record.formatted_once = super().format(record)
        return text


class SharedRotatingFile(RotatingFileHandler):
    """A rotating file that several processes write: one of them rotates, the others follow. Made at its first line."""

    def __init__(self, path: Path, *, max_bytes: int = FILE_BYTES, kept: int = FILES_KEPT) -> None:
        super().__init__(path, maxBytes=max_bytes, backupCount=kept, encoding="utf-8", delay=True)

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        return super()._open()

    def shouldRollover(self, record: logging.LogRecord) -> bool:
        """Is the present file full? If another process has begun a new one, that is the present file."""
        self._follow()
        return bool(super().shouldRollover(record))

    def doRollover(self) -> None:
        """Rotate, unless another process has done it since we looked."""
        with open(f"{self.baseFilename}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self._follow():
                super().doRollover()

    def _follow(self) -> bool:
        """Open the present file if ours was rotated away; says whether it was."""
        with suppress(FileNotFoundError):  # the other process is between its two steps: opening makes the new file
            if self.stream and os.path.samestat(os.stat(self.baseFilename), os.fstat(self.stream.fileno())):
                return False
        if self.stream:
            self.stream.close()
        self.stream = self._open()
        return True


def mask_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace what must not be kept: values under telling names, and secrets inside texts."""
    return {name: value if name == "timestamp" else masked(value, name) for name, value in event.items()}


def masked(value: object, name: str = "") -> object:
    """`value` as a log may keep it; containers are searched, objects are kept as their text."""
    if value and _is_secret(name):
        return MASK
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): masked(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(item) for item in value]
    return scrubbed(str(value))


@lru_cache(maxsize=1000)
def _is_secret(name: str) -> bool:
    return SECRET_NAME.search(name) is not None


def scrubbed(text: str) -> str:
    """`text` without the secrets that URLs, headers and error messages carry."""
    if not SUSPICIOUS.search(text):
        return text
    for pattern, replacement in SECRETS_IN_TEXT:
        text = pattern.sub(replacement, text)
    return CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
