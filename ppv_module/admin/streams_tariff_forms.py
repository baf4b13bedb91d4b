"""What staff fill in about tariffs of content and their prices."""

from typing import Any, Self

from billing.errors import N_
from ppv_module.admin.desk import desk
from ppv_module.admin.parts import SeenForm
from ppv_module.admin.streams_patterns import PatternFields
from ppv_module.admin.streams_terms import COUNTING_TEXTS, KIND_TEXTS, ROUNDING_TEXTS
from ppv_module.streams.rights.checked import MOST_SORT
from ppv_module.streams.rights.models import Counting, Kind, Pattern, Rounding, Tariff
from ppv_module.streams.rights.packages import Packages
from ppv_module.streams.rights.prices import MOST_PER_MINUTE
from ppv_module.streams.rights.tariffs import LONGEST_NAME, MOST_STREAMS
from weblib.forms import CheckboxList, ChoiceField, Form, MomentField, NumberField, TextField


class TariffForm(SeenForm, PatternFields):
    """How content is paid for."""

    name = TextField(N_("Name"), required=True, most=LONGEST_NAME)
    kind = ChoiceField(N_("How it is paid"), required=True, choices=[(each.value, KIND_TEXTS[each]) for each in Kind])
    packages = CheckboxList(
        N_("Television tariffs with which it may be watched"),
        choices=[],
        description=N_("For content in a television package only. None ticked: any main tariff."),
    )
    max_streams = NumberField(
        N_("Simultaneous streams of an account"),
        most=MOST_STREAMS,
        description=N_("Empty: the common limit. 0: any number."),
    )
    sort = NumberField(
        N_("Place in the list"),
        least=-MOST_SORT,
        most=MOST_SORT,
        description=N_("Of several tariffs that fit a stream the one with the smallest number counts."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.packages.choices = [(str(number), name) for number, name in television()]

    @property
    def given(self) -> dict[str, Any]:
        """What was filled in, as the service takes it."""
        return {
            "name": self.name.data,
            "kind": Kind(self.kind.data),
            "packages": [int(each) for each in self.packages.data or ()],
            "max_streams": self.max_streams.data,
            "sort": self.sort.data or 0,
            **self.pattern,
        }

    @classmethod
    def of(cls, tariff: Tariff, pattern: Pattern) -> Self:
        """The form with what the tariff is now."""
        return cls(
            formdata=None,
            seen=tariff.version,
            name=tariff.name,
            kind=tariff.kind.value,
            packages=[str(each) for each in tariff.packages],
            max_streams=tariff.max_streams,
            sort=tariff.sort,
            vhost=pattern.vhost,
            application=pattern.application,
            stream=pattern.stream,
        )


class PriceForm(Form):
    """What a minute costs from when on."""

    per_minute = NumberField(N_("Credits a minute"), required=True, most=MOST_PER_MINUTE)
    rounding = ChoiceField(
        N_("How time is charged"), required=True, choices=[(each.value, ROUNDING_TEXTS[each]) for each in Rounding]
    )
    counting = ChoiceField(
        N_("Parallel sessions of one account"),
        required=True,
        choices=[(each.value, COUNTING_TEXTS[each]) for each in Counting],
    )
    valid_from = MomentField(N_("Valid from"), description=N_("Empty: at once."))

    @property
    def given(self) -> dict[str, Any]:
        """What was filled in, as the service takes it."""
        return {
            "per_minute": self.per_minute.data,
            "rounding": Rounding(self.rounding.data),
            "counting": Counting(self.counting.data),
            "valid_from": self.valid_from.data,
        }


def television() -> list[tuple[int, str]]:
    """The tariffs of television, as choices."""
    with desk().billing.reading() as session:
        return list(desk().billing.option(Packages).titles(session))
