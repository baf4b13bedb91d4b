"""Where a buyer is sent to pay for an order."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ppv_module.chat.models import Tenant
from ppv_module.credits.models import Order
from ppv_module.options import PpvOptions
from ppv_module.paypal.fields import redirect_url


def redirect(order: Order, tenant: Tenant, *, options: PpvOptions, cabinet: str) -> dict[str, Any]:
    """The address of PayPal's page, and the fields to be sent there by a link or a form.

    He comes back to his order in the `cabinet`, or where nobody said which that is, to the billing.
    """
    back = f"{cabinet}/credits/orders/{order.id}" if cabinet else options.public_url
    parts = urlsplit(redirect_url(order, tenant, options=options, back=back))
    return {"url": f"{parts.scheme}://{parts.netloc}{parts.path}", "fields": dict(parse_qsl(parts.query))}
