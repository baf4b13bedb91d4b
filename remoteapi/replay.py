"""Requests that are sent twice: every POST carries a key, and the same request gets the same answer."""

import json
import re
from dataclasses import dataclass

from flask import Response, g, request

from billing import idempotency
from billing.clock import Clock
from billing.errors import KeyReused
from billing.idempotency import Answer
from billing.uow import Billing
from remoteapi.errors import IdempotencyKeyRequired, IdempotencyKeyReused
from remoteapi.guard import Guard

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
ACCEPTED = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True)
class Replay:
    """`begin` runs before each request that the guard let in, `end` after each."""

    billing: Billing
    clock: Clock
    guard: Guard

    def begin(self) -> Response | None:
        """The answer that was given to this request before, if one was.

        :raises IdempotencyKeyRequired, IdempotencyKeyReused, Busy: it is not begun
        """
        area = self.guard.area()
        if area is None or request.method != "POST":
            return None
        key = request.headers.get(HEADER, "")
        if not ACCEPTED.fullmatch(key):
            raise IdempotencyKeyRequired(field=HEADER, value=key)
        if not area.keeps_answers:
            return None
        answer = self._claim(str(g.caller.id), key)
        if answer is None:
            g.claimed = (str(g.caller.id), key)
            return None
        return _again(answer)

    def _claim(self, owner: str, key: str) -> Answer | None:
        parts = (request.method, request.full_path, g.get("subject", ""))
        same = idempotency.fingerprint(*(part.encode() for part in parts), request.get_data())
        try:
            return idempotency.claim(self.billing.uow(), owner=owner, key=key, fingerprint=same, now=self.clock())
        except KeyReused as other:
            raise IdempotencyKeyReused(field=HEADER, value=key, key=key) from other

    def end(self, response: Response) -> Response:
        """Keep what was done; a refusal has changed nothing, so the same request may be sent again."""
        claimed = g.pop("claimed", None)
        if claimed is None:
            return response
        owner, key = claimed
        if response.status_code < 400:
            answer = Answer(response.status_code, response.content_type, response.get_data())
            idempotency.store(self.billing.uow(), owner=owner, key=key, answer=answer, now=self.clock())
        else:
            idempotency.forget(self.billing.uow(), owner=owner, key=key)
        return response


def _again(answer: Answer) -> Response:
    response = Response(answer.body, answer.status, content_type=answer.content_type)
    response.headers[REPLAYED] = "true"
    if location := json.loads(answer.body).get("location"):
        response.headers["Location"] = location
    return response
