"""Messages of media servers on the pages of staff: what came in, what became of it, and what could not be read."""

import json
from datetime import timedelta
from unittest.mock import patch

import pytest

from ppv_module.streams.models import Outcome
from ppv_module.streams.rights.models import Kind
from ppv_module.streams.syncs import receiving
from ppv_module.streams.wire.errors import Malformed
from tests.panel.streams.posted import NONSENSE
from tests.streams.door.posting import records
from tests.streams.make import player, sync_body

TOKEN = "tok-Persimmon-2024"


@pytest.fixture
def posted(media, streams, billing):
    """Messages of every kind; their records by what became of them."""
    streams.server("edge-2", token=TOKEN)
    good = sync_body("edge-1", [player("u7"), player("p", delta=-1)], puzzle="p1")
    for body in (
        good,
        good,
        sync_body("edge-1", [], puzzle="p1"),
        sync_body("edge-2", [player("u9")], token="wrong"),
        sync_body("edge-2", [player("u8")], token=TOKEN, form="xml"),
        NONSENSE,
    ):
        media.post(body)
    return records(billing)


def page_of(record):
    return f"/streams/messages/{record.id}"


def outcomes(panel, **asked):
    found = panel.get("/streams/messages/list.json", **asked).json["messages"]
    return [each["outcome"] for each in reversed(found)]


def test_nothing_has_come_in(panel):
    assert "No message has come in lately." in panel.page("/streams/messages")
    assert panel.get("/streams/messages/list.json").json == {"messages": [], "next": None}
    assert "There are no unreadable messages." in panel.page("/streams/quarantine")


def test_each_message_has_its_outcome_in_words(panel, posted):
    page = panel.page("/streams/messages")

    for words in ("applied", "repeated", "puzzle used again", "turned away not_genuine", "unreadable bad_json"):
        assert words in page
    assert "edge-2 203.0.113.10" in page
    assert "genuine" in page
    assert "unverified" in page
    assert "6 rows" in page


EVERYTHING = ["applied", "replay", "conflict", "refused", "applied", "malformed"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, EVERYTHING),
        ({"server": "edge-1"}, ["applied", "replay", "conflict"]),
        ({"outcome": "refused"}, ["refused"]),
        ({"id": "u7"}, ["applied", "replay"]),
        ({"id": "u9"}, ["refused"]),
        ({"id": "u8"}, ["applied"]),
        ({"id": "u"}, []),
        ({"id": "u7", "server": "edge-2"}, []),
        ({"outcome": "odd", "period": "odd"}, EVERYTHING),
    ],
)
def test_the_list_is_narrowed(panel, posted, asked, found):
    assert outcomes(panel, **asked) == found
    page = panel.page("/streams/messages", **asked)
    assert (f"{len(found)} row" if found else "Nothing matches.") in page


def test_for_programs_everything_stands_there(panel, posted):
    message = panel.get("/streams/messages/list.json", id="u8").json["messages"][0]

    assert message["server"] == "edge-2"
    assert message["signature"] == "verified"
    assert (message["form"], message["players"], message["set_aside"]) == ("xml", 1, 0)
    assert message["body"].startswith("<ApiSyncRequest><ID>edge-2</ID>")
    assert message["reply"].startswith("<?xml")
    assert "<ID>u8</ID>" in message["reply"]
    assert message["body_cut"] is False
    assert panel.get(f"/streams/messages/{message['id']}.json").json == message


def test_a_message_is_shown_with_its_body_and_its_answer(panel, posted):
    page = panel.page(page_of(posted[0]))

    assert '"delta": -1' in page
    assert "bad_delta edge/live/_definst_/sport1" in page
    assert '{"DenyList":{"ID":["u7"]}}' in page
    assert "Puzzle p1" in page
    refused = panel.page(page_of(posted[3]))
    assert "The signature of the message is missing or wrong." in refused


def test_what_came_in_is_shown_and_never_run(panel, posted):
    page = panel.get(page_of(posted[-1])).get_data(as_text=True)

    assert "&lt;img src=x" in page
    assert "<img src=x" not in page
    assert "\\x07" in page
    assert "\x07" not in page


def test_tokens_are_on_no_page(panel, posted, capsys):
    pages = ["/streams/messages", "/streams/messages/list.json", "/streams/servers", *map(page_of, posted)]
    for path in pages:
        assert TOKEN not in panel.get(path).get_data(as_text=True)
    assert TOKEN not in "".join(capsys.readouterr())


def test_a_body_is_downloaded_byte_by_byte(panel, posted):
    answer = panel.get(f"{page_of(posted[-1])}/body")

    assert answer.data == NONSENSE
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="message-{posted[-1].id}.bin"'


