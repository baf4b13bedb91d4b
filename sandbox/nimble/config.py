"""How the sandbox's media servers are set up."""

from dataclasses import dataclass, field

JSON, XML = "json", "xml"
FORMS = (JSON, XML)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Settings of all media servers of one process.

    `handler` is the address that they post to; without one they tell nobody. `token` is what they share with it, `key`
    is the password that links are signed with. Servers speak `forms` in turn. `tolerance_s` prolongs a link at both of
    its ends. A segment lasts `segment_s`; who asks for none for `idle_s` has left. `control` opens `/control/`, which
    can change everything and asks for no password.
    """

    handler: str = ""
    servers: int = 2
    token: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    interval_s: float = 30
    forms: tuple[str, ...] = FORMS
    tolerance_s: float = 60
    segment_s: float = 2
    idle_s: float = 6
    control: bool = False
