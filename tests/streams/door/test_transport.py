"""The address that media servers post to: which requests are let in, how long they may be, how they may be packed."""

import gzip
import io
import json
import zlib
from dataclasses import replace

import pytest

from remoteapi.app import create_streams
from suite.runtime import Runtime
from tests.streams.door.posting import PATH, MediaServer, alerts, error, records, state
from tests.streams.make import player, sync_body
from wsgi import open_doors

MIB = 1024 * 1024
SMALL = {"PPV_STREAM_MAX_BODY_MIB": "1"}


@pytest.fixture
def nothing(billing):
    """At the end nothing has been stored or changed."""
    before = state(billing)
    yield
    assert state(billing) == before
    assert alerts(billing) == []


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch", "options"])
def test_only_posting_is_possible(media, billing, nothing, method):
    answer = getattr(media.client, method)(PATH)

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    if method != "head":
        assert error(answer)["code"] == "method_not_allowed"
    assert records(billing) == []


def test_an_empty_body_is_refused(media, billing, nothing):
    answer = media.post(b"")

    assert answer.status_code == 400
    assert error(answer) == {"code": "malformed", "message": "The message cannot be read (empty).", "position": 0}
    assert records(billing) == []


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/json", "image/png", ""]
)
@pytest.mark.parametrize("form", ["json", "xml"])
def test_the_form_is_known_by_the_body_alone(media, billing, kind, form):
    body = sync_body("srv-1", [player("")], form=form)

    answer = media.post(body, content_type=kind)

    assert (answer.status_code, answer.mimetype) == (200, f"application/{form}")
    assert [(each.form, each.players) for each in records(billing)] == [(form, 1)]


@pytest.mark.parametrize("way", ["post", "zipped", "chunked"])
def test_a_body_may_come_in_pieces_or_packed(media, billing, way):
    body = sync_body("srv-1", [player("")])

    answer = getattr(media, way)(gzip.compress(body) if way == "zipped" else body)

    assert answer.status_code == 200
    assert [(each.size, each.players) for each in records(billing)] == [(len(body), 1)]


@pytest.mark.parametrize(
    "body",
    [
        b"not packed at all",
        gzip.compress(b'{"ID": "a"}')[:-3],
        gzip.compress(b'{"ID": "a"}') + b"more",
        gzip.compress(b'{"ID": "a"}') + gzip.compress(b"{}"),
        zlib.compress(b'{"ID": "a"}'),
        gzip.compress(b'{"ID": "a"}')[:10],
    ],
)
def test_what_cannot_be_unpacked_is_refused(media, nothing, billing, body):
    answer = media.zipped(body)

    assert answer.status_code == 400
    assert error(answer)["message"] == "The message cannot be read (bad_gzip)."
    assert records(billing) == []


def test_a_body_packed_in_another_way_is_refused(media, nothing):
    answer = media.post(b"x", headers={"Content-Encoding": "br"})

    assert (answer.status_code, error(answer)["code"]) == (415, "unknown_encoding")


class BreaksOff(io.RawIOBase):
    """A body that ends before its end, as a web server tells it."""

    def __init__(self, error: Exception) -> None:
        self.parts = iter([b'{"ID": "srv-1",'])
        self.error = error

    def read(self, _size: int = -1) -> bytes:
        if part := next(self.parts, b""):
            return part
        raise self.error


@pytest.mark.parametrize("error_of_server", [OSError("reset"), ValueError("bad chunk"), EOFError()])
def test_a_body_that_breaks_off_is_refused(media, billing, nothing, error_of_server):
    environ = {"wsgi.input": BreaksOff(error_of_server), "wsgi.input_terminated": True, "CONTENT_LENGTH": "40"}
    answer = media.client.post(PATH, environ_overrides=environ)

    assert answer.status_code == 400
    assert error(answer)["message"] == "The message cannot be read (cut_off)."
    assert records(billing) == []


