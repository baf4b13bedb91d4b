"""The cron wrapper: real sh, real curl, a small HTTP server that keeps what it was asked."""

import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from suite.settings import PROJECT

KEY = "UB0123456789abcdef0123456789abcdef"


@dataclass
class Billing:
    """Answers every call alike; `hold` keeps callers waiting."""

    url: str = ""
    status: int = 200
    body: str = "OK:2026-11 charged 3"
    asked: list[str] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def billing() -> Iterator[Billing]:
    known = Billing()
    known.go_on.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            known.asked.append(self.path)
            known.arrived.set()
            known.go_on.wait(10)
            self.send_response(known.status)
            self.end_headers()
            self.wfile.write(known.body.encode())

        def log_message(self, *_):
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    known.url = f"http://127.0.0.1:{server.server_port}/billing/"
    yield known
    known.go_on.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "ubserial"
    path.write_text(f"{KEY}\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def ubapi(billing, key_file):
    def start(*arguments: str, **env: str) -> "subprocess.Popen[str]":
        known = {"PATH": "/usr/bin:/bin:/usr/local/bin", "UBAPI_URL": billing.url, "UBAPI_KEY_FILE": str(key_file)}
        command = [str(PROJECT / "cron" / "ubapi"), *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=known | env, stdout=pipe, stderr=pipe, text=True)

    return start


def outcome(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=20)
    return process.returncode, out, err


def test_the_answer_is_printed_and_the_key_is_passed(ubapi, billing):
    assert outcome(ubapi("olltvchargefee")) == (0, "OK:2026-11 charged 3\n", "")
    assert billing.asked == [f"/billing/?module=remoteapi&key={KEY}&action=olltvchargefee"]


def test_the_one_argument_may_hold_parameters(ubapi, billing):
    assert outcome(ubapi("olltvui&subdata=ivan%20p&x=1"))[0] == 0
    assert billing.asked[0].endswith("&action=olltvui&subdata=ivan%20p&x=1")


@pytest.mark.parametrize("body", ["ERROR:GET_WRONG_KEY", "10% charged 1\nERROR:BROKEN_OFF the database failed\n"])
def test_an_error_in_the_body_fails(ubapi, billing, body):
    billing.body = body
    status, out, _ = outcome(ubapi("olltvchargefee"))
    assert (status, out.strip()) == (1, body.strip())


def test_the_word_error_inside_a_line_is_no_error(ubapi, billing):
    billing.body = '{"error":"Wrong tariff ERROR"}'
    assert outcome(ubapi("olltvui&subserv=1&sublogin=ivan"))[0] == 0


def test_a_failing_server_fails(ubapi, billing):
    billing.status = 500
    status, _, err = outcome(ubapi("olltvchargefee"))
    assert status == 1
    assert "500" in err


def test_nobody_there_fails(ubapi):
    status, _, err = outcome(ubapi("olltvchargefee", UBAPI_URL="http://127.0.0.1:9/"))
    assert status == 1
    assert KEY not in err


def test_an_endless_answer_fails_in_time(ubapi, billing):
    billing.go_on.clear()
    assert outcome(ubapi("olltvchargefee", UBAPI_TIMEOUT="1"))[0] == 1


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_not_used(ubapi, billing, key_file, mode):
    key_file.chmod(mode)
    status, out, err = outcome(ubapi("olltvchargefee"))
    assert (status, out, billing.asked) == (2, "", [])
    assert f"chmod 0600 {key_file}" in err


def test_a_missing_key_file_is_named(ubapi, billing, key_file):
    key_file.unlink()
    status, _, err = outcome(ubapi("olltvchargefee"))
    assert (status, billing.asked) == (2, [])
    assert str(key_file) in err


def test_a_damaged_key_is_not_sent(ubapi, billing, key_file):
    key_file.write_text('UB" \\ \n')
    assert outcome(ubapi("olltvchargefee"))[0] == 2
    assert billing.asked == []


WRONG = [(), ("",), ("olltvchargefee", "x"), ('a"b',), ("a b",), ("a\nurl=b",), ("a\\b",)]


@pytest.mark.parametrize("arguments", WRONG)
def test_anything_but_one_harmless_argument_is_refused(ubapi, billing, arguments):
    status, _, err = outcome(ubapi(*arguments))
    assert (status, billing.asked) == (2, [])
    assert err.startswith("ubapi: ")


def test_ps_never_shows_the_key(ubapi, billing):
    billing.go_on.clear()
    process = ubapi("olltvchargefee")
    assert billing.arrived.wait(10)
    shown = subprocess.run(["ps", "-A", "-ww", "-o", "args"], capture_output=True, text=True, check=True).stdout
    billing.go_on.set()
    assert "curl" in shown
    assert KEY not in shown
    assert outcome(process)[0] == 0
