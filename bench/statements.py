"""Reads the SQL files of the bench: statements with `:names`, each ended by a semicolon at the end of a line."""

import re
from pathlib import Path

FILES = Path(__file__).parent / "sql"


def sections(name: str) -> dict[str, list[str]]:
    """The statements of a file under the `-- section: ` line that they stand under; before the first one, ""."""
    found: dict[str, list[str]] = {"": []}
    _, *parts = re.split(r"^-- section: (\w+)\n", "-- section: _\n" + (FILES / name).read_text(), flags=re.MULTILINE)
    for title, text in zip(parts[::2], parts[1::2], strict=True):
        bare = re.sub(r"^ *--.*\n", "", text, flags=re.MULTILINE)
        found[title] = [each.strip() for each in re.split(r";\s*$", bare, flags=re.MULTILINE) if each.strip()]
    return found
