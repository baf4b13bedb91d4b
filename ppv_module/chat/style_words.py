"""Which properties, values and conditions a tenant's style sheet may have."""

import re
from collections.abc import Iterable
from typing import Any

from billing.errors import N_

FORBIDDEN = re.compile(
    r"url\s*\(|@import|<|\\|javascript|expression|-moz-binding|behaviou?r|vbscript|data:", re.IGNORECASE
)
"""Must not be found in what was written anew, whatever the lists below say."""

NAME = re.compile(r"-?[A-Za-z_][A-Za-z0-9_-]*")
OWN_PROPERTY = re.compile(r"--[A-Za-z0-9_-]+")
COLOUR = re.compile(r"[0-9A-Fa-f]{3,8}")
TEXT = re.compile(r"[\w .,!?…«»–—-]*")
DEEPEST, LONGEST = 6, 60

SIDES = ("top", "right", "bottom", "left", "block", "block-start", "block-end", "inline", "inline-start", "inline-end")
CORNERS = tuple(f"{first}-{second}" for first in ("top", "bottom") for second in ("left", "right"))
PROPERTIES = frozenset(
    (
        *("color", "background", "background-color", "background-image", "background-position", "background-size"),
        *("background-repeat", "opacity", "box-shadow", "text-shadow", "accent-color", "caret-color", "color-scheme"),
        *("border", "border-color", "border-style", "border-width", "border-radius", "border-collapse"),
        *("border-spacing", "outline", "outline-color", "outline-style", "outline-width", "outline-offset"),
        *(f"border-{side}{part}" for side in SIDES for part in ("", "-color", "-style", "-width")),
        *(f"border-{corner}-radius" for corner in CORNERS),
        *("margin", "padding", *(f"{kind}-{side}" for kind in ("margin", "padding") for side in SIDES)),
        *("width", "height", "min-width", "min-height", "max-width", "max-height", "aspect-ratio", "box-sizing"),
        *("font", "font-family", "font-size", "font-style", "font-weight", "font-stretch", "font-variant"),
        *("line-height", "letter-spacing", "word-spacing", "text-align", "text-decoration", "text-decoration-color"),
        *("text-decoration-line", "text-decoration-style", "text-decoration-thickness", "text-indent"),
        *("text-overflow", "text-transform", "text-underline-offset", "white-space", "word-break", "overflow-wrap"),
        *("hyphens", "vertical-align", "list-style", "list-style-type", "list-style-position", "content", "cursor"),
        *("display", "visibility", "overflow", "overflow-x", "overflow-y", "position", "float", "clear", "order"),
        *("flex", "flex-basis", "flex-direction", "flex-flow", "flex-grow", "flex-shrink", "flex-wrap"),
        *("gap", "row-gap", "column-gap", "justify-content", "justify-items", "justify-self", "align-content"),
        *("align-items", "align-self", "place-content", "place-items", "place-self", "grid", "grid-area"),
        *("grid-auto-columns", "grid-auto-flow", "grid-auto-rows", "grid-column", "grid-row", "grid-template"),
        *("grid-template-areas", "grid-template-columns", "grid-template-rows", "object-fit", "object-position"),
        *("transition", "transition-delay", "transition-duration", "transition-property"),
        "transition-timing-function",
    )
)
WITH_TEXT = frozenset(("font", "font-family", "content", "grid-template", "grid-template-areas"))
ONLY = {"position": frozenset(("static", "relative"))}
"""What may lie over a page could hide its prices or its buttons."""

FUNCTIONS = frozenset(
    (
        *("rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch", "color-mix", "light-dark"),
        *("linear-gradient", "radial-gradient", "conic-gradient", "repeating-linear-gradient"),
        *("repeating-radial-gradient", "repeating-conic-gradient", "calc", "min", "max", "clamp", "var"),
        *("minmax", "repeat", "fit-content", "cubic-bezier", "steps"),
    )
)

NO_PROPERTY = N_("this property is not allowed")
NO_VALUE = N_("this value is not allowed")
NO_CONDITION = N_("this condition of @media is not allowed")


class Refused(Exception):
    """`why` is a text to be translated."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def value(name: str, nodes: Iterable[Any]) -> str:
    """The value of the property `name`, written anew.

    :raises Refused: the property or something of its value is on no list
    """
    if name.startswith("--"):
        if not OWN_PROPERTY.fullmatch(name) or len(name) > LONGEST:
            raise Refused(NO_PROPERTY)
    elif name not in PROPERTIES:
        raise Refused(NO_PROPERTY)
    text = _written(nodes, with_text=name in WITH_TEXT).strip()
    if not text or text.lower() not in ONLY.get(name, {text.lower()}):
        raise Refused(NO_VALUE)
    return text


def media_condition(nodes: Iterable[Any]) -> str:
    """The condition of a `@media`, written anew: words, and in brackets words with colons and lengths.

    :raises Refused: it has something else
    """
    text = "".join(_condition(node) for node in nodes).strip()
    if not text:
        raise Refused(NO_CONDITION)
    return text


def _condition(node: Any) -> str:
    if node.type == "() block":
        inner = "".join(":" if each == ":" else _plain(each, NO_CONDITION) for each in node.content)
        return f"({inner})"
    if node == ",":
        return ","
    if node.type in ("ident", "whitespace"):
        return _plain(node, NO_CONDITION)
    raise Refused(NO_CONDITION)


def _written(nodes: Iterable[Any], *, with_text: bool, depth: int = 0) -> str:
    if depth > DEEPEST:
        raise Refused(NO_VALUE)
    return "".join(_one(node, with_text=with_text, depth=depth) for node in nodes)


def _one(node: Any, *, with_text: bool, depth: int) -> str:
    match node.type:
        case "function" if node.lower_name in FUNCTIONS:
            return f"{node.lower_name}({_written(node.arguments, with_text=False, depth=depth + 1)})"
        case "() block":
            return f"({_written(node.content, with_text=False, depth=depth + 1)})"
        case "string" if with_text and TEXT.fullmatch(node.value):
            return f'"{node.value}"'
        case "literal" if node.value in (",", "/", "+", "-", "*"):
            return str(node.value)
        case "hash" if COLOUR.fullmatch(node.value):
            return f"#{node.value}"
    return _plain(node, NO_VALUE)


def _plain(node: Any, why: str) -> str:
    """A blank, a word, a number.

    :raises Refused: for the reason `why`, it is something else
    """
    match node.type:
        case "whitespace":
            return " "
        case "comment":
            return ""
        case "ident" if is_name(node.value):
            return str(node.value)
        case "number":
            return str(node.representation)
        case "percentage":
            return f"{node.representation}%"
        case "dimension" if NAME.fullmatch(node.unit):
            return f"{node.representation}{node.unit}"
    raise Refused(why)


def is_name(text: str) -> bool:
    """Whether `text` is a plain word, without what had to be escaped; `--words` are names of own properties."""
    return len(text) <= LONGEST and bool(NAME.fullmatch(text) or OWN_PROPERTY.fullmatch(text))
