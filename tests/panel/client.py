"""A person of the staff at the panel, as tests use it."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.running.panel import PASSWORD


@dataclass
class Person:
    """Someone's browser. Posts carry the session's form token."""

    client: FlaskClient
    login: str

    def get(self, path: str, **arguments: Any) -> TestResponse:
        return self.client.get(path, query_string=arguments or None)

    def page(self, path: str, **arguments: Any) -> str:
        """The text of a page that must be there, without its markup."""
        answer = self.get(path, **arguments)
        assert answer.status_code == 200, (answer.status_code, answer.location, text(answer))
        return text(answer)

    def post(self, path: str, **fields: Any) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token()} | fields)

    def done(self, path: str, **fields: Any) -> str:
        """Post what must succeed; gives the path that it leads to."""
        answer = self.post(path, **fields)
        assert answer.status_code == 303, (answer.status_code, text(answer))
        return answer.location

    def token(self) -> str:
        page = self.client.get("/sign-in", follow_redirects=True).get_data(as_text=True)
        return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]

    def hidden(self, path: str, name: str) -> str:
        """The value of a hidden field of the page `path`."""
        page = self.get(path).get_data(as_text=True)
        return unescape(re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1])


def text(answer: TestResponse) -> str:
    """What a reader sees: no tags, blanks squeezed."""
    page = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", answer.get_data(as_text=True), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def signed_in(app: Flask, login: str) -> Person:
    person = Person(app.test_client(), login)
    form = {"login": login, "password": PASSWORD, "csrf_token": person.token(), "next": ""}
    assert person.client.post("/sign-in", data=form).status_code == 303
    return person
