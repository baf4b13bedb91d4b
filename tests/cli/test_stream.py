"""`olltv stream`: JSON out, no server, no database, no settings."""

import json

import pytest

from tests.streams.documents import as_json, as_xml, document, player
from tests.streams.test_links import FIRST, KEY

AT = "2024-03-07T04:05:09Z"


@pytest.mark.parametrize("form", [as_json, as_xml])
def test_a_sync_is_listed(olltv, tmp_path, form):
    (tmp_path / "body").write_bytes(form(document(player(), {"delta": 5})))
    said = olltv("stream", "parse", str(tmp_path / "body"))
    assert (said.status, said.json["id"], said.json["puzzle"]) == (0, "srv-1", "p-1")
    [seen] = said.json["players"]
    place = {
        "vhost": "edge1.tv.example",
        "application": "live",
        "instance": "_definst_",
        "stream": "movies/smil:a.smil",
    }
    assert seen == {**place, **player()}
    assert [each["reason"] for each in said.json["set_aside"]] == ["no_id"]


def test_standard_input_is_read_too(olltv):
    assert olltv("stream", "parse", "-", stdin=as_json(document(player())).decode()).json["players"][0]["id"] == "u1042"


def test_what_cannot_be_read_is_told_as_json(olltv):
    said = olltv("stream", "parse", "-", stdin='{"ID": ')
    assert said.status == 1
    assert said.json["error"] == {"code": "bad_json", "message": said.json["error"]["message"], "position": 7}


def test_messages_are_verified_and_solved(olltv):
    server, puzzle, token = (
        "0b6f2f5e-1c7d-4f0a-9a52-6f6d2f3c8e11",
        "7d0c2b1e-55aa-4c3e-8f10-2a9b7e6d4c33",
        "tok-Persimmon-2024",
    )
    facts = ["--id", server, "--puzzle", puzzle, "--token", token, "--signature"]
    assert olltv("stream", "verify", *facts, "9xI7MZqTrneLBIYDbGThxA==").json == {"valid": True}
    assert olltv("stream", "verify", *facts, "AxI7MZqTrneLBIYDbGThxA==").json == {"valid": False}
    solved = olltv("stream", "solve", "--puzzle", puzzle, "--token", token)
    assert solved.json == {"solution": "8aXDD4/rZwsHMFvES6xS5Q=="}


def test_answers_are_printed(olltv):
    said = olltv("stream", "reply", "--format", "json", "--deny", "u9", "--deny", "u7", "--solution", "s")
    assert json.loads(said.out) == {"DenyList": {"ID": ["u7", "u9"]}, "Solution": "s"}
    assert (
        "<Solution>s</Solution><DenyList></DenyList>"
        in olltv("stream", "reply", "--format", "xml", "--solution", "s").out
    )


def test_links_are_signed_and_checked(olltv):
    terms = ["--key", KEY, "--minutes", "90", "--at", AT, "--viewer", "u1042"]
    url = olltv("stream", "sign", "rtsp://h:1935/live/cam1", *terms).json["url"]
    assert url == f"rtsp://h:1935/live?wmsAuthSign={FIRST}/cam1"
    assert olltv("stream", "check", url, "--key", KEY, "--at", AT).json == {"valid": True, "reason": None}
    late = olltv("stream", "check", url, "--key", KEY, "--at", "2024-03-07T05:36:10")
    assert late.json == {"valid": False, "reason": "expired"}


def test_wrong_words_are_refused(olltv):
    assert olltv("stream", "sign", "ftp://x", "--key", "k", "--minutes", "5", "--at", AT, "--viewer", "u").status == 1
    assert olltv("stream", "check", "http://h/a", "--key", "k", "--at", "now").status == 2


def test_neither_settings_nor_database_are_wanted(olltv):
    (olltv.directory / "alter.ini").write_text("DATABASE_URL=nonsense\nOLLTV_DEBUG=9\n")
    assert olltv("stream", "solve", "--puzzle", "p", "--token", "t").status == 0
    assert olltv("stream", "parse", "-", stdin="").status == 1
