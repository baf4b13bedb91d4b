"""The chat as a viewer's cabinet asks for it: the wall, rooms, private shows from the request to the end, tips."""

import pytest
from sqlalchemy import func, select

from billing.ledger.models import Transfer
from ppv_module.chat import people, photos, policies, styles
from ppv_module.chat.models import Mode, Person, Photo, Role
from ppv_module.chat.shows.models import Show
from tests.remoteapi.chat_stage import chat, ini, stage, token
from tests.remoteapi.conftest import Machine, code, set_password
from tests.support import STAFF

__all__ = ["chat", "ini", "stage"]


def count_of(billing, kind):
    with billing.reading() as session:
        return session.scalar(select(func.count()).select_from(kind))


def change(billing, row, **values):
    uow = billing.uow()
    with uow:
        found = uow.session.get_one(type(row), row.id)
        for name, value in values.items():
            setattr(found, name, value)


# --- What everybody may see -------------------------------------------------------------------------------------------


def test_chats_tell_what_performers_are_called_in_the_callers_language(stage, chat):
    chat.tenant(active=False)
    for lang, title in (("en", "teacher"), ("uk", "учитель"), ("ru", "ведущий")):
        (found,) = stage.ann.get("/chat", Accept_Language=lang).json["tenants"]
        assert found == {
            "id": stage.tenant.id,
            "name": stage.tenant.name,
            "mode": "external",
            "title": title,
            "chat_origin": "https://chat.example",
            "live_typing": False,
            "style": "",
        }


def test_the_wall_shows_who_is_there_first_and_needs_nobody_signed_in(stage, chat, machine):
    chat.performer(stage.tenant, "anna", number=6, beat_at=None)
    chat.performer(stage.tenant, "gone", number=7, active=False)
    chat.performer(chat.tenant(), "elsewhere", number=5)
    cards = machine("cabinet").get(f"/chat/{stage.tenant.id}/wall").json["cards"]
    assert [(card["number"], card["status"], card["enterable"]) for card in cards] == [
        (5, "online", True),
        (6, "offline", False),
    ]
    assert cards[0]["rate"] == 60 and set(cards[0]) == {
        *("number", "name", "bio", "status", "rate", "avatar", "photo", "enterable")
    }


def test_in_embed_mode_the_wall_is_the_chats_own_script(stage, billing):
    change(billing, stage.tenant, mode=Mode.EMBED)
    wall = stage.ann.get(f"/chat/{stage.tenant.id}/wall").json
    assert wall["cards"] == [] and wall["tenant"]["scripts"]["listing"].endswith(f"/{stage.tenant.webmaster_id}")


def test_a_chat_that_is_off_or_unknown_is_not_there(stage, billing):
    change(billing, stage.tenant, active=False)
    for path in (f"/chat/{stage.tenant.id}/wall", "/chat/99/wall", stage.path(""), stage.path("/rooms/5")):
        answer = stage.ann.get(path)
        assert (answer.status_code, code(answer)) == (404, "unknown_tenant")


def test_pictures_and_styles_are_files(stage, billing):
    uow = billing.uow()
    with uow:
        picture = {"content": b"webp", "width": 1, "height": 1, "created_at": stage.clock()}
        uow.session.add(Photo(name="abc", tenant_id=stage.tenant.id, **picture))
    styles.save_style(
        billing.uow(), tenant_id=stage.tenant.id, source=".wall { color: red }", actor=STAFF, now=stage.clock()
    )
    photo = stage.ann.get("/chat/photos/abc")
    assert (photo.data, photo.content_type) == (b"webp", photos.CONTENT_TYPE)
    assert code(stage.ann.get("/chat/photos/none")) == "not_found"
    style = stage.ann.get(f"/chat/{stage.tenant.id}/style.css")
    assert style.mimetype == "text/css" and "red" in style.text and ".chat-skin" in style.text
    assert stage.ann.get("/chat").json["tenants"][0]["style"]


class TestSwitchedOff:
    @pytest.fixture
    def ini(self):
        return {"PPV_ENABLED": "0"}

    def test_nothing_is_offered(self, stage):
        for path in ("/chat", stage.path(""), "/me/credits", f"/me/support/{stage.tenant.id}"):
            answer = stage.ann.get(path)
            assert (answer.status_code, code(answer)) == (503, "ppv_disabled")


# --- Who one is -------------------------------------------------------------------------------------------------------


def test_looking_makes_nobody_a_person_of_the_chat(stage, billing):
    before = count_of(billing, Person)
    me = stage.ann.get(stage.path("")).json
    assert stage.ann.get(stage.path("/rooms/5")).json["show"] is None
    assert stage.ann.get(stage.path("/shows")).json == {"shows": [], "next": None}
    assert count_of(billing, Person) == before
    assert me == {
        "number": 0,
        "nickname": "",
        "role": "user",
        "performer": False,
        "banned": False,
        "balance": 600,
        "frozen": False,
        "privacy_notice": False,
    }


