"""Reading what the chat's REST answers. Its form is not documented, so every likely one is understood and any other is
an error (video chat guide, "REST")."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ppv_module.chat.models import Status
from ppv_module.provider.base import ChatRefused

REFUSAL = "ko"
LONGEST_TOLD = 60


@dataclass(frozen=True, kw_only=True)
class ChatUser:
    """Somebody as the chat knows him; every field of its record may be missing. `id` is our number for him."""

    id: int | None
    username: str
    role: str = ""
    status: Status | None = None


def users(call: str, text: str) -> tuple[ChatUser, ...]:
    """People from a list of records, of ids or of names, or from records by id.

    :raises ChatRefused: it says no, or is something else
    """
    data = _data(call, text)
    if isinstance(data, list):
        return tuple(_user(call, each, None) for each in data)
    if isinstance(data, dict):
        return tuple(_user(call, each, key) for key, each in data.items())
    raise _odd(call, text)


def count(call: str, text: str) -> int:
    """A number, or how many there are in a list or under `count`.

    :raises ChatRefused: it says no, or is something else
    """
    data = _data(call, text)
    if isinstance(data, dict) and "count" in data:
        data = data["count"]
    if isinstance(data, list | dict):
        return len(data)
    number = _number(data)
    if number is None or number < 0:
        raise _odd(call, text)
    return number


def status(call: str, text: str) -> Status:
    """One of the three words, bare, in quotes or under `status`.

    :raises ChatRefused: it says no, or is something else
    """
    data = _data(call, text)
    found = _status(data.get("status") if isinstance(data, dict) else data)
    if found is None:
        raise _odd(call, text)
    return found


def _data(call: str, text: str) -> Any:
    """JSON where it is JSON, else the bare text."""
    bare = text.strip()
    try:
        data: Any = json.loads(bare)
    except (ValueError, RecursionError):
        data = bare
    if isinstance(data, str) and data.strip().lower() == REFUSAL:
        raise ChatRefused(call=call, message=REFUSAL)
    return data


def _user(call: str, record: Any, key: str | None) -> ChatUser:
    if isinstance(record, Mapping):
        number = _number(record.get("id", key))
        role = record.get("role")
        return ChatUser(
            id=number,
            username=_text(record.get("username")),
            role=_text(role if role is not None else record.get("roleid")),
            status=_status(record.get("status")),
        )
    if isinstance(record, str | int):
        number = _number(key if key is not None and _number(record) is None else record)
        return ChatUser(id=number, username=record if isinstance(record, str) else "")
    raise _odd(call, str(record))


def _number(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value.strip()) < 18:
        return int(value)
    return None


def _status(value: Any) -> Status | None:
    words: Iterable[str] = [str(each) for each in Status]
    word = value.strip().lower() if isinstance(value, str) else ""
    return Status(word) if word in words else None


def _text(value: Any) -> str:
    return str(value)[:64] if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _odd(call: str, text: str) -> ChatRefused:
    shown = " ".join(text.split())[:LONGEST_TOLD]
    return ChatRefused(call=call, message=f"an answer that cannot be read: {shown}" if shown else "an empty answer")
