"""The list of subscribers: filtered, sorted, paged and exported, for a million of them as for ten."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import quote

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.uow import Billing
from olltv_module.admin.desk import desk
from olltv_module.admin.selecting import SubscriberFilter, tv_badge, tv_text
from olltv_module.listing import rows
from olltv_module.listing.rows import Listed
from olltv_module.listing.selection import By, Selection
from weblib import tables
from weblib.exports import Source, register, urls
from weblib.menu import Entry
from weblib.rights import requires
from weblib.tables import Column, Listing, Wish

bp = Blueprint("subscribers", __name__, url_prefix="/subscribers", template_folder="templates")
MENU = Entry(
    endpoint="subscribers.show",
    text=N_("Subscribers"),
    icon="users",
    section="Television",
    place=10,
    rights=("OLLTV",),
)


def url_of(login: str) -> str:
    """The page of one subscriber."""
    return f"/subscribers/{quote(login, safe='')}"


def _link(row: Listed) -> str:
    return url_of(row.login)


def _debt(row: Listed) -> str | None:
    return "bad" if row.balance and row.balance.minor < 0 else None


def _lack(row: Listed) -> str | None:
    return "bad" if row.lack and row.lack.minor else None


COLUMNS: tuple[Column[Listed], ...] = (
    Column("login", N_("Login"), lambda row: row.login, link=_link, sort=True),
    Column("name", N_("Full name"), lambda row: row.name),
    Column("address", N_("Address"), lambda row: row.address, shown=False),
    Column("phone", N_("Phone"), lambda row: row.phone, shown=False),
    Column("tariff", N_("Main tariff"), lambda row: row.tariff),
    Column("addons", N_("Add-ons"), lambda row: row.addons, shown=False),
    Column("tv", N_("State"), lambda row: tv_text(row.tv), badge=lambda row: tv_badge(row.tv)),
    Column("since", N_("State since"), lambda row: row.since, sort=True),
    Column("paid_through", N_("Paid through"), lambda row: row.paid_through),
    Column("balance", N_("Balance"), lambda row: row.balance, badge=_debt, numeric=True),
    Column("available", N_("Available"), lambda row: row.available, numeric=True, shown=False),
    Column("lack", N_("Lacking"), lambda row: row.lack, badge=_lack, numeric=True),
    Column("remote_id", N_("Partner’s id"), lambda row: row.remote_id, shown=False),
    Column("registered", N_("Registered"), lambda row: row.registered, sort=True, shown=False),
)


@bp.get("")
@requires("OLLTV")
def show() -> ResponseReturnValue:
    """A page of the list."""
    form = SubscriberFilter()
    selection = form.selection()
    columns, asked = _columns(selection), _wish(selection)
    by, descending = By(asked.sort), asked.descending
    found = rows.page(desk().billing, selection, now=desk().clock(), by=by, descending=descending, cursor=asked.cursor)
    with desk().billing.reading() as session:
        counted = selection.count(session)
    listing = Listing(
        columns_known=columns,
        items=found.rows,
        wish=asked,
        next=found.next,
        previous=found.previous,
        counted=counted,
        exports=urls(SOURCE.name),
    )
    query = tables.query()
    return render_template("olltv/subscribers_list.html", form=form, listing=listing, query=query)


def _columns(selection: Selection) -> Sequence[Column[Listed]]:
    """What is narrowed by a range is sorted by it, and by nothing else."""
    order = selection.fixed_order
    if order is None:
        return COLUMNS
    return [replace(column, sort=column.name == order) for column in COLUMNS]


def _wish(selection: Selection) -> Wish:
    return tables.wish(_columns(selection), sort=selection.fixed_order or By.LOGIN)


def _exported(billing: Billing) -> Iterator[Listed]:
    selection = SubscriberFilter().selection()
    asked = _wish(selection)
    by, descending = By(asked.sort), asked.descending
    return rows.walk(billing, selection, now=desk().clock(), by=by, descending=descending)


SOURCE = register(
    Source(name="subscribers", title=N_("Subscribers"), columns=COLUMNS, rows=_exported, rights=("OLLTV",))
)
