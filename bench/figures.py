"""What was measured, what it must be, and how both are shown."""

import os
import platform
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.statements import FILES

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


@dataclass(frozen=True)
class Figure:
    """The median of what was measured. Less is better unless it is said; without `must` it only informs."""

    what: str
    where: str
    measured: Sequence[float]
    unit: str = "x"
    must: float | None = None
    aim: float | None = None
    more_is_better: bool = False

    @property
    def value(self) -> float:
        return median(self.measured)

    @property
    def holds(self) -> bool:
        if self.must is None:
            return True
        return self.value >= self.must if self.more_is_better else self.value <= self.must

    def row(self) -> tuple[str, ...]:
        """Its line in the table; the least and the most show how noisy it was."""
        spread = f"{_short(min(self.measured))}–{_short(max(self.measured))}" if len(self.measured) > 1 else ""
        sign = "≥" if self.more_is_better else "≤"
        limits = [f"{sign} {_short(each)}" if each is not None else "" for each in (self.must, self.aim)]
        verdict = "" if self.must is None else "yes" if self.holds else "NO"
        return self.what, self.where, f"{_short(self.value)} {self.unit}", spread, *limits, verdict


def table(figures: Iterable[Figure]) -> str:
    """A Markdown table that also reads well in a terminal."""
    rows = [("what", "where", "median", "least–most", "must", "aim", "holds"), *(each.row() for each in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def machine() -> str:
    """The machine in one line."""
    model = re.search(r"^model name\s*:\s*(.+)$", _text("/proc/cpuinfo"), re.MULTILINE)
    system = re.search(r'^PRETTY_NAME="(.+)"$', _text("/etc/os-release"), re.MULTILINE)
    facts = [
        f"{os.cpu_count()} × {model[1] if model else platform.machine()}",
        system[1] if system else platform.system(),
    ]
    return ", ".join([*facts, f"Python {platform.python_version()}"])


def write(figures: Sequence[Figure], versions: str) -> None:
    """Put the table and the references' SQL on the page, between its markers."""
    parts = [f"Measured on {machine()}, {versions}.", table(figures)]
    for path in sorted(FILES.glob("*.*.sql")):
        parts.append(
            f"<details><summary><code>{path.name}</code></summary>\n\n```sql\n{path.read_text()}```\n\n</details>"
        )
    before, _, rest = PAGE.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(before + "\n\n".join([BEGIN, *parts, END]) + after)


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _text(path: str) -> str:
    return Path(path).read_text() if Path(path).exists() else ""
