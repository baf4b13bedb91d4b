"""Fields that several forms about the staff share."""

from typing import Any

from wtforms import Field
from wtforms.validators import ValidationError

from billing.errors import N_
from billing.staff import LONGEST_NAME, SHORTEST_PASSWORD
from weblib.forms import ChoiceField, Form, SecretField, TextField
from weblib.pages import NAMES
from weblib.pages import gettext as _

FRESH = {"autocomplete": "new-password"}
PRESENT = {"autocomplete": "current-password"}
LOGIN = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}

RIGHTS = [
    ("OLLTV", N_("Television: tariffs, subscribers, fees, partner")),
    ("MONEY", N_("Money: corrections, without charge, money report")),
    ("PPV", N_("Pay-per-view")),
    ("ADMIN", N_("Administration: staff, keys, settings")),
]
THEMES = [("auto", N_("As the system")), ("light", N_("Light")), ("dark", N_("Dark"))]


class Same:
    """This field says what the one named `first` says."""

    def __init__(self, first: str) -> None:
        self.first = first

    def __call__(self, form: Form, field: Field) -> None:
        if field.data != form[self.first].data:
            raise ValidationError(_("The two passwords differ."))


def name_field(**kwargs: Any) -> TextField:
    """How a person is called."""
    return TextField(N_("Full name"), most=LONGEST_NAME, render_kw={"autocomplete": "name"}, **kwargs)


def language_field() -> ChoiceField:
    return ChoiceField(N_("Language"), choices=list(NAMES.items()), required=True)


def new_password_field(label: str = N_("New password")) -> SecretField:
    return SecretField(label, least=SHORTEST_PASSWORD, render_kw=FRESH)


def repeated_password_field(first: str) -> SecretField:
    """The password once more, since nobody sees what he types."""
    return SecretField(N_("New password, once more"), validators=[Same(first)], render_kw=FRESH)


class PasswordForm(Form):
    """Proves that the person himself is at the browser."""

    present = SecretField(N_("Your present password"), render_kw=PRESENT)
