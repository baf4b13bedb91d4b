"""Every error as problem+json, in the caller's language."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from apiflask import APIFlask, HTTPError
from flask import Response
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from billing.errors import N_, BillingError, Misconfigured
from billing.money import Money
from remoteapi.words import Words, is_at_home, operator_must_mend
from weblib.problems import problem

RETRY_AFTER_S = 2
CHALLENGE = 'Bearer realm="olltv"'
UNREADABLE = N_("The request cannot be read: see “errors”.")
PLAIN = {
    400: N_("The request cannot be read."),
    404: N_("There is nothing at this address."),
    405: N_("This address does not know that method."),
    413: N_("The request is too long."),
}
FAILED = N_("Something went wrong here. It was noted; please try again later.")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Problems:
    """Answers errors of ours, of the database and of the framework."""

    words: Words

    def answer_for(self, app: APIFlask) -> None:
        app.register_error_handler(BillingError, self._refused)
        app.register_error_handler(DBAPIError, self._database_failed)
        app.register_error_handler(HTTPException, self._failed)
        app.register_error_handler(HTTPError, self._unreadable)

    def _refused(self, error: BillingError) -> Response:
        detail = self.words.tell(error)
        answer = problem(error.http_status, error.code, _title(error.code), detail, facts=_facts(error))
        if error.http_status == 401:
            answer.headers["WWW-Authenticate"] = CHALLENGE
        if error.retryable:
            answer.headers["Retry-After"] = str(error.facts.get("wait_s", RETRY_AFTER_S))
        return answer

    def _database_failed(self, error: DBAPIError) -> Response:
        trouble = operator_must_mend(self.words.runtime, error)
        if trouble is None:
            raise error
        log.error("database fails", what=trouble.facts["what"])
        return self._refused(trouble)

    def _failed(self, error: HTTPException) -> Response:
        status = error.code or 500
        detail = self.words.translate(PLAIN.get(status, FAILED))
        answer = problem(status, error.name.lower().replace(" ", "_"), error.name, detail)
        for name, value in error.get_headers():
            if name != "Content-Type":
                answer.headers[name] = value
        return answer

    def _unreadable(self, error: HTTPError) -> Response:
        code, detail = "invalid_input", self.words.translate(UNREADABLE)
        return problem(error.status_code, code, _title(code), detail, errors=_flat(error.detail))


def _facts(error: BillingError) -> dict[str, object]:
    """The facts for programs; amounts stay amounts. What the operator must mend is for the operator only."""
    if isinstance(error, Misconfigured) and not is_at_home():
        return {}
    return {name: _fact(fact) for name, fact in error.facts.items()}


def _fact(fact: object) -> object:
    if isinstance(fact, Money):
        return {"minor": fact.minor, "unit": fact.unit}
    return fact if isinstance(fact, int | None) else str(fact)


def _flat(detail: object, path: str = "") -> dict[str, list[str]]:
    """Messages by the place they belong to: `json.login`, `query.limit`."""
    if not isinstance(detail, Mapping):
        return {path: [str(each) for each in detail] if isinstance(detail, list) else [str(detail)]}
    return {
        place: messages
        for name, inner in detail.items()
        for place, messages in _flat(inner, f"{path}.{name}".lstrip(".")).items()
    }


def _title(code: str) -> str:
    return code.replace("_", " ").capitalize()
