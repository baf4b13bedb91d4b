"""Actions on everybody whom a filter finds: chosen, looked at beforehand, started, and told one by one."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, select

from billing.errors import N_, NotAllowed, recalled
from billing.money import Money
from billing.paging import SIZE, Key, Page, page
from billing.uow import Billing
from olltv_module.admin.desk import actor, desk
from olltv_module.admin.selecting import SubscriberFilter, described
from olltv_module.admin.subscribers import url_of
from olltv_module.listing import rows
from olltv_module.listing.selection import Selection
from olltv_module.services.bulk import preview, run
from olltv_module.services.bulk.actions import WHYS, Order
from olltv_module.services.bulk.models import DONE, NOTHING, OPEN, Action, Bulk, BulkLine
from olltv_module.services.bulk.preview import Forecast
from weblib.exports import Source, register, urls
from weblib.forms import ChoiceField, Filter, Form, KeyField, ReasonField, new_key
from weblib.pages import gettext as _
from weblib.pages import tell
from weblib.rights import may, requires
from weblib.tables import Column, Listing, wish

bp = Blueprint("bulk", __name__, url_prefix="/subscribers/bulk", template_folder="templates")

PREVIEWED = 100
WALKED = 2000
OWN = ("action", "why", "note", "key", "sort", "dir", "columns", "cursor")
"""What stands in the address beside the filter."""

ACTIONS = {
    Action.SUSPEND: N_("Suspend"),
    Action.RESUME: N_("Resume"),
    Action.RESUME_FREE: N_("Resume without charge"),
    Action.DELIVER: N_("Tell the partner again"),
    Action.LEAVE: N_("Disconnect"),
}
MEANINGS = {
    Action.SUSPEND: N_(
        "Television goes off for everybody in the list; devices and codes stay. No money is taken or given back, "
        "orders that the partner has not confirmed are called off and their reserves released."
    ),
    Action.RESUME: N_(
        "What is suspended is switched on again. The fees not yet paid for this month are reserved in the wallets and "
        "taken when the partner confirms; whoever cannot pay all of them stays as he is."
    ),
    Action.RESUME_FREE: N_("What is suspended is switched on again, and no fee is taken for this month."),
    Action.DELIVER: N_(
        "The partner is asked what each of them has, and told again what differs from our wish. No money moves."
    ),
    Action.LEAVE: N_(
        "All subscriptions of everybody in the list end. The contracts at the partner are broken: devices and codes "
        "are lost. No money is given back, but orders that the partner has not confirmed are released."
    ),
}
REASONS = {"staff": N_("by staff, for example a fault"), "vacation": N_("vacation"), "frozen": N_("frozen")}
RESULTS = {OPEN: N_("Waits for its turn"), DONE: N_("Done"), NOTHING: N_("Nothing to do")}
WILL = {DONE: N_("Will be done"), NOTHING: N_("Nothing to do")}


class OrderForm(Form):
    """What is to be done, to be looked at."""

    class Meta(Form.Meta):
        csrf = False

    action = ChoiceField(N_("Action"), required=True, choices=[(each.value, text) for each, text in ACTIONS.items()])
    why = ChoiceField(
        N_("Why it is suspended"), choices=[(each.value, REASONS[each]) for each in WHYS], default=WHYS[0].value
    )
    note = ReasonField(N_("Reason"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [each for each in ACTIONS if each is not Action.RESUME_FREE or may("MONEY")]
        self.action.choices = [(each.value, _(ACTIONS[each])) for each in offered]

    def order(self) -> Order:
        action = Action(self.action.data)
        return Order(action=action, note=self.note.data, why=self.why.data if action is Action.SUSPEND else "")


class StartForm(OrderForm):
    """The same, to be started."""

    class Meta(Form.Meta):
        csrf = True

    key = KeyField()


class LineFilter(Filter):
    result = ChoiceField(N_("Result"), choices=[("", N_("all"))])


def _result(line: BulkLine) -> str:
    if line.result in RESULTS:
        return _(RESULTS[line.result])
    return tell(recalled(line.facts or {"code": line.result}))


def _look(result: str) -> str:
    return {DONE: "good", OPEN: "quiet", NOTHING: "quiet"}.get(result, "bad")


def _cost(line: BulkLine) -> Money | None:
    minor = int(str((line.facts or {}).get("cost_minor", 0)))
    return Money(minor, desk().billing.unit) if minor else None


LINE_COLUMNS: tuple[Column[BulkLine], ...] = (
    Column("login", N_("Login"), lambda line: line.login, link=lambda line: url_of(line.login)),
    Column("result", N_("Result"), _result, badge=lambda line: _look(line.result)),
    Column("cost", N_("Reserved"), _cost, numeric=True),
    Column("at", N_("Time"), lambda line: line.done_at),
)
FORECAST_COLUMNS: tuple[Column[Forecast], ...] = (
    Column("login", N_("Login"), lambda each: each.login, link=lambda each: url_of(each.login)),
    Column(
        "result",
        N_("What will happen"),
        lambda each: tell(each.refusal) if each.refusal else _(WILL[each.result]),
        badge=lambda each: _look("refused" if each.refusal else each.result),
    ),
    Column(
        "cost",
        N_("Will be reserved"),
        lambda each: each.cost if each.cost and each.cost.minor else None,
        numeric=True,
    ),
)
PAST_COLUMNS: tuple[Column[Bulk], ...] = (
    Column("id", N_("Number"), lambda bulk: bulk.id, link=lambda bulk: f"/subscribers/bulk/{bulk.id}", numeric=True),
    Column("action", N_("Action"), lambda bulk: _(ACTIONS[bulk.action])),
    Column("total", N_("Subscribers"), lambda bulk: bulk.total, numeric=True),
    Column("note", N_("Reason"), lambda bulk: bulk.note),
    Column("actor", N_("Who"), lambda bulk: bulk.actor),
    Column("begun", N_("Began"), lambda bulk: bulk.created_at),
    Column("ended", N_("Ended"), lambda bulk: bulk.finished_at),
)


@bp.get("")
@requires("OLLTV")
def show() -> ResponseReturnValue:
    """Choose what to do with everybody of the filter; with an action, what would happen to the first ones."""
    form = OrderForm(request.args if "action" in request.args else None)
    narrowed = SubscriberFilter()
    is_chosen = "action" in request.args and form.validate() and not narrowed.errors
    return _page(narrowed, form, _forecast(narrowed, form) if is_chosen else None)


@bp.post("")
@requires("OLLTV")
def start() -> ResponseReturnValue:
    """Start it.

    :raises NotAllowed: without charge, without the right for it
    """
    if request.form.get("action") == Action.RESUME_FREE and not may("MONEY"):
        raise NotAllowed
    form, narrowed = StartForm(), SubscriberFilter()
    if form.validate() and not narrowed.errors:
        with form.refusals():
            uow, selection = desk().billing.uow(), narrowed.selection()
            order, key, now = form.order(), form.key.data, desk().clock()
            bulk = run.start(uow, selection=selection, order=order, key=key, actor=actor(), now=now)
    if form.errors or narrowed.errors:
        return _page(narrowed, form, None), 422
    flash(_("The action is started. It goes on by itself; this page shows how far it is."))
    return redirect(url_for("jobs.show", job_id=bulk.job_id), 303)


@bp.get("/past")
@requires("OLLTV")
def past() -> ResponseReturnValue:
    """Earlier actions, the newest first."""
    asked = wish(PAST_COLUMNS)
    with desk().billing.reading() as session:
        found = page(session, select(Bulk), keys=[Key(Bulk.id, descending=True)], cursor=asked.cursor)
    listing = Listing(
        columns_known=PAST_COLUMNS, items=found.rows, wish=asked, next=found.next, previous=found.previous
    )
    return render_template("olltv/bulk_past.html", listing=listing)


@bp.get("/<int(max=9223372036854775807):bulk_id>")
@requires("OLLTV")
def result(bulk_id: int) -> ResponseReturnValue:
    """What became of each.

    :raises NotFound: there is no such action
    """
    form, asked = LineFilter(), wish(LINE_COLUMNS)
    with desk().billing.reading() as session:
        bulk, results = run.find(session, bulk_id), run.results(session, bulk_id)
        form.result.choices = [("", _("all")), *((each or "open", _words(each)) for each in results)]
        form.validate()
        found = _lines(session, bulk_id, form.chosen().get("result"), asked.cursor, SIZE)
    listing = Listing(
        columns_known=LINE_COLUMNS,
        items=found.rows,
        wish=asked,
        next=found.next,
        previous=found.previous,
        exports=urls(SOURCE.name, bulk=bulk_id),
    )
    tiles = [(_words(each), number, _look(each)) for each, number in results.items()]
    named: dict[str, Any] = {"action": _(ACTIONS[bulk.action]), "meaning": _(MEANINGS[bulk.action])}
    named["chosen"] = described(Selection.read(bulk.filter))
    return render_template("olltv/bulk_result.html", bulk=bulk, tiles=tiles, form=form, listing=listing, **named)


@bp.post("/<int(max=9223372036854775807):bulk_id>/continue")
@requires("OLLTV")
def go_on(bulk_id: int) -> ResponseReturnValue:
    """Finish what was broken off.

    :raises NotFound: there is no such action
    """
    run.go_on(desk().billing.uow(), bulk_id=bulk_id, actor=actor(), now=desk().clock())
    flash(_("The worker goes on with it. Whoever had his turn keeps his result."))
    return redirect(url_for(".result", bulk_id=bulk_id), 303)


def _words(result: str) -> str:
    """A result in a few words; a refusal without its facts."""
    return _(RESULTS[result]) if result in RESULTS else tell(recalled({"code": result}))


def _filter_query() -> str:
    """The filter alone, as it stands in the address."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name not in OWN and value]
    return urlencode(kept)


