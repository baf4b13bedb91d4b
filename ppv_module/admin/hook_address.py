"""The address at which the chat's server calls us. It holds a token, so it is shown only when somebody asks for it."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from ppv_module.admin.desk import desk, signed
from ppv_module.admin.parts import SeenForm
from ppv_module.admin.tenants import url_of
from ppv_module.chat import tenants
from ppv_module.chat.models import Tenant
from weblib import once
from weblib.pages import gettext as _
from weblib.rights import requires

bp = Blueprint("ppv_hook_address", __name__, url_prefix="/ppv/tenants/<int:tenant_id>", template_folder="templates")
SHOWN = "ppv hook address"


@bp.post("/hook-address")
@requires("PPV")
def reveal(tenant_id: int) -> ResponseReturnValue:
    """Show the address on the next page, this one time.

    :raises UnknownTenant: there is no such chat
    """
    with desk().billing.reading() as session:
        _keep(tenants.get(session, tenant_id))
    return redirect(f"{url_of(tenant_id)}/hook-address", 303)


@bp.get("/hook-address")
@requires("PPV")
def show(tenant_id: int) -> ResponseReturnValue:
    """The address that was asked for."""
    kept = once.take(SHOWN)
    if kept is None or kept["tenant_id"] != tenant_id:
        return redirect(url_of(tenant_id), 303)
    return render_template("ppv/hook_address_shown.html", **kept)


@bp.get("/hook-token")
@requires("PPV")
def show_renew(tenant_id: int) -> ResponseReturnValue:
    """What another token means.

    :raises UnknownTenant: there is no such chat
    """
    with desk().billing.reading() as session:
        return render_template("ppv/hook_address_renew.html", tenant=tenants.get(session, tenant_id))


@bp.post("/hook-token")
@requires("PPV")
def renew(tenant_id: int) -> ResponseReturnValue:
    """Make another address; the earlier one answers nobody any more.

    :raises UnknownTenant, ChangedMeanwhile: nothing has changed
    """
    uow, seen = desk().billing.uow(), SeenForm().seen.data
    _keep(tenants.renew_hook_token(uow, tenant_id=tenant_id, seen=seen, **signed()))
    flash(_("The earlier address answers nobody any more."))
    return redirect(f"{url_of(tenant_id)}/hook-address", 303)


def _keep(tenant: Tenant) -> None:
    base = (desk().options.public_url or request.url_root).rstrip("/")
    address = f"{base}/ppv/hooks/{tenant.hook_token}"
    once.keep(SHOWN, {"tenant_id": tenant.id, "name": tenant.name, "address": address})
