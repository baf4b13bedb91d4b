"""Who does something, and from where."""

from dataclasses import dataclass

GUEST = "guest"
"""How the event log names everything that comes through the legacy RemoteAPI."""


@dataclass(frozen=True)
class Actor:
    """`name` goes into the event log and the ledger; `address` is the caller's network address."""

    name: str
    address: str = "127.0.0.1"


WORKER = Actor("worker")
"""The suite itself: delivery, expiry, scheduled jobs."""
