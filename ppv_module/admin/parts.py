"""Forms about one part of a tenant: each page asks for one subject, and leaves the others as they are."""

from dataclasses import fields
from typing import Any, ClassVar, Self

from ppv_module.chat.models import Tenant
from ppv_module.chat.tenants import TenantForm
from weblib.forms import Form, SeenField

SECRETS = ("password", "rest_token")


class SeenForm(Form):
    """Only says which edition was shown."""

    seen = SeenField()


class PartForm(SeenForm):
    """A part of a tenant. `part` is its name in addresses, `title` a marked text."""

    part: ClassVar[str]
    title: ClassVar[str]

    @property
    def given(self) -> dict[str, Any]:
        """What was filled in, by the names of `TenantForm`."""
        raise NotImplementedError

    @classmethod
    def of(cls, tenant: Tenant) -> Self:
        """The form with what the tenant is now."""
        return cls(formdata=None, seen=tenant.version, **cls.filled(tenant))

    @classmethod
    def filled(cls, tenant: Tenant) -> dict[str, Any]:
        """What stands in the fields at first."""
        raise NotImplementedError


def whole(tenant: Tenant, **changes: Any) -> TenantForm:
    """All of a tenant with some changes. Secrets that are not among them stay as they are kept."""
    present = {each.name: getattr(tenant, each.name) for each in fields(TenantForm) if each.name not in SECRETS}
    return TenantForm(**present | changes)
