"""What the pages of streams share: the player's place in the content policy, this browser's name, days of a history."""

import secrets

from flask import Response, make_response, request, session

from userstats import brand
from userstats.chat_pages import ORIGIN
from userstats.remote import Json
from userstats.words import known_browser

MARK = "#"
"""Before what tells a browser from others that are called the same."""


def with_player(page: str, player: str) -> Response:
    """A page whose forms may lead to the player, at whatever address that is, and nowhere else."""
    answer = make_response(page)
    if origin := ORIGIN.match(player):
        policy = brand.current().policy.replace("form-action 'self'", f"form-action 'self' {origin[0]}")
        answer.headers["Content-Security-Policy"] = policy
    return answer


def way(player: str, link: str) -> str:
    """The address of the player with the link, which no server is told; nothing where it could not play that."""
    is_playable = player and link.startswith(("https://", "http://"))
    return f"{player.partition('#')[0]}#{link}" if is_playable else ""


def for_one(answer: object) -> Response:
    """An answer with a link that is for this viewer alone: nobody keeps it or is told where it came from."""
    made = make_response(answer)
    made.headers["Cache-Control"] = "no-store"
    made.headers["Referrer-Policy"] = "no-referrer"
    return made


def own_device(*, make: bool = False) -> str:
    """What this browser is called at the billing: `Chrome, Android #1f2e3d4c`; nothing before it was named.

    The end is of this sign-in, so that two phones of a kind are not taken for one.
    """
    if make and "device" not in session:
        session["device"] = f"{known_browser(request.user_agent.string)} {MARK}{secrets.token_hex(4)}".strip()
    return str(session.get("device", ""))


def called(device: str) -> str:
    """A device as people know it; nothing where nobody does."""
    return device.rpartition(MARK)[0].strip() if MARK in device else device


def by_day(page: Json) -> list[Json]:
    """What was watched, gathered by days, each with the credits that went on it. The newest is the first."""
    spent = {each["day"]: each["credits"] for each in page["days"]}
    days: dict[str, list[Json]] = {}
    for line in page["lines"]:
        days.setdefault(line["day"], []).append(line)
    return [{"day": day, "lines": lines, "credits": spent.get(day, 0)} for day, lines in days.items()]
