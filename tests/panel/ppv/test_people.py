"""People of the chats in the panel: the list, roles, bans; what roles may do; entering the chat as staff."""

import base64
import json
import re
from html import unescape

import pytest
from sqlalchemy import select

from billing.events import Event
from ppv_module.chat import policies
from ppv_module.chat.models import Person, Role
from ppv_module.chat.policies import Policy
from ppv_module.chat.shows.answering import accept_show
from ppv_module.chat.shows.asking import request_show
from ppv_module.chat.shows.models import EndReason, ShowState, Source
from tests.panel.client import text
from tests.ppv.make import PASSWORD
from tests.support import STAFF


@pytest.fixture
def tenant(chat):
    return chat.tenant(name="Evening")


def stored(billing, person):
    with billing.reading() as session:
        return session.get(Person, person.id)


# The list


def test_the_list_is_narrowed(panel, chat, tenant):
    other = chat.tenant(name="Night")
    chat.viewer(tenant, "ivan")
    chat.viewer(other, "ivan")
    chat.person(tenant, "ivanka", role=Role.MODERATOR)
    chat.performer(tenant, "eva")

    def logins(**asked):
        page = panel.page("/ppv/people", **asked)
        return re.findall(r"\b(ivan|ivanka|eva)\b (?=Ivan|Eva)", page)

    assert logins() == ["eva", "ivan", "ivan", "ivanka"]
    assert logins(login="ivan") == ["ivan", "ivan", "ivanka"]
    assert logins(tenant=tenant.id) == ["eva", "ivan", "ivanka"]
    assert logins(role="moderator") == ["ivanka"]
    assert logins(nickname="IVANKA") == ["ivanka"]
    assert logins(nickname="Ivan") == ["ivan", "ivan"]
    assert logins(ban="banned") == []
    assert len(logins(ban="free", role="nonsense", tenant="nonsense")) == 4
    assert "Nothing matches." in panel.page("/ppv/people", login="z")


def test_an_empty_list_says_so(panel):
    assert "Nobody has entered a chat yet." in panel.page("/ppv/people")


def test_the_list_is_exported(panel, chat, tenant):
    chat.viewer(tenant, "ivan")
    chat.viewer(tenant, "=2+3")

    answer = panel.get("/exports/ppv_people.csv", columns="login,role,since", login="=")

    lines = answer.get_data(as_text=True).lstrip("\ufeff").splitlines()
    assert lines == ["Login,Role,Known since", "'=2+3,viewer,2026-11-10T09:00:00Z"]


def test_a_page_of_one_person(panel, chat, tenant):
    ivan, eva = chat.viewer(tenant, "ivan"), chat.performer(tenant, "eva")

    page = panel.get(f"/ppv/people/{ivan.id}").get_data(as_text=True)

    assert 'href="/ppv/viewers/ivan"' in page
    assert 'href="/subscribers/ivan"' in page
    assert f'href="/ppv/performers/{eva.person_id}"' in panel.get(f"/ppv/people/{eva.person_id}").get_data(as_text=True)
    assert panel.get("/ppv/people/999").status_code == 404


def test_texts_stay_texts(panel, chat, tenant, billing):
    evil = "<script>alert(1)</script>"
    ivan = chat.viewer(tenant, "ivan")
    with (unit := billing.uow()):
        row = unit.session.get(Person, ivan.id)
        row.nickname, row.ban_reason, row.banned_at = evil, evil, ivan.created_at

    for where in ("/ppv/people", *(f"/ppv/people/{ivan.id}{page}" for page in ("", "/role", "/ban"))):
        page = panel.get(where).get_data(as_text=True)
        assert evil not in page, where
        assert evil in unescape(page), where


# Roles


