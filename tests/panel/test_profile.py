"""The own account: what one is called, language and colours, password, second factor."""

import re

import pytest

from billing.staffing import edit_staff
from tests.panel.client import Person, signed_in, text
from tests.panel.factor import app_with, code_of, give_second_factor, staff_of
from tests.running.panel import PASSWORD
from tests.support import STAFF

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PROBE = "<script>alert(1)</script>"


@pytest.fixture
def taras(person):
    return person("OLLTV", login="taras")


def form(person, **changes):
    fields = {"name": "Taras", "language": "en", "theme": "auto", "seen": person.hidden("/profile", "seen")}
    return fields | changes


def test_name_language_and_colours_are_saved_and_followed_at_once(taras, runtime):
    assert taras.done("/profile", **form(taras, name="Taras S", language="ru", theme="dark")) == "/profile"
    page = taras.get("/profile").get_data(as_text=True)
    assert '<html lang="ru"' in page
    assert 'data-bs-theme="dark"' in page
    saved = staff_of(runtime, "taras")
    assert (saved.name, saved.language, saved.theme) == ("Taras S", "ru", "dark")


@pytest.mark.parametrize("name", [PROBE, '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "%(login)s", "'; --"])
def test_whatever_a_name_holds_stays_text(taras, panel, runtime, name):
    taras.done("/profile", **form(taras, name=name))
    pages = [
        taras.get("/profile"),
        panel.get("/staff"),
        panel.get(f"/staff/{staff_of(runtime, 'taras').id}"),
        panel.get(f"/staff/{staff_of(runtime, 'taras').id}/disable"),
    ]
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.get_data(as_text=True)
        assert "<img src=x" not in page.get_data(as_text=True)
    assert name in text(pages[1])


def test_a_wrong_profile_is_shown_again(taras, runtime):
    for wrong in ({"name": "n" * 129}, {"language": "de"}, {"theme": "pink"}):
        assert taras.post("/profile", **form(taras, **wrong)).status_code == 422
    assert staff_of(runtime, "taras").name == ""


def test_whoever_saves_second_is_told(taras, runtime):
    stale = form(taras, name="Mine")
    before = staff_of(runtime, "taras")
    edit_staff(
        runtime.billing.uow(),
        staff_id=before.id,
        name="By an administrator",
        language="en",
        rights=before.rights,
        seen=before.version,
        actor=STAFF,
        now=runtime.clock(),
    )
    answer = taras.post("/profile", **stale)
    assert answer.status_code == 409
    assert "Somebody else has changed this" in text(answer)
    assert staff_of(runtime, "taras").name == "By an administrator"


def test_buttons_for_language_and_colours_are_kept_for_the_person(taras, runtime):
    assert taras.done("/profile/language", lang="uk", next="/profile?x=1") == "/profile?x=1"
    taras.done("/profile/theme", theme="light", next="/")
    saved = staff_of(runtime, "taras")
    assert (saved.language, saved.theme) == ("uk", "light")
    assert '<html lang="uk"' in taras.get("/profile").get_data(as_text=True)
    assert taras.post("/profile/language", lang="de").status_code == 422
    assert taras.post("/profile/language", lang="ru", next="https://evil.example").location == "/"


def test_a_new_password_ends_other_sessions_but_not_this_one(taras, app):
    other = signed_in(app, "taras")
    fields = {"present": PASSWORD, "new": "quite another", "again": "quite another"}
    assert taras.done("/profile/password", **fields) == "/profile"
    assert "You are signed out everywhere else." in taras.page("/profile")
    assert other.get("/").status_code == 303


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"present": "wrong"}, "The present password is wrong."),
        ({"new": "short", "again": "short"}, "at least 8"),
        ({"again": "differs"}, "The two passwords differ."),
        ({"new": PASSWORD, "again": PASSWORD}, "the same as the present one"),
    ],
)
def test_a_password_that_cannot_be_changed_stays(taras, app, wrong, told):
    fields = {"present": PASSWORD, "new": "quite another", "again": "quite another"} | wrong
    answer = taras.post("/profile/password", **fields)
    assert answer.status_code == 422
    assert told in text(answer)
    assert "quite another" not in answer.get_data(as_text=True)
    signed_in(app, "taras")


@pytest.mark.parametrize(
    "path", ["/profile/password", "/profile/second-factor/off", "/profile/second-factor/new-codes"]
)
def test_a_stolen_session_cannot_guess_the_password(taras, runtime, path):
    give_second_factor(runtime, "taras")
    fields = {"present": "wrong", "new": "quite another", "again": "quite another"}
    assert [taras.post(path, **fields).status_code for _ in range(6)] == [422] * 5 + [429]
    assert taras.post(path, **fields | {"present": PASSWORD}).status_code == 429
    assert staff_of(runtime, "taras").has_second_factor


