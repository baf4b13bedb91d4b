"""One subscriber: `olltv topup`, `show` and `statement`."""

import secrets
from collections.abc import Iterator
from datetime import datetime

import click

from billing.actors import Actor
from billing.money import InvalidAmount, Money
from billing.uow import UnitOfWork, use_case
from olltv_module import queries
from olltv_module.services.money import BALANCE
from olltv_module.views import NextCharge, SubscriberView, Wallet
from suite.cli.app import Command
from suite.cli.console import Console, pass_console
from suite.cli.states import sentence

SOURCE = "console"


@click.command("topup", cls=Command)
@click.argument("login")
@click.argument("amount")
@click.option("--key", help="Name of the payment: with the same one it is booked only once.")
@pass_console
def topup(console: Console, *, login: str, amount: str, key: str | None) -> None:
    """Put AMOUNT (like 49,90) into the wallet of LOGIN."""
    runtime = console.ready()
    money = Money.parse(amount, runtime.billing.unit)
    if not money.minor:
        raise InvalidAmount(field="amount", value=amount)
    key = key or secrets.token_hex(8)
    balance = _top_up(runtime.billing.uow(), login=login, amount=money, key=key, actor=console.actor, now=console.now)
    text = console._("The balance of %(login)s is %(balance)s now.", login=login, balance=balance)
    console.answer({"login": login, "amount": money, "key": key, "balance": balance}, text)


@use_case
def _top_up(uow: UnitOfWork, *, login: str, amount: Money, key: str, actor: Actor, now: datetime) -> Money:
    is_new = uow.ledger.transfer_of(f"topup:{key}") is None
    balance = uow.host.top_up(login=login, amount=amount, key=key, source=SOURCE, actor=actor.name, at=now)
    if is_new:
        uow.events.write(BALANCE, login=login, amount=amount.short(), actor=actor, at=now)
    return balance


@click.command("show", cls=Command)
@click.argument("login")
@pass_console
def show(console: Console, *, login: str) -> None:
    """Show LOGIN: wallet, subscriptions, what the next month will cost."""
    view = queries.subscriber_view(console.ready().billing, login=login, now=console.now)
    console.answer(view, *_profile(console, view))


def _profile(console: Console, view: SubscriberView) -> Iterator[str]:
    yield " · ".join(filter(None, [view.login, *_contacts(view)]))
    if view.person is None:
        yield console._("The account is no more.")
    elif view.person.frozen:
        yield console._("The account is frozen by the subscriber's wish.")
    elif view.person.down:
        yield console._("The account is switched off by the staff.")
    if view.wallet:
        yield _money(console, view.wallet)
    yield from (sentence(console, view, each) for each in view.subscriptions)
    if not view.live:
        yield console._("There is no television now.")
    if view.next_charge:
        yield from _next(console, view.next_charge)
    if view.delivery and view.delivery.parked_at:
        yield console._("The partner refuses again and again: the staff must look.")


def _next(console: Console, charge: NextCharge) -> Iterator[str]:
    yield console._("The next fee (%(month)s): %(total)s.", month=charge.month, total=charge.total)
    if charge.lack.minor > 0:
        yield console._("For that %(lack)s is missing now.", lack=charge.lack)


def _contacts(view: SubscriberView) -> list[str]:
    person = view.person
    return [person.name, person.address, person.mobile, person.email] if person else [view.phone, view.email]


def _money(console: Console, wallet: Wallet) -> str:
    if not wallet.held.minor:
        return console._("The balance is %(balance)s.", balance=wallet.balance)
    return console._(
        "The balance is %(balance)s, of it %(held)s is reserved.", balance=wallet.balance, held=wallet.held
    )


@click.command("statement", cls=Command)
@click.argument("login")
@click.option(
    "--limit", default=100, show_default=True, type=click.IntRange(1), help="How many movements, newest first."
)
@pass_console
def statement(console: Console, *, login: str, limit: int) -> None:
    """Show what moved in the wallet of LOGIN, the newest first."""
    found = queries.statement(console.ready().billing, login=login, limit=limit)
    heads = [console._("Time"), console._("Amount"), console._("Balance"), console._("Account"), console._("Month")]
    rows = (
        [*map(console.show, (each.at, each.amount, each.balance)), each.other, each.period or "", each.note or ""]
        for each in found.lines
    )
    console.table(found, [*heads, console._("Remark")], rows)
