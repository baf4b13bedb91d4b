"""The queue: whom the partner has still to be told about, what stops it, and giving an order up."""

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.errors import N_
from olltv_module.admin.desk import actor, desk
from olltv_module.delivery import queue as delivery_queue
from olltv_module.delivery import standing
from olltv_module.delivery.giving_up import LONGEST_REASON, give_up
from olltv_module.delivery.standing import Part, Standing
from weblib.forms import Form, ReasonField
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.pages import ngettext as ngettext_
from weblib.pages import own_path, tell
from weblib.rights import requires
from weblib.tables import Column, Listing, wish

PARTS = {
    Part.PARKED: N_("Need attention"),
    Part.DUE: N_("Due now"),
    Part.LEASED: N_("At work"),
    Part.WAITING: N_("Waiting"),
}
ABOUT = {
    Part.PARKED: N_("Nothing happens here before somebody has cleared the way: mend what stopped it, then try again."),
    Part.DUE: N_("These come next. If the list only grows, look whether the worker runs and the partner answers."),
    Part.LEASED: N_("The partner is being told about these at this moment."),
    Part.WAITING: N_("A try failed; the next one comes by itself."),
}
LOOKS = {Part.PARKED: "bad", Part.DUE: "info", Part.LEASED: "info", Part.WAITING: "warn"}

bp = Blueprint("queue", __name__, template_folder="templates")
MENU = Entry(
    endpoint="queue.show", text=N_("Queue"), icon="transfer", section="Television", place=60, rights=("OLLTV",)
)


class GiveUpForm(Form):
    reason = ReasonField(most=LONGEST_REASON)


def _obstacle(each: Standing) -> str | None:
    return tell(each.obstacle) if each.obstacle else None


def _next(each: Standing) -> str:
    return _(each.saying, **each.facts)


def _since(each: Standing) -> object:
    return each.parked_at or each.leased_at


COLUMNS: tuple[Column[Standing], ...] = (
    Column(
        "login", N_("Login"), lambda each: each.login, link=lambda each: url_for("subscriber.show", login=each.login)
    ),
    Column("part", N_("State"), lambda each: _(PARTS[each.part]), badge=lambda each: LOOKS[each.part]),
    Column("since", N_("Since"), _since),
    Column("tries", N_("Tries"), lambda each: each.tries, numeric=True),
    Column("due", N_("Next try"), lambda each: None if each.parked_at else each.due_at),
    Column("obstacle", N_("What stopped it"), _obstacle),
    Column("next", N_("What the partner is to be told"), _next),
)

SHOWN = {
    Part.PARKED: ("login", "since", "tries", "obstacle", "next"),
    Part.DUE: ("login", "tries", "due", "obstacle", "next"),
    Part.LEASED: ("login", "since", "tries", "next"),
    Part.WAITING: ("login", "tries", "due", "obstacle", "next"),
}
SHOWN_OF_ALL = ("login", "part", "tries", "obstacle", "next")


@bp.get("/queue")
@requires("OLLTV")
def show() -> ResponseReturnValue:
    """One part of the queue, or the one subscriber who is looked for."""
    billing, now = desk().billing, desk().clock()
    login, part = request.args.get("login", "").strip(), _part(request.args.get("part", ""))
    usual = SHOWN_OF_ALL if login else SHOWN[part]
    columns = [replace(each, shown=each.name in usual) for each in COLUMNS]
    asked = wish(columns)
    with billing.reading() as session:
        counts = {each: standing.count(session, each, now) for each in PARTS}
        if login:
            found = standing.of_logins(session, login, now)
            listing = Listing(columns_known=columns, items=found, wish=asked)
        else:
            page = standing.listed(session, part, now, cursor=asked.cursor)
            listing = Listing(
                columns_known=columns, items=page.rows, wish=asked, next=page.next, previous=page.previous
            )
    here = request.full_path.rstrip("?")
    return render_template(
        "olltv/queue_list.html",
        listing=listing,
        counts=counts,
        part=part,
        parts=PARTS,
        about=ABOUT,
        login=login,
        here=here,
    )


@bp.post("/queue/retry")
@requires("OLLTV")
def retry_parked() -> ResponseReturnValue:
    """Try everybody again who is parked."""
    number = delivery_queue.retry_parked(desk().billing.uow(), actor=actor(), now=desk().clock())
    flash(ngettext_("%(num)s subscriber is tried again.", "%(num)s subscribers are tried again.", number))
    return redirect(url_for(".show", part=Part.DUE.name.lower()), 303)


@bp.post("/queue/<login>/retry")
@requires("OLLTV")
def retry(login: str) -> ResponseReturnValue:
    """Try one subscriber again, and wait a little for what comes of it.

    :raises NotFound: nothing is to be delivered to him
    """
    with desk().billing.reading() as session:
        number = standing.of_login(session, login, desk().clock()).subscriber_id
    delivery_queue.retry(desk().billing.uow(), subscriber_id=number, actor=actor(), now=desk().clock())
    if desk().deliver(number):
        flash(_("The partner knows everything about %(login)s now.", login=login))
    else:
        flash(_("%(login)s is tried again; what comes of it stands here in a moment.", login=login), "info")
    return redirect(own_path(request.form.get("next", "") or url_for(".show")), 303)


@bp.get("/queue/<login>/give-up")
@requires("OLLTV")
def show_give_up(login: str) -> ResponseReturnValue:
    """What giving up would do, or why it cannot be done."""
    return _give_up_page(GiveUpForm(), login)


@bp.post("/queue/<login>/give-up")
@requires("OLLTV")
def give_up_order(login: str) -> ResponseReturnValue:
    """Call off the orders that the partner has not confirmed.

    :raises NotFound: nothing is to be delivered to him
    """
    form = GiveUpForm()
    if form.validate():
        with form.refusals():
            uow, now = desk().billing.uow(), desk().clock()
            given = give_up(uow, login=login, reason=form.reason.data, actor=actor(), now=now)
            names = ", ".join(each.tariff.name for each in given)
            flash(_("Called off: %(tariffs)s. No money was taken.", tariffs=names))
            return redirect(url_for("subscriber.show", login=login), 303)
    return _give_up_page(form, login), 422


def _give_up_page(form: GiveUpForm, login: str) -> str:
    billing, now = desk().billing, desk().clock()
    with billing.reading() as session:
        found = standing.of_login(session, login, now)
        orders = standing.orders(billing, session, found)
    return render_template(
        "olltv/queue_give_up.html", form=form, found=found, orders=orders, why=_obstacle(found), next=_next(found)
    )


def _part(word: str) -> Part:
    return next((each for each in Part if each.name.lower() == word), Part.PARKED)
