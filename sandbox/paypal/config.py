"""How a stand-in is set up."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one stand-in.

    A message that the shop does not take is sent again after each of `pauses_s`; `pending_s` lie between Pending and
    Completed. `control` opens `/control/`, which can do everything and asks for no password.
    """

    pauses_s: tuple[float, ...] = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
    pending_s: float = 3
    timeout_s: float = 10
    control: bool = False
