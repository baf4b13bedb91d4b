"""`python -m tools.tests`: every test, in two processes side by side, so that two cores have something to do.

With arguments one pytest runs with these. Coverage is measured where the core, the services and what moves money are
tested: they alone reach what is wanted of the named packages, and measuring would only slow browsers and pages down.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence

from tools.sources import ROOT

MEASURED = ("billing", "olltv", "ppv", "remoteapi", "running")
"""These folders of `tests/` take about as long as all the others together."""

PYTEST = (sys.executable, "-m", "pytest")
COVERED = (sys.executable, "-m", "coverage", "run", "--parallel-mode", "-m", "pytest")


def main() -> int:
    if arguments := sys.argv[1:]:
        return subprocess.run([*COVERED, *arguments], cwd=ROOT, check=False).returncode
    folders = sorted(path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name[0] != "_")
    others = [name for name in folders if name not in MEASURED]
    with tempfile.TemporaryFile() as output:
        beside = subprocess.Popen([*PYTEST, *_paths(others)], cwd=ROOT, stdout=output, stderr=output)
        here = subprocess.run([*COVERED, *_paths(MEASURED)], cwd=ROOT, check=False).returncode
        there = beside.wait()
        output.seek(0)
        sys.stdout.buffer.write(output.read())
        sys.stdout.flush()
    return here or there


def _paths(folders: Sequence[str]) -> list[str]:
    return [f"tests/{name}" for name in folders]


if __name__ == "__main__":
    sys.exit(main())
