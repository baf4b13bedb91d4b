"""Filters that the reports share: a chat, a performer, days."""

from datetime import date
from typing import Any

from billing.errors import N_
from ppv_module.admin.choosing import TenantFilter
from ppv_module.admin.desk import desk
from ppv_module.chat.reports.names import Named, performer_names
from ppv_module.chat.reports.spans import Span
from weblib.forms import ChoiceField, DateField
from weblib.pages import gettext as _


def performers() -> list[Named]:
    """All performers by chat and name."""
    with desk().billing.reading() as session:
        return performer_names(session)


def today() -> date:
    """The day at the operator's place."""
    return desk().clock().astimezone(desk().billing.zone).date()


class SpanFilter(TenantFilter):
    """A chat, and days at the operator's place, both included."""

    since = DateField(N_("From"))
    until = DateField(N_("Until"))

    @property
    def span(self) -> Span:
        """The range; without days it is open."""
        chosen = self.chosen()
        return Span.of_days(chosen.get("since"), chosen.get("until"), desk().billing.zone)

    def suppose(self, since: date, until: date) -> None:
        """Take these days where none were asked for; what could not be read stays as it was typed."""
        for field, day in ((self.since, since), (self.until, until)):
            if not field.errors and not field.data:
                field.data = day


class PerformerFilter(SpanFilter):
    """Also a performer."""

    performer = ChoiceField(N_("Performer"), choices=[])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(str(each.person_id), f"{each.tenant}: {each.name}") for each in performers()]
        self.performer.choices = [("", _("all")), *named]
        self.validate()

    @property
    def performer_id(self) -> int | None:
        found = self.chosen().get("performer")
        return int(found) if found else None
