"""Whether the partner knows a bundle. He has no catalogue to look into, so an account of ours is asked about it.

The question is `checkBundle`, which only reads: nothing is switched, whatever the answer is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select

from billing.errors import N_, BillingError, PartnerError
from olltv_module.delivery.runner import Delivering
from olltv_module.models import Subscriber
from olltv_module.partner import AccountUnknown, BundleUnknown, ForeignUser

ACCOUNTS = 5
"""So many accounts are tried: one that the partner has lost says nothing about the bundle."""


class Known(StrEnum):
    KNOWN = "known"
    UNKNOWN = "unknown"
    UNTRIED = "untried"


TEXTS = {
    Known.KNOWN: N_("The partner knows the service id “%(service)s”."),
    Known.UNKNOWN: N_("The partner does not know the service id “%(service)s”. Check how it is written."),
    Known.UNTRIED: N_("The service id “%(service)s” cannot be tried now: %(why)s"),
}


class NobodyToAskAbout(BillingError):
    """The partner answers questions about bundles for an account only, and he knows none of ours."""

    code = "nobody_to_ask_about"
    text = N_("the partner has to know one subscriber of ours first.")


@dataclass(frozen=True)
class Trial:
    """What came of it; `why` says what stood in the way."""

    result: Known
    why: BillingError | None = None

    @property
    def text(self) -> str:
        """A marked sentence, to be filled in with `service` and `why`."""
        return TEXTS[self.result]


def try_service(delivering: Delivering, service: str) -> Trial:
    """Ask the partner about `service`. Never switches anything; what goes wrong is part of the answer."""
    for login in _registered(delivering):
        try:
            delivering.partner.check_bundle(account=login, bundle=service)
        except BundleUnknown:
            return Trial(Known.UNKNOWN)
        except (AccountUnknown, ForeignUser):
            continue
        except PartnerError as error:
            return Trial(Known.UNTRIED, error)
        return Trial(Known.KNOWN)
    return Trial(Known.UNTRIED, NobodyToAskAbout())


def _registered(delivering: Delivering) -> Sequence[str]:
    """The newest accounts that the partner knows: they are the least likely to have been lost there."""
    query = select(Subscriber.login).where(Subscriber.remote_id.is_not(None))
    with delivering.billing.reading() as session:
        return session.scalars(query.order_by(Subscriber.id.desc()).limit(ACCOUNTS)).all()
