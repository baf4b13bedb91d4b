"""Tariffs of content: how streams are paid for, what a minute costs, and streams that no tariff fits."""

from collections.abc import Iterator

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.uow import Billing
from ppv_module.admin.desk import desk, signed
from ppv_module.admin.parts import SeenForm
from ppv_module.admin.streams_tariff_forms import PriceForm, TariffForm, television
from ppv_module.admin.streams_terms import COUNTING_TEXTS, KIND_LOOKS, KIND_TEXTS, ROUNDING_TEXTS, pattern_text
from ppv_module.streams.figures import priced
from ppv_module.streams.figures.priced import TariffLine
from ppv_module.streams.rights import prices, tariffs
from ppv_module.streams.rights.models import Kind
from weblib.exports import Source, register, urls
from weblib.forms import ChoiceField, Filter
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, Listing, wish

bp = Blueprint("streams_tariffs", __name__, url_prefix="/streams/tariffs", template_folder="templates")
RIGHTS = ("PPV", "MONEY")
MENU = Entry(
    endpoint="streams_tariffs.show_all",
    text=N_("Tariffs of content"),
    icon="coin",
    section="Streams",
    place=50,
    rights=RIGHTS,
)
ACTIVE, ARCHIVED = "active", "archived"


class TariffFilter(Filter):
    """Narrows the list."""

    state = ChoiceField(N_("State"), choices=[("", N_("all")), (ACTIVE, N_("in use")), (ARCHIVED, N_("archived"))])

    @property
    def active(self) -> bool | None:
        """Whether they count; None for all."""
        state = self.chosen().get("state")
        return state == ACTIVE if state else None


def url_of(tariff_id: int) -> str:
    """The page of one tariff."""
    return f"/streams/tariffs/{tariff_id}"


def _has_no_price(line: TariffLine) -> bool:
    return line.tariff.kind is Kind.MINUTE and line.price is None


def _price(line: TariffLine) -> object:
    if line.tariff.kind is not Kind.MINUTE:
        return None
    return line.price.per_minute if line.price else _("no price: closed")


COLUMNS: tuple[Column[TariffLine], ...] = (
    Column("name", N_("Name"), lambda each: each.tariff.name, link=lambda each: url_of(each.tariff.id)),
    Column(
        "kind",
        N_("How it is paid"),
        lambda each: _(KIND_TEXTS[each.tariff.kind]),
        badge=lambda each: KIND_LOOKS.get(each.tariff.kind, "quiet"),
    ),
    Column("pattern", N_("Streams"), lambda each: pattern_text(each.pattern)),
    Column(
        "price",
        N_("Credits a minute"),
        _price,
        badge=lambda each: "bad" if _has_no_price(each) else None,
        numeric=True,
    ),
    Column("streams", N_("Counts for streams"), lambda each: each.streams, numeric=True),
    Column("limit", N_("Simultaneous streams of an account"), lambda each: each.tariff.max_streams, shown=False),
    Column(
        "state",
        N_("State"),
        lambda each: _("in use") if each.tariff.active else _("archived"),
        badge=lambda each: "good" if each.tariff.active else "quiet",
    ),
    Column("sort", N_("Place in the list"), lambda each: each.tariff.sort, numeric=True),
)


def _rows(billing: Billing) -> Iterator[TariffLine]:
    with billing.reading() as session:
        yield from priced.tariff_lines(session, now=desk().clock(), active=TariffFilter().active)


EXPORT = register(
    Source(name="stream_tariffs", title=N_("Tariffs of content"), columns=COLUMNS, rows=_rows, rights=RIGHTS, utc=True)
)


@bp.get("")
@requires(*RIGHTS)
def show_all() -> ResponseReturnValue:
    """Every tariff in the order in which they count, and the streams that none fits."""
    listing = Listing(
        columns_known=COLUMNS, items=list(_rows(desk().billing)), wish=wish(COLUMNS), exports=urls(EXPORT.name)
    )
    with desk().billing.reading() as session:
        closed = priced.closed_streams(session)
    return render_template("ppv/streams/tariffs_list.html", listing=listing, form=TariffFilter(), closed=closed)


@bp.get("/new")
@requires("PPV")
def show_new() -> ResponseReturnValue:
    """The form for another tariff; the address may name the stream that it is for."""
    pattern = {name: request.args.get(name) or "*" for name in ("vhost", "application", "stream")}
    form = TariffForm(formdata=None, kind=Kind.MINUTE.value, sort=0, **pattern)
    return render_template("ppv/streams/tariffs_new.html", form=form, found=None)


@bp.post("/new")
@requires("PPV")
def create() -> ResponseReturnValue:
    """Make a tariff, or only say which streams its pattern fits."""
    form = TariffForm()
    found = form.tried()
    if not form.is_trial and form.validate():
        with form.refusals():
            made = tariffs.save_tariff(desk().billing.uow(), **form.given, **signed())
            flash(
                _("The tariff is saved.") if made.kind is not Kind.MINUTE else _("The tariff is saved. Set its price.")
            )
            return redirect(url_of(made.id), 303)
    return render_template("ppv/streams/tariffs_new.html", form=form, found=found), 200 if found else 422


