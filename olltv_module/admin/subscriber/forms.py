"""What staff fill in about one subscriber."""

import re

from wtforms import HiddenField

from billing.errors import N_, NotAllowed
from billing.money import Money
from olltv_module.admin.desk import desk
from olltv_module.models import Reason
from weblib.forms import CheckField, ChoiceField, Form, KeyField, MoneyField, ReasonField, SeenField, TextField
from weblib.rights import may


def amount(text: str) -> Money:
    """:raises InvalidAmount: `text` is no amount of the operator's currency"""
    return Money.parse(text, desk().billing.unit)


class NumberField(HiddenField):  # type: ignore[misc]  # no types
    """The number of a row, as the page before has put it in; 0 when there is none."""

    def process_formdata(self, texts: list[str]) -> None:
        is_number = bool(texts) and re.fullmatch(r"\d{1,15}", texts[0], re.ASCII) is not None
        self.data = int(texts[0]) if is_number else 0


class FreeForm(Form):
    """Without charge is for people with the right MONEY alone, whatever the browser sends."""

    free = CheckField(N_("Without charge for this month"))
    why = ReasonField(N_("Reason, if it is without charge"), required=False)

    @property
    def granted(self) -> str | None:
        """The reason for taking no fee; None when the fee is taken. An empty one is refused by the service.

        :raises NotAllowed: the person has no right to give anything without charge
        """
        if not self.free.data:
            return None
        if not may("MONEY"):
            raise NotAllowed()
        return str(self.why.data or "")


class OrderForm(FreeForm):
    tariff = NumberField()


class SuspendForm(Form):
    reason = ChoiceField(
        N_("Reason"),
        required=True,
        choices=[
            (Reason.STAFF.value, N_("By staff, for instance a fault")),
            (Reason.VACATION.value, N_("Vacation")),
            (Reason.FROZEN.value, N_("Frozen by the subscriber’s wish")),
        ],
    )


class LeaveForm(Form):
    tariff = NumberField()


class EmailForm(Form):
    seen = SeenField()
    email = TextField(N_("E-mail at the partner"), required=True, most=64)


class PhoneForm(Form):
    seen = SeenField()
    phone = TextField(N_("Phone at the partner"), required=True, most=32)


class DeviceForm(Form):
    mac = TextField(N_("MAC address"), most=32)
    serial_number = TextField(N_("Serial number"), most=64)
    binding_code = TextField(N_("Binding code, if it is to be a certain tariff"), most=64)


class RemoveDeviceForm(Form):
    mac = HiddenField()
    serial_number = HiddenField()


class TopUpForm(Form):
    key = KeyField()
    amount = MoneyField(parse=amount, required=True)


class CorrectForm(Form):
    key = KeyField()
    direction = ChoiceField(
        N_("What is to be done"),
        required=True,
        choices=[("add", N_("Add to the wallet")), ("take", N_("Take from the wallet"))],
    )
    amount = MoneyField(parse=amount, required=True)
    reason = ReasonField()

    @property
    def signed(self) -> Money:
        """The amount, negative when it is to be taken."""
        given: Money = self.amount.data
        return given if self.direction.data == "add" else -given


class RefundForm(Form):
    reason = ReasonField()
