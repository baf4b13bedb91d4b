"""A room with what is said in it, and a seat in it for everybody who is there."""

from collections import deque
from dataclasses import dataclass, field
from itertools import count

from .tokens import Card

STAFF = ("moderator", "admin")
PERFORMER = "performer"
FIRST_VIEWER = 10_000
"""A room's number is the tenant's id times this, plus the number of the performer whose room it is."""

KEPT_LINES = 100

PRIVATE, OVER, MOVED, KICKED, REFUSED = "private", "over", "moved", "kicked", "refused"
"""Why somebody has to go: she went private, the show is over, he is elsewhere now, he was sent out."""


@dataclass
class Seat:
    """One open page of one person. `away` says why he has to go; `credits` is what was last heard of his balance."""

    key: str
    card: Card
    room: int
    seen_at: float
    credits: int | None = None
    away: str = ""
    note: str = ""

    @property
    def is_performer(self) -> bool:
        return self.card.role == PERFORMER

    @property
    def is_staff(self) -> bool:
        return self.card.role in STAFF


@dataclass(frozen=True)
class Line:
    """Something said, or with an empty `who` something that happened."""

    number: int
    who: str
    text: str
    at: float


@dataclass
class Room:
    """`asked` is the seat that asks for a private show here; `pair` are performer and viewer while they are private.

    `told_at` is when the operator's server was last told of a private show here, `seen_at` when she was last there.
    """

    number: int
    lines: deque[Line] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))
    numbers: "count[int]" = field(default_factory=lambda: count(1))
    asked: str = ""
    pair: tuple[int, int] | None = None
    told_at: float | None = None
    seen_at: float | None = None

    def add(self, who: str, text: str, at: float) -> None:
        self.lines.append(Line(next(self.numbers), who, text, at))


def performer_of(room: int, webmaster_id: int) -> int | None:
    """Whose public room it is; None for the general chat and for rooms that nobody can guess."""
    number = room - webmaster_id * FIRST_VIEWER
    return number if 0 < number < FIRST_VIEWER else None


def is_private(room: int, webmaster_id: int) -> bool:
    return not 0 <= room - webmaster_id * FIRST_VIEWER < FIRST_VIEWER
