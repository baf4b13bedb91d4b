"""What the description of the API says of every route alike: keys, headers, errors."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Flask

from remoteapi.guard import NONCE_HEADER, TOKEN_HEADER
from remoteapi.replay import HEADER, REPLAYED
from weblib.areas import Area

PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` is stable, `detail` is for people, `facts` for programs.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "facts": {"type": "object"},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
}
SECURITY = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key with one of the scopes named."},
    "subject": {"type": "apiKey", "in": "header", "name": TOKEN_HEADER},
    "nonce": {"type": "apiKey", "in": "header", "name": NONCE_HEADER},
}
ALWAYS = (401, 403, 500, 503)
POSTING = (400, 409, 413, 422)
IDEMPOTENCY_KEY = {
    "name": HEADER,
    "in": "header",
    "required": True,
    "description": "A new one for each new request, the same one when it is sent again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
}
REPLAYED_HEADER = {"description": "true: the stored answer to the same request.", "schema": {"type": "string"}}
LANGUAGE = {"name": "Accept-Language", "in": "header", "schema": {"type": "string"}, "description": "uk, ru or en."}


@dataclass(frozen=True)
class Completing:
    """Adds to the generated description what the areas imply."""

    app: Flask
    areas: Mapping[str, Area]

    def __call__(self, spec: dict[str, Any]) -> dict[str, Any]:
        spec["components"]["schemas"]["Problem"] = PROBLEM
        spec["components"]["securitySchemes"] = SECURITY
        spec["tags"] = list({tag["name"]: tag for tag in spec["tags"]}.values())  # areas may share one
        for area, operation, path, method in self._operations(spec):
            _secure(operation, area)
            _add_errors(operation, _errors(operation, area, path, method))
            if method == "post":
                _add_idempotency(operation, area)
            operation.setdefault("parameters", []).append(LANGUAGE)
        return spec

    def _operations(self, spec: dict[str, Any]) -> Iterator[tuple[Area, dict[str, Any], str, str]]:
        for rule in self.app.url_map.iter_rules():
            area = self.areas.get(rule.endpoint.rpartition(".")[0])
            path = re.sub(r"<(?:[^<:]+:)?([^>]+)>", r"{\1}", rule.rule)
            for method in rule.methods or ():
                if area and (operation := spec["paths"][path].get(method.lower())):
                    yield area, operation, path, method.lower()


def _secure(operation: dict[str, Any], area: Area) -> None:
    names = ("key", "subject", "nonce") if area.subject else ("key",)
    operation["security"] = [{name: [] for name in names}]
    operation["x-scopes"] = list(area.scopes)


def _errors(operation: dict[str, Any], area: Area, path: str, method: str) -> set[int]:
    """Statuses in which an operation may be refused."""
    reads = any(each.get("in") == "query" for each in operation.get("parameters", ()))
    conditional = {404: "{" in path, 422: reads}
    posting = POSTING if method == "post" else ()
    return {*ALWAYS, *posting, *area.errors, *(status for status, applies in conditional.items() if applies)}


def _add_errors(operation: dict[str, Any], statuses: set[int]) -> None:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status in sorted(statuses):
        operation["responses"][str(status)] = {"description": HTTPStatus(status).phrase, "content": content}


def _add_idempotency(operation: dict[str, Any], area: Area) -> None:
    operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    if area.keeps_answers:
        for status, response in operation["responses"].items():
            if status.startswith("2"):
                response["headers"] = {REPLAYED: REPLAYED_HEADER}
