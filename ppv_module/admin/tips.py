"""Tips, and taking one back."""

from collections.abc import Iterator

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.uow import Billing
from ppv_module.admin.desk import actor, desk
from ppv_module.admin.lists import page_of
from ppv_module.admin.shows import viewer_url
from ppv_module.admin.spanning import PerformerFilter
from ppv_module.chat.earnings.tips import reverse_tip
from ppv_module.chat.reports import tips
from ppv_module.chat.reports.tips import TipLine, WantedTips
from weblib.exports import Source, register
from weblib.forms import Form, ReasonField, SearchField
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, wish

bp = Blueprint("ppv_tips", __name__, url_prefix="/ppv/tips", template_folder="templates")
RIGHTS = ("PPV", "MONEY")
MENU = Entry(
    endpoint="ppv_tips.show_all", text=N_("Tips"), icon="gift", section="Pay-per-view", place=45, rights=RIGHTS
)


class TipFilter(PerformerFilter):
    """Narrows the list."""

    viewer = SearchField(N_("Viewer’s login"), most=64)

    @property
    def wanted(self) -> WantedTips:
        """What is asked for. What cannot be read does not narrow."""
        return WantedTips(
            tenant_id=self.tenant_id,
            performer_id=self.performer_id,
            payer_login=self.chosen().get("viewer", ""),
            span=self.span,
        )


class ReverseForm(Form):
    reason = ReasonField()


def _state(line: TipLine) -> str:
    if line.tip.reversed_at:
        return _("taken back")
    return _("in a payout") if line.tip.payout_id else _("counts")


def _look(line: TipLine) -> str:
    return "warn" if line.tip.reversed_at else "good" if line.tip.payout_id is None else "info"


COLUMNS: tuple[Column[TipLine], ...] = (
    Column("at", N_("Time"), lambda each: each.tip.at),
    Column("tenant", N_("Chat"), lambda each: each.tenant, shown=False),
    Column("performer", N_("Performer"), lambda each: each.performer),
    Column("viewer", N_("Viewer"), lambda each: each.payer, link=lambda each: viewer_url(each.login)),
    Column("login", N_("Login"), lambda each: each.login, shown=False),
    Column("credits", N_("Credits"), lambda each: each.tip.credits, numeric=True),
    Column("price", N_("Worth"), lambda each: each.price, numeric=True),
    Column("benefit", N_("Benefit"), lambda each: each.benefit, numeric=True),
    Column("currency", N_("Currency"), lambda each: each.tip.currency, shown=False),
    Column("state", N_("State"), _state, badge=_look),
    Column("show", N_("Show"), lambda each: each.tip.show_id, shown=False),
    Column("id", N_("Number"), lambda each: each.tip.id, shown=False, numeric=True),
)


def _exported(billing: Billing) -> Iterator[TipLine]:
    return tips.all_tips(billing.reading, TipFilter().wanted)


EXPORT = register(Source(name="ppv_tips", title=N_("Tips"), columns=COLUMNS, rows=_exported, rights=RIGHTS, utc=True))


@bp.get("")
@requires(*RIGHTS)
def show_all() -> ResponseReturnValue:
    """The tips, the latest first."""
    form, asked = TipFilter(), wish(COLUMNS)
    with desk().billing.reading() as session:
        found = tips.tips_page(session, form.wanted, cursor=asked.cursor)
        counted = tips.count_tips(session, form.wanted)
    listing = page_of(COLUMNS, EXPORT, asked, found, counted)
    return render_template("ppv/tips_list.html", listing=listing, form=form)


@bp.get("/<int:tip_id>/reverse")
@requires("MONEY")
def show_reverse(tip_id: int) -> ResponseReturnValue:
    """What taking it back means.

    :raises NotFound: there is no such tip
    """
    return _page(tip_id, ReverseForm(formdata=None))


@bp.post("/<int:tip_id>/reverse")
@requires("MONEY")
def reverse(tip_id: int) -> ResponseReturnValue:
    """Give the credits back and take the benefit away, once however often the form is sent.

    :raises NotFound: there is no such tip
    """
    line, form = _found(tip_id), ReverseForm()
    if form.validate():
        with form.refusals():
            uow, now = desk().billing.uow(), desk().clock()
            reverse_tip(uow, earning_id=line.tip.id, reason=form.reason.data, actor=actor(), now=now)
            flash(_("The tip is taken back; the viewer has the credits again."))
            return redirect(url_for(".show_all"), 303)
    return _page(tip_id, form), 422


def _page(tip_id: int, form: ReverseForm) -> str:
    return render_template("ppv/tips_reverse.html", line=_found(tip_id), form=form)


def _found(tip_id: int) -> TipLine:
    with desk().billing.reading() as session:
        return tips.one_tip(session, tip_id)
