"""What people of each role may do in the chat of a tenant: kick, ban, and see texts before they are sent."""

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from billing.errors import N_, NotFound
from ppv_module.admin.desk import desk, signed
from ppv_module.admin.tenants import url_of
from ppv_module.admin.words import ROLE_TEXTS
from ppv_module.chat import policies, tenants
from ppv_module.chat.models import Role
from ppv_module.chat.policies import Policy
from weblib.forms import CheckField, Form
from weblib.pages import gettext as _
from weblib.rights import requires

bp = Blueprint(
    "ppv_policies", __name__, url_prefix="/ppv/tenants/<int:tenant_id>/policies", template_folder="templates"
)


class PolicyForm(Form):
    may_kick = CheckField(N_("May send people out of the room"))
    may_ban = CheckField(N_("May ban people"))
    live_typing = CheckField(
        N_("Sees what others type before they send it"),
        description=N_("Meant for administrators and moderators. Everybody in this chat is told so on its pages."),
    )

    @property
    def policy(self) -> Policy:
        return Policy(may_kick=self.may_kick.data, may_ban=self.may_ban.data, live_typing=self.live_typing.data)


@bp.get("")
@requires("PPV")
def show_all(tenant_id: int) -> ResponseReturnValue:
    """What each role may do.

    :raises UnknownTenant: there is no such chat
    """
    with desk().billing.reading() as session:
        tenant = tenants.get(session, tenant_id)
        found = policies.policies(session, tenant_id)
        is_watched = policies.live_typing_used(session, tenant_id)
    return render_template(
        "ppv/policies_list.html", tenant=tenant, policies=found, roles=ROLE_TEXTS, is_watched=is_watched
    )


@bp.get("/<role>")
@requires("PPV")
def show(tenant_id: int, role: str) -> ResponseReturnValue:
    """The form of one role.

    :raises UnknownTenant, NotFound: there is no such chat or role
    """
    chosen = _role(role)
    with desk().billing.reading() as session:
        policy = policies.policies(session, tenant_id)[chosen]
    return _page(tenant_id, chosen, PolicyForm(formdata=None, obj=policy))


@bp.post("/<role>")
@requires("PPV")
def save(tenant_id: int, role: str) -> ResponseReturnValue:
    """Save what the role may do.

    :raises UnknownTenant, NotFound: there is no such chat or role
    """
    form, chosen = PolicyForm(), _role(role)
    if form.validate():
        with form.refusals():
            uow = desk().billing.uow()
            policies.set_policy(uow, tenant_id=tenant_id, role=chosen, policy=form.policy, **signed())
            flash(_("Saved."))
            return redirect(f"{url_of(tenant_id)}/policies", 303)
    return _page(tenant_id, chosen, form), 422


def _role(word: str) -> Role:
    """:raises NotFound: the chat has no such role"""
    if word not in list(Role):
        raise NotFound(role=word)
    return Role(word)


def _page(tenant_id: int, role: Role, form: PolicyForm) -> str:
    with desk().billing.reading() as session:
        tenant = tenants.get(session, tenant_id)
    return render_template(
        "ppv/policies_edit.html",
        tenant=tenant,
        form=form,
        role=_(ROLE_TEXTS[role]),
        can_watch=role not in policies.BLIND,
    )
