"""One of everything of a chat that an address of the panel can name."""

from io import BytesIO

from PIL import Image

from billing.clock import Clock
from billing.uow import Billing
from ppv_module.chat.keys import create_key
from ppv_module.chat.models import HookCall, Tenant
from ppv_module.chat.photos import Kind, put_photo
from ppv_module.chat.support.desk import open_ticket
from tests.panel.ppv.selling import trade_samples
from tests.panel.streams.offered import offer_samples
from tests.panel.streams.posted import door_samples
from tests.panel.streams.watched import look_samples
from tests.ppv.make import MakeChat
from tests.support import STAFF, Make


def chat_samples(billing: Billing, clock: Clock) -> dict[str, object]:
    """A tenant with a performer, her picture, a viewer who asked something, a key, and a call of a hook."""
    chat = MakeChat(Make(billing, clock))
    signed = {"actor": STAFF, "now": clock()}
    tenant = chat.tenant(name="Evening chat", webmaster_id=7777)
    eva = chat.performer(tenant, "eva", display_name="Eva")
    viewer = chat.viewer(tenant, "vira", credits=600)
    photo = put_photo(billing.uow(), person_id=eva.person_id, kind=Kind.AVATAR, content=picture(), **signed)
    ticket = open_ticket(
        billing.uow(), person_id=viewer.id, subject="No picture", text="It is dark.\nWhat now?", **signed
    )
    key = create_key(billing.uow(), tenant_id=tenant.id, name="gateway", **signed).key
    return {
        "tenant_id": tenant.id,
        "performer_id": eva.person_id,
        "person_id": viewer.id,
        "photo": photo.name,
        "ticket_id": ticket.id,
        "signing_key": key.key_id,
        "call_id": call(billing, tenant, clock).id,
        **trade_samples(chat),
        **look_samples(chat),
        **door_samples(chat),
        **offer_samples(chat),
    }


def call(billing: Billing, tenant: Tenant, clock: Clock) -> HookCall:
    """The chat's server has said that a tick happened."""
    fields = {"a": "updateCredits", "userid": "10001", "performerid": "1", "credits": "60"}
    given = {"fields": fields, "remote_ip": "203.0.113.9", "vendor_claim": "60", "our_result": "540"}
    row = HookCall(tenant_id=tenant.id, at=clock(), action="updateCredits", **given)
    with (unit := billing.uow()):
        unit.session.add(row)
    return row


def picture() -> bytes:
    file = BytesIO()
    Image.linear_gradient("L").resize((400, 400)).convert("RGB").save(file, "PNG")
    return file.getvalue()
