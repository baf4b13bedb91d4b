"""Who of the staff may come in: `olltv staff`."""

import sys
from collections.abc import Callable

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing import second_factor, staffing
from billing.errors import NotFound
from billing.staff import RIGHTS, Staff
from suite.cli.app import Command, Group
from suite.cli.console import Console, pass_console
from weblib.options import comma_list

WHO = click.argument("login")
PASSWORD_STDIN = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
WHAT = click.option("--rights", "given", multiple=True, required=True, help=f"Of {', '.join(RIGHTS)}, commas between.")


@click.command("add", cls=Command)
@WHO
@WHAT
@click.option("--name", default="", help="Full name.")
@PASSWORD_STDIN
@pass_console
def staff_add(console: Console, *, login: str, given: tuple[str, ...], name: str, password_stdin: bool) -> None:
    """Let LOGIN into the panel with some rights; asks for the password."""
    rights = _rights(given)
    runtime = console.ready()
    staffing.add_staff(
        runtime.billing.uow(),
        login=login,
        name=name,
        password=read_password(from_stdin=password_stdin),
        rights=rights,
        language=console.lang,
        actor=console.actor,
        now=console.now,
    )
    console.answer({"login": login, "rights": rights}, _may(console, login, rights))


@click.command("list", cls=Command)
@pass_console
def staff_list(console: Console) -> None:
    """Show everybody: login, name, rights, language, second factor, last sign-in, since when disabled."""
    with console.ready().billing.reading() as session:
        people = session.scalars(select(Staff).order_by(Staff.login)).all()
    fields = ("login", "name", "rights", "language", "has_second_factor", "last_sign_in_at", "disabled_at")
    document = [{field: getattr(each, field) for field in fields} for each in people]
    heads = [console._("Login"), console._("Full name"), console._("Rights"), console._("Language")]
    heads += [console._("Second factor"), console._("Last sign-in"), console._("Disabled")]
    yes, no = console._("yes"), console._("no")
    rows = (
        [each.login, each.name, ", ".join(each.rights), each.language, yes if each.has_second_factor else no]
        + [console.show(at) if at else "" for at in (each.last_sign_in_at, each.disabled_at)]
        for each in people
    )
    console.table({"staff": document}, heads, rows)


@click.command("rights", cls=Command)
@WHO
@WHAT
@pass_console
def staff_rights(console: Console, *, login: str, given: tuple[str, ...]) -> None:
    """Give LOGIN exactly these rights; sessions with other rights end."""
    staff_id, rights = _found(console, login), _rights(given)
    uow = console.ready().billing.uow()
    staffing.set_rights(uow, staff_id=staff_id, rights=rights, actor=console.actor, now=console.now)
    console.answer({"login": login, "rights": rights}, _may(console, login, rights))


@click.command("disable", cls=Command)
@WHO
@pass_console
def staff_disable(console: Console, *, login: str) -> None:
    """Shut LOGIN out at once; `enable` undoes it. Repeating it is harmless."""
    _do(console, staffing.disable_staff, login)
    console.answer({"login": login, "disabled": True}, console._("%(login)s cannot sign in any more.", login=login))


@click.command("enable", cls=Command)
@WHO
@pass_console
def staff_enable(console: Console, *, login: str) -> None:
    """Let LOGIN sign in again. Repeating it is harmless."""
    _do(console, staffing.enable_staff, login)
    console.answer({"login": login, "disabled": False}, console._("%(login)s may sign in again.", login=login))


@click.command("passwd", cls=Command)
@WHO
@PASSWORD_STDIN
@pass_console
def staff_passwd(console: Console, *, login: str, password_stdin: bool) -> None:
    """Give LOGIN a password that has to be changed at the next sign-in; asks for it."""
    staff_id = _found(console, login)
    password, uow = read_password(from_stdin=password_stdin), console.ready().billing.uow()
    staffing.reset_password(uow, staff_id=staff_id, password=password, actor=console.actor, now=console.now)
    text = console._("%(login)s has a new password and changes it at the next sign-in.", login=login)
    console.answer({"login": login}, text)


@click.command("reset-2fa", cls=Command)
@WHO
@pass_console
def staff_reset_2fa(console: Console, *, login: str) -> None:
    """Take two-factor sign-in away from LOGIN, who lost telephone and recovery codes. Repeating it is harmless."""
    _do(console, second_factor.reset, login)
    console.answer({"login": login}, console._("%(login)s signs in with the password alone.", login=login))


def read_password(*, from_stdin: bool) -> str:
    """A password that a person types twice, or a program writes."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask for the password; give --password-stdin.")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return password


def _do(console: Console, use_case: Callable[..., object], login: str) -> None:
    staff_id = _found(console, login)
    use_case(console.ready().billing.uow(), staff_id=staff_id, actor=console.actor, now=console.now)


def _found(console: Console, login: str) -> int:
    with console.ready().billing.reading() as session:
        return _number(session, login)


def _number(session: Session, login: str) -> int:
    found = session.scalar(select(Staff.id).where(Staff.login == login))
    if found is None:
        raise NotFound(login=login)
    return found


def _rights(given: tuple[str, ...]) -> list[str]:
    return [right.upper() for text in given for right in comma_list(text)]


def _may(console: Console, login: str, rights: list[str]) -> str:
    return console._("%(login)s may sign in with these rights: %(rights)s.", login=login, rights=", ".join(rights))


COMMANDS = [staff_add, staff_list, staff_rights, staff_disable, staff_enable, staff_passwd, staff_reset_2fa]
staff = Group("staff", commands=COMMANDS, help="People who may sign in to the panel.")
