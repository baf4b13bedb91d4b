"""Channels, rules for links, signing a link for support and checking one, on the pages of staff."""

import re

import pytest

from billing.events import Event
from ppv_module.streams.links.checking import trouble
from ppv_module.streams.links.models import Channel, Identity, Rule, Viewer
from ppv_module.streams.rights.models import Kind
from tests.panel.client import text
from tests.panel.ppv.forms import sent, shown
from tests.panel.streams.offered import KEY
from tests.panel.streams.watched import HOSTILE

CHANNELS, RULES = "/streams/channels", "/streams/rules"
CHANNEL = {"title": "Sport", "url": "https://edge.example/live/sport1/playlist.m3u8", "sort": "1"}
RULE = {
    "name": "Live",
    "application": "live",
    "stream": "*",
    "key": "pass-Persimmon",
    "minutes": "20",
    "identity": "play",
    "bind_stream": "y",
    "sort": "",
}


# Channels


def test_a_channel_is_offered(panel, rows):
    assert "No channel is offered yet." in panel.page(CHANNELS)
    assert panel.done(f"{CHANNELS}/new", **CHANNEL) == CHANNELS
    [channel] = rows(Channel)
    assert (channel.title, channel.application, channel.stream, channel.active) == ("Sport", "live", "sport1", True)
    assert "Sport live/sport1 offered" in panel.page(CHANNELS)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("title", "", "This field is required."),
        ("title", "x" * 65, "Too long: at most 64 characters."),
        ("url", "", "This field is required."),
        ("url", "file:///etc/passwd", "Write the address of a stream like https://host/live/sport/playlist.m3u8"),
        ("url", "https://me:secret@edge/live/sport1", "Write the address of a stream"),
        ("stream", "other", "The address of the stream does not begin with live/other after its host."),
        ("sort", "1.5", "Not a valid integer value."),
    ],
)
def test_what_a_channel_cannot_have_is_told_at_its_field(panel, rows, field, value, told):
    answer = panel.post(f"{CHANNELS}/new", **CHANNEL | {field: value})
    assert (answer.status_code, rows(Channel)) == (422, [])
    assert told in text(answer)
    assert f'id="{field}-errors"' in answer.get_data(as_text=True)


def test_two_editors_of_a_channel_do_not_overwrite_each_other(panel, shop, streams):
    path = f"{CHANNELS}/{shop.channel.id}/edit"
    fields = shown(panel, path)
    assert (fields["application"], fields["stream"]) == ("cinema", "one")
    panel.done(path, **fields | {"title": "First"})
    answer = panel.post(path, **fields | {"title": "Second"})
    assert (answer.status_code, streams.again(shop.channel).title) == (422, "First")


def test_a_channel_is_taken_off_and_offered_again(panel, shop, streams):
    for _click in range(2):
        panel.done(f"{CHANNELS}/{shop.channel.id}/off", seen="1")
    assert "not offered" in panel.page(CHANNELS, state="off")
    assert "Nothing matches." in panel.page(CHANNELS, state="on")
    panel.done(f"{CHANNELS}/{shop.channel.id}/on", seen=str(streams.again(shop.channel).version))
    assert streams.again(shop.channel).active


# Signing a link


def test_a_link_is_signed_for_who_may_watch_and_shown_once(panel, shop, link, rows, clock):
    url = link()
    assert trouble(url, key=KEY, at=clock()) is None
    [viewer] = rows(Viewer)
    assert (viewer.login, viewer.channel_id, viewer.device) == ("ivan", shop.channel.id, "Support")
    again = panel.get(f"{CHANNELS}/{shop.channel.id}/link")
    assert (again.status_code, again.location) == (303, f"{CHANNELS}/{shop.channel.id}/sign")


def test_the_page_with_a_link_is_kept_by_nobody(panel, shop):
    panel.done(f"{CHANNELS}/{shop.channel.id}/sign", login="ivan", ip="")
    answer = panel.get(f"{CHANNELS}/{shop.channel.id}/link")
    assert "no-store" in answer.headers["Cache-Control"]
    assert "Identifier p-" in text(answer)
    assert "2026" in re.search(r"Begin to watch before (.{20})", text(answer))[1]


def test_the_event_log_has_who_signed_and_not_the_link(panel, shop, link, rows):
    signature = link().rpartition("=")[2]
    [event] = [each for each in rows(Event) if "PPV STREAM LINK" in each.text]
    assert (event.actor, "ivan" in event.text, signature in repr(vars(event))) == ("olena", True, False)


def test_a_link_of_one_channel_is_not_shown_at_another(panel, shop, streams):
    other = streams.channel("cinema/two", title="Cinema two")
    panel.done(f"{CHANNELS}/{shop.channel.id}/sign", login="ivan", ip="")
    assert panel.get(f"{CHANNELS}/{other.id}/link").location == f"{CHANNELS}/{other.id}/sign"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"login": ""}, "This field is required."),
        ({"login": "nobody"}, "There is no subscriber with the login nobody."),
        ({"login": "petro"}, "is paid by minutes, and there are no credits."),
        ({"login": "ivan", "ip": "1.2.3"}, "No signed link can be made: the field “ip” has 1.2.3."),
    ],
)
def test_why_no_link_is_signed_is_told(panel, shop, make, rows, given, told):
    make.subscriber("petro")
    answer = panel.post(f"{CHANNELS}/{shop.channel.id}/sign", **given)
    assert (answer.status_code, rows(Viewer)) == (422, [])
    assert told in text(answer)


