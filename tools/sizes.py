"""Sizes a reader can hold: at most 300 lines a file and 50 lines a function (its docstring not counted)."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.sources import ROOT, python_files

FILE_LINES = 300
FUNCTION_LINES = 50


def too_long(path: Path) -> Iterator[str]:
    """One line for the file and for each of its functions that is too long."""
    source, name = path.read_text(), path.relative_to(ROOT)
    lines = source.count("\n")
    if lines > FILE_LINES:
        yield f"{name}: {lines} lines, at most {FILE_LINES}"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1 - _docstring_lines(node)
            if length > FUNCTION_LINES:
                yield f"{name}:{node.lineno}: {node.name} has {length} lines, at most {FUNCTION_LINES}"


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return (first.end_lineno or first.lineno) - first.lineno + 1 if is_docstring else 0


def main() -> int:
    found = [line for path in python_files(without=("tests", "migrations", "bench")) for line in too_long(path)]
    sys.stderr.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
