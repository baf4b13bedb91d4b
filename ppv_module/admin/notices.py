"""Notices of payment providers as they came in: they name who has paid, so they are for people with MONEY alone."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from billing.errors import N_
from ppv_module.admin.desk import actor, desk
from ppv_module.admin.lists import page_of
from ppv_module.admin.purchases import flag_text
from ppv_module.admin.report_words import VERDICT_LOOKS, VERDICT_TEXTS
from ppv_module.chat.reports import purchases as reading
from ppv_module.credits import notices
from ppv_module.credits.models import Notice, Verdict
from weblib.exports import Source, register
from weblib.forms import ChoiceField, Filter
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, wish

bp = Blueprint("ppv_notices", __name__, url_prefix="/ppv/purchases/notices", template_folder="templates")


class NoticeFilter(Filter):
    """Narrows the notices."""

    verdict = ChoiceField(
        N_("State"), choices=[("", N_("all")), *((each.value, VERDICT_TEXTS[each]) for each in Verdict)]
    )

    @property
    def wanted(self) -> Verdict | None:
        """What is asked for; None for all."""
        found = self.chosen().get("verdict")
        return Verdict(found) if found else None


COLUMNS: tuple[Column[Notice], ...] = (
    Column("id", N_("Notice"), lambda each: each.id, link=lambda each: f"/ppv/purchases/notices/{each.id}"),
    Column("received", N_("Came in"), lambda each: each.received_at),
    Column("provider", N_("From"), lambda each: each.provider),
    Column(
        "verdict",
        N_("State"),
        lambda each: _(VERDICT_TEXTS[each.verdict]),
        badge=lambda each: VERDICT_LOOKS[each.verdict],
    ),
    Column("attempts", N_("Tries"), lambda each: each.attempts, numeric=True),
    Column("due", N_("Next try"), lambda each: each.due_at),
    Column("action", N_("What was done"), lambda each: each.action_taken),
    Column(
        "flag",
        N_("Needs a look"),
        lambda each: flag_text(each.flag),
        badge=lambda each: "warn" if each.flag else None,
    ),
)
EXPORT = register(
    Source(
        name="ppv_notices",
        title=N_("Notices of payments"),
        columns=COLUMNS,
        rows=lambda core: reading.all_notices(core.reading, NoticeFilter().wanted),
        rights=("MONEY",),
        utc=True,
    )
)


@bp.get("")
@requires("MONEY")
def show_all() -> ResponseReturnValue:
    """The notices, the latest first."""
    form, asked = NoticeFilter(), wish(COLUMNS)
    with desk().billing.reading() as session:
        found = reading.notices_page(session, form.wanted, cursor=asked.cursor)
        counted = reading.count_notices(session, form.wanted)
    listing = page_of(COLUMNS, EXPORT, asked, found, counted)
    return render_template("ppv/notices_list.html", listing=listing, form=form)


@bp.get("/<int:notice_id>")
@requires("MONEY")
def show(notice_id: int) -> ResponseReturnValue:
    """One notice letter by letter, and what came of it.

    :raises NotFound: there is no such notice
    """
    with desk().billing.reading() as session:
        notice = reading.one_notice(session, notice_id)
        payments = reading.payments_of_notice(session, notice_id)
    return render_template(
        "ppv/notices_show.html",
        notice=notice,
        payments=payments,
        raw=notice.raw.decode("utf-8", "backslashreplace"),
        state=_(VERDICT_TEXTS[notice.verdict]),
        look=VERDICT_LOOKS[notice.verdict],
        flag=flag_text(notice.flag),
    )


@bp.post("/<int:notice_id>/again")
@requires("MONEY")
def again(notice_id: int) -> ResponseReturnValue:
    """Have the worker look at it once more; nothing is granted twice.

    :raises NotFound: there is no such notice, or its text is kept no longer
    """
    notices.reprocess(desk().billing.uow(), notice_id=notice_id, actor=actor(), now=desk().clock())
    flash(_("The worker looks at the notice once more."))
    return redirect(url_for(".show", notice_id=notice_id), 303)


@bp.post("/<int:notice_id>/seen")
@requires("MONEY")
def seen(notice_id: int) -> ResponseReturnValue:
    """Somebody has looked at it.

    :raises NotFound: there is no such notice
    """
    notices.dismiss(desk().billing.uow(), notice_id=notice_id, actor=actor(), now=desk().clock())
    flash(_("The notice needs no look any more."))
    return redirect(url_for(".show", notice_id=notice_id), 303)
