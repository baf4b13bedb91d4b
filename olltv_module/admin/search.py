"""The search of the top bar: people of the provider, with television or without."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from billing.errors import N_
from olltv_module.admin.desk import desk
from olltv_module.admin.selecting import tv_badge, tv_text
from olltv_module.admin.subscribers import url_of
from olltv_module.listing.search import LONGEST, Hit, search
from weblib.rights import requires
from weblib.tables import Column, Listing, wish

bp = Blueprint("search", __name__, template_folder="templates")

COLUMNS: tuple[Column[Hit], ...] = (
    Column("login", N_("Login"), lambda hit: hit.login, link=lambda hit: url_of(hit.login)),
    Column("name", N_("Full name"), lambda hit: hit.name),
    Column("address", N_("Address"), lambda hit: hit.address),
    Column("phone", N_("Phone"), lambda hit: hit.phone),
    Column("tariff", N_("Main tariff"), lambda hit: hit.tariff),
    Column("tv", N_("State"), lambda hit: tv_text(hit.tv), badge=lambda hit: tv_badge(hit.tv)),
    Column("remote_id", N_("Partner’s id"), lambda hit: hit.remote_id),
)


@bp.get("/search")
@requires("OLLTV")
def show() -> ResponseReturnValue:
    """Who was found; a single one is shown at once."""
    question = request.args.get("q", "").strip()[:LONGEST]
    found = search(desk().billing, question, now=desk().clock())
    if len(found.hits) == 1 and not found.is_more:
        return redirect(url_of(found.hits[0].login), 303)
    listing = Listing(columns_known=COLUMNS, items=found.hits, wish=wish(COLUMNS))
    return render_template("olltv/search_hits.html", question=question, found=found, listing=listing)
