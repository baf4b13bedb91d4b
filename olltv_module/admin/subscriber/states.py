"""Suspending, resuming and leaving, by staff."""

from collections.abc import Sequence

from flask import request
from flask.typing import ResponseReturnValue

from olltv_module import dossier
from olltv_module.admin.desk import desk
from olltv_module.admin.subscriber.blueprint import bp
from olltv_module.admin.subscriber.common import delivered, living, person, seen, show, told
from olltv_module.admin.subscriber.forms import FreeForm, LeaveForm, SuspendForm
from olltv_module.models import Reason, Subscription
from olltv_module.services import lifecycle
from weblib.pages import gettext as _
from weblib.rights import requires


@bp.get("/suspend")
@requires("OLLTV")
def show_suspend(login: str) -> ResponseReturnValue:
    """What suspending means."""
    return show("suspend", seen(login), SuspendForm(formdata=None))


@bp.post("/suspend")
@requires("OLLTV")
def suspend(login: str) -> ResponseReturnValue:
    """Switch everything off for a while."""
    form = SuspendForm()
    if not form.validate():
        return show("suspend", seen(login), form)
    desk().delivering()
    reason = Reason(form.reason.data)
    suspended = lifecycle.suspend(desk().billing.uow(), reason=reason, **person(login))
    done, later = _("Television is switched off."), _("Television is being switched off.")
    return delivered(login, suspended, done=done, later=later)


@bp.get("/resume")
@requires("OLLTV")
def show_resume(login: str) -> ResponseReturnValue:
    """What resuming costs now, and what is missing."""
    return _resume_page(login, FreeForm(formdata=None))


@bp.post("/resume")
@requires("OLLTV")
def resume(login: str) -> ResponseReturnValue:
    """Switch on again what is suspended."""
    form = FreeForm()
    free = form.granted
    desk().delivering()
    resumed: Sequence[Subscription] | None = None
    if form.validate():
        with form.refusals():
            resumed = lifecycle.resume(desk().billing.uow(), free=free, **person(login))
    if resumed is None:
        return _resume_page(login, form)
    done, later = _("Television is on."), _("Television is being switched on.")
    return delivered(login, resumed, done=done, later=later)


@bp.get("/leave")
@requires("OLLTV")
def show_leave(login: str) -> ResponseReturnValue:
    """What is lost by leaving: everything, or one add-on."""
    form = LeaveForm(formdata=None)
    form.tariff.process_formdata([request.args.get("tariff", "")])
    return _leave_page(login, form)


@bp.post("/leave")
@requires("OLLTV")
def leave(login: str) -> ResponseReturnValue:
    """End one subscription or all of them."""
    form = LeaveForm()
    if not form.validate():
        return _leave_page(login, form)
    desk().delivering()
    left = lifecycle.leave(desk().billing.uow(), tariff_id=form.tariff.data or None, **person(login))
    if not left:
        return told(_("This subscription was over already."), login, kind="info")
    done, later = _("The subscription is over."), _("The subscription is over; the partner is being told.")
    return delivered(login, left, done=done, later=later)


def _resume_page(login: str, form: FreeForm) -> ResponseReturnValue:
    view = living(login)
    return show("resume", view, form, lack=dossier.lack(view, view.price_of_resuming))


def _leave_page(login: str, form: LeaveForm) -> ResponseReturnValue:
    view = seen(login)
    named = next((each for each in view.live if each.tariff_id == form.tariff.data), None)
    ending = [named] if named and not named.main else view.live
    return show("leave", view, form, ending=ending, everything=ending == view.live)
