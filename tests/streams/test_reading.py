"""A sync in any form that servers use is read alike; what no server sends is refused with a reason."""

import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppv_module.streams.wire.errors import Malformed, TooLarge
from ppv_module.streams.wire.reading import read
from ppv_module.streams.wire.records import Player
from tests.streams.documents import as_json, as_xml, document, player

SEEN = Player(
    *("edge1.tv.example", "live", "_definst_", "movies/smil:a.smil", "u1042", "203.0.113.25", "77"),
    *(30012, 5_000_000_000, ["VLC/3.0", "Kodi"]),
)
CANONICAL = document(player())


def reason(body: bytes) -> str:
    with pytest.raises(Malformed) as refused:
        read(body)
    return str(refused.value.facts["reason"])


@pytest.mark.parametrize("form", [as_json, as_xml])
def test_both_forms_give_the_same_viewers(form):
    sync = read(form(CANONICAL))
    assert (sync.id, sync.puzzle, sync.signature, sync.tells_viewers) == ("srv-1", "p-1", "s", True)
    assert (sync.players, sync.set_aside) == ([SEEN], [])


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf \n" + as_json(CANONICAL),
        as_json({"ApiSyncRequest": CANONICAL}),
        as_json(document(player(delta="30012"))),
        as_json(document(player(delta=30012.0, sessionid=77, bytes_sent="5000000000"))),
        as_json(document(player(codec="h264", extra={"a": [1]}), Version=3)),
        as_xml(CANONICAL).replace(b"<ApiSyncRequest>", b'<ApiSyncRequest xmlns="urn:x">'),
        as_xml(document(player(user_agents={"user_agent": ["VLC/3.0", "Kodi"]}))),
    ],
)
def test_what_differs_in_form_alone_is_the_same(body):
    assert read(body).players == [SEEN]


def test_a_single_object_stands_for_a_list():
    stream = {"name": "s", "Player": player(user_agents="VLC/3.0")}
    tree = {"VHost": {"name": "h", "Application": {"name": "a", "Instance": {"name": "i", "Stream": stream}}}}
    [found] = read(as_json({"PayPerViewInfo": tree})).players
    assert (found.vhost, found.stream, found.user_agents) == ("h", "s", ["VLC/3.0"])


def test_every_branch_is_visited():
    vhosts = [
        {
            "name": f"h{host}",
            "Application": [
                {"name": "a", "Instance": [{"name": "i", "Stream": [{"name": "s", "Player": [player(id=f"u{host}")]}]}]}
                for _ in range(2)
            ],
        }
        for host in range(3)
    ]
    sync = read(as_json({"PayPerViewInfo": {"VHost": vhosts}}))
    assert sorted(each.id for each in sync.players) == ["u0", "u0", "u1", "u1", "u2", "u2"]


def test_what_a_server_leaves_out_is_nothing():
    [found] = read(as_json(document({"id": ""}))).players
    assert found[4:] == ("", None, None, 0, 0, [])


@pytest.mark.parametrize(
    ("body", "tells"),
    [
        (b'{"ID": "a"}', False),
        (b'{"ID": "a", "PayPerViewInfo": {}}', True),
        (b'{"ID": "a", "PayPerViewInfo": {"VHost": null}}', True),
        (b"<ApiSyncRequest><ID>a</ID></ApiSyncRequest>", False),
        (b"<ApiSyncRequest><ID>a</ID><PayPerViewInfo/></ApiSyncRequest>", True),
        (b"<ApiSyncRequest/>", False),
    ],
)
def test_nobody_watching_is_told_apart_from_nothing_said(body, tells):
    sync = read(body)
    assert (sync.players, sync.tells_viewers) == ([], tells)


