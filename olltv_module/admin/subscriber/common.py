"""What the views of one subscriber share."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from billing.errors import PartnerError
from billing.host.base import UnknownLogin
from olltv_module import queries
from olltv_module.admin.desk import actor, desk
from olltv_module.admin.subscriber import words
from olltv_module.models import Subscription
from olltv_module.views import SubscriberView
from weblib.forms import Form
from weblib.pages import tell

REFUSED = 422


def seen(login: str) -> SubscriberView:
    """The subscriber as he is now.

    :raises UnknownLogin: neither the host nor we know this login
    """
    return queries.subscriber_view(desk().billing, login=login, now=desk().clock())


def living(login: str) -> SubscriberView:
    """The subscriber with a wallet, for pages on which money moves.

    :raises UnknownLogin: nobody has this login, or its owner is gone
    """
    view = seen(login)
    if view.person is None:
        raise UnknownLogin(login=login)
    return view


def person(login: str) -> dict[str, Any]:
    """Whom a use case is about, who asks, and when."""
    return {"login": login, "actor": actor(), "now": desk().clock()}


def show(template: str, view: SubscriberView, form: Form | None = None, **facts: object) -> ResponseReturnValue:
    """A page about one subscriber; with errors in its form it is an answer to what was refused."""
    page = render_template(f"olltv/subscriber_{template}.html", view=view, form=form, words=words, **facts)
    return page, REFUSED if form is not None and form.errors else 200


@contextmanager
def partner_troubles() -> Iterator[list[str]]:
    """What the partner refused or did not answer in the block, in words for the page."""
    troubles: list[str] = []
    try:
        yield troubles
    except PartnerError as error:
        troubles.append(tell(error))


def home(login: str) -> ResponseReturnValue:
    """Back to the page of the subscriber, after something was done."""
    return redirect(url_for("subscriber.show", login=login), 303)


def delivered(login: str, changed: Sequence[Subscription], *, done: str, later: str) -> ResponseReturnValue:
    """Have the partner told at once, and say how far that came: `done`, `later`, or what he refused."""
    is_done = desk().deliver(changed[0].subscriber_id) if changed else True
    refusals = [queries.refusal_of(desk().billing, each.id) for each in changed] if is_done else []
    for refusal in filter(None, refusals):
        flash(tell(refusal), "bad")
    if not any(refusals):
        flash(done if is_done else later, "good" if is_done else "info")
    return home(login)


def told(text: str, login: str, *, kind: str = "good") -> ResponseReturnValue:
    """Back to the subscriber's page with a word about what was done."""
    flash(text, kind)
    return home(login)