def test_without_a_rule_or_a_right_no_link_is_signed(panel, shop, streams):
    free = streams.channel("free/one", title="Free")
    answer = panel.post(f"{CHANNELS}/{free.id}/sign", login="ivan")
    assert "You have no right to watch “Free” now." in text(answer)
    streams.tariff(Kind.FREE, pattern="free/*")
    answer = panel.post(f"{CHANNELS}/{free.id}/sign", login="ivan")
    assert "the operator has to set a rule for it." in text(answer)


# Rules


def test_a_rule_is_made(panel, rows):
    assert "There is no rule yet." in panel.page(RULES)
    assert panel.done(f"{RULES}/new", **RULE) == RULES
    [rule] = rows(Rule)
    facts = (rule.name, rule.key, rule.minutes, rule.identity, rule.bind_stream, rule.bind_ip)
    assert facts == ("Live", "pass-Persimmon", 20, Identity.PLAY, True, False)
    assert "Live live/* 20 another one in each link no in use" in panel.page(RULES)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", "", "This field is required."),
        ("key", "", "A key is needed"),
        ("key", "пароль", "A key is needed"),
        ("key", "x" * 129, "A key is needed"),
        ("minutes", "0", "Number must be between 1 and"),
        ("identity", "both", "Not a valid choice."),
        ("application", "x" * 151, "Too long: at most 150 characters."),
    ],
)
def test_what_a_rule_cannot_have_is_told_at_its_field(panel, rows, field, value, told):
    answer = panel.post(f"{RULES}/new", **RULE | {field: value})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, rows(Rule)) == (422, [])
    assert told in text(answer)
    assert f'id="{field}-errors"' in page
    assert (RULE["key"] in page, "пароль" in page) == (False, False)


def test_an_empty_key_keeps_the_old_one(panel, shop, streams):
    path = f"{RULES}/{shop.rule.id}/edit"
    assert "key" not in {name for name, value in shown(panel, path).items() if value}
    sent(panel, path, minutes="45")
    assert (streams.again(shop.rule).key, streams.again(shop.rule).minutes) == (KEY, 45)
    sent(panel, path, key="another-Key")
    assert streams.again(shop.rule).key == "another-Key"


def test_keys_stand_on_no_page_and_in_no_log(panel, shop, rows, link, streams):
    panel.done(f"{RULES}/new", **RULE)
    url = link()
    pages = [
        panel.get(RULES),
        panel.get(f"{RULES}/{shop.rule.id}/edit"),
        panel.get(f"{RULES}/{shop.rule.id}/check"),
        panel.post(f"{RULES}/{shop.rule.id}/check", url=url),
        panel.post(f"{RULES}/{shop.rule.id}/edit", name="", key="typed-Secret"),
        panel.get("/exports/stream_rules.csv", columns="name,pattern,minutes,identity,key,secret"),
        panel.get("/events"),
    ]
    for page in pages:
        shown_there = page.get_data(as_text=True)
        assert [word for word in (KEY, RULE["key"], "typed-Secret") if word in shown_there] == []
    assert [each for each in rows(Event) if KEY in repr(vars(each)) or RULE["key"] in repr(vars(each))] == []


def test_two_editors_of_a_rule_do_not_overwrite_each_other(panel, shop, streams):
    path = f"{RULES}/{shop.rule.id}/edit"
    fields = shown(panel, path)
    panel.done(path, **fields | {"minutes": "30"})
    answer = panel.post(path, **fields | {"minutes": "60"})
    assert (answer.status_code, streams.again(shop.rule).minutes) == (422, 30)


def test_a_rule_is_switched_off_and_on(panel, shop, streams):
    for _click in range(2):
        panel.done(f"{RULES}/{shop.rule.id}/off", seen="1")
    assert not streams.again(shop.rule).active
    assert "Cinema rule" in panel.page(RULES, state="off")
    panel.done(f"{RULES}/{shop.rule.id}/on", seen=str(streams.again(shop.rule).version))
    assert streams.again(shop.rule).active


def test_the_pattern_of_a_rule_is_tried(panel, streams, rows):
    streams.place("live/sport1")
    answer = panel.post(f"{RULES}/new", **RULE | {"try": "1"})
    assert (answer.status_code, rows(Rule), "1 reported stream" in text(answer)) == (200, [], True)


def test_names_stay_text(panel, shop, streams):
    channel = streams.channel("live/sport", title=HOSTILE)
    rule = streams.rule("live/<b>*", name=HOSTILE)
    for path in (
        CHANNELS,
        f"{CHANNELS}/{channel.id}/edit",
        f"{CHANNELS}/{channel.id}/sign",
        RULES,
        f"{RULES}/{rule.id}/edit",
        f"{RULES}/{rule.id}/check",
    ):
        page = panel.get(path).get_data(as_text=True)
        assert (HOSTILE in page, "<b>" in page) == (False, False)
    answer = panel.post(f"{RULES}/{rule.id}/check", url=HOSTILE)
    assert HOSTILE not in answer.get_data(as_text=True)
