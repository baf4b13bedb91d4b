"""Signing in, as tests do it."""

import re
from collections.abc import Sequence

from argon2 import PasswordHasher
from flask.testing import FlaskClient

from billing.staff import Staff
from suite.runtime import Runtime

PASSWORD = "long enough"
CHEAP_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""Made with little work, to keep the tests quick."""


def add_person(runtime: Runtime, login: str, rights: Sequence[str]) -> None:
    """Someone of the staff, whose password is `PASSWORD`."""
    uow = runtime.billing.uow()
    with uow:
        row = Staff(
            login=login,
            password_hash=CHEAP_HASH,
            rights=list(rights),
            language="en",
            created_at=runtime.clock(),
        )
        uow.session.add(row)


def token(client: FlaskClient) -> str:
    """The token that the forms of this session carry."""
    page = client.get("/sign-in", follow_redirects=True).get_data(as_text=True)
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


def sign_in(client: FlaskClient, password: str = PASSWORD, **fields: str):
    form = {"login": "olena", "password": password, "csrf_token": token(client)} | fields
    return client.post("/sign-in", data=form)


def send(client: FlaskClient, path: str, **fields: str):
    return client.post(path, data={"csrf_token": token(client)} | fields)
