"""The sandbox and the suite were written apart from the same papers: what one of them says, the other understands."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppv_module.streams.authenticity import is_genuine, solution
from ppv_module.streams.links.checking import trouble
from ppv_module.streams.links.signing import Terms, placed, signature
from ppv_module.streams.wire.reading import read
from ppv_module.streams.wire.replies import reply
from sandbox.nimble.books import understood
from sandbox.nimble.messages import Unbelievable, read_answer, write
from sandbox.nimble.sessions import Session, Stream, Told
from sandbox.nimble.signing import Refused, open_link, require_in_time

NAMES = st.text("abzAZ019._-:@", min_size=1, max_size=64)
PATHS = st.tuples(st.text("abc", min_size=1), st.text("abcé/:.1", min_size=1)).map("/".join)
KEYS = st.text("abcXYZ019-_", min_size=1, max_size=32)
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2037, 12, 31, 23, 59, 59)).map(
    lambda at: at.replace(microsecond=0, tzinfo=UTC)
)
ADDRESSES = st.one_of(st.just(""), st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str))
FORMS = pytest.mark.parametrize("form", ["json", "xml"])


def opened(signed: str, *, path: str, ip: str, key: str, at: datetime) -> str:
    """The viewer whom the sandbox lets in."""
    viewer = open_link(signed, path=path, ip=ip, key=key).viewer
    require_in_time(signed, now=at.timestamp(), tolerance_s=60)
    return viewer


@given(NAMES, KEYS, TIMES, st.integers(1, 10_000), ADDRESSES, PATHS, st.booleans())
def test_our_links_let_in_until_they_end(viewer, key, at, minutes, ip, path, is_bound):
    terms = Terms(minutes=minutes, viewer=viewer, ip=ip, stream=path if is_bound else "")
    signed, ends = signature(terms, key=key, at=at), at + timedelta(minutes=minutes, seconds=60)
    for good in (at - timedelta(seconds=60), at, ends):
        assert opened(signed, path=path, ip=ip, key=key, at=good) == viewer
    for bad, why in ((at - timedelta(seconds=61), "not_yet_valid"), (ends + timedelta(seconds=1), "expired")):
        with pytest.raises(Refused, match=why):
            opened(signed, path=path, ip=ip, key=key, at=bad)


@given(NAMES, KEYS, TIMES, KEYS, PATHS)
def test_both_refuse_what_is_changed(viewer, key, at, other, path):
    signed = signature(Terms(minutes=5, viewer=viewer, stream="live/x"), key=key, at=at)
    url = placed(f"https://edge.example/{path}/playlist.m3u8", signed)
    is_good = trouble(url, key=other, at=at) is None
    with nullcontext() if is_good else pytest.raises(Refused):
        opened(signed, path=f"{path}/playlist.m3u8", ip="", key=other, at=at)


@FORMS
@given(st.lists(st.tuples(NAMES, PATHS, st.integers(0, 10**7)), max_size=6), KEYS)
def test_we_read_what_the_servers_write(form, seen, token):
    told = [
        Told(Session(number, name, "192.0.2.1", Stream.at(path), ("VLC", "Kodi"), 0.0, 0.0), ms, ms)
        for number, (name, path, ms) in enumerate(seen)
    ]
    message = write("srv-1", told, form=form, token=token)
    sync = read(message.body)
    assert is_genuine(server_id=sync.id, puzzle=sync.puzzle, signed=sync.signature, token=token)
    assert sync.tells_viewers and not sync.set_aside
    mine = sorted((each.id, f"{each.application}/{each.stream}", each.delta) for each in sync.players)
    assert mine == sorted(understood(message.body).seen)
    assert all([*each.user_agents] == ["VLC", "Kodi"] and each.bytes_sent == each.delta for each in sync.players)


@FORMS
@given(st.sets(NAMES, max_size=8), KEYS, KEYS)
def test_the_servers_read_what_we_answer(form, denied, puzzle, token):
    answer = reply(denied, solution=solution(puzzle=puzzle, token=token), as_xml=form == "xml")
    assert read_answer(answer, puzzle=puzzle, token=token) == denied
    with pytest.raises(Unbelievable, match="solution"):
        read_answer(answer, puzzle=puzzle, token=token + "x")
    assert read_answer(reply(denied, as_xml=form == "xml"), puzzle="", token="") == denied
