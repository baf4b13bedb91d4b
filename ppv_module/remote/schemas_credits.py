"""What the routes of credits and of the support take and give."""

from apiflask import Schema
from apiflask.fields import AwareDateTime, Boolean, Enum, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range
from marshmallow import ValidationError

from ppv_module.chat.support.models import TicketState
from ppv_module.credits.histories import Cause
from ppv_module.credits.means import MEANS
from ppv_module.credits.models import OrderState
from ppv_module.remote.schemas_chat import LARGEST_ID, line, printable

LONGEST_SUBJECT, LONGEST_TEXT = 120, 4000
MEANS_NAMES = [each.name for each in MEANS]


def lines(text: str) -> None:
    """:raises ValidationError: there is something in it that is neither text nor the end of a line"""
    if not text.strip() or not all(each.isprintable() or each == "\n" for each in text):
        raise ValidationError("Control characters cannot be used.")


def web_address(text: str) -> None:
    """:raises ValidationError: it is none"""
    if text and not text.startswith(("https://", "http://")):
        raise ValidationError("Not a web address.")


class Price(Schema):
    """An amount in minor units: 4990 UAH is 49.90 UAH."""

    minor = Integer(required=True)
    unit = String(required=True)


class Pack(Schema):
    id = Integer(required=True)
    tenant = Integer(required=True)
    credits = Integer(required=True)
    price = Nested(Price, required=True)
    text = String(required=True)
    means = List(String(validate=OneOf(MEANS_NAMES)), required=True)


class MyCredits(Schema):
    balance = Integer(required=True, metadata={"description": "Below zero after a refund of what was spent."})
    frozen = Boolean(required=True)
    wallet = Nested(Price, required=True, metadata={"description": "What a pack may be paid from."})
    packs = List(Nested(Pack), required=True)


class Back(Schema):
    back = String(
        load_default="",
        validate=[Length(max=200), printable, web_address],
        metadata={"description": "Where a buyer comes back to from a payment provider."},
    )


class NewOrder(Back):
    pack = Integer(required=True, strict=True, validate=Range(min=1, max=LARGEST_ID))
    means = String(required=True, validate=OneOf(MEANS_NAMES))


class CreditOrder(Schema):
    order = Integer(required=True)
    state = Enum(OrderState, by_value=True, required=True)
    means = String(required=True)
    credits = Integer(required=True)
    price = Nested(Price, required=True)
    balance = Integer(required=True)
    redirect = String(required=True, metadata={"description": "Where to pay an order that waits for it; else empty."})


class OlderLines(Schema):
    older_than = Integer(validate=Range(min=1, max=LARGEST_ID), metadata={"description": "`next` of the page before."})


class CreditLine(Schema):
    id = Integer(required=True)
    at = AwareDateTime(required=True)
    cause = Enum(Cause, by_value=True, required=True)
    text = String(required=True)
    credits = Integer(required=True, metadata={"description": "Negative when they were spent."})
    balance = Integer(required=True)
    show = String(required=True, allow_none=True, metadata={"description": "Of a tick: the show that it charged."})


class CreditLines(Schema):
    lines = List(Nested(CreditLine), required=True)
    next = Integer(required=True, allow_none=True, metadata={"description": "`older_than` of the next page."})


class NewTicket(Schema):
    subject = line(LONGEST_SUBJECT)
    text = String(required=True, validate=[Length(min=1, max=LONGEST_TEXT), lines])


class NewMessage(Schema):
    text = String(required=True, validate=[Length(min=1, max=LONGEST_TEXT), lines])


class Question(Schema):
    id = Integer(required=True)
    tenant = Integer(required=True)
    subject = String(required=True)
    state = Enum(TicketState, by_value=True, required=True)
    created_at = AwareDateTime(required=True)
    updated_at = AwareDateTime(required=True)


class Questions(Schema):
    tickets = List(Nested(Question), required=True)


class Message(Schema):
    at = AwareDateTime(required=True)
    by_staff = Boolean(required=True)
    text = String(required=True)


class Thread(Question):
    messages = List(Nested(Message), required=True)
