"""What credits can be paid with, and what each such means must offer."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol

from billing.errors import N_, BillingError, InvalidInput
from billing.money import Money
from ppv_module.chat.models import Mode, Tenant
from ppv_module.credits.models import Order, Pack
from ppv_module.options import PpvOptions

WALLET = "wallet"
PAYPAL = "paypal"

PAYPAL_CURRENCIES = frozenset(
    (
        *("AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS"),
        *("JPY", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD"),
    )
)
"""What PayPal's own pages take; the hryvnia is not among it."""

WITHOUT_CENTS = frozenset(("HUF", "JPY", "TWD"))
"""In these PayPal takes whole amounts only."""


class MeansNotOffered(InvalidInput):
    """Facts: `field`, `value`."""

    code = "means_not_offered"
    text = N_("This pack cannot be paid this way.")


class ProviderUnreachable(BillingError):
    """The payment provider gave no clear answer. Facts: `provider`, `reason`."""

    code, http_status, retryable = "payment_provider_unreachable", 503, True
    text = N_("The payment system does not answer. Try again in a moment.")


class Unreadable(BillingError):
    """A notice that says nothing that we understand. Facts: `reason`."""

    code, http_status = "notice_unreadable", 422
    text = N_("This notice cannot be read: %(reason)s.")


class PaymentStatus(StrEnum):
    """What a provider says of a movement. The words are PayPal's; others are translated into them."""

    CREATED = "Created"
    PROCESSED = "Processed"
    PENDING = "Pending"
    COMPLETED = "Completed"
    FAILED = "Failed"
    DENIED = "Denied"
    EXPIRED = "Expired"
    VOIDED = "Voided"
    REFUNDED = "Refunded"
    REVERSED = "Reversed"
    CANCELED_REVERSAL = "Canceled_Reversal"


UNDER_WAY = frozenset({PaymentStatus.CREATED, PaymentStatus.PROCESSED, PaymentStatus.PENDING})
BROKEN = frozenset({PaymentStatus.FAILED, PaymentStatus.DENIED, PaymentStatus.EXPIRED, PaymentStatus.VOIDED})
TAKING = frozenset({PaymentStatus.REFUNDED, PaymentStatus.REVERSED})
FOLLOWING = TAKING | {PaymentStatus.CANCELED_REVERSAL}
"""What is said of a payment that was made before, under an id of its own."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a verified notice says, in the words of no provider. `gross` is negative where money goes back.

    `receiver` and `receiver_id` are who got the money, `is_sale` is whether somebody paid for something in a shop,
    `is_test` that no money has moved.
    """

    provider: str
    txn_id: str
    parent_txn_id: str = ""
    status: PaymentStatus
    pending_reason: str = ""
    gross: Money
    fee: Money
    invoice: str = ""
    custom: str = ""
    item_number: str = ""
    quantity: str = ""
    receiver: str = ""
    receiver_id: str = ""
    payer: str = ""
    is_sale: bool = True
    is_test: bool = False


class PaymentProvider(Protocol):
    """A means of payment outside of this billing. It moves no credits: that is for `payments` alone."""

    name: ClassVar[str]

    def link(self, order: Order, tenant: Tenant, *, back: str, cancelled: str = "") -> str:
        """Where the buyer goes to pay for `order`. He comes `back`, which proves nothing."""

    def verify(self, raw: bytes, content_type: str) -> bool:
        """Whether the provider has sent this, exactly as it came in; False is a definite no.

        :raises ProviderUnreachable: no clear answer; ask again later
        """

    def read(self, raw: bytes) -> Told | None:
        """What a notice says; None when it is about no movement of money.

        :raises Unreadable: something in it makes no sense
        """


@dataclass(frozen=True)
class Means:
    """A way to pay. `can_take` says whether a pack of a tenant can be paid so, where wallets are kept in `unit`;
    `got_it` whether it was that tenant who got the money that is told of.
    """

    name: str
    can_take: Callable[[Pack, Tenant, str, PpvOptions], bool]
    got_it: Callable[[Told, Tenant], bool]


def _wallet(pack: Pack, _tenant: Tenant, unit: str, _options: PpvOptions) -> bool:
    return pack.currency == unit


def _paypal(pack: Pack, tenant: Tenant, _unit: str, options: PpvOptions) -> bool:
    """A page of somebody else's, like a stand-in for PayPal, may take any currency."""
    if pack.currency in WITHOUT_CENTS and pack.price_minor % 100:
        return False
    takes = bool(options.paypal_url) or pack.currency in PAYPAL_CURRENCIES
    return takes and bool(tenant.paypal_business) and bool(options.public_url)


def _nobody_tells(_told: Told, _tenant: Tenant) -> bool:
    """Wallets are our own: whatever is told of them is not true."""
    return False


def _paypal_account(told: Told, tenant: Tenant) -> bool:
    """The tenant is named by his address, or by the id that never changes."""
    ours = tenant.paypal_business.casefold()
    ids = {each for each in (tenant.paypal_business, tenant.paypal_receiver_id) if each}
    return bool(ours) and (told.receiver.casefold() == ours or told.receiver_id in ids)


MEANS = (Means(WALLET, _wallet, _nobody_tells), Means(PAYPAL, _paypal, _paypal_account))


def means_named(name: str) -> Means | None:
    return next((each for each in MEANS if each.name == name), None)


def means_of(pack: Pack, tenant: Tenant, unit: str, options: PpvOptions) -> tuple[str, ...]:
    """The means by which `pack` can be paid; none at a tenant whose chat does its money itself."""
    if not tenant.active or tenant.mode is Mode.EMBED:
        return ()
    return tuple(each.name for each in MEANS if each.can_take(pack, tenant, unit, options))
