"""Messages that media servers have posted at the door, for the pages that show them."""

from ppv_module.streams.models import Alert, AlertKind, Outcome, SyncRecord
from tests.ppv.make import MakeChat
from tests.streams.make import MakeStreams

NONSENSE = b'{"ID": "<img src=x onerror=alert(1)>", \x07'


def door_samples(chat: MakeChat) -> dict[str, object]:
    """What addresses of the pages about media servers can name."""
    streams, now = MakeStreams(chat.make), chat.make.clock()
    record = SyncRecord(body_hash="0" * 64, received_at=now, remote_ip="203.0.113.9", size=9, detail={"position": 4})
    record.outcome, record.reason, record.server_name = Outcome.MALFORMED, "bad_json", "edge-7"
    facts = {"failures": 3, "address": "203.0.113.9"}
    alert = Alert(kind=AlertKind.NOT_GENUINE, server_name="edge-7", slot="not_genuine:edge-7", facts=facts)
    alert.first_at = alert.last_at = now
    uow = chat.make.billing.uow()
    with uow:
        uow.session.add_all([record, alert])
    server = streams.server("edge-7", title="Edge in Lviv", token="tok-Persimmon-2024", addresses=["203.0.113.0/24"])
    return {"record_id": record.id, "alert_id": alert.id, "server_id": server.id}
