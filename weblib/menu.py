"""What a module adds to the panel's menu."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the menu. `text` is marked for translation; `rights`: one of them is wanted, as by the page itself.

    `section` gathers entries; `place` orders them inside of it.
    """

    endpoint: str
    text: str
    icon: str
    section: str
    place: int = 0
    rights: tuple[str, ...] = ()
