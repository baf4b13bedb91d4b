"""What doors show of subscribers and monthly runs, as `queries` reads it: plain values, safe to keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from billing.errors import N_, BillingError, recalled
from billing.host.base import Person
from billing.money import Money
from billing.periods import Month
from olltv_module.models import Fact, Reason, State
from olltv_module.services.fees.models import Outcome


class Tv(StrEnum):
    """A subscriber's television in one word."""

    NONE = N_("no_tv")
    ON = N_("on")
    SWITCHING_ON = N_("being_switched_on")
    SUSPENDED = N_("suspended")


@dataclass(frozen=True)
class Wallet:
    """`available` is the balance less what is held for orders that wait for the partner.

    `spendable` is what an order, or the monthly run, may take: that, and the credit where it counts.
    """

    balance: Money
    held: Money
    available: Money
    spendable: Money


@dataclass(frozen=True)
class SubscriptionView:
    """A subscription with the price it has now; `refusal` says why an order came to nothing.

    `is_next` marks a main that is to replace the present one as soon as the partner has changed it.
    """

    id: int
    tariff_id: int
    tariff: str
    service: str
    main: bool
    is_next: bool
    is_live: bool
    state: State
    reason: Reason | None
    fact: Fact
    code: str | None
    paid_through: str
    price: Money
    ordered_at: datetime
    active_since: datetime | None
    ended_at: datetime | None
    refusal: BillingError | None


@dataclass(frozen=True)
class DeliveryView:
    """The partner does not know our newest wish yet. `parked_at` says that staff must look, `trouble` why."""

    due_at: datetime
    tries: int
    parked_at: datetime | None
    trouble: str | None

    @property
    def obstacle(self) -> BillingError | None:
        """What stopped the last try to tell the partner."""
        return obstacle(self.trouble)


def obstacle(trouble: str | None) -> BillingError | None:
    """What the queue keeps as `code: message`, as the error that can be told to people."""
    if not trouble:
        return None
    code, _, message = trouble.partition(": ")
    return recalled({"code": code, "message": message})


@dataclass(frozen=True)
class NextCharge:
    """What the monthly run of `month` takes from this subscriber, and what is missing for it now.

    `date` is its day at the operator's place; today for a month that has begun and is not paid yet: that `is_due`.
    """

    month: Month
    date: date
    is_due: bool
    total: Money
    lack: Money


@dataclass(frozen=True)
class SubscriberView:
    """All of one subscriber. `person` and `wallet` are None for one who is gone from the host.

    `subscriptions` has the mains before the add-ons, each in the order of their making, over ones too. `remote_id`,
    `phone` and `email` are what the partner knows; empty for one who has never ordered television. `version` is the
    edition of these. `obstacle` keeps him from ordering anything now. `device_phone` is what a device asks for beside
    the binding code.
    """

    login: str
    person: Person | None
    wallet: Wallet | None
    subscriber_id: int | None
    remote_id: str | None
    phone: str
    email: str
    subscriptions: Sequence[SubscriptionView]
    delivery: DeliveryView | None
    price_of_resuming: Money
    next_charge: NextCharge | None
    lack_for_resuming: Money
    obstacle: BillingError | None = None
    device_phone: str = ""
    autoresume: bool = False
    version: int = 0

    @property
    def live(self) -> list[SubscriptionView]:
        return [each for each in self.subscriptions if each.is_live]

    @property
    def main(self) -> SubscriptionView | None:
        """The live main; during a change the one that is being replaced."""
        return next((each for each in self.live if each.main and not each.is_next), None)

    @property
    def tv(self) -> Tv:
        """The main decides: no add-on lives without it."""
        if self.main is None:
            return Tv.NONE
        known = {State.ACTIVE: Tv.ON, State.PENDING: Tv.SWITCHING_ON}
        return known.get(self.main.state, Tv.SUSPENDED)


@dataclass(frozen=True)
class FeeLineView:
    """What a run did, or a preview would do, with one subscriber. `subscriber_id` is where the next page begins."""

    subscriber_id: int
    login: str
    outcome: Outcome
    fees: int
    due: Money
    charged: Money
    lack: Money