def test_a_nickname_is_given_once_in_a_chat(stage):
    assert stage.ann.post(stage.path("/nickname"), {"nickname": "Hanna"}).json["nickname"] == "Hanna"
    assert code(stage.boris.post(stage.path("/nickname"), {"nickname": "Hanna"})) == "nickname_taken"
    assert stage.ann.get(stage.path("")).json["number"] >= 10_000


def test_whoever_may_be_read_while_he_types_is_told(stage, billing):
    see = policies.Policy(may_kick=True, may_ban=True, live_typing=True)
    role = {"role": Role.MODERATOR, "policy": see, "actor": STAFF, "now": stage.clock()}
    policies.set_policy(billing.uow(), tenant_id=stage.tenant.id, **role)
    assert stage.ann.get(stage.path("")).json["privacy_notice"]
    assert stage.ann.get("/chat").json["tenants"][0]["live_typing"]


# --- Rooms ------------------------------------------------------------------------------------------------------------


def test_entering_a_room_costs_nothing_and_gives_a_viewers_token(stage, billing):
    before = count_of(billing, Transfer)
    answer = stage.ann.post(stage.path("/rooms/5/entry"), {"site": "https://my.isp.example/"})
    assert answer.status_code == 200
    said = token(answer.json)
    assert (said["role"], said["startRoom"], said["credits"]) == ("user", stage.olena.room_id, 600)
    assert said["id"] == stage.person("ann").number
    assert answer.json["origin"] == "https://chat.example" and "camera" in answer.json["allow"]
    assert (count_of(billing, Show), count_of(billing, Transfer)) == (0, before)


def test_an_entry_is_never_kept(stage, billing):
    once = {"once": "the-same-request"}
    stage.ann.post(stage.path("/rooms/5/entry"), **once)
    stage.passes(5)
    second = stage.ann.post(stage.path("/rooms/5/entry"), **once)
    assert "Idempotency-Replayed" not in second.headers
    assert second.headers["Cache-Control"] == "no-store"


def test_a_performer_who_looks_as_a_viewer_gets_no_performers_token(stage, machine, billing):
    set_password(billing, "olena")
    olena = Machine(stage.ann.app, stage.ann.key)
    assert olena.sign_in("olena").status_code == 201
    assert token(olena.post(stage.path("/rooms/5/entry")).json)["role"] == "user"
    assert token(olena.post(stage.path("/entry")).json)["role"] == "user"


def test_the_general_chat_knows_who_comes(stage):
    said = token(stage.ann.post(stage.path("/entry"), {"site": "https://my.isp.example/"}).json)
    assert said["role"] == "user" and "startRoom" not in said and said["username"] == stage.person("ann").nickname
    assert said["profile"].startswith("https://my.isp.example/")


def test_the_role_is_that_of_the_account_whatever_is_asked_for(stage, billing):
    stage.ann.post(stage.path("/entry"))
    change(billing, stage.person("ann"), role=Role.MODERATOR)
    assert token(stage.ann.post(stage.path("/entry")).json)["role"] == "moderator"
    asked = {"role": "admin", "site": ""}
    assert stage.ann.post(stage.path("/entry"), asked).status_code in (200, 422)
    assert token(stage.ann.post(stage.path("/entry")).json)["role"] == "moderator"


def test_in_embed_mode_the_general_chat_is_a_script_and_rooms_are_not_ours(stage, billing):
    change(billing, stage.tenant, mode=Mode.EMBED)
    assert "/script/" in stage.ann.post(stage.path("/entry")).json["url"]
    assert code(stage.ann.post(stage.path("/rooms/5/entry"))) == "embed_mode"
    assert code(stage.ann.post(stage.path("/shows"), {"performer": 5})) == "embed_mode"
    assert code(stage.ann.post(stage.path("/tips"), {"performer": 5, "credits": 1})) == "embed_mode"
    assert stage.ann.get("/me/credits").json["packs"] == []


def test_a_room_that_is_offline_or_private_cannot_be_entered(stage, billing):
    stage.live()
    answer = stage.boris.post(stage.path("/rooms/5/entry"), Accept_Language="uk")
    assert (answer.status_code, code(answer)) == (409, "performer_busy")
    stage.ann.post(stage.path(f"/shows/{stage.ann.get(stage.path('/rooms/5')).json['show']['id']}/end"))
    stage.passes(120)
    assert code(stage.boris.post(stage.path("/rooms/5/entry"))) == "performer_offline"
    assert code(stage.boris.post(stage.path("/rooms/77/entry"))) == "unknown_performer"


def test_who_is_banned_gets_in_nowhere_and_is_told_to_leave(stage, billing):
    stage.ann.post(stage.path("/entry"))
    people.ban(billing.uow(), person_id=stage.person("ann").id, reason="rude", actor=STAFF, now=stage.clock())
    assert stage.ann.get(stage.path("")).json["banned"]
    assert stage.ann.get(stage.path("/rooms/5")).json["leave"] == "banned"
    for path, body in (
        ("/entry", {}),
        ("/rooms/5/entry", {}),
        ("/shows", {"performer": 5}),
        ("/tips", {"performer": 5, "credits": 1}),
    ):
        assert code(stage.ann.post(stage.path(path), body)) == "banned"
