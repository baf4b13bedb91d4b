"""Copy what the pages load from `frontend/node_modules` into `weblib/static/vendor`, with its licences.

    python -m tools.vendor      after `npm ci` in frontend/; `make vendor` does both

Files are copied as their authors published them. The icons that `frontend/icons.txt` names are laid into one file.
"""

import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.sources import ROOT

FRONTEND = ROOT / "frontend"
MODULES = FRONTEND / "node_modules"
VENDOR = ROOT / "weblib" / "static" / "vendor"

HEADING = """# Front-end files of others

Written by `make vendor`. The versions are those of `frontend/package-lock.json`.
"""
OUTLINE = 'viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round"'
BOUNDS = '<path stroke="none" d="M0 0h24v24H0z" fill="none" />'


@dataclass(frozen=True, kw_only=True)
class Package:
    """An npm package, the files here that hold its work, and where its licence is written."""

    name: str
    files: tuple[str, ...]
    licence: Path


PACKAGES = (
    Package(
        name="@tabler/core",
        files=("tabler.min.css",),
        licence=FRONTEND / "licences" / "tabler-core.txt",  # the package brings none
    ),
    Package(name="@tabler/icons", files=("icons.svg",), licence=MODULES / "@tabler/icons/LICENSE"),
    Package(name="chart.js", files=("chart.umd.min.js",), licence=MODULES / "chart.js/LICENSE.md"),
    Package(name="@kurkle/color", files=("chart.umd.min.js",), licence=MODULES / "@kurkle/color/LICENSE.md"),
    Package(name="htmx.org", files=("htmx.min.js",), licence=MODULES / "htmx.org/LICENSE"),
)
COPIED = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "chart.umd.min.js": "chart.js/dist/chart.umd.min.js",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
}


def vendored() -> dict[str, bytes]:
    """Every file of the vendor folder, as the lock says it must be.

    :raises FileNotFoundError: `npm ci` was not run, or there is no such icon
    """
    copied = {name: (MODULES / path).read_bytes() for name, path in COPIED.items()}
    return copied | {"icons.svg": sprite(icon_names()).encode(), "LICENSES.md": licences().encode()}


def icon_names() -> list[str]:
    """The icons that pages may use."""
    return (FRONTEND / "icons.txt").read_text().split()


def sprite(names: Iterable[str]) -> str:
    """One SVG file with a symbol for each icon; the page decides colour and thickness of the lines."""
    symbols = "\n".join(_symbol(name) for name in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'


def _symbol(name: str) -> str:
    drawing = (MODULES / "@tabler/icons/icons/outline" / f"{name}.svg").read_text()
    shapes = re.sub(r".*?<svg[^>]*>|</svg>", "", drawing, flags=re.DOTALL).replace(BOUNDS, "")
    return f'<symbol id="{name}" {OUTLINE}>{"".join(line.strip() for line in shapes.splitlines())}</symbol>'


def licences() -> str:
    """What is vendored, in which version and under which licence."""
    return "\n".join([HEADING, *(_entry(package) for package in PACKAGES)])


def _entry(package: Package) -> str:
    about = json.loads((MODULES / package.name / "package.json").read_text())
    files = ", ".join(f"`{name}`" for name in package.files)
    text = package.licence.read_text().strip()
    return f"## {package.name} {about['version']} ({about['license']})\n\nIn {files}.\n\n```text\n{text}\n```\n"


def main() -> int:
    VENDOR.mkdir(parents=True, exist_ok=True)
    files = vendored()
    for path in VENDOR.iterdir():
        if path.name not in files:
            path.unlink()
    for name, content in files.items():
        (VENDOR / name).write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
