"""Signing in: two steps where there is a second factor, and what guessers, thieves and forgers get."""

import re

import pytest

from billing import staff
from billing.actors import Actor
from billing.profile import change_own_password
from billing.staff import RIGHTS
from billing.staffing import disable_staff, reset_password, sign_out_everywhere
from tests.panel.client import Person, text
from tests.panel.factor import app_with, code_of, give_second_factor, staff_of
from tests.running.panel import PASSWORD, add_person
from tests.support import STAFF

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HOME_CLOSED = (303, "/sign-in?next=/")
BOSS = Actor("boss", "10.0.0.7")


@pytest.fixture
def olena(app, runtime):
    """Olena's browser before she signs in."""
    add_person(runtime, "olena", RIGHTS)
    return Person(app.test_client(), "olena")


@pytest.fixture
def codes(runtime, olena):
    return give_second_factor(runtime, "olena")


def first_step(browser, password=PASSWORD, **fields):
    return browser.post("/sign-in", login=browser.login, password=password, **fields)


def second_step(browser, code, **fields):
    return browser.post("/sign-in/code", code=code, **fields)


def home(browser):
    answer = browser.get("/")
    return answer.status_code, answer.location


def test_a_right_password_is_only_the_first_step(runtime, olena, codes):
    answer = first_step(olena, next="/profile?x=1")
    assert (answer.status_code, answer.location) == (303, "/sign-in/code?next=/profile?x%3D1")
    assert home(olena) == HOME_CLOSED
    assert "Type the code" in olena.page("/sign-in/code")


def test_the_code_opens_and_leads_to_the_page_that_was_wanted(runtime, olena, codes):
    first_step(olena)
    answer = second_step(olena, code_of(runtime, "olena"), next="/profile")
    assert (answer.status_code, answer.location) == (303, "/profile")
    assert "OLLTV SIGN IN STAFF [olena]" in olena.page("/profile")


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"])
def test_nobody_is_led_to_another_site_by_either_step(runtime, olena, codes, elsewhere):
    assert first_step(olena, next=elsewhere).location == "/sign-in/code?next=/"
    assert second_step(olena, code_of(runtime, "olena"), next=elsewhere).location == "/"


def test_without_the_first_step_there_is_no_second_one(runtime, olena, codes):
    assert olena.get("/sign-in/code").location == "/sign-in"
    assert second_step(olena, code_of(runtime, "olena")).location == "/sign-in"
    assert home(olena) == HOME_CLOSED


def test_a_code_cannot_be_replayed(runtime, olena, codes, app):
    code = code_of(runtime, "olena")
    first_step(olena)
    assert second_step(olena, code).status_code == 303
    thief = Person(app.test_client(), "olena")
    first_step(thief)
    answer = second_step(thief, code)
    assert answer.status_code == 401
    assert "wrong or was used before" in text(answer)
    assert home(thief) == HOME_CLOSED


def test_a_recovery_code_opens_once_and_says_how_many_are_left(olena, codes, app):
    first_step(olena)
    second_step(olena, codes[0])
    assert "You signed in with a recovery code; 9 are left." in olena.page("/")
    thief = Person(app.test_client(), "olena")
    first_step(thief)
    assert second_step(thief, codes[0]).status_code == 401


def test_guessing_codes_is_stopped_even_when_the_guess_is_right(runtime, olena, codes):
    first_step(olena)
    for _ in range(5):
        assert second_step(olena, "000000").status_code == 401
    answer = second_step(olena, code_of(runtime, "olena"))
    assert answer.status_code == 429
    assert "Too many failed attempts" in text(answer)
    assert home(olena) == HOME_CLOSED


def test_knowing_the_password_wins_no_more_guesses_of_the_code(runtime, olena, codes, app):
    guesses = []
    for _ in range(3):
        browser = Person(app.test_client(), "olena")
        first_step(browser)
        guesses += [second_step(browser, "000000").status_code for _ in range(2)]
    assert guesses == [401] * 5 + [429]


def test_guesses_of_the_password_are_counted_over_all_browsers(runtime, olena, app):
    for _ in range(5):
        assert first_step(Person(app.test_client(), "olena"), "wrong").status_code == 401
    assert first_step(olena).status_code == 429


def test_a_lock_lapses_and_leaves_others_alone(runtime, olena, clock, app):
    add_person(runtime, "taras", ["OLLTV"])
    for _ in range(5):
        first_step(olena, "wrong")
    assert first_step(Person(app.test_client(), "taras")).status_code == 303
    clock.advance(minutes=16)
    assert first_step(olena).status_code == 303


def test_known_unknown_and_disabled_logins_get_the_same_answer(runtime, olena, app):
    for login in ("disabled", "guarded"):
        add_person(runtime, login, ["OLLTV"])
    disable_staff(runtime.billing.uow(), staff_id=staff_of(runtime, "disabled").id, actor=STAFF, now=runtime.clock())
    give_second_factor(runtime, "guarded")
    answers = set()
    for login in ("olena", "nobody", "disabled", "guarded"):
        answer = first_step(Person(app.test_client(), login), "wrong password")
        page = re.sub(r'name="csrf_token" value="[^"]+"', "", answer.get_data(as_text=True))
        answers.add((answer.status_code, page.replace(f'value="{login}"', "")))
    assert len(answers) == 1
    right = first_step(Person(app.test_client(), "disabled"))
    assert right.status_code == 401


