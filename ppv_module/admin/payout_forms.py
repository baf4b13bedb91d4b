"""What staff fill in about payouts."""

from datetime import timedelta
from typing import Any

from billing.errors import N_
from ppv_module.admin.choosing import TenantFilter, tenant_choices
from ppv_module.admin.desk import desk
from ppv_module.admin.report_words import PAYOUT_TEXTS
from ppv_module.admin.spanning import performers
from ppv_module.chat.earnings import payouts as services
from ppv_module.chat.earnings.models import PayoutState
from ppv_module.chat.reports.payouts import WantedPayouts
from ppv_module.chat.reports.spans import day_starts
from weblib.forms import ChoiceField, DateField, Filter, Form, NumberField, TextField
from weblib.pages import gettext as _


class PayoutFilter(TenantFilter):
    """Narrows the list."""

    performer = ChoiceField(N_("Performer"), choices=[])
    state = ChoiceField(
        N_("State"), choices=[("", N_("all")), *((each.value, PAYOUT_TEXTS[each]) for each in PayoutState)]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(str(each.person_id), f"{each.tenant}: {each.name}") for each in performers()]
        self.performer.choices = [("", _("all")), *named]
        self.validate()

    @property
    def wanted(self) -> WantedPayouts:
        """What is asked for. What cannot be read does not narrow."""
        chosen = self.chosen()
        performer, state = chosen.get("performer"), chosen.get("state")
        return WantedPayouts(
            tenant_id=self.tenant_id,
            performer_id=int(performer) if performer else None,
            state=PayoutState(state) if state else None,
        )


class DraftForm(Form):
    """Whose earnings of which days, both included."""

    whose = ChoiceField(N_("For whom"), required=True, choices=[])
    since = DateField(N_("From"), required=True)
    until = DateField(N_("Until"), required=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everybody = [(f"{number}:", _("all of “%(chat)s”", chat=name)) for number, name in tenant_choices()]
        single = [(f"{each.tenant_id}:{each.person_id}", f"{each.tenant}: {each.name}") for each in performers()]
        self.whose.choices = [*everybody, *single]

    def validate(self, extra_validators: object = None) -> bool:
        sound = super().validate(extra_validators)
        if sound and self.since.data > self.until.data:
            self.until.errors = [_("The period must end after it begins.")]
            sound = False
        return sound

    @property
    def period(self) -> dict[str, Any]:
        """The first instant, and the one after the last, at the operator's place."""
        zone, after = desk().billing.zone, self.until.data + timedelta(days=1)
        return {"begins_at": day_starts(self.since.data, zone), "ends_at": day_starts(after, zone)}


class PayForm(Form):
    reference = TextField(
        N_("Reference of the payment"),
        required=True,
        most=services.LONGEST_REFERENCE,
        description=N_("For instance the number of the bank transfer. The performer sees it."),
    )


class RowFilter(Filter):
    """Which payout's rows are exported."""

    payout = NumberField(least=1)
