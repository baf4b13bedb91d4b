"""Which chat a list is narrowed to, on all pages alike."""

from typing import Any

from billing.errors import N_
from ppv_module.admin.desk import desk
from ppv_module.chat.listing.tenants import tenant_names
from weblib.forms import ChoiceField, Filter
from weblib.pages import gettext as _


def tenant_choices() -> list[tuple[str, str]]:
    """Every chat, as choices of a field."""
    with desk().billing.reading() as session:
        return [(str(number), name) for number, name in tenant_names(session)]


class TenantFilter(Filter):
    """Narrows a list to one chat. What cannot be read does not narrow."""

    tenant = ChoiceField(N_("Chat"), choices=[])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant.choices = [("", _("all")), *tenant_choices()]
        self.validate()

    @property
    def tenant_id(self) -> int | None:
        found = self.chosen().get("tenant")
        return int(found) if found else None
