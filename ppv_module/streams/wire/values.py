"""Single values as servers write them: text that may be a number, numbers that may be text."""

import re
from typing import Any

WHOLE = re.compile(r"[0-9]{1,19}(?:\.0{1,18})?", re.ASCII)
LARGEST = 2**63 - 1
LONGEST_ID = 64
NOT_IN_IDS = re.compile(r"[^A-Za-z0-9._\-:@]", re.ASCII)


def whole(value: Any) -> int | None:
    """The whole number that `value` is or spells, exactly; a missing one is 0. None: it is no such number."""
    if value is None:
        return 0
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 <= value <= LARGEST else None
    if isinstance(value, float):
        return int(value) if value.is_integer() and 0 <= value <= 2**53 else None
    if isinstance(value, str) and WHOLE.fullmatch(value.strip()):
        number = int(value.strip().partition(".")[0])
        return number if number <= LARGEST else None
    return None


def text(value: Any) -> str | None:
    """Text, or a number as its digits; None where there is nothing or something else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def is_usable_id(name: str) -> bool:
    """Whether `name` may be in a signed link: at most 64 of letters, digits and `. _ - : @`. Empty is anonymous."""
    return len(name) <= LONGEST_ID and not NOT_IN_IDS.search(name)
