"""What the JSON routes take and give."""

import re

from apiflask import Schema
from apiflask.fields import AwareDateTime, Boolean, Date, Dict, Enum, Integer, List, Nested, String
from apiflask.validators import Length, Range
from marshmallow import ValidationError

from olltv_module.models import Fact, Reason, State
from olltv_module.services.fees.models import Kind, Outcome
from olltv_module.views import Tv

LARGEST_ID = 2**53
"""The largest whole number that every JSON reader can hold."""

UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
LINES_A_PAGE = 1000


def row_id(*, required: bool = False) -> Integer:
    return Integer(required=required, strict=True, validate=Range(min=1, max=LARGEST_ID))


def line(longest: int, *, required: bool = False, shortest: int = 1) -> String:
    """One line of text without control characters."""
    return String(required=required, validate=[Length(min=shortest, max=longest), _printable])


def _printable(text: str) -> None:
    if UNPRINTABLE.search(text):
        raise ValidationError("Control characters cannot be used.")


class Money(Schema):
    """An amount in minor units: 4990 UAH is 49.90 UAH."""

    minor = Integer(required=True)
    unit = String(required=True)


class Tariff(Schema):
    id = Integer(required=True)
    name = String(required=True)
    service = String(required=True, metadata={"description": "The partner's name of the bundle."})
    main = Boolean(required=True)
    fee = Nested(Money, required=True)
    description = Dict(keys=String(), values=String(), required=True, metadata={"description": "By language."})
    goes_with = List(
        Integer(), required=True, metadata={"description": "The mains that an add-on goes with; empty: all of them."}
    )


class Tariffs(Schema):
    tariffs = List(Nested(Tariff), required=True)


class Refusal(Schema):
    code = String(required=True)
    detail = String(required=True)


class Subscription(Schema):
    id = Integer(required=True)
    tariff_id = Integer(required=True)
    tariff = String(required=True)
    main = Boolean(required=True)
    is_next = Boolean(required=True, metadata={"description": "It is to replace the present main."})
    state = Enum(State, by_value=True, required=True)
    reason = Enum(Reason, by_value=True, required=True, allow_none=True)
    code = String(required=True, allow_none=True, metadata={"description": "Binding code for devices."})
    paid_through = String(required=True, metadata={"description": "Last month paid, YYYY-MM; empty: none."})
    price = Nested(Money, required=True)
    ordered_at = AwareDateTime(required=True)
    active_since = AwareDateTime(required=True, allow_none=True)
    ended_at = AwareDateTime(required=True, allow_none=True)
    refusal = Nested(Refusal, required=True, allow_none=True)


class StaffSubscription(Subscription):
    service = String(required=True)
    fact = Enum(Fact, by_value=True, required=True, metadata={"description": "What the partner has, as we know it."})


class Wallet(Schema):
    balance = Nested(Money, required=True)
    held = Nested(Money, required=True)
    available = Nested(Money, required=True)
    spendable = Nested(
        Money, required=True, metadata={"description": "What an order may take: the available money, and credit."}
    )


class NextCharge(Schema):
    """What the monthly run takes next."""

    month = String(required=True)
    date = Date(required=True)
    is_due = Boolean(required=True, metadata={"description": "The month has begun and is not paid yet."})
    total = Nested(Money, required=True)
    lack = Nested(Money, required=True)


class Television(Schema):
    state = Enum(Tv, by_value=True, required=True)
    text = String(required=True, metadata={"description": "One sentence for the subscriber."})
    settled = Boolean(required=True, metadata={"description": "The partner knows everything that was ordered."})


class Person(Schema):
    """What staff and the subscriber himself see alike."""

    login = String(required=True)
    name = String(required=True)
    frozen = Boolean(required=True)
    down = Boolean(required=True, metadata={"description": "Staff have switched the account off."})
    wallet = Nested(Wallet, required=True)
    tv = Nested(Television, required=True)
    subscriptions = List(Nested(Subscription), required=True)
    price_of_resuming = Nested(Money, required=True)
    lack_for_resuming = Nested(Money, required=True)
    next_charge = Nested(NextCharge, required=True, allow_none=True)