def test_notices_of_streams_are_kept_and_are_no_viewers():
    sync = read(as_json({"ID": "a", "publish": [{"stream": "live/s", "time": 1}], "Unpublish": {"AppName": "live"}}))
    assert sync.events == [
        {"event": "Unpublish", "AppName": "live"},
        {"event": "publish", "stream": "live/s", "time": 1},
    ]
    assert not sync.tells_viewers


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ({"delta": 1}, "no_id"),
        (player(id="a b"), "bad_id"),
        (player(id="x" * 65), "bad_id"),
        (player(id=None), "bad_id"),
        (player(delta=-1), "bad_delta"),
        (player(delta=1.5), "bad_delta"),
        (player(delta="many"), "bad_delta"),
        (player(delta=True), "bad_delta"),
        (player(delta=2**63), "bad_delta"),
        (player(bytes_sent=-1), "bad_bytes"),
        ("u7", "no_object"),
    ],
)
def test_one_bad_viewer_is_set_aside_and_the_others_are_read(bad, why):
    sync = read(as_json(document(*[player(id=f"u{number}") for number in range(999)], bad)))
    assert len(sync.players) == 999
    assert [(each.reason, each.player) for each in sync.set_aside] == [(why, bad)]


@pytest.mark.parametrize("delta", [2**31 + 1, 2**53 + 1, 2**63 - 1])
def test_large_numbers_are_exact(delta):
    for body in (as_json(document(player(delta=delta))), as_xml(document(player(delta=delta)))):
        assert read(body).players[0].delta == delta


BOMB = b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "' + b"&x;" * 1000 + b'">]><ApiSyncRequest>&y;</ApiSyncRequest>'
DEEP = {"a": 1}
for _ in range(100):
    DEEP = {"a": DEEP}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"[]", "no_format"),
        (b"id=1", "no_format"),
        (b'{"ID": "a"', "bad_json"),
        (b'{"ID": "a"} x', "bad_json"),
        (b'{"ID": "a", "ID": "b"}', "duplicate_key"),
        (b'{"ID": NaN}', "bad_number"),
        (b'{"ID": "a", "publish": [{"time": 1e999}]}', "bad_number"),
        (b'{"ID": ' + b"9" * 5000 + b"}", "bad_number"),
        (b'{"ID": {}}', "bad_ID"),
        (b'{"PayPerViewInfo": [1]}', "bad_PayPerViewInfo"),
        (b'{"PayPerViewInfo": {"VHost": [7]}}', "bad_VHost"),
        (b'{"ID": "\xff"}', "not_utf8"),
        (b'{"ID": "\\u0000"}', "bad_character"),
        (b'{"ID": "\\ud800"}', "bad_character"),
        (as_json({"x": DEEP}), "too_deep"),
        (as_json(document(player(x=DEEP))), "too_deep"),
        (b'{"a":' * 100_000, "too_dense"),
        (b'{"a":' + b"[" * 5000 + b" " * 60_000, "too_deep"),
        (BOMB, "declarations"),
        (b'<?xml version="1.0"?><!ENTITY x "y"><ApiSyncRequest/>', "declarations"),
        (b"<ApiSyncRequest>", "bad_xml"),
        (b"<Other/>", "no_object"),
        (b"<ApiSyncRequest>&x;</ApiSyncRequest>", "bad_xml"),
        (b"<ApiSyncRequest>" + b"<a>" * 100 + b"</a>" * 100 + b"</ApiSyncRequest>", "too_deep"),
        ("<ApiSyncRequest/>".encode("utf-16"), "no_format"),
    ],
)
def test_what_no_server_sends_is_refused_with_a_reason(body, why):
    assert reason(body) == why


@pytest.mark.parametrize("things", [b"[]," * 22_000_000, b"<a/>" * 16_000_000], ids=["brackets", "elements"])
def test_a_body_of_brackets_fills_no_memory(things):
    body = (b'{"a":[' if things[:1] == b"[" else b"<ApiSyncRequest>") + things[: 64 * 1024 * 1024 - 100]
    tracemalloc.start()
    assert reason(body) == "too_dense"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_too_long_a_body_is_not_read():
    with pytest.raises(TooLarge):
        read(b"{}" * 100, longest=199)


@pytest.mark.parametrize("form", [as_json, as_xml])
def test_a_body_cut_anywhere_is_refused_whole(form):
    whole = form(document(player(), player(id="u2")))
    for length in range(len(whole)):
        with pytest.raises(Malformed):
            read(whole[:length])


@given(st.binary(max_size=200).map(lambda tail: b"{" + tail) | st.binary(max_size=200).map(lambda tail: b"<" + tail))
def test_any_bytes_are_read_or_refused(body):
    with suppress(Malformed):
        assert read(body).set_aside == []
