"""What must be true of a payment before it grants anything, and the words for what was not."""

from billing.errors import N_
from ppv_module.chat.models import Tenant
from ppv_module.credits.means import Told, means_named
from ppv_module.credits.models import Order
from ppv_module.options import PpvOptions

UNKNOWN_ORDER, SECOND_PAYMENT, REUSED = "unknown_order", "second_payment", "reused_txn"
TEST, NO_SALE, RECEIVER, CURRENCY = "test_payment", "not_a_sale", "wrong_receiver", "wrong_currency"
SUM, ITEM, ORDER, GONE = "wrong_sum", "wrong_item", "wrong_order", "refunded"

FLAGS = {
    UNKNOWN_ORDER: N_("No order of ours has this invoice."),
    SECOND_PAYMENT: N_("The order was paid before: the buyer has paid twice."),
    REUSED: N_("This transaction belongs to another order."),
    TEST: N_("A test payment, but real ones are wanted."),
    NO_SALE: N_("The money did not come from a shop’s button."),
    RECEIVER: N_("The money went to somebody else."),
    CURRENCY: N_("It is in another currency than the order."),
    SUM: N_("It is not the price of the order."),
    ITEM: N_("It is for another item, or for more than one."),
    ORDER: N_("It names another order than its invoice does."),
    GONE: N_("Its money has gone back already."),
    "invalid": N_("The payment system denies that it has sent this."),
    "unverified": N_("It could not be verified within four days."),
    "no_counterpart": N_("What it follows has not come within four days."),
    "unreadable": N_("It makes no sense to us."),
}
"""What each flag of a payment or a notice tells the staff."""


def mismatch(told: Told, order: Order, tenant: Tenant, options: PpvOptions) -> str:
    """The flag of the first thing that is not as `order` was made; empty when everything is."""
    wrong = {
        TEST: told.is_test and not options.paypal_sandbox,
        NO_SALE: not told.is_sale,
        RECEIVER: not _is_ours(told, tenant),
        CURRENCY: told.gross.unit != order.currency,
        SUM: told.gross.minor != order.price_minor,
        ITEM: told.item_number != str(order.pack_id) or told.quantity != "1",
        ORDER: told.invoice != order.invoice or told.custom != str(order.id),
        SECOND_PAYMENT: order.paid_at is not None,
    }
    return next((flag for flag, is_wrong in wrong.items() if is_wrong), "")


def _is_ours(told: Told, tenant: Tenant) -> bool:
    means = means_named(told.provider)
    return means is not None and means.got_it(told, tenant)
