"""What staff fill in about a tenant, one form a subject."""

from typing import Any, Self

from billing.errors import N_
from billing.money import Money
from ppv_module.admin.desk import desk
from ppv_module.admin.parts import PartForm
from ppv_module.admin.rule_forms import RulesForm
from ppv_module.admin.words import HOOK_TEXTS, KIND_TEXTS, MODE_TEXTS
from ppv_module.chat.models import HookMode, Mode, Tenant
from ppv_module.chat.tenant_checks import CUSTOM, MOST_TITLE, MOST_WEBMASTER
from weblib.forms import (
    AreaField,
    CheckField,
    ChoiceField,
    Form,
    MoneyField,
    NumberField,
    SecretField,
    TextField,
)
from weblib.i18n import LANGUAGES
from weblib.pages import gettext as _

MODES = [(mode.value, text) for mode, text in MODE_TEXTS.items()]
HOOKS = [(mode.value, text) for mode, text in HOOK_TEXTS.items()]
WEBMASTER = N_("The number of the account in the chat’s console. Rooms are counted from it.")
ADDRESS = {"inputmode": "url", "placeholder": "https://", "autocomplete": "off"}
LIST = {"rows": 4, "spellcheck": "false", "autocomplete": "off"}


def _amount(text: str) -> Money:
    """:raises InvalidAmount: no amount of money"""
    return Money.parse(text, desk().billing.unit, field="value")


class NewTenantForm(Form):
    """What a chat needs from the beginning; everything else has a usual value."""

    name = TextField(N_("Name"), required=True, most=64, description=N_("As viewers and staff see it."))
    webmaster_id = NumberField(
        N_("Webmaster id"),
        required=True,
        least=1,
        most=MOST_WEBMASTER,
        description=WEBMASTER,
    )
    password = SecretField(N_("Chat password"), render_kw={"autocomplete": "new-password"})
    mode = ChoiceField(N_("Integration"), required=True, choices=MODES)
    currency = TextField(N_("Currency of credits and earnings"), required=True, most=3)
    chat_url = TextField(N_("Address of the chat"), required=True, most=200, render_kw=ADDRESS)

    @property
    def given(self) -> dict[str, Any]:
        """What was filled in, by the names of `TenantForm`."""
        return {
            "name": self.name.data,
            "webmaster_id": self.webmaster_id.data,
            "password": self.password.data,
            "mode": Mode(self.mode.data),
            "currency": self.currency.data.upper(),
            "chat_url": self.chat_url.data,
        }

    @classmethod
    def blank(cls) -> Self:
        return cls(formdata=None, currency=desk().billing.unit, mode=Mode.EXTERNAL.value)


class BasicsForm(PartForm):
    """Name, way of integration, and what a credit is worth."""

    part, title = "basics", N_("Name, integration and value of a credit")

    name = TextField(N_("Name"), required=True, most=64, description=N_("As viewers and staff see it."))
    webmaster_id = NumberField(N_("Webmaster id"), required=True, least=1, most=MOST_WEBMASTER, description=WEBMASTER)
    mode = ChoiceField(N_("Integration"), required=True, choices=MODES)
    currency = TextField(N_("Currency of credits and earnings"), required=True, most=3)
    value = MoneyField(N_("So much money"), parse=_amount, required=True)
    value_credits = NumberField(
        N_("is worth so many credits"),
        required=True,
        least=1,
        most=10**6,
        description=N_("What performers earn is counted by this ratio. It counts for shows and tips to come."),
    )

    @property
    def given(self) -> dict[str, Any]:
        return {
            "name": self.name.data,
            "webmaster_id": self.webmaster_id.data,
            "mode": Mode(self.mode.data),
            "currency": self.currency.data.upper(),
            "value_minor": self.value.data.minor,
            "value_credits": self.value_credits.data,
        }

    @classmethod
    def filled(cls, tenant: Tenant) -> dict[str, Any]:
        value = Money(tenant.value_minor, tenant.currency)
        named = {
            "name": tenant.name,
            "webmaster_id": tenant.webmaster_id,
            "mode": tenant.mode.value,
            "currency": tenant.currency,
        }
        return {**named, "value": value, "value_credits": tenant.value_credits}


class WordsForm(PartForm):
    """What performers are called here."""

    part, title = "words", N_("What performers are called")

    kind = ChoiceField(
        N_("Kind"),
        required=True,
        choices=list(KIND_TEXTS.items()),
        description=N_("Each kind has its usual title in every language. Write another one below where you want it."),
    )
    title_uk = TextField(N_("In Ukrainian"), most=MOST_TITLE)
    title_ru = TextField(N_("In Russian"), most=MOST_TITLE)
    title_en = TextField(N_("In English"), most=MOST_TITLE)

    def validate(self, extra_validators: Any = None) -> bool:
        sound = super().validate(extra_validators)
        if sound and self.kind.data == CUSTOM and not self.given["kind_titles"]:
            self.title_uk.errors = [_("Write the title in one language at least.")]
            sound = False
        return sound

    @property
    def given(self) -> dict[str, Any]:
        titles = {lang: self[f"title_{lang}"].data for lang in LANGUAGES}
        return {"kind": self.kind.data, "kind_titles": {lang: text for lang, text in titles.items() if text}}

    @classmethod
    def filled(cls, tenant: Tenant) -> dict[str, Any]:
        titles = {f"title_{lang}": tenant.kind_titles.get(lang, "") for lang in LANGUAGES}
        return {"kind": tenant.kind, **titles}


