"""The second look at large corrections."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from olltv_module.admin.desk import actor, desk
from olltv_module.proposals import read
from olltv_module.services import corrections
from weblib.pages import gettext as _
from weblib.rights import requires

bp = Blueprint("proposals", __name__, url_prefix="/money/proposals", template_folder="../templates")


@bp.get("")
@requires("MONEY")
def show() -> ResponseReturnValue:
    """What waits for a second look, and what was decided."""
    found = read(desk().billing, cursor=request.args.get("cursor") or None)
    return render_template("olltv/subscriber_proposals.html", found=found)


@bp.post("/<int(max=9223372036854775807):proposal_id>/approve")
@requires("MONEY")
def approve(proposal_id: int) -> ResponseReturnValue:
    """Book the correction that somebody else has proposed."""
    corrections.approve(desk().billing.uow(), proposal_id=proposal_id, actor=actor(), now=desk().clock())
    return _back(_("The correction is approved and booked."))


@bp.post("/<int(max=9223372036854775807):proposal_id>/refuse")
@requires("MONEY")
def refuse(proposal_id: int) -> ResponseReturnValue:
    """Do not book it."""
    corrections.refuse(desk().billing.uow(), proposal_id=proposal_id, actor=actor(), now=desk().clock())
    return _back(_("The correction is not approved. Nothing was booked."))


@bp.post("/<int(max=9223372036854775807):proposal_id>/withdraw")
@requires("MONEY")
def withdraw(proposal_id: int) -> ResponseReturnValue:
    """Take back one's own."""
    corrections.withdraw(desk().billing.uow(), proposal_id=proposal_id, actor=actor(), now=desk().clock())
    return _back(_("The proposal is taken back."))


def _back(text: str) -> ResponseReturnValue:
    flash(text, "good")
    return redirect(url_for(".show"), 303)
