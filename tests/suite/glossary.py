"""`docs/glossary.md` as tests use it: which words a text has to have, and which it must not."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

GLOSSARY = Path(__file__).resolve().parents[2] / "docs" / "glossary.md"
ENDS = "·"
LANGUAGES = {"Ukrainian": "uk", "Russian": "ru"}
Table = list[dict[str, str]]


def tables() -> Iterator[Table]:
    """Every table of the page, its rows by the names of its columns."""
    for block in re.findall(r"(?:^\|.*\n)+", GLOSSARY.read_text(), re.MULTILINE):
        head, _line, *rows = [[cell.strip() for cell in row.strip("|\n").split("|")] for row in block.splitlines()]
        yield [dict(zip(head, row, strict=True)) for row in rows]


def words(cell: str) -> list[str]:
    return [word for each in cell.split(",") if (word := each.strip())]


def pattern(found: Sequence[str]) -> re.Pattern[str]:
    """Finds any of `found`, whole words; behind a dot any ending may follow."""
    stems = [r"\s+".join(re.escape(part).replace(ENDS, r"[\w’]*") for part in each.split()) for each in found]
    return re.compile(rf"(?<![\w’])(?:{'|'.join(stems)})(?![\w’])", re.IGNORECASE)


@dataclass(frozen=True)
class Term:
    """One thing and its words; a text with `english` has to have one of `stems` by language."""

    english: str
    asked: re.Pattern[str]
    stems: dict[str, list[str]]

    def is_used(self, lang: str, text: str) -> bool:
        return bool(pattern(self.stems[lang]).search(text))


def terms() -> list[Term]:
    """The terms that texts are held to: those that are not in italics."""
    rows = [row for table in tables() for row in table if "English" in row and "not in Ukrainian" in row]
    checked = [row for row in rows if not row["English"].startswith("*")]
    return [
        Term(row["English"], _english(row["English"]), {code: words(row[name]) for name, code in LANGUAGES.items()})
        for row in checked
    ]


def faults() -> dict[str, re.Pattern[str]]:
    """What no text may have, by language."""
    found: dict[str, list[str]] = {code: [] for code in LANGUAGES.values()}
    for row in [row for table in tables() for row in table]:
        for name, code in LANGUAGES.items():
            for column in (f"not in {name}", f"{name}, wrong"):
                found[code] += words(row.get(column, ""))
    return {code: pattern(each) for code, each in found.items()}


def _english(cell: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(re.escape(each) for each in words(cell))})s?(?![\w-])", re.IGNORECASE)
