"""The hooks that every web app of the suite shares."""

import json
import os
import re
import subprocess
import sys

import pytest
import structlog
from flask import Flask, jsonify, session
from prometheus_client import REGISTRY
from structlog.testing import LogCapture

from weblib.ops import ops
from weblib.problems import problem
from weblib.requestid import current_request_id, request_ids
from weblib.security import secure


@pytest.fixture
def lines():
    """The events that are logged during a test."""
    captured = LogCapture()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, captured])
    yield captured.entries
    structlog.reset_defaults()


@pytest.fixture
def app(lines):
    app = Flask("kettle.web")
    app.secret_key = "k" * 32
    health = {"database": lambda: None, "disk": lambda: None}
    app.config["HEALTH"] = health

    @app.before_request
    def gate():
        from flask import request

        return ("closed", 403) if request.path == "/closed" else None

    request_ids(app)
    secure(app)
    app.register_blueprint(ops(health))

    @app.get("/id/<name>")
    def show_id(name):
        structlog.get_logger().info("inside", name=name)
        return current_request_id()

    @app.get("/page")
    def page():
        session["x"] = 1
        return "<p>page</p>"

    @app.get("/cached")
    def cached():
        return jsonify(1), {"Cache-Control": "max-age=60"}

    @app.get("/problem")
    def refusal():
        return problem(402, "not_enough_money", "Бракує", "Бракує 5", lack={"minor": 500}, type="x")

    @app.get("/crash")
    def crash():
        raise RuntimeError("boom")

    return app


@pytest.fixture
def client(app):
    return app.test_client()


def test_a_request_gets_an_id_in_answer_and_logs_and_the_next_one_another(client, lines):
    first, second = client.get("/id/a"), client.get("/id/b")
    assert re.fullmatch("[0-9a-f]{16}", first.text)
    assert first.headers["X-Request-ID"] == first.text != second.text
    assert [line["request_id"] for line in lines] == [first.text, first.text, second.text, second.text]
    assert current_request_id() == ""


def test_a_decent_id_of_the_caller_is_kept(client):
    assert client.get("/id/a", headers={"X-Request-ID": "cabinet-0001"}).text == "cabinet-0001"


@pytest.mark.parametrize("given", ["short", "x" * 65, "has blank 1", "semi;colon", "tab\tinside"])
def test_any_other_id_is_replaced(client, given):
    answer = client.get("/id/a", headers={"X-Request-ID": given})
    assert answer.text != given
    assert answer.headers["X-Request-ID"] == answer.text


def test_an_access_line_tells_the_path_without_its_query(client, lines):
    client.get("/id/a?key=hunter2")
    line = lines[-1]
    assert (line["event"], line["method"], line["path"], line["status"]) == ("request", "GET", "/id/a", 200)
    assert line["ms"] >= 0
    assert "hunter2" not in str(lines)


def test_a_crash_and_a_closed_gate_have_their_lines_and_ids_too(client, lines):
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    assert client.get("/crash").headers["X-Request-ID"] == lines[-1]["request_id"]
    assert lines[-1]["status"] == 500
    assert client.get("/closed").headers["X-Request-ID"] == lines[-1]["request_id"]
    assert lines[-1]["status"] == 403


def test_health_names_the_failing_check_and_nothing_else(client, app, lines):
    assert (client.get("/healthz").status_code, client.get("/healthz").json) == (200, {"status": "ok"})

    def broken():
        raise OSError("password=hunter2")

    app.config["HEALTH"]["disk"] = broken
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (503, {"status": "failing", "check": "disk"})
    assert any(line["event"] == "health check failed" and line["check"] == "disk" for line in lines)


def counted(endpoint, method, status):
    labels = {"endpoint": endpoint, "method": method, "status": status}
    return REGISTRY.get_sample_value("http_requests_total", labels) or 0


@pytest.mark.parametrize(
    ("method", "path", "labels"),
    [
        ("GET", "/id/anything", ("show_id", "GET", "200")),
        ("GET", "/nowhere/17", ("none", "GET", "404")),
        ("BREW", "/id/a", ("none", "other", "405")),
        ("GET", "/closed", ("none", "GET", "403")),
    ],
)
def test_requests_are_counted_under_few_labels(client, method, path, labels):
    before = counted(*labels)
    client.open(path, method=method)
    assert counted(*labels) == before + 1
    shown = 'http_requests_total{{endpoint="{}",method="{}",status="{}"}}'.format(*labels)
    assert shown in client.get("/metrics").text
    assert "http_request_seconds_bucket" in client.get("/metrics").text


def test_the_numbers_of_all_workers_are_added_up(tmp_path):
    program = (
        "from flask import Flask; from weblib.ops import ops\n"
        "app = Flask('x'); app.register_blueprint(ops({})); client = app.test_client()\n"
        "client.get('/healthz'); print(client.get('/metrics').text)"
    )
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for expected in ("1.0", "2.0"):
        run = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        assert f'http_requests_total{{endpoint="ops.healthz",method="GET",status="200"}} {expected}' in run.stdout


def test_every_answer_carries_the_security_headers(client):
    for path in ("/page", "/nowhere", "/healthz"):
        headers = client.get(path).headers
        assert headers["Content-Security-Policy"] == (
            "default-src 'self'; img-src 'self' data:; "
            "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
        )
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert "Strict-Transport-Security" not in headers


def test_https_adds_strict_transport_and_a_secure_cookie(client):
    answer = client.get("/page", base_url="https://isp.example")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    assert "; Secure; HttpOnly; Path=/; SameSite=Lax" in answer.headers["Set-Cookie"]


def test_without_https_the_session_still_works_and_has_a_name_of_its_own(client):
    cookie = client.get("/page").headers["Set-Cookie"]
    assert cookie.startswith("kettle.web_session=")
    assert "; HttpOnly; Path=/; SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_a_view_may_decide_about_caching_itself(client):
    assert client.get("/cached").headers["Cache-Control"] == "max-age=60"


def test_a_problem_is_json_that_machines_understand(client):
    answer = client.get("/problem")
    assert (answer.status_code, answer.content_type) == (402, "application/problem+json")
    assert json.loads(answer.data) == {
        "type": "urn:olltv:problem:not_enough_money",
        "title": "Бракує",
        "status": 402,
        "detail": "Бракує 5",
        "code": "not_enough_money",
        "lack": {"minor": 500},
    }
    assert answer.headers["Cache-Control"] == "no-store"
