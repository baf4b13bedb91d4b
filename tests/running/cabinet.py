"""The cabinet before a real billing, as tests of its pages use it."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from billing.access import create_key
from billing.host.base import Person
from billing.host.native import NativeSubscriber
from suite.runtime import Runtime
from tests.running.panel import CHEAP_HASH, PASSWORD
from tests.support import STAFF, Make
from userstats.app import create_app
from userstats.settings import CabinetOptions
from wsgi import open_doors


def with_options(runtime: Runtime, **olltv: object) -> Runtime:
    """The same runtime with other options of the module."""
    changed = replace(runtime.settings.olltv, **olltv)  # type: ignore[arg-type]
    return Runtime(replace(runtime.settings, olltv=changed), runtime.clock)


@contextmanager
def cabinet_of(runtime: Runtime, **options: object) -> Iterator[Flask]:
    """A cabinet that speaks English, and the billing behind it at an address."""
    doors = open_doors(runtime)
    server = make_server("127.0.0.1", 0, doors, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    key = create_key(runtime.billing.uow(), name="cabinet", scopes=["cabinet"], actor=STAFF, now=runtime.clock())
    usual = {"api_url": f"http://127.0.0.1:{server.port}/", "api_key": key, "lang": "en"}
    yield create_app(CabinetOptions(**usual | options))  # type: ignore[arg-type]
    server.shutdown()
    server.server_close()


def subscriber(make: Make, login: str, wallet: str, **profile: object) -> Person:
    """Somebody whose password is `PASSWORD`."""
    person = make.subscriber(login, wallet=wallet, **profile)
    uow = make.billing.uow()
    with uow:
        uow.session.get_one(NativeSubscriber, person.id).password_hash = CHEAP_HASH
    return person


def come_in(cabinet: Flask, login: str) -> FlaskClient:
    """The browser of `login`, signed in."""
    browser = cabinet.test_client()
    assert send(browser, "/sign-in", login=login, password=PASSWORD).status_code == 303
    return browser


def text(browser: FlaskClient, path: str) -> str:
    return browser.get(path, follow_redirects=True).get_data(as_text=True)


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    return re.search(rf'name="{name}" value="([^"]*)"', page)[1]


def send(browser: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Send a form with the token of this session."""
    return browser.post(path, data={"csrf_token": hidden(text(browser, "/no-such-page"), "csrf_token")} | fields)