def test_every_login_costs_one_comparison_of_passwords(runtime, olena, app, monkeypatch):
    compared, hasher = [], staff.PASSWORDS

    class Counting:
        def verify(self, stored, password):
            compared.append(stored)
            return hasher.verify(stored, password)

    monkeypatch.setattr(staff, "PASSWORDS", Counting())
    for login in ("olena", "nobody"):
        first_step(Person(app.test_client(), login), "wrong password")
    assert len(compared) == 2


def test_nothing_of_an_earlier_session_survives_a_sign_in(olena):
    olena.token()
    with olena.client.session_transaction() as planted:
        planted["planted"] = "by a stranger"
        token_before = planted["csrf_token"]
    first_step(olena)
    olena.page("/")
    with olena.client.session_transaction() as present:
        assert "planted" not in present
        assert present.get("csrf_token") != token_before


def test_the_second_step_is_waited_for_only_some_minutes(runtime, olena, codes, clock):
    first_step(olena)
    clock.advance(minutes=11)
    assert second_step(olena, code_of(runtime, "olena")).location == "/sign-in"


def test_a_new_password_ends_a_half_finished_sign_in(runtime, olena, codes):
    first_step(olena)
    signed = {"staff_id": staff_of(runtime, "olena").id, "actor": STAFF, "now": runtime.clock()}
    reset_password(runtime.billing.uow(), password="quite another", **signed)
    assert second_step(olena, code_of(runtime, "olena")).location == "/sign-in"


def renew_password(uow, **signed):
    change_own_password(uow, present=PASSWORD, new="quite another", **signed)


@pytest.mark.parametrize("ending", [sign_out_everywhere, disable_staff, renew_password])
def test_all_sessions_end(runtime, olena, app, ending):
    other = Person(app.test_client(), "olena")
    for browser in (olena, other):
        first_step(browser)
        assert home(browser)[0] == 200
    add_person(runtime, "boss", RIGHTS)
    ending(runtime.billing.uow(), staff_id=staff_of(runtime, "olena").id, actor=BOSS, now=runtime.clock())
    assert [home(browser) for browser in (olena, other)] == [HOME_CLOSED] * 2


def test_reading_a_page_sends_no_cookie_so_a_slow_answer_brings_no_ended_session_back(olena):
    first_step(olena)
    olena.page("/profile")
    for path in ("/profile", "/", "/staff"):
        assert "Set-Cookie" not in olena.get(path).headers


def test_the_cookie_of_the_session_is_strict(olena):
    answer = first_step(olena)
    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 3
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)


def test_language_and_colours_come_with_the_person(runtime, app):
    add_person(runtime, "taras", ["OLLTV"])
    uow = runtime.billing.uow()
    with uow:
        person = uow.session.merge(staff_of(runtime, "taras"))
        person.language, person.theme = "uk", "dark"
    browser = Person(app.test_client(), "taras")
    browser.client.set_cookie("lang", "ru")
    first_step(browser)
    page = browser.get("/").get_data(as_text=True)
    assert '<html lang="uk"' in page
    assert 'data-bs-theme="dark"' in page


def test_with_two_factor_sign_in_off_nobody_is_asked_for_a_code(runtime, olena, codes):
    browser = Person(app_with(runtime, panel_2fa="off").test_client(), "olena")
    assert first_step(browser).location == "/"
    assert home(browser) == (200, None)


def test_where_it_is_required_setting_it_up_comes_before_anything_else(runtime, olena):
    browser = Person(app_with(runtime, panel_2fa="required").test_client(), "olena")
    first_step(browser)
    for path in ("/", "/staff", "/profile", "/profile/second-factor/codes"):
        assert browser.get(path).location == "/profile/second-factor"
    assert browser.post("/staff/new", login="x").location == "/profile/second-factor"
    assert "before anything else" in browser.page("/profile/second-factor")
    browser.done("/profile/second-factor/begin")
    browser.done("/profile/second-factor", code=code_of(runtime, "olena"))
    assert home(browser) == (200, None)


def test_a_given_password_has_to_be_changed_before_anything_else(runtime, olena, app):
    signed = {"staff_id": staff_of(runtime, "olena").id, "actor": STAFF, "now": runtime.clock()}
    reset_password(runtime.billing.uow(), password="given by boss", **signed)
    first_step(olena, "given by boss")
    assert olena.get("/").location == "/profile/password"
    assert "Choose one that only you know." in olena.page("/profile/password")
    changed = {"present": "given by boss", "new": "only mine now", "again": "only mine now"}
    assert olena.done("/profile/password", **changed) == "/profile"
    assert home(olena) == (200, None)


def test_signing_out_is_always_possible(runtime, olena):
    reset_password(
        runtime.billing.uow(),
        staff_id=staff_of(runtime, "olena").id,
        password="given by boss",
        actor=STAFF,
        now=runtime.clock(),
    )
    first_step(olena, "given by boss")
    assert olena.done("/sign-out") == "/sign-in"
    assert home(olena) == HOME_CLOSED


def test_neither_password_nor_code_is_logged(runtime, olena, codes, capsys):
    first_step(olena, "a wrong secret")
    first_step(olena)
    second_step(olena, "123123")
    second_step(olena, codes[0])
    logged = capsys.readouterr()
    for secret in ("a wrong secret", PASSWORD, "123123", codes[0]):
        assert secret not in logged.out + logged.err