def test_a_viewer_becomes_a_moderator(panel, chat, tenant, billing):
    ivan = chat.viewer(tenant, "ivan")
    path = f"/ppv/people/{ivan.id}/role"
    assert "administrator" not in panel.page(path).partition("Role *")[2]

    assert panel.done(path, role="moderator") == f"/ppv/people/{ivan.id}"

    assert stored(billing, ivan).role is Role.MODERATOR
    with billing.reading() as session:
        event = session.scalars(select(Event).where(Event.login == "ivan").order_by(Event.id.desc())).first()
    assert (event.before, event.after) == ({"role": "user"}, {"role": "moderator"})
    panel.done(path, role="moderator")
    panel.done(path, role="user")
    assert stored(billing, ivan).role is Role.USER


@pytest.mark.parametrize("role", ["admin", "performer", "guest", "nonsense", ""])
def test_other_roles_are_not_given(panel, chat, tenant, billing, role):
    ivan = chat.viewer(tenant, "ivan")

    assert panel.post(f"/ppv/people/{ivan.id}/role", role=role).status_code == 422
    assert stored(billing, ivan).role is Role.USER


def test_performers_and_staff_keep_their_roles(panel, chat, tenant, billing):
    eva = chat.performer(tenant, "eva")
    panel.post(f"/ppv/tenants/{tenant.id}/room")
    with billing.reading() as session:
        staff = session.scalars(select(Person).where(Person.login == "staff:olena")).one()

    for number in (eva.person_id, staff.id):
        assert "cannot be chosen here" in panel.page(f"/ppv/people/{number}/role")
        answer = panel.post(f"/ppv/people/{number}/role", role="user")
        assert answer.status_code == 422
        assert "cannot be chosen here" in text(answer)
    assert stored(billing, staff).role is Role.ADMIN


# Names


def test_somebody_gets_another_name(panel, chat, tenant, billing):
    ivan, _olha = chat.viewer(tenant, "ivan"), chat.viewer(tenant, "olha")
    path = f"/ppv/people/{ivan.id}/name"
    assert panel.hidden(path, "nickname") == "Ivan"

    panel.done(path, nickname="Іванко")

    assert stored(billing, ivan).nickname == "Іванко"
    for wrong, told in (("OLHA", "is taken in this chat"), ("!", "A name in the chat has"), ("", "required")):
        answer = panel.post(path, nickname=wrong)
        assert answer.status_code == 422
        assert told in text(answer)
        assert wrong in answer.get_data(as_text=True)
    assert stored(billing, ivan).nickname == "Іванко"


# Bans


def test_a_ban_ends_the_show_and_is_taken_back(panel, chat, tenant, billing, uow, clock):
    ivan, eva = chat.viewer(tenant, "ivan", credits=600), chat.performer(tenant, "eva")
    show = request_show(
        uow(), viewer_id=ivan.id, performer_id=eva.person_id, source=Source.SELF, actor=STAFF, now=clock()
    )
    accept_show(uow(), show_id=show.id, by=eva.person_id, room_id=10**12 + 7, actor=STAFF, now=clock())
    path = f"/ppv/people/{ivan.id}"
    assert "ends now" in panel.page(f"{path}/ban")
    refused = panel.post(f"{path}/ban", reason=" ")
    assert refused.status_code == 422
    assert stored(billing, ivan).banned_at is None

    panel.done(f"{path}/ban", reason="Лайка")

    assert stored(billing, ivan).ban_reason == "Лайка"
    ended = chat.again(show)
    assert ended.state in (ShowState.ENDED, ShowState.ABORTED)
    assert ended.end_reason in (EndReason.ADMIN_END, EndReason.ABORTED)
    page = panel.page(path)
    assert "Banned since" in page
    assert "Лайка" in page
    assert "ivan" in panel.page("/ppv/people", ban="banned")
    panel.done(f"{path}/unban")
    assert stored(billing, ivan).banned_at is None


def test_who_is_moderator_here_bans_as_the_roles_say(person, chat, tenant, billing, uow, clock):
    ivan = chat.viewer(tenant, "ivan")
    moderator = person("PPV")
    signed = {"tenant_id": tenant.id, "actor": STAFF, "now": clock()}
    policies.set_policy(uow(), role=Role.MODERATOR, policy=Policy(), **signed)

    assert moderator.post(f"/ppv/people/{ivan.id}/ban", reason="spam").status_code == 403
    assert stored(billing, ivan).banned_at is None

    policies.set_policy(uow(), role=Role.MODERATOR, policy=Policy(may_ban=True), **signed)
    moderator.done(f"/ppv/people/{ivan.id}/ban", reason="spam")
    assert stored(billing, ivan).banned_at is not None


