"""Reconciling with the partner: what differs, repairing it, living with it, and what was done."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.errors import N_, recalled
from billing.jobs import ask
from olltv_module.admin.desk import actor, desk
from olltv_module.admin.reconcile_words import (
    ENDS,
    HINTS,
    KINDS,
    LOOKS,
    OUTCOME_LOOKS,
    OUTCOMES,
    REMEDIES,
    STATES,
)
from olltv_module.reconcile import reading, settling, work
from olltv_module.reconcile.differences import Kind
from olltv_module.reconcile.models import Check, Found, Standing
from olltv_module.reconcile.repair import REPAIRS
from weblib.forms import ChoiceField, Filter, Form, ReasonField
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.pages import own_path, tell
from weblib.rights import requires
from weblib.tables import Column, Listing, wish

NAMES_SHOWN = 50
bp = Blueprint("reconcile", __name__, template_folder="templates")
MENU = Entry(
    endpoint="reconcile.show", text=N_("Reconcile"), icon="scale", section="Television", place=50, rights=("OLLTV",)
)


class DismissForm(Form):
    reason = ReasonField(most=settling.LONGEST_NOTE)


class HistoryFilter(Filter):
    """What became of the differences that are listed."""

    state = ChoiceField(
        N_("What became of it"), choices=[(each.value, STATES[each]) for each in Standing if each is not Standing.OPEN]
    )


def text(found: Found) -> str:
    """The sentence that tells a difference."""
    return _(found.difference.text, **vars(found.difference))


def _login_link(found: Found) -> str | None:
    ours = found.login and found.kind is not Kind.UNKNOWN_ACCOUNT
    return url_for("subscriber.show", login=found.login) if ours else None


OPEN_COLUMNS: tuple[Column[Found], ...] = (
    Column("login", N_("Login"), lambda each: each.login, link=_login_link),
    Column("text", N_("Difference"), text, link=lambda each: f"/reconcile/{each.id}"),
    Column("found", N_("Found"), lambda each: each.found_at),
)
PAST_COLUMNS: tuple[Column[Found], ...] = (
    *OPEN_COLUMNS,
    Column("state", N_("State"), lambda each: _(STATES[each.state]), badge=lambda each: LOOKS[each.state]),
    Column("settled", N_("Settled"), lambda each: each.settled_at),
    Column("actor", N_("Who"), lambda each: each.actor),
    Column("note", N_("Reason"), lambda each: each.note),
)


def _state(check: Check) -> str:
    if check.finished_at:
        return _("done")
    return _("broken off: %(why)s", why=tell(recalled(check.trouble))) if check.trouble else _("not finished")


CHECK_COLUMNS: tuple[Column[Check], ...] = (
    Column("started", N_("Began"), lambda each: each.started_at),
    Column("finished", N_("Ended"), lambda each: each.finished_at),
    Column("actor", N_("Who"), lambda each: each.actor),
    Column("accounts", N_("Accounts"), lambda each: each.accounts, numeric=True),
    Column("found", N_("Differences"), lambda each: each.found, numeric=True),
    Column("state", N_("State"), _state, badge=lambda each: "good" if each.finished_at else "warn"),
)


@bp.get("/reconcile")
@requires("OLLTV")
def show() -> ResponseReturnValue:
    """What differs now, by kind; one kind as a list."""
    billing, now, asked = desk().billing, desk().clock(), wish(OPEN_COLUMNS)
    with billing.reading() as session:
        counts, running = reading.open_by_kind(session), reading.is_running(session, now)
        kind = _kind(request.args.get("kind", "")) or next((each for each in KINDS if counts.get(each)), None)
        found = reading.open_page(session, kind, cursor=asked.cursor)
        newest = reading.newest(session)
    listing = Listing(
        columns_known=OPEN_COLUMNS, items=found.rows, wish=asked, next=found.next, previous=found.previous
    )
    return render_template(
        "olltv/reconcile_list.html",
        listing=listing,
        counts=counts,
        kind=kind,
        kinds=KINDS,
        remedies=REMEDIES,
        repairable=kind in REPAIRS,
        newest=newest,
        running=running,
        trouble=tell(recalled(newest.trouble)) if newest and newest.trouble else "",
        here=request.full_path.rstrip("?"),
    )


@bp.post("/reconcile")
@requires("OLLTV")
def compare() -> ResponseReturnValue:
    """Have the worker compare both sides."""
    uow, now = desk().billing.uow(), desk().clock()
    job = ask(uow, kind=work.RECONCILE, args={}, actor=actor(), now=now, unique=work.RECONCILE)
    return redirect(url_for("jobs.show", job_id=job.id), 303)


@bp.get("/reconcile/<int:difference_id>")
@requires("OLLTV")
def show_one(difference_id: int) -> ResponseReturnValue:
    """One difference, what the repair would do, and the form for dismissing it."""
    return _one_page(DismissForm(), difference_id)


@bp.post("/reconcile/<int:difference_id>/repair")
@requires("OLLTV")
def repair(difference_id: int) -> ResponseReturnValue:
    """Repair one difference, after looking at both sides again.

    :raises SettledAlready, NotRepairable, NotFound, PartnerUnreachable: nothing has changed
    """
    end = settling.repair_found(desk().delivering(), difference_id=difference_id, actor=actor())
    sentence, look = ENDS[end]
    flash(_(sentence), look)
    return redirect(own_path(request.form.get("next", "") or url_for(".show")), 303)


@bp.post("/reconcile/<int:difference_id>/dismiss")
@requires("OLLTV")
def dismiss(difference_id: int) -> ResponseReturnValue:
    """Live with a difference as it is, for a reason."""
    form = DismissForm()
    if form.validate():
        with form.refusals():
            uow, now = desk().billing.uow(), desk().clock()
            settling.dismiss(uow, difference_id=difference_id, reason=form.reason.data, actor=actor(), now=now)
            flash(_("The difference is dismissed. It is told again when it changes."))
            return redirect(url_for(".show"), 303)
    return _one_page(form, difference_id), 422


@bp.post("/reconcile/<int:difference_id>/reopen")
@requires("OLLTV")
def reopen(difference_id: int) -> ResponseReturnValue:
    """Take back that it was dismissed."""
    settling.reopen(desk().billing.uow(), difference_id=difference_id, actor=actor(), now=desk().clock())
    flash(_("The difference is open again."))
    return redirect(url_for(".show_one", difference_id=difference_id), 303)


@bp.get("/reconcile/repair/<word>")
@requires("OLLTV")
def show_repair_all(word: str) -> ResponseReturnValue:
    """How many of a kind would be repaired, and which.

    :raises NotRepairable: a person has to judge differences of this kind
    """
    kind = settling.repairable(word)
    with desk().billing.reading() as session:
        number = reading.count_open(session, kind)
        logins = reading.open_logins(session, kind, limit=NAMES_SHOWN)
    return render_template(
        "olltv/reconcile_repair.html",
        kind=kind,
        title=_(KINDS[kind]),
        remedy=_(REMEDIES[kind]),
        number=number,
        logins=logins,
    )


@bp.post("/reconcile/repair/<word>")
@requires("OLLTV")
def repair_all(word: str) -> ResponseReturnValue:
    """Have the worker repair all of a kind.

    :raises NotRepairable: a person has to judge differences of this kind
    """
    kind, uow, now = settling.repairable(word), desk().billing.uow(), desk().clock()
    name = f"{work.REPAIR}:{kind}"
    job = ask(uow, kind=work.REPAIR, args={"kind": str(kind)}, actor=actor(), now=now, unique=name)
    return redirect(url_for("jobs.show", job_id=job.id), 303)


@bp.get("/reconcile/results/<int:job_id>")
@requires("OLLTV")
def result(job_id: int) -> ResponseReturnValue:
    """What a repair of all of a kind came to.

    :raises NotFound: there was no such repair
    """
    with desk().billing.reading() as session:
        outcome = work.outcome(session, job_id)
    ends = [(OUTCOMES[end], number, OUTCOME_LOOKS.get(end, ""), HINTS.get(end, "")) for end, number in outcome.items()]
    return render_template("olltv/reconcile_result.html", ends=ends)


@bp.get("/reconcile/history")
@requires("OLLTV")
def history() -> ResponseReturnValue:
    """What became of differences, the newest first."""
    form, asked = HistoryFilter(), wish(PAST_COLUMNS)
    state = Standing(form.chosen().get("state", Standing.REPAIRED))
    with desk().billing.reading() as session:
        found = reading.past_page(session, state, cursor=asked.cursor)
        counted = reading.count_past(session, state)
    listing = Listing(
        columns_known=PAST_COLUMNS,
        items=found.rows,
        wish=asked,
        next=found.next,
        previous=found.previous,
        counted=counted,
    )
    return render_template("olltv/reconcile_history.html", listing=listing, form=form)


@bp.get("/reconcile/checks")
@requires("OLLTV")
def past_checks() -> ResponseReturnValue:
    """The comparisons, the newest first."""
    asked = wish(CHECK_COLUMNS)
    with desk().billing.reading() as session:
        found = reading.checks_page(session, cursor=asked.cursor)
    listing = Listing(
        columns_known=CHECK_COLUMNS, items=found.rows, wish=asked, next=found.next, previous=found.previous
    )
    return render_template("olltv/reconcile_checks.html", listing=listing)


def _one_page(form: DismissForm, difference_id: int) -> str:
    with desk().billing.reading() as session:
        found = reading.find(session, difference_id)
    return render_template(
        "olltv/reconcile_show.html",
        form=form,
        found=found,
        text=text(found),
        title=_(KINDS[found.kind]),
        remedy=_(REMEDIES[found.kind]),
        repairable=found.kind in REPAIRS,
        known=found.kind is not Kind.UNKNOWN_ACCOUNT,
        state=_(STATES[found.state]),
        look=LOOKS[found.state],
    )


def _kind(word: str) -> Kind | None:
    return next((each for each in Kind if each == word), None)
