"""Who has television: asked of whatever sells it, since this module knows no other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, false, literal, select
from sqlalchemy.orm import Session


def _nobody(_tariffs: Sequence[int]) -> Select[tuple[str]]:
    return select(literal("")).where(false())


def _nothing(_session: Session) -> Sequence[tuple[int, str]]:
    return ()


@dataclass(frozen=True)
class Packages:
    """`holders` selects the logins with a running subscription to one of these television tariffs (none: any main).

    `titles` gives the number and the name of each television tariff there is.
    """

    holders: Callable[[Sequence[int]], Select[tuple[str]]] = _nobody
    titles: Callable[[Session], Sequence[tuple[int, str]]] = _nothing
