"""Ordering for a subscriber: a main tariff, another main, an add-on."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import request
from flask.typing import ResponseReturnValue

from billing.errors import N_
from olltv_module import dossier
from olltv_module.admin.desk import desk
from olltv_module.admin.subscriber.blueprint import bp
from olltv_module.admin.subscriber.common import delivered, living, person, show
from olltv_module.admin.subscriber.forms import OrderForm
from olltv_module.models import Subscription
from olltv_module.services import orders
from weblib.pages import gettext as _
from weblib.rights import requires


@dataclass(frozen=True)
class Kind:
    """A way to order: its use case and its words."""

    place: Callable[..., Subscription]
    main: bool
    title: str
    button: str
    says: str
    done: str
    later: str


KINDS = {
    "subscribe": Kind(
        place=orders.subscribe,
        main=True,
        title=N_("Subscribe"),
        button=N_("Subscribe"),
        says=N_("The fee of this month is reserved now and taken when the partner has switched television on."),
        done=N_("Television is on."),
        later=N_("Television is being switched on."),
    ),
    "change": Kind(
        place=orders.change,
        main=True,
        title=N_("Change tariff"),
        button=N_("Change tariff"),
        says=N_(
            "The whole fee of the new tariff for this month is reserved now and taken when the partner has changed it."
            " Devices and codes stay. The fee of the present tariff is not given back."
        ),
        done=N_("The tariff is changed."),
        later=N_("The tariff is being changed."),
    ),
    "addons": Kind(
        place=orders.add_addon,
        main=False,
        title=N_("Add an add-on"),
        button=N_("Add"),
        says=N_("The fee of this month is reserved now and taken when the partner has switched the add-on on."),
        done=N_("The add-on is on."),
        later=N_("The add-on is being switched on."),
    ),
}


@bp.get("/subscribe")
@requires("OLLTV")
def show_subscribe(login: str) -> ResponseReturnValue:
    """Which tariff, and what it costs now."""
    return _page("subscribe", login, _asked())


@bp.post("/subscribe")
@requires("OLLTV")
def subscribe(login: str) -> ResponseReturnValue:
    """Order a main tariff."""
    return _order("subscribe", login)


@bp.get("/change")
@requires("OLLTV")
def show_change(login: str) -> ResponseReturnValue:
    """Which other main, and what it costs now."""
    return _page("change", login, _asked())


@bp.post("/change")
@requires("OLLTV")
def change(login: str) -> ResponseReturnValue:
    """Order another main in place of the present one."""
    return _order("change", login)


@bp.get("/addons")
@requires("OLLTV")
def show_addons(login: str) -> ResponseReturnValue:
    """Which add-on, and what it costs now."""
    return _page("addons", login, _asked())


@bp.post("/addons")
@requires("OLLTV")
def add_addon(login: str) -> ResponseReturnValue:
    """Order an add-on."""
    return _order("addons", login)


def _asked() -> OrderForm:
    """The form for the tariff that the address names, if it does."""
    form = OrderForm(formdata=None)
    form.tariff.process_formdata([request.args.get("tariff", "")])
    return form


def _page(name: str, login: str, form: OrderForm) -> ResponseReturnValue:
    """The offers, or the question about the chosen one: what is reserved now and what is missing."""
    kind, view = KINDS[name], living(login)
    offers = dossier.offers(desk().billing, view, main=kind.main, now=desk().clock())
    chosen = next((each for each in offers if each.tariff_id == form.tariff.data), None)
    return show("order", view, form, kind=kind, offers=offers, chosen=chosen)


def _order(name: str, login: str) -> ResponseReturnValue:
    form, kind = OrderForm(), KINDS[name]
    free = form.granted
    desk().delivering()
    placed: Subscription | None = None
    if form.validate():
        with form.refusals():
            placed = kind.place(desk().billing.uow(), tariff_id=form.tariff.data, free=free, **person(login))
    if placed is None:
        return _page(name, login, form)
    return delivered(login, [placed], done=_(kind.done), later=_(kind.later))
