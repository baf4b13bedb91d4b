"""The chat's REST: seven calls, read tolerantly, tried again where that can help, and silent about the token."""

import json
import ssl
import subprocess
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
import responses

from ppv_module.chat.models import Status, Tenant
from ppv_module.provider.base import ChatError, ChatRefused, ChatUnreachable
from ppv_module.provider.html5chat import rest as rest_module
from ppv_module.provider.html5chat.answers import ChatUser
from ppv_module.provider.html5chat.rest import Rest
from tests.conftest import missing

HOST, TOKEN = "https://rest.example:2083", "t0ken-of/the?console"
QUOTED = "t0ken-of%2Fthe%3Fconsole"
TENANT = Tenant(id=1, webmaster_id=77, rest_url=HOST, rest_token=TOKEN)


class Watch:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.now, self.naps = 1000.0, []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.naps.append(seconds)
        self.now += seconds


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def rest(watch):
    return Rest(monotonic=watch, sleep=watch.sleep)


@pytest.fixture
def desk():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def says(desk, path, *answers, status=200):
    for answer in answers:
        body = answer if isinstance(answer, str | Exception) else json.dumps(answer)
        desk.add("GET", f"{HOST}/{path}", body=body, status=status)


PERFORMERS = f"getPerformers/77/{QUOTED}"

CALLS = [
    ("number_users", (), f"getNumberUsers/77/{QUOTED}", 3, 3),
    ("users", (), f"getUsers/77/{QUOTED}", [{"id": 7}], (ChatUser(id=7, username=""),)),
    ("performers", (), PERFORMERS, [{"id": "3"}], (ChatUser(id=3, username=""),)),
    ("online_performers", (), f"getOnlinePerformers/77/{QUOTED}", [], ()),
    ("user_status", (7,), "getUserStatus/77/7", "busy", Status.BUSY),
    ("users_in_room", (770003,), f"getUsersInRoom/77/770003/{QUOTED}", [{"id": 7}], (ChatUser(id=7, username=""),)),
    ("number_users_in_room", (770003,), f"getNumberUsersInRoom/77/770003/{QUOTED}", 2, 2),
]


@pytest.mark.parametrize(("name", "arguments", "path", "answer", "found"), CALLS)
def test_each_call_asks_as_the_guide_says(desk, rest, name, arguments, path, answer, found):
    says(desk, path, answer)

    assert getattr(rest, name)(TENANT, *arguments) == found

    (call,) = desk.calls
    assert call.request.url == f"{HOST}/{path}" and call.request.body is None


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ([], []),
        ({}, []),
        ([{"id": 7, "username": "ann", "role": "performer", "status": "busy"}], [(7, "ann", "performer", "busy")]),
        ([{"id": "7", "username": 42}], [(7, "42", "", None)]),
        ([{"username": "ann", "status": "away", "credits": [1]}], [(None, "ann", "", None)]),
        ({"7": {"username": "ann"}, "8": {"id": 9}}, [(7, "ann", "", None), (9, "", "", None)]),
        ({"ann": {"status": "ONLINE"}}, [(None, "", "", "online")]),
        ({"7": "ann"}, [(7, "ann", "", None)]),
        ([7, "8", "ann"], [(7, "", "", None), (8, "8", "", None), (None, "ann", "", None)]),
        ([{"id": True, "username": None}], [(None, "", "", None)]),
    ],
)
def test_people_are_read_from_any_likely_form(desk, rest, answer, found):
    says(desk, PERFORMERS, answer)

    assert [(each.id, each.username, each.role, each.status) for each in rest.performers(TENANT)] == found


@pytest.mark.parametrize(
    ("answer", "found"), [("3", 3), (" 3\n", 3), ('"3"', 3), ("[1,2]", 2), ('{"count":5}', 5), ('{"7":{},"8":{}}', 2)]
)
def test_numbers_are_read_from_any_likely_form(desk, rest, answer, found):
    says(desk, f"getNumberUsers/77/{QUOTED}", answer)

    assert rest.number_users(TENANT) == found


@pytest.mark.parametrize(
    ("answer", "found"), [("online", "online"), (' "BUSY" ', "busy"), ('{"status":"offline"}', "offline")]
)
def test_a_status_is_read_from_any_likely_form(desk, rest, answer, found):
    says(desk, "getUserStatus/77/7", answer)

    assert rest.user_status(TENANT, 7) == found


@pytest.mark.parametrize(
    "answer", ["", "ko", " KO ", '"ko"', "<html>error</html>", "3.5", "-1", "null", "true", "[" * 100_000]
)
def test_anything_else_is_a_refusal(desk, rest, answer):
    for path in (PERFORMERS, f"getNumberUsers/77/{QUOTED}", "getUserStatus/77/7", f"getUserStatus/77/7/{QUOTED}"):
        says(desk, path, answer)

    for ask in (
        lambda: rest.performers(TENANT),
        lambda: rest.number_users(TENANT),
        lambda: rest.user_status(TENANT, 7),
    ):
        with pytest.raises(ChatRefused) as refusal:
            ask()
        assert len(str(refusal.value)) < 300 and TOKEN not in str(refusal.value)


def test_a_status_is_asked_with_the_token_only_where_that_is_demanded(desk, rest):
    says(desk, "getUserStatus/77/7", "ko")
    says(desk, f"getUserStatus/77/7/{QUOTED}", "online")

    assert rest.user_status(TENANT, 7) is Status.ONLINE
    assert [QUOTED in call.request.url for call in desk.calls] == [False, True]


