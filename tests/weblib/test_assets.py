"""Front-end files: how they are served, and that they are what the npm lock says."""

import gzip
import re
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import missing
from tools import vendor
from weblib.assets import STATIC, asset, serve_assets
from weblib.themes import offer_themes

CSS = "vendor/tabler.min.css"


@pytest.fixture
def client():
    app = Flask("kettle.assets")
    serve_assets(app)
    offer_themes(app)
    with app.test_request_context():
        app.config["ADDRESS"] = asset(CSS)
    return app.test_client()


@pytest.fixture
def address(client) -> str:
    return client.application.config["ADDRESS"]


def test_a_file_goes_out_packed_to_those_who_can_unpack_it(client, address):
    packed = client.get(address, headers={"Accept-Encoding": "gzip, br"})
    plain = client.get(address)

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data == (STATIC / CSS).read_bytes()
    assert len(packed.data) < len(plain.data) / 4
    assert {packed.headers["Vary"], plain.headers["Vary"]} == {"Accept-Encoding"}
    assert packed.mimetype == plain.mimetype == "text/css"


def test_nobody_gets_packed_what_he_refuses(client, address):
    assert "Content-Encoding" not in client.get(address, headers={"Accept-Encoding": "gzip;q=0"}).headers


def test_an_address_is_kept_forever_since_another_content_has_another_address(client, address):
    assert "immutable" in client.get(address).headers["Cache-Control"]

    stale = re.sub(r"/assets/\w+/", "/assets/0123456789ab/", address)
    assert client.get(stale).status_code == 200  # a page of the release before
    assert client.get(stale).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["../assets.py", "%2e%2e/pages.py", "nothing.css", "vendor", "vendor/LICENSES.md", ""])
def test_nothing_else_is_served(client, name):
    assert client.get(f"/assets/0123456789ab/{name}").status_code in {404, 308}


def test_a_name_that_is_wrong_in_a_template_is_a_defect(client):
    with client.application.test_request_context(), pytest.raises(KeyError):
        asset("kit.cs")


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
def test_a_theme_is_remembered_and_the_page_shown_again(client, theme):
    answer = client.post("/theme", data={"theme": theme, "next": "/tariffs?sort=name"})

    assert (answer.status_code, answer.location) == (303, "/tariffs?sort=name")
    assert client.get_cookie("theme").value == theme


def test_other_themes_and_other_sites_are_refused(client):
    answer = client.post("/theme", data={"theme": "pink", "next": "//evil.example/"})

    assert (answer.status_code, answer.location) == (303, "/")
    assert client.get_cookie("theme") is None


def test_vendored_files_are_those_of_the_lock():
    if not (vendor.MODULES / ".stamp").exists():
        missing("npm's copy of the front-end files", "make frontend/node_modules/.stamp")
    assert {path.name: path.read_bytes() for path in vendor.VENDOR.iterdir()} == vendor.vendored()


def test_every_vendored_file_has_its_licence():
    told = (vendor.VENDOR / "LICENSES.md").read_text()
    for path in vendor.VENDOR.iterdir():
        assert path.name == "LICENSES.md" or f"`{path.name}`" in told, path.name
    assert told.count("```text") == len(vendor.PACKAGES)


def test_the_versions_that_are_told_are_those_of_the_lock():
    lock = vendor.json.loads((vendor.FRONTEND / "package-lock.json").read_text())["packages"]
    told = dict(re.findall(r"^## (\S+) (\S+)", (vendor.VENDOR / "LICENSES.md").read_text(), re.MULTILINE))

    assert told == {package.name: lock[f"node_modules/{package.name}"]["version"] for package in vendor.PACKAGES}


def test_stylesheets_and_scripts_load_nothing_from_elsewhere():
    for path in Path(STATIC).rglob("*.[cj]s*"):
        loads = re.findall(r"""(?:url\(|@import|importScripts\(|src\s*=)\s*["']?(https?:)?//""", path.read_text())
        assert not loads, path.name
