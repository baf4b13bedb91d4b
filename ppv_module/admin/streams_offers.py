"""Tickets on sale: for which streams, for how long, for how much, and how many were sold."""

from collections.abc import Iterator
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.money import Money
from billing.uow import Billing
from ppv_module.admin.desk import desk, signed
from ppv_module.admin.parts import SeenForm
from ppv_module.admin.streams_offer_forms import OfferForm
from ppv_module.admin.streams_terms import pattern_text
from ppv_module.streams.figures import sold
from ppv_module.streams.figures.sold import OfferLine
from ppv_module.streams.rights import offers
from ppv_module.streams.rights.models import Offer
from weblib.exports import Source, register, urls
from weblib.forms import ChoiceField, Filter
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, Listing, wish

bp = Blueprint("streams_offers", __name__, url_prefix="/streams/offers", template_folder="templates")
RIGHTS = ("PPV", "MONEY")
MENU = Entry(
    endpoint="streams_offers.show_all",
    text=N_("Tickets on sale"),
    icon="tags",
    section="Streams",
    place=52,
    rights=RIGHTS,
)
PAGE = "/streams/offers"


class OfferFilter(Filter):
    """Narrows the list."""

    state = ChoiceField(N_("Sale"), choices=[("", N_("all")), ("on", N_("on sale")), ("off", N_("no longer on sale"))])

    @property
    def active(self) -> bool | None:
        """Whether they are on sale; None for all."""
        state = self.chosen().get("state")
        return state == "on" if state else None


def _money(line: OfferLine) -> Money | None:
    minor = line.offer.price_minor
    return None if minor is None else Money(minor, desk().billing.unit)


def _is_sold(offer: Offer, now: datetime) -> bool:
    return offer.active and (offer.ends_at is None or offer.ends_at > now)


def _state(line: OfferLine) -> str:
    if _is_sold(line.offer, desk().clock()):
        return _("on sale")
    return _("over") if line.offer.active else _("no longer on sale")


COLUMNS: tuple[Column[OfferLine], ...] = (
    Column("name", N_("Name"), lambda each: each.offer.name),
    Column("pattern", N_("Streams"), lambda each: pattern_text(each.pattern)),
    Column("hours", N_("Hours"), lambda each: each.offer.hours, numeric=True),
    Column("starts", N_("Not valid before"), lambda each: each.offer.starts_at, shown=False),
    Column("ends", N_("Valid until"), lambda each: each.offer.ends_at, shown=False),
    Column("minutes", N_("Minutes that may be watched"), lambda each: each.offer.minutes, shown=False, numeric=True),
    Column("price", N_("From the wallet"), _money, numeric=True),
    Column("credits", N_("In credits"), lambda each: each.offer.price_credits, numeric=True),
    Column("sold", N_("Sold"), lambda each: each.sold, numeric=True),
    Column("given", N_("Given"), lambda each: each.given, numeric=True),
    Column(
        "state",
        N_("Sale"),
        _state,
        badge=lambda each: "good" if _is_sold(each.offer, desk().clock()) else "quiet",
    ),
    Column("description", N_("Text for buyers"), lambda each: each.offer.description or None, shown=False),
    Column("sort", N_("Place in the list"), lambda each: each.offer.sort, numeric=True, shown=False),
)


def _rows(billing: Billing) -> Iterator[OfferLine]:
    with billing.reading() as session:
        yield from sold.offer_lines(session, active=OfferFilter().active)


EXPORT = register(
    Source(name="stream_offers", title=N_("Tickets on sale"), columns=COLUMNS, rows=_rows, rights=RIGHTS, utc=True)
)


@bp.get("")
@requires(*RIGHTS)
def show_all() -> ResponseReturnValue:
    """Every offer, those that are not sold any more too."""
    listing = Listing(
        columns_known=COLUMNS, items=list(_rows(desk().billing)), wish=wish(COLUMNS), exports=urls(EXPORT.name)
    )
    return render_template("ppv/streams/offers_list.html", listing=listing, form=OfferFilter())


@bp.get("/new")
@requires("MONEY")
def show_new() -> ResponseReturnValue:
    """The form for another offer."""
    form = OfferForm(formdata=None, hours=24, sort=0)
    return render_template("ppv/streams/offers_new.html", form=form, found=None)


@bp.post("/new")
@requires("MONEY")
def create() -> ResponseReturnValue:
    """Put tickets on sale, or only say which streams the pattern fits."""
    form = OfferForm()
    found = form.tried()
    if not form.is_trial and form.validate():
        with form.refusals():
            offers.save_offer(desk().billing.uow(), **form.given, **signed())
            flash(_("The tickets are on sale."))
            return redirect(PAGE, 303)
    return render_template("ppv/streams/offers_new.html", form=form, found=found), 200 if found else 422


@bp.get("/<int:offer_id>/edit")
@requires("MONEY")
def show_edit(offer_id: int) -> ResponseReturnValue:
    """The form with what the offer is now.

    :raises UnknownOffer: there is none
    """
    line = _line(offer_id)
    form = OfferForm.of(line.offer, line.pattern)
    return render_template("ppv/streams/offers_edit.html", form=form, line=line, offer=line.offer, found=None)


@bp.post("/<int:offer_id>/edit")
@requires("MONEY")
def edit(offer_id: int) -> ResponseReturnValue:
    """Save an edition; tickets that were sold stay as they are.

    :raises UnknownOffer: there is none
    """
    line, form = _line(offer_id), OfferForm()
    found = form.tried()
    if not form.is_trial and form.validate():
        with form.refusals():
            given = {**form.given, "offer_id": offer_id, "seen": form.seen.data}
            offers.save_offer(desk().billing.uow(), **given, **signed())
            flash(_("Saved. Tickets that were sold stay as they are."))
            return redirect(PAGE, 303)
    page = render_template("ppv/streams/offers_edit.html", form=form, line=line, offer=line.offer, found=found)
    return page, 200 if found else 422


@bp.post("/<int:offer_id>/on-sale")
@requires("MONEY")
def put_on_sale(offer_id: int) -> ResponseReturnValue:
    """Sell it again.

    :raises UnknownOffer, ChangedMeanwhile: nothing has changed
    """
    _switch(offer_id, active=True)
    flash(_("The tickets are on sale."))
    return redirect(PAGE, 303)


@bp.post("/<int:offer_id>/off-sale")
@requires("MONEY")
def take_off_sale(offer_id: int) -> ResponseReturnValue:
    """Sell it no longer.

    :raises UnknownOffer, ChangedMeanwhile: nothing has changed
    """
    _switch(offer_id, active=False)
    flash(_("These tickets are no longer on sale. Who has one keeps it."))
    return redirect(PAGE, 303)


def _switch(offer_id: int, *, active: bool) -> None:
    uow, seen = desk().billing.uow(), SeenForm().seen.data
    offers.set_offer_active(uow, offer_id=offer_id, active=active, seen=seen, **signed())


def _line(offer_id: int) -> OfferLine:
    with desk().billing.reading() as session:
        return sold.offer_line(session, offer_id)
