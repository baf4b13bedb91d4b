"""Values that staff type, as they are kept."""

from billing.errors import InvalidInput

MOST_SORT = 1_000_000


def checked_line(field: str, text: str, longest: int, *, may_be_empty: bool = False) -> str:
    """`text` in one line.

    :raises InvalidInput: it is empty or too long; `field` names it
    """
    line = " ".join(text.split())
    if len(line) > longest or not (line or may_be_empty):
        raise InvalidInput(field=field, value=text)
    return line


def check_number(field: str, value: int | None, least: int, most: int) -> None:
    """:raises InvalidInput: there is a value, and it is not between `least` and `most`; `field` names it"""
    if value is not None and not least <= value <= most:
        raise InvalidInput(field=field, value=value)
