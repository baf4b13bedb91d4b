"""Purchases of credits: orders, what each pack has brought, payments, and the notices that told of them."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.uow import Billing
from ppv_module.admin.desk import desk
from ppv_module.admin.lists import page_of
from ppv_module.admin.report_words import ORDER_LOOKS, ORDER_TEXTS, PROVIDER_TEXTS
from ppv_module.admin.shows import viewer_url
from ppv_module.admin.spanning import SpanFilter, today
from ppv_module.chat.reports import purchases as reading
from ppv_module.chat.reports.purchases import (
    OrderLine,
    PackReport,
    PackTurnover,
    PaymentLine,
    WantedOrders,
    WantedPayments,
)
from ppv_module.credits.checks import FLAGS
from ppv_module.credits.models import OrderState
from weblib.exports import Source, register, urls
from weblib.forms import CheckField, ChoiceField, SearchField
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, Listing, wish

bp = Blueprint("ppv_purchases", __name__, url_prefix="/ppv/purchases", template_folder="templates")
RIGHTS = ("PPV", "MONEY")
MENU = Entry(
    endpoint="ppv_purchases.show_all",
    text=N_("Purchases"),
    icon="receipt",
    section="Pay-per-view",
    place=60,
    rights=RIGHTS,
)


class OrderFilter(SpanFilter):
    """Narrows the orders."""

    login = SearchField(N_("Login"), most=64)
    provider = ChoiceField(N_("Paid by"), choices=[("", N_("all")), *PROVIDER_TEXTS.items()])
    state = ChoiceField(
        N_("State"), choices=[("", N_("all")), *((each.value, ORDER_TEXTS[each]) for each in OrderState)]
    )

    @property
    def wanted(self) -> WantedOrders:
        """What is asked for. What cannot be read does not narrow."""
        chosen: dict[str, Any] = self.chosen()
        state = chosen.get("state")
        return WantedOrders(
            tenant_id=self.tenant_id,
            login=chosen.get("login", ""),
            provider=chosen.get("provider", ""),
            state=OrderState(state) if state else None,
            span=self.span,
        )


class PaymentFilter(SpanFilter):
    """Narrows the payments."""

    login = SearchField(N_("Login"), most=64)
    flagged = CheckField(N_("Only those that need a look"))

    @property
    def wanted(self) -> WantedPayments:
        """What is asked for. What cannot be read does not narrow."""
        chosen: dict[str, Any] = self.chosen()
        return WantedPayments(
            tenant_id=self.tenant_id,
            login=chosen.get("login", ""),
            flagged=bool(chosen.get("flagged")),
            span=self.span,
        )


class PackFilter(SpanFilter):
    """A period, the present month unless another is asked for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.suppose(today().replace(day=1), today())


def flag_text(flag: str) -> str | None:
    """What a flag tells, in a sentence."""
    return (_(FLAGS[flag]) if flag in FLAGS else flag) or None


def _warn(line: PaymentLine) -> str | None:
    return "warn" if line.payment.flag else None


