"""How far a long command is: a bar on a terminal, a plain line for each tenth otherwise."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console as Terminal
from rich.progress import Progress

Steps = Callable[[int], None]
"""Takes how much is done, in percent."""

LINE_EVERY_PERCENT = 10


@contextmanager
def progress(text: str, *, silent: bool = False) -> Iterator[Steps]:
    """Show `text` and how far it is, on stderr, so that the answer stays clean."""
    if silent:
        yield lambda _percent: None
    elif sys.stderr.isatty():
        with Progress(console=Terminal(stderr=True), transient=True) as bar:
            task = bar.add_task(text, total=100)
            yield lambda percent: bar.update(task, completed=percent)
    else:
        yield _lines(text)


def _lines(text: str) -> Steps:
    last = 0

    def step(percent: int) -> None:
        nonlocal last
        if percent - last >= LINE_EVERY_PERCENT:
            last = percent - percent % LINE_EVERY_PERCENT
            click.echo(f"{text}: {last} %", err=True)

    return step
