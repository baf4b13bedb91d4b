"""A law that import-linter cannot see: only `billing/ledger` writes ledger rows."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.sources import ROOT, python_files

LEDGER = ROOT / "billing" / "ledger"
LEDGER_MODELS = {"Account", "Transfer", "Hold"}
WRITES = {"insert", "update", "delete", "insert_missing"}
BALANCES = {"balance_minor", "held_minor", "floor_minor"}


def ledger_writes(path: Path) -> Iterator[str]:
    """Every place in `path` that writes a ledger row: a statement, a new row, a changed balance."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and _writes(node):
            yield f"{path.relative_to(ROOT)}:{node.lineno}: only billing/ledger may write ledger rows"
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if isinstance(node, ast.Assign | ast.AugAssign) and any(_is_balance(target) for target in targets):
            yield f"{path.relative_to(ROOT)}:{node.lineno}: only billing/ledger may change a balance"


def _writes(call: ast.Call) -> bool:
    name = _name(call.func)
    return name in LEDGER_MODELS or (name in WRITES and any(_name(each) in LEDGER_MODELS for each in call.args))


def _is_balance(target: ast.expr | None) -> bool:
    return isinstance(target, ast.Attribute) and target.attr in BALANCES


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def main() -> int:
    paths = [path for path in python_files(without=("tests", "bench", "migrations")) if LEDGER not in path.parents]
    found = [line for path in paths for line in ledger_writes(path)]
    sys.stderr.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
