"""How pay-per-view stands: what is going on, what was sold and spent, what needs a person."""

from collections.abc import Iterator

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.uow import Billing
from ppv_module.admin.desk import desk
from ppv_module.admin.report_words import SHOW_LOOKS, SHOW_TEXTS
from ppv_module.admin.shows import viewer_url
from ppv_module.chat.reports.overview import DaySpent, Overview, TopViewer, overview
from weblib.exports import Source, register, urls
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column

bp = Blueprint("ppv_overview", __name__, url_prefix="/ppv/overview", template_folder="templates")
RIGHTS = ("PPV", "MONEY")
MENU = Entry(
    endpoint="ppv_overview.show",
    text=N_("Overview"),
    icon="layout-dashboard",
    section="Pay-per-view",
    place=0,
    rights=RIGHTS,
)
DAYS: tuple[Column[DaySpent], ...] = (
    Column("day", N_("Day"), lambda each: each.day),
    Column("shows", N_("Credits by shows"), lambda each: each.show_credits, numeric=True),
    Column("tips", N_("Credits by tips"), lambda each: each.tip_credits, numeric=True),
)
TOP: tuple[Column[TopViewer], ...] = (
    Column("login", N_("Login"), lambda each: each.login),
    Column("nickname", N_("Viewer"), lambda each: each.nickname),
    Column("credits", N_("Spent"), lambda each: each.credits, numeric=True),
)


def _overview(billing: Billing) -> Overview:
    with billing.reading() as session:
        return overview(session, now=desk().clock(), zone=billing.zone)


def _days(billing: Billing) -> Iterator[DaySpent]:
    yield from _overview(billing).days


def _top(billing: Billing) -> Iterator[TopViewer]:
    yield from _overview(billing).top


DAYS_EXPORT = register(
    Source(name="ppv_days", title=N_("Credits spent by day"), columns=DAYS, rows=_days, rights=RIGHTS, utc=True)
)
TOP_EXPORT = register(
    Source(name="ppv_top_viewers", title=N_("Top viewers"), columns=TOP, rows=_top, rights=RIGHTS, utc=True)
)


@bp.get("")
@requires(*RIGHTS)
def show() -> ResponseReturnValue:
    """The page."""
    board = _overview(desk().billing)
    return render_template(
        "ppv/overview_show.html",
        board=board,
        now=desk().clock(),
        states={state: _(text) for state, text in SHOW_TEXTS.items()},
        looks=SHOW_LOOKS,
        viewer_url=viewer_url,
        day_exports=urls(DAYS_EXPORT.name),
        top_exports=urls(TOP_EXPORT.name),
    )
