"""People of the chats: the list, one person, his role, banning him and letting him in again."""

from collections.abc import Iterator
from urllib.parse import quote

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.uow import Billing
from ppv_module.admin import performers as performer_pages
from ppv_module.admin.choosing import TenantFilter
from ppv_module.admin.desk import desk, signed
from ppv_module.admin.lists import page_of
from ppv_module.admin.words import ROLE_TEXTS
from ppv_module.chat import people, roles, tenants
from ppv_module.chat.listing import people as listing
from ppv_module.chat.listing.people import Line
from ppv_module.chat.models import Person, Role
from ppv_module.chat.nicknames import LONGEST
from weblib.exports import Source, register
from weblib.forms import ChoiceField, Form, ReasonField, SearchField, TextField
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import may, requires
from weblib.tables import Column, wish

bp = Blueprint("ppv_people", __name__, url_prefix="/ppv/people", template_folder="templates")
MENU = Entry(
    endpoint="ppv_people.show_all",
    text=N_("People of the chat"),
    icon="users-group",
    section="Pay-per-view",
    place=30,
    rights=("PPV",),
)
BANNED, FREE = "banned", "free"
ROLES = [(role.value, text) for role, text in ROLE_TEXTS.items()]
CHOSEN_ROLES = [(role.value, ROLE_TEXTS[role]) for role in roles.ASSIGNABLE]


class PersonFilter(TenantFilter):
    """Narrows the list of people."""

    login = SearchField(N_("Login begins with"), most=80)
    nickname = SearchField(N_("Name in the chat"), most=64)
    role = ChoiceField(N_("Role"), choices=[("", N_("all")), *ROLES])
    ban = ChoiceField(N_("Ban"), choices=[("", N_("all")), (BANNED, N_("banned")), (FREE, N_("not banned"))])

    @property
    def wanted(self) -> listing.Wanted:
        chosen = self.chosen()
        role, ban = chosen.get("role"), chosen.get("ban")
        return listing.Wanted(
            tenant_id=self.tenant_id,
            role=Role(role) if role else None,
            banned=ban == BANNED if ban else None,
            login=chosen.get("login", ""),
            nickname=chosen.get("nickname", ""),
        )


class RoleForm(Form):
    role = ChoiceField(N_("Role"), required=True, choices=CHOSEN_ROLES)


class NameForm(Form):
    nickname = TextField(N_("Name in the chat"), required=True, most=LONGEST)


class BanForm(Form):
    reason = ReasonField()


def url_of(person_id: int) -> str:
    """The page of one person."""
    return f"/ppv/people/{person_id}"


def _state(line: Line) -> str:
    return _("banned") if line.person.banned_at else _("may enter")


def _look(line: Line) -> str:
    return "bad" if line.person.banned_at else "good"


COLUMNS: tuple[Column[Line], ...] = (
    Column("login", N_("Login"), lambda each: each.person.login, link=lambda each: url_of(each.person.id)),
    Column("nickname", N_("Name in the chat"), lambda each: each.person.nickname),
    Column("tenant", N_("Chat"), lambda each: each.tenant.name),
    Column("role", N_("Role"), lambda each: _(ROLE_TEXTS[each.person.role])),
    Column("state", N_("State"), _state, badge=_look),
    Column("number", N_("Number in the chat"), lambda each: str(each.person.number), numeric=True),
    Column("since", N_("Known since"), lambda each: each.person.created_at),
    Column("banned", N_("Banned since"), lambda each: each.person.banned_at, shown=False),
    Column("reason", N_("Reason of the ban"), lambda each: each.person.ban_reason, shown=False),
)


def _exported(billing: Billing) -> Iterator[Line]:
    return listing.every_person(billing, PersonFilter().wanted)


EXPORT = register(
    Source(
        name="ppv_people", title=N_("People of the chat"), columns=COLUMNS, rows=_exported, rights=("PPV",), utc=True
    )
)


@bp.get("")
@requires("PPV")
def show_all() -> ResponseReturnValue:
    """The people who are asked for, by login."""
    form, asked = PersonFilter(), wish(COLUMNS)
    with desk().billing.reading() as session:
        found = listing.people(session, form.wanted, cursor=asked.cursor)
    shown = page_of(COLUMNS, EXPORT, asked, found, found.count)
    return render_template("ppv/people_list.html", listing=shown, form=form)