ORDERS: tuple[Column[OrderLine], ...] = (
    Column("id", N_("Order"), lambda each: each.order.id, numeric=True),
    Column("created", N_("Made"), lambda each: each.order.created_at),
    Column("tenant", N_("Chat"), lambda each: each.tenant, shown=False),
    Column("login", N_("Login"), lambda each: each.order.login, link=lambda each: viewer_url(each.order.login)),
    Column("item", N_("Pack"), lambda each: each.order.item_name),
    Column("credits", N_("Credits"), lambda each: each.order.credits, numeric=True),
    Column("price", N_("Price"), lambda each: each.order.price, numeric=True),
    Column("currency", N_("Currency"), lambda each: each.order.currency, shown=False),
    Column("provider", N_("Paid by"), lambda each: _(PROVIDER_TEXTS.get(each.order.provider, each.order.provider))),
    Column(
        "state",
        N_("State"),
        lambda each: _(ORDER_TEXTS[each.order.state]),
        badge=lambda each: ORDER_LOOKS[each.order.state],
    ),
    Column("paid", N_("Paid at"), lambda each: each.order.paid_at),
    Column("invoice", N_("Invoice"), lambda each: each.order.invoice, shown=False),
)
PACKS: tuple[Column[PackTurnover], ...] = (
    Column("pack", N_("Pack"), lambda each: each.pack.description or each.pack.credits),
    Column("tenant", N_("Chat"), lambda each: each.tenant),
    Column("orders", N_("Orders"), lambda each: each.orders, numeric=True),
    Column("credits", N_("Credits"), lambda each: each.credits, numeric=True),
    Column("currency", N_("Currency"), lambda each: each.currency, shown=False),
    Column("gross", N_("Gross"), lambda each: each.gross, numeric=True),
    Column("fee", N_("Provider’s fee"), lambda each: each.fee, numeric=True),
    Column("refunded", N_("Paid back"), lambda each: each.refunded, numeric=True),
    Column("net", N_("Net"), lambda each: each.net, numeric=True),
)
PAYMENTS: tuple[Column[PaymentLine], ...] = (
    Column("at", N_("Came in"), lambda each: each.payment.at),
    Column("provider", N_("Paid by"), lambda each: _(PROVIDER_TEXTS.get(each.payment.provider, each.payment.provider))),
    Column("txn", N_("Transaction"), lambda each: each.payment.txn_id),
    Column("order", N_("Order"), lambda each: each.payment.order_id, numeric=True),
    Column("tenant", N_("Chat"), lambda each: each.tenant, shown=False),
    Column("login", N_("Login"), lambda each: each.payment.login),
    Column("status", N_("State"), lambda each: each.payment.status),
    Column("gross", N_("Gross"), lambda each: each.gross, numeric=True),
    Column("fee", N_("Provider’s fee"), lambda each: each.fee, numeric=True),
    Column("net", N_("Net"), lambda each: each.net, numeric=True),
    Column("currency", N_("Currency"), lambda each: each.payment.currency, shown=False),
    Column("credits", N_("Credits"), lambda each: each.payment.credits, numeric=True),
    Column("credited", N_("Granted"), lambda each: each.payment.credited_at),
    Column("clawed", N_("Credits taken back"), lambda each: each.payment.clawed_credits, numeric=True),
    Column("flag", N_("Needs a look"), lambda each: flag_text(each.payment.flag), badge=_warn),
)


def _report(billing: Billing) -> PackReport:
    form = PackFilter()
    with billing.reading() as session:
        return reading.by_pack(session, span=form.span, tenant_id=form.tenant_id)


def _lines(core: Billing) -> Iterator[PackTurnover]:
    yield from _report(core).lines


def _source(name: str, title: str, columns: Any, rows: Any) -> Source:
    return register(Source(name=name, title=title, columns=columns, rows=rows, rights=RIGHTS, utc=True))


ORDERS_EXPORT = _source(
    "ppv_orders",
    N_("Purchases of credits"),
    ORDERS,
    lambda core: reading.all_orders(core.reading, OrderFilter().wanted),
)
PACKS_EXPORT = _source("ppv_pack_turnover", N_("Turnover by pack"), PACKS, _lines)
PAYMENTS_EXPORT = _source(
    "ppv_payments", N_("Payments"), PAYMENTS, lambda core: reading.all_payments(core.reading, PaymentFilter().wanted)
)


@bp.get("")
@requires(*RIGHTS)
def show_all() -> ResponseReturnValue:
    """The orders, the latest first."""
    form, asked = OrderFilter(), wish(ORDERS)
    with desk().billing.reading() as session:
        found = reading.orders_page(session, form.wanted, cursor=asked.cursor)
        counted = reading.count_orders(session, form.wanted)
    listing = page_of(ORDERS, ORDERS_EXPORT, asked, found, counted)
    return render_template("ppv/purchases_orders.html", listing=listing, form=form)


@bp.get("/packs")
@requires(*RIGHTS)
def show_packs() -> ResponseReturnValue:
    """What each pack has brought in a period, with a total for each currency."""
    report = _report(desk().billing)
    listing = Listing(columns_known=PACKS, items=report.lines, wish=wish(PACKS), exports=urls(PACKS_EXPORT.name))
    return render_template("ppv/purchases_packs.html", listing=listing, form=PackFilter(), totals=report.totals)


@bp.get("/payments")
@requires(*RIGHTS)
def show_payments() -> ResponseReturnValue:
    """The payments that providers told of, the latest first."""
    form, asked = PaymentFilter(), wish(PAYMENTS)
    with desk().billing.reading() as session:
        found = reading.payments_page(session, form.wanted, cursor=asked.cursor)
        counted = reading.count_payments(session, form.wanted)
    listing = page_of(PAYMENTS, PAYMENTS_EXPORT, asked, found, counted)
    return render_template("ppv/purchases_payments.html", listing=listing, form=form)
