"""Registering a subscriber in the panel: among our own people, and how the partner will take it."""

import pytest
from sqlalchemy import select

from billing.events import Event
from billing.host.native import NativeSubscriber
from tests.olltv.delivery.conftest import sandbox, sandbox_base
from tests.olltv.support import dump
from tests.sandbox import Sandbox

__all__ = ["sandbox", "sandbox_base"]

IVAN = {
    "login": "ivan",
    "name": "Іван Мороз",
    "address": "вул. Садова, 1",
    "mobile": "+38 (050) 123-45-67",
    "email": "ivan@isp.test",
    "ip": "10.20.0.7",
    "credit": "100",
    "password": "secret-1",
}


@pytest.fixture
def partner_url(request):
    """The sandbox, for the tests that ask the partner."""
    if "sandbox" in request.fixturenames:
        return request.getfixturevalue("sandbox_base")
    return "http://127.0.0.1:9/ispAPI/"


def test_a_registered_subscriber_is_found_and_can_enter_the_cabinet(panel, billing):
    assert panel.done("/subscribers/new", **IVAN) == "/subscribers/ivan"
    assert "ivan is registered." in panel.page("/subscribers/ivan")
    assert panel.get("/search", q="мороз садова").location == "/subscribers/ivan"
    with billing.uow() as unit:
        person = unit.host.find("ivan")
        assert (person.name, person.mobile, person.credit.minor) == (IVAN["name"], IVAN["mobile"], 10_000)
        assert person.ip == "10.20.0.7"
        assert unit.host.check_password("ivan", "secret-1")
    with billing.reading() as session:
        event = session.scalars(select(Event).where(Event.login == "ivan")).one()
    assert (event.text, event.actor) == ("USER CREATE (ivan)", "olena")
    assert "secret-1" not in str(event.after)


def test_a_login_alone_is_enough(panel, billing):
    panel.done("/subscribers/new", login="ivan")
    with billing.uow() as unit:
        assert unit.host.find("ivan").credit.minor == 0
        assert not unit.host.check_password("ivan", "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"login": ""},
        {"login": "two words"},
        {"login": "a/b"},
        {"login": "new"},
        {"login": "bulk"},
        {"login": ".."},
        {"login": "x" * 65},
        {"credit": "-5"},
        {"credit": "lots"},
        {"ip": "10.20.0"},
        {"name": "x" * 256},
    ],
)
def test_what_cannot_be_used_is_told_and_nothing_is_lost(panel, billing, wrong):
    answer = panel.post("/subscribers/new", **(IVAN | wrong))
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "is-invalid" in page and 'value="вул. Садова, 1"' in page
    assert "secret-1" not in page
    with billing.reading() as session:
        assert session.scalars(select(NativeSubscriber)).all() == []


def test_a_login_that_is_taken_is_told_at_its_field(panel, billing):
    panel.done("/subscribers/new", **IVAN)
    answer = panel.post("/subscribers/new", **(IVAN | {"name": "Another"}))
    assert answer.status_code == 422
    assert "The login ivan is taken." in answer.get_data(as_text=True)
    with billing.uow() as unit:
        assert unit.host.find("ivan").name == IVAN["name"]


OTHERS = [
    {"operator": "demo", "account": "ivan", "email": "known@isp.test"},
    {"operator": "demo", "account": "petro", "email": "petro@isp.test"},
    {"operator": "rival", "account": "olha", "email": "olha@isp.test"},
    {"email": "free@isp.test"},
]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"login": "new-one"}, "The partner knows neither the login nor the e-mail."),
        ({"login": "ivan"}, "its e-mail there: known@isp.test"),
        ({"login": "x", "email": "petro@isp.test"}, "under another account of ours: petro"),
        ({"login": "x", "email": "olha@isp.test"}, "belongs to another provider at the partner (code 505)"),
        ({"login": "x", "email": "free@isp.test"}, "the partner sends a letter to this address"),
        ({"login": "x", "email": ""}, "with the e-mail x@isp.example and the phone 0501234567"),
    ],
)
def test_the_partner_is_asked_what_will_happen_and_nothing_changes(panel, billing, sandbox: Sandbox, form, said):
    sandbox.seed(*OTHERS, operators=[{"login": "rival", "password": "rival"}])
    before, calls = dump(billing), sandbox.totals()
    answer = panel.post("/subscribers/new", **(IVAN | form | {"try": "1"}))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert said in page
    assert f'value="{form["login"]}"' in page
    assert dump(billing) == before
    made = {name for name, number in sandbox.totals().items() if number != calls.get(name, 0)}
    assert made <= {"auth", "auth2", "accountExists", "emailExists", "getUserInfo"}


@pytest.mark.parametrize(
    ("form", "said"), [({"mobile": ""}, "no mobile number"), ({"mobile": "12345"}, "no Ukrainian mobile number")]
)
def test_what_the_partner_would_refuse_is_told_before_he_is_asked(panel, form, said):
    answer = panel.post("/subscribers/new", **(IVAN | form | {"try": "1"}))
    assert (answer.status_code, said in answer.get_data(as_text=True)) == (422, True)


def test_a_silent_partner_is_told_on_the_form(panel):
    answer = panel.post("/subscribers/new", **(IVAN | {"try": "1"}))
    assert answer.status_code == 422
    assert "The TV partner does not answer right now." in answer.get_data(as_text=True)


def test_the_conflicts_are_explained_and_the_form_wants_its_right(panel, person):
    page = panel.page("/subscribers/new")
    for words in ("The e-mail is known under another account of ours", "code 505", "letter", "The account is known"):
        assert words in page
    assert person("MONEY").get("/subscribers/new").status_code == 403
    assert person("MONEY", login="other").post("/subscribers/new", **IVAN).status_code == 403
