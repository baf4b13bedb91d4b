"""Forms whose labels, choices and messages are told in the reader's language.

Labels, descriptions and choices are marked English texts in the class and translated when a form is made. Choices
that a view sets on a made form are data and stay as they are.
"""

import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unicodedata import category

from flask import request
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, SelectField, TextAreaField

from weblib.fields import (
    N_,
    AreaField,
    CheckboxList,
    CheckField,
    ChoiceField,
    DateField,
    KeyField,
    Length,
    MomentField,
    MoneyField,
    MonthField,
    NumberField,
    ParsedField,
    Presence,
    ReasonField,
    SearchField,
    SecretField,
    SeenField,
    TextField,
)
from weblib.pages import gettext as _
from weblib.pages import is_refusal, tell

__all__ = [
    "AreaField",
    "CheckField",
    "CheckboxList",
    "ChoiceField",
    "DateField",
    "Filter",
    "Form",
    "KeyField",
    "Length",
    "MomentField",
    "MoneyField",
    "MonthField",
    "NumberField",
    "ParsedField",
    "Presence",
    "ReasonField",
    "SearchField",
    "SecretField",
    "SeenField",
    "TextField",
    "new_key",
]

TOLD_AT_FORMS = (402, 409, 422)

WTFORMS_TEXTS = (
    N_("This field is required."),
    N_("Not a valid choice."),
    N_("'%(value)s' is not a valid choice for this field."),
    N_("Not a valid integer value."),
    N_("Invalid Choice: could not coerce."),
    N_("Number must be at least %(min)s."),
    N_("Number must be at most %(max)s."),
    N_("Number must be between %(min)s and %(max)s."),
    N_("Field must be equal to %(other_name)s."),
    N_("Invalid email address."),
    N_("Invalid input."),
)
"""What WTForms says by itself. Listed here, so that the catalogues have it."""


class _Texts:
    """The catalogues as WTForms asks for them. It fills in the facts itself."""

    def gettext(self, text: str) -> str:
        return _(text)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return singular if number == 1 else plural  # only said by its Length: take ours


class Form(FlaskForm):  # type: ignore[misc]  # no types
    """A form of a page. Text is stripped, and control characters are refused in every field."""

    class Meta:
        def get_translations(self, _form: object) -> _Texts:
            return _Texts()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self:
            field.label.text = _marked(field.label.text)
            field.description = _marked(field.description)
            if isinstance(field, SelectField):
                field.choices = [replace(choice, label=_marked(choice.label)) for choice in field.choices]

    def validate(self, extra_validators: Any = None) -> bool:
        sound = super().validate(extra_validators)
        for field in self:
            if any(_has_controls(text, field) for text in field.raw_data or ()):
                field.errors = [_("This text has characters that cannot be stored.")]
                sound = False
        return bool(sound)

    @contextmanager
    def refusals(self, *, statuses: Collection[int] = TOLD_AT_FORMS) -> Iterator[None]:
        """Turn a refusal in the block into an error of this form; afterwards ask `if form.errors:`.

        It stands at the field that the refusal names, else above the form. Refusals that are answered with other
        statuses, like "not found", go on to the page of troubles.
        """
        try:
            yield
        except Exception as error:
            if not is_refusal(error) or getattr(error, "http_status", 0) not in statuses:
                raise
            self.refuse(error)

    def refuse(self, error: Exception) -> None:
        """Tell the refusal `error` at the field that it names, else above the form."""
        named = str(getattr(error, "facts", {}).get("field", ""))
        if named in self and not isinstance(self[named], HiddenField):
            self[named].errors = [*self[named].errors, tell(error)]
        else:
            self.form_errors: list[str] = [*self.form_errors, tell(error)]


class Filter(Form):
    """A form that is read from the address, to narrow a list. What cannot be read is told and does not narrow."""

    class Meta(Form.Meta):
        csrf = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*(args or (request.args,)), **kwargs)
        self.validate()

    def chosen(self) -> dict[str, Any]:
        """The fields that were filled in properly, by name."""
        return {field.name: field.data for field in self if not field.errors and field.data not in (None, "", [])}


def new_key() -> str:
    """A name for a form that is shown now."""
    return secrets.token_urlsafe(16)


def _marked(text: str) -> str:
    return _(text) if text else text


def _has_controls(text: object, field: Field) -> bool:
    """Control characters break exports and logs; a lone surrogate cannot be stored at all."""
    allowed = "\r\n\t" if isinstance(field, TextAreaField) else ""
    return isinstance(text, str) and any(category(each) in ("Cc", "Cs") and each not in allowed for each in text)
