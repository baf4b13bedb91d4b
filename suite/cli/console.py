"""What every command stands on: the settings, the language, and where its answer goes."""

import getpass
import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property
from pathlib import Path

import click
from rich.console import Console as Terminal
from rich.table import Table

from billing.actors import Actor
from billing.errors import BillingError, Misconfigured
from billing.money import Money
from billing.periods import Month
from suite.cli.progress import Steps, progress
from suite.runtime import Runtime, build_runtime
from suite.settings import SuiteOptions
from suite.texts import project_catalogue, say, show
from weblib.i18n import NARROW_SPACE
from weblib.logs import configure_logs


@dataclass
class Console:
    """One command: `directory`, `asked_lang` and `as_json` are the options --config, --lang and --json."""

    directory: Path | None = None
    asked_lang: str | None = None
    as_json: bool = False

    @cached_property
    def runtime(self) -> Runtime:
        """:raises Misconfigured: the settings cannot be used"""
        configure_logs(process="olltv", level="WARNING")
        return build_runtime(self.directory)

    def ready(self) -> Runtime:
        """The runtime over a database that answers and has the schema of this program.

        :raises Misconfigured: with the remedy
        """
        self.runtime.check_database()
        return self.runtime

    def olltv(self) -> Runtime:
        """Like `ready`, where OllTV is switched on.

        :raises Misconfigured: it is not, or as `ready`
        """
        options = self.runtime.settings.olltv
        if not options.enabled:
            raise Misconfigured(what=f"{options.file}: OllTV is switched off; write OLLTV_ENABLED=1")
        return self.ready()

    @cached_property
    def actor(self) -> Actor:
        """Whoever is logged in on this machine."""
        return Actor(f"console:{getpass.getuser()}")

    @property
    def now(self) -> datetime:
        return self.runtime.clock()

    @property
    def lang(self) -> str:
        """The language that was asked for, else the operator's; his settings may be what is wrong."""
        if self.asked_lang:
            return self.asked_lang
        try:
            return self.runtime.settings.suite.lang
        except Misconfigured:
            return SuiteOptions.lang

    @property
    def zone(self) -> tzinfo:
        try:
            return self.runtime.settings.suite.zone
        except Misconfigured:
            return UTC

    def _(self, text: str, /, **facts: object) -> str:
        """`text` in the asked language, its places filled with amounts, months and times as people write them."""
        shown = {name: self.show(fact) for name, fact in facts.items()}
        return project_catalogue().gettext(self.lang, text, **shown)

    def ngettext_(self, singular: str, plural: str, number: int, /, **facts: object) -> str:
        """The form that `number` wants; it fills `%(num)s`."""
        shown = {name: self.show(fact) for name, fact in facts.items()}
        return project_catalogue().ngettext(self.lang, singular, plural, number, **shown)

    def show(self, fact: object) -> str:
        return show(fact, self.lang, zone=self.zone)

    def amount(self, minor: int) -> Money:
        """So many minor units of the operator's currency."""
        return Money(minor, self.runtime.billing.unit)

    def refusal(self, error: BillingError) -> str:
        """The sentence that tells what `error` refuses, on one line."""
        return " ".join(say(error, self.lang, zone=self.zone).splitlines())

    def answer(self, document: object, *lines: str) -> None:
        """The command's answer: with --json the document, else the lines."""
        if self.as_json:
            click.echo(json.dumps(document, ensure_ascii=False, default=plain))
            return
        for line in lines:
            click.echo(typed(line))

    def table(self, document: object, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Rows for people: a table on a terminal, else lines with tabs between the cells."""
        if self.as_json:
            self.answer(document)
        elif sys.stdout.isatty():
            table = Table(*heads)
            for row in rows:
                table.add_row(*row)
            Terminal().print(table)
        else:
            self.answer(document, *("\t".join(row) for row in rows))

    def remark(self, text: str) -> None:
        """Something beside the answer; it goes to stderr, so that the answer stays clean."""
        click.echo(typed(text), err=True)

    def fail(self, error: BillingError) -> None:
        """Tell a refusal: one line for people, and with --json a document too."""
        text = self.refusal(error)
        self.remark(text)
        if self.as_json:
            self.answer({"error": {"code": error.code, "text": text, "facts": error.facts}})

    def progress(self, text: str) -> AbstractContextManager[Steps]:
        """A bar on a terminal, plain lines otherwise, nothing with --json."""
        return progress(text, silent=self.as_json)


def typed(text: str) -> str:
    """`text` with the blanks that a keyboard has, so that it can be searched for."""
    return text.replace(NARROW_SPACE, " ")


def plain(value: object) -> object:
    """What JSON does not know by itself: amounts with their unit, instants in ISO 8601, records by their fields."""
    match value:
        case Money(minor=minor, unit=unit):
            return {"minor": minor, "unit": unit}
        case BillingError():
            return {"code": value.code, "facts": value.facts}
        case datetime() | date():
            return value.isoformat()
    if is_dataclass(value) and not isinstance(value, Month):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    return str(value)


pass_console = click.make_pass_decorator(Console, ensure=True)