def test_a_body_that_is_shorter_than_it_said_is_refused(media, billing, nothing):
    environ = {"wsgi.input": io.BytesIO(sync_body("srv-1", [])), "CONTENT_LENGTH": "1000"}
    answer = media.client.post(PATH, environ_overrides=environ)

    assert answer.status_code == 400
    assert error(answer)["message"] == "The message cannot be read (cut_off)."


@pytest.mark.parametrize("ini", [SMALL])
class TestTooLong:
    def test_a_length_above_the_limit_is_refused_unread(self, media, billing, nothing):
        answer = media.unread(MIB + 1)

        assert answer.status_code == 413
        assert error(answer)["message"] == "The message is longer than 1048576 bytes."
        assert [(each.reason, each.raw, each.size) for each in records(billing)] == [("too_large", "", MIB + 1)]

    def test_a_body_without_a_length_is_read_no_further(self, media, nothing):
        body = io.BytesIO(b"x" * 8 * MIB)
        environ = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
        answer = media.client.post(PATH, input_stream=body, environ_overrides=environ)

        assert (answer.status_code, error(answer)["code"]) == (413, "too_large")
        assert body.tell() <= 2 * MIB

    def test_the_limit_counts_unpacked(self, media, nothing):
        assert media.zipped(gzip.compress(b" " * (MIB + 1))).status_code == 413
        body = sync_body("srv-1", [])
        assert media.zipped(gzip.compress(body + b" " * (MIB - len(body)))).status_code == 200

    def test_just_as_long_as_the_limit_is_let_in(self, media):
        body = sync_body("srv-1", [])

        assert media.post(body + b" " * (MIB - len(body))).status_code == 200

    def test_a_caller_leaves_one_record_a_minute(self, media, billing, clock, nothing):
        for _ in range(5):
            assert media.post(b"x" * (MIB + 1)).status_code == 413
        assert len(records(billing)) == 1
        clock.advance(seconds=61)
        media.post(b"x" * (MIB + 1))
        assert len(records(billing)) == 2


@pytest.mark.parametrize("ini", [{"PPV_ENABLED": "0"}])
def test_without_pay_per_view_nobody_is_listened_to(media, billing, nothing):
    answer = media.post(sync_body("srv-1", [player("")]))

    assert (answer.status_code, error(answer)["code"]) == (503, "ppv_disabled")
    assert "Retry-After" in answer.headers
    assert records(billing) == []


@pytest.mark.parametrize("ini", [{"PPV_STREAM_PATH": "/ppv/elsewhere"}])
def test_the_path_is_an_option(runtime, media, billing):
    server = MediaServer(create_streams(runtime).test_client())

    assert server.client.post(PATH, data=b"{}").status_code == 400
    assert server.client.post("/ppv/elsewhere", data=sync_body("srv-1", [])).status_code == 200
    assert len(records(billing)) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_door_stands_among_the_others(runtime, billing):
    from werkzeug.test import Client

    doors = Client(open_doors(runtime))

    assert doors.get(PATH).status_code == 405
    answer = doors.post(PATH, data=sync_body("srv-1", []))
    assert json.loads(answer.data) == {"DenyList": {"ID": []}}
    assert answer.headers["X-Request-ID"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_clock_is_the_one_that_is_given(runtime, clock, billing):
    clock.advance(days=400)
    other = Runtime(replace(runtime.settings), clock)
    MediaServer(create_streams(other).test_client()).post(sync_body("srv-1", []))

    assert records(billing)[0].received_at == clock()
    other.billing.engine.dispose()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_bodies_lie_where_only_the_owner_may_look(media, runtime):
    media.post(sync_body("srv-1", []))

    folder = runtime.stream_spool.directory
    assert folder.stat().st_mode & 0o777 == 0o700
    files = list(folder.iterdir())
    assert len(files) == 2
    assert {each.stat().st_mode & 0o777 for each in files} == {0o600}


@pytest.mark.parametrize("name", ["", "..", "../x", "/etc/passwd", "20261110T090000-zz", "x\0"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_name_that_is_none_of_ours_is_no_file(runtime, name):
    for step in (runtime.stream_spool.read, runtime.stream_spool.drop, runtime.stream_spool.size):
        with pytest.raises(ValueError, match="no name"):
            step(name)
