"""Packs of credits: what each chat sells, for which price."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.money import Money
from billing.uow import Billing
from ppv_module.admin.choosing import TenantFilter, tenant_choices
from ppv_module.admin.desk import actor, desk
from ppv_module.admin.parts import SeenForm
from ppv_module.chat.reports import packs as reading
from ppv_module.chat.reports.packs import PackLine
from ppv_module.credits import packs
from weblib.exports import Source, register, urls
from weblib.forms import ChoiceField, Form, MoneyField, NumberField, SeenField, TextField
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, Listing, wish

bp = Blueprint("ppv_packs", __name__, url_prefix="/ppv/packs", template_folder="templates")
MENU = Entry(
    endpoint="ppv_packs.show_all",
    text=N_("Credit packs"),
    icon="package",
    section="Pay-per-view",
    place=30,
    rights=("PPV",),
)


def _price(text: str) -> Money:
    """:raises InvalidAmount: no amount. Every currency is counted in hundredths; which one is asked for apart."""
    return Money.parse(text, desk().billing.unit, field="price")


class PackForm(Form):
    """What a pack is."""

    seen = SeenField()
    credits = NumberField(N_("Credits"), required=True, least=1, most=packs.MOST_CREDITS)
    price = MoneyField(N_("Price"), parse=_price, required=True)
    currency = TextField(
        N_("Currency"),
        required=True,
        most=3,
        description=N_("Three letters. Only packs in the operator’s currency can be paid from the wallet."),
    )
    description = TextField(N_("Text for buyers"), most=packs.LONGEST_TEXT)
    sort = NumberField(N_("Place in the list"), most=packs.MOST_SORT)

    @property
    def facts(self) -> dict[str, Any]:
        """What the service wants to know."""
        return {
            "credits": self.credits.data,
            "price": Money(self.price.data.minor, self.currency.data.upper()),
            "description": self.description.data,
            "sort": self.sort.data or 0,
        }


class NewPackForm(PackForm):
    tenant = ChoiceField(N_("Chat"), required=True, choices=[])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant.choices = tenant_choices()


class PackFilter(TenantFilter):
    """Narrows the list of packs."""

    state = ChoiceField(N_("Sale"), choices=[("", N_("all")), ("on", N_("on sale")), ("off", N_("no longer on sale"))])

    @property
    def active(self) -> bool | None:
        """Whether they are on sale; None for all."""
        state = self.chosen().get("state")
        return state == "on" if state else None


COLUMNS: tuple[Column[PackLine], ...] = (
    Column("tenant", N_("Chat"), lambda each: each.tenant),
    Column("credits", N_("Credits"), lambda each: each.pack.credits, numeric=True),
    Column("price", N_("Price"), lambda each: each.pack.price, numeric=True),
    Column("currency", N_("Currency"), lambda each: each.pack.currency, shown=False),
    Column("description", N_("Text for buyers"), lambda each: each.pack.description),
    Column(
        "state",
        N_("Sale"),
        lambda each: _("on sale") if each.pack.active else _("no longer on sale"),
        badge=lambda each: "good" if each.pack.active else "quiet",
    ),
    Column("sold", N_("Sold"), lambda each: each.sold, numeric=True),
    Column("sort", N_("Place in the list"), lambda each: each.pack.sort, numeric=True, shown=False),
)


def _rows(billing: Billing) -> Iterator[PackLine]:
    form = PackFilter()
    with billing.reading() as session:
        yield from reading.packs(session, tenant_id=form.tenant_id, active=form.active)


EXPORT = register(
    Source(name="ppv_packs", title=N_("Credit packs"), columns=COLUMNS, rows=_rows, rights=("PPV",), utc=True)
)


@bp.get("")
@requires("PPV")
def show_all() -> ResponseReturnValue:
    """Every pack, those that are not sold any more too."""
    listing = Listing(
        columns_known=COLUMNS, items=list(_rows(desk().billing)), wish=wish(COLUMNS), exports=urls(EXPORT.name)
    )
    return render_template("ppv/packs_list.html", listing=listing, form=PackFilter())


@bp.get("/new")
@requires("PPV")
def show_new() -> ResponseReturnValue:
    """The form for a new pack."""
    return render_template("ppv/packs_new.html", form=NewPackForm(formdata=None, currency=desk().billing.unit))


@bp.post("/new")
@requires("PPV")
def new() -> ResponseReturnValue:
    """Put a pack on sale."""
    form = NewPackForm()
    if form.validate():
        with form.refusals():
            tenant_id, now = int(form.tenant.data), desk().clock()
            packs.save_pack(desk().billing.uow(), tenant_id=tenant_id, actor=actor(), now=now, **form.facts)
            flash(_("The pack is on sale."))
            return redirect(url_for(".show_all"), 303)
    return render_template("ppv/packs_new.html", form=form), 422


@bp.get("/<int:pack_id>/edit")
@requires("PPV")
def show_edit(pack_id: int) -> ResponseReturnValue:
    """The form with what the pack is now."""
    line = _found(pack_id)
    pack = line.pack
    form = PackForm(
        formdata=None,
        seen=pack.version,
        credits=pack.credits,
        price=pack.price,
        currency=pack.currency,
        description=pack.description,
        sort=pack.sort,
    )
    return render_template("ppv/packs_edit.html", form=form, line=line)


@bp.post("/<int:pack_id>/edit")
@requires("PPV")
def edit(pack_id: int) -> ResponseReturnValue:
    """Save an edition; orders keep the pack as it was."""
    line, form = _found(pack_id), PackForm()
    if form.validate():
        with form.refusals():
            packs.save_pack(
                desk().billing.uow(),
                tenant_id=line.pack.tenant_id,
                pack_id=pack_id,
                seen=form.seen.data,
                actor=actor(),
                now=desk().clock(),
                **form.facts,
            )
            flash(_("The pack is saved. Orders keep it as it was."))
            return redirect(url_for(".show_all"), 303)
    return render_template("ppv/packs_edit.html", form=form, line=line), 422


@bp.post("/<int:pack_id>/on-sale")
@requires("PPV")
def put_on_sale(pack_id: int) -> ResponseReturnValue:
    """Sell it again."""
    _switch(pack_id, active=True)
    flash(_("The pack is on sale."))
    return redirect(url_for(".show_all"), 303)


@bp.post("/<int:pack_id>/off-sale")
@requires("PPV")
def take_off_sale(pack_id: int) -> ResponseReturnValue:
    """Sell it no longer; old purchases keep showing it."""
    _switch(pack_id, active=False)
    flash(_("The pack is no longer on sale. Old purchases keep showing it."))
    return redirect(url_for(".show_all"), 303)


def _switch(pack_id: int, *, active: bool) -> None:
    pack, seen = _found(pack_id).pack, SeenForm().seen.data
    uow, now = desk().billing.uow(), desk().clock()
    packs.set_pack_active(
        uow, tenant_id=pack.tenant_id, pack_id=pack_id, active=active, seen=seen, actor=actor(), now=now
    )


def _found(pack_id: int) -> PackLine:
    """:raises PackNotOnSale: there is no such pack"""
    with desk().billing.reading() as session:
        return reading.one_pack(session, pack_id)
