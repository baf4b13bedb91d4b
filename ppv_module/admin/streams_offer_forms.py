"""What staff fill in about tickets on sale."""

from typing import Any, Self

from billing.errors import N_
from billing.money import Money
from ppv_module.admin.desk import desk
from ppv_module.admin.parts import SeenForm
from ppv_module.admin.streams_patterns import PatternFields
from ppv_module.streams.rights.checked import MOST_SORT
from ppv_module.streams.rights.models import Offer, Pattern
from ppv_module.streams.rights.offers import (
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    MOST_CREDITS,
    MOST_HOURS,
    MOST_MINUTES,
    Terms,
)
from weblib.forms import MomentField, MoneyField, NumberField, TextField


def _price(text: str) -> Money:
    """:raises InvalidAmount: no amount of the operator's currency"""
    return Money.parse(text, desk().billing.unit, field="price")


class OfferForm(SeenForm, PatternFields):
    """For what a ticket is, for how long, and for how much."""

    name = TextField(N_("Name"), required=True, most=LONGEST_NAME, description=N_("Subscribers see it."))
    description = TextField(N_("Text for buyers"), most=LONGEST_DESCRIPTION)
    hours = NumberField(
        N_("Hours from the purchase"),
        least=1,
        most=MOST_HOURS,
        description=N_("Empty: until the end below."),
    )
    starts_at = MomentField(N_("Not valid before"))
    ends_at = MomentField(N_("Valid until"), description=N_("After that it is not sold any more."))
    minutes = NumberField(
        N_("Minutes that may be watched"), least=1, most=MOST_MINUTES, description=N_("Empty: as many as one likes.")
    )
    price = MoneyField(N_("Price from the wallet"), parse=_price, description=N_("Empty: it is not sold for money."))
    credits = NumberField(
        N_("Price in credits"), least=1, most=MOST_CREDITS, description=N_("Empty: it is not sold for credits.")
    )
    sort = NumberField(
        N_("Place in the list"), least=-MOST_SORT, most=MOST_SORT, description=N_("Smaller numbers come first.")
    )

    @property
    def given(self) -> dict[str, Any]:
        """What was filled in, as the service takes it."""
        names = ("hours", "starts_at", "ends_at", "minutes", "price", "credits")
        terms = Terms(**self.pattern, **{name: self[name].data for name in names})
        return {
            "name": self.name.data,
            "description": self.description.data or "",
            "terms": terms,
            "sort": self.sort.data or 0,
        }

    @classmethod
    def of(cls, offer: Offer, pattern: Pattern) -> Self:
        """The form with what the offer is now."""
        same = ("name", "description", "hours", "starts_at", "ends_at", "minutes", "sort")
        minor = offer.price_minor
        return cls(
            formdata=None,
            seen=offer.version,
            price=None if minor is None else Money(minor, desk().billing.unit),
            credits=offer.price_credits,
            vhost=pattern.vhost,
            application=pattern.application,
            stream=pattern.stream,
            **{name: getattr(offer, name) for name in same},
        )