class ServerForm(PartForm):
    """Where the chat is, and the two secrets that we share with it. Secrets are never shown: empty means kept."""

    part, title = "server", N_("Server, password and presence")

    chat_url = TextField(N_("Address of the chat"), required=True, most=200, render_kw=ADDRESS)
    password = SecretField(
        N_("New chat password"),
        required=False,
        description=N_("Empty: it stays as it is."),
        render_kw={"autocomplete": "new-password"},
    )
    token_expires = CheckField(
        N_("A way in is good for two minutes"),
        description=N_("Switch this off only if the chat refuses tokens that expire."),
    )
    rest_url = TextField(
        N_("Address of the chat’s REST"),
        most=200,
        render_kw=ADDRESS,
        description=N_("We ask there who is online. Empty: only open pages of performers tell."),
    )
    rest_token = SecretField(
        N_("New REST token"),
        required=False,
        description=N_("Empty: it stays as it is."),
        render_kw={"autocomplete": "new-password"},
    )

    @property
    def given(self) -> dict[str, Any]:
        secrets = {"password": self.password.data, "rest_token": self.rest_token.data}
        plain = {
            "chat_url": self.chat_url.data,
            "rest_url": self.rest_url.data,
            "token_expires": self.token_expires.data,
        }
        return plain | {name: secret for name, secret in secrets.items() if secret}

    @classmethod
    def filled(cls, tenant: Tenant) -> dict[str, Any]:
        return {"chat_url": tenant.chat_url, "rest_url": tenant.rest_url, "token_expires": tenant.token_expires}


def read_map(text: str) -> dict[str, str]:
    """Lines like `creds = credits`.

    :raises ValueError: a line has no two names
    """
    found = dict[str, str]()
    for line in filter(None, map(str.strip, text.splitlines())):
        theirs, sign, ours = (each.strip() for each in line.partition("="))
        if not (theirs and sign and ours):
            raise ValueError(line)
        found[theirs] = ours
    return found


class MapField(AreaField):
    """Lines that rename fields; `data` is a dictionary."""

    data: Any

    def process_formdata(self, texts: list[str]) -> None:
        super().process_formdata(texts)
        try:
            self.data = read_map(self.data)
        except ValueError as error:
            raise ValueError(_("Write one pair a line, like: creds = credits")) from error

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "\n".join(f"{theirs} = {ours}" for theirs, ours in (self.data or {}).items())


class HooksForm(PartForm):
    """What the chat's server may ask of us, and from where."""

    part, title = "hooks", N_("Hooks")

    hook_mode = ChoiceField(N_("Hooks"), required=True, choices=HOOKS)
    hook_json = CheckField(
        N_("Answer with JSON"), description=N_("As the setting “json” of the chat’s console says; else a plain number.")
    )
    hook_networks = AreaField(
        N_("Only from these addresses"),
        render_kw=LIST,
        description=N_("One address or network a line, like 203.0.113.7 or 203.0.113.0/24. Empty: from everywhere."),
    )
    field_map = MapField(
        N_("Names of fields"),
        render_kw=LIST,
        description=N_(
            "One pair a line: what the chat sends = what it means here. Needed only if the log shows others."
        ),
    )

    @property
    def given(self) -> dict[str, Any]:
        return {
            "hook_mode": HookMode(self.hook_mode.data),
            "hook_json": self.hook_json.data,
            "hook_networks": [line for each in self.hook_networks.data.splitlines() if (line := each.strip())],
            "field_map": self.field_map.data or {},
        }

    @classmethod
    def filled(cls, tenant: Tenant) -> dict[str, Any]:
        return {
            "hook_mode": tenant.hook_mode.value,
            "hook_json": tenant.hook_json,
            "hook_networks": "\n".join(tenant.hook_networks),
            "field_map": tenant.field_map,
        }


class PaypalForm(PartForm):
    """Who is paid by PayPal."""

    part, title = "paypal", N_("PayPal")

    paypal_business = TextField(
        N_("E-mail of the PayPal account"),
        most=128,
        render_kw={"inputmode": "email", "autocomplete": "off"},
        description=N_("Payments go there whole. Empty: credits are not sold by PayPal here."),
    )
    paypal_receiver_id = TextField(
        N_("Merchant id"), most=32, description=N_("As PayPal names the account in its notifications; may be empty.")
    )

    @property
    def given(self) -> dict[str, Any]:
        return {
            "paypal_business": self.paypal_business.data,
            "paypal_receiver_id": self.paypal_receiver_id.data,
        }

    @classmethod
    def filled(cls, tenant: Tenant) -> dict[str, Any]:
        return {"paypal_business": tenant.paypal_business, "paypal_receiver_id": tenant.paypal_receiver_id}


PARTS: dict[str, type[PartForm]] = {
    form.part: form for form in (BasicsForm, RulesForm, WordsForm, ServerForm, HooksForm, PaypalForm)
}