class Delivery(Schema):
    due_at = AwareDateTime(required=True)
    tries = Integer(required=True)
    parked_at = AwareDateTime(required=True, allow_none=True)
    trouble = String(required=True, allow_none=True)


class Subscriber(Person):
    """A subscriber as staff see him; one who is gone from the host has no wallet."""

    gone = Boolean(required=True)
    wallet = Nested(Wallet, required=True, allow_none=True)
    remote_id = String(required=True, allow_none=True)
    phone = String(required=True)
    email = String(required=True)
    subscriptions = List(Nested(StaffSubscription), required=True)
    delivery = Nested(Delivery, required=True, allow_none=True)


class Nothing(Schema):
    """An empty object."""


class Period(Schema):
    since = AwareDateTime(metadata={"description": "First instant, with a time zone."})
    until = AwareDateTime(metadata={"description": "First instant that is not meant any more."})
    limit = Integer(load_default=100, validate=Range(min=1, max=1000))


class Movement(Schema):
    id = Integer(required=True)
    at = AwareDateTime(required=True)
    amount = Nested(Money, required=True, metadata={"description": "Negative when money left the wallet."})
    balance = Nested(Money, required=True)
    other = String(required=True)
    tariff_id = Integer(required=True, allow_none=True)
    period = String(required=True, allow_none=True)
    note = String(required=True, allow_none=True)


class Statement(Schema):
    opening = Nested(Money, required=True)
    closing = Nested(Money, required=True)
    held = Nested(Money, required=True)
    lines = List(Nested(Movement), required=True)


class NewRun(Schema):
    period = line(7)
    preview = Boolean(load_default=False)


class Runs(Schema):
    kind = Enum(Kind, by_value=True)
    limit = Integer(load_default=20, validate=Range(min=1, max=100))


class Run(Schema):
    id = Integer(required=True)
    location = String(required=True)
    kind = Enum(Kind, by_value=True, required=True)
    period = String(required=True)
    actor = String(required=True)
    started_at = AwareDateTime(required=True)
    finished_at = AwareDateTime(required=True, allow_none=True)
    is_done = Boolean(required=True)
    percent = Integer(required=True)
    charged = Integer(required=True, metadata={"description": "Subscribers who pay for everything they have."})
    kept_main = Integer(required=True, metadata={"description": "Subscribers who pay for their main only."})
    no_money = Integer(required=True)
    frozen = Integer(required=True)
    gone = Integer(required=True)
    suspended = Integer(required=True, metadata={"description": "The three before this together."})
    fees = Integer(required=True)
    taken = Nested(Money, required=True)
    lack = Nested(Money, required=True)
    missed = List(String(), required=True, metadata={"description": "Earlier months that nobody was charged for."})
    already_paid = Integer(required=True)
    switched_off = Integer(required=True)
    being_ordered = Integer(required=True)


class RunList(Schema):
    runs = List(Nested(Run), required=True)


class Page(Schema):
    after = Integer(load_default=0, validate=Range(min=0, max=LARGEST_ID))
    limit = Integer(load_default=100, validate=Range(min=1, max=LINES_A_PAGE))
    outcome = Enum(Outcome, by_value=True)


class Line(Schema):
    subscriber_id = Integer(required=True)
    login = String(required=True)
    outcome = Enum(Outcome, by_value=True, required=True)
    fees = Integer(required=True)
    due = Nested(Money, required=True)
    charged = Nested(Money, required=True)
    lack = Nested(Money, required=True)


class Lines(Schema):
    lines = List(Nested(Line), required=True)
    next = Integer(required=True, allow_none=True, metadata={"description": "`after` of the next page."})
