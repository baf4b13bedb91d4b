"""Performers: the list, one of them with her photos, and switching her off and on."""

from collections.abc import Iterator

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.uow import Billing
from ppv_module.admin.choosing import TenantFilter
from ppv_module.admin.desk import desk, signed
from ppv_module.admin.lists import page_of
from ppv_module.admin.parts import SeenForm
from ppv_module.admin.performer_forms import EditPerformerForm, NewPerformerForm
from ppv_module.admin.words import PICTURE_TEXTS, STATUS_LOOKS, STATUS_TEXTS, percent
from ppv_module.chat import performers as services
from ppv_module.chat.listing import performers as listing
from ppv_module.chat.listing.performers import By, Line
from ppv_module.chat.models import Performer
from ppv_module.chat.photos import Kind
from weblib.exports import Source, register
from weblib.forms import TOLD_AT_FORMS, ChoiceField, SearchField
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, wish

bp = Blueprint("ppv_performers", __name__, url_prefix="/ppv/performers", template_folder="templates")
MENU = Entry(
    endpoint="ppv_performers.show_all",
    text=N_("Performers"),
    icon="star",
    section="Pay-per-view",
    place=20,
    rights=("PPV",),
)
ACTIVE, INACTIVE = "active", "inactive"
TOLD_HERE = (*TOLD_AT_FORMS, 404)
"""Also that nobody has the login."""


class PerformerFilter(TenantFilter):
    """Narrows the list of performers."""

    state = ChoiceField(
        N_("State"), choices=[("", N_("all")), (ACTIVE, N_("on the wall")), (INACTIVE, N_("switched off"))]
    )
    words = SearchField(N_("Name or login"), most=64)

    @property
    def wanted(self) -> listing.Wanted:
        chosen = self.chosen()
        state, words = chosen.get("state"), chosen.get("words", "")
        return listing.Wanted(tenant_id=self.tenant_id, active=state == ACTIVE if state else None, words=words)


def url_of(performer_id: int) -> str:
    """The page of one performer."""
    return f"/ppv/performers/{performer_id}"


def photo_url(name: str) -> str:
    """Where the panel shows a picture."""
    return f"/ppv/photos/{name}"


def _status(line: Line) -> str:
    return _(STATUS_TEXTS[line.status]) if line.status else _("switched off")


def _look(line: Line) -> str:
    return STATUS_LOOKS[line.status] if line.status else "quiet"


def _picture(line: Line) -> str | None:
    return _shown_at(line.performer.avatar)


def _shown_at(name: str) -> str | None:
    return photo_url(name) if name else None


def _names(performer: Performer) -> list[tuple[Kind, str]]:
    return [(Kind.AVATAR, performer.avatar), (Kind.PHOTO, performer.big_photo)]


COLUMNS: tuple[Column[Line], ...] = (
    Column(
        "name",
        N_("Name on the wall"),
        lambda each: each.performer.display_name,
        link=lambda each: url_of(each.person.id),
        sort=True,
        picture=_picture,
    ),
    Column("tenant", N_("Chat"), lambda each: each.tenant.name, link=lambda each: f"/ppv/tenants/{each.tenant.id}"),
    Column("login", N_("Login"), lambda each: each.person.login, sort=True),
    Column("rate", N_("Credits a minute"), lambda each: each.performer.rate, sort=True, numeric=True),
    Column("percent", N_("Her share"), lambda each: percent(each.performer.percent_bp), sort=True, numeric=True),
    Column("status", N_("Status"), _status, badge=_look),
    Column("active", N_("Active"), lambda each: each.performer.active, shown=False),
    Column("order", N_("Order on the wall"), lambda each: each.performer.sort, sort=True, numeric=True),
    Column("number", N_("Number in the chat"), lambda each: str(each.person.number), sort=True, shown=False),
    Column("room", N_("Room"), lambda each: str(each.performer.room_id), shown=False),
)


def _exported(billing: Billing) -> Iterator[Line]:
    asked = wish(COLUMNS, sort=By.ORDER)
    by, now = By(asked.sort), desk().clock()
    return listing.every_performer(billing, PerformerFilter().wanted, now=now, by=by, descending=asked.descending)


EXPORT = register(
    Source(name="ppv_performers", title=N_("Performers"), columns=COLUMNS, rows=_exported, rights=("PPV",), utc=True)
)