def test_of_a_long_body_the_beginning_is_shown(panel, media, billing):
    media.post(sync_body("edge-1", [player("u7")], Extra="x" * 100_000))
    [record] = records(billing)

    page = panel.page(page_of(record))
    assert "Only the first 65,536 bytes are shown" in page
    assert len(page) < 80_000
    message = panel.get(f"{page_of(record)}.json").json
    assert message["body_cut"] is True
    [listed] = panel.get("/streams/messages/list.json").json["messages"]
    assert len(listed["body"]) == 8192
    assert listed["body_cut"] is True


def test_after_some_minutes_only_the_facts_are_left(panel, posted, clock, runtime, billing):
    from ppv_module.streams.syncs.forgetting import forget_old

    clock.advance(minutes=11)
    forget_old(billing, spool=runtime.stream_spool, now=clock())

    assert outcomes(panel) == []
    assert outcomes(panel, period="all") == EVERYTHING
    assert "It is kept no longer." in panel.page(page_of(posted[0]))
    assert panel.get(f"{page_of(posted[0])}/body").status_code == 404
    assert outcomes(panel, period="all", id="u7") == []
    assert panel.get(f"{page_of(posted[-1])}/body").data == NONSENSE


@pytest.fixture
def kept(media, streams, billing):
    """The record of a good message, 30 credits of anna's, that an earlier program could not read."""
    streams.tariff(Kind.MINUTE, "live/*", per_minute=60)
    streams.viewer("anna", credits=1000, name="p-anna")
    with patch.object(receiving.reading, "read", side_effect=Malformed("bad_json", 7)):
        media.post(sync_body("edge-1", [player("p-anna")]))
    [record] = records(billing)
    return record


def test_an_unreadable_message_is_read_again(panel, kept, billing, streams):
    assert "bad_json 7" in panel.page("/streams/quarantine")
    path = f"/streams/quarantine/{kept.id}/again"

    for _ in range(2):
        assert panel.done(path) == page_of(kept)

    assert streams.balance("anna") == 970
    assert records(billing)[0].outcome is Outcome.APPLIED
    assert "There are no unreadable messages." in panel.page("/streams/quarantine")
    assert f"PPV STREAM MESSAGE [{kept.id}] REPROCESS [applied]" in panel.page("/events")


def test_what_still_cannot_be_read_says_so(panel, posted):
    answer = panel.post(f"/streams/quarantine/{posted[-1].id}/again")

    assert answer.status_code == 303
    assert "The message still cannot be read (bad_json)." in panel.page(page_of(posted[-1]))


def test_an_unreadable_message_is_thrown_away(panel, kept, billing):
    path = f"/streams/quarantine/{kept.id}/drop"
    assert "cannot be read any more" in panel.page(path)

    panel.done(path)

    assert "There are no unreadable messages." in panel.page("/streams/quarantine")
    assert panel.post(f"/streams/quarantine/{kept.id}/again").status_code == 409


def test_what_does_not_exist_is_not_found(panel, posted):
    missing = posted[-1].id + 1
    for path in (
        f"/streams/messages/{missing}",
        f"/streams/messages/{missing}/body",
        f"/streams/messages/{missing}.json",
    ):
        assert panel.get(path).status_code == 404
    for path in ("again", "drop"):
        assert panel.post(f"/streams/quarantine/{missing}/{path}").status_code == 404
    assert panel.post(f"/streams/quarantine/{posted[0].id}/drop").status_code == 409


def test_the_pages_are_for_people_with_the_right(person, posted):
    other = person("OLLTV")
    for path in ("/streams/messages", "/streams/messages/list.json", f"{page_of(posted[0])}/body"):
        assert other.get(path).status_code == 403


def test_an_old_message_is_not_among_the_latest(panel, media, clock):
    media.post(sync_body("edge-1", []))
    clock.now += timedelta(minutes=10, seconds=1)
    media.post(sync_body("edge-1", []))

    assert len(outcomes(panel)) == 1
    assert json.loads(panel.get("/streams/messages/list.json", period="all").data)["next"] is None


def test_streams_that_began_and_ended_are_told(panel, media):
    assert "No media server has told of a stream yet." in panel.page("/streams/events")
    began = {"stream": "live/<b>one", "time": 1_762_765_200_000, "protocol": "rtmp", "type": "push"}
    ended = {"AppName": "live", "StreamName": "two", "time": "odd"}
    media.post(sync_body("edge-1", None, publish=[began], Unpublish=ended))

    page = panel.page("/streams/events")
    assert "edge-1 live/<b>one stream began rtmp push" in page
    assert "edge-1 live/two stream ended" in page
    assert "1 row" in panel.page("/streams/events", stream="live/two")
    assert "<b>one" not in panel.get("/streams/events").get_data(as_text=True)
    assert "/exports/stream_events.xlsx" in panel.get("/streams/events").get_data(as_text=True)
    columns = "server,stream,event,protocol"
    lines = panel.get("/exports/stream_events.csv", stream="live/two", columns=columns).get_data(as_text=True)
    assert lines.splitlines()[1:] == ["edge-1,live/two,stream ended,"]
