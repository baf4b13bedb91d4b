"""The same sync in both forms."""

import json
from typing import Any
from xml.sax.saxutils import escape


def player(**given: Any) -> dict[str, Any]:
    usual = {"id": "u1042", "ip": "203.0.113.25", "sessionid": "77", "delta": 30012, "bytes_sent": 5_000_000_000}
    return {**usual, "user_agents": ["VLC/3.0", "Kodi"], **given}


def document(*players: dict[str, Any], **root: Any) -> dict[str, Any]:
    stream = {"name": "movies/smil:a.smil", "Player": list(players)}
    instance = {"name": "_definst_", "Stream": [{"name": "empty", "Player": []}, stream]}
    vhost = {"name": "edge1.tv.example", "Application": [{"name": "off"}, {"name": "live", "Instance": [instance]}]}
    return {"ID": "srv-1", "Signature": "s", "Puzzle": "p-1", "PayPerViewInfo": {"VHost": [vhost]}, **root}


def as_json(tree: dict[str, Any]) -> bytes:
    return json.dumps(tree).encode()


def as_xml(tree: dict[str, Any], name: str = "ApiSyncRequest") -> bytes:
    return _element(name, tree).encode()


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, each) for each in value)
    inside = "".join(_element(*each) for each in value.items()) if isinstance(value, dict) else escape(str(value))
    return f"<{name}>{inside}</{name}>"
