"""What goes to the partner and comes from him, as typed values."""

from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum
from typing import Self, TypedDict

from olltv_module.partner.envelope import Fields, rows_of
from olltv_module.phones import normal_phone

MAX_PRICE = 10**9
"""Hryvnias; beyond it a price is not one."""


class EnableType(StrEnum):
    """Why a bundle is switched on."""

    FREE_DEVICE = "subs_free_device"
    BUY_DEVICE = "subs_buy_device"
    RENT_DEVICE = "subs_rent_device"
    NO_DEVICE = "subs_no_device"
    RENEW = "subs_renew"


class DisableType(StrEnum):
    """Why a bundle is switched off; only BREAK_CONTRACT makes the partner forget devices and codes."""

    BREAK_CONTRACT = "subs_break_contract"
    NEGATIVE_BALANCE = "subs_negative_balance"
    MALFUNCTION = "subs_malfunction"
    VACATION = "subs_vacation"


class AddDeviceType(StrEnum):
    """How the subscriber came by the device."""

    FREE = "device_free"
    BUY = "device_buy"
    RENT = "device_rent"
    CHANGE = "device_change"


class DeleteDeviceType(StrEnum):
    """Why a device is unbound."""

    BREAK_CONTRACT = "device_break_contract"
    CHANGE = "device_change"


class Who(TypedDict, total=False):
    """One way to name a user; exactly one key is given."""

    account: str
    email: str
    id: str
    ds_account: str


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Optional facts about a person; None leaves what the partner has."""

    firstname: str | None = None
    lastname: str | None = None
    birth_date: date | None = None
    gender: str | None = None
    phone: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    region: str | None = None
    index: str | None = None

    def form(self) -> dict[str, str]:
        """The given facts as request parameters.

        :raises BadMobile: the phone is not a mobile number
        """
        facts = vars(self) | {"phone": normal_phone(self.phone) if self.phone else None}
        return {name: str(value) for name, value in facts.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class BoughtBundle:
    """A bundle that a user has. `service_type` is the partner's own grouping, 1 for mains."""

    sub_id: str
    service_type: str | None
    binding_code: str | None

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(
            sub_id=_required(fields, "sub_id"),
            service_type=_text(fields, "service_type"),
            binding_code=_text(fields, "binding_code"),
        )


@dataclass(frozen=True, kw_only=True)
class PartnerUser:
    """A user as the partner sees him. `bundles` is None where the answer does not list them."""

    id: str | None
    account: str | None
    email: str | None
    ds_account: str | None
    alt_mail: str | None
    registration_date: str | None
    bundles: tuple[BoughtBundle, ...] | None

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(
            id=_text(fields, "ID", "id"),
            account=_text(fields, "account"),
            email=_text(fields, "email"),
            ds_account=_text(fields, "ds_account"),
            alt_mail=_text(fields, "alt_mail"),
            registration_date=_text(fields, "registration_date"),
            bundles=_bundles(fields),
        )


@dataclass(frozen=True, kw_only=True)
class Device:
    """A set-top box or another screen bound to an account."""

    id: str | None
    account: str | None
    serial_number: str | None
    mac: str | None
    binding_code: str | None
    device_type: str | None
    device_model: str | None
    date_added: str | None

    @classmethod
    def read(cls, fields: Fields) -> Self:
        names = ("account", "serial_number", "mac", "binding_code", "device_type", "device_model", "date_added")
        return cls(id=_text(fields, "ID", "id"), **{name: _text(fields, name) for name in names})


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """One line of the partner's report. Prices in kopiykas, dates as the partner writes them."""

    transaction_id: str
    account: str
    subscriber_ds_id: str | None
    tariff_id: str
    tariff_name: str | None
    purchase_date: str | None
    start_date: str | None
    expiration_date: str | None
    period_start: str | None
    period_end: str | None
    retail_minor: int
    provider_minor: int
    days_on: str | None

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(
            transaction_id=_required(fields, "TransactionID"),
            account=_required(fields, "SubscriberProviderID"),
            subscriber_ds_id=_text(fields, "SubscriberDSID"),
            tariff_id=_required(fields, "TariffID"),
            tariff_name=_text(fields, "TariffName"),
            purchase_date=_text(fields, "PurchaseDate"),
            start_date=_text(fields, "StartDate"),
            expiration_date=_text(fields, "ExpirationDate"),
            period_start=_text(fields, "StartOfReportingPeriod"),
            period_end=_text(fields, "EndOfReportingPeriod"),
            retail_minor=_minor(_required(fields, "RetailPrice")),
            provider_minor=_minor(_required(fields, "ProviderPrice")),
            days_on=_text(fields, "DaysWorkBundle"),
        )


def _text(fields: Fields, *names: str) -> str | None:
    """The first of these that is a filled-in string or a number, as a string."""
    values = (fields.get(name) for name in names)
    return next((str(value) for value in values if isinstance(value, (str, int, Decimal)) and value != ""), None)


def _required(fields: Fields, name: str) -> str:
    text = _text(fields, name)
    if text is None:
        raise ValueError(f"{name} is missing")
    return text


def _bundles(fields: Fields) -> tuple[BoughtBundle, ...] | None:
    rows = fields.get("bought_subs")
    if rows is None:
        return None
    return tuple(BoughtBundle.read(row) for row in rows_of(rows))


def _minor(price: str) -> int:
    """Kopiykas of a price like `49.90` or `49,9`; a share of one is rounded half up."""
    try:
        amount = Decimal(price.strip().replace(",", "."))
    except InvalidOperation:
        raise ValueError("no price") from None
    if not amount.is_finite() or abs(amount) > MAX_PRICE:
        raise ValueError("no price")
    return int((amount * 100).quantize(Decimal(1), ROUND_HALF_UP))
