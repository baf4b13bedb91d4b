"""How a module says who may use its routes; the door in front of them reads it and lets nobody else in."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint


@dataclass(frozen=True, kw_only=True)
class Area:
    """The routes of one blueprint. A caller needs a key with one of `scopes`.

    `subject`: and a token of the subscriber for whom he acts. `keeps_answers`: the answer to a POST is kept and given
    again to the same request. `errors`: statuses that its routes answer beside those of every route.
    """

    blueprint: Blueprint
    scopes: tuple[str, ...]
    subject: bool = False
    keeps_answers: bool = True
    errors: Sequence[int] = ()
