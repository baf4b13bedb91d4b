"""From the tree that both forms have to records: every host, application, instance and stream is visited."""

from collections.abc import Iterator
from typing import Any

from ppv_module.streams.wire.errors import Malformed
from ppv_module.streams.wire.records import Player, SetAside, Sync
from ppv_module.streams.wire.values import is_usable_id, text, whole

WRAPPER = "ApiSyncRequest"
LEVELS = ("VHost", "Application", "Instance", "Stream")
EVENTS = ("Publish", "Unpublish", "publish", "unpublish")
KNOWN = frozenset({"id", "ip", "sessionid", "delta", "bytes_sent", "user_agents"})
DEEPEST = 32
"""Nothing that a server sends is half as deep."""

Tree = dict[str, Any]


def gather(root: Any) -> Sync:
    """Read a whole document.

    :raises Malformed: it is no sync; a viewer who cannot be read is only set aside
    """
    if isinstance(root, dict) and set(root) == {WRAPPER}:
        root = root[WRAPPER]
    if not isinstance(root, dict):
        raise Malformed("no_object")
    _require_shallow(root, {"PayPerViewInfo"})
    sync = Sync(id=_line(root, "ID"), puzzle=_line(root, "Puzzle"), signature=_line(root, "Signature"))
    info = root.get("PayPerViewInfo")
    sync.tells_viewers = info is not None
    if isinstance(info, dict):
        _require_shallow(info, {"VHost"})
    for place, stream in _streams(info, 0, ()) if info else ():
        for player in _listed(stream.get("Player"), "Player"):
            _take(sync, place, player)
    sync.events = [{"event": name, **each} for name in EVENTS for each in _listed(root.get(name), name)]
    return sync


def _line(root: Tree, name: str) -> str:
    value = root.get(name)
    if value is None:
        return ""
    if (found := text(value)) is None:
        raise Malformed(f"bad_{name}")
    return found


def _streams(parent: Any, level: int, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Tree]]:
    if not isinstance(parent, dict):
        raise Malformed(f"bad_{('PayPerViewInfo', *LEVELS)[level]}")
    if level == len(LEVELS):
        yield place, parent
        return
    for child in _listed(parent.get(LEVELS[level]), LEVELS[level]):
        _require_shallow(child, {*LEVELS, "Player"})
        yield from _streams(child, level + 1, (*place, text(child.get("name")) or ""))


def _listed(value: Any, name: str) -> list[Any]:
    """A list; a single object where a list is expected; nothing."""
    if value is None or value == "":
        return []
    found = value if isinstance(value, list) else [value]
    if name != "Player" and not all(isinstance(each, dict) for each in found):
        raise Malformed(f"bad_{name}")
    return found


def _take(sync: Sync, place: tuple[str, ...], player: Any) -> None:
    vhost, application, instance, stream = place
    if not isinstance(player, dict):
        sync.set_aside.append(SetAside(vhost, application, instance, stream, "no_object", player))
        return
    if not player.keys() <= KNOWN:
        _require_shallow(player, KNOWN)
    name, delta, sent = text(player.get("id")), whole(player.get("delta")), whole(player.get("bytes_sent"))
    if name is None or delta is None or sent is None or not is_usable_id(name):
        reason = _trouble(player, name, delta)
        sync.set_aside.append(SetAside(vhost, application, instance, stream, reason, player))
        return
    ip, session = text(player.get("ip")) or None, text(player.get("sessionid")) or None
    agents = _agents(player.get("user_agents"))
    sync.players.append(Player(vhost, application, instance, stream, name, ip, session, delta, sent, agents))


def _trouble(player: Tree, name: str | None, delta: int | None) -> str:
    if "id" not in player:
        return "no_id"
    if name is None or not is_usable_id(name):
        return "bad_id"
    return "bad_delta" if delta is None else "bad_bytes"


def _agents(value: Any) -> list[str]:
    """Agents as a list, as one text, or as children of one wrapper."""
    if isinstance(value, dict):
        value = [each for child in value.values() for each in (child if isinstance(child, list) else [child])]
    found = value if isinstance(value, list) else [value]
    return [each for each in found if isinstance(each, str) and each]


def _require_shallow(tree: Tree, known: set[str] | frozenset[str]) -> None:
    """:raises Malformed: what we do not read is nested deeper than anything a server sends"""
    waiting = [(value, 1) for name, value in tree.items() if name not in known and isinstance(value, dict | list)]
    while waiting:
        value, depth = waiting.pop()
        if depth > DEEPEST:
            raise Malformed("too_deep")
        children = value.values() if isinstance(value, dict) else value
        waiting += [(child, depth + 1) for child in children if isinstance(child, dict | list)]
