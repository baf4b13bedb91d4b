"""Patterns of stream names: `*` stands for anything, everything else for itself."""

import re
from collections.abc import Callable
from functools import lru_cache

from billing.errors import InvalidInput
from ppv_module.streams.rights.models import Pattern

LONGEST = {"vhost": 150, "application": 150, "stream": 250}


def checked_pattern(**parts: str) -> dict[str, str]:
    """The parts as they are kept; an empty one is `*`.

    :raises InvalidInput: a part is too long, or has characters that no name has; `field` names it
    """
    return {field: _checked(field, text) for field, text in parts.items()}


def _checked(field: str, text: str) -> str:
    kept = re.sub(r"\*+", "*", text.strip()) or "*"
    if len(kept) > LONGEST[field] or not kept.isprintable():
        raise InvalidInput(field=field, value=text)
    return kept


def fits(pattern: Pattern, *, vhost: str, application: str, stream: str) -> bool:
    """Whether the pattern means this stream."""
    matches = _matcher(pattern.vhost), _matcher(pattern.application), _matcher(pattern.stream)
    return all(match(name) for match, name in zip(matches, (vhost, application, stream), strict=True))


@lru_cache(maxsize=4096)
def _matcher(pattern: str) -> Callable[[str], object]:
    expression = ".*".join(re.escape(part) for part in pattern.split("*"))
    return re.compile(expression, re.DOTALL).fullmatch
