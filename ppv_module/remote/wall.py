"""What everybody may see of the chat: which chats there are, who is there, pictures, stylesheets."""

from typing import Any

from apiflask import APIBlueprint
from apiflask.schemas import FileSchema
from flask import Response

from billing.errors import NotFound
from ppv_module.chat import photos, tenants, wall
from ppv_module.chat.models import Mode
from ppv_module.chat.viewing import open_tenant
from ppv_module.remote import schemas_chat, shown_chat
from ppv_module.remote.door import door, require_module

FILE = FileSchema(type="string", format="binary")

bp = APIBlueprint("chat", __name__, url_prefix="/chat", tag="chat")
bp.before_request(require_module)


@bp.get("")
@bp.output(schemas_chat.Chats)
def list_chats() -> dict[str, Any]:
    """The chats that are open."""
    with door().billing.reading() as session:
        found = tenants.all_tenants(session, active=True)
        return {"tenants": [shown_chat.chat(session, each) for each in found]}


@bp.get("/<int:tenant>/wall")
@bp.output(schemas_chat.Wall)
def show_wall(tenant: int) -> dict[str, Any]:
    """The active performers, those first who are there. In embed mode the chat's own script shows them."""
    with door().billing.reading() as session:
        here, now = open_tenant(session, tenant), door().clock()
        is_embedded = here.mode is Mode.EMBED
        listing = door().provider.scripts(here, None, now=now).get("listing", "") if is_embedded else ""
        cards = [] if is_embedded else wall.wall(session, here, now)
        shown = shown_chat.chat(session, here) | {"scripts": {"listing": listing}}
        return {"tenant": shown, "cards": [shown_chat.card(each) for each in cards]}


@bp.get("/<int:tenant>/style.css")
@bp.output(FILE, content_type="text/css")
def show_style(tenant: int) -> Response:
    """The tenant's own stylesheet, of which only what cannot do harm was kept."""
    with door().billing.reading() as session:
        return Response(open_tenant(session, tenant).css, mimetype="text/css")


@bp.get("/photos/<name>")
@bp.output(FILE, content_type=photos.CONTENT_TYPE)
def show_photo(name: str) -> Response:
    """A picture by its name, which is never used again."""
    with door().billing.reading() as session:
        found = photos.photo(session, name)
        if found is None:
            raise NotFound(photo=name)
        return Response(found.content, mimetype=photos.CONTENT_TYPE)
