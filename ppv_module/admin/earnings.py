"""What performers have earned, by period and currency, and adjustments of it."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.uow import Billing
from ppv_module.admin.desk import actor, desk
from ppv_module.admin.spanning import PerformerFilter, performers, today
from ppv_module.chat.earnings.adjusting import adjust
from ppv_module.chat.earnings.mills import Mills
from ppv_module.chat.reports import earnings as reading
from ppv_module.chat.reports.earnings import EarningLine, EarningReport, WantedEarnings
from weblib.exports import Source, register, urls
from weblib.forms import ChoiceField, Form, KeyField, MoneyField, ReasonField, new_key
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import may, requires
from weblib.tables import Column, Listing, wish

bp = Blueprint("ppv_earnings", __name__, url_prefix="/ppv/earnings", template_folder="templates")
RIGHTS = ("PPV", "MONEY")
MENU = Entry(
    endpoint="ppv_earnings.show",
    text=N_("Earnings"),
    icon="chart-bar",
    section="Pay-per-view",
    place=50,
    rights=RIGHTS,
)


class EarningFilter(PerformerFilter):
    """A period, the present month unless another is asked for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        day = today()
        self.suppose(day.replace(day=1), day)

    @property
    def wanted(self) -> WantedEarnings:
        """What is asked for. What cannot be read does not narrow."""
        return WantedEarnings(span=self.span, tenant_id=self.tenant_id, performer_id=self.performer_id)


def _mills(text: str) -> Mills:
    """:raises InvalidAmount: no amount. The currency is that of the performer's chat."""
    return Mills.parse(text, desk().billing.unit)


class AdjustForm(Form):
    """So much more or less for a performer."""

    key = KeyField()
    performer = ChoiceField(N_("Performer"), required=True, choices=[])
    direction = ChoiceField(
        N_("What is to be done"),
        required=True,
        choices=[("add", N_("Add to the benefit")), ("take", N_("Take from the benefit"))],
    )
    amount = MoneyField(
        parse=_mills, required=True, description=N_("In the currency of the chat, with up to three decimals.")
    )
    reason = ReasonField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.performer.choices = [(str(each.person_id), f"{each.tenant}: {each.name}") for each in performers()]

    @property
    def signed(self) -> int:
        """The amount in thousandths, negative when it is to be taken."""
        mills: int = self.amount.data.mills
        return mills if self.direction.data == "add" else -mills


def as_time(seconds: int) -> str:
    """Seconds as `1:01:30`."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _shows_url(line: EarningLine) -> str | None:
    """The shows of the same days, for those who may see them."""
    if not may("PPV"):
        return None
    since = request.args.get("since") or today().replace(day=1).isoformat()
    until = request.args.get("until") or today().isoformat()
    return url_for("ppv_shows.show_all", performer=line.performer_id, since=since, until=until)


COLUMNS: tuple[Column[EarningLine], ...] = (
    Column("performer", N_("Performer"), lambda each: each.performer, link=_shows_url),
    Column("tenant", N_("Chat"), lambda each: each.tenant, shown=False),
    Column("shows", N_("Shows"), lambda each: each.shows, numeric=True),
    Column("time", N_("Billed time"), lambda each: as_time(each.billed_s), numeric=True),
    Column("seconds", N_("Billed seconds"), lambda each: each.billed_s, numeric=True, shown=False),
    Column("show_credits", N_("Credits by shows"), lambda each: each.show_credits, numeric=True),
    Column("tips", N_("Tips"), lambda each: each.tips, numeric=True),
    Column("tip_credits", N_("Credits by tips"), lambda each: each.tip_credits, numeric=True),
    Column("currency", N_("Currency"), lambda each: each.currency, shown=False),
    Column("price", N_("Worth"), lambda each: each.price, numeric=True),
    Column("benefit", N_("Benefit"), lambda each: each.benefit, numeric=True),
    Column("adjusted", N_("Of it adjustments"), lambda each: each.adjusted, numeric=True, shown=False),
    Column("house", N_("House’s part"), lambda each: each.house, numeric=True, shown=False),
    Column("paid", N_("Paid out"), lambda each: each.paid, numeric=True),
    Column("unpaid", N_("Not paid out"), lambda each: each.unpaid, numeric=True),
)


def _report(billing: Billing) -> EarningReport:
    with billing.reading() as session:
        return reading.earnings(session, EarningFilter().wanted)


def _exported(billing: Billing) -> Iterator[EarningLine]:
    yield from _report(billing).lines


EXPORT = register(
    Source(name="ppv_earnings", title=N_("Earnings"), columns=COLUMNS, rows=_exported, rights=RIGHTS, utc=True)
)


@bp.get("")
@requires(*RIGHTS)
def show() -> ResponseReturnValue:
    """The report, with a total for each currency."""
    report = _report(desk().billing)
    listing = Listing(columns_known=COLUMNS, items=report.lines, wish=wish(COLUMNS), exports=urls(EXPORT.name))
    return render_template(
        "ppv/earnings_show.html", listing=listing, form=EarningFilter(), totals=report.totals, as_time=as_time
    )


@bp.get("/adjust")
@requires("MONEY")
def show_adjust() -> ResponseReturnValue:
    """Whose benefit, by how much, and why."""
    return render_template("ppv/earnings_adjust.html", form=AdjustForm(formdata=None, key=new_key()))


@bp.post("/adjust")
@requires("MONEY")
def adjust_one() -> ResponseReturnValue:
    """Adjust it, once however often the form is sent."""
    form = AdjustForm()
    if form.validate():
        with form.refusals():
            adjust(
                desk().billing.uow(),
                performer_id=int(form.performer.data),
                benefit_mills=form.signed,
                reason=form.reason.data,
                key=form.key.data,
                actor=actor(),
                now=desk().clock(),
            )
            flash(_("The benefit is adjusted. It is paid with the next payout."))
            return redirect(url_for(".show"), 303)
    return render_template("ppv/earnings_adjust.html", form=form), 422
