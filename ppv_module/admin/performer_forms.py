"""What staff fill in about a performer."""

from typing import Any, Self

from billing.errors import N_
from ppv_module.admin.choosing import tenant_choices
from ppv_module.admin.parts import SeenForm
from ppv_module.chat.models import Performer, Person
from ppv_module.chat.nicknames import LONGEST_OF_PERFORMER
from ppv_module.chat.performers import MOST_BIO, MOST_SORT, PerformerForm, parse_percent, percent_text
from weblib.forms import AreaField, ChoiceField, Form, NumberField, ParsedField, TextField

FEMALE, MALE = "female", "male"
GENDERS = [(FEMALE, N_("female")), (MALE, N_("male"))]


class PercentField(ParsedField):
    """A part in per cent; `data` is in hundredths of one."""

    message = N_("Write a per cent from 0 to 100, like 50 or 33,25.")

    def __init__(self, label: str = "", **kwargs: Any) -> None:
        keys = {"inputmode": "decimal", "autocomplete": "off"}
        super().__init__(label, parse=parse_percent, most=8, render_kw=keys, **kwargs)

    def written(self, data: Any) -> str:
        return percent_text(data)


class PerformerFields(Form):
    """What can be changed at any time."""

    display_name = TextField(N_("Name on the wall"), required=True, most=LONGEST_OF_PERFORMER)
    rate = NumberField(
        N_("Price of a private show, credits a minute"),
        required=True,
        least=1,
        most=10_000,
        description=N_("Another price counts for requests to come."),
    )
    percent = PercentField(
        N_("Her share of what she earns, %"),
        required=True,
        description=N_("Another share counts for shows and tips to come."),
    )
    sort = NumberField(N_("Order on the wall"), most=MOST_SORT, description=N_("Smaller numbers come first."))
    gender = ChoiceField(N_("Gender, as the chat is told"), required=True, choices=GENDERS)
    bio = AreaField(N_("About her"), most=MOST_BIO, render_kw={"rows": 5})

    @property
    def given(self) -> PerformerForm:
        """What was filled in, as the services take it."""
        return PerformerForm(
            display_name=self.display_name.data,
            rate=self.rate.data,
            percent_bp=self.percent.data,
            bio=self.bio.data or "",
            sort=self.sort.data or 0,
            gender=self.gender.data,
        )


class NewPerformerForm(PerformerFields):
    """Beside that, whose performer this is."""

    tenant = ChoiceField(N_("Chat"), required=True, choices=[])
    login = TextField(
        N_("Login of the subscriber"),
        required=True,
        most=64,
        description=N_(
            "Performers sign in to the cabinet as subscribers do. Register them first if they have no login."
        ),
        render_kw={"autocomplete": "off", "autocapitalize": "none"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant.choices = tenant_choices()

    @classmethod
    def blank(cls, tenant: str = "") -> Self:
        return cls(formdata=None, rate=60, percent=5000, sort=0, tenant=tenant)


class EditPerformerForm(SeenForm, PerformerFields):
    """An edition."""

    @classmethod
    def of(cls, performer: Performer, person: Person) -> Self:
        """The form with what she is now."""
        return cls(
            formdata=None,
            seen=performer.version,
            display_name=performer.display_name,
            rate=performer.rate,
            percent=performer.percent_bp,
            sort=performer.sort,
            gender=person.gender,
            bio=performer.bio,
        )
