"""The rules by which shows of a tenant are held, as staff fill them in."""

from dataclasses import fields
from typing import Any

from billing.errors import N_
from ppv_module.admin.parts import PartForm
from ppv_module.admin.words import ROUNDING_TEXTS
from ppv_module.chat.models import Rounding, Rules, Tenant
from ppv_module.chat.tenant_checks import RANGES
from weblib.forms import CheckField, ChoiceField, NumberField
from weblib.pages import gettext as _
from weblib.pages import shown

ROUNDINGS = [(each.value, text) for each, text in ROUNDING_TEXTS.items()]
USUAL = Rules()


class RulesForm(PartForm):
    """How shows are held. An empty field means the usual value."""

    part, title = "rules", N_("Rules of shows and tips")

    min_start_credits = NumberField(N_("Credits that a viewer needs to begin a show, at least"))
    rounding = ChoiceField(N_("How time is billed"), required=True, choices=ROUNDINGS)
    grace_s = NumberField(N_("Free at the beginning, seconds"))
    min_charge_credits = NumberField(N_("Least price of a show, credits"))
    low_warn_s = NumberField(N_("Warn when so many seconds are left"))
    max_show_s = NumberField(N_("Longest show, seconds"))
    request_ttl_s = NumberField(N_("Time to answer a request, seconds"))
    ready_ttl_s = NumberField(N_("Time to come into the private room, seconds"))
    tick_interval_s = NumberField(N_("Time between two ticks of a page, seconds"))
    max_tick_gap_s = NumberField(N_("Most that one tick bills, seconds"))
    tick_timeout_s = NumberField(N_("A show without ticks ends after, seconds"))
    resume_window_s = NumberField(N_("Time to come back after a lost connection, seconds"))
    tip_max = NumberField(N_("Largest tip, credits"))
    tip_dedupe_ms = NumberField(N_("Equal tips of a hook within so many milliseconds are one"))
    presence_cache_s = NumberField(N_("Ask the chat who is online every … seconds"))
    sig_window_s = NumberField(N_("A signed call may be so old, seconds"))
    vendor_tick_interval_s = NumberField(N_("Time between two calls of the chat’s hook, seconds"))
    bonus_pays = CheckField(N_("Credits that were given as a gift pay the performer too"))
    enter_offline = CheckField(N_("Viewers may enter the room of a performer who is offline"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self:
            if isinstance(field, NumberField):
                usual, (least, most) = getattr(USUAL, field.name), RANGES[field.name]
                field.description = _(
                    "Usual: %(value)s. From %(least)s to %(most)s.",
                    value=shown(usual),
                    least=shown(least),
                    most=shown(most),
                )

        more = _("Never less than a minute of the performer costs.")
        self.min_start_credits.description = f"{self.min_start_credits.description} {more}"

    @property
    def given(self) -> dict[str, Any]:
        """What was filled in, by the names of `TenantForm`."""
        values = {each.name: self[each.name].data for each in fields(Rules)}
        values["rounding"] = Rounding(values["rounding"])
        return {"rules": Rules(**{name: value for name, value in values.items() if value is not None})}

    @classmethod
    def filled(cls, tenant: Tenant) -> dict[str, Any]:
        """The rules of the tenant; those that are usual stay empty."""
        rules = tenant.rules
        values = {each.name: getattr(rules, each.name) for each in fields(Rules)}
        others = {name: value for name, value in values.items() if value != getattr(USUAL, name)}
        checks = {name: value for name, value in values.items() if isinstance(value, bool)}
        return {**others, **checks, "rounding": rules.rounding.value}


def rule_facts(tenant: Tenant) -> list[tuple[str, object, bool]]:
    """Label, value, and whether it differs from the usual one, of each rule."""
    form, rules = RulesForm(formdata=None), tenant.rules
    found = []
    for each in fields(Rules):
        value = getattr(rules, each.name)
        text = _(ROUNDING_TEXTS[value]) if isinstance(value, Rounding) else value
        found.append((form[each.name].label.text, text, value != getattr(USUAL, each.name)))
    return found
