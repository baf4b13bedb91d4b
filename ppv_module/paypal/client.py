"""PayPal as a payment provider: the link to it, and the question whether a notice is really from it."""

from ipaddress import ip_address
from typing import ClassVar
from urllib.parse import urlsplit

from requests import PreparedRequest, RequestException
from requests.adapters import HTTPAdapter

from billing.errors import Misconfigured
from ppv_module.chat.models import Tenant
from ppv_module.credits.means import PAYPAL, ProviderUnreachable, Told
from ppv_module.credits.models import Order
from ppv_module.options import PpvOptions
from ppv_module.paypal.fields import read_notice, redirect_url

VERIFY = "https://ipnpb.paypal.com/cgi-bin/webscr"
SANDBOX_VERIFY = "https://ipnpb.sandbox.paypal.com/cgi-bin/webscr"
QUESTION = b"cmd=_notify-validate&"
FORM = "application/x-www-form-urlencoded"
TIMEOUT_S = (3.05, 10.0)
LONGEST_ANSWER = 4096


class PayPal:
    """Speaks through a bare adapter: it follows no redirect, reads no environment and tries nothing again."""

    name: ClassVar[str] = PAYPAL

    def __init__(self, options: PpvOptions) -> None:
        """Nothing is sent yet.

        :raises Misconfigured: notices would be verified over plain http at another machine
        """
        self._options = options
        self._url = _checked(options.paypal_verify_url or (SANDBOX_VERIFY if options.paypal_sandbox else VERIFY))
        self._adapter = HTTPAdapter(pool_connections=1, pool_maxsize=1)

    def link(self, order: Order, tenant: Tenant, *, back: str, cancelled: str = "") -> str:
        return redirect_url(order, tenant, options=self._options, back=back, cancelled=cancelled)

    def verify(self, raw: bytes, content_type: str) -> bool:
        """Post the notice back unchanged: VERIFIED is yes, INVALID is no, anything else is no answer.

        :raises ProviderUnreachable: no clear answer; ask again later
        """
        request = PreparedRequest()
        headers = {"User-Agent": "olltv-suite-ipn", "Content-Type": content_type or FORM}
        request.prepare(method="POST", url=self._url, headers=headers, data=QUESTION + raw)
        try:
            with self._adapter.send(request, stream=True, timeout=TIMEOUT_S) as response:
                status, answer = response.status_code, response.raw.read(LONGEST_ANSWER, decode_content=True)
        except (RequestException, OSError) as error:
            raise ProviderUnreachable(provider=self.name, reason=type(error).__name__) from error
        word = answer.strip()
        if status != 200 or word not in (b"VERIFIED", b"INVALID"):
            raise ProviderUnreachable(provider=self.name, reason=f"answer {status}")
        return bool(word == b"VERIFIED")

    def read(self, raw: bytes) -> Told | None:
        return read_notice(raw)


def _checked(url: str) -> str:
    """:raises Misconfigured: plain http beyond this machine"""
    parts = urlsplit(url)
    if parts.scheme == "https" or _is_here(parts.hostname or ""):
        return url
    raise Misconfigured(what="PPV_PAYPAL_VERIFY_URL must start with https://")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
