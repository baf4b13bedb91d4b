"""What the routes of a signed-in subscriber take and give."""

from typing import Any

from apiflask import Schema
from apiflask.fields import AwareDateTime, Boolean, Enum, Integer, List, Nested, String
from apiflask.validators import Range
from marshmallow import ValidationError, validates_schema

from olltv_module.previews import Order as Ask
from olltv_module.remote.schemas import (
    LARGEST_ID,
    Money,
    Movement,
    NextCharge,
    Period,
    Person,
    Refusal,
    Statement,
    Subscription,
    line,
    row_id,
)
from olltv_module.statements import Cause


class Autoresume(Schema):
    offered = Boolean(required=True, metadata={"description": "The operator lets subscribers choose it."})
    on = Boolean(required=True)


class Me(Person):
    """The signed-in subscriber: what he has, and what was refused lately."""

    obstacle = Nested(
        Refusal,
        required=True,
        allow_none=True,
        metadata={"description": "What keeps him from ordering anything now; leaving is always possible."},
    )
    phone = String(required=True, metadata={"description": "What a device asks for beside the code; empty: none."})
    autoresume = Nested(Autoresume, required=True)
    self_devices = Integer(required=True, metadata={"description": "How many devices he may add himself."})


class Order(Schema):
    tariff = row_id(required=True)


class Leave(Schema):
    tariff = row_id()


class Choice(Schema):
    wanted = Boolean(required=True)


class Asked(Schema):
    """An order that is not made yet. `subscribe`, `add` and `change` want a tariff."""

    order = Enum(Ask, by_value=True, required=True)
    tariff = Integer(validate=Range(min=1, max=LARGEST_ID))


class Named(Schema):
    id = Integer(required=True)
    name = String(required=True)
    main = Boolean(required=True)


class Preview(Schema):
    """What an order would do now. With a refusal nothing of it would happen."""

    order = Enum(Ask, by_value=True, required=True)
    tariff = Nested(Named, required=True, allow_none=True)
    charge = Nested(Money, required=True, metadata={"description": "Reserved at once; what is refused: asked for."})
    released = Nested(Money, required=True, metadata={"description": "Comes back of what is reserved now."})
    available = Nested(Money, required=True)
    lack = Nested(Money, required=True)
    left = Nested(Money, required=True, metadata={"description": "Available after the order."})
    next_charge = Nested(NextCharge, required=True, allow_none=True)
    ends = List(String(), required=True, metadata={"description": "Names of what he has and will not have any more."})
    begins = List(String(), required=True, metadata={"description": "Names of what is off and will be on."})
    devices_stay = Boolean(required=True)
    refusal = Nested(Refusal, required=True, allow_none=True)


class Device(Schema):
    id = String(required=True, allow_none=True)
    mac = String(required=True, allow_none=True)
    serial_number = String(required=True, allow_none=True)
    binding_code = String(required=True, allow_none=True)
    device_type = String(required=True, allow_none=True)
    device_model = String(required=True, allow_none=True)
    date_added = String(required=True, allow_none=True)


class Devices(Schema):
    devices = List(Nested(Device), required=True)
    limit = Integer(required=True, metadata={"description": "How many the subscriber may have added himself."})


class DeviceName(Schema):
    mac = line(32)
    serial_number = line(64)


class NewDevice(DeviceName):
    binding_code = line(64)


class StatementPage(Period):
    """A month, or the time from `since` to `until`, or all times."""

    month = String(metadata={"description": "YYYY-MM."})
    older_than = Integer(validate=Range(min=1, max=LARGEST_ID), metadata={"description": "`next` of the page before."})

    @validates_schema
    def one_time_only(self, data: dict[str, Any], **_: object) -> None:
        """:raises ValidationError: a month and instants together"""
        if "month" in data and ("since" in data or "until" in data):
            raise ValidationError("Name a month, or instants, not both.", "month")


class OwnMovement(Movement):
    cause = Enum(Cause, by_value=True, required=True)
    text = String(required=True, metadata={"description": "Why money came or went, in the caller's language."})
    tariff = String(required=True, allow_none=True)


class Reserve(Schema):
    """Money that is held for an order until the partner answers."""

    tariff = String(required=True, allow_none=True)
    amount = Nested(Money, required=True)
    at = AwareDateTime(required=True)
    expires_at = AwareDateTime(required=True)


class OwnStatement(Statement):
    lines = List(Nested(OwnMovement), required=True)
    reserves = List(Nested(Reserve), required=True, metadata={"description": "What is reserved now."})
    next = Integer(required=True, allow_none=True, metadata={"description": "`older_than` of the next page."})
    first_month = String(required=True, allow_none=True, metadata={"description": "Of the first movement, YYYY-MM."})
    this_month = String(required=True, metadata={"description": "That at the operator's place, YYYY-MM."})


class SubscriptionsPage(Schema):
    older_than = Integer(validate=Range(min=1, max=LARGEST_ID), metadata={"description": "`next` of the page before."})


class Subscriptions(Schema):
    subscriptions = List(Nested(Subscription), required=True)
    next = Integer(required=True, allow_none=True, metadata={"description": "`older_than` of the next page."})
