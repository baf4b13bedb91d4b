"""What staff fill in about tariffs."""

from datetime import datetime, time

from billing.errors import N_
from billing.money import Money
from billing.periods import Month
from olltv_module import queries
from olltv_module.admin.desk import desk
from olltv_module.admin.tariffs import KIND_CHOICES, MAIN
from olltv_module.models import Tariff
from olltv_module.services import offers
from weblib.forms import (
    AreaField,
    CheckboxList,
    ChoiceField,
    DateField,
    Form,
    MoneyField,
    MonthField,
    NumberField,
    ParsedField,
    SeenField,
    TextField,
)
from weblib.i18n import LANGUAGES
from weblib.pages import gettext as _


def _amount(text: str) -> Money:
    """:raises InvalidAmount: no amount of the operator's currency"""
    return Money.parse(text, desk().billing.unit, field="fee")


def _instant(text: str) -> datetime:
    """:raises ValueError: no instant with its time zone"""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(text)
    return instant


class TariffForm(Form):
    """Everything of a tariff but its fee. `kept` is one whose service id and kind stay as they are."""

    kept: Tariff | None = None

    seen = SeenField()
    name = TextField(N_("Name"), required=True, most=offers.LONGEST_NAME)
    kind = ChoiceField(N_("Kind"), required=True, choices=KIND_CHOICES)
    service = TextField(
        N_("Service id"),
        required=True,
        most=offers.LONGEST_NAME,
        description=N_("The partner’s name of the bundle (sub_id), letter by letter."),
    )
    partner_percent = NumberField(
        N_("Partner’s share, %"), most=100, description=N_("Of the fee. Empty: nothing was agreed.")
    )
    goes_with = CheckboxList(
        N_("Goes with these main tariffs"),
        coerce=int,
        description=N_("For an add-on. Without any it goes with every main tariff, also with those to come."),
    )
    description_uk = AreaField(N_("Description in Ukrainian"), most=offers.LONGEST_DESCRIPTION)
    description_ru = AreaField(N_("Description in Russian"), most=offers.LONGEST_DESCRIPTION)
    description_en = AreaField(N_("Description in English"), most=offers.LONGEST_DESCRIPTION)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        with desk().billing.reading() as session:
            mains = queries.tariffs(session, main=True, archived=True)
        self.goes_with.choices = [(each.id, each.name) for each in mains]

    def keep(self, tariff: Tariff | None) -> None:
        """Do not ask for the service id and the kind of `tariff`: somebody has it or had it."""
        if tariff and self.kept is None:
            self.kept = tariff
            del self.service, self.kind
        if self.kept and self.kept.main:
            del self.goes_with

    @property
    def is_main(self) -> bool:
        return self.kept.main if self.kept else self.kind.data == MAIN

    @property
    def kept_service(self) -> str:
        """The service id, asked for or not."""
        return self.kept.service if self.kept else str(self.service.data)

    @property
    def mains(self) -> list[int]:
        """What an add-on goes with; nothing for a main, whatever is ticked."""
        return [] if self.is_main else list(self.goes_with.data or [])

    @property
    def descriptions(self) -> dict[str, str]:
        return {lang: self[f"description_{lang}"].data or "" for lang in LANGUAGES}


class NewTariffForm(TariffForm):
    fee = MoneyField(N_("Monthly fee"), parse=_amount, required=True)


class SeenForm(Form):
    seen = SeenField()


class FeeForm(SeenForm):
    """A fee and when it starts: a day counts before a month."""

    fee = MoneyField(N_("New monthly fee"), parse=_amount, required=True)
    month = MonthField(N_("From this month on"), parse=Month.parse)
    day = DateField(
        N_("Or from this day on"), description=N_("If it is given, it counts instead of the month. Today: from now on.")
    )

    def validate(self, extra_validators: object = None) -> bool:
        sound = super().validate(extra_validators)
        if sound and not (self.month.data or self.day.data):
            self.month.errors = [_("Say from when on.")]
            sound = False
        return sound

    @property
    def starts_at(self) -> datetime:
        """The first instant of the day or month; of today it is this moment."""
        now, zone = desk().clock(), desk().billing.zone
        if self.day.data is None:
            start: datetime = self.month.data.starts(zone)
            return start
        if self.day.data == now.astimezone(zone).date():
            return now
        return datetime.combine(self.day.data, time(), tzinfo=zone)


class CancelForm(SeenForm):
    starts_at = ParsedField(parse=_instant, required=True)
