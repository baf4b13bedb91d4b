"""What all pages look like: nothing inline, light to load, wired for people who do not see or do not use a mouse."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice

import olltv_module.admin
import panel as panel_package
from billing.money import Money
from panel.shell import MENU
from tests.panel.test_guard import on_sqlite
from tools.vendor import icon_names
from weblib.fields import CheckField, ChoiceField, TextField
from weblib.forms import Form
from weblib.tables import Column, Listing, wish

BUDGET_BYTES = 350 * 1024
TEMPLATES = sorted(
    path
    for package in (panel_package, olltv_module.admin)
    for path in (Path(package.__file__).parent / "templates").rglob("*.html")
)
KIT = '{% import "kit.html" as kit with context %}'
PROBE = "<script>alert('x')</script>"


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, {name: value or "" for name, value in attributes}))

    def named(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.found if tag in tags]


class Kettle(Form):
    name = TextField("Name", required=True, description="As on the box.")
    kind = ChoiceField("Kind", choices=[("a", "A"), ("b", "B")])
    boils = CheckField("Boils")
    colour = RadioField("Colour", choices=[SelectChoice("red", "Red"), SelectChoice("blue", "Blue")])


@pytest.fixture
def render(app: Flask):
    """Renders a template as a page of the panel would, for a request of `path`."""

    def rendered(source: str, path: str = "/", **names: object) -> Tags:
        with app.test_request_context(path, headers={"Accept-Language": "en"}):
            names = {name: value() if callable(value) else value for name, value in names.items()}
            return Tags(render_template_string(KIT + source, **names))

    return rendered


def parts(page: Tags) -> Iterator[str]:
    """The addresses that a browser loads together with the page."""
    for each in page.named("link"):
        yield each["href"]
    for each in page.named("script", "img", "use"):
        yield (each.get("src") or each["href"]).partition("#")[0]
    for each in page.named("canvas"):
        yield each["data-chart-source"]


@on_sqlite
@pytest.mark.parametrize("path", ["/", "/nowhere", "/sign-in"])
def test_the_first_load_of_a_page_is_light(app, panel, path):
    client = app.test_client() if path == "/sign-in" else panel.client
    answer = client.get(path)
    loaded = {part: client.get(part, headers={"Accept-Encoding": "gzip"}) for part in parts(Tags(answer.text))}

    assert len(loaded) >= 5
    assert {each.status_code for each in loaded.values()} == {200}
    assert len(answer.data) + sum(len(each.data) for each in loaded.values()) < BUDGET_BYTES


@on_sqlite
def test_a_page_with_charts_is_light_too(render, panel):
    chart = render("{{ kit.chart('picture', 'numbers') }}")
    everything = {*parts(chart), *parts(Tags(panel.get("/").text))}

    packed = {each: panel.client.get(each, headers={"Accept-Encoding": "gzip"}) for each in everything}
    assert any("chart" in each for each in packed)
    assert sum(len(answer.data) for answer in packed.values()) < BUDGET_BYTES - 50_000  # that is left for the page


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_nothing_that_the_content_policy_forbids(path):
    for tag, attributes in Tags(path.read_text()).found:
        assert tag != "style"
        assert tag != "script" or "src" in attributes
        assert not [name for name in attributes if name == "style" or name.startswith(("on", "hx-on", "data-hx-on"))]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_use_icons_that_there_are(path):
    source, known = path.read_text(), {*icon_names()}
    named = re.findall(r"""\bicon(?:\(|=)["']([a-z0-9-]+)["']""", source)
    after_kind = re.findall(r""""(?:primary|danger|quiet)",\s*"([a-z0-9-]+)""", source)
    assert not {*named, *after_kind} - known


def test_the_menu_uses_icons_that_there_are():
    assert not {entry.icon for entry in MENU} - {*icon_names()}


@on_sqlite
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_that_was_picked_is_rendered(panel, theme):
    panel.done("/theme", theme=theme, next="/")
    assert Tags(panel.get("/").text).named("html")[0]["data-bs-theme"] == theme


@on_sqlite
def test_a_field_tells_its_label_hint_and_errors_to_a_screen_reader(render):
    def wrong() -> Form:
        form = Kettle()
        form.validate()
        return form

    source = "{{ kit.errors(form) }}{% for each in form %}{{ kit.field(each) }}{% endfor %}"
    page = render(source, form=wrong)
    ids = {attributes["id"] for _, attributes in page.found if "id" in attributes}
    name = next(each for each in page.named("input") if each.get("name") == "name")

    assert name["aria-invalid"] == "true"
    assert name["aria-describedby"].split() == ["name-errors", "name-hint"]
    assert {*name["aria-describedby"].split()} <= ids
    assert {each["for"] for each in page.named("label") if "for" in each} == {"name", "kind"}
    assert {each["href"] for each in page.named("a")} <= {f"#{id}" for id in ids}
    assert len(page.named("legend")) == 1


@on_sqlite
def test_a_form_carries_its_token_what_was_seen_and_its_key(render):
    page = render("{% call kit.form(action='/x', seen=0, key='once') %}{% endcall %}")
    hidden = {each["name"]: each["value"] for each in page.named("input")}

    assert (hidden.pop("csrf_token") != "", hidden) == (True, {"seen": "0", "key": "once"})
    assert page.named("form") == [
        {"class": "form", "method": "post", "action": "/x", "novalidate": "", "data-once": ""},
    ]


@on_sqlite
def test_texts_stay_texts_in_every_part(render):
    source = """
        {{ kit.submit(it) }}{{ kit.post_button(it, it, fields={it: it}) }}{{ kit.link_button(it, "/") }}
        {{ kit.crumb(it, "/") }}{% call kit.card(it, id="x") %}{{ it }}{% endcall %}{{ kit.tile(it, it, hint=it) }}
        {{ kit.badge(it) }}{{ kit.note(it) }}{{ kit.empty(it, it, "/", it) }}{{ kit.facts([(it, it)]) }}
        {{ kit.progress(1, 2, it) }}"""
    assert not render(source, it=PROBE).named("script")


COLUMNS = [
    Column("login", "Login", lambda row: row, link=lambda row: f"/subscribers/{row}", sort=True),
    Column("state", "State", lambda _: PROBE, badge=lambda _: "warn"),
    Column("balance", "Balance", lambda _: Money(123450, "UAH"), sort=True, numeric=True),
]


def listing(*rows: str, **more: object) -> Listing[str]:
    return Listing(columns_known=COLUMNS, items=rows, wish=wish(COLUMNS, sort="login"), **more)


@on_sqlite
def test_a_listing_is_a_table_that_says_how_it_is_sorted(render):
    page = render(
        "{{ kit.listing(listing()) }}", "/list?sort=balance&dir=desc", listing=lambda: lambda: listing("ivan")
    )

    assert [each.get("aria-sort") for each in page.named("th")] == [None, None, "descending"]
    assert {each["scope"] for each in page.named("th")} == {"col"}
    assert [each["data-label"] for each in page.named("td")] == ["Login", "State", "Balance"]
    assert "/subscribers/ivan" in {each["href"] for each in page.named("a")}
    assert not page.named("script")


@on_sqlite
def test_rows_of_a_listing_have_the_buttons_that_its_caller_gives(render):
    source = (
        "{% call(item) kit.listing(listing('ivan', 'olha')) %}{{ kit.link_button('Look', '/' ~ item) }}{% endcall %}"
    )
    page = render(source, listing=lambda: listing)

    assert [each["href"] for each in page.named("a") if each.get("class") == "btn"] == ["/ivan", "/olha"]
    assert len(page.named("th")) == len(COLUMNS) + 1


@on_sqlite
@pytest.mark.parametrize(("path", "way_out"), [("/list?state=active&sort=login", "/list?sort=login"), ("/list", None)])
def test_an_empty_listing_says_why_it_is_empty(render, path, way_out):
    page = render("{{ kit.listing(listing) }}", path, listing=listing)

    assert not page.named("table")
    assert (way_out in {each["href"] for each in page.named("a")}) is (way_out is not None)


@on_sqlite
def test_pages_for_everybody_offer_language_and_theme(app, panel):
    page = Tags(app.test_client().get("/sign-in").text)
    assert {each["action"] for each in page.named("form")} == {"/sign-in", "/language", "/theme"}
