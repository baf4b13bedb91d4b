"""Tenants: the accounts at the video chat, with all that is decided for each of them."""

from collections.abc import Iterator

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.money import CREDITS, Money
from billing.uow import Billing
from ppv_module.admin.desk import desk, signed
from ppv_module.admin.parts import SeenForm, whole
from ppv_module.admin.rule_forms import rule_facts
from ppv_module.admin.tenant_forms import PARTS, NewTenantForm
from ppv_module.admin.words import HOOK_NAMES, MODE_NAMES
from ppv_module.chat import policies, tenants
from ppv_module.chat.listing import tenants as listing
from ppv_module.chat.listing.tenants import Line
from ppv_module.chat.tenants import TenantForm
from weblib.exports import Source, register, urls
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.pages import language
from weblib.rights import requires
from weblib.tables import Column, Listing, wish

bp = Blueprint("ppv_tenants", __name__, url_prefix="/ppv/tenants", template_folder="templates")
MENU = Entry(
    endpoint="ppv_tenants.show_all", text=N_("Chats"), icon="antenna", section="Pay-per-view", place=10, rights=("PPV",)
)


def url_of(tenant_id: int) -> str:
    """The page of one tenant."""
    return f"/ppv/tenants/{tenant_id}"


def _state(line: Line) -> str:
    return _("in use") if line.tenant.active else _("archived")


def _look(line: Line) -> str:
    return "good" if line.tenant.active else "quiet"


def _value(line: Line) -> Money:
    return Money(line.tenant.value_minor, line.tenant.currency)


COLUMNS: tuple[Column[Line], ...] = (
    Column("name", N_("Name"), lambda each: each.tenant.name, link=lambda each: url_of(each.tenant.id)),
    Column("webmaster", N_("Webmaster id"), lambda each: str(each.tenant.webmaster_id), numeric=True),
    Column("mode", N_("Integration"), lambda each: _(MODE_NAMES[each.tenant.mode])),
    Column("hooks", N_("Hooks"), lambda each: _(HOOK_NAMES[each.tenant.hook_mode])),
    Column("performers", N_("Active performers"), lambda each: each.performers, numeric=True),
    Column("value", N_("Value of credits"), _value, numeric=True),
    Column("credits", N_("For so many credits"), lambda each: each.tenant.value_credits, numeric=True),
    Column("polled", N_("Presence known"), lambda each: each.tenant.polled_at, shown=False),
    Column("state", N_("State"), _state, badge=_look),
)


def _listed(billing: Billing) -> Iterator[Line]:
    with billing.reading() as session:
        yield from listing.tenants(session)


EXPORT = register(
    Source(name="ppv_tenants", title=N_("Chats"), columns=COLUMNS, rows=_listed, rights=("PPV",), utc=True)
)


@bp.get("")
@requires("PPV")
def show_all() -> ResponseReturnValue:
    """Every tenant, those in use first."""
    items = list(_listed(desk().billing))
    listed = Listing(columns_known=COLUMNS, items=items, wish=wish(COLUMNS), exports=urls(EXPORT.name))
    return render_template("ppv/tenants_list.html", listing=listed, is_on=desk().options.enabled)


@bp.get("/new")
@requires("PPV")
def show_new() -> ResponseReturnValue:
    """The form for another tenant."""
    return _new_page(NewTenantForm.blank())


@bp.post("/new")
@requires("PPV")
def create() -> ResponseReturnValue:
    """Add it, and go on with its page."""
    form = NewTenantForm()
    if form.validate():
        with form.refusals():
            uow, wanted = desk().billing.uow(), TenantForm(**form.given)
            made = tenants.create_tenant(uow, form=wanted, **signed())
            flash(_("The chat is added. Look through what is usual, then follow its checklist."))
            return redirect(url_of(made.id), 303)
    return _new_page(form), 422


