"""What a call of the chat's server says. Its shapes are known by observation only, so nothing in it is relied upon."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from ppv_module.chat.models import Tenant

MOST_FIELDS, LONGEST_NAME, LONGEST_VALUE = 40, 64, 200
SECRET = re.compile(r"pass|pwd|token|jwt|secret|key|sign|auth|session|cookie|mail|phone|card|cvv|cvc|iban|payer", re.I)
HIDDEN = "***"
WHOLE = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class Told:
    """The fields of a call, by our names for them; those that we have no name for are kept and mean nothing."""

    fields: Mapping[str, str]

    @classmethod
    def read(cls, form: MultiDict[str, str], tenant: Tenant) -> "Told":
        """The first value of each field, renamed as the tenant's map says."""
        return cls({tenant.field_map.get(name, name): value for name, value in form.items()})

    @property
    def action(self) -> str:
        return self.fields.get("a", "")

    @property
    def username(self) -> str:
        return self.fields.get("username", "")

    @property
    def claim(self) -> str:
        """The amount that the chat speaks of, whatever it may mean."""
        return self.fields.get("credits", "")

    def whole(self, name: str) -> int | None:
        """A field as a whole number; None where it is missing or none."""
        value = self.fields.get(name, "").strip()
        return int(value) if WHOLE.fullmatch(value) else None

    def for_log(self) -> dict[str, Any]:
        """What is kept of it: no secrets, nothing about payments, and not more than a person wants to read."""
        shown = list(self.fields.items())[:MOST_FIELDS]
        return {name[:LONGEST_NAME]: HIDDEN if SECRET.search(name) else value[:LONGEST_VALUE] for name, value in shown}