@bp.get("")
@requires("PPV")
def show_all() -> ResponseReturnValue:
    """The performers who are asked for."""
    form, asked, now = PerformerFilter(), wish(COLUMNS, sort=By.ORDER), desk().clock()
    by, descending = By(asked.sort), asked.descending
    with desk().billing.reading() as session:
        found = listing.performers(session, form.wanted, now=now, by=by, descending=descending, cursor=asked.cursor)
    shown = page_of(COLUMNS, EXPORT, asked, found, found.count)
    return render_template("ppv/performers_list.html", listing=shown, form=form)


@bp.get("/new")
@requires("PPV")
def show_new() -> ResponseReturnValue:
    """The form for another performer."""
    form = NewPerformerForm.blank(request.args.get("tenant", ""))
    return render_template("ppv/performers_new.html", form=form)


@bp.post("/new")
@requires("PPV")
def create() -> ResponseReturnValue:
    """Make a subscriber a performer of a chat."""
    form = NewPerformerForm()
    if form.validate():
        with form.refusals(statuses=TOLD_HERE):
            made = services.create_performer(
                desk().billing.uow(),
                tenant_id=int(form.tenant.data),
                login=form.login.data,
                form=form.given,
                room=desk().provider.public_room,
                **signed(),
            )
            flash(_("%(name)s is on the wall now. Add her pictures.", name=made.display_name))
            return redirect(url_of(made.person_id), 303)
    return render_template("ppv/performers_new.html", form=form), 422


@bp.get("/<int:performer_id>")
@requires("PPV")
def show(performer_id: int) -> ResponseReturnValue:
    """One performer: what is decided, where she is, her pictures.

    :raises UnknownPerformer: there is none
    """
    line = _line(performer_id)
    performer = line.performer
    return _page(
        "ppv/performers_show.html",
        line,
        percent=percent(performer.percent_bp),
        status=_status(line),
        look=_look(line),
        pictures=[(kind.value, _(PICTURE_TEXTS[kind]), _shown_at(name)) for kind, name in _names(performer)],
        earnings_url=f"/ppv/earnings?performer={performer_id}",
    )


@bp.get("/<int:performer_id>/edit")
@requires("PPV")
def show_edit(performer_id: int) -> ResponseReturnValue:
    """The form with what she is now.

    :raises UnknownPerformer: there is none
    """
    line = _line(performer_id)
    return _page("ppv/performers_edit.html", line, form=EditPerformerForm.of(line.performer, line.person))


@bp.post("/<int:performer_id>/edit")
@requires("PPV")
def edit(performer_id: int) -> ResponseReturnValue:
    """Save an edition.

    :raises UnknownPerformer: there is none
    """
    line, form = _line(performer_id), EditPerformerForm()
    if form.validate():
        with form.refusals():
            uow = desk().billing.uow()
            services.change_performer(uow, person_id=performer_id, form=form.given, seen=form.seen.data, **signed())
            flash(_("Saved."))
            return redirect(url_of(performer_id), 303)
    return _page("ppv/performers_edit.html", line, form=form), 422


@bp.get("/<int:performer_id>/deactivate")
@requires("PPV")
def show_deactivate(performer_id: int) -> ResponseReturnValue:
    """What switching off means.

    :raises UnknownPerformer: there is none
    """
    return _page("ppv/performers_deactivate.html", _line(performer_id))


@bp.post("/<int:performer_id>/deactivate")
@requires("PPV")
def deactivate(performer_id: int) -> ResponseReturnValue:
    """Take her off the wall.

    :raises UnknownPerformer, ChangedMeanwhile: nothing has changed
    """
    made = _set_active(performer_id, active=False)
    flash(_("%(name)s is off the wall. Her history stays.", name=made.display_name))
    return redirect(url_of(performer_id), 303)


@bp.post("/<int:performer_id>/activate")
@requires("PPV")
def activate(performer_id: int) -> ResponseReturnValue:
    """Put her back on the wall.

    :raises UnknownPerformer, ChangedMeanwhile: nothing has changed
    """
    made = _set_active(performer_id, active=True)
    flash(_("%(name)s is on the wall again.", name=made.display_name))
    return redirect(url_of(performer_id), 303)


def _set_active(performer_id: int, *, active: bool) -> Performer:
    uow, seen = desk().billing.uow(), SeenForm().seen.data
    return services.set_active(uow, person_id=performer_id, active=active, seen=seen, **signed())


def _line(performer_id: int) -> Line:
    with desk().billing.reading() as session:
        return listing.performer(session, performer_id, now=desk().clock())


def _page(template: str, line: Line, **facts: object) -> str:
    return render_template(template, performer=line.performer, person=line.person, tenant=line.tenant, **facts)
