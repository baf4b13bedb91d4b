"""What the routes of a performer's studio take and give."""

from typing import Any

from apiflask import Schema
from apiflask.fields import AwareDateTime, Boolean, Enum, Integer, List, Nested, String
from apiflask.validators import Length, Regexp

from ppv_module.chat.earnings.models import Action
from ppv_module.chat.models import Status
from ppv_module.chat.shows.models import EndReason, ShowState

SHOW_ID = Regexp(r"^[0-9a-f-]{36}$")


def _text(**more: Any) -> String:
    return String(required=True, **more)


def _instant(**more: Any) -> AwareDateTime:
    return AwareDateTime(required=True, **more)


def _whole(description: str = "") -> Integer:
    return Integer(required=True, metadata={"description": description} if description else {})


class StudioMoney(Schema):
    """An amount in minor units."""

    minor = _whole()
    unit = _text()


class Mills(Schema):
    """An amount in thousandths of a currency, as benefits are counted: 1500 UAH is 1.500 UAH."""

    mills = _whole()
    unit = _text()


class OwnPerformer(Schema):
    tenant = _whole()
    number = _whole()
    name = _text()
    title = _text(metadata={"description": "What the chat is called."})


class OwnPerformers(Schema):
    performers = List(Nested(OwnPerformer), required=True)


class OwnCard(Schema):
    number = _whole()
    name = _text()
    bio = _text()
    status = Enum(Status, by_value=True, required=True)
    rate = _whole("Credits a minute.")
    avatar = _text()
    photo = _text()
    enterable = Boolean(required=True)


class ShowRequest(Schema):
    show = _text()
    viewer = _text(metadata={"description": "The nickname."})
    rate = _whole()
    asked_at = _instant()
    seconds_left_to_answer = _whole()


class StudioShow(Schema):
    id = _text()
    state = Enum(ShowState, by_value=True, required=True)
    rate = _whole()
    viewer = _text(metadata={"description": "The nickname."})
    seconds_left = Integer(
        required=True, allow_none=True, metadata={"description": "The viewer's credits last so long."}
    )
    billed_seconds = _whole()
    credits_charged = _whole()
    warn = Boolean(required=True, metadata={"description": "The viewer's credits run short."})
    private = Boolean(required=True, metadata={"description": "The private room is the one to be in."})
    alone = Boolean(required=True, metadata={"description": "The viewer's page is silent; time is not counted."})
    end_reason = Enum(EndReason, by_value=True, required=True, allow_none=True)


class OwnDay(Schema):
    shows = _whole()
    credits = _whole()
    tips = _whole("Those of the credits that came as tips.")
    benefit = Nested(Mills, required=True)


class LatestTip(Schema):
    id = _whole()
    at = _instant()
    viewer = _text()
    credits = _whole()


class Studio(Schema):
    """Everything that a performer's page shows."""

    card = Nested(OwnCard, required=True)
    requests = List(Nested(ShowRequest), required=True, metadata={"description": "Oldest first."})
    show = Nested(StudioShow, required=True, allow_none=True, metadata={"description": "Accepted or live."})
    over = Nested(StudioShow, required=True, allow_none=True, metadata={"description": "The named show, once over."})
    today = Nested(OwnDay, required=True)
    tips = List(Nested(LatestTip), required=True, metadata={"description": "The latest, newest first."})
    tick_interval = _whole("Seconds between two ticks.")


class KnownShow(Schema):
    show = String(validate=SHOW_ID, metadata={"description": "The show that the page knows of."})


class WantedRoom(Schema):
    site = String(required=True, validate=Length(max=200), metadata={"description": "Address of the cabinet."})
    show = String(validate=SHOW_ID, metadata={"description": "Into the private room of this show."})


class StudioEntry(Schema):
    """A way into the room. It holds a token: for the signed-in performer alone, never to be kept."""

    url = _text()
    origin = _text()
    allow = _text()
    expires_at = AwareDateTime(required=True, allow_none=True)


class EarningsPage(Schema):
    month = String(metadata={"description": "YYYY-MM; the present one unless told."})
    cursor = String(validate=Length(max=500), metadata={"description": "`next` of the page before."})


class PayoutsPage(Schema):
    cursor = String(validate=Length(max=500), metadata={"description": "`next` of the page before."})


class OwnSums(Schema):
    """What the rows of one currency come to."""

    currency = _text()
    shows = _whole()
    seconds = _whole()
    show_credits = _whole()
    tips = _whole()
    tip_credits = _whole()
    price = Nested(Mills, required=True, metadata={"description": "What the credits are worth."})
    benefit = Nested(Mills, required=True, metadata={"description": "The performer's part, adjustments included."})
    adjusted = Nested(Mills, required=True)
    paid = Nested(Mills, required=True)
    unpaid = Nested(Mills, required=True)


class OwnMonth(Schema):
    month = _text()
    sums = List(Nested(OwnSums), required=True)


class OwnRow(Schema):
    id = _whole()
    at = _instant()
    action = Enum(Action, by_value=True, required=True)
    viewer = _text(metadata={"description": "The nickname; empty for an adjustment."})
    seconds = _whole()
    credits = _whole()
    price = Nested(Mills, required=True)
    benefit = Nested(Mills, required=True)
    percent = _text()
    note = _text()
    paid = Boolean(required=True)
    reversed = Boolean(required=True, metadata={"description": "Taken back; counts for nothing."})


class OwnEarnings(Schema):
    month = _text(metadata={"description": "The month that rows and sums are of."})
    months = List(Nested(OwnMonth), required=True, metadata={"description": "The newest first, twelve at most."})
    total = List(Nested(OwnSums), required=True, metadata={"description": "Of all times, by currency."})
    sums = List(Nested(OwnSums), required=True)
    rows = List(Nested(OwnRow), required=True)
    next = String(required=True, allow_none=True, metadata={"description": "`cursor` of the next page."})


class OwnPayout(Schema):
    id = _whole()
    begins_at = _instant()
    ends_at = _instant(metadata={"description": "The first moment that is not paid for."})
    amount = Nested(StudioMoney, required=True)
    paid = Boolean(required=True)
    paid_at = AwareDateTime(required=True, allow_none=True)
    reference = _text()


class OwnPayouts(Schema):
    payouts = List(Nested(OwnPayout), required=True)
    next = String(required=True, allow_none=True, metadata={"description": "`cursor` of the next page."})
