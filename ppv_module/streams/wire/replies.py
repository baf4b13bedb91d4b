"""What a media server is answered: everybody who is denied, in the form in which it asked."""

import json
from collections.abc import Iterable
from xml.sax.saxutils import escape

MEDIA_TYPES = {"json": "application/json", "xml": "application/xml"}


def reply(denied: Iterable[str], *, solution: str = "", as_xml: bool = False) -> bytes:
    """The whole list, unique and sorted. `solution` is empty where there is no token."""
    names = sorted({name for name in denied if name})
    return (_xml(names, solution) if as_xml else _json(names, solution)).encode()


def _json(names: list[str], solution: str) -> str:
    answer: dict[str, object] = {"DenyList": {"ID": names}}
    if solution:
        answer["Solution"] = solution
    return json.dumps(answer, separators=(",", ":"))


def _xml(names: list[str], solution: str) -> str:
    listed = "".join(f"<ID>{escape(name)}</ID>" for name in names)
    inside = f"<Solution>{escape(solution)}</Solution><DenyList>{listed}</DenyList>"
    return f'<?xml version="1.0" encoding="UTF-8"?><ApiSyncResponse>{inside}</ApiSyncResponse>'