# What roles may do


def test_the_table_of_roles(panel, chat, tenant):
    path = f"/ppv/tenants/{tenant.id}/policies"
    assert "administrator of the chat yes yes no" in panel.page(path)
    assert "viewer no no no" in panel.page(path)

    panel.done(f"{path}/moderator", may_kick="y", live_typing="y")

    assert "moderator yes no yes" in panel.page(path)
    assert "Live typing is used" in panel.page(path)
    assert "everybody in this chat is told so" in panel.page(f"/ppv/tenants/{tenant.id}")
    assert "SET POLICY [moderator]" in panel.page("/events")
    panel.done(f"{path}/moderator")
    assert "moderator no no no" in panel.page(path)
    assert "Live typing is used" not in panel.page(path)


@pytest.mark.parametrize("role", ["user", "guest"])
def test_live_typing_cannot_be_given_to_viewers_and_guests(panel, chat, tenant, role):
    path = f"/ppv/tenants/{tenant.id}/policies/{role}"
    assert 'name="live_typing"' not in panel.get(path).get_data(as_text=True)

    answer = panel.post(path, live_typing="y")

    assert answer.status_code == 422
    assert "cannot be let see what others type" in text(answer)
    assert "Live typing is used" not in panel.page(f"/ppv/tenants/{tenant.id}/policies")


def test_there_are_no_other_roles(panel, chat, tenant):
    assert panel.get(f"/ppv/tenants/{tenant.id}/policies/nonsense").status_code == 404
    assert panel.post(f"/ppv/tenants/{tenant.id}/policies/nonsense").status_code == 404
    assert panel.get("/ppv/tenants/999/policies").status_code == 404


# Entering the chat


def entered(answer):
    """The frame of the page, and what its token says."""
    page = answer.get_data(as_text=True)
    source = unescape(re.search(r'<iframe[^>]*src="([^"]*)"', page)[1])
    payload = source.rpartition("/")[2].split(".")[1]
    return source, json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


@pytest.mark.parametrize(("rights", "role"), [(("PPV",), "moderator"), (("PPV", "ADMIN"), "admin")])
def test_staff_enter_the_chat_with_the_role_of_their_rights(person, chat, tenant, billing, rights, role):
    somebody = person(*rights)
    path = f"/ppv/tenants/{tenant.id}/room"
    assert "It costs nothing." in somebody.page(path)

    answer = somebody.post(path)

    source, token = entered(answer)
    assert source.startswith("https://chat.example/chat/")
    assert token["role"] == role
    assert token["id"] >= 10_000
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Content-Security-Policy"].endswith("frame-src https://chat.example")
    assert 'camera=(self "https://chat.example")' in answer.headers["Permissions-Policy"]
    assert PASSWORD not in answer.get_data(as_text=True)
    with billing.reading() as session:
        made = session.scalars(select(Person)).one()
    assert (made.login, made.role) == (f"staff:{somebody.login}", Role(role))
    somebody.post(path)
    with billing.reading() as session:
        assert len(session.scalars(select(Person)).all()) == 1


def test_looking_at_the_door_makes_nobody_and_other_pages_frame_nothing(panel, chat, tenant, billing):
    answer = panel.get(f"/ppv/tenants/{tenant.id}/room")

    assert "frame-src" not in answer.headers["Content-Security-Policy"]
    assert "camera=()" in answer.headers["Permissions-Policy"]
    with billing.reading() as session:
        assert session.scalars(select(Person)).all() == []


def test_nobody_enters_an_archived_chat(panel, chat):
    tenant = chat.tenant(active=False)

    assert "archived" in panel.page(f"/ppv/tenants/{tenant.id}/room")
    assert panel.post(f"/ppv/tenants/{tenant.id}/room").status_code == 404
