"""The page of one subscriber, and what the partner knows of him now."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from olltv_module import dossier
from olltv_module.admin.desk import actor, desk
from olltv_module.admin.subscriber import words
from olltv_module.admin.subscriber.blueprint import bp
from olltv_module.admin.subscriber.codes import picture
from olltv_module.admin.subscriber.common import partner_troubles, person, seen, told
from olltv_module.delivery import again, bindings, live
from olltv_module.services import autoresume
from weblib.pages import gettext as _
from weblib.rights import requires

SILENT = 503


@bp.get("")
@requires("OLLTV", "MONEY")
def show(login: str) -> ResponseReturnValue:
    """Everything about one subscriber that is known here."""
    found = dossier.dossier(desk().billing, login=login, now=desk().clock())
    return render_template(
        "olltv/subscriber_show.html",
        view=found.view,
        found=found,
        words=words,
        picture=picture,
        options=desk().options,
        cabinet=desk().cabinet_url,
    )


@bp.get("/partner")
@requires("OLLTV")
def partner(login: str) -> ResponseReturnValue:
    """What the partner knows now: a part of the page for htmx, a page of its own without JavaScript."""
    view, known = seen(login), None
    with partner_troubles() as troubles:
        known = live.read(desk().delivering(), login=login)
    part = "HX-Request" in request.headers
    template = "olltv/subscriber_partner_part.html" if part else "olltv/subscriber_partner.html"
    page = render_template(template, view=view, known=known, troubles=troubles, words=words)
    return page, SILENT if troubles and not part else 200


@bp.post("/deliver")
@requires("OLLTV")
def deliver(login: str) -> ResponseReturnValue:
    """Have the partner asked and told again, also for a subscriber who was left to staff."""
    desk().delivering()
    number = again.redeliver(desk().billing.uow(), **person(login))
    if desk().deliver(number):
        return told(_("The partner has everything as it is wished here."), login)
    return told(_("The partner is being told. This goes on by itself."), login, kind="info")


@bp.post("/codes")
@requires("OLLTV")
def refresh_codes(login: str) -> ResponseReturnValue:
    """Take over the codes that the partner has now."""
    changed = bindings.refresh_codes(desk().delivering(), login=login, actor=actor())
    if not changed:
        return told(_("The partner has the same codes."), login, kind="info")
    return told(_("The partner had another code, which is shown now: %(tariffs)s.", tariffs=", ".join(changed)), login)


@bp.post("/autoresume")
@requires("OLLTV")
def choose_autoresume(login: str) -> ResponseReturnValue:
    """Whether the subscriber is resumed as soon as his money suffices."""
    wanted = request.form.get("wanted") == "1"
    autoresume.choose(desk().billing.uow(), wanted=wanted, **person(login))
    if wanted:
        return told(_("Television will be resumed as soon as the money suffices."), login)
    return told(_("Television stays off until somebody resumes it."), login)