@bp.get("/<int:person_id>")
@requires("PPV")
def show(person_id: int) -> ResponseReturnValue:
    """One person.

    :raises UnknownPerson: there is no such person
    """
    return _page("ppv/people_show.html", person_id)


@bp.get("/<int:person_id>/role")
@requires("PPV")
def show_role(person_id: int) -> ResponseReturnValue:
    """The roles that can be chosen.

    :raises UnknownPerson: there is no such person
    """
    with desk().billing.reading() as session:
        role = people.get(session, person_id).role
    return _page("ppv/people_role.html", person_id, form=RoleForm(formdata=None, role=role.value))


@bp.post("/<int:person_id>/role")
@requires("PPV")
def change_role(person_id: int) -> ResponseReturnValue:
    """Give the person another role.

    :raises UnknownPerson: there is no such person
    """
    form = RoleForm()
    if form.validate():
        with form.refusals():
            uow = desk().billing.uow()
            changed = roles.change_role(uow, person_id=person_id, role=Role(form.role.data), **signed())
            flash(_("%(name)s has the role “%(role)s” now.", name=changed.nickname, role=_(ROLE_TEXTS[changed.role])))
            return redirect(url_of(person_id), 303)
    return _page("ppv/people_role.html", person_id, form=form), 422


@bp.get("/<int:person_id>/name")
@requires("PPV")
def show_name(person_id: int) -> ResponseReturnValue:
    """The form with the present name.

    :raises UnknownPerson: there is no such person
    """
    with desk().billing.reading() as session:
        nickname = people.get(session, person_id).nickname
    return _page("ppv/people_name.html", person_id, form=NameForm(formdata=None, nickname=nickname))


@bp.post("/<int:person_id>/name")
@requires("PPV")
def rename(person_id: int) -> ResponseReturnValue:
    """Give the person another name.

    :raises UnknownPerson: there is no such person
    """
    form = NameForm()
    if form.validate():
        with form.refusals():
            people.rename(desk().billing.uow(), person_id=person_id, nickname=form.nickname.data, **signed())
            flash(_("Saved."))
            return redirect(url_of(person_id), 303)
    return _page("ppv/people_name.html", person_id, form=form), 422


@bp.get("/<int:person_id>/ban")
@requires("PPV")
def show_ban(person_id: int) -> ResponseReturnValue:
    """What a ban means.

    :raises UnknownPerson: there is no such person
    """
    return _page("ppv/people_ban.html", person_id, form=BanForm(formdata=None))


@bp.post("/<int:person_id>/ban")
@requires("PPV")
def ban(person_id: int) -> ResponseReturnValue:
    """Ban the person; a show that goes on ends.

    :raises UnknownPerson: there is no such person
    :raises MayNotBan: the present person's role in this chat may not; nothing has changed
    """
    form = BanForm()
    if form.validate():
        with form.refusals():
            uow = desk().billing.uow()
            banned = people.ban(uow, person_id=person_id, reason=form.reason.data, by_role=_own_role(), **signed())
            flash(_("%(name)s is banned.", name=banned.nickname))
            return redirect(url_of(person_id), 303)
    return _page("ppv/people_ban.html", person_id, form=form), 422


@bp.post("/<int:person_id>/unban")
@requires("PPV")
def unban(person_id: int) -> ResponseReturnValue:
    """Let the person in again.

    :raises UnknownPerson: there is no such person
    :raises MayNotBan: the present person's role in this chat may not; nothing has changed
    """
    free = people.unban(desk().billing.uow(), person_id=person_id, by_role=_own_role(), **signed())
    flash(_("%(name)s may enter again.", name=free.nickname))
    return redirect(url_of(person_id), 303)


def _page(template: str, person_id: int, **facts: object) -> str:
    with desk().billing.reading() as session:
        person = people.get(session, person_id)
        tenant = tenants.get(session, person.tenant_id)
    return render_template(
        template,
        person=person,
        tenant=tenant,
        role=_(ROLE_TEXTS[person.role]),
        credits_url=f"/ppv/viewers/{quote(person.login, safe='')}",
        is_subscriber=_is_subscriber(person),
        is_assignable=roles.is_assignable(person),
        performer_url=performer_pages.url_of(person.id) if person.role is Role.PERFORMER else "",
        **facts,
    )


def _own_role() -> Role:
    """What the present person is in every chat, as `people.staff_for` says."""
    return Role.ADMIN if may("ADMIN") else Role.MODERATOR


def _is_subscriber(person: Person) -> bool:
    return not person.login.startswith(people.STAFF_LOGIN)
