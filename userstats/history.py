"""The pages about what was: the statement of the wallet, on paper and as a file too, and the subscriptions."""

from flask import Blueprint, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from userstats import signed
from userstats.remote import Json
from userstats.statement import COLUMNS, MONTH, Sums, every_line, months, moved, read, short
from userstats.subscriptions import with_successors
from userstats.troubles import Trouble
from weblib.exports import csv_stream
from weblib.pages import gettext as _

bp = Blueprint("history", __name__)

LARGEST_ID = 2**53


@bp.get("/history")
@signed.subscribers_only
def show() -> ResponseReturnValue:
    """The statement, the newest line first: of one month as a whole, or of all times by pages."""
    month, older_than = request.args.get("month", ""), request.args.get("older_than", "")
    if not (_is_month(month) and _is_number(older_than)):
        return _no_such_part()
    statement = read(month=month, older_than=older_than)
    return render_template(
        "history.html",
        me=signed.me(),
        statement=statement,
        month=month,
        is_first=not older_than,
        months=months(statement),
        sums=Sums.of(statement) if month else None,
        moved=moved,
        short=short,
    )


@bp.get("/history.csv")
@signed.subscribers_only
def as_csv() -> ResponseReturnValue:
    """The statement as a file for spreadsheet programs."""
    month = request.args.get("month", "")
    if not _is_month(month):
        return _no_such_part()
    name = f"{_('Statement')} {session['login']} {month}".strip()
    return csv_stream(COLUMNS, every_line(month=month), name=f"{name}.csv")


@bp.get("/history/subscriptions")
@signed.subscribers_only
def subscriptions() -> ResponseReturnValue:
    """What the subscriber has and had, the newest first."""
    older_than = request.args.get("older_than", "")
    if not _is_number(older_than):
        return _no_such_part()
    page: Json = signed.billing().get("me/subscriptions", signed.subject(), older_than=older_than or None)
    rows = with_successors(page["subscriptions"])
    return render_template("history_subscriptions.html", page=page, rows=rows, is_first=not older_than)


def _is_month(text: str) -> bool:
    return not text or MONTH.fullmatch(text) is not None


def _is_number(text: str) -> bool:
    return not text or (text.isascii() and text.isdigit() and 0 < len(text) < 17 and 0 < int(text) <= LARGEST_ID)


def _no_such_part() -> ResponseReturnValue:
    """The address asks for a month or a page that cannot be."""
    return Trouble(
        status=404,
        title=_("There is no such part of your history."),
        text=_("The address is not complete, or it was changed. Pick a month from the list."),
        icon="search",
        again=url_for("history.show"),
        button=_("To the history"),
    ).page()
