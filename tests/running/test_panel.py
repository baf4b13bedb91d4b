"""The panel's shell: who gets in, what a page shows, what is said when something is away."""

import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from billing.events import Event
from billing.ledger.models import Transfer
from billing.staff import Staff
from suite.runtime import Runtime
from tests.running.panel import PASSWORD, send, sign_in, token

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_without_a_sign_in_there_is_only_the_sign_in(client):
    answer = client.get("/")
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/")


@pytest.mark.parametrize(("login", "password"), [("olena", "wrong"), ("nobody", PASSWORD), ("olena", ""), ("", "")])
def test_a_wrong_pair_is_told_without_saying_which_half_is_wrong(client, login, password):
    answer = sign_in(client, password, login=login)
    assert answer.status_code == 401
    assert "Login or password is wrong." in answer.get_data(as_text=True)
    assert client.get("/").status_code == 303


def test_guessing_is_stopped_even_when_the_guess_is_right(client):
    for _ in range(5):
        assert sign_in(client, "wrong").status_code == 401
    answer = sign_in(client)
    assert answer.status_code == 429
    assert "Too many failed attempts" in answer.get_data(as_text=True)


def test_a_right_password_forgives_earlier_mistakes(client):
    for _ in range(2):
        for _ in range(4):
            sign_in(client, "wrong")
        assert sign_in(client).status_code == 303
        send(client, "/sign-out")


def test_signing_out_ends_the_session(client):
    sign_in(client)
    assert send(client, "/sign-out").status_code == 303
    assert client.get("/").status_code == 303


def test_signing_in_leads_back_to_the_page_that_was_wanted(client):
    assert sign_in(client, next="/?x=1").location == "/?x=1"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"])
def test_nobody_is_led_to_another_site(client, elsewhere):
    assert sign_in(client, next=elsewhere).location == "/"


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/language"])
def test_a_form_of_another_site_is_refused(client, path):
    sign_in(client)
    answer = client.post(path, data={"login": "olena", "password": PASSWORD, "lang": "uk"})
    assert answer.status_code == 400
    assert "load it again" in answer.get_data(as_text=True)
    assert client.get("/").status_code == 200


def test_reading_changes_nothing(client, app, runtime):
    sign_in(client)
    before = everything(runtime)
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and not rule.arguments and rule.rule != "/setup":
            assert client.get(rule.rule).status_code < 400
    assert everything(runtime) == before
    assert client.get("/sign-out").status_code == 405


def everything(runtime: Runtime) -> list[int]:
    with runtime.billing.reading() as session:
        return [session.scalar(select(func.count()).select_from(each)) for each in (Event, Staff, Transfer)]


def test_a_forged_session_is_none(client, app):
    app.secret_key, kept = "x" * 32, app.secret_key
    with client.session_transaction() as forged:
        forged.update(staff=1, login="olena", mark="?")
    app.secret_key = kept
    assert client.get("/").status_code == 303


def test_the_language_is_picked_by_a_button_and_stays(client):
    sign_in(client)
    answer = send(client, "/language", lang="uk", next="/?x=1")
    assert (answer.status_code, answer.location) == (303, "/?x=1")
    assert '<html lang="uk"' in client.get("/").get_data(as_text=True)
    send(client, "/language", lang="xx", next="/")
    assert '<html lang="uk"' in client.get("/").get_data(as_text=True)


def test_a_new_visitor_is_met_in_his_own_language(client):
    page = client.get("/sign-in", headers={"Accept-Language": "ru,en;q=0.5"}).get_data(as_text=True)
    assert '<html lang="ru"' in page


def test_an_unknown_page_is_a_plain_page(client):
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "There is no such page." in answer.get_data(as_text=True)


def test_pages_carry_no_inline_code_and_a_strict_policy(client):
    sign_in(client)
    for path in ("/", "/nowhere"):
        answer = client.get(path)
        page = answer.get_data(as_text=True)
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert not re.search(r"<script(?![^>]*src)|<style| style=| on\w+=", page)
        assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


@pytest.fixture
def away(runtime, tmp_path):
    """A runtime like `runtime`, whose database cannot be used."""
    suite = replace(runtime.settings.suite, database_url=f"sqlite:///{tmp_path}", secret_key="s" * 32)
    return Runtime(replace(runtime.settings, suite=suite), runtime.clock)


def test_without_a_database_staff_are_told_why_and_others_only_that(client, app, away):
    sign_in(client)
    visitor = app.test_client()
    app.extensions["runtime"] = away

    mine, theirs = client.get("/"), visitor.post("/sign-in", data=form(visitor))

    assert (mine.status_code, theirs.status_code) == (503, 503)
    assert "unable to open database file" in mine.get_data(as_text=True)
    for answer in (mine, theirs):
        assert "The service is not available at the moment." in answer.get_data(as_text=True)
        assert answer.headers["Retry-After"] == "30"
    assert "database" not in theirs.get_data(as_text=True)


def form(client: FlaskClient) -> dict[str, str]:
    return {"login": "olena", "password": PASSWORD, "csrf_token": token(client)}


def test_a_defect_is_a_500_without_its_details(client, app, monkeypatch):
    sign_in(client)
    monkeypatch.setattr("panel.overview.first_page", lambda: 1 / 0)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert "written down" in answer.get_data(as_text=True)
    assert "ZeroDivision" not in answer.get_data(as_text=True)


def test_health_follows_the_database(client, app):
    assert client.get("/healthz").status_code == 200
    assert b"http_requests_total" in client.get("/metrics").data
