"""The stylesheet of a tenant: tried, with what is dropped of it, and saved."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from billing.errors import N_
from ppv_module.admin.desk import desk, signed
from ppv_module.admin.parts import SeenForm
from ppv_module.admin.tenants import url_of
from ppv_module.chat import styles, tenants
from ppv_module.chat.models import Tenant
from ppv_module.chat.styles import MOST_BYTES, CleanStyle
from weblib.forms import AreaField
from weblib.pages import gettext as _
from weblib.pages import ngettext as ngettext_
from weblib.rights import requires

bp = Blueprint("ppv_styles", __name__, url_prefix="/ppv/tenants/<int:tenant_id>/look", template_folder="templates")
CODE = {"rows": 16, "spellcheck": "false", "autocomplete": "off", "class": "ppv-code"}


class LookForm(SeenForm):
    css_source = AreaField(N_("Stylesheet (CSS)"), most=MOST_BYTES, render_kw=CODE)


@bp.get("")
@requires("PPV")
def show(tenant_id: int) -> ResponseReturnValue:
    """The stylesheet as it was written, and what of it is not used.

    :raises UnknownTenant: there is no such chat
    """
    tenant = _tenant(tenant_id)
    form = LookForm(formdata=None, seen=tenant.version, css_source=tenant.css_source)
    return _page(tenant, form, styles.sanitise(tenant.css_source) if tenant.css_source else None)


@bp.post("")
@requires("PPV")
def save(tenant_id: int) -> ResponseReturnValue:
    """Save it; or, asked to `try`, show what would be dropped and change nothing.

    :raises UnknownTenant: there is no such chat
    """
    tenant, form = _tenant(tenant_id), LookForm()
    clean = None
    if form.validate():
        with form.refusals():
            if "try" in request.form:
                clean = styles.sanitise(form.css_source.data)
                return _page(tenant, form, clean, is_tried=True)
            clean = _saved(tenant_id, form)
            _tell(clean)
            return redirect(f"{url_of(tenant_id)}/look", 303)
    return _page(tenant, form, clean), 422


def _saved(tenant_id: int, form: LookForm) -> CleanStyle:
    uow = desk().billing.uow()
    source, seen = form.css_source.data, form.seen.data
    return styles.save_style(uow, tenant_id=tenant_id, source=source, seen=seen, **signed())


def _tell(clean: CleanStyle) -> None:
    if not clean.dropped:
        flash(_("The stylesheet is saved."))
        return
    number = len(clean.dropped)
    told = ngettext_(
        "The stylesheet is saved without %(num)s part that is not allowed.",
        "The stylesheet is saved without %(num)s parts that are not allowed.",
        number,
    )
    flash(told, "warn")


def _tenant(tenant_id: int) -> Tenant:
    with desk().billing.reading() as session:
        return tenants.get(session, tenant_id)


def _page(tenant: Tenant, form: LookForm, clean: CleanStyle | None, **facts: Any) -> str:
    return render_template("ppv/styles_edit.html", tenant=tenant, form=form, clean=clean, most=MOST_BYTES, **facts)
