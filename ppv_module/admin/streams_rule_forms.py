"""What staff fill in about rules for links, and to check a link. A key goes in, and never out again."""

from typing import Any, Self

from billing.errors import N_
from ppv_module.admin.parts import SeenForm
from ppv_module.admin.streams_patterns import PatternFields
from ppv_module.admin.streams_terms import IDENTITY_TEXTS
from ppv_module.streams.links.models import Identity, Rule
from ppv_module.streams.links.rules import LONGEST_NAME, MOST_MINUTES, Signing
from ppv_module.streams.rights.checked import MOST_SORT
from ppv_module.streams.rights.models import Pattern
from weblib.forms import AreaField, CheckField, ChoiceField, Form, NumberField, SecretField, TextField

LONGEST_LINK = 2000
HIDDEN = {"autocomplete": "new-password"}


class RuleForm(SeenForm, PatternFields):
    """How links are signed."""

    name = TextField(N_("Name"), required=True, most=LONGEST_NAME)
    key = SecretField(
        N_("Key"),
        required=False,
        description=N_("The password of the rule on the media server. It is never shown again. Empty: it stays."),
        render_kw=HIDDEN,
    )
    minutes = NumberField(
        N_("A link is valid for, minutes"),
        required=True,
        least=1,
        most=MOST_MINUTES,
        description=N_("In this time watching has to begin; who watches by then goes on."),
    )
    identity = ChoiceField(
        N_("Identifier of the viewer"),
        required=True,
        choices=[(each.value, IDENTITY_TEXTS[each]) for each in Identity],
    )
    bind_stream = CheckField(N_("Bind to the stream"), description=N_("For HTTP: the link opens no other stream."))
    bind_ip = CheckField(
        N_("Bind to the viewer’s address"),
        description=N_("The link works from the address only from which it was asked for; phones change theirs."),
    )
    sort = NumberField(
        N_("Place in the list"),
        least=-MOST_SORT,
        most=MOST_SORT,
        description=N_("Of several rules that fit a stream the one with the smallest number counts."),
    )

    @property
    def given(self) -> dict[str, Any]:
        """What was filled in, as the service takes it."""
        signing = Signing(
            **self.pattern,
            key=self.key.data or "",
            minutes=self.minutes.data,
            bind_ip=self.bind_ip.data,
            bind_stream=self.bind_stream.data,
            identity=Identity(self.identity.data),
        )
        return {"name": self.name.data, "signing": signing, "sort": self.sort.data or 0}

    @classmethod
    def of(cls, rule: Rule, pattern: Pattern) -> Self:
        """The form with what the rule is now, without its key."""
        names = ("name", "minutes", "bind_ip", "bind_stream", "sort")
        return cls(
            formdata=None,
            seen=rule.version,
            identity=rule.identity.value,
            vhost=pattern.vhost,
            application=pattern.application,
            stream=pattern.stream,
            **{name: getattr(rule, name) for name in names},
        )


class CheckForm(Form):
    """Which link is looked at."""

    url = AreaField(
        N_("Signed link"),
        required=True,
        most=LONGEST_LINK,
        render_kw={"rows": 4, "autocapitalize": "none", "spellcheck": "false"},
    )
    ip = TextField(
        N_("Address of the viewer"), most=45, description=N_("Needed for links that are bound to an address.")
    )
