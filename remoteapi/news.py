"""News from the operator, in the caller's language."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import AwareDateTime, Integer, List, Nested, String
from flask import current_app

from billing import news
from billing.clock import Clock
from billing.uow import Billing
from weblib.areas import Area

EXTENSION = "remoteapi.news"

bp = APIBlueprint("news", __name__, tag="news")
AREAS = (Area(blueprint=bp, scopes=("cabinet", "staff-read")),)


@dataclass(frozen=True)
class Reading:
    """What reading the news stands on. `language` is that of the caller who is being served."""

    billing: Billing
    clock: Clock
    language: Callable[[], str]


class Piece(Schema):
    id = Integer(required=True)
    title = String(required=True)
    text = String(required=True, metadata={"description": "Plain text; its line breaks count."})
    language = String(required=True, metadata={"description": "In which title and text are: uk, ru or en."})
    at = AwareDateTime(required=True, metadata={"description": "When subscribers could read it first."})


class News(Schema):
    news = List(Nested(Piece), required=True, metadata={"description": "What is shown now, the newest first."})


@bp.get("/news")
@bp.output(News)
def listed() -> dict[str, Any]:
    """What subscribers are to read now, at most five pieces."""
    reading: Reading = current_app.extensions[EXTENSION]
    billing = reading.billing
    with billing.reading() as session:
        found = news.shown_now(session, language=reading.language(), now=reading.clock())
    return {"news": [vars(each) | {"at": each.at.astimezone(billing.zone)} for each in found]}
