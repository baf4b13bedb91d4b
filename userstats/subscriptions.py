"""What became of subscriptions: why one stands still, why one ended."""

from collections.abc import Sequence
from dataclasses import dataclass

from userstats.remote import Json
from weblib.fields import N_

STATES = {
    "pending": (N_("is being switched on"), "info"),
    "active": (N_("on"), "good"),
    "suspended": (N_("suspended"), "warn"),
    "ended": (N_("ended"), ""),
    "refused": (N_("not switched on"), "bad"),
}
"""By the billing's word: the marked text, and the kind of badge."""

REASONS = {
    "no_money": N_("There was not enough money for the monthly fee."),
    "frozen": N_("The account is frozen."),
    "vacation": N_("For the time of your vacation."),
    "staff": N_("Switched off by your provider."),
}
"""Why a subscription is suspended."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A subscription. `successor` is the tariff that took its place on a change."""

    facts: Json
    successor: str = ""

    @property
    def state(self) -> tuple[str, str]:
        return STATES.get(self.facts["state"], (self.facts["state"], ""))

    @property
    def reason(self) -> str:
        """A marked text; empty when there is nothing to say."""
        return REASONS.get(self.facts["reason"], "") if self.facts["state"] == "suspended" else ""


def with_successors(subscriptions: Sequence[Json]) -> list[Row]:
    """The rows of the page. A main that ended at the very moment another began was changed for it."""
    began = {each["active_since"]: each["tariff"] for each in subscriptions if each["main"] and each["active_since"]}
    return [
        Row(facts=each, successor=began.get(each["ended_at"], "") if each["main"] and each["ended_at"] else "")
        for each in subscriptions
    ]
