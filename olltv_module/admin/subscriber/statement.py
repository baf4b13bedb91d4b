"""The wallet's statement, page by page, by month, and as a file."""

from flask import request
from flask.typing import ResponseReturnValue

from billing.errors import N_, InvalidInput
from billing.periods import Month
from olltv_module import statements
from olltv_module.admin.desk import desk
from olltv_module.admin.subscriber import words
from olltv_module.admin.subscriber.blueprint import bp
from olltv_module.admin.subscriber.common import living, show
from olltv_module.statements import WalletLine
from weblib.exports import csv_stream
from weblib.forms import Filter, MonthField
from weblib.rights import requires
from weblib.tables import Column

COLUMNS: tuple[Column[WalletLine], ...] = (
    Column("at", N_("Time"), lambda line: line.at),
    Column("cause", N_("Reason"), words.cause),
    Column("amount", N_("Amount"), lambda line: line.amount),
    Column("balance", N_("Balance"), lambda line: line.balance),
    Column("actor", N_("By"), lambda line: line.actor),
)


class MonthFilter(Filter):
    month = MonthField(parse=Month.parse)


@bp.get("/statement")
@requires("OLLTV", "MONEY")
def show_statement(login: str) -> ResponseReturnValue:
    """What moved in the wallet and why, the newest first."""
    form = MonthFilter()
    found = statements.read(desk().billing, login=login, month=_month(form), older_than=_cursor())
    return show("statement", living(login), found=found, filter=form)


@bp.get("/statement.csv")
@requires("OLLTV", "MONEY")
def export_statement(login: str) -> ResponseReturnValue:
    """The same lines as a file."""
    month = _month(MonthFilter())
    living(login)  # an unknown login is answered before the file begins
    lines = statements.every_line(desk().billing, login=login, month=month)
    return csv_stream(COLUMNS, lines, name=f"{login} {month or ''}".strip() + ".csv")


def _month(form: MonthFilter) -> Month | None:
    found: Month | None = form.chosen().get("month")
    return found


def _cursor() -> int | None:
    """:raises InvalidInput: the address was made up"""
    text = request.args.get("cursor", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise InvalidInput(field="cursor", value=text)
    return int(text)
