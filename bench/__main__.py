"""`python -m bench`: measures and prints the table; with --write it also goes into docs/benchmarks.md."""

import argparse
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from bench import cabinet, delivery, fees, load, panel, signatures, syncs, ticks
from bench.figures import Figure, machine, table, write
from bench.seed import People
from tests import mariadb

WHAT = ["fees", "growth", "delivery"]
MANY, MILLION = 100_000, 1_000_000


def main() -> None:
    wanted = _arguments()
    found = list[Figure]()
    for figure in chain(_figures(wanted), _on_mariadb(wanted)):
        print(" ".join(figure.row()), file=sys.stderr, flush=True)
        found.append(figure)
    print(f"{machine()}, {_versions(wanted.db)}\n\n{table(found)}")
    if wanted.json:
        lines = [vars(each) | {"value": each.value, "holds": each.holds} for each in found]
        wanted.json.write_text(json.dumps(lines, indent=1))
    if wanted.write:
        write(found, _versions(wanted.db))
    sys.exit(0 if all(each.holds for each in found) else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    known = "fees, growth, delivery (these unless told), panel, cabinet, load, ticks, syncs, signatures"
    parser.add_argument("what", nargs="*", default=WHAT, help=known)
    parser.add_argument("--db", nargs="+", default=["sqlite", "mariadb"], choices=["sqlite", "mariadb"])
    parser.add_argument("--subscribers", type=int, default=MANY, help="of the monthly run")
    parser.add_argument("--million", action="store_true", help="measure a million subscribers instead")
    parser.add_argument("--scattered", action="store_true", help="their wallets in no order")
    parser.add_argument("--history", nargs="+", type=int, default=[0, 12], help="months of history")
    parser.add_argument("--rounds", type=int, default=3, help="months that are measured")
    parser.add_argument("--among", nargs=2, type=int, default=[10_000, MILLION], help="subscribers of the panel")
    parser.add_argument("--suspended", type=int, default=5000, help="subscribers of the delivery")
    parser.add_argument("--rate", type=int, default=200, help="requests a second of the load")
    parser.add_argument("--seconds", type=int, default=60, help="of the load")
    parser.add_argument("--live", action="store_true", help="ticks, syncs: many at once for some minutes instead")
    parser.add_argument("--minutes", type=float, default=5, help="that they live")
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    return parser.parse_args()


def _figures(wanted: argparse.Namespace) -> Iterator[Figure]:
    for kind in wanted.db:
        yield from _monthly(kind, wanted)
        if "delivery" in wanted.what:
            yield from delivery.figures(kind, subscribers=wanted.suspended, rounds=1)
        if "cabinet" in wanted.what:
            yield from cabinet.figures(kind)
        if "ticks" in wanted.what and not wanted.live:
            yield from ticks.figures(kind, rounds=wanted.rounds)
        if "syncs" in wanted.what and not wanted.live:
            yield from syncs.figures(kind, rounds=wanted.rounds)
    if "signatures" in wanted.what:
        yield from signatures.figures(rounds=wanted.rounds)


def _monthly(kind: str, wanted: argparse.Namespace) -> Iterator[Figure]:
    many, histories = (MILLION, [0]) if wanted.million else (wanted.subscribers, wanted.history)
    people = [People(many, history, wanted.scattered) for history in histories]
    if "fees" in wanted.what:
        yield from fees.figures(kind, people, rounds=wanted.rounds)
    if "growth" in wanted.what:
        yield from fees.growth(kind, many // 10, many, rounds=wanted.rounds)


def _on_mariadb(wanted: argparse.Namespace) -> Iterator[Figure]:
    """What is measured on MariaDB only."""
    if "panel" in wanted.what:
        yield from panel.figures(*wanted.among)
    if "load" in wanted.what:
        yield from load.figures(wanted.rate, wanted.seconds)
    if "ticks" in wanted.what and wanted.live:
        yield from ticks.live(wanted.minutes)
    if "syncs" in wanted.what and wanted.live:
        yield from syncs.live(wanted.minutes)


def _versions(kinds: list[str]) -> str:
    """The databases, as they call themselves."""
    known = [f"SQLite {sqlite3.sqlite_version}"] if "sqlite" in kinds else []
    if "mariadb" in kinds:
        command = [mariadb.binary() or "mariadbd", "--version"]
        shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        known.append(f"MariaDB {shown.split('Ver ')[1].split('-')[0]}")
    return ", ".join(known)


if __name__ == "__main__":
    main()