@bp.get("/<int:stream_tariff_id>")
@requires(*RIGHTS)
def show(stream_tariff_id: int) -> ResponseReturnValue:
    """One tariff: the versions of its price, and the streams that its pattern fits.

    :raises UnknownTariff: there is none
    """
    now = desk().clock()
    with desk().billing.reading() as session:
        line = priced.tariff_line(session, stream_tariff_id, now=now)
        found = priced.covered_streams(session, line.pattern.id)
        versions = prices.prices_by_time(session, stream_tariff_id)
    names = dict(television())
    return _page(
        "show",
        line,
        found=found,
        versions=versions,
        now=now,
        packages=[names.get(each, str(each)) for each in line.tariff.packages],
        roundings={each.value: _(text) for each, text in ROUNDING_TEXTS.items()},
        countings={each.value: _(text) for each, text in COUNTING_TEXTS.items()},
    )


@bp.get("/<int:stream_tariff_id>/edit")
@requires("PPV")
def show_edit(stream_tariff_id: int) -> ResponseReturnValue:
    """The form with what the tariff is now.

    :raises UnknownTariff: there is none
    """
    line = _line(stream_tariff_id)
    return _page("edit", line, form=TariffForm.of(line.tariff, line.pattern), found=None)


@bp.post("/<int:stream_tariff_id>/edit")
@requires("PPV")
def edit(stream_tariff_id: int) -> ResponseReturnValue:
    """Save an edition, or only say which streams its pattern would fit.

    :raises UnknownTariff: there is none
    """
    line, form = _line(stream_tariff_id), TariffForm()
    found = form.tried()
    if not form.is_trial and form.validate():
        with form.refusals():
            given = {**form.given, "tariff_id": stream_tariff_id, "seen": form.seen.data}
            tariffs.save_tariff(desk().billing.uow(), **given, **signed())
            flash(_("Saved. It counts at once."))
            return redirect(url_of(stream_tariff_id), 303)
    return _page("edit", line, form=form, found=found), 200 if found else 422


@bp.post("/<int:stream_tariff_id>/archive")
@requires("PPV")
def archive(stream_tariff_id: int) -> ResponseReturnValue:
    """Let it count no longer.

    :raises UnknownTariff, ChangedMeanwhile: nothing has changed
    """
    _switch(stream_tariff_id, active=False)
    flash(_("The tariff is archived. Its streams fall to the next tariff that fits."))
    return redirect(url_of(stream_tariff_id), 303)


@bp.post("/<int:stream_tariff_id>/restore")
@requires("PPV")
def restore(stream_tariff_id: int) -> ResponseReturnValue:
    """Let it count again.

    :raises UnknownTariff, ChangedMeanwhile: nothing has changed
    """
    _switch(stream_tariff_id, active=True)
    flash(_("The tariff counts again."))
    return redirect(url_of(stream_tariff_id), 303)


@bp.get("/<int:stream_tariff_id>/price")
@requires("MONEY")
def show_price(stream_tariff_id: int) -> ResponseReturnValue:
    """The form for another price, with the present one in it.

    :raises UnknownTariff: there is none
    """
    line = _line(stream_tariff_id)
    known = line.price
    facts = {"per_minute": known.per_minute, "rounding": known.rounding, "counting": known.counting} if known else {}
    return _page("price", line, form=PriceForm(formdata=None, **facts))


@bp.post("/<int:stream_tariff_id>/price")
@requires("MONEY")
def price(stream_tariff_id: int) -> ResponseReturnValue:
    """Let a minute cost something else; the same price sent twice is one.

    :raises UnknownTariff: there is none
    """
    line, form = _line(stream_tariff_id), PriceForm()
    if form.validate():
        with form.refusals():
            prices.set_price(desk().billing.uow(), tariff_id=stream_tariff_id, **form.given, **signed())
            flash(_("The price is set. What was watched before is charged as it was."))
            return redirect(url_of(stream_tariff_id), 303)
    return _page("price", line, form=form), 422


@bp.post("/<int:stream_tariff_id>/prices/<int:price_id>/withdraw")
@requires("MONEY")
def withdraw(stream_tariff_id: int, price_id: int) -> ResponseReturnValue:
    """Take back a price that has not begun.

    :raises UnknownPrice, PriceHasBegun: nothing has changed
    """
    prices.withdraw_price(desk().billing.uow(), price_id=price_id, **signed())
    flash(_("The price is taken back. The one before it goes on."))
    return redirect(url_for(".show", stream_tariff_id=stream_tariff_id), 303)


def _switch(tariff_id: int, *, active: bool) -> None:
    uow, seen = desk().billing.uow(), SeenForm().seen.data
    tariffs.set_tariff_active(uow, tariff_id=tariff_id, active=active, seen=seen, **signed())


def _line(tariff_id: int) -> TariffLine:
    with desk().billing.reading() as session:
        return priced.tariff_line(session, tariff_id, now=desk().clock())


def _page(name: str, line: TariffLine, **facts: object) -> str:
    words = {"kind": _(KIND_TEXTS[line.tariff.kind]), "pattern": pattern_text(line.pattern)}
    return render_template(f"ppv/streams/tariffs_{name}.html", line=line, tariff=line.tariff, **words, **facts)
