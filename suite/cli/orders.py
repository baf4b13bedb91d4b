"""What is ordered, changed and ended for a subscriber: `olltv subscribe`, `addon`, `change`, `leave`, ..."""

from collections.abc import Callable, Sequence

import click

from billing.uow import UnitOfWork
from olltv_module import queries
from olltv_module.delivery.runner import deliver_now
from olltv_module.errors import TariffNotOnSale
from olltv_module.models import Reason, State, Subscription
from olltv_module.partner import PartnerRejectsUs
from olltv_module.services import lifecycle, orders
from suite.cli.app import FAILURE, Command
from suite.cli.console import Console, pass_console
from suite.cli.states import sentence, trouble

WAIT_S = 8.0
REASONS = [each.value for each in (Reason.STAFF, Reason.FROZEN, Reason.VACATION)]
Act = Callable[[UnitOfWork], Sequence[Subscription]]
Function = Callable[..., None]

no_wait = click.option("--no-wait", is_flag=True, help="Leave it to the worker to tell the partner.")
free = click.option("--free", metavar="REASON", help="Take no fee this month, for this reason.")


def _order(function: Function) -> Function:
    """The options of whatever orders one tariff."""
    return click.argument("login")(click.argument("tariff")(free(no_wait(pass_console(function)))))


@click.command("subscribe", cls=Command)
@_order
def subscribe(console: Console, *, login: str, tariff: str, free: str | None, no_wait: bool) -> None:
    """Order a main TARIFF (its number, or the partner's service id) for LOGIN."""
    _carry_out(console, login, _ordering(console, orders.subscribe, login, tariff, free), wait=not no_wait)


@click.command("addon", cls=Command)
@_order
def addon(console: Console, *, login: str, tariff: str, free: str | None, no_wait: bool) -> None:
    """Order an add-on TARIFF beside the main tariff of LOGIN."""
    _carry_out(console, login, _ordering(console, orders.add_addon, login, tariff, free), wait=not no_wait)


@click.command("change", cls=Command)
@_order
def change(console: Console, *, login: str, tariff: str, free: str | None, no_wait: bool) -> None:
    """Put another main TARIFF in the place of the present one; devices and codes stay."""
    _carry_out(console, login, _ordering(console, orders.change, login, tariff, free), wait=not no_wait)


@click.command("leave", cls=Command)
@click.argument("login")
@click.argument("tariff", required=False)
@no_wait
@pass_console
def leave(console: Console, *, login: str, tariff: str | None, no_wait: bool) -> None:
    """End the subscription of LOGIN to TARIFF; the main, or no tariff at all, ends everything."""

    def act(uow: UnitOfWork) -> Sequence[Subscription]:
        number = tariff_id(console, tariff) if tariff else None
        return lifecycle.leave(uow, login=login, tariff_id=number, actor=console.actor, now=console.now)

    _carry_out(console, login, act, wait=not no_wait)


@click.command("suspend", cls=Command)
@click.argument("login")
@click.option("--reason", type=click.Choice(REASONS), required=True, help="Why.")
@no_wait
@pass_console
def suspend(console: Console, *, login: str, reason: str, no_wait: bool) -> None:
    """Switch off everything that LOGIN has on; devices and codes stay."""

    def act(uow: UnitOfWork) -> Sequence[Subscription]:
        return lifecycle.suspend(uow, login=login, reason=Reason(reason), actor=console.actor, now=console.now)

    _carry_out(console, login, act, wait=not no_wait)


@click.command("resume", cls=Command)
@click.argument("login")
@free
@no_wait
@pass_console
def resume(console: Console, *, login: str, free: str | None, no_wait: bool) -> None:
    """Switch everything of LOGIN on again; takes each fee that is not yet paid for this month."""

    def act(uow: UnitOfWork) -> Sequence[Subscription]:
        return lifecycle.resume(uow, login=login, free=free, actor=console.actor, now=console.now)

    _carry_out(console, login, act, wait=not no_wait)


def _ordering(console: Console, service: Callable[..., Subscription], login: str, tariff: str, free: str | None) -> Act:
    def act(uow: UnitOfWork) -> Sequence[Subscription]:
        number = tariff_id(console, tariff)
        return [service(uow, login=login, tariff_id=number, free=free, actor=console.actor, now=console.now)]

    return act


def tariff_id(console: Console, text: str) -> int:
    """The number of the tariff that has this number or service id.

    :raises TariffNotOnSale: there is none
    """
    with console.runtime.billing.reading() as session:
        for each in queries.tariffs(session, archived=True):
            if text in (str(each.id), each.service):
                return each.id
    raise TariffNotOnSale(tariff=text)


def _carry_out(console: Console, login: str, act: Act, *, wait: bool) -> None:
    """Do it, have the partner told while we wait, and say what became of it."""
    runtime = console.olltv()
    delivering = runtime.delivering if wait else None  # what is set up wrongly must be told before anything is done
    subs = act(runtime.billing.uow())
    if delivering and subs:
        deliver_now(delivering, subs[0].subscriber_id, wait_s=WAIT_S)
    _tell(console, login, {each.id for each in subs})


def _tell(console: Console, login: str, ids: set[int]) -> None:
    view = queries.subscriber_view(console.runtime.billing, login=login, now=console.now)
    subs = [each for each in view.subscriptions if each.id in ids]
    lines = [sentence(console, view, each) for each in subs] or [console._("There was nothing to be done.")]
    console.answer({"login": login, "subscriptions": subs, "delivery": view.delivery}, *lines)
    rejected = isinstance(trouble(view.delivery), PartnerRejectsUs)
    if rejected or any(each.state is State.REFUSED for each in subs):
        click.get_current_context().exit(FAILURE)