def _new_page(form: NewTenantForm) -> str:
    return render_template("ppv/tenants_new.html", form=form, suggestion=tenants.fresh_password())


@bp.get("/<int:tenant_id>")
@requires("PPV")
def show(tenant_id: int) -> ResponseReturnValue:
    """One tenant: everything that is decided for it, secrets only as set or not.

    :raises UnknownTenant: there is no such chat
    """
    with desk().billing.reading() as session:
        tenant = tenants.get(session, tenant_id)
        return render_template(
            "ppv/tenants_show.html",
            tenant=tenant,
            value=Money(tenant.value_minor, tenant.currency),
            credits=Money(tenant.value_credits, CREDITS),
            title=tenants.title(tenant, language()),
            mode=_(MODE_NAMES[tenant.mode]),
            hooks=_(HOOK_NAMES[tenant.hook_mode]),
            rules=rule_facts(tenant),
            performers=listing.active_performers(session, tenant_id),
            is_watched=policies.live_typing_used(session, tenant_id),
        )


@bp.get("/<int:tenant_id>/<any(basics, rules, words, server, hooks, paypal):part>")
@requires("PPV")
def show_part(tenant_id: int, part: str) -> ResponseReturnValue:
    """The form of one part, with what it is now.

    :raises UnknownTenant: there is no such chat
    """
    with desk().billing.reading() as session:
        tenant = tenants.get(session, tenant_id)
    return render_template("ppv/tenants_edit.html", tenant=tenant, form=PARTS[part].of(tenant))


@bp.post("/<int:tenant_id>/<any(basics, rules, words, server, hooks, paypal):part>")
@requires("PPV")
def save_part(tenant_id: int, part: str) -> ResponseReturnValue:
    """Save one part.

    :raises UnknownTenant: there is no such chat
    """
    form = PARTS[part]()
    with desk().billing.reading() as session:
        tenant = tenants.get(session, tenant_id)
    if form.validate():
        with form.refusals():
            wanted, seen = whole(tenant, **form.given), form.seen.data
            uow = desk().billing.uow()
            tenants.change_tenant(uow, tenant_id=tenant_id, form=wanted, seen=seen, **signed())
            flash(_("Saved."))
            return redirect(url_of(tenant_id), 303)
    return render_template("ppv/tenants_edit.html", tenant=tenant, form=form), 422


@bp.get("/<int:tenant_id>/archive")
@requires("PPV")
def show_archive(tenant_id: int) -> ResponseReturnValue:
    """What archiving means.

    :raises UnknownTenant: there is no such chat
    """
    with desk().billing.reading() as session:
        tenant = tenants.get(session, tenant_id)
        performers = listing.active_performers(session, tenant_id)
    return render_template("ppv/tenants_archive.html", tenant=tenant, performers=performers)


@bp.post("/<int:tenant_id>/archive")
@requires("PPV")
def archive(tenant_id: int) -> ResponseReturnValue:
    """Take it out of use.

    :raises UnknownTenant, ChangedMeanwhile: nothing has changed
    """
    _set_active(tenant_id, active=False)
    flash(_("The chat is archived: nobody can enter it any more."))
    return redirect(url_of(tenant_id), 303)


@bp.post("/<int:tenant_id>/unarchive")
@requires("PPV")
def unarchive(tenant_id: int) -> ResponseReturnValue:
    """Put it back into use.

    :raises UnknownTenant, ChangedMeanwhile: nothing has changed
    """
    _set_active(tenant_id, active=True)
    flash(_("The chat is in use again."))
    return redirect(url_of(tenant_id), 303)


def _set_active(tenant_id: int, *, active: bool) -> None:
    with desk().billing.reading() as session:
        wanted = whole(tenants.get(session, tenant_id), active=active)
    uow, seen = desk().billing.uow(), SeenForm().seen.data
    tenants.change_tenant(uow, tenant_id=tenant_id, form=wanted, seen=seen, **signed())
