"""Options of the OLL.TV module, as they stand in `alter.ini`."""

import re
from dataclasses import dataclass
from pathlib import Path

from billing.errors import N_
from weblib.options import OptionError, Options, option, web_address


def _api_url(text: str) -> str:
    if not text:
        raise ValueError("is empty; write the partner's address or delete the line")
    return web_address(text).rstrip("/") + "/"


def _domain(text: str) -> str:
    if text and not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", text):
        raise ValueError("is not a domain name; write one like isp.example, without @")
    return text


@dataclass(frozen=True, kw_only=True)
class OlltvOptions(Options):
    """What the operator decides about OLL.TV."""

    enabled: bool = option("OLLTV_ENABLED", False, help=N_("Switches the whole module."))
    login: str = option("OLLTV_LOGIN", "", help=N_("Partner login for the ispAPI."))
    password: str = option("OLLTV_PASSWORD", "", secret=True, help=N_("Partner password for the ispAPI."))
    domain: str = option(
        "OLLTV_DOMAIN", "", parse=_domain, help=N_("Makes login@domain for subscribers who have no e-mail address.")
    )
    debug: int = option(
        "OLLTV_DEBUG", 0, within=(0, 3), help=N_("Partner log: 0 failed calls, 1 every call, 2 with excerpts, 3 whole.")
    )
    api_url: str = option("OLLTV_API_URL", "https://oll.tv/ispAPI/", parse=_api_url, help=N_("Address of the ispAPI."))
    connect_timeout_s: float = option(
        "OLLTV_CONNECT_TIMEOUT", 3.05, within=(0.1, 30), help=N_("Seconds to wait for a connection to the partner.")
    )
    read_timeout_s: float = option(
        "OLLTV_READ_TIMEOUT", 10.0, within=(0.1, 60), help=N_("Seconds to wait for the partner's answer.")
    )
    """Both waits together stay below the lease of a delivery (120 s), so that no answer comes after it ran out."""
    use_credit: bool = option("OLLTV_USE_CREDIT", False, help=N_("Counts the credit limit as money that may be spent."))
    keep_main: bool = option(
        "OLLTV_KEEP_MAIN", False, help=N_("Keeps the main tariff on when only the add-ons cannot be paid.")
    )
    autoresume: bool = option(
        "OLLTV_AUTORESUME", False, help=N_("Lets subscribers choose to be resumed as soon as the money suffices.")
    )
    self_devices: int = option(
        "OLLTV_SELF_DEVICES", 0, within=(0, 100), help=N_("How many devices a subscriber may add without the staff.")
    )
    workers: int = option("OLLTV_WORKERS", 8, within=(1, 256), help=N_("Threads that talk to the partner at once."))
    tries: int = option(
        "OLLTV_TRIES", 20, within=(1, 1000), help=N_("Failed tries after which a subscriber is left to the staff.")
    )
    order_days: int = option(
        "OLLTV_ORDER_DAYS",
        7,
        within=(1, 365),
        help=N_("Days after which an order that the partner never confirmed is cancelled and its reserve released."),
    )
    second_look: int = option(
        "OLLTV_SECOND_LOOK",
        1000,
        within=(0, 10**9),
        help=N_("Corrections of a wallet above this amount want another person's consent."),
    )
    wait_s: float = option("OLLTV_WAIT", 4.0, within=(0, 30), help=N_("Seconds that a page waits for the partner."))
    log: Path = option("OLLTV_LOG", Path("exports/olltv.log"), help=N_("File of the partner log."))

    def require_partner(self) -> None:
        """Make sure that the partner can be called.

        :raises OptionError: the login or the password is empty
        """
        for name, text in (("OLLTV_LOGIN", self.login), ("OLLTV_PASSWORD", self.password)):
            if not text:
                raise OptionError(self.file, f"{name} is empty; write what the partner gave you")
