"""Tariffs: the price list, one tariff with all that is known of it, and trying its service id at the partner."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.uow import Billing
from olltv_module import price_list
from olltv_module.admin.desk import desk
from olltv_module.delivery.service_trial import Known, try_service
from olltv_module.price_list import Offer
from olltv_module.services import pairs
from weblib.exports import Source, register, urls
from weblib.forms import ChoiceField, Filter, SearchField
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.pages import shown, tell
from weblib.rights import requires
from weblib.tables import Column, Listing, wish

RESULT_KINDS = {Known.KNOWN: "good", Known.UNKNOWN: "bad", Known.UNTRIED: "warn"}
MAIN, ADDON = "main", "addon"
KIND_CHOICES = [(MAIN, N_("main tariff")), (ADDON, N_("add-on"))]

bp = Blueprint("tariffs", __name__, template_folder="templates")
MENU = Entry(
    endpoint="tariffs.show", text=N_("Tariffs"), icon="tags", section="Television", place=30, rights=("OLLTV",)
)


class OfferFilter(Filter):
    """Narrows the price list."""

    kind = ChoiceField(N_("Kind"), choices=[("", N_("all")), *KIND_CHOICES])
    sale = ChoiceField(N_("Sale"), choices=[("", N_("on sale")), ("archived", N_("archived")), ("all", N_("all"))])
    words = SearchField(N_("Name or service id has"), most=64)


def _kind(offer: Offer) -> str:
    return _("main tariff") if offer.main else _("add-on")


def _state(offer: Offer) -> str:
    return _("archived") if offer.archived_at else _("on sale")


def _look(offer: Offer) -> str:
    return "quiet" if offer.archived_at else "good"


def _goes_with(offer: Offer) -> str | None:
    return None if offer.main else ", ".join(offer.mains) or _("all")


def _subscribers(offer: Offer) -> object:
    count = offer.subscribers
    return _("more than %(num)s", num=shown(count.number)) if count.is_more else count.number


def _share(offer: Offer) -> str | None:
    return None if offer.partner_percent is None else f"{offer.partner_percent} %"


COLUMNS: tuple[Column[Offer], ...] = (
    Column("name", N_("Name"), lambda each: each.name, link=lambda each: f"/tariffs/{each.id}", sort=True),
    Column("kind", N_("Kind"), _kind, sort=True),
    Column("state", N_("Sale"), _state, badge=_look, shown=False),
    Column("fee", N_("Fee now"), lambda each: each.fee, sort=True, numeric=True),
    Column("next_fee", N_("Fee to come"), lambda each: each.next_fee, sort=True, numeric=True),
    Column("next_from", N_("In force from"), lambda each: each.next_from, sort=True),
    Column("subscribers", N_("Subscribers"), _subscribers, sort=True, numeric=True),
    Column("percent", N_("Partner’s share"), _share, sort=True, numeric=True),
    Column("service", N_("Service id"), lambda each: each.service, sort=True),
    Column("goes_with", N_("Goes with"), _goes_with, shown=False),
    Column("created", N_("Made"), lambda each: each.created_at, sort=True, shown=False),
    Column("id", N_("Number"), lambda each: each.id, sort=True, shown=False, numeric=True),
)
ORDERS: dict[str, Callable[[Offer], Any]] = {
    "name": lambda each: each.name.casefold(),
    "kind": lambda each: not each.main,
    "fee": lambda each: each.fee.minor,
    "next_fee": lambda each: each.next_fee and each.next_fee.minor,
    "next_from": lambda each: each.next_from,
    "subscribers": lambda each: each.subscribers.number,
    "percent": lambda each: each.partner_percent,
    "service": lambda each: each.service,
    "created": lambda each: each.created_at,
    "id": lambda each: each.id,
}


def _listed(billing: Billing) -> Iterator[Offer]:
    """The lines that the present request asks for. There are some dozens, so they are picked and sorted here."""
    with billing.reading() as session:
        offers = price_list.price_list(session, now=desk().clock(), unit=billing.unit)
    asked, chosen = wish(COLUMNS, sort="kind"), OfferFilter().chosen()
    key = ORDERS[asked.sort]
    found = [each for each in offers if _matches(each, chosen)]
    known = sorted((each for each in found if key(each) is not None), key=key, reverse=asked.descending)
    yield from known
    yield from (each for each in found if key(each) is None)


def _matches(offer: Offer, chosen: dict[str, Any]) -> bool:
    sale, kind, words = chosen.get("sale", ""), chosen.get("kind"), chosen.get("words", "").casefold()
    if sale != "all" and (offer.archived_at is not None) is not (sale == "archived"):
        return False
    if kind and offer.main is not (kind == MAIN):
        return False
    return words in offer.name.casefold() or words in offer.service.casefold()


EXPORT = register(Source(name="olltv_tariffs", title=N_("Tariffs"), columns=COLUMNS, rows=_listed, rights=("OLLTV",)))


@bp.get("/tariffs")
@requires("OLLTV")
def show() -> ResponseReturnValue:
    """The price list."""
    items = list(_listed(desk().billing))
    mixed = OfferFilter().chosen().get("sale") == "all"
    columns = [replace(each, shown=each.shown or (mixed and each.name == "state")) for each in COLUMNS]
    listing = Listing(columns_known=columns, items=items, wish=wish(columns, sort="kind"), exports=urls(EXPORT.name))
    return render_template("olltv/tariffs_list.html", listing=listing, form=OfferFilter())


@bp.get("/tariffs/<int:tariff_id>")
@requires("OLLTV")
def show_one(tariff_id: int) -> ResponseReturnValue:
    """One tariff: facts, fees with those to come, who has it, what it goes with, and what was done with it."""
    billing, now = desk().billing, desk().clock()
    with billing.reading() as session:
        tariff = price_list.find(session, tariff_id)
        partners = pairs.addons_of(session, tariff_id) if tariff.main else pairs.mains_of(session, tariff_id)
        return render_template(
            "olltv/tariffs_show.html",
            tariff=tariff,
            fee=tariff.fee(now, billing.unit),
            prices=price_list.prices(billing, tariff, now),
            partners=partners,
            subscribers=price_list.subscribers(session, tariff_id),
            events=price_list.events(session, tariff_id),
        )


@bp.post("/tariffs/<int:tariff_id>/try")
@requires("OLLTV")
def try_one(tariff_id: int) -> ResponseReturnValue:
    """Ask the partner whether he knows the service id; it switches nothing."""
    with desk().billing.reading() as session:
        service = price_list.find(session, tariff_id).service
    trial = try_service(desk().delivering(), service)
    why = tell(trial.why) if trial.why else ""
    flash(_(trial.text, service=service, why=why), RESULT_KINDS[trial.result])
    return redirect(url_for(".show_one", tariff_id=tariff_id), 303)
