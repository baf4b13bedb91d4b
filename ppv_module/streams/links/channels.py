"""Channels: what subscribers are offered to watch, each with the address of its stream."""

import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.errors import N_, InvalidInput, NotFound
from billing.uow import UnitOfWork, use_case
from billing.versions import check_seen
from ppv_module.streams.links.models import Channel
from ppv_module.streams.links.signing import IN_PATH, IN_QUERY, PARAMETER, BadLink, taken
from ppv_module.streams.rights.checked import MOST_SORT, check_number, checked_line
from ppv_module.streams.rights.placing import lock_places
from ppv_module.streams.rights.tariffs import NameTaken

LONGEST_TITLE, LONGEST_URL, LONGEST_NAME, LONGEST_STREAM = 64, 500, 255, 500
PLAYLIST = re.compile(r"/[^/]+\.(?:m3u8|mpd)", re.IGNORECASE)
"""What HTTP players ask for of a stream: it is not part of the stream's name."""


class UnknownChannel(NotFound):
    """Facts: `channel`."""

    code = "unknown_channel"
    text = N_("There is no such channel.")


class BadStreamAddress(InvalidInput):
    """Facts: `field`, `value`."""

    code = "bad_stream_address"
    text = N_("Write the address of a stream like https://host/live/sport/playlist.m3u8 or rtmp://host/live/sport.")


class NotInAddress(InvalidInput):
    """Facts: `field`, `value`."""

    code = "not_in_address"
    text = N_("The address of the stream does not begin with %(value)s after its host.")


@use_case
def save_channel(
    uow: UnitOfWork,
    *,
    title: str,
    url: str,
    vhost: str = "",
    application: str = "",
    stream: str = "",
    sort: int = 0,
    channel_id: int | None = None,
    actor: Actor,
    now: datetime,
    seen: int | None = None,
) -> Channel:
    """Make a channel, or change the one with `channel_id`; `seen` is the edition that a person was shown.

    Application and stream are what servers report; empty ones are taken from `url`. An empty `vhost` means any.
    Saving what is there already is harmless.

    :raises InvalidInput, NameTaken, BadStreamAddress, NotInAddress: a value cannot be used; `field` names it
    :raises UnknownChannel, ChangedMeanwhile: there is none, or somebody was faster
    """
    title = checked_line("title", title, LONGEST_TITLE)
    check_number("sort", sort, -MOST_SORT, MOST_SORT)
    vhost = checked_line("vhost", vhost, LONGEST_NAME, may_be_empty=True)
    url, application, stream = _checked(url.strip(), application.strip(), stream.strip())
    lock_places(uow)  # of two who take a title the second sees that it is taken
    _require_free_title(uow, title, channel_id)
    channel = locked_channel(uow, channel_id) if channel_id is not None else Channel(active=True)
    before = _facts(channel) if channel_id is not None else {}
    channel.title, channel.url, channel.vhost = title, url, vhost
    channel.application, channel.stream, channel.sort = application, stream, sort
    after = _facts(channel)
    if before == after:
        return channel
    if channel_id is not None:
        check_seen(channel, seen)
    uow.session.add(channel)
    uow.session.flush()
    template = "PPV STREAM SAVE CHANNEL [{channel}]"
    uow.events.write(template, channel=channel.id, actor=actor, at=now, before=before, after=after)
    return channel


@use_case
def set_channel_active(
    uow: UnitOfWork, *, channel_id: int, active: bool, actor: Actor, now: datetime, seen: int | None = None
) -> Channel:
    """Offer a channel, or no longer; who watches it goes on. Repeating it is harmless.

    :raises UnknownChannel, ChangedMeanwhile: there is none, or somebody was faster
    """
    channel = locked_channel(uow, channel_id)
    if channel.active is not active:
        check_seen(channel, seen)
        channel.active = active
        word = "ON" if active else "OFF"
        template = "PPV STREAM SAVE CHANNEL [{channel}] {word}"
        uow.events.write(template, channel=channel.id, word=word, actor=actor, at=now)
    return channel


def channels_of(session: Session, *, active: bool | None = None) -> Sequence[Channel]:
    """Channels in the order in which they are shown."""
    query = select(Channel).order_by(Channel.sort, Channel.title, Channel.id)
    return session.scalars(query if active is None else query.where(Channel.active.is_(active))).all()


def channel_of(session: Session, channel_id: int) -> Channel:
    """:raises UnknownChannel: there is none with this number"""
    if (channel := session.get(Channel, channel_id)) is None:
        raise UnknownChannel(channel=channel_id)
    return channel


def locked_channel(uow: UnitOfWork, channel_id: int) -> Channel:
    """:raises UnknownChannel: there is none with this number"""
    channel = uow.session.get(Channel, channel_id, with_for_update=True, populate_existing=True)
    if channel is None:
        raise UnknownChannel(channel=channel_id)
    return channel


def _require_free_title(uow: UnitOfWork, title: str, channel_id: int | None) -> None:
    other = uow.session.scalar(select(Channel.id).where(Channel.title == title))
    if other is not None and other != channel_id:
        raise NameTaken(field="title", value=title)


def _checked(url: str, application: str, stream: str) -> tuple[str, str, str]:
    """Address, application and stream, the last two from the address where they are not given."""
    path = _path(url)
    found_application, _, found_stream = path.partition("/")
    application = application or found_application
    stream = stream or found_stream
    if not (application and stream) or len(application) > LONGEST_NAME or len(stream) > LONGEST_STREAM:
        raise BadStreamAddress(field="url", value=url)
    if not f"{path}/".startswith(f"{application}/{stream}/"):
        raise NotInAddress(field="stream", value=f"{application}/{stream}")
    return url, application, stream


def _path(url: str) -> str:
    """Application and stream of an address, without what players ask for of the stream."""
    try:
        _, path = taken(url)
        parts = urlsplit(url)
        is_plain = not (parts.username or parts.password or PARAMETER in url) and bool(parts.hostname)
        _ = parts.port
    except (BadLink, ValueError):
        raise BadStreamAddress(field="url", value=url) from None
    if not is_plain or len(url) > LONGEST_URL or not url.isprintable():
        raise BadStreamAddress(field="url", value=url)
    if url.partition("://")[0].lower() in IN_PATH and "/" not in path:
        raise BadStreamAddress(field="url", value=url)
    return PLAYLIST.sub("", path) if path.count("/") > 1 else path


def is_http(channel: Channel) -> bool:
    return channel.url.partition("://")[0].lower() in IN_QUERY


def _facts(channel: Channel) -> dict[str, object]:
    names = ("title", "url", "vhost", "application", "stream", "sort")
    return {name: getattr(channel, name) for name in names}
