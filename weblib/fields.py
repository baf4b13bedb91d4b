"""The fields of forms. Labels and choices are marked English texts; they are translated when a form is made."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms import widgets as looks
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange, StopValidation, ValidationError

from weblib.pages import gettext as _
from weblib.pages import is_refusal, zone

LINE, REASON, AREA = 255, 200, 2000
MOMENT = "%Y-%m-%dT%H:%M"
UNSEEN = -1


def N_(text: str) -> str:
    """Mark an English text for the catalogues; it is translated where it is shown."""
    return text


class Presence:
    """Nothing else is asked of a field without input, unless it is required, nor of one that cannot be read."""

    def __init__(self, required: bool) -> None:
        self.required = required
        self.field_flags = {"required": True} if required else {"optional": True}

    def __call__(self, _form: object, field: Field) -> None:
        given = field.raw_data[0] if field.raw_data else ""
        if given and (not isinstance(given, str) or given.strip()):
            if field.process_errors:
                raise StopValidation
            return
        field.errors[:] = []
        raise StopValidation(_("This field is required.") if self.required else "")


class Length:
    """At least and at most so many characters."""

    def __init__(self, least: int = 0, most: int = LINE) -> None:
        self.least, self.most = least, most
        self.field_flags = {"maxlength": most} | ({"minlength": least} if least else {})

    def __call__(self, _form: object, field: Field) -> None:
        length = len(field.data if isinstance(field.data, str) else (field.raw_data or [""])[0])
        if length > self.most:
            raise ValidationError(_("Too long: at most %(most)s characters.", most=self.most))
        if length < self.least:
            raise ValidationError(_("Too short: at least %(least)s characters.", least=self.least))


class TextField(StringField):  # type: ignore[misc]
    """A line of text, stripped; without input it is empty."""

    data: Any

    def __init__(self, label: str = "", *, required: bool = False, most: int = LINE, **kwargs: Any) -> None:
        super().__init__(label, [Presence(required), *kwargs.pop("validators", ()), Length(most=most)], **kwargs)

    def process_formdata(self, texts: list[str]) -> None:
        self.data = texts[0].strip() if texts else ""


class AreaField(TextAreaField):  # type: ignore[misc]
    """Text of several lines, stripped; line ends become plain newlines."""

    def __init__(self, label: str = "", *, required: bool = False, most: int = AREA, **kwargs: Any) -> None:
        super().__init__(label, [Presence(required), *kwargs.pop("validators", ()), Length(most=most)], **kwargs)

    def process_formdata(self, texts: list[str]) -> None:
        self.data = texts[0].strip().replace("\r\n", "\n") if texts else ""


class ReasonField(TextField):
    """Why something is done; it goes into the event log and statements, so it is required."""

    def __init__(self, label: str = N_("Reason"), *, required: bool = True, most: int = REASON, **kwargs: Any) -> None:
        super().__init__(label, required=required, most=most, **kwargs)


class SearchField(TextField):
    """Words to search by."""

    widget = looks.SearchInput()


class SecretField(PasswordField):  # type: ignore[misc]
    """A password. It is not stripped and never sent back to the browser."""

    def __init__(self, label: str = "", *, required: bool = True, least: int = 0, **kwargs: Any) -> None:
        checks = [Presence(required), *kwargs.pop("validators", ()), Length(least, LINE)]
        super().__init__(label, checks, **kwargs)


class NumberField(IntegerField):  # type: ignore[misc]
    """A whole number; None when nothing was written."""

    def __init__(
        self, label: str = "", *, required: bool = False, least: int = 0, most: int = 10**9, **kwargs: Any
    ) -> None:
        checks = [Presence(required), *kwargs.pop("validators", ()), NumberRange(least, most)]
        super().__init__(label, checks, **kwargs)


class ParsedField(TextField):
    """Text that `parse` makes something of; `data` is that, None when nothing was written.

    `parse` raises ValueError or a refusal for what it cannot read; then `message` is shown.
    """

    message = N_("This value cannot be used.")

    def __init__(self, label: str = "", *, parse: Callable[[str], object], **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.parse = parse

    def process_formdata(self, texts: list[str]) -> None:
        text = texts[0].strip() if texts else ""
        self.data = None
        if text:
            self.data = self._parsed(text)

    def _parsed(self, text: str) -> object:
        try:
            if len(text) > LINE:
                raise ValueError(text)
            return self.parse(text)
        except Exception as error:
            if not isinstance(error, ValueError) and not is_refusal(error):
                raise
            raise ValueError(_(self.message)) from error

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.written(self.data)

    def written(self, data: Any) -> str:
        """`data` as a person would write it into the field."""
        return str(data)


class MoneyField(ParsedField):
    """An amount. The module says by `parse` how it is read, like `lambda text: Money.parse(text, unit)`."""

    message = N_("Write an amount like 49,90.")
    widget = looks.TextInput()

    def __init__(self, label: str = N_("Amount"), *, parse: Callable[[str], object], **kwargs: Any) -> None:
        keys = {"inputmode": "decimal", "autocomplete": "off", **kwargs.pop("render_kw", {})}
        super().__init__(label, parse=parse, most=32, render_kw=keys, **kwargs)

    def written(self, data: Any) -> str:
        return str(data.plain())


class MonthField(ParsedField):
    """A month, written YYYY-MM; text, unless `parse` makes something else of it."""

    message = N_("Write a month like 2026-11.")
    widget = looks.MonthInput()

    def __init__(self, label: str = N_("Month"), *, parse: Callable[[str], object] = str, **kwargs: Any) -> None:
        keys = {"placeholder": "2026-11", **kwargs.pop("render_kw", {})}
        super().__init__(label, parse=parse, most=7, render_kw=keys, **kwargs)

    def _parsed(self, text: str) -> object:
        if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", text, re.ASCII):
            raise ValueError(_(self.message))
        return super()._parsed(text)


class DateField(ParsedField):
    """A day: browsers send 2026-11-22, people without a calendar may write 22.11.2026."""

    message = N_("Write a date like 22.11.2026.")
    widget = looks.DateInput()

    def __init__(self, label: str = N_("Date"), **kwargs: Any) -> None:
        super().__init__(label, parse=read_day, most=10, **kwargs)


class MomentField(ParsedField):
    """A day with its time: browsers send 2026-11-22T09:05, people without a calendar may write 22.11.2026 09:05."""

    message = N_("Write a day and a time like 22.11.2026 09:05.")
    widget = looks.DateTimeLocalInput()

    def __init__(self, label: str = "", **kwargs: Any) -> None:
        super().__init__(label, parse=read_moment, most=20, **kwargs)

    def written(self, data: datetime) -> str:
        return data.astimezone(zone()).strftime(MOMENT)


class CheckField(BooleanField):  # type: ignore[misc]
    """Yes or no. With `required` it has to be ticked."""

    def __init__(self, label: str = "", *, required: bool = False, **kwargs: Any) -> None:
        super().__init__(label, [Presence(required)] if required else [], **kwargs)


class _Choosing(SelectField):  # type: ignore[misc]
    """Takes its choices as pairs of value and text, in the class and from a view."""

    def __init__(self, label: str = "", checks: Any = (), *, choices: Any = (), **kwargs: Any) -> None:
        super().__init__(label, checks, choices=_as_choices(choices), **kwargs)

    @property
    def choices(self) -> list[SelectChoice]:
        return list(SelectField.choices.fget(self) or ())

    @choices.setter
    def choices(self, choices: Any) -> None:
        SelectField.choices.fset(self, _as_choices(choices))


class ChoiceField(_Choosing):
    """One of several. Choices in the class are marked texts; choices that a view sets later are data."""

    def __init__(self, label: str = "", *, required: bool = False, **kwargs: Any) -> None:
        super().__init__(label, [Presence(required), *kwargs.pop("validators", ())], **kwargs)

    def pre_validate(self, form: Any) -> None:
        """What is not asked for need not be among the choices: a filter without it is no mistake."""
        if self.raw_data or self.flags.required:
            super().pre_validate(form)


class CheckboxList(_Choosing, SelectMultipleField):  # type: ignore[misc]
    """Any of several, as boxes to tick."""

    widget = looks.ListWidget(prefix_label=False)
    option_widget = looks.CheckboxInput()

    def __init__(self, label: str = "", *, required: bool = False, **kwargs: Any) -> None:
        super().__init__(label, [Presence(required)] if required else [], **kwargs)


def _as_choices(choices: Any) -> list[SelectChoice]:
    return [SelectChoice.from_input(each) for each in choices or ()]


class SeenField(HiddenField):  # type: ignore[misc]
    """The edition of the thing that the person was shown. A broken one equals none that was ever shown."""

    def process_formdata(self, texts: list[str]) -> None:
        is_number = bool(texts) and re.fullmatch(r"\d{1,9}", texts[0], re.ASCII) is not None
        self.data = int(texts[0]) if is_number else UNSEEN


class KeyField(HiddenField):  # type: ignore[misc]
    """A random name of this form, made when it is shown: sent twice, it is done once."""

    def pre_validate(self, _form: object) -> None:
        if not re.fullmatch(r"[\w-]{8,64}", self.data or "", re.ASCII):
            raise ValidationError(_("This page was open for too long. Go back, load it again and repeat what you did."))


def read_day(text: str) -> date:
    """`2026-11-22` or `22.11.2026`.

    :raises ValueError: anything else, or a day outside of 2000 to 2099
    """
    if match := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(20\d\d)", text, re.ASCII):
        return date(int(match[3]), int(match[2]), int(match[1]))
    if not re.fullmatch(r"20\d\d-\d\d-\d\d", text, re.ASCII):
        raise ValueError(text)
    return date.fromisoformat(text)


def read_moment(text: str) -> datetime:
    """`2026-11-22T09:05` or `22.11.2026 09:05`, at the operator's clock.

    :raises ValueError: anything else, or outside of the years 2000 to 2099
    """
    if match := re.fullmatch(r"(\d\d?)\.(\d\d?)\.(20\d\d),? (\d\d?):(\d\d)", text, re.ASCII):
        day, month, year, hour, minute = map(int, match.groups())
        return datetime(year, month, day, hour, minute, tzinfo=zone())
    if not re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d(:00)?", text, re.ASCII):
        raise ValueError(text)
    return datetime.fromisoformat(text).replace(tzinfo=zone())
