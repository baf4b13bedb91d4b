"""What a reader meets on a page of the cabinet, and how much of it neither the catalogues nor the billing gave."""

import ast
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from babel import Locale
from jinja2 import Environment, nodes

from userstats.words import BROWSERS, SYSTEMS
from weblib.i18n import LOCALES, Catalogue
from weblib.pages import NAMES

TEXT, DATA = "⟦⟧", "‹›"
"""Around what the catalogues gave, and around what the billing or the operator gave."""

SPOKEN = {"title", "alt", "aria-label", "aria-description", "aria-valuetext", "placeholder", "label", "data-copied"}
"""Attributes that are read out or shown."""

BUTTONS = {"submit", "button", "reset", "image"}
UNSEEN = {"script", "style"}
ASKING = {"_", "N_", "gettext", "ngettext", "ngettext_"}
NAMES_OF_THINGS = {"UAH", "MAC"} | {name for pair in (*BROWSERS, *SYSTEMS) for name in pair}
"""Written alike in every language."""

TOLD = {
    *("name", "login", "tariff", "title", "text", "detail", "note", "device_model", "visitor", "ends", "begins"),
    *("nickname", "bio", "performer", "viewer", "subject", "device", "url", "description"),
}
"""What the billing says in words."""


def mark_texts(patch: pytest.MonkeyPatch) -> None:
    """Have the catalogues put marks around whatever they give."""

    def gettext(_self: Catalogue, _lang: str, text: str, /, **facts: object) -> str:
        return TEXT[0] + (text % facts if facts else text) + TEXT[1]

    def ngettext(_self: Catalogue, _lang: str, singular: str, plural: str, number: int, /, **facts: object) -> str:
        return TEXT[0] + (singular if number == 1 else plural) % ({"num": number} | facts) + TEXT[1]

    patch.setattr(Catalogue, "gettext", gettext)
    patch.setattr(Catalogue, "ngettext", ngettext)


def marked(told: Any, name: str = "") -> Any:
    """An answer of the billing with marks around its words."""
    match told:
        case dict():
            return {key: marked(each, "text" if name == "description" else key) for key, each in told.items()}
        case list():
            return [marked(each, name) for each in told]
        case str() if told and name in TOLD:
            return re.sub(r"^(- )?(.+)$", rf"\1{DATA[0]}\2{DATA[1]}", told, flags=re.MULTILINE)
    return told


class Reader(HTMLParser):
    """Gathers what is said on a page: where, and what."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[tuple[str, str]] = []
        self._open: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self.said += [(f"{tag} {name}", given[name]) for name in sorted(SPOKEN & given.keys())]
        if tag == "input" and given.get("type") in BUTTONS:
            self.said.append(("input value", given.get("value", "")))
        if tag == "meta" and given.get("name") in ("description", "application-name", "apple-mobile-web-app-title"):
            self.said.append(("meta content", given.get("content", "")))
        if tag not in ("input", "meta", "link", "img", "br", "hr", "use", "path", "rect"):
            self._open.append((tag, given.get("lang", "")))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, text: str) -> None:
        tag, lang = self._open[-1] if self._open else ("", "")
        is_a_language = tag == "button" and text.strip() == NAMES.get(lang)
        if text.strip() and tag not in UNSEEN and not is_a_language:
            self.said.append((tag, text.strip()))


def said(answer: Any) -> list[tuple[str, str]]:
    """What a browser shows of an answer: a page, a file for spreadsheets, or what an app is called on a phone."""
    body = answer.get_data(as_text=True)
    if answer.mimetype == "text/csv":
        return [("csv", line) for line in body.lstrip("\ufeff").splitlines()]
    if answer.mimetype == "application/manifest+json":
        return [
            (name, text) for name, text in json.loads(body).items() if name in ("name", "short_name", "description")
        ]
    assert answer.mimetype == "text/html", answer.mimetype
    return Reader(body).said


def unmarked(text: str) -> str:
    """What is left when texts, data, dates and names are taken out, if that still says something."""
    text = re.sub(_dates(), "", _outside(_outside(text, TEXT), DATA))
    text = re.sub(rf"\b(?:{'|'.join(sorted(NAMES_OF_THINGS, key=len, reverse=True))})\b", "", text)
    return text.strip() if any(each.isalpha() for each in text) else ""


def strays(answer: Any) -> list[tuple[str, str]]:
    """Where on a page a text stands that neither a catalogue nor the billing gave."""
    return [(place, text) for place, text in said(answer) if unmarked(text)]


def _outside(text: str, pair: str) -> str:
    """`text` without what stands between the marks, which may stand within each other."""
    left, depth = [], 0
    for each in text:
        depth += each == pair[0]
        if not depth:
            left.append(each)
        depth -= each == pair[1]
    return "".join(left)


def _dates() -> str:
    """Finds dates and months as English writes them."""
    known = Locale.parse(LOCALES["en"]).months["format"]
    names = "|".join({*known["wide"].values(), *known["abbreviated"].values()})
    return rf"\b(?:\d{{1,2}} )?(?:{names}) \d{{4}}\b"


HOLE = "¤"


def bare(source: str) -> list[tuple[str, str]]:
    """What a template says by itself, outside of what it computes; in every branch, also in those never taken."""
    tokens = [(kind, text) for _line, kind, text in Environment(autoescape=True).lex(source)]
    page = "".join(
        HOLE if kind == "variable_end" else text for kind, text in tokens if kind in ("data", "variable_end")
    )
    return [(place, text) for place, text in Reader(page).said if unmarked(text)]


def quoted(source: str) -> Iterator[str]:
    """Texts that a template quotes without asking the catalogues for them. Words of programs begin small."""
    tree = Environment(autoescape=True).parse(source)
    asked = {id(each) for call in tree.find_all(nodes.Call) if _asks(call) for each in call.find_all(nodes.Const)}
    for const in tree.find_all(nodes.Const):
        is_text = isinstance(const.value, str) and re.search(r"\b[A-Z][a-z]+", const.value)
        if is_text and id(const) not in asked:
            yield const.value


def _asks(call: nodes.Call) -> bool:
    return isinstance(call.node, nodes.Name) and call.node.name in ("_", "ngettext_")


def unasked(source: str) -> Iterator[str]:
    """Sentences in a module that the catalogues are not asked for. Docstrings are for programmers."""
    tree = ast.parse(source)
    known = {id(part) for each in ast.walk(tree) if _is_asked_or_bare(each) for part in ast.walk(each)}
    for each in ast.walk(tree):
        text = _literal(each)
        if id(each) not in known and re.match(r"[A-Z“].*\s[a-z]", text):
            yield text


def _is_asked_or_bare(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in ASKING
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _literal(node: ast.AST) -> str:
    """The text of a string; what is computed in it is a hole."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_literal(each) or HOLE for each in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
