"""Rules for links and channels: what is kept, what is refused, and that keys are never seen again."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from billing.errors import InvalidInput
from billing.events import Event, EventLog
from billing.uow import UnitOfWork
from billing.versions import ChangedMeanwhile
from ppv_module.streams.links.channels import (
    BadStreamAddress,
    NotInAddress,
    UnknownChannel,
    channel_of,
    channels_of,
    save_channel,
    set_channel_active,
)
from ppv_module.streams.links.models import Identity, Rule
from ppv_module.streams.links.rules import (
    BadKey,
    Signing,
    UnknownRule,
    rule_of,
    rules_of,
    save_rule,
    set_rule_active,
)
from ppv_module.streams.rights.tariffs import NameTaken
from tests.support import NOV_10, STAFF, Crash, crash_after

BY = {"actor": STAFF, "now": NOV_10}
KEY = "k-Mandarin-77"
SPORT = Signing(application="live", stream="sport*", key=KEY, minutes=90)
URL = "https://edge/live/sport1/playlist.m3u8"


def written(billing) -> str:
    """Everything that the event log has."""
    with billing.reading() as session:
        rows = session.scalars(select(Event).order_by(Event.id)).all()
    return "\n".join(f"{each.text} {each.before} {each.after}" for each in rows)


def test_an_empty_key_keeps_the_one_that_is_there(billing, uow):
    rule = save_rule(uow(), name="Sport", signing=SPORT, **BY)
    assert (rule.minutes, rule.bind_ip, rule.bind_stream, rule.identity) == (90, False, True, Identity.PLAY)
    kept = save_rule(uow(), name="Sport", signing=Signing(key=" ", bind_ip=True), rule_id=rule.id, seen=1, **BY)
    assert (kept.key, kept.bind_ip, kept.version) == (KEY, True, 2)
    again = save_rule(uow(), name="Sport", signing=Signing(key=KEY, bind_ip=True), rule_id=rule.id, seen=2, **BY)
    assert again.version == 2
    other = save_rule(uow(), name="Sport", signing=Signing(key="n3w", bind_ip=True), rule_id=rule.id, seen=2, **BY)
    assert (other.key, other.version) == ("n3w", 3)
    assert "NEW KEY" in written(billing)
    assert KEY not in written(billing)
    assert "n3w" not in written(billing)
    assert KEY not in repr(SPORT)


@pytest.mark.parametrize("key", ["", "ключ", "a\nb", "k" * 129])
def test_a_key_that_is_none_is_refused_and_not_told(billing, uow, key):
    with pytest.raises(BadKey) as refused:
        save_rule(uow(), name="Sport", signing=Signing(key=key), **BY)
    assert refused.value.facts == {"field": "key"}
    assert not key or key not in str(refused.value)


def test_what_else_is_refused(billing, uow):
    rule = save_rule(uow(), name="Sport", signing=SPORT, **BY)
    with pytest.raises(NameTaken):
        save_rule(uow(), name="Sport", signing=SPORT, **BY)
    for wrong in (0, 7 * 24 * 60 + 1):
        with pytest.raises(InvalidInput):
            save_rule(uow(), name="Other", signing=Signing(key=KEY, minutes=wrong), **BY)
    with pytest.raises(UnknownRule):
        save_rule(uow(), name="Other", signing=SPORT, rule_id=77, **BY)
    with pytest.raises(UnknownRule):
        set_rule_active(uow(), rule_id=77, active=True, **BY)
    save_rule(uow(), name="Sport", signing=SPORT, sort=1, rule_id=rule.id, seen=1, **BY)
    with pytest.raises(ChangedMeanwhile):
        save_rule(uow(), name="Sport", signing=SPORT, rule_id=rule.id, seen=1, **BY)
    with billing.reading() as session, pytest.raises(UnknownRule):
        rule_of(session, 77)


def test_a_rule_is_switched_off_and_on(billing, uow):
    rule = save_rule(uow(), name="Sport", signing=SPORT, **BY)
    for active in (False, False, True):
        set_rule_active(uow(), rule_id=rule.id, active=active, **BY)
        with billing.reading() as session:
            assert [each.active for each, _ in rules_of(session)] == [active]
            assert len(rules_of(session, active=True)) == active


@pytest.mark.parametrize(("target", "name", "kept"), [(EventLog, "write", 0), (UnitOfWork, "commit", 1)])
def test_a_crash_leaves_all_or_nothing(billing, uow, target, name, kept):
    with pytest.raises(Crash), crash_after(target, name):
        save_rule(uow(), name="Sport", signing=SPORT, **BY)
    with billing.reading() as session:
        assert len(session.scalars(select(Rule)).all()) == kept
    with pytest.raises(Crash), crash_after(target, name):
        save_channel(uow(), title="Sport", url=URL, **BY)
    with billing.reading() as session:
        assert len(channels_of(session)) == kept


def test_two_who_take_a_name_at_once(billing):
    def saved(_: int) -> bool:
        try:
            return bool(save_channel(billing.uow(), title="Sport", url=URL, **BY))
        except NameTaken:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(saved, range(4))) == [False, False, False, True]


@pytest.mark.parametrize(
    ("url", "application", "stream"),
    [
        (URL, "live", "sport1"),
        ("http://h:8081/live/sport1?server=2", "live", "sport1"),
        ("https://h/movies/smil:a.smil/manifest.mpd", "movies", "smil:a.smil"),
        ("https://h/vod/films/a.mp4", "vod", "films/a.mp4"),
        ("rtmp://h/live/cam1", "live", "cam1"),
        ("rtsp://[2001:db8::1]:554/live/cam1", "live", "cam1"),
    ],
)
def test_application_and_stream_are_in_the_address(uow, url, application, stream):
    channel = save_channel(uow(), title="A", url=f" {url} ", **BY)
    assert (channel.url, channel.application, channel.stream) == (url, application, stream)


def test_application_and_stream_may_be_said(uow):
    channel = save_channel(uow(), title="A", url="http://h/live/sport1/clip.webm", stream="sport1", vhost="edge", **BY)
    assert (channel.vhost, channel.application, channel.stream) == ("edge", "live", "sport1")
    for wrong in ({"stream": "sport"}, {"application": "vod"}, {"stream": "sport1/other"}):
        with pytest.raises(NotInAddress):
            save_channel(uow(), title="B", url="http://h/live/sport1/clip.webm", **wrong, **BY)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "live/sport1",
        "ftp://h/live/s",
        "javascript://h/live/s",
        "https://h/live",
        "https:///live/s",
        "https://h:port/live/s",
        "https://user:secret@h/live/s",
        "rtmp://h/live",
        "https://h/live/s?wmsAuthSign=abc",
        "rtmp://h/live?wmsAuthSign=abc/s",
        "https://h/live/a b",
        "https://h/live/" + "s" * 500,
        "https://h/live/s\x00",
    ],
)
def test_what_is_no_address_of_a_stream_is_refused(billing, uow, url):
    with pytest.raises(BadStreamAddress):
        save_channel(uow(), title="A", url=url, **BY)
    with billing.reading() as session:
        assert channels_of(session) == []


def test_a_channel_is_changed_and_taken_away(billing, uow):
    channel = save_channel(uow(), title="A", url=URL, **BY)
    assert save_channel(uow(), title="A", url=URL, channel_id=channel.id, seen=1, **BY).version == 1
    moved = save_channel(uow(), title="A", url="rtmp://h/vod/b", channel_id=channel.id, seen=1, **BY)
    assert (moved.version, moved.application) == (2, "vod")
    with pytest.raises(ChangedMeanwhile):
        save_channel(uow(), title="A", url=URL, channel_id=channel.id, seen=1, **BY)
    for _ in range(2):
        set_channel_active(uow(), channel_id=channel.id, active=False, **BY)
    with billing.reading() as session:
        assert (len(channels_of(session)), channels_of(session, active=True)) == (1, [])
        with pytest.raises(UnknownChannel):
            channel_of(session, 77)
    with pytest.raises(UnknownChannel):
        save_channel(uow(), title="B", url=URL, channel_id=77, **BY)
    with pytest.raises(UnknownChannel):
        set_channel_active(uow(), channel_id=77, active=False, **BY)
