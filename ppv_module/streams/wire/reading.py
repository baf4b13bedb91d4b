"""A body becomes a `Sync`. The form is known by its first character, whatever the headers say."""

import json
import math
import re
from typing import Any
from xml.etree import ElementTree

from ppv_module.streams.wire.collecting import no_collection
from ppv_module.streams.wire.errors import Malformed, TooLarge
from ppv_module.streams.wire.gathering import DEEPEST, WRAPPER, gather
from ppv_module.streams.wire.records import Sync

BOM = b"\xef\xbb\xbf"
LONGEST = 64 * 1024 * 1024
DECLARATIONS = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)
SUSPICIOUS = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
BYTES_EACH = 12
"""On average an object, list or element of a server has many more; a body of brackets alone would fill the memory."""


def read(body: bytes, *, longest: int = LONGEST) -> Sync:
    """Read a sync in JSON or XML.

    :raises Malformed: it is neither, is cut off, is not UTF-8, or has what no server sends
    :raises TooLarge: it has more than `longest` bytes
    """
    if len(body) > longest:
        raise TooLarge(limit=longest)
    with no_collection():
        return gather(_xml(body) if is_xml(body) else _json(body))


def is_xml(body: bytes) -> bool:
    """Whether this is XML; otherwise it is JSON.

    :raises Malformed: it is neither
    """
    first = body.removeprefix(BOM).lstrip(b" \t\r\n")[:1]
    if first not in (b"{", b"<"):
        raise Malformed("empty" if not first else "no_format", 0)
    return first == b"<"


def _json(body: bytes) -> Any:
    _require_sparse(body, body.count(b"{") + body.count(b"["))
    try:
        text = body.removeprefix(BOM).decode()
        root = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise Malformed("not_utf8", error.start) from None
    except json.JSONDecodeError as error:
        raise Malformed("bad_json", error.pos) from None
    except RecursionError:
        raise Malformed("too_deep") from None
    except ValueError:  # a number of thousands of digits
        raise Malformed("bad_number") from None
    if SUSPICIOUS.search(body) or b"\0" in body:
        _require_clean(root)
    return root


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("duplicate_key")
    return found


def _refuse(_constant: str) -> None:
    raise Malformed("bad_number")


def _finite(text: str) -> float:
    """A number that is too large becomes infinite, which no database keeps."""
    if math.isinf(number := float(text)):
        raise Malformed("bad_number")
    return number


def _require_clean(root: Any) -> None:
    """:raises Malformed: a text has a NUL or half of a pair that makes one character"""
    waiting = [root]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and re.search("[\0\ud800-\udfff]", value):
            raise Malformed("bad_character")


def _xml(body: bytes) -> Any:
    if DECLARATIONS.search(body):
        raise Malformed("declarations")  # entities are declared there, and bombs are made of entities
    _require_sparse(body, body.count(b"<") - body.count(b"</"))
    try:
        root = ElementTree.fromstring(body, ElementTree.XMLParser(encoding="utf-8"))  # noqa: S314 (no declarations)
    except ElementTree.ParseError as error:
        raise Malformed("bad_xml") from error
    if _name(root) != WRAPPER:
        raise Malformed("no_object")
    tree = _tree(root, 0)
    return {} if tree == "" else tree


def _require_sparse(body: bytes, things: int) -> None:
    if things > 1000 + len(body) // BYTES_EACH:
        raise Malformed("too_dense")


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _tree(element: ElementTree.Element, depth: int) -> Any:
    """The shape that JSON has: repeated elements are a list, an element without children is its text."""
    if depth > DEEPEST:
        raise Malformed("too_deep")
    if not len(element):
        return (element.text or "").strip() if depth else ""
    tree: dict[str, Any] = {}
    for child in element:
        name, value = _name(child), _tree(child, depth + 1)
        if name not in tree:
            tree[name] = value
        elif isinstance(tree[name], list):
            tree[name].append(value)
        else:
            tree[name] = [tree[name], value]
    return tree
