"""How a sandbox chat is set up."""

from collections.abc import Mapping
from dataclasses import dataclass, field

REST_FORMS = ("array", "object", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Settings of one chat server.

    `webmasters` maps a tenant's id to his password. `hooks` maps a tenant's id to the address that his hooks are posted
    to; 0 stands for all others. `tick_s` is how often a private show is told of, `seat_s` how long somebody counts as
    present who is not heard of, `away_s` how long both stay after a show. `buttons` offers private shows and tips in
    the room itself. `control` opens `/control/`, which can change everything and asks for no password.
    """

    webmasters: Mapping[int, str]
    hooks: Mapping[int, str] = field(default_factory=dict)
    rest_token: str = "rest-token"  # noqa: S105 (for a sandbox)
    rest_form: str = "array"
    tick_s: float = 60
    seat_s: float = 15
    away_s: float = 5
    listing: str = ""
    buttons: bool = False
    control: bool = False
