"""Lists as tables: everything that a list is stands in its address."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from suite.settings import PROJECT
from weblib import tables
from weblib.i18n import Catalogue
from weblib.pages import Languages, speak
from weblib.tables import Column, Listing, wish


class State(StrEnum):
    ON, OFF = "on", "off"


@dataclass
class Row:
    login: str
    fee: int
    state: State = State.ON


@dataclass
class Counted:
    number: int
    is_more: bool = False


COLUMNS = (
    Column("login", "Login", lambda row: row.login, link=lambda row: f"/people/{row.login}", sort=True),
    Column("fee", "Amount", lambda row: row.fee, numeric=True, sort=True),
    Column("state", "State", lambda row: row.state, badge=lambda row: "good" if row.state is State.ON else None),
    Column("note", "Reason", lambda row: None, shown=False),
)
ROWS = [Row("ivan", 50), Row("oksana", 0, State.OFF)]


@pytest.fixture
def at():
    """A listing as the address `/list<query>` asks for it."""
    app = Flask(__name__)
    speak(app, Languages(Catalogue.load(PROJECT / "translations"), default="en"))

    def listing(query="", read=lambda listing: listing, lang="en", **kwargs):
        with app.test_request_context(f"/list{query}", headers={"Cookie": f"lang={lang}"}):
            asked = wish(COLUMNS, sort="login")
            return read(Listing(columns_known=COLUMNS, items=ROWS, wish=asked, **kwargs))

    return listing


def parts(url):
    split = urlsplit(url)
    return split.path, {name: values[0] for name, values in parse_qs(split.query).items()}


def test_the_usual_columns_are_shown_in_their_order(at):
    heads, rows = at(read=lambda listing: (listing.columns, listing.rows))
    assert [head.name for head in heads] == ["login", "fee", "state"]
    assert [(head.title, head.numeric) for head in heads] == [("Login", False), ("Amount", True), ("State", False)]
    assert [(cell.value, cell.url, cell.badge) for cell in rows[0]] == [
        ("ivan", "/people/ivan", None),
        (50, None, None),
        (State.ON, None, "good"),
    ]
    assert rows[1][2].badge is None


def test_titles_are_in_the_readers_language(at):
    assert at(lang="uk", read=lambda listing: listing.columns[0].title) == "Логін"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?columns=note,login", ["login", "note"]),
        ("?columns=note&columns=login", ["login", "note"]),
        ("?columns=login,password", ["login"]),
        ("?columns=password", ["login", "fee", "state"]),
        ("?columns=", ["login", "fee", "state"]),
    ],
)
def test_columns_can_be_picked_and_unknown_ones_do_not_count(at, query, names):
    assert at(query, read=lambda listing: [head.name for head in listing.columns]) == names
    assert at(query, read=lambda listing: [each.name for each in listing.all_columns if each.shown]) == names


@pytest.mark.parametrize(
    ("query", "sort", "descending"),
    [
        ("", "login", False),
        ("?sort=fee", "fee", False),
        ("?sort=fee&dir=desc", "fee", True),
        ("?sort=fee&dir=sideways", "fee", False),
        ("?sort=state", "login", False),
        ("?sort=nothing&dir=desc", "login", False),
    ],
)
def test_only_columns_that_allow_it_sort(at, query, sort, descending):
    asked = at(query).wish
    assert (asked.sort, asked.descending) == (sort, descending)


def test_a_heading_sorts_and_turns_round(at):
    heads = at("?sort=fee&cursor=c&login=ivan", read=lambda listing: listing.columns)
    assert [head.sorted for head in heads] == ["", "asc", ""]
    assert parts(heads[1].sort_url) == ("/list", {"sort": "fee", "dir": "desc", "login": "ivan"})
    assert parts(heads[0].sort_url) == ("/list", {"sort": "login", "dir": "asc", "login": "ivan"})
    assert heads[2].sort_url is None
    back = at("?sort=fee&dir=desc", read=lambda listing: listing.columns[1])
    assert (back.sorted, parts(back.sort_url)[1]["dir"]) == ("desc", "asc")


def test_pages_lead_on_and_keep_everything_else(at):
    urls = at("?state=on&columns=login", read=lambda x: (x.next_url, x.previous_url, x.first_url), next="n=&")
    assert parts(urls[0]) == ("/list", {"state": "on", "columns": "login", "cursor": "n=&"})
    assert urls[1:] == (None, None)
    later = at("?state=on&cursor=n", read=lambda x: (x.previous_url, x.first_url), previous="p")
    assert parts(later[0])[1]["cursor"] == "p"
    assert later[1] == "/list?state=on"


def test_several_values_of_one_name_stay_together(at):
    url = at("?state=on&state=off&empty=", read=lambda listing: listing.next_url, next="n")
    assert url == "/list?state=on&state=off&cursor=n"


def test_whether_it_is_filtered_and_the_way_out(at):
    assert not at("?sort=fee&dir=desc&columns=login&cursor=c&login=", read=lambda x: x.is_filtered)
    assert at("?login=ivan", read=lambda x: x.is_filtered)
    assert at("?login=ivan&sort=fee&columns=login", read=lambda x: x.reset_url) == "/list?sort=fee&columns=login"
    assert at("?login=ivan", read=lambda x: x.reset_url) == "/list"


def test_exports_ask_for_exactly_what_is_filtered(at):
    exports = {"csv": "/exports/people.csv", "xlsx": "/exports/people.xlsx?run=7"}
    urls = at("?login=ivan&columns=fee&cursor=c", read=lambda x: x.export_urls, exports=exports)
    assert urls == {
        "csv": "/exports/people.csv?login=ivan&columns=fee",
        "xlsx": "/exports/people.xlsx?run=7&login=ivan&columns=fee",
    }
    assert at("", read=lambda x: x.export_urls, exports=exports) == exports


@pytest.mark.parametrize(
    ("counted", "said"),
    [
        (None, ""),
        (Counted(1), "1 row"),
        (Counted(0), "0 rows"),
        (Counted(1000, is_more=True), "more than 1\u202f000 rows"),
    ],
)
def test_the_count_is_told_in_words(at, counted, said):
    assert at(read=lambda listing: listing.count, counted=counted).replace(",", "\u202f") == said


def test_what_can_be_saved_is_the_address_without_the_page(at):
    assert at("?b=2&cursor=c&a=1&empty=", read=lambda _: tables.query()) == "b=2&a=1"