def _forecast(narrowed: SubscriberFilter, form: OrderForm) -> list[Forecast]:
    billing, now = desk().billing, desk().clock()
    first = rows.page(billing, narrowed.selection(), now=now, size=PREVIEWED).rows
    return preview.forecast(billing, form.order(), [row.login for row in first], actor=actor(), now=now)


def _page(narrowed: SubscriberFilter, form: OrderForm, forecast: list[Forecast] | None) -> str:
    with desk().billing.reading() as session:
        counted = narrowed.selection().count(session, run.MOST)
    listing = (
        None
        if forecast is None
        else Listing(columns_known=FORECAST_COLUMNS, items=forecast, wish=wish(FORECAST_COLUMNS))
    )
    return render_template(
        "olltv/bulk_choose.html",
        form=form,
        narrowed=narrowed,
        query=_filter_query(),
        kept=[(name, value) for name, value in request.args.items(multi=True) if name not in OWN],
        counted=counted,
        chosen=described(narrowed.selection()),
        most=run.MOST,
        listing=listing,
        key=new_key(),
        action=_(ACTIONS[Action(form.action.data)]) if listing else "",
        meaning=_(MEANINGS[Action(form.action.data)]) if listing else "",
    )


def _lines(session: Any, bulk_id: int, result: str | None, cursor: str | None, size: int) -> Page[BulkLine]:
    query: Select[Any] = select(BulkLine).where(BulkLine.bulk_id == bulk_id)
    if result:
        query = query.where(BulkLine.result == (OPEN if result == "open" else result))
    return page(session, query, keys=[Key(BulkLine.subscriber_id)], cursor=cursor, size=size)


def _exported(billing: Billing) -> Iterator[BulkLine]:
    bulk_id, cursor = request.args.get("bulk", 0, type=int), None
    while True:
        with billing.reading() as session:
            found = _lines(session, bulk_id, request.args.get("result"), cursor, WALKED)
        yield from found.rows
        if (cursor := found.next) is None:
            return


SOURCE = register(Source(name="bulk", title=N_("Results"), columns=LINE_COLUMNS, rows=_exported, rights=("OLLTV",)))
