"""What the routes of streams take and give."""

from apiflask import Schema
from apiflask.fields import IP, AwareDateTime, Boolean, Date, Enum, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range

from ppv_module.remote.schemas_chat import LARGEST_ID, printable
from ppv_module.remote.schemas_credits import Price
from ppv_module.streams.denials.models import Reason
from ppv_module.streams.models import LONGEST_NAME
from ppv_module.streams.rights.holding import TicketState

KINDS = ("free", "package", "ticket", "minute", "closed")
RIGHTS = ("free", "package", "ticket", "minute", "none")
MEANS = ("wallet", "credits")


class Stream(Schema):
    """Something to watch, as everybody may know it."""

    id = Integer(required=True)
    title = String(required=True)
    kind = String(required=True, validate=OneOf(KINDS), metadata={"description": "How it is paid for."})
    per_minute = Integer(required=True, allow_none=True, metadata={"description": "Credits a minute."})


class Prices(Schema):
    """None: the ticket is not sold that way."""

    wallet = Nested(Price, required=True, allow_none=True)
    credits = Integer(required=True, allow_none=True)


class StreamOffer(Schema):
    """Tickets on sale: for `hours` from `valid_from` or the purchase on, or until `valid_to`."""

    id = Integer(required=True)
    name = String(required=True)
    description = String(required=True)
    hours = Integer(required=True, allow_none=True)
    valid_from = AwareDateTime(required=True, allow_none=True)
    valid_to = AwareDateTime(required=True, allow_none=True)
    minutes = Integer(required=True, allow_none=True, metadata={"description": "The longest time of watching in all."})
    prices = Nested(Prices, required=True)


class Streams(Schema):
    channels = List(Nested(Stream), required=True)
    offers = List(Nested(StreamOffer), required=True)
    player = String(required=True, metadata={"description": "Page that gets a link after #; empty: there is none."})


class MyStream(Stream):
    access = String(required=True, validate=OneOf(RIGHTS), metadata={"description": "By what it may be watched now."})
    why = String(required=True, metadata={"description": "Why it may not be watched now, else empty."})
    until = AwareDateTime(required=True, allow_none=True, metadata={"description": "When the ticket ends."})
    offers = List(Integer(), required=True, metadata={"description": "Tickets on sale that are good for it."})


class StreamTicket(Schema):
    id = Integer(required=True)
    title = String(required=True)
    state = Enum(TicketState, by_value=True, required=True)
    valid_from = AwareDateTime(required=True)
    valid_to = AwareDateTime(required=True)
    minutes_left = Integer(required=True, allow_none=True, metadata={"description": "None: any number."})


class Barrier(Schema):
    reason = Enum(Reason, by_value=True, required=True)
    until = AwareDateTime(required=True, allow_none=True)


class BeingWatched(Schema):
    title = String(required=True)
    since = AwareDateTime(required=True)
    device = String(required=True)


class MyStreams(Schema):
    """What the subscriber may watch, and what he watches."""

    balance = Integer(required=True, metadata={"description": "Credits."})
    frozen = Boolean(required=True)
    arrears = Integer(required=True, metadata={"description": "Credits owed for what was watched."})
    wallet = Nested(Price, required=True, metadata={"description": "What a ticket may be paid from."})
    pays_by_minute = Boolean(required=True, metadata={"description": "Some channel is paid by the minute."})
    limit = Integer(required=True, metadata={"description": "Devices at once; 0: any number."})
    denied = List(Nested(Barrier), required=True, metadata={"description": "What stops him from watching."})
    channels = List(Nested(MyStream), required=True)
    tickets = List(Nested(StreamTicket), required=True)
    watching = List(Nested(BeingWatched), required=True)


class LinkAsked(Schema):
    """`device` is what the browser is called, `address` the subscriber's own, as the cabinet sees it."""

    device = String(load_default="", validate=[Length(max=LONGEST_NAME), printable])
    address = IP(load_default=None, allow_none=True)


class StreamLink(Schema):
    """A link for this subscriber alone. It is never kept and soon no good."""

    url = String(required=True)
    player = String(required=True, metadata={"description": "Page that gets the link after #; empty: there is none."})
    expires_at = AwareDateTime(required=True, metadata={"description": "Players have to begin before that."})


class TicketAsked(Schema):
    offer = Integer(required=True, strict=True, validate=Range(min=1, max=LARGEST_ID))
    means = String(required=True, validate=OneOf(MEANS))
    price = Integer(
        strict=True,
        validate=Range(min=1, max=LARGEST_ID),
        metadata={"description": "What the buyer was shown, in minor units or credits; for no other is it sold."},
    )


class OlderViewings(Schema):
    older_than = Integer(validate=Range(min=1, max=LARGEST_ID), metadata={"description": "`next` of the page before."})


class WatchedLine(Schema):
    id = Integer(required=True)
    day = Date(required=True)
    at = AwareDateTime(required=True)
    title = String(required=True)
    ms = Integer(required=True, metadata={"description": "Milliseconds that were watched on that day."})
    access = String(required=True, validate=OneOf(RIGHTS))
    device = String(required=True)


class DayPaid(Schema):
    day = Date(required=True)
    credits = Integer(required=True, metadata={"description": "Taken by the minute on the whole of that day."})


class WatchedPage(Schema):
    lines = List(Nested(WatchedLine), required=True)
    days = List(Nested(DayPaid), required=True)
    next = Integer(required=True, allow_none=True, metadata={"description": "`older_than` of the next page."})
