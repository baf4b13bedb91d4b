"""Login, hash, time limits, threads, and calls that get no answer."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
import structlog

from billing.errors import Misconfigured, PartnerUnreachable
from olltv_module.partner import Partner, PartnerRejectsUs
from olltv_module.partner.transport import SharedHash

ON = {"status": 0, "data": 1}
EXPIRED = {"status": 109, "message": "Hash is expired", "id": 109}
SECRETS = ("operator-secret", "hash-of-the-session")


def check(partner) -> bool:
    return partner.check_bundle(account="ivan", bundle="START")


def methods(desk) -> list[str]:
    return [call.request.url.rsplit("/", 1)[1] for call in desk.mock.calls]


def test_the_first_call_signs_in_and_the_next_ones_use_its_hash(desk, partner):
    desk.says("checkBundle", ON)

    assert check(partner) and check(partner)

    assert methods(desk) == ["auth2", "checkBundle", "checkBundle"]
    assert desk.asked("auth2") == [{"login": "isp-one", "password": "operator-secret"}]
    assert "hash=hash-of-the-session" in desk.mock.calls[2].request.body


def test_an_expired_hash_is_renewed_and_the_call_repeated_with_the_new_one(desk, partner):
    desk.says("checkBundle", EXPIRED, ON)
    desk.says("auth2", {"status": 0, "hash": "second-hash"})

    assert check(partner)

    assert methods(desk) == ["auth2", "checkBundle", "auth2", "checkBundle"]
    assert "hash=second-hash" in desk.mock.calls[3].request.body


def test_a_hash_that_is_never_accepted_is_renewed_only_once(desk, partner):
    desk.says("checkBundle", EXPIRED)

    with pytest.raises(PartnerRejectsUs):
        check(partner)

    assert methods(desk) == ["auth2", "checkBundle", "auth2", "checkBundle"]


@pytest.mark.parametrize("status", [111, "112", 113])
def test_a_wrong_login_is_the_operators_matter_and_tried_anew_by_the_next_call(desk, partner, status):
    desk.mock.replace("POST", "https://partner.test/ispAPI/auth2", json={"status": status, "message": "Wrong"})
    with pytest.raises(PartnerRejectsUs) as caught:
        check(partner)
    assert caught.value.facts["call"] == "auth2" and caught.value.facts["status"] == int(status)

    desk.mock.replace("POST", "https://partner.test/ispAPI/auth2", json={"status": 0, "hash": "h"})
    desk.says("checkBundle", ON)
    assert check(partner)


def test_a_login_answered_without_a_hash_is_no_answer(desk, partner):
    desk.mock.replace("POST", "https://partner.test/ispAPI/auth2", json={"status": 0})

    with pytest.raises(PartnerUnreachable):
        check(partner)


@pytest.mark.parametrize(
    "failure",
    [
        requests.ConnectTimeout("operator-secret"),
        requests.ReadTimeout("hash-of-the-session"),
        requests.ConnectionError("Connection aborted"),
        requests.exceptions.SSLError("certificate verify failed"),
        requests.exceptions.ChunkedEncodingError("cut"),
        requests.exceptions.ContentDecodingError("gzip"),
    ],
)
def test_a_call_without_an_answer_is_sent_once_and_its_outcome_is_unknown(desk, partner, failure):
    desk.says("checkBundle", failure)

    with pytest.raises(PartnerUnreachable) as caught:
        check(partner)

    assert caught.value.facts == {"call": "checkBundle", "reason": type(failure).__name__}
    assert caught.value.__suppress_context__ and caught.value.__cause__ is None
    assert methods(desk) == ["auth2", "checkBundle"]


@pytest.mark.parametrize("http_status", [429, 500, 503])
def test_a_failing_server_is_asked_once(desk, partner, http_status):
    desk.says("checkBundle", ON, http_status=http_status)

    with pytest.raises(PartnerUnreachable):
        check(partner)

    assert methods(desk) == ["auth2", "checkBundle"]


def test_a_redirect_never_carries_our_hash_elsewhere(desk, partner):
    desk.mock.post(
        "https://partner.test/ispAPI/checkBundle", status=307, headers={"Location": "https://thief.test/ispAPI/"}
    )
    desk.mock.post("https://thief.test/ispAPI/", json=ON)

    with pytest.raises(PartnerUnreachable, match="HTTP 307"):
        check(partner)

    assert methods(desk) == ["auth2", "checkBundle"]


def test_time_limits_and_certificates_hold_on_every_call(desk):
    partner = Partner(
        base_url="https://partner.test/ispAPI", login="a", password="b", connect_timeout_s=1.5, read_timeout_s=4
    )
    desk.says("checkBundle", ON)

    check(partner)

    for call in desk.mock.calls:
        assert call.request.req_kwargs["timeout"] == (1.5, 4)
        assert call.request.req_kwargs.get("verify", True) is True


def test_the_request_id_crosses_to_the_partner_unless_it_is_no_header(desk, partner):
    desk.says("checkBundle", ON)

    with structlog.contextvars.bound_contextvars(request_id="req-1"):
        check(partner)
    with structlog.contextvars.bound_contextvars(request_id="req\r\nHost: thief"):
        check(partner)

    ids = [call.request.headers.get("X-Request-ID") for call in desk.mock.calls]
    assert ids == ["req-1", "req-1", None]


def test_twenty_threads_sign_in_once(desk, partner):
    desk.says("checkBundle", ON)
    together = threading.Barrier(20)

    def one(_: int) -> bool:
        together.wait()
        return check(partner)

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(one, range(20)))

    assert methods(desk).count("auth2") == 1
    assert methods(desk).count("checkBundle") == 20


def test_twenty_threads_renew_an_expired_hash_once(desk, partner):
    desk.mock.replace("POST", "https://partner.test/ispAPI/auth2", json={"status": 0, "hash": "old"})
    desk.says("auth2", {"status": 0, "hash": "new"})
    together = threading.Barrier(20)

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        if "hash=old" not in request.body:
            return 200, {}, '{"status": 0, "data": 1}'
        together.wait(5)  # all twenty learn of it at the same time
        return 200, {}, '{"status": 109}'

    desk.mock.add_callback("POST", "https://partner.test/ispAPI/checkBundle", answer)

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(lambda _: check(partner), range(20)))

    assert methods(desk).count("auth2") == 2
    assert methods(desk).count("checkBundle") == 40


def test_threads_that_waited_for_a_failed_login_share_the_failure():
    entered, finish, asked = threading.Event(), threading.Event(), []

    def authenticate() -> str:
        asked.append(1)
        entered.set()
        finish.wait(5)
        raise PartnerUnreachable(call="auth2", reason="ReadTimeout")

    shared = SharedHash(authenticate)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(shared.current)
        entered.wait(5)
        waiting = [pool.submit(shared.current) for _ in range(7)]
        while not all(future.running() for future in waiting):
            pass
        finish.set()
        errors = [future.exception(5) for future in (first, *waiting)]

    assert all(isinstance(error, PartnerUnreachable) for error in errors)
    assert len(asked) < 8
    assert len({id(error) for error in errors}) == 8


class Upstream(BaseHTTPRequestHandler):
    """A small real server, to see connections and a time limit."""

    protocol_version = "HTTP/1.1"
    ports: set[int] = set()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.ports.add(self.client_address[1])
        if self.path.endswith("/deviceExists"):
            return  # hangs: the client has to give up
        body = b'{"status": "0", "hash": "h", "data": "1"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def upstream():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    Upstream.ports.clear()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/ispAPI/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_one_thread_keeps_one_connection_and_a_silent_partner_is_given_up(upstream):
    partner = Partner(base_url=upstream, login="a", password="b", read_timeout_s=0.1)

    assert all(check(partner) for _ in range(5))
    assert len(Upstream.ports) == 1

    with pytest.raises(PartnerUnreachable) as caught:
        partner.device_exists(mac="001A79000001")
    assert caught.value.facts["reason"] in ("ReadTimeout", "ConnectionError")


def test_a_forked_child_opens_its_own_connection(upstream):
    partner = Partner(base_url=upstream, login="a", password="b")
    check(partner)

    child = os.fork()
    if child == 0:
        os._exit(0 if check(partner) else 1)
    assert os.waitpid(child, 0)[1] == 0

    assert check(partner)
    assert len(Upstream.ports) == 2


def test_nobody_listening_is_no_answer():
    with pytest.raises(PartnerUnreachable):
        check(Partner(base_url="http://127.0.0.1:9", login="a", password="b"))


@pytest.mark.parametrize(
    "url", ["http://localhost:8082/ispAPI", "http://127.0.0.9/", "http://[::1]:1/", "https://oll.tv"]
)
def test_plain_http_is_for_this_machine_only(url):
    Partner(base_url=url, login="a", password="b")


@pytest.mark.parametrize(
    "url",
    [
        "http://oll.tv/ispAPI/",
        "http://localhost.thief.test/",
        "http://10.0.0.1/",
        "ftp://oll.tv",
        "oll.tv",
        "",
        "http://[::1",
    ],
)
def test_an_address_that_would_show_the_login_stops_the_start(url):
    with pytest.raises(Misconfigured, match="OLLTV_API_URL"):
        Partner(base_url=url, login="a", password="b")


def test_no_secret_is_in_an_error_even_if_the_partner_repeats_it(desk, partner):
    desk.refuses("checkBundle", 301, "bad hash-of-the-session")

    with pytest.raises(Exception, match="partner_refused") as caught:
        check(partner)

    assert not any(secret in str(caught.value) for secret in SECRETS)
