"""What media servers tell, and what they are answered, in JSON and XML."""

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from .config import XML
from .sessions import Told
from .signing import digest, is_same

MEDIA_TYPES = {"json": "application/json", "xml": "text/xml"}
LEVELS = ("VHost", "Application", "Instance", "Stream")
Tree = dict[str, Any]


class Unbelievable(Exception):
    """An answer that a server ignores. `str()` is one word."""


@dataclass(frozen=True)
class Message:
    """One message of a server, which may be posted more than once. `leaving` are told for the last time."""

    puzzle: str
    body: bytes
    told: Sequence[Told]
    form: str

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.form]


def write(
    server: str, told: Sequence[Told], *, form: str, token: str, double: bool = False, events: Iterable[Tree] = ()
) -> Message:
    """A message of `server` about sessions; nobody is told of as an empty object. `double` tells twice the time."""
    puzzle = secrets.token_hex(16)
    root: Tree = {"ID": server}
    if token:
        root["Signature"] = digest(server, puzzle, token)
    root["Puzzle"] = puzzle
    root["PayPerViewInfo"] = _grouped(told, 2 if double else 1)
    for each in events:
        root.setdefault(each["event"], []).append({name: value for name, value in each.items() if name != "event"})
    return Message(puzzle, _encoded(root, form), told, form)


def _grouped(told: Sequence[Told], times: int) -> Tree:
    """Hosts, their applications, instances and streams, with their players."""
    info: Tree = {}
    streams: dict[tuple[str, ...], list[Tree]] = {}
    for session, ms, octets in told:
        names = (session.stream.vhost, session.stream.application, session.stream.instance, session.stream.name)
        if names not in streams:
            streams[names] = _place(info, names)
        player = {
            "id": session.viewer,
            "ip": session.ip,
            "sessionid": str(session.number),
            "delta": ms * times,
            "bytes_sent": octets * times,
            "user_agents": list(session.agents),
        }
        streams[names].append(player)
    return info


def _place(info: Tree, names: Sequence[str]) -> list[Tree]:
    """The players of the stream with these names, made where it is not there yet."""
    here = info
    for level, name in zip(LEVELS, names, strict=True):
        items = here.setdefault(level, [])
        found = next((each for each in items if each["name"] == name), None)
        if found is None:
            found = {"name": name}
            items.append(found)
        here = found
    players: list[Tree] = here.setdefault("Player", [])
    return players


def _encoded(root: Tree, form: str) -> bytes:
    if form == XML:
        element = ElementTree.Element("ApiSyncRequest")
        _fill(element, root)
        return ElementTree.tostring(element)
    return json.dumps(root, separators=(",", ":")).encode()


def _fill(parent: ElementTree.Element, tree: Tree) -> None:
    """Every key is a child, lists are repeated children."""
    for name, value in tree.items():
        for each in value if isinstance(value, list) else [value]:
            child = ElementTree.SubElement(parent, name)
            if isinstance(each, dict):
                _fill(child, each)
            else:
                child.text = str(each)


def read_answer(body: bytes, *, puzzle: str, token: str) -> frozenset[str]:
    """Everybody who is denied.

    :raises Unbelievable: `unreadable`, or `solution` when the answer does not prove that it knows the token
    """
    solution, denied = _xml(body) if body.lstrip()[:1] == b"<" else _json(body)
    if token and not is_same(solution, digest(puzzle, token)):
        raise Unbelievable("solution")
    return frozenset(denied)


def _json(body: bytes) -> tuple[str, list[str]]:
    try:
        root = json.loads(body)
        denied = root["DenyList"]["ID"]
    except (ValueError, KeyError, TypeError):
        raise Unbelievable("unreadable") from None
    if not (isinstance(denied, list) and all(isinstance(each, str) for each in denied)):
        raise Unbelievable("unreadable")
    return str(root.get("Solution", "")), denied


def _xml(body: bytes) -> tuple[str, list[str]]:
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 (the operator's own handler)
    except ElementTree.ParseError:
        raise Unbelievable("unreadable") from None
    listed, solution = root.find("DenyList"), root.find("Solution")
    if root.tag != "ApiSyncResponse" or listed is None or solution is None:
        raise Unbelievable("unreadable")
    return (solution.text or "").strip(), [each.text or "" for each in listed.findall("ID")]
