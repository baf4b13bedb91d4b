"""Saved views: a person's own filters, above the list that they belong to."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from billing import saved_views
from billing.errors import InvalidInput, NotFound
from billing.saved_views import MOST, SavedView, TooManyViews
from tests.billing.books import at_once
from tests.support import STAFF


@pytest.fixture
def views(billing):
    def read():
        with billing.reading() as session:
            return [(view.page, view.name, view.query) for view in session.scalars(select(SavedView))]

    return read


def test_a_filter_is_saved_shown_as_a_chip_and_deleted(panel, views):
    query = unescape(panel.hidden("/events?login=ivan&columns=at,text", "query"))
    assert panel.done("/views", page="/events", query=query, name=" Ivan ") == f"/events?{query}"
    page = panel.get("/events").get_data(as_text=True)
    url = re.search(r'href="([^"]+)"[^>]*>(?:<svg.*?</svg>)?Ivan<', page)[1]
    assert unescape(url) == f"/events?{query}" == "/events?login=ivan&columns=at%2Ctext"
    assert "Ivan" not in panel.page("/jobs")

    [action] = re.findall(r'action="(/views/\d+/delete)"', page)
    assert panel.done(action) == "/events"
    assert views() == []


def test_the_cursor_of_a_page_is_not_part_of_a_view(panel, billing, clock):
    for _ in range(60):
        with billing.uow() as uow:
            uow.events.write("LINE", actor=STAFF, at=clock(), login="ivan")
    page = panel.get("/events", login="ivan").get_data(as_text=True)
    following = unescape(re.search(r'href="([^"]+)" rel="next"', page)[1])
    assert "cursor" in following
    assert panel.hidden(following, "query") == "login=ivan"


def test_the_same_name_on_the_same_page_is_replaced(panel, views):
    panel.done("/views", page="/events", query="login=a", name="Mine")
    panel.done("/views", page="/events", query="login=b", name="Mine")
    panel.done("/views", page="/jobs", query="columns=number", name="Mine")
    assert sorted(views()) == [("/events", "Mine", "login=b"), ("/jobs", "Mine", "columns=number")]


def test_views_are_a_persons_own(panel, person, views):
    panel.done("/views", page="/events", query="login=a", name="Mine")
    other = person("OLLTV")
    assert "Mine" not in other.page("/events")
    assert other.post("/views/1/delete").status_code == 404
    assert len(views()) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 65}, "Too long: at most 64 characters."),
        ({"query": ""}, "This field is required."),
        ({"name": "a\x00b"}, "This text has characters that cannot be stored."),
    ],
)
def test_what_cannot_be_saved_is_told(panel, views, fields, said):
    back = panel.done("/views", **{"page": "/events", "query": "login=a", "name": "Mine"} | fields)
    assert said in panel.client.get(back).get_data(as_text=True)
    assert views() == []


def test_nobody_is_led_elsewhere(panel, views):
    assert panel.done("/views", page="//evil.example/x", query="a=b", name="Mine") == "/"
    assert not [page for page, _, _ in views() if "evil" in page]


def test_there_is_a_limit(billing, panel):
    for number in range(MOST):
        saved_views.save(billing.uow(), staff_id=1, page="/events", name=f"{number}", query="a=b")
    with pytest.raises(TooManyViews):
        saved_views.save(billing.uow(), staff_id=1, page="/events", name="one more", query="a=b")
    saved_views.save(billing.uow(), staff_id=1, page="/events", name="0", query="replaced=1")
    with pytest.raises(InvalidInput):
        saved_views.save(billing.uow(), staff_id=1, page="/events", name="x" * 65, query="a=b")
    with pytest.raises(NotFound):
        saved_views.forget(billing.uow(), staff_id=2, view_id=1)


def test_saving_twice_at_once_leaves_one(billing, panel, views):
    at_once(8, lambda n: saved_views.save(billing.uow(), staff_id=1, page="/events", name="Mine", query=f"n={n}"))
    assert len(views()) == 1
