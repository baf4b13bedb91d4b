"""What the pages of the video chat share: which chat it is, how people are called, what the browser may do there."""

import re

from flask import Response, abort, make_response, request

from userstats import brand, signed
from userstats.remote import Json

ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?", re.ASCII)
SHOW_ID = re.compile(r"[0-9a-f-]{36}", re.ASCII)
KEY = re.compile(r"[\w-]{8,64}", re.ASCII)
BY_SCRIPT = "X-Chat"
LARGEST_ID = 2**53
NOWHERE = "'none'"


def chat(number: int) -> Json:
    """The chat with this number; one that there is not is answered with 404.

    :raises Refused, Unreachable: there is nothing to show
    """
    found = next((each for each in signed.chats() if each["id"] == number), None)
    if found is None:
        abort(404)
    return found


def is_embedded(chat: Json) -> bool:
    """Whether the chat's own server sells and counts, so that there is nothing of ours to show."""
    return bool(chat["mode"] == "embed")


def called(chat: Json, name: str) -> str:
    """A performer's name after what her kind is called here: `Teacher: Anna`."""
    return f"{capitalised(chat['title'])}: {name}" if chat["title"] else name


def capitalised(words: str) -> str:
    """`words` at the beginning of a line: only the first letter is changed."""
    return words[:1].upper() + words[1:]


def is_by_script() -> bool:
    """Whether `chat.js` asks, so that the answer is the live part of the page alone."""
    return BY_SCRIPT in request.headers


def given_key() -> str:
    """The key of a form, which makes a repeated sending harmless; a form that is not ours is answered with 400."""
    key = request.form.get("key", "")
    if not KEY.fullmatch(key):
        abort(400)
    return key


def show_id(text: str) -> str | None:
    """The name of a show as it stands in an address; None where there is none, 404 for what can be no name."""
    if text and not SHOW_ID.fullmatch(text):
        abort(404)
    return text or None


def page_number(text: str) -> str | None:
    """`older_than` of a list as it stands in an address; None where there is none, 404 for what can be no number."""
    if text and not (text.isascii() and text.isdigit() and len(text) < 17 and 0 < int(text) <= LARGEST_ID):
        abort(404)
    return text or None


def with_frame(page: str, chat: Json) -> Response:
    """A page in which the chat's frame may stand, with camera, microphone and the whole screen for it.

    The chat is never told the address of the page.
    """
    origin = _origin(chat["chat_origin"])
    answer = make_response(page)
    answer.headers["Content-Security-Policy"] = f"{brand.current().policy}; frame-src {origin or NOWHERE}"
    answer.headers["Permissions-Policy"] = _permissions(origin)
    return answer


def with_scripts(page: str, scripts: list[str]) -> Response:
    """A page of an embedded chat, in which that chat's own scripts run and make their frame."""
    origins = " ".join(sorted({origin for each in scripts if (origin := _origin(each))}))
    policy = brand.current().policy
    answer = make_response(page)
    answer.headers["Content-Security-Policy"] = f"{policy}; script-src 'self' {origins}; frame-src {origins or NOWHERE}"
    answer.headers["Permissions-Policy"] = _permissions(origins)
    return answer


def _permissions(origins: str) -> str:
    allowed = " ".join(["self", *(f'"{each}"' for each in origins.split())])
    given = ", ".join(f"{each}=({allowed})" for each in ("autoplay", "camera", "fullscreen", "microphone"))
    return f"{given}, geolocation=(), payment=(), usb=()"


def _origin(address: str) -> str:
    """Scheme and host of a web address, fit for a header; nothing for what is none."""
    found = ORIGIN.match(address)
    return found[0] if found else ""
