"""Payouts: drafting them for a period, paying them, letting them go."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.uow import Billing
from ppv_module.admin.desk import actor, desk
from ppv_module.admin.lists import page_of
from ppv_module.admin.payout_forms import DraftForm, PayForm, PayoutFilter, RowFilter
from ppv_module.admin.report_words import ACTION_TEXTS, PAYOUT_LOOKS, PAYOUT_TEXTS
from ppv_module.admin.spanning import today
from ppv_module.chat.earnings import payouts as services
from ppv_module.chat.earnings.mills import Mills
from ppv_module.chat.earnings.models import Earning, Payout, PayoutState
from ppv_module.chat.reports import payouts as reading
from ppv_module.chat.reports.payouts import PayoutLine
from weblib.exports import Source, register, urls
from weblib.forms import Form
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.pages import ngettext as ngettext_
from weblib.rights import requires
from weblib.tables import Column, Listing, wish

bp = Blueprint("ppv_payouts", __name__, url_prefix="/ppv/payouts", template_folder="templates")
RIGHTS = ("PPV", "MONEY")
MENU = Entry(
    endpoint="ppv_payouts.show_all", text=N_("Payouts"), icon="cash", section="Pay-per-view", place=55, rights=RIGHTS
)


def _period(line: PayoutLine) -> tuple[date, date]:
    """The first and the last day at the operator's place."""
    zone = desk().billing.zone
    first, last = line.payout.begins_at, line.payout.ends_at - timedelta(microseconds=1)
    return first.astimezone(zone).date(), last.astimezone(zone).date()


COLUMNS: tuple[Column[PayoutLine], ...] = (
    Column("id", N_("Number"), lambda each: each.payout.id, link=lambda each: f"/ppv/payouts/{each.payout.id}"),
    Column("performer", N_("Performer"), lambda each: each.performer),
    Column("login", N_("Login"), lambda each: each.login, shown=False),
    Column("tenant", N_("Chat"), lambda each: each.tenant, shown=False),
    Column("since", N_("From"), lambda each: _period(each)[0]),
    Column("until", N_("Until"), lambda each: _period(each)[1]),
    Column("amount", N_("Amount"), lambda each: each.amount, numeric=True),
    Column("carried", N_("Carried over"), lambda each: each.carried, numeric=True, shown=False),
    Column("currency", N_("Currency"), lambda each: each.payout.currency, shown=False),
    Column(
        "state",
        N_("State"),
        lambda each: _(PAYOUT_TEXTS[each.payout.state]),
        badge=lambda each: PAYOUT_LOOKS[each.payout.state],
    ),
    Column("created", N_("Made"), lambda each: each.payout.created_at, shown=False),
    Column("created_by", N_("Who"), lambda each: each.payout.created_by, shown=False),
    Column("paid", N_("Paid out"), lambda each: each.payout.paid_at),
    Column("reference", N_("Reference of the payment"), lambda each: each.payout.reference),
)
ROW_COLUMNS: tuple[Column[Earning], ...] = (
    Column("at", N_("Time"), lambda each: each.at),
    Column("action", N_("What"), lambda each: _(ACTION_TEXTS[each.action])),
    Column("credits", N_("Credits"), lambda each: each.credits, numeric=True),
    Column("price", N_("Worth"), lambda each: Mills(each.price_mills, each.currency), numeric=True),
    Column("percent", N_("Percent"), lambda each: f"{each.percent_bp / 100:.2f}", numeric=True),
    Column("benefit", N_("Benefit"), lambda each: Mills(each.benefit_mills, each.currency), numeric=True),
    Column("currency", N_("Currency"), lambda each: each.currency, shown=False),
    Column("show", N_("Show"), lambda each: each.show_id, shown=False),
    Column("note", N_("Reason"), lambda each: each.note),
    Column("id", N_("Number"), lambda each: each.id, shown=False, numeric=True),
)


def _exported(billing: Billing) -> Iterator[PayoutLine]:
    return reading.all_payouts(billing.reading, PayoutFilter().wanted)


def _exported_rows(billing: Billing) -> Iterator[Earning]:
    return reading.all_payout_rows(billing.reading, RowFilter().chosen().get("payout", 0))


EXPORT = register(
    Source(name="ppv_payouts", title=N_("Payouts"), columns=COLUMNS, rows=_exported, rights=RIGHTS, utc=True)
)
ROWS_EXPORT = register(
    Source(
        name="ppv_payout_rows",
        title=N_("Rows of a payout"),
        columns=ROW_COLUMNS,
        rows=_exported_rows,
        rights=RIGHTS,
        utc=True,
    )
)


