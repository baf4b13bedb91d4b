"""Logs: one line an event, and no secret in it."""

import io
import json
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
import structlog

from weblib.logs import SharedRotatingFile, configure_logs


@pytest.fixture
def logged(tmp_path):
    """Set up logs as a process does, and hand back what was written."""
    stream = io.StringIO()

    def configure(**choices):
        configure_logs(process="panel", stream=stream, **choices)
        return stream

    levels = {name: logging.getLogger(name).level for name in ("", "werkzeug")}
    yield configure
    for handler in logging.getLogger().handlers[:]:
        logging.getLogger().removeHandler(handler)
        handler.close()
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    structlog.reset_defaults()


def test_an_event_is_one_line_that_a_person_can_grep(logged):
    stream = logged()
    structlog.get_logger("x").info("fee run done", period="2026-11", charged=5, note='two\nlines "x"')
    line = stream.getvalue()
    assert line.count("\n") == 1
    assert ' level=info process=panel event="fee run done" period=2026-11 charged=5 ' in line
    assert 'note="two\\nlines \\"x\\""' in line


def test_the_other_style_is_json(logged):
    stream = logged(style="json")
    structlog.get_logger("x").warning("тариф", tariff=7, ok=True)
    event = json.loads(stream.getvalue())
    assert (event["event"], event["level"], event["tariff"], event["ok"]) == ("тариф", "warning", 7, True)


@pytest.mark.parametrize(
    "facts",
    [
        {"password": "hunter2"},
        {"upassword": "hunter2"},
        {"api_key": "hunter2"},
        {"Authorization": "Bearer hunter2hunter2"},
        {"set-cookie": "hunter2"},
        {"deep": {"list": [{"token": "hunter2"}]}},
        {"url": "http://h/?module=remoteapi&key=hunter2&action=x"},
        {"url": "https://h/?uberpassword=hunter2"},
        {"url": "mysql+pymysql://olltv:hunter2@host/db"},
        {"header": "Bearer hunter2.hunter2"},
        {"error": ValueError("{'hash': 'hunter2', 'account': 1}")},
        {"line": "Authorization: Bearer hunter2hunter2"},
        {"line": "Cookie: session=hunter2"},
    ],
)
def test_secrets_are_masked_wherever_they_stand(logged, facts):
    stream = logged()
    structlog.get_logger("x").info("call", **facts)
    assert "hunter2" not in stream.getvalue()
    assert "***" in stream.getvalue()


def test_what_surrounds_a_secret_stays_readable(logged):
    stream = logged()
    structlog.get_logger("x").info("GET /?key=hunter2&action=olltvui", sub_id="Basic tariff", left=0, nothing=None)
    assert "key=***&action=olltvui" in stream.getvalue()
    assert 'sub_id="Basic tariff" left=0' in stream.getvalue()


@pytest.mark.parametrize("name", ["werkzeug", "gunicorn.access", "sqlalchemy.engine"])
def test_lines_of_other_libraries_go_the_same_way(logged, name):
    library = logging.getLogger(name)
    library.addHandler(own := logging.StreamHandler(io.StringIO()))
    stream = logged()
    library.warning('"GET %s HTTP/1.1" 200', "/?key=hunter2")
    library.removeHandler(own)
    line = stream.getvalue()
    assert "level=warning process=panel" in line
    assert "/?key=***" in line
    assert "hunter2" not in line


def test_a_traceback_is_kept_in_the_line_and_masked(logged):
    stream = logged()
    try:
        raise ValueError("password=hunter2")
    except ValueError:
        logging.getLogger("x").exception("failed")
        structlog.get_logger("x").exception("failed")
    assert stream.getvalue().count("\n") == 2
    assert stream.getvalue().count("ValueError: password=***") == 2


def test_a_caller_cannot_forge_a_line_or_paint_the_terminal(logged):
    stream = logged()
    structlog.get_logger("x").info("request", path="/a\r\nlevel=error\x1b[2J\u2028event=forged")
    text = stream.getvalue()
    assert text.count("\n") == 1
    assert not set("\r\x1b\u2028") & set(text)


def test_lines_below_the_level_are_left_out(logged):
    stream = logged(level="WARNING")
    structlog.get_logger("x").info("quiet")
    logging.getLogger("x").info("quiet")
    structlog.get_logger("x").error("loud")
    assert "quiet" not in stream.getvalue()
    assert "loud" in stream.getvalue()


def test_a_second_set_up_replaces_the_first(logged, tmp_path):
    logged(directory=tmp_path)
    stream = logged(directory=tmp_path)
    structlog.get_logger("x").info("once")
    assert stream.getvalue().count("once") == 1
    assert (tmp_path / "panel.log").read_text().count("once") == 1


def test_the_servers_own_handlers_which_mask_nothing_are_taken_away(logged):
    library = logging.getLogger("gunicorn.access")
    library.addHandler(logging.StreamHandler(own := io.StringIO()))
    stream = logged()
    library.warning("GET /?key=hunter2")
    assert own.getvalue() == ""
    assert "key=***" in stream.getvalue()


@pytest.fixture
def shared_file(tmp_path):
    """Three writers of one file, as three worker processes have it, and a way to read what all of them wrote."""
    writers = [SharedRotatingFile(tmp_path / "web.log", max_bytes=1_000, kept=50) for _ in range(3)]

    def written():
        files = [file for file in tmp_path.iterdir() if file.suffix != ".lock"]
        return {file.name: file.read_text().splitlines() for file in files}

    yield writers, written
    for writer in writers:
        writer.close()


def line(text):
    return logging.LogRecord("x", logging.INFO, "", 0, text, (), None)


def test_when_one_writer_rotates_the_others_go_on_in_the_new_file(shared_file):
    (first, second, _), written = shared_file
    second.handle(line("early"))
    first.handle(line("long " * 190))
    first.handle(line("rotates " * 10))
    second.handle(line("late"))
    assert written()["web.log"] == ["rotates " * 10, "late"]


def test_a_full_file_is_rotated_once_even_when_two_writers_want_to(shared_file):
    (first, second, _), written = shared_file
    first.handle(line("old"))
    first.doRollover()
    second.doRollover()
    assert written() == {"web.log": [], "web.log.1": ["old"]}


def test_writers_at_the_same_time_lose_no_line(shared_file):
    writers, written = shared_file

    def write(number):
        for count in range(200):
            writers[number].handle(line(f"writer {number} line {count:03d}"))

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(write, range(3)))

    lines = [text for texts in written().values() for text in texts]
    assert sorted(lines) == sorted(f"writer {number} line {count:03d}" for number in range(3) for count in range(200))