@pytest.mark.parametrize(
    "trouble", [requests.ConnectionError("x"), requests.Timeout("x"), requests.exceptions.SSLError("x")]
)
def test_a_network_error_is_tried_twice_more_with_growing_pauses(desk, rest, watch, trouble):
    says(desk, PERFORMERS, trouble)

    with pytest.raises(ChatUnreachable):
        rest.performers(TENANT)

    assert len(desk.calls) == 3 and watch.naps == [0.2, 0.4]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_is_tried_again_and_may_pass(desk, rest, status):
    says(desk, PERFORMERS, "down", status=status)
    says(desk, PERFORMERS, [{"id": 3}])

    assert [each.id for each in rest.performers(TENANT)] == [3]
    assert len(desk.calls) == 2


@pytest.mark.parametrize("status", [301, 302, 400, 401, 403, 404, 429])
def test_a_refusal_is_never_tried_again_and_leads_nowhere_else(desk, rest, watch, status):
    desk.add("GET", f"{HOST}/{PERFORMERS}", status=status, headers={"Location": "https://evil.example/"})

    with pytest.raises(ChatRefused):
        rest.performers(TENANT)

    assert len(desk.calls) == 1 and watch.naps == []


def test_an_answer_is_given_again_for_ten_seconds(desk, rest, watch):
    says(desk, PERFORMERS, [{"id": 3}], [{"id": 4}])

    assert [rest.performers(TENANT)[0].id for _ in range(3)] == [3, 3, 3]
    watch.now += 9.9
    assert rest.performers(TENANT)[0].id == 3
    watch.now += 0.1
    assert rest.performers(TENANT)[0].id == 4
    assert len(desk.calls) == 2


def test_the_poll_is_never_given_an_old_answer(desk, rest):
    says(desk, f"getOnlinePerformers/77/{QUOTED}", [{"id": 3}], [{"id": 4}])

    assert [rest.online_performers(TENANT, cache_s=0)[0].id for _ in range(2)] == [3, 4]


def test_answers_of_two_tenants_are_kept_apart(desk, rest):
    other = Tenant(id=2, webmaster_id=78, rest_url=HOST, rest_token=TOKEN)
    says(desk, PERFORMERS, [{"id": 3}])
    says(desk, f"getPerformers/78/{QUOTED}", [{"id": 4}])

    assert rest.performers(TENANT)[0].id == 3
    assert rest.performers(other)[0].id == 4


def test_errors_are_not_kept(desk, rest):
    says(desk, PERFORMERS, "ko", [{"id": 3}])

    with pytest.raises(ChatRefused):
        rest.performers(TENANT)
    assert rest.performers(TENANT)[0].id == 3


@pytest.mark.parametrize(
    "trouble", [requests.ConnectionError(f"{HOST}/{PERFORMERS}"), requests.Timeout(f"{HOST}/{PERFORMERS}")]
)
def test_the_token_is_in_no_error_and_no_log(desk, rest, caplog, capfd, trouble):
    caplog.set_level(0)
    says(desk, PERFORMERS, trouble)

    with pytest.raises(ChatError) as refusal:
        rest.performers(TENANT)

    told = (
        "".join(traceback.format_exception(refusal.value))
        + refusal.value.reason
        + caplog.text
        + "".join(capfd.readouterr())
    )
    assert TOKEN not in told and QUOTED not in told and "rest.example" not in told


class Handler(BaseHTTPRequestHandler):
    """Answers as the test wants: `work` writes to the connection."""

    work = None

    def do_GET(self):
        type(self).work(self)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    running = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Handler,), {}))
    running.daemon_threads = True
    thread = threading.Thread(target=running.serve_forever, args=(0.05,))
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


def at(server, scheme="http"):
    return Tenant(
        id=1, webmaster_id=77, rest_url=f"{scheme}://127.0.0.1:{server.server_port}", rest_token="secret-token"
    )


def test_who_answers_too_late_is_not_waited_for(server, monkeypatch):
    monkeypatch.setattr(rest_module, "TIMEOUT_S", 0.2)
    server.RequestHandlerClass.work = lambda self: time.sleep(0.6)

    started = time.monotonic()
    with pytest.raises(ChatUnreachable) as refusal:
        Rest(sleep=lambda _: None).performers(at(server))

    assert time.monotonic() - started < 2.5
    assert "secret-token" not in str(refusal.value)


def test_who_drips_an_answer_is_not_waited_for_either(server, monkeypatch):
    monkeypatch.setattr(rest_module, "TIMEOUT_S", 0.3)
    monkeypatch.setattr(rest_module, "CHUNK", 1)

    def drip(self):
        self.send_response(200)
        self.end_headers()
        for _ in range(40):
            try:
                self.wfile.write(b" ")
                time.sleep(0.05)
            except OSError:
                return

    server.RequestHandlerClass.work = drip

    with pytest.raises(ChatUnreachable):
        Rest(sleep=lambda _: None).performers(at(server))


def test_an_endless_answer_is_not_read_to_its_end(server, monkeypatch):
    monkeypatch.setattr(rest_module, "MOST_BYTES", 10_000)

    def flood(self):
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(1000):
                self.wfile.write(b" " * 10_000)
        except OSError:
            return

    server.RequestHandlerClass.work = flood

    with pytest.raises(ChatRefused):
        Rest(sleep=lambda _: None).performers(at(server))


def test_a_certificate_that_nobody_vouches_for_is_refused(server, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    wanted = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, *wanted]
    try:
        subprocess.run(made, check=True, capture_output=True)
    except FileNotFoundError:
        missing("openssl", "apt-get install openssl")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)

    with pytest.raises(ChatUnreachable) as refusal:
        Rest(sleep=lambda _: None).performers(at(server, "https"))

    assert refusal.value.facts["reason"] == "SSLError"
