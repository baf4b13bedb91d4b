"""Which files the checks look at."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def python_files(*, without: tuple[str, ...] = ()) -> list[Path]:
    """The project's Python files that git knows or would know, without those below the folders `without`."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = (ROOT / line for line in listed.stdout.splitlines())
    return [path for path in paths if path.exists() and path.relative_to(ROOT).parts[0] not in without]
