"""What the routes of the chat take and give."""

from apiflask import Schema
from apiflask.fields import AwareDateTime, Boolean, Enum, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range, Regexp
from marshmallow import ValidationError

from ppv_module.chat.models import Mode, Role, Rounding, Status
from ppv_module.chat.shows.models import EndReason, ShowState

LARGEST_ID = 2**53
"""The largest whole number that every JSON reader can hold."""

UUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
LEAVES = ("", "banned", "over", "private", "offline")
EARLIEST, LATEST = 0, 4_102_444_800_000_000


def line(longest: int, *, required: bool = True) -> String:
    """One line of text that can be printed."""
    return String(required=required, validate=[Length(min=1, max=longest), printable])


def printable(text: str) -> None:
    """:raises ValidationError: there are control characters or halves of letters in it"""
    if not text.isprintable():
        raise ValidationError("Control characters cannot be used.")


def show_name(*, required: bool = False) -> String:
    return String(required=required, validate=Regexp(UUID), metadata={"description": "The id of a show."})


class NoWords(Schema):
    """An empty object."""


class Chat(Schema):
    """A tenant, as everybody may know him."""

    id = Integer(required=True)
    name = String(required=True)
    mode = Enum(Mode, by_value=True, required=True)
    title = String(
        required=True, metadata={"description": "What a performer is called here, in the caller's language."}
    )
    chat_origin = String(required=True, metadata={"description": "Where the frames of the chat come from."})
    live_typing = Boolean(required=True, metadata={"description": "Staff may see what is typed before it is sent."})
    style = String(
        required=True, metadata={"description": "Changes with the tenant's stylesheet; empty: there is none."}
    )


class Chats(Schema):
    tenants = List(Nested(Chat), required=True)


class Scripts(Schema):
    listing = String(
        required=True, metadata={"description": "Script of the chat's own wall in embed mode, else empty."}
    )


class WallTenant(Chat):
    scripts = Nested(Scripts, required=True)


class Card(Schema):
    number = Integer(required=True)
    name = String(required=True)
    bio = String(required=True)
    status = Enum(Status, by_value=True, required=True)
    rate = Integer(required=True, metadata={"description": "Credits a minute of private show."})
    avatar = String(required=True, metadata={"description": "Name of a picture; empty: none."})
    photo = String(required=True, metadata={"description": "Name of a picture; empty: none."})
    enterable = Boolean(required=True)


class Wall(Schema):
    tenant = Nested(WallTenant, required=True)
    cards = List(Nested(Card), required=True)


class MyChat(Schema):
    """The signed-in subscriber in a chat; number 0: he has never been there."""

    number = Integer(required=True)
    nickname = String(required=True)
    role = Enum(Role, by_value=True, required=True)
    performer = Boolean(required=True)
    banned = Boolean(required=True)
    balance = Integer(required=True)
    frozen = Boolean(required=True)
    privacy_notice = Boolean(required=True, metadata={"description": "Staff may see what is typed before it is sent."})


class Nickname(Schema):
    nickname = line(64)


class Rules(Schema):
    tick_interval = Integer(required=True, metadata={"description": "Seconds between two ticks of a page."})
    rounding = Enum(Rounding, by_value=True, required=True)
    tip_max = Integer(required=True)
    tip_choices = List(Integer(), required=True)
    min_start_credits = Integer(required=True, metadata={"description": "Credits that a show needs to begin."})


class Show(Schema):
    id = String(required=True)
    state = Enum(ShowState, by_value=True, required=True)
    rate = Integer(required=True)
    seconds_left = Integer(required=True, metadata={"description": "How long the credits last from now on."})
    waits_s = Integer(required=True, allow_none=True, metadata={"description": "Until a request or an entry expires."})
    billed_seconds = Integer(required=True)
    credits_charged = Integer(required=True)
    warn = Boolean(required=True)
    private = Boolean(required=True, metadata={"description": "The room to be in is the private one."})
    end_reason = Enum(EndReason, by_value=True, required=True, allow_none=True)
    performer = String(required=True)
    viewer = String(required=True)


class Room(Schema):
    """A performer's room as the viewer's page has to show it now."""

    card = Nested(Card, required=True)
    balance = Integer(required=True)
    frozen = Boolean(required=True)
    show = Nested(Show, required=True, allow_none=True)
    leave = String(
        required=True, validate=OneOf(LEAVES), metadata={"description": "Why the page has to be left; empty: stay."}
    )
    rules = Nested(Rules, required=True)


class RoomAsked(Schema):
    show = show_name()


class Site(Schema):
    """`site`: where pictures and pages of the cabinet are, for the chat to show."""

    site = String(load_default="", validate=[Length(max=200), printable])


class EntryAsked(Site):
    show = show_name()


class RoomEntry(Schema):
    """The way into a room, for a frame. It holds a token: it is never kept and soon no good."""

    url = String(required=True)
    origin = String(required=True)
    allow = String(required=True)
    expires_at = AwareDateTime(required=True, allow_none=True)


class NewShow(Schema):
    performer = Integer(required=True, strict=True, validate=Range(min=1, max=LARGEST_ID))


class NewTip(Schema):
    performer = Integer(required=True, strict=True, validate=Range(min=1, max=LARGEST_ID))
    credits = Integer(required=True, strict=True, validate=Range(min=-LARGEST_ID, max=LARGEST_ID))
    show = show_name()


class Tip(Schema):
    tip = Integer(required=True)
    balance = Integer(required=True)


class Older(Schema):
    older_than = Integer(
        validate=Range(min=EARLIEST, max=LATEST), metadata={"description": "`next` of the page before."}
    )


class PastShow(Schema):
    id = String(required=True)
    performer = String(required=True)
    state = Enum(ShowState, by_value=True, required=True)
    reason = Enum(EndReason, by_value=True, required=True, allow_none=True)
    at = AwareDateTime(required=True, metadata={"description": "When it was asked for."})
    ended_at = AwareDateTime(required=True, allow_none=True)
    rate = Integer(required=True)
    seconds = Integer(required=True)
    credits = Integer(required=True)


class PastShows(Schema):
    shows = List(Nested(PastShow), required=True)
    next = Integer(required=True, allow_none=True, metadata={"description": "`older_than` of the next page."})
