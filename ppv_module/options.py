"""Options of the pay-per-view module, as they stand in `alter.ini`."""

from dataclasses import dataclass

from billing.errors import N_
from weblib.options import Options, option, web_address

CHAT_PROVIDERS = ("html5chat",)


@dataclass(frozen=True, kw_only=True)
class PpvOptions(Options):
    """What the operator decides about pay-per-view as a whole; what differs by tenant is kept with the tenant."""

    enabled: bool = option("PPV_ENABLED", False, help=N_("Switches pay-per-view."))
    chat_provider: str = option(
        "PPV_CHAT_PROVIDER", "html5chat", one_of=CHAT_PROVIDERS, help=N_("Which video chat the shows are held in.")
    )
    paypal_sandbox: bool = option(
        "PPV_PAYPAL_SANDBOX", False, help=N_("Takes test payments of PayPal's sandbox instead of real ones.")
    )
    paypal_url: str = option(
        "PPV_PAYPAL_URL", "", parse=web_address, help=N_("Page that buyers are sent to; empty: PayPal's own.")
    )
    paypal_verify_url: str = option(
        "PPV_PAYPAL_VERIFY_URL", "", parse=web_address, help=N_("Where notices are verified; empty: PayPal's own.")
    )
    public_url: str = option(
        "PPV_PUBLIC_URL", "", parse=web_address, help=N_("Address of this billing for PayPal and the chat's hooks.")
    )
    keep_notices_days: int = option(
        "PPV_KEEP_NOTICES", 400, within=(30, 4000), help=N_("Days that PayPal's raw notifications are kept.")
    )
