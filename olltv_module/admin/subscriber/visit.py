"""Opening a subscriber's cabinet as staff: the ticket goes there in the body of a form, never in an address."""

from urllib.parse import urljoin, urlsplit

from flask import make_response, render_template
from flask.typing import ResponseReturnValue

from billing import visits
from billing.errors import N_, Misconfigured
from olltv_module.admin.desk import desk
from olltv_module.admin.subscriber.blueprint import bp
from olltv_module.admin.subscriber.common import living, person, show
from weblib.rights import requires
from weblib.security import POLICY

POLICY_HEADER = "Content-Security-Policy"


@bp.get("/visit")
@requires("OLLTV")
def show_visit(login: str) -> ResponseReturnValue:
    """What looking into the cabinet means."""
    return show("visit", living(login), cabinet=desk().cabinet_url)


@bp.post("/visit")
@requires("OLLTV")
def visit(login: str) -> ResponseReturnValue:
    """Make a ticket, and the form that takes it to the cabinet. Only this page may send a form there.

    :raises Misconfigured: the operator has not said where the cabinet is
    """
    address = desk().cabinet_url
    if not address:
        raise Misconfigured(what=N_("CABINET_URL is empty; write the address of the cabinet into alter.ini"))
    view = living(login)
    ticket = visits.allow_visit(desk().billing.uow(), **person(login))
    target = urljoin(address.rstrip("/") + "/", "visit")
    page = render_template("olltv/subscriber_ticket.html", view=view, ticket=ticket, target=target)
    answer = make_response(page)
    answer.headers[POLICY_HEADER] = POLICY.replace("form-action 'self'", f"form-action 'self' {_origin(address)}")
    return answer


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
