"""Staff management: only by administrators, who can neither dismiss themselves nor the last of them."""

import pytest

from billing.staff import RIGHTS
from tests.panel.client import Person, signed_in, text
from tests.panel.factor import give_second_factor, staff_of
from tests.running.panel import PASSWORD, add_person

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NEW = {
    "login": "taras",
    "name": "Taras",
    "rights": ["OLLTV", "MONEY"],
    "language": "uk",
    "password": "first password",
    "again": "first password",
}


@pytest.fixture
def taras(runtime):
    add_person(runtime, "taras", ["OLLTV"])
    return staff_of(runtime, "taras")


def form(panel, taras, **changes):
    seen = panel.hidden(f"/staff/{taras.id}", "seen")
    return {"name": "Taras", "language": "en", "rights": ["OLLTV"], "seen": seen} | changes


def test_a_person_is_added_and_has_to_change_the_password(panel, runtime, app):
    assert panel.done("/staff/new", **NEW) == "/staff"
    listed = panel.page("/staff")
    assert "taras" in listed and "OLLTV, MONEY" in listed
    browser = Person(app.test_client(), "taras")
    browser.done("/sign-in", login="taras", password="first password")
    assert browser.get("/").location == "/profile/password"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"login": "olena"}, "The login olena is taken."),
        ({"login": "a b"}, "Latin letters"),
        ({"password": "short", "again": "short"}, "at least 8"),
        ({"again": "differs"}, "The two passwords differ."),
        ({"rights": ["ROOT"]}, "not a valid choice"),
    ],
)
def test_whoever_cannot_be_added_is_told_at_the_form(panel, runtime, wrong, told):
    answer = panel.post("/staff/new", **NEW | wrong)
    assert answer.status_code == 422
    assert told in text(answer)
    assert 'value="Taras"' in answer.get_data(as_text=True)
    assert "first password" not in answer.get_data(as_text=True)


def test_an_edit_changes_name_rights_and_language(panel, runtime, taras):
    changes = {"name": "Taras S", "rights": ["MONEY", "OLLTV"], "language": "ru"}
    assert panel.done(f"/staff/{taras.id}", **form(panel, taras, **changes)) == f"/staff/{taras.id}"
    saved = staff_of(runtime, "taras")
    assert (saved.name, saved.rights, saved.language) == ("Taras S", ["OLLTV", "MONEY"], "ru")


def test_other_rights_count_at_once(panel, runtime, app, taras):
    browser = signed_in(app, "taras")
    panel.done(f"/staff/{taras.id}", **form(panel, taras, rights=[]))
    assert browser.get("/profile").status_code == 303
    assert staff_of(runtime, "taras").rights == []


def test_the_second_of_two_administrators_is_told(panel, person, runtime, taras):
    second = person(*RIGHTS, login="second")
    stale = form(second, taras, name="Second")
    panel.done(f"/staff/{taras.id}", **form(panel, taras, name="First"))
    answer = second.post(f"/staff/{taras.id}", **stale)
    assert answer.status_code == 409
    assert "Somebody else has changed this" in text(answer)
    assert staff_of(runtime, "taras").name == "First"


def test_an_edit_without_the_edition_that_was_shown_is_refused(panel, runtime, taras):
    fields = form(panel, taras)
    del fields["seen"]
    assert panel.post(f"/staff/{taras.id}", **fields).status_code in (409, 422)
    assert panel.post(f"/staff/{taras.id}", **fields, seen="x").status_code in (409, 422)
    assert staff_of(runtime, "taras").name == ""


def test_nobody_changes_his_own_rights_or_shuts_himself_out(panel, person, runtime):
    person(*RIGHTS, login="second")
    me = staff_of(runtime, "olena")
    answer = panel.post(f"/staff/{me.id}", **form(panel, me, name="Olena", rights=["OLLTV"]))
    assert answer.status_code == 403
    assert "Ask another administrator." in text(answer)
    assert panel.post(f"/staff/{me.id}/disable").status_code == 403
    assert staff_of(runtime, "olena").rights == list(RIGHTS)
    panel.done(f"/staff/{me.id}", **form(panel, me, name="Olena", rights=list(RIGHTS)))


def test_disabling_says_what_it_means_and_can_be_undone(panel, runtime, app, taras):
    browser = signed_in(app, "taras")
    assert "signed out at once" in panel.page(f"/staff/{taras.id}/disable")
    panel.done(f"/staff/{taras.id}/disable")
    assert browser.get("/profile").status_code == 303
    assert browser.post("/sign-in", login="taras", password=PASSWORD).status_code == 401
    assert "This person is disabled" in panel.page(f"/staff/{taras.id}")
    panel.done(f"/staff/{taras.id}/enable")
    signed_in(app, "taras")


def test_a_reset_password_ends_sessions_and_is_temporary(panel, runtime, app, taras):
    browser = signed_in(app, "taras")
    fields = {"password": "for one sign-in", "again": "for one sign-in"}
    assert panel.post(f"/staff/{taras.id}/password", **fields | {"again": "x"}).status_code == 422
    panel.done(f"/staff/{taras.id}/password", **fields)
    assert browser.get("/profile").status_code == 303
    assert staff_of(runtime, "taras").must_change_password


def test_a_lost_second_factor_is_taken_away(panel, runtime, app, taras):
    give_second_factor(runtime, "taras")
    assert "really this person" in panel.page(f"/staff/{taras.id}/second-factor")
    panel.done(f"/staff/{taras.id}/second-factor")
    assert not staff_of(runtime, "taras").has_second_factor
    signed_in(app, "taras")


def test_sessions_of_a_person_are_ended(panel, app, taras):
    browser = signed_in(app, "taras")
    panel.done(f"/staff/{taras.id}/sign-out")
    assert browser.get("/profile").status_code == 303


PATHS = ["", "/disable", "/password", "/second-factor"]
POSTS = [*PATHS, "/enable", "/sign-out"]


def test_without_the_right_nothing_is_shown_or_done(person, runtime, taras):
    clerk = person("OLLTV", "MONEY", "PPV")
    for path in ["/staff", "/staff/new", *(f"/staff/{taras.id}{each}" for each in PATHS)]:
        assert clerk.get(path).status_code == 403, path
    for path in ["/staff/new", *(f"/staff/{taras.id}{each}" for each in POSTS)]:
        assert clerk.post(path, **NEW).status_code == 403, path
    assert staff_of(runtime, "taras").version == taras.version
    assert "/staff" not in clerk.get("/profile").get_data(as_text=True)


def test_somebody_who_does_not_exist_is_not_found(panel):
    for path in PATHS:
        assert panel.get(f"/staff/999{path}").status_code == 404, path
    fields = {"password": "long enough", "again": "long enough", "name": "", "language": "en", "seen": "1"}
    for path in POSTS:
        assert panel.post(f"/staff/999{path}", **fields).status_code == 404, path
