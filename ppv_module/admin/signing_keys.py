"""Keys of the signed API: made for one tenant, shown once, given another secret, revoked.

They want the right PPV and not ADMIN, as do the tenant's password and the address of its hooks: whoever runs the chats
needs these secrets for the chat's console, and none of them opens more than what that right opens by itself. A key of
the whole billing (`/keys`) wants ADMIN.
"""

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from billing.errors import N_, NotFound
from ppv_module.admin.desk import desk, signed
from ppv_module.admin.tenants import url_of
from ppv_module.chat import keys, tenants
from ppv_module.chat.keys import NewKey
from ppv_module.chat.models import SigningKey, Tenant
from weblib import once
from weblib.forms import Form, TextField
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, Listing, wish

bp = Blueprint("ppv_keys", __name__, url_prefix="/ppv/tenants/<int:tenant_id>/keys", template_folder="templates")
MADE = "ppv signing key"


class KeyForm(Form):
    name = TextField(N_("What it is for"), required=True, most=64)


def _state(key: SigningKey) -> str:
    if key.revoked_at:
        return _("revoked")
    return _("in use, two secrets") if key.older_secret else _("in use")


def _look(key: SigningKey) -> str:
    return "quiet" if key.revoked_at else "good"


COLUMNS: tuple[Column[SigningKey], ...] = (
    Column("name", N_("Name"), lambda each: each.name),
    Column("key", N_("Key id"), lambda each: each.key_id),
    Column("created", N_("Made"), lambda each: each.created_at),
    Column("state", N_("State"), _state, badge=_look),
    Column("revoked", N_("Revoked"), lambda each: each.revoked_at, shown=False),
)


@bp.get("")
@requires("PPV")
def show_all(tenant_id: int) -> ResponseReturnValue:
    """Every key of the tenant.

    :raises UnknownTenant: there is no such chat
    """
    with desk().billing.reading() as session:
        tenant, found = tenants.get(session, tenant_id), keys.keys_of(session, tenant_id)
    shown = Listing(columns_known=COLUMNS, items=found, wish=wish(COLUMNS))
    return render_template("ppv/keys_list.html", tenant=tenant, listing=shown)


@bp.get("/new")
@requires("PPV")
def show_new(tenant_id: int) -> ResponseReturnValue:
    """The form for another key.

    :raises UnknownTenant: there is no such chat
    """
    return render_template("ppv/keys_new.html", tenant=_tenant(tenant_id), form=KeyForm())


@bp.post("/new")
@requires("PPV")
def create(tenant_id: int) -> ResponseReturnValue:
    """Make a key, and lead to the page that shows its secret.

    :raises UnknownTenant: there is no such chat
    """
    tenant, form = _tenant(tenant_id), KeyForm()
    if form.validate():
        with form.refusals():
            uow = desk().billing.uow()
            _keep(keys.create_key(uow, tenant_id=tenant_id, name=form.name.data, **signed()))
            flash(_("The key is made."))
            return redirect(f"{url_of(tenant_id)}/keys/made", 303)
    return render_template("ppv/keys_new.html", tenant=tenant, form=form), 422


@bp.get("/made")
@requires("PPV")
def show_made(tenant_id: int) -> ResponseReturnValue:
    """The secret that was just made, this one time."""
    made = once.take(MADE)
    if made is None or made["tenant_id"] != tenant_id:
        return redirect(f"{url_of(tenant_id)}/keys", 303)
    return render_template("ppv/keys_made.html", **made)


@bp.get("/<signing_key>/rotate")
@requires("PPV")
def show_rotate(tenant_id: int, signing_key: str) -> ResponseReturnValue:
    """What another secret means.

    :raises UnknownTenant, NotFound: there is no such chat or key
    """
    return _asking("ppv/keys_rotate.html", tenant_id, signing_key)


@bp.post("/<signing_key>/rotate")
@requires("PPV")
def rotate(tenant_id: int, signing_key: str) -> ResponseReturnValue:
    """Make another secret; the one before it stays good until it is dropped.

    :raises UnknownTenant, NotFound, WrongState: nothing has changed
    """
    uow = desk().billing.uow()
    _keep(keys.rotate_key(uow, tenant_id=tenant_id, key_id=signing_key, **signed()))
    flash(_("The key has another secret. The earlier one stays good until you drop it."))
    return redirect(f"{url_of(tenant_id)}/keys/made", 303)


@bp.post("/<signing_key>/drop-older")
@requires("PPV")
def drop_older(tenant_id: int, signing_key: str) -> ResponseReturnValue:
    """Only the newest secret is good from now on.

    :raises UnknownTenant, NotFound, WrongState: nothing has changed
    """
    uow = desk().billing.uow()
    keys.drop_older(uow, tenant_id=tenant_id, key_id=signing_key, **signed())
    flash(_("Only the newest secret of the key is good from now on."))
    return redirect(f"{url_of(tenant_id)}/keys", 303)


@bp.get("/<signing_key>/revoke")
@requires("PPV")
def show_revoke(tenant_id: int, signing_key: str) -> ResponseReturnValue:
    """What revoking means.

    :raises UnknownTenant, NotFound: there is no such chat or key
    """
    return _asking("ppv/keys_revoke.html", tenant_id, signing_key)


@bp.post("/<signing_key>/revoke")
@requires("PPV")
def revoke(tenant_id: int, signing_key: str) -> ResponseReturnValue:
    """Take the key out of use.

    :raises UnknownTenant, NotFound: nothing has changed
    """
    uow = desk().billing.uow()
    key = keys.revoke_key(uow, tenant_id=tenant_id, key_id=signing_key, **signed())
    flash(_("The key “%(name)s” opens nothing any more.", name=key.name))
    return redirect(f"{url_of(tenant_id)}/keys", 303)


def _tenant(tenant_id: int) -> Tenant:
    with desk().billing.reading() as session:
        return tenants.get(session, tenant_id)


def _keep(made: NewKey) -> None:
    key = made.key
    once.keep(MADE, {"tenant_id": key.tenant_id, "name": key.name, "key_id": key.key_id, "secret": made.secret})


def _asking(template: str, tenant_id: int, key_id: str) -> str:
    with desk().billing.reading() as session:
        tenant, found = tenants.get(session, tenant_id), keys.keys_of(session, tenant_id)
    key = next((each for each in found if each.key_id == key_id), None)
    if key is None:
        raise NotFound(key=key_id)
    return render_template(template, tenant=tenant, key=key)
