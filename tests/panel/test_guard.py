"""Nobody gets past the guard without the right that a view asks for."""

import pytest
from flask import Flask

from panel.guard import guard
from weblib.rights import Unmarked, public, requires

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@on_sqlite
def test_without_a_sign_in_a_page_leads_there_and_back(app):
    answer = app.test_client().get("/?a=1")
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/?a%3D1")


def test_a_view_that_says_nothing_about_rights_stops_the_app():
    app = Flask(__name__)
    app.add_url_rule("/open", "open", view_func=public(lambda: "open"))
    app.add_url_rule("/closed", "closed", view_func=requires("ADMIN")(lambda: "closed"))
    guard(app)
    app.add_url_rule("/forgotten", "forgotten", view_func=lambda: "forgotten")
    with pytest.raises(Unmarked, match="says nothing"):
        guard(app)


@on_sqlite
def test_every_view_of_the_panel_says_who_may_call_it(app):
    assert all(hasattr(view, "wanted_rights") for view in app.view_functions.values())


@on_sqlite
def test_the_menu_shows_only_what_a_person_may_open(person):
    assert "Overview" in person("OLLTV").page("/")
