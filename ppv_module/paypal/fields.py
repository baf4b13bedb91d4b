"""The fields of PayPal's button and of its notices."""

import codecs
import re
from decimal import Decimal, InvalidOperation
from urllib.parse import parse_qs, urlencode

from billing.money import EXPONENT, MAX_MINOR, Money
from ppv_module.chat.models import Tenant
from ppv_module.credits.means import PAYPAL, WITHOUT_CENTS, PaymentStatus, Told, Unreadable
from ppv_module.credits.models import Order
from ppv_module.options import PpvOptions

PAGE = "https://www.paypal.com/cgi-bin/webscr"
SANDBOX_PAGE = "https://www.sandbox.paypal.com/cgi-bin/webscr"
NOTICES_PATH = "/api/ppv/v1/paypal/ipn"
SALES = frozenset(("web_accept", "express_checkout"))
MOST_FIELDS = 300
TXN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
AMOUNT = re.compile(r"-?\d{1,12}(\.\d{1,4})?", re.ASCII)
CURRENCY = re.compile(r"[A-Z]{3}")
LIKE_REFUNDS = {"Partially_Refunded": PaymentStatus.REFUNDED}


def redirect_url(order: Order, tenant: Tenant, *, options: PpvOptions, back: str, cancelled: str = "") -> str:
    """The link that takes the buyer of `order` to PayPal. What comes `back` to us proves nothing."""
    fields = {
        "cmd": "_xclick",
        "charset": "utf-8",
        "business": tenant.paypal_business,
        "item_name": order.item_name or f"{order.credits} credits",
        "item_number": str(order.pack_id),
        "amount": amount_text(order),
        "currency_code": order.currency,
        "quantity": "1",
        "invoice": order.invoice,
        "custom": str(order.id),
        "notify_url": options.public_url.rstrip("/") + NOTICES_PATH,
        "return": back,
        "cancel_return": cancelled or back,
        "no_shipping": "1",
        "no_note": "1",
    }
    page = options.paypal_url or (SANDBOX_PAGE if options.paypal_sandbox else PAGE)
    return f"{page}{'&' if '?' in page else '?'}{urlencode(fields)}"


def amount_text(order: Order) -> str:
    """The price as PayPal writes it: without cents where the currency has none there."""
    plain = order.price.plain()
    return plain.partition(".")[0] if order.currency in WITHOUT_CENTS else plain


def read_notice(raw: bytes) -> Told | None:
    """What a notice says; None when it is about no movement of money.

    :raises Unreadable: it is no form, or has no proper id, sum, currency or status
    """
    fields = parsed(raw)
    word = fields.get("payment_status", "")
    if not word:
        return None
    status = LIKE_REFUNDS.get(word) or _status(word)
    if not TXN_ID.fullmatch(fields.get("txn_id", "")):
        raise Unreadable(reason="txn_id")
    parent = fields.get("parent_txn_id", "")
    if not TXN_ID.fullmatch(parent) and (parent or status in _WANTS_PARENT):
        raise Unreadable(reason="parent_txn_id")
    return Told(
        provider=PAYPAL,
        txn_id=fields["txn_id"],
        parent_txn_id=parent,
        status=status,
        pending_reason=(fields.get("pending_reason") or fields.get("reason_code", ""))[:64],
        gross=_amount(fields, "mc_gross"),
        fee=_amount(fields, "mc_fee") if fields.get("mc_fee") else Money(0, _currency(fields)),
        invoice=fields.get("invoice", ""),
        custom=fields.get("custom", ""),
        item_number=_item(fields, "item_number"),
        quantity=_item(fields, "quantity"),
        receiver=fields.get("receiver_email", "")[:128],
        receiver_id=fields.get("receiver_id", ""),
        payer=fields.get("payer_email", "")[:128],
        is_sale=fields.get("txn_type", "") in SALES,
        is_test=fields.get("test_ipn", "") not in ("", "0"),
    )


_WANTS_PARENT = (PaymentStatus.REFUNDED, PaymentStatus.REVERSED, PaymentStatus.CANCELED_REVERSAL)


def parsed(raw: bytes) -> dict[str, str]:
    """The fields of a notice, in the character set that it says it has.

    :raises Unreadable: it is no form
    """
    try:
        ascii_text = raw.decode("ascii")
        charset = parse_qs(ascii_text, encoding="latin-1", max_num_fields=MOST_FIELDS).get("charset", ["utf-8"])[0]
        fields = parse_qs(
            ascii_text, keep_blank_values=True, encoding=_known(charset), errors="replace", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise Unreadable(reason="form") from error
    return {name: values[0] for name, values in fields.items()}


def _known(charset: str) -> str:
    """Python's name of the set; what it does not know, or what is no character set, is read as Latin."""
    try:
        codec = codecs.lookup(charset)
    except LookupError:
        return "latin-1"
    return codec.name if codec._is_text_encoding else "latin-1"


def _status(word: str) -> PaymentStatus:
    try:
        return PaymentStatus(word)
    except ValueError as error:
        raise Unreadable(reason="payment_status") from error


def _item(fields: dict[str, str], name: str) -> str:
    """A field of the thing that was bought: a cart numbers them."""
    return fields.get(name) or fields.get(f"{name}1", "")


def _currency(fields: dict[str, str]) -> str:
    currency = fields.get("mc_currency", "")
    if not CURRENCY.fullmatch(currency):
        raise Unreadable(reason="mc_currency")
    return currency


def _amount(fields: dict[str, str], name: str) -> Money:
    """:raises Unreadable: it is no amount in whole minor units of the currency"""
    currency, text = _currency(fields), fields.get(name, "")
    if not AMOUNT.fullmatch(text):
        raise Unreadable(reason=name)
    try:
        minor = Decimal(text).scaleb(EXPONENT.get(currency, 2))
    except InvalidOperation as error:
        raise Unreadable(reason=name) from error
    if minor != int(minor) or abs(minor) > MAX_MINOR:
        raise Unreadable(reason=name)
    return Money(int(minor), currency)
