"""What a media server does at the door, and what is in the database then."""

import io
import json
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from billing.ledger.models import Transfer
from billing.uow import Billing
from ppv_module.streams.denials.models import Denial
from ppv_module.streams.models import Alert, StreamEvent, SyncRecord, Viewing
from ppv_module.streams.rights.models import Meter

PATH = "/ppv/streams/sync"
STATE = (Viewing, Meter, Transfer, StreamEvent, Denial)
"""Rows that only a message that is applied may make or change."""


class Unreadable(io.RawIOBase):
    """A body that nobody may begin to read."""

    def readinto(self, _buffer: Any) -> int:
        raise AssertionError("the body was read")


@dataclass
class MediaServer:
    client: FlaskClient
    address: str = "203.0.113.10"

    def post(self, body: bytes, **options: Any) -> TestResponse:
        environ = {"REMOTE_ADDR": self.address, **options.pop("environ", {})}
        return self.client.post(PATH, data=body, environ_overrides=environ, **options)

    def zipped(self, body: bytes) -> TestResponse:
        return self.post(body, headers={"Content-Encoding": "gzip"})

    def chunked(self, body: bytes) -> TestResponse:
        """Sent without a length, as gunicorn hands such a body on."""
        environ = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked", "REMOTE_ADDR": self.address}
        return self.client.post(PATH, input_stream=io.BytesIO(body), environ_overrides=environ)

    def unread(self, length: int) -> TestResponse:
        """Announce a body of this length, of which nobody may begin to read."""
        environ = {"CONTENT_LENGTH": str(length), "wsgi.input": Unreadable(), "REMOTE_ADDR": self.address}
        return self.client.post(PATH, environ_overrides=environ)

    def denied(self, body: bytes) -> list[str]:
        """The list that a good message is answered with."""
        answer = self.post(body)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        found: list[str] = json.loads(answer.data)["DenyList"]["ID"]
        return found


def error(answer: TestResponse) -> dict[str, Any]:
    """What stands in an answer that refuses: code, message and position."""
    assert answer.mimetype == "application/json"
    told: dict[str, Any] = json.loads(answer.data)
    assert set(told) == {"error"}
    assert set(told["error"]) == {"code", "message", "position"}
    return told["error"]


def records(billing: Billing) -> list[SyncRecord]:
    with billing.reading() as session:
        return list(session.scalars(select(SyncRecord).order_by(SyncRecord.id)))


def alerts(billing: Billing) -> list[Alert]:
    with billing.reading() as session:
        return list(session.scalars(select(Alert).order_by(Alert.id)))


def state(billing: Billing) -> dict[str, int]:
    """How many rows of each kind there are that messages make."""
    with billing.reading() as session:
        return {kind.__tablename__: session.scalar(select(func.count()).select_from(kind)) or 0 for kind in STATE}
