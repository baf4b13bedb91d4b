"""A person before a browser: speaks a language, looks at pages, notices what goes wrong in them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Response, expect

from suite.texts import project_catalogue
from tests.running.panel import PASSWORD

EXPECTED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
"""What the browser says of a page that refuses; the tests look at the page itself."""


@dataclass
class Visitor:
    """One context with one page. `troubles` collects errors of scripts, violations of the policy, answers from 500."""

    context: BrowserContext
    page: Page
    base: str
    language: str
    troubles: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.troubles.append(f"script: {error}"))
        self.page.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not EXPECTED.match(message.text):
            self.troubles.append(f"console at {self.page.url}: {message.text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.troubles.append(f"{response.status} {response.request.method} {response.url}")

    def t(self, text: str, **facts: object) -> str:
        """A text of the program in this visitor's language."""
        return CATALOGUE.gettext(self.language, text, **facts)

    def go(self, path: str) -> Page:
        self.page.goto(urljoin(self.base, path))
        return self.page

    def at(self, pattern: str) -> str:
        """Wait until the address matches; gives its path."""
        self.page.wait_for_url(re.compile(pattern), timeout=15_000)
        return self.page.url.removeprefix(self.base.rstrip("/"))

    def button(self, text: str, **facts: object) -> Locator:
        return self.page.get_by_role("button", name=self.t(text, **facts), exact=True)

    def link(self, text: str, **facts: object) -> Locator:
        return self.page.get_by_role("link", name=self.t(text, **facts), exact=True)

    def field(self, name: str) -> Locator:
        """A control by its name in the form, whatever its label says."""
        return self.page.locator(f"#main [name='{name}']:not([type=hidden])")

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            self.field(name).first.fill(value)

    def submit(self, scope: str = "#main form[method=post]") -> None:
        """Press the first button of the first form that changes something on the page."""
        self.page.locator(f"{scope} button:not([type=button])").first.click()

    def sees(self, text: str, **facts: object) -> None:
        expect(self.page.locator("#main")).to_contain_text(self.t(text, **facts))

    def sign_in(self, login: str) -> None:
        self.go("/sign-in")
        self.fill(login=login, password=PASSWORD)
        self.submit("#main form")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)


CATALOGUE = project_catalogue()
Hire = Callable[..., Any]
