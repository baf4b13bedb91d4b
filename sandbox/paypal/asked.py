"""What a shop's link asks for: the fields of the button, as they came."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from typing import Self
from urllib.parse import urlsplit

FIELDS = (
    *("business", "item_name", "item_number", "amount", "currency_code", "quantity"),
    *("invoice", "custom", "notify_url", "return", "cancel_return", "charset"),
)


class BadAsk(Exception):
    """A link that PayPal would show an error page for. `str()` is one line."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A payment as a shop asks for it. `back` and `cancelled` are where the buyer goes afterwards."""

    business: str
    item_name: str
    item_number: str
    amount: str
    currency: str
    quantity: str
    invoice: str
    custom: str
    notify_url: str
    back: str
    cancelled: str

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> Self:
        """:raises BadAsk: nobody is to be paid, or no proper sum"""
        if not fields.get("business"):
            raise BadAsk("The link does not say who is to be paid (business).")
        if not _is_amount(fields.get("amount", "")):
            raise BadAsk("The link has no proper sum (amount).")
        currency = fields.get("currency_code", "USD")
        if not (len(currency) == 3 and currency.isalpha()):
            raise BadAsk("The link has no proper currency (currency_code).")
        return cls(
            business=fields["business"],
            item_name=fields.get("item_name", ""),
            item_number=fields.get("item_number", ""),
            amount=fields["amount"],
            currency=currency,
            quantity=fields.get("quantity", "1"),
            invoice=fields.get("invoice", ""),
            custom=fields.get("custom", ""),
            notify_url=_address(fields.get("notify_url", "")),
            back=_address(fields.get("return", "")),
            cancelled=_address(fields.get("cancel_return", "")),
        )

    def hidden(self) -> dict[str, str]:
        """The fields again, for the form of the page."""
        names = {"currency": "currency_code", "back": "return", "cancelled": "cancel_return"}
        return {names.get(name, name): value for name, value in asdict(self).items()}


def _is_amount(text: str) -> bool:
    try:
        return 0 < Decimal(text) < 10**10
    except InvalidOperation:
        return False


def _address(text: str) -> str:
    """The address, if it is one that a browser or a postman may be sent to."""
    parts = urlsplit(text)
    return text if parts.scheme in ("http", "https") and parts.netloc else ""
