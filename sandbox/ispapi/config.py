"""How a sandbox partner is set up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .faults import FaultSettings
from .store import MEMORY

CATALOGUE = Path(__file__).with_name("catalogue.ini")


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one partner.

    `state` is a SQLite file or ":memory:"; `operators` maps login to password; `hash_ttl_s` is the life of a hash;
    `control` opens `/control/`, which can change everything and asks for no password.
    """

    state: str = MEMORY
    operators: Mapping[str, str] = field(default_factory=lambda: {"demo": "demo", "other": "other"})
    hash_ttl_s: float = 3600
    catalogue: Path = CATALOGUE
    faults: FaultSettings = field(default_factory=FaultSettings)
    control: bool = False
