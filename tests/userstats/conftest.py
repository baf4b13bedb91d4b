"""The cabinet before a billing that answers from a dictionary."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.userstats.fake import FakeBilling, filled, serving
from userstats.app import create_app
from userstats.settings import CabinetOptions


@pytest.fixture
def billing() -> Iterator[FakeBilling]:
    """The billing; change what it says with `says` and `refuses`, see what it was asked with `asked`."""
    with serving(filled()) as fake:
        yield fake


@pytest.fixture
def build(billing) -> Callable[..., Flask]:
    """Make a cabinet with other options than the usual."""

    def built(**options: Any) -> Flask:
        usual = {"api_url": billing.url, "api_key": "key", "lang": "en", "topup_url": "https://pay.example/"}
        return create_app(CabinetOptions(**usual | options))

    return built


@pytest.fixture
def cabinet(build) -> Flask:
    return build()


@pytest.fixture
def stranger(cabinet) -> FlaskClient:
    """A browser that is not signed in."""
    return cabinet.test_client()


@pytest.fixture
def browser(stranger, billing) -> FlaskClient:
    """Ivan's browser; the billing remembers no call yet."""
    sign_in(stranger)
    billing.calls.clear()
    return stranger


def token(browser: FlaskClient) -> str:
    """The token that the forms of this session carry."""
    page = browser.get("/no-such-page").get_data(as_text=True)
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


def send(browser: FlaskClient, path: str, **fields: object) -> TestResponse:
    """Send a form as a page would."""
    return browser.post(path, data={"csrf_token": token(browser)} | fields)


def sign_in(browser: FlaskClient, login: str = "ivan", password: str = "long enough") -> TestResponse:
    return send(browser, "/sign-in", login=login, password=password)