@bp.get("")
@requires(*RIGHTS)
def show_all() -> ResponseReturnValue:
    """The payouts, the latest first."""
    form, asked = PayoutFilter(), wish(COLUMNS)
    with desk().billing.reading() as session:
        found = reading.payouts_page(session, form.wanted, cursor=asked.cursor)
        counted = reading.count_payouts(session, form.wanted)
    listing = page_of(COLUMNS, EXPORT, asked, found, counted)
    return render_template("ppv/payouts_list.html", listing=listing, form=form)


@bp.get("/new")
@requires("MONEY")
def show_new() -> ResponseReturnValue:
    """Whose earnings of which days; at first those of the month before."""
    last = today().replace(day=1) - timedelta(days=1)
    return render_template("ppv/payouts_new.html", form=DraftForm(formdata=None, since=last.replace(day=1), until=last))


@bp.post("/new")
@requires("MONEY")
def new() -> ResponseReturnValue:
    """Lock the unpaid earnings of the period into payouts; the same wish twice is the same payouts."""
    form = DraftForm()
    if form.validate():
        with form.refusals():
            return _drafted(form)
    return render_template("ppv/payouts_new.html", form=form), 422


@bp.get("/<int:payout_id>")
@requires(*RIGHTS)
def show(payout_id: int) -> ResponseReturnValue:
    """One payout with the rows that it pays.

    :raises NotFound: there is no such payout
    """
    asked = wish(ROW_COLUMNS)
    with desk().billing.reading() as session:
        line = reading.one_payout(session, payout_id)
        found = reading.rows_page(session, payout_id, cursor=asked.cursor)
    listing = Listing(
        columns_known=ROW_COLUMNS,
        items=found.rows,
        wish=asked,
        next=found.next,
        previous=found.previous,
        exports=urls(ROWS_EXPORT.name, payout=payout_id),
    )
    return render_template("ppv/payouts_show.html", **_facts(line), listing=listing)


@bp.get("/<int:payout_id>/pay")
@requires("MONEY")
def show_pay(payout_id: int) -> ResponseReturnValue:
    """That it was paid, and how."""
    return render_template("ppv/payouts_pay.html", **_facts(_found(payout_id)), form=PayForm(formdata=None))


@bp.post("/<int:payout_id>/pay")
@requires("MONEY")
def pay(payout_id: int) -> ResponseReturnValue:
    """Write down that it was paid.

    :raises NotFound: there is no such payout
    """
    line, form = _found(payout_id), PayForm()
    if form.validate():
        with form.refusals():
            uow, now = desk().billing.uow(), desk().clock()
            services.pay_payout(uow, payout_id=payout_id, reference=form.reference.data, actor=actor(), now=now)
            flash(_("The payout is marked as paid."))
            return redirect(url_for(".show", payout_id=payout_id), 303)
    return render_template("ppv/payouts_pay.html", **_facts(line), form=form), 422


@bp.get("/<int:payout_id>/void")
@requires("MONEY")
def show_void(payout_id: int) -> ResponseReturnValue:
    """What letting it go means."""
    return render_template("ppv/payouts_void.html", **_facts(_found(payout_id)), form=Form(formdata=None))


@bp.post("/<int:payout_id>/void")
@requires("MONEY")
def void(payout_id: int) -> ResponseReturnValue:
    """Let its rows go.

    :raises NotFound: there is no such payout
    """
    services.void_payout(desk().billing.uow(), payout_id=payout_id, actor=actor(), now=desk().clock())
    flash(_("The payout is void. Its earnings can be paid another time."))
    return redirect(url_for(".show", payout_id=payout_id), 303)


def _drafted(form: DraftForm) -> ResponseReturnValue:
    tenant_id, _colon, performer_id = form.whose.data.partition(":")
    asked = {"tenant_id": int(tenant_id), **form.period, "actor": actor(), "now": desk().clock()}
    uow = desk().billing.uow()
    made: list[Payout]
    if performer_id:
        made = [services.draft_payout(uow, performer_id=int(performer_id), **asked)]
    else:
        made = services.draft_payouts(uow, **asked)
    if not made:
        flash(_("Nobody has unpaid earnings in this period."), "info")
        return redirect(url_for(".show_new"), 303)
    flash(ngettext_("%(num)s payout is drafted.", "%(num)s payouts are drafted.", len(made)))
    if len(made) == 1:
        return redirect(url_for(".show", payout_id=made[0].id), 303)
    return redirect(url_for(".show_all", state=PayoutState.DRAFT.value), 303)


def _found(payout_id: int) -> PayoutLine:
    with desk().billing.reading() as session:
        return reading.one_payout(session, payout_id)


def _facts(line: PayoutLine) -> dict[str, Any]:
    since, until = _period(line)
    state, look = PAYOUT_TEXTS[line.payout.state], PAYOUT_LOOKS[line.payout.state]
    return {
        "line": line,
        "payout": line.payout,
        "since": since,
        "until": until,
        "state": _(state),
        "look": look,
        "is_draft": line.payout.state is PayoutState.DRAFT,
    }
