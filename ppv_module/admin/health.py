"""How a tenant is: the checklist of our side, and what the chat itself says when it is asked."""

from collections.abc import Sequence

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from billing.errors import N_
from ppv_module.admin.checklist import findings
from ppv_module.admin.desk import desk
from ppv_module.chat import tenants
from ppv_module.chat.listing.tenants import active_performers, last_call
from ppv_module.provider.base import Finding, Mark
from weblib.pages import gettext as _
from weblib.pages import shown
from weblib.rights import requires

bp = Blueprint("ppv_health", __name__, url_prefix="/ppv/tenants/<int:tenant_id>/health", template_folder="templates")
LOOKS = {Mark.GOOD: "good", Mark.BAD: "bad", Mark.LOOK: "warn"}
MARKS = {Mark.GOOD: N_("in order"), Mark.BAD: N_("to be mended"), Mark.LOOK: N_("please look")}


@bp.get("")
@requires("PPV")
def show(tenant_id: int) -> ResponseReturnValue:
    """What is known here.

    :raises UnknownTenant: there is no such chat
    """
    now, options = desk().clock(), desk().options
    with desk().billing.reading() as session:
        tenant = tenants.get(session, tenant_id)
        performers, call = active_performers(session, tenant_id), last_call(session, tenant_id)
    found = findings(tenant, options, performers=performers, last_call=call, cabinet_url=desk().cabinet_url, now=now)
    return render_template("ppv/health.html", tenant=tenant, lines=_worded(found), asked=False)


@bp.get("/chat")
@requires("PPV")
def ask(tenant_id: int) -> ResponseReturnValue:
    """What the chat says now, and what only a person can see in its console. This may take some seconds.

    :raises UnknownTenant: there is no such chat
    """
    with desk().billing.reading() as session:
        tenant, performers = tenants.get(session, tenant_id), active_performers(session, tenant_id)
    found = desk().provider.health(tenant, performers=performers, now=desk().clock())
    return render_template("ppv/health.html", tenant=tenant, lines=_worded(found), asked=True)


def _worded(found: Sequence[Finding]) -> list[tuple[str, str, str]]:
    """Look, mark and sentence of each."""
    told = [{name: shown(fact) for name, fact in each.facts.items()} for each in found]
    return [
        (LOOKS[each.mark], _(MARKS[each.mark]), _(each.text, **facts)) for each, facts in zip(found, told, strict=True)
    ]
