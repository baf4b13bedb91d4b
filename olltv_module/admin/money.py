"""The money report: what came in, what of it is the partner's, and what he himself reports."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing.errors import N_
from billing.jobs import ask
from billing.periods import Month
from billing.uow import Billing
from olltv_module.admin.desk import actor, desk
from olltv_module.reconcile.purchases import KIND
from olltv_module.reports import money
from olltv_module.reports.money import Line, Report
from weblib.exports import Source, register, urls
from weblib.forms import Filter, MonthField
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.pages import shown
from weblib.rights import requires
from weblib.tables import Column, Listing, Wish, wish

MONTHS_SHOWN = 12

bp = Blueprint("money", __name__, template_folder="templates")
MENU = Entry(endpoint="money.show", text=N_("Money report"), icon="report-money", section="Money", rights=("MONEY",))


class Range(Filter):
    """From which month to which one, both included."""

    since = MonthField(N_("From"), parse=Month.parse)
    until = MonthField(N_("Until"), parse=Month.parse)


def _month_url(line: Line) -> str | None:
    return f"/money/{line.month}" if line.month else None


SUMS: tuple[Column[Line], ...] = (
    Column("charges", N_("Fees"), lambda line: line.charges, numeric=True, sort=True),
    Column("charged", N_("Charged"), lambda line: line.charged, numeric=True, sort=True),
    Column("refunded", N_("Refunded"), lambda line: line.refunded, numeric=True, sort=True),
    Column("net", N_("Net"), lambda line: line.net, numeric=True, sort=True),
    Column("to_partner", N_("To the partner"), lambda line: line.to_partner, numeric=True, sort=True),
    Column("own", N_("Our part"), lambda line: line.own, numeric=True, sort=True),
    Column("unknown", N_("Share not agreed"), lambda line: line.unknown, numeric=True, sort=True),
)
MONTHS: tuple[Column[Line], ...] = (
    Column("month", N_("Month"), lambda line: line.month or _("Total"), sort=True, link=_month_url),
    *SUMS,
)
DAYS: tuple[Column[Line], ...] = (Column("day", N_("Day"), lambda line: line.day), *SUMS)
TARIFFS: tuple[Column[Line], ...] = (
    Column("tariff", N_("Tariff"), lambda line: line.tariff.name if line.tariff else None),
    Column("percent", N_("Partner’s percent"), lambda line: line.tariff and line.tariff.partner_percent, numeric=True),
    *SUMS,
)


@bp.get("/money")
@requires("MONEY")
def show() -> ResponseReturnValue:
    """The months, and the tariffs over all of them."""
    billing, form, asked = desk().billing, Range(), wish(MONTHS, sort="month", descending=True)
    since, until = _range(form)
    with billing.reading() as session:
        months = money.by_month(billing, session, since=since, until=until)
        tariffs = money.by_tariff(billing, session, since=since, until=until)
    _show_range(form, since, until.previous())
    columns = MONTHS if months.total.unknown.minor else MONTHS[:-1]
    listing = Listing(
        columns_known=columns, items=_ordered(months, asked), wish=asked, exports=urls("olltv_money_months")
    )
    return render_template(
        "olltv/money_months.html",
        form=form,
        months=months,
        tariffs=tariffs,
        listing=listing,
        exports=_exports("olltv_money_tariffs"),
        since=since,
        last=until.previous(),
    )


@bp.get("/money/<month>")
@requires("MONEY")
def show_month(month: str) -> ResponseReturnValue:
    """One month by day and by tariff, beside the partner's report of it.

    :raises InvalidMonth: it is none
    """
    billing, asked = desk().billing, Month.parse(month)
    with billing.reading() as session:
        days = money.by_day(billing, session, month=asked)
        tariffs = money.by_tariff(billing, session, since=asked, until=asked.next())
        compared = money.compared(billing, session, month=asked)
    return render_template(
        "olltv/money_month.html",
        month=asked,
        present=billing.month(desk().clock()),
        days=days,
        tariffs=tariffs,
        compared=compared,
        day_exports=urls("olltv_money_days", month=str(asked)),
        tariff_exports=urls("olltv_money_tariffs", since=str(asked), until=str(asked)),
    )


@bp.post("/money/<month>/fetch")
@requires("MONEY")
def fetch(month: str) -> ResponseReturnValue:
    """Have the partner's report of a month fetched.

    :raises InvalidMonth: it is none
    """
    asked = Month.parse(month)
    job = ask(
        desk().billing.uow(),
        kind=KIND,
        args={"month": str(asked)},
        actor=actor(),
        now=desk().clock(),
        unique=f"{KIND}:{asked}",
    )
    flash(_("The partner’s report is being fetched: %(month)s.", month=shown(asked)))
    return redirect(url_for("jobs.show", job_id=job.id), 303)


def _range(form: Range) -> tuple[Month, Month]:
    """The first month, and the one after the last; a year up to now unless something else is asked for."""
    chosen = form.chosen()
    last: Month = chosen.get("until") or desk().billing.month(desk().clock())
    first: Month = chosen.get("since") or _back(last, MONTHS_SHOWN - 1)
    return min(first, last), last.next()


def _show_range(form: Range, first: Month, last: Month) -> None:
    """Fill in what is shown where nothing was asked for; what could not be read stays as it was typed."""
    for field, month in ((form.since, first), (form.until, last)):
        if not field.errors and not field.data:
            field.data = month


def _back(month: Month, number: int) -> Month:
    for _number in range(number):
        month = month.previous()
    return month


def _ordered(report: Report, asked: Wish) -> list[Line]:
    """The lines as the address wants them, the total below."""
    column = next(each for each in MONTHS if each.name == asked.sort)
    lines: list[Any] = sorted(report.lines, key=lambda line: _sortable(column.value(line)), reverse=asked.descending)
    return [*lines, report.total] if lines else []


def _sortable(value: Any) -> Any:
    return getattr(value, "minor", value)


def _exports(name: str) -> dict[str, str]:
    return urls(name, **{key: value for key, value in request.args.items() if key in ("since", "until")})


def _rows(core: Billing, kind: str) -> Iterator[Line]:
    """The lines that the address of this request asks for."""
    with core.reading() as session:
        yield from _report(core, session, kind).lines


def _report(core: Billing, session: Session, kind: str) -> Report:
    if kind == "day":
        return money.by_day(core, session, month=Month.parse(request.args.get("month", ""), "month"))
    since, until = _range(Range())
    find = money.by_month if kind == "month" else money.by_tariff
    return find(core, session, since=since, until=until)


register(
    Source(
        name="olltv_money_months",
        title=N_("Money by month"),
        columns=MONTHS,
        rows=lambda core: _rows(core, "month"),
        rights=("MONEY",),
    )
)
register(
    Source(
        name="olltv_money_days",
        title=N_("Money by day"),
        columns=DAYS,
        rows=lambda core: _rows(core, "day"),
        rights=("MONEY",),
    )
)
register(
    Source(
        name="olltv_money_tariffs",
        title=N_("Money by tariff"),
        columns=TARIFFS,
        rows=lambda core: _rows(core, "tariff"),
        rights=("MONEY",),
    )
)
