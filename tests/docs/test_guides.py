"""The guides name only what is there: commands, options, error codes, metrics, files and other pages."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from prometheus_client import REGISTRY

import billing.ledger.audit
import cron.jobs
import olltv_module.audit
import ppv_module.chat.audit
import ppv_module.credits.audit
import userstats.settings
import weblib.ops
from billing.errors import BillingError
from olltv_module.options import OlltvOptions
from ppv_module.chat.earnings import payout_checks
from suite.cli import main
from suite.settings import DIRECTORY_VARIABLE, PROJECT, SuiteOptions, load_settings
from weblib.options import specs

DOCS = PROJECT / "docs"
INSTALL, OPERATIONS = (DOCS / name for name in ("install.md", "operations.md"))
GUIDES = [INSTALL, OPERATIONS]
FREE_FORM = {"sandbox"}
"""Hands its arguments on to another program."""

SHELL_BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
SNAKE = re.compile(r"`([a-z]+(?:_[a-z]+)+)`")


def shell_commands(guide: Path) -> Iterator[list[str]]:
    """The words of every whole `olltv` command in the shell blocks."""
    blocks = "\n".join(SHELL_BLOCK.findall(guide.read_text()))
    for line in re.findall(r"(?:^ *|\$\()olltv ([a-z][^)\n]*)", blocks, re.MULTILINE):
        yield shlex.split(line)


def mentions(guide: Path) -> Iterator[list[str]]:
    """The words of every `olltv` command that the text speaks of, arguments may be left out."""
    for text in re.findall(r"`olltv ([a-z][^`]*)`", guide.read_text()):
        yield shlex.split(text.replace("\n", " "))


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that `words` name, and what is left of them."""
    command: click.Command = main
    while isinstance(command, click.Group) and words:
        command, words = command.commands[words[0]], words[1:]
    return command, words


@pytest.mark.parametrize("guide", GUIDES, ids=lambda each: each.name)
def test_every_command_line_is_accepted(guide):
    lines = list(shell_commands(guide))
    assert len(lines) > 5
    for words in lines:
        command, rest = command_of(words)
        command.make_context(" ".join(words), rest, resilient_parsing=False).close()


@pytest.mark.parametrize("guide", GUIDES, ids=lambda each: each.name)
def test_every_command_and_option_that_is_mentioned_exists(guide):
    for words in mentions(guide):
        command, rest = command_of(words)
        known = {name for option in command.params for name in option.opts}
        named = {word for word in rest if word.startswith("--")}
        assert command.name in FREE_FORM or named <= known, words


@pytest.mark.parametrize("guide", GUIDES, ids=lambda each: each.name)
def test_every_option_of_the_ini_file_exists(guide):
    named = set(re.findall(r"\b(?:OLLTV|REMOTEAPI)_[A-Z_]*[A-Z]\b", guide.read_text()))
    assert named <= {spec.name for owner in (SuiteOptions, OlltvOptions) for spec in specs(owner)} | {
        DIRECTORY_VARIABLE
    }


def ini_of(name: str) -> str:
    """The ini file that install.md has the operator write."""
    return re.search(rf"cat > /etc/olltv/{name} <<EOF\n(.*?)^EOF", INSTALL.read_text(), re.DOTALL | re.MULTILINE)[1]


def test_the_ini_files_of_the_guide_are_good_and_leave_nothing_in_the_directory_above(tmp_path):
    (tmp_path / "alter.ini").write_text(ini_of("alter.ini").replace("$DB_PASSWORD", "secret"))
    (tmp_path / "userstats.ini").write_text(re.sub(r"\$\(.*\)", "key", ini_of("userstats.ini")))
    env = {DIRECTORY_VARIABLE: str(tmp_path)}

    settings, cabinet = load_settings(env=env), userstats.settings.load_settings(env)
    suite, olltv = settings.suite, settings.olltv
    olltv.require_partner()
    assert (suite.trusted_proxies, cabinet.trusted_proxies, suite.remoteapi_legacy) == (1, 1, False)
    for path in (suite.log_dir, suite.var_dir, suite.exports_dir, olltv.log, cabinet.log_dir):
        assert not path.is_relative_to(tmp_path.parent)


def slugs(page: Path) -> set[str]:
    """What links to the headings of a page end with."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda each: each.name)
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        goal = (page.parent / path).resolve() if path else page
        assert goal.exists(), target
        assert not anchor or anchor in slugs(goal), target


@pytest.mark.parametrize("guide", GUIDES, ids=lambda each: each.name)
def test_every_file_of_the_program_exists(guide):
    for path in re.findall(r"/opt/olltv/([\w./-]+)", guide.read_text()):
        assert path.startswith(".venv/bin/olltv") or list(PROJECT.glob(f"{path}*")), path


def section(title: str) -> str:
    """What stands under a heading of operations.md."""
    return OPERATIONS.read_text().partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def codes(kind: type[BillingError]) -> set[str]:
    return {kind.code}.union(*(codes(child) for child in kind.__subclasses__()))


def test_every_refusal_of_the_table_exists():
    rows = re.findall(r"^\| (`.*?) \|", section("Refusals"), re.MULTILINE)
    named = {code for row in rows for code in re.findall(r"`(\w+)`", row)}
    assert len(named) > 15
    assert named <= codes(BillingError)


def test_every_finding_of_the_audit_is_explained():
    modules = (billing.ledger.audit, olltv_module.audit, payout_checks, ppv_module.chat.audit, ppv_module.credits.audit)
    sources = [Path(module.__file__).read_text() for module in modules]
    known = {code for text in sources for code in re.findall(r'yield from findings\([^"]*"(\w+)"', text)}
    assert len(known) > 10
    assert set(SNAKE.findall(section("Audit"))) == known


def test_every_metric_of_the_table_exists():
    assert cron.jobs.QUEUE and weblib.ops.REQUESTS  # their import brings all
    known = {sample.name for metric in REGISTRY.collect() for sample in metric.samples}
    known |= {metric.name for metric in REGISTRY.collect()} | {f"{metric.name}_total" for metric in REGISTRY.collect()}
    rows = re.findall(r"^\| (`.*?) \|", section("Logs, metrics, alerts"), re.MULTILINE)
    named = {name for row in rows for name in SNAKE.findall(row)}
    assert len(named) >= 6
    assert named <= known


@pytest.mark.parametrize(
    "script", sorted([*PROJECT.glob("cron/rc.d/*"), PROJECT / "cron/ubapi"]), ids=lambda each: each.name
)
def test_the_scripts_are_good_shell(script):
    subprocess.run(["sh", "-n", script], check=True)


@pytest.mark.parametrize("unit", sorted(PROJECT.glob("cron/*/olltv*")), ids=lambda each: each.name)
def test_units_and_scripts_name_files_that_exist(unit):
    for path in re.findall(r"\bcron/[\w./-]+", unit.read_text()):
        assert (PROJECT / path).exists(), path
