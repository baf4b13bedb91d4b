"""The JSON door `/api/v1`: keys with scopes, answers that may be asked for twice, errors as problems."""

from typing import Any

from apiflask import APIFlask
from werkzeug.routing import IntegerConverter, Map

from olltv_module.remote.api import AREAS
from olltv_module.remote.door import EXTENSION
from ppv_module.remote.api import AREAS as PPV_AREAS
from ppv_module.remote.door import EXTENSION as PPV_EXTENSION
from ppv_module.remote.door import Door as PpvDoor
from remoteapi import account, news, sessions
from remoteapi.guard import Guard
from remoteapi.keys import Keys
from remoteapi.openapi import Completing
from remoteapi.problems import Problems
from remoteapi.replay import Replay
from remoteapi.sessions import Sessions
from remoteapi.tokens import Tokens
from remoteapi.words import Words, open_door
from suite.partner_health import note_partner_health
from suite.runtime import Runtime
from weblib.areas import Area
from weblib.ops import ops
from weblib.requestid import request_ids
from weblib.security import secure

PREFIX = "/api/v1"
LONGEST_BODY = 64 * 1024
LARGEST_ID = 2**63 - 1
AUTOMATIC = ("AUTO_AUTH_ERROR_RESPONSE", "AUTO_404_RESPONSE", "AUTO_VALIDATION_ERROR_RESPONSE", "AUTO_SERVERS")


class RowId(IntegerConverter):
    """`<int:...>` in a path: what no database row can have as its number is no address."""

    regex = r"\d{1,18}"  # a longer one must match no rule at all, or it would be answered as a wrong method

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=LARGEST_ID)


def create_api(runtime: Runtime) -> APIFlask:
    """The app of the JSON API, with full paths `/api/v1/...`. Nothing is opened before the first request.

    :raises Misconfigured: the session key or the database's address cannot be used
    """
    spec_path = f"{PREFIX}/openapi.json"
    app = APIFlask("remoteapi", "OllTV suite", "1", docs_path=None, spec_path=spec_path, json_errors=False)
    app.url_map.converters["int"] = RowId
    app.config.from_mapping(dict.fromkeys(AUTOMATIC, False), MAX_CONTENT_LENGTH=LONGEST_BODY, AUTO_OPERATION_ID=True)
    app.description = "The door for machines of the billing: cabinets, cron jobs, reports."
    words, tokens = Words(runtime), Tokens(runtime.settings.session_key())
    app.extensions[EXTENSION] = open_door(runtime, words)
    app.extensions[PPV_EXTENSION] = PpvDoor(runtime.billing, runtime.clock, runtime.chat_provider)
    app.extensions[news.EXTENSION] = news.Reading(runtime.billing, runtime.clock, lambda: words.language)
    app.extensions[sessions.EXTENSION] = Sessions(runtime.billing, tokens, runtime.clock, runtime.settings.suite)
    request_ids(app)
    secure(app)
    Problems(words).answer_for(app)
    note_partner_health(app, runtime)
    _admit(app, runtime, tokens)
    app.register_blueprint(ops({"database": runtime.check_database}))
    return app


def _admit(app: APIFlask, runtime: Runtime, tokens: Tokens) -> None:
    listed = (*sessions.AREAS, *account.AREAS, *news.AREAS, *AREAS, *PPV_AREAS)
    areas: dict[str, Area] = {area.blueprint.name: area for area in listed}
    keys = Keys(runtime.billing, runtime.clock)
    is_open = runtime.settings.suite.remoteapi_enabled
    guard = Guard(areas=areas, keys=keys, tokens=tokens, clock=runtime.clock, is_open=is_open)
    replay = Replay(runtime.billing, runtime.clock, guard)
    app.before_request(guard)
    app.before_request(replay.begin)
    app.after_request(replay.end)
    for area in areas.values():
        prefix: Any = area.blueprint.url_prefix or ""
        app.register_blueprint(area.blueprint, url_prefix=f"{PREFIX}{prefix}")
    app.spec_processor(Completing(app, areas))  # type: ignore[arg-type]  # ours is JSON, never YAML