def test_signing_out_everywhere_ends_all_sessions(taras, app):
    other = signed_in(app, "taras")
    assert taras.done("/profile/sign-out-everywhere") == "/sign-in"
    assert "You are signed out everywhere." in taras.page("/sign-in")
    assert [each.get("/").status_code for each in (taras, other)] == [303, 303]


def test_own_sign_ins_are_shown_with_their_address_and_nobody_elses(taras, panel):
    panel.page("/profile")
    fields = {"login": "taras", "password": PASSWORD, "csrf_token": ""}
    taras.done("/sign-out")
    fields["csrf_token"] = taras.token()
    taras.client.post("/sign-in", data=fields, environ_overrides={"REMOTE_ADDR": "10.0.0.77"})
    shown = taras.page("/profile")
    assert "OLLTV SIGN IN STAFF [taras] 10.0.0.77" in shown
    assert "[olena]" not in shown


def test_a_second_factor_is_set_up_with_a_picture_a_secret_and_codes_shown_once(taras, runtime):
    assert "It is off" in taras.page("/profile/second-factor")
    taras.done("/profile/second-factor/begin")
    page = taras.get("/profile/second-factor").get_data(as_text=True)
    assert re.search(r'<svg viewBox="[^"]+" class="qr"', page), "without a view box it would be cut off"
    assert "style=" not in page
    assert staff_of(runtime, "taras").totp_secret in page

    assert taras.done("/profile/second-factor", code=code_of(runtime, "taras")) == "/profile/second-factor/codes"
    codes = re.findall(r"\b[a-z0-9]{4}(?:-[a-z0-9]{4}){3}\b", taras.page("/profile/second-factor/codes"))
    assert len(set(codes)) == 10
    assert taras.get("/profile/second-factor/codes").location == "/profile/second-factor"

    on = taras.page("/profile/second-factor")
    assert "It is on" in on
    assert staff_of(runtime, "taras").totp_secret not in taras.get("/profile/second-factor").get_data(as_text=True)


def test_a_wrong_first_code_keeps_it_off_and_guessing_ends(taras, runtime):
    taras.done("/profile/second-factor/begin")
    answers = [taras.post("/profile/second-factor", code="000000") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert "This code is wrong" in text(answers[0])
    assert not staff_of(runtime, "taras").has_second_factor


def test_new_recovery_codes_replace_the_old_ones(taras, runtime, app):
    old = give_second_factor(runtime, "taras")
    assert taras.done("/profile/second-factor/new-codes", present=PASSWORD) == "/profile/second-factor/codes"
    new = re.findall(r"\b[a-z0-9]{4}(?:-[a-z0-9]{4}){3}\b", taras.page("/profile/second-factor/codes"))
    assert not set(new) & set(old)
    browser = Person(app.test_client(), "taras")
    browser.done("/sign-in", login="taras", password=PASSWORD)
    assert browser.post("/sign-in/code", code=old[0]).status_code == 401
    assert browser.post("/sign-in/code", code=new[0]).status_code == 303


def test_turning_it_off_wants_the_password(taras, runtime):
    give_second_factor(runtime, "taras")
    assert taras.post("/profile/second-factor/off", present="wrong").status_code == 422
    assert staff_of(runtime, "taras").has_second_factor
    taras.done("/profile/second-factor/off", present=PASSWORD)
    assert not staff_of(runtime, "taras").has_second_factor


def test_one_that_is_on_cannot_be_begun_anew(taras, runtime):
    give_second_factor(runtime, "taras")
    secret = staff_of(runtime, "taras").totp_secret
    assert taras.post("/profile/second-factor/begin").status_code == 409
    assert staff_of(runtime, "taras").totp_secret == secret


def test_where_it_is_switched_off_the_profile_does_not_offer_it(runtime, panel):
    app = app_with(runtime, panel_2fa="off")
    browser = signed_in(app, panel.login)
    assert "/profile/second-factor" not in browser.get("/profile").get_data(as_text=True)
    assert "The operator has switched two-factor sign-in off" in browser.page("/profile/second-factor")


def test_the_profile_needs_no_right_at_all(person):
    nobody = person(login="guest")
    for path in ("/profile", "/profile/password", "/profile/second-factor"):
        nobody.page(path)
