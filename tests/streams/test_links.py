"""Signed links: the worked examples, every instant of a day, and nothing that may be changed in one."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppv_module.streams.authenticity import digest, is_genuine, signature, solution
from ppv_module.streams.links import signing
from ppv_module.streams.links.checking import TOLERANCE, Trouble, trouble
from ppv_module.streams.links.signing import BadLink, Terms, placed
from ppv_module.streams.links.times import instant, written

KEY = "k-Mandarin-77"
MARCH = datetime(2024, 3, 7, 4, 5, 9, tzinfo=UTC)
NOVEMBER = datetime(2025, 11, 30, tzinfo=UTC)
FIRST = (
    "c2VydmVyX3RpbWU9My83LzIwMjQgNDowNTowOSBBTSZoYXNoX3ZhbHVlPVZwL2NWSEF3Q2lUV1M0cVAzTEVoSXc9PSZ2YWxpZG1pbnV0ZXM9OTAm"
    "aWQ9dTEwNDI="
)
SECOND = (
    "c2VydmVyX3RpbWU9MTEvMzAvMjAyNSAxMjowMDowMCBBTSZoYXNoX3ZhbHVlPTNXUmpTbUxMcmlZTWJSTVZBWjhnOWc9PSZ2YWxpZG1pbnV0ZXM9"
    "MTUmc3RybV9sZW49MTEmaWQ9cC05ZjMxJmNoZWNraXA9dHJ1ZQ=="
)
BOUND = Terms(minutes=15, viewer="p-9f31", ip="203.0.113.25", stream="live/sport1")
URL = "https://edge/live/sport1/playlist.m3u8"


def test_the_worked_examples():
    assert signing.signature(Terms(minutes=90, viewer="u1042"), key=KEY, at=MARCH) == FIRST
    assert signing.signature(BOUND, key=KEY, at=NOVEMBER) == SECOND
    assert trouble(placed(URL, FIRST), key=KEY, at=MARCH) is None
    assert trouble(placed(URL, SECOND), key=KEY, at=NOVEMBER, ip="203.0.113.25") is None


def test_a_message_of_a_server_is_signed_as_the_example_says():
    server, puzzle, token = (
        "0b6f2f5e-1c7d-4f0a-9a52-6f6d2f3c8e11",
        "7d0c2b1e-55aa-4c3e-8f10-2a9b7e6d4c33",
        "tok-Persimmon-2024",
    )
    signed = signature(server_id=server, puzzle=puzzle, token=token)
    assert signed == "9xI7MZqTrneLBIYDbGThxA=="
    assert solution(puzzle=puzzle, token=token) == "8aXDD4/rZwsHMFvES6xS5Q=="
    assert is_genuine(server_id=server, puzzle=puzzle, signed=signed, token=token)
    for wrong in ({"token": "t"}, {"puzzle": ""}, {"signed": ""}, {"signed": "é"}, {"server_id": ""}):
        facts = {"server_id": server, "puzzle": puzzle, "signed": signed, "token": token} | wrong
        assert not is_genuine(**facts)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (datetime(2024, 1, 2, 0, 0, 0, tzinfo=UTC), "1/2/2024 12:00:00 AM"),
        (datetime(2024, 1, 2, 12, 0, 0, tzinfo=UTC), "1/2/2024 12:00:00 PM"),
        (datetime(2024, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), "12/31/2024 11:59:59 PM"),
    ],
)
def test_noon_midnight_and_the_end_of_a_year(at, text):
    assert written(at) == text
    assert instant(text) == at.replace(microsecond=0)


def test_padded_times_are_understood_too():
    assert instant("03/07/2024 04:05:09 AM") == MARCH
    for wrong in ("3/7/2024 13:05:09 AM", "2/30/2024 4:05:09 AM", "3/7/2024 0:05:09 AM", "7.3.2024", ""):
        assert instant(wrong) is None


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("http://h/live/s/p.m3u8", "http://h/live/s/p.m3u8?wmsAuthSign={}"),
        ("http://h/live/s/p.m3u8?a=1", "http://h/live/s/p.m3u8?a=1&wmsAuthSign={}"),
        ("http://h/s.mp4?wmsAuthSign=b2xk&a=1#t", "http://h/s.mp4?a=1&wmsAuthSign={}#t"),
        ("rtmp://h/app/stream", "rtmp://h/app?wmsAuthSign={}/stream"),
        ("rtsp://h:1935/live/cam1", "rtsp://h:1935/live?wmsAuthSign={}/cam1"),
        ("rtmp://h/app?wmsAuthSign=b2xk/stream", "rtmp://h/app?wmsAuthSign={}/stream"),
    ],
)
def test_a_signature_has_its_place_and_replaces_an_older_one(url, where):
    assert placed(url, FIRST) == where.format(FIRST)
    assert placed(placed(url, SECOND), FIRST) == where.format(FIRST)


@pytest.mark.parametrize("url", ["", "ftp://h/a/b", "rtmp://h/app", "http://h/a b", "h/live/s"])
def test_what_is_no_address_of_a_stream_is_refused(url):
    with pytest.raises(BadLink):
        placed(url, FIRST)


@pytest.mark.parametrize(
    "terms",
    [
        Terms(minutes=0, viewer="u"),
        Terms(minutes=1),
        Terms(minutes=1, viewer="a&b"),
        Terms(minutes=1, viewer="u", ip="here"),
    ],
)
def test_what_cannot_be_signed_is_refused(terms):
    with pytest.raises(BadLink):
        signing.signature(terms, key=KEY, at=MARCH)


def at_second(seconds: float) -> Trouble | None:
    return trouble(placed(URL, SECOND), key=KEY, at=NOVEMBER + timedelta(seconds=seconds), ip="203.0.113.25")


def test_the_borders_are_exact_to_the_second():
    assert (at_second(-60), at_second(-61)) == (None, Trouble.NOT_YET_VALID)
    assert (at_second(15 * 60 + 60), at_second(15 * 60 + 61)) == (None, Trouble.EXPIRED)


def signed_text(text: str) -> str:
    return placed(URL, base64.b64encode(text.encode()).decode())


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (URL, Trouble.MISSING_FIELD),
        (placed(URL, "abc"), Trouble.NOT_BASE64),
        (placed(URL, base64.b64encode(b"\xff\xfe").decode()), Trouble.NOT_BASE64),
        (signed_text("server_time=3/7/2024 4:05:09 AM&validminutes=90"), Trouble.MISSING_FIELD),
        (signed_text("server_time=x&hash_value=y&validminutes=-1"), Trouble.BAD_TIME),
        (placed("https://edge/li", SECOND), Trouble.STREAM_MISMATCH),
        (placed("https://edge/live/sport2/playlist.m3u8", SECOND), Trouble.BAD_HASH),
    ],
)
def test_each_fault_has_its_reason(url, why):
    assert trouble(url, key=KEY, at=NOVEMBER, ip="203.0.113.25") == why


ids = st.text("abcXYZ019._-:@", min_size=1, max_size=64)
times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
streams = st.sampled_from(["", "live/sport1", "live/", "movies/smil:a.smil", "кіно/перше"])
addresses = st.ip_addresses().map(str) | st.just("")
terms = st.builds(Terms, minutes=st.integers(1, 525_600), viewer=ids, ip=addresses, stream=streams)


@given(terms, times)
def test_what_is_signed_is_good_for_its_time_and_no_longer(wanted, at):
    url = placed(f"https://edge/{wanted.stream or 'live/any'}", signing.signature(wanted, key=KEY, at=at))
    at = at.replace(microsecond=0)
    end = at + timedelta(minutes=wanted.minutes) + TOLERANCE
    assert trouble(url, key=KEY, at=at, ip=wanted.ip) is None
    assert trouble(url, key=KEY, at=end, ip=wanted.ip) is None
    assert trouble(url, key=KEY, at=end + timedelta(seconds=1), ip=wanted.ip) == Trouble.EXPIRED


@given(terms, times, st.integers(0, 10_000), st.sampled_from("abcdefXYZ0123456789"))
def test_one_changed_character_spoils_it(wanted, at, where, other):
    text = base64.b64decode(signing.signature(wanted, key=KEY, at=at)).decode()
    where %= len(text)
    changed = text[:where] + other + text[where + 1 :]
    url = placed(f"https://edge/{wanted.stream or 'live/any'}", base64.b64encode(changed.encode()).decode())
    if changed != text and "strm_len" not in text[max(0, where - 12) : where + 1]:
        assert trouble(url, key=KEY, at=at, ip=wanted.ip) is not None
    assert trouble(url, key=f"{KEY}!", at=at, ip=wanted.ip) is not None


def test_an_address_written_as_ipv6_is_the_same():
    bound = Terms(minutes=5, viewer="u", ip="::ffff:203.0.113.25")
    url = placed(URL, signing.signature(bound, key=KEY, at=MARCH))
    assert trouble(url, key=KEY, at=MARCH, ip="203.0.113.25") is None
    assert trouble(url, key=KEY, at=MARCH, ip="203.0.113.26") == Trouble.BAD_HASH


names = st.text("abcXYZ019:._-", min_size=1, max_size=12)
in_paths = st.builds(
    "{}://h:1935/{}/{}".format,
    st.sampled_from(["rtmp", "rtsp"]),
    names,
    st.lists(names, min_size=1, max_size=3).map("/".join),
)
in_queries = st.builds(
    "https://h/{}/{}{}".format, names, names, st.sampled_from(["", "/p.m3u8", "?a=1", "/p.mpd?a=1&b=2"])
)


@given(in_paths | in_queries, terms, terms, times)
def test_a_signature_is_found_where_it_was_put_whatever_the_stream(url, first, second, at):
    one, other = (signing.signature(each, key=KEY, at=at) for each in (first, second))
    path = url.partition("://")[2].partition("/")[2].partition("?")[0]
    assert signing.taken(placed(url, one)) == (one, path)
    assert placed(placed(url, one), other) == placed(url, other)
    assert placed(url, one).count(signing.PARAMETER) == 1


def at_midnight_noon_and_year_end() -> list[datetime]:
    days = [datetime(2024, 2, 29, tzinfo=UTC), datetime(2025, 12, 31, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)]
    times = [timedelta(0), timedelta(hours=12), timedelta(hours=12, seconds=-1), timedelta(days=1, seconds=-1)]
    return [day + time for day in days for time in times]


@pytest.mark.parametrize("at", at_midnight_noon_and_year_end(), ids=str)
@pytest.mark.parametrize("ip", ["203.0.113.25", "2001:db8::7", "::ffff:203.0.113.25"])
def test_every_second_of_its_time_is_good_and_none_beyond(at, ip):
    bound = Terms(minutes=2, viewer="p-9f31", ip=ip, stream="live/sport1")
    url = placed(URL, signing.signature(bound, key=KEY, at=at))
    seconds = range(-70, 2 * 60 + 70)
    good = [second for second in seconds if trouble(url, key=KEY, at=at + timedelta(seconds=second), ip=ip) is None]
    assert good == list(range(-60, 2 * 60 + 61))


FACTS = {"ip": "203.0.113.25", "id": "p-9f31", "key": KEY, "time": "11/30/2025 12:00:00 AM", "minutes": "15"}
FACTS |= {"stream": "live/sport1"}


def hashed(facts: dict[str, str]) -> str:
    return f"hash_value={digest(*facts.values())}"


@pytest.mark.parametrize("name", FACTS)
def test_any_one_other_character_of_what_is_signed_spoils_it(name):
    honest = base64.b64decode(SECOND).decode()
    assert hashed(FACTS) in honest
    for where, character in enumerate(FACTS[name]):
        other = "7" if character != "7" else "8"
        forged = FACTS | {name: FACTS[name][:where] + other + FACTS[name][where + 1 :]}
        url = signed_text(honest.replace(hashed(FACTS), hashed(forged)))
        assert trouble(url, key=KEY, at=NOVEMBER, ip=FACTS["ip"]) is Trouble.BAD_HASH


def test_another_time_within_its_validity_spoils_it():
    text = base64.b64decode(SECOND).decode()
    for wrong in (
        "11/30/2025 12:00:01 AM",
        "11/30/2025 12:00:00 PM",
        "11/30/2025 00:00:00 AM",
        "11/30/2025  12:00:00 AM",
    ):
        changed = signed_text(text.replace("11/30/2025 12:00:00 AM", wrong))
        assert trouble(changed, key=KEY, at=NOVEMBER, ip="203.0.113.25") in (Trouble.BAD_HASH, Trouble.BAD_TIME)
