"""The general chat of a tenant on a page of the panel, for people of the staff."""

from flask import Blueprint, Response, make_response, render_template
from flask.typing import ResponseReturnValue

from ppv_module.admin.desk import actor, desk
from ppv_module.chat import people, tenants
from ppv_module.provider.base import Entry, Guest
from weblib.rights import may, requires
from weblib.security import POLICY

bp = Blueprint("ppv_room", __name__, url_prefix="/ppv/tenants/<int:tenant_id>/room", template_folder="templates")
DEVICES = ("camera", "microphone", "autoplay", "fullscreen", "display-capture")
ADMIN = "ADMIN"


@bp.get("")
@requires("PPV")
def show(tenant_id: int) -> ResponseReturnValue:
    """What entering means, with the button.

    :raises UnknownTenant: there is no such chat
    """
    with desk().billing.reading() as session:
        tenant = tenants.get(session, tenant_id)
    return render_template("ppv/room_door.html", tenant=tenant, is_admin=may(ADMIN))


@bp.post("")
@requires("PPV")
def enter(tenant_id: int) -> ResponseReturnValue:
    """Open the chat. The page holds a token for two minutes: it is never kept, and nobody is told its address.

    :raises UnknownTenant: there is no such chat
    """
    uow, now, rights = desk().billing.uow(), desk().clock(), [ADMIN] if may(ADMIN) else []
    with desk().billing.reading() as session:
        tenant = tenants.get(session, tenant_id)
    person = people.staff_for(uow, tenant_id=tenant_id, login=actor().name, rights=rights, actor=actor(), now=now)
    entry = desk().provider.entry(tenant, Guest(person=person), room=None, now=now)
    page = render_template("ppv/room_chat.html", tenant=tenant, person=person, entry=entry)
    return _opened(make_response(page), entry)


def _opened(answer: Response, entry: Entry) -> Response:
    """Let this one page frame the chat, and the chat use camera and microphone there."""
    answer.headers["Content-Security-Policy"] = f"{POLICY}; frame-src {entry.origin}"
    allowed = [f'{device}=(self "{entry.origin}")' for device in DEVICES]
    answer.headers["Permissions-Policy"] = ", ".join([*allowed, "geolocation=()", "payment=()", "usb=()"])
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
