"""Selectors of a tenant's style sheet, each put within the pages of the chat."""

from collections.abc import Iterable, Sequence
from typing import Any

from tinycss2.nth import parse_nth

from billing.errors import N_
from ppv_module.chat.style_words import TEXT, Refused, is_name

SCOPE = ".chat-skin"
"""The class that pages of the chat carry around all that a tenant may style."""

MOST_SELECTORS = 50
WHOLE_PAGE = ("html", "body", ":root")
COMBINATORS = (">", "+", "~")
PSEUDO = frozenset(
    (
        *("hover", "focus", "focus-visible", "focus-within", "active", "visited", "link", "disabled", "enabled"),
        *("checked", "first-child", "last-child", "only-child", "first-of-type", "last-of-type", "empty", "root"),
        *("before", "after", "first-line", "first-letter", "placeholder", "marker", "selection"),
    )
)
COUNTING = frozenset(("nth-child", "nth-last-child", "nth-of-type", "nth-last-of-type"))
MATCHES = ("=", "~=", "|=", "^=", "$=", "*=")
NO_SELECTOR = N_("this selector is not allowed")


def scoped(prelude: Iterable[Any]) -> str:
    """The selectors of a rule, written anew, each of them within `SCOPE`.

    :raises Refused: one of them has something that is on no list
    """
    parts = _split(prelude)
    if len(parts) > MOST_SELECTORS:
        raise Refused(NO_SELECTOR)
    return ",".join(_within(_written(nodes)) for nodes in parts)


def _split(prelude: Iterable[Any]) -> list[list[Any]]:
    parts: list[list[Any]] = [[]]
    for node in prelude:
        if node == ",":
            parts.append([])
        elif node.type != "comment":
            parts[-1].append(node)
    return parts


def _within(selector: str) -> str:
    """What means the whole page means the part that may be styled. `> a` and `+ a` would reach beside it."""
    first, _, rest = selector.partition(" ")
    if not first or first[0] in COMBINATORS:
        raise Refused(NO_SELECTOR)
    if first.lower() in WHOLE_PAGE:
        if rest.lstrip()[:1] in ("+", "~"):
            raise Refused(NO_SELECTOR)
        return f"{SCOPE} {rest}".strip()
    return f"{SCOPE} {selector}"


def _written(nodes: Sequence[Any]) -> str:
    text, place = "", 0
    while place < len(nodes):
        node = nodes[place]
        if node == ":":
            part, place = _pseudo(nodes, place)
        else:
            part, place = _one(node, nodes[place + 1 : place + 2]), place + 1
        text += part
    return " ".join(text.split())


def _pseudo(nodes: Sequence[Any], place: int) -> tuple[str, int]:
    """`:hover`, `::before`, `:nth-child(2n+1)`, and the place after it."""
    colons = 2 if place + 1 < len(nodes) and nodes[place + 1] == ":" else 1
    place += colons
    node = nodes[place] if place < len(nodes) else None
    if node is not None and node.type == "ident" and node.lower_value in PSEUDO:
        return ":" * colons + node.lower_value, place + 1
    if node is not None and node.type == "function" and node.lower_name in COUNTING:
        return f":{node.lower_name}({_count(node.arguments)})", place + 1
    raise Refused(NO_SELECTOR)


def _count(arguments: list[Any]) -> str:
    """`odd`, `even`, `3`, `2n + 1`, all as `2n+1`."""
    found = parse_nth(arguments)
    if found is None:
        raise Refused(NO_SELECTOR)
    step, start = found
    return f"{step}n{start:+d}"


def _one(node: Any, following: Sequence[Any]) -> str:
    match node.type:
        case "whitespace":
            return " "
        case "ident" | "hash" if is_name(node.value):
            return ("#" if node.type == "hash" else "") + str(node.value)
        case "literal" if node == "." and following and following[0].type == "ident":
            return "."
        case "literal" if node == "*":
            return "*"
        case "literal" if node.value in COMBINATORS:
            return f" {node.value} "
        case "[] block":
            return f"[{_attribute([each for each in node.content if each.type != 'whitespace'])}]"
    raise Refused(NO_SELECTOR)


def _attribute(nodes: Sequence[Any]) -> str:
    """`data-x`, `data-x=y`, `data-x="y"`."""
    name = nodes[0] if nodes else None
    if name is None or name.type != "ident" or not is_name(name.value):
        raise Refused(NO_SELECTOR)
    if len(nodes) == 1:
        return str(name.value)
    if len(nodes) != 3 or nodes[1].type != "literal" or nodes[1].value not in MATCHES:
        raise Refused(NO_SELECTOR)
    wanted = nodes[2]
    if wanted.type not in ("ident", "string") or not TEXT.fullmatch(wanted.value):
        raise Refused(NO_SELECTOR)
    return f'{name.value}{nodes[1].value}"{wanted.value}"'
