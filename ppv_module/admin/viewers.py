"""Viewers: who has credits, what one of them did with his, and what staff do about them."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing.errors import N_, InvalidInput
from billing.ledger.holds import Ledger
from billing.uow import Billing
from ppv_module.admin.desk import actor, desk
from ppv_module.admin.lists import page_of
from ppv_module.admin.report_words import FROZEN_TEXTS, NOT_FROZEN
from ppv_module.admin.shows import viewer_url
from ppv_module.chat.reports import viewers as reading
from ppv_module.chat.reports.viewers import ViewerLine, WantedViewers
from ppv_module.credits import corrections, freezing
from ppv_module.credits.histories import Cause, Line, history
from weblib.exports import Source, register, urls
from weblib.forms import (
    CheckField,
    ChoiceField,
    Filter,
    Form,
    KeyField,
    NumberField,
    ReasonField,
    SearchField,
    TextField,
    new_key,
)
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.pages import ngettext as ngettext_
from weblib.rights import requires
from weblib.tables import Column, Listing, wish

bp = Blueprint("ppv_viewers", __name__, url_prefix="/ppv/viewers", template_folder="templates")
RIGHTS = ("PPV", "MONEY")
MENU = Entry(
    endpoint="ppv_viewers.show_all", text=N_("Viewers"), icon="users", section="Pay-per-view", place=35, rights=RIGHTS
)
CAUSES = {
    Cause.PURCHASE: N_("Credits bought"),
    Cause.SHOW: N_("Private show"),
    Cause.TIP: N_("Tip"),
    Cause.TIP_REVERSED: N_("Tip taken back"),
    Cause.CORRECTION: N_("Correction"),
    Cause.CLAWBACK: N_("Taken back: the payment was returned"),
    Cause.RESTORE: N_("Given again: the payment stands"),
    Cause.WATCH: N_("Watched by the minute"),
    Cause.TICKET: N_("Ticket to watch"),
    Cause.OTHER: N_("Other"),
}
FROZEN, DEBT = "frozen", "debt"


class ViewerFilter(Filter):
    """Narrows the list."""

    login = SearchField(N_("Login begins with"), most=64)
    state = ChoiceField(N_("State"), choices=[("", N_("all")), (FROZEN, N_("frozen")), (DEBT, N_("in debt"))])

    @property
    def wanted(self) -> WantedViewers:
        """What is asked for. What cannot be read does not narrow."""
        chosen = self.chosen()
        state = chosen.get("state")
        return WantedViewers(begins=chosen.get("login", ""), frozen=state == FROZEN, in_debt=state == DEBT)


class LineFilter(Filter):
    """Whose history is exported."""

    login = TextField(most=64)


class CorrectForm(Form):
    """So many credits more or less."""

    key = KeyField()
    direction = ChoiceField(
        N_("What is to be done"), required=True, choices=[("add", N_("Give credits")), ("take", N_("Take credits"))]
    )
    credits = NumberField(N_("Credits"), required=True, least=1, most=corrections.MOST)
    is_gift = CheckField(N_("What is given is a gift, not a replacement for credits that were bought"))
    reason = ReasonField()

    @property
    def delta(self) -> int:
        """The credits, negative when they are to be taken."""
        credits: int = self.credits.data
        return credits if self.direction.data == "add" else -credits


class FreezeForm(Form):
    reason = ReasonField()


def _state(line: ViewerLine) -> str:
    return _(FROZEN_TEXTS[line.state.frozen_by])


COLUMNS: tuple[Column[ViewerLine], ...] = (
    Column("login", N_("Login"), lambda each: each.login, link=lambda each: viewer_url(each.login)),
    Column(
        "balance",
        N_("Credits"),
        lambda each: each.balance,
        badge=lambda each: "bad" if each.balance < 0 else None,
        numeric=True,
    ),
    Column("bonus", N_("Of it gifts"), lambda each: each.state.bonus, numeric=True),
    Column("spent", N_("Spent"), lambda each: each.spent, numeric=True),
    Column("state", N_("State"), _state, badge=lambda each: "bad" if each.state.is_frozen else "good"),
    Column("reason", N_("Reason"), lambda each: each.state.frozen_reason, shown=False),
)
LINE_COLUMNS: tuple[Column[Line], ...] = (
    Column("at", N_("Time"), lambda each: each.at),
    Column("cause", N_("What"), lambda each: _(CAUSES[each.cause])),
    Column("text", N_("Reason"), lambda each: each.text),
    Column("credits", N_("Credits"), lambda each: each.credits, numeric=True),
    Column("balance", N_("Balance"), lambda each: each.balance, numeric=True),
    Column("id", N_("Number"), lambda each: each.id, numeric=True, shown=False),
)


def _exported(billing: Billing) -> Iterator[ViewerLine]:
    return reading.all_viewers(billing.reading, ViewerFilter().wanted)


def _exported_lines(billing: Billing) -> Iterator[Line]:
    login, older_than = LineFilter().chosen().get("login", ""), None
    while True:
        with billing.reading() as session:
            found = history(session, login=login, older_than=older_than, limit=500)
        yield from found.lines
        older_than = found.next
        if older_than is None:
            return


EXPORT = register(
    Source(name="ppv_viewers", title=N_("Viewers"), columns=COLUMNS, rows=_exported, rights=RIGHTS, utc=True)
)
LINES_EXPORT = register(
    Source(
        name="ppv_viewer_history",
        title=N_("History of credits"),
        columns=LINE_COLUMNS,
        rows=_exported_lines,
        rights=RIGHTS,
        utc=True,
    )
)


@bp.get("")
@requires(*RIGHTS)
def show_all() -> ResponseReturnValue:
    """Everybody who ever had credits, by login."""
    form, asked = ViewerFilter(), wish(COLUMNS)
    with desk().billing.reading() as session:
        found = reading.viewers_page(session, form.wanted, cursor=asked.cursor)
        counted = reading.count_viewers(session, form.wanted)
    listing = page_of(COLUMNS, EXPORT, asked, found, counted)
    return render_template("ppv/viewers_list.html", listing=listing, form=form)


@bp.get("/<login>")
@requires(*RIGHTS)
def show(login: str) -> ResponseReturnValue:
    """One viewer: his credits with their history, and who he is in each chat.

    :raises UnknownLogin: nobody has this login, and nobody with it ever had credits
    """
    older_than = _cursor()
    with desk().billing.reading() as session:
        facts = _facts(session, login)
        found = history(session, login=login, older_than=older_than)
    listing = Listing(
        columns_known=LINE_COLUMNS,
        items=found.lines,
        wish=wish(LINE_COLUMNS),
        next=None if found.next is None else str(found.next),
        exports=urls(LINES_EXPORT.name, login=login),
    )
    return render_template("ppv/viewers_show.html", **facts, listing=listing)


@bp.get("/<login>/correct")
@requires("MONEY")
def show_correct(login: str) -> ResponseReturnValue:
    """How many credits, in which direction, and why."""
    return _page("correct", login, CorrectForm(formdata=None, key=new_key(), is_gift=True))


@bp.post("/<login>/correct")
@requires("MONEY")
def correct(login: str) -> ResponseReturnValue:
    """Correct the credits, once however often the form is sent.

    :raises UnknownLogin: nobody has this login
    """
    _found(login)
    form = CorrectForm()
    if form.validate():
        with form.refusals():
            asked = {"delta": form.delta, "reason": form.reason.data, "key": form.key.data}
            is_gift = form.is_gift.data
            corrections.correct(desk().billing.uow(), login=login, is_gift=is_gift, **asked, **_signed())
            credits = ngettext_("%(num)s credit", "%(num)s credits", form.delta)
            flash(_("The credits are corrected: %(credits)s.", credits=credits))
            return redirect(url_for(".show", login=login), 303)
    return _page("correct", login, form), 422


@bp.get("/<login>/freeze")
@requires("MONEY")
def show_freeze(login: str) -> ResponseReturnValue:
    """What freezing means, and why it is done."""
    return _page("freeze", login, FreezeForm(formdata=None))


@bp.post("/<login>/freeze")
@requires("MONEY")
def freeze(login: str) -> ResponseReturnValue:
    """Let nothing be spent from these credits; a live show ends.

    :raises UnknownLogin: nobody has this login
    """
    _found(login)
    form = FreezeForm()
    if form.validate():
        with form.refusals():
            freezing.freeze(desk().billing.uow(), login=login, reason=form.reason.data, **_signed())
            flash(_("The credits are frozen."))
            return redirect(url_for(".show", login=login), 303)
    return _page("freeze", login, form), 422


@bp.post("/<login>/unfreeze")
@requires("MONEY")
def unfreeze(login: str) -> ResponseReturnValue:
    """Let them be spent again.

    :raises UnknownLogin: nobody has this login
    :raises InDebt: they are frozen by a debt
    """
    _found(login)
    freezing.unfreeze(desk().billing.uow(), login=login, **_signed())
    flash(_("The credits can be spent again."))
    return redirect(url_for(".show", login=login), 303)


def _signed() -> dict[str, Any]:
    return {"actor": actor(), "now": desk().clock()}


def _cursor() -> int | None:
    """:raises InvalidInput: the address was made up"""
    text = request.args.get("cursor", "")
    if text and not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise InvalidInput(field="cursor", value=text[:64])
    return int(text) if text else None


def _page(name: str, login: str, form: Form) -> str:
    return render_template(f"ppv/viewers_{name}.html", **_found(login), form=form)


def _found(login: str) -> dict[str, Any]:
    with desk().billing.reading() as session:
        return _facts(session, login)


def _facts(session: Session, login: str) -> dict[str, Any]:
    """:raises UnknownLogin: nobody has this login, and nobody with it ever had credits"""
    line, places = reading.credits_of(session, login), reading.places_of(session, login)
    host = desk().billing.host(session, Ledger(session))
    if line is None:
        host.find(login)
    state = _state(line) if line else _(FROZEN_TEXTS[NOT_FROZEN])
    is_subscriber = line is None or reading.is_subscriber(host, login)
    return {"login": login, "line": line, "places": places, "state": state, "is_subscriber": is_subscriber}
