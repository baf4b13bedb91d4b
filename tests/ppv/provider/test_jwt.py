"""Tokens: as the chat wants them, signed here, and none for who must not enter."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest

from ppv_module.chat import people
from ppv_module.chat.models import Role
from ppv_module.errors import Banned, NotYours, UnknownTenant
from ppv_module.provider.base import Guest
from ppv_module.provider.html5chat import jwt
from ppv_module.provider.html5chat.chat import FIRST_PRIVATE, Html5Chat
from tests.ppv.make import PASSWORD

CHAT = Html5Chat()


def read(token, key=PASSWORD):
    """The header and payload of a token whose signature is right."""
    signed, _, signature = token.rpartition(".")
    proper = hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64encode(proper).rstrip(b"=").decode() == signature
    header, payload = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in signed.split("."))
    return header, payload


def payload_of(entry, key=PASSWORD):
    header, payload = read(entry.url.rsplit("/", 1)[1], key)
    assert header == {"typ": "JWT", "alg": "HS256"}
    return payload


def test_the_vector_of_the_guide():
    payload = {
        "webmasterid": 1,
        "password": jwt.password_digest("k3y"),
        "id": 7,
        "username": "ann",
        "role": "user",
        "startRoom": 10003,
    }

    header, body, signature = jwt.encode(payload, key="k3y").split(".")

    assert payload["password"] == "fbe8cdb8cacde73703e02dcf0866f7e9"
    assert base64.urlsafe_b64decode(header + "==") == b'{"typ":"JWT","alg":"HS256"}'
    assert base64.urlsafe_b64decode(body + "==").startswith(b'{"webmasterid":1,"password":"fbe8')
    assert signature == "ZyitDiQAN3VDLVgoK6AggcQKjeBJzG0s2OeeGcJAoKo"


@pytest.mark.parametrize(
    ("address", "given"),
    [
        ("https://isp.example/a.webp", "https://isp.example/a.webp"),
        ("https://isp.example/a?b=1", base64.b64encode(b"https://isp.example/a?b=1").decode()),
        ("https://isp.example/a&b", base64.b64encode(b"https://isp.example/a&b").decode()),
    ],
)
def test_an_avatar_with_signs_that_the_chat_cuts_at_is_in_base64(address, given):
    assert jwt.image(address) == given


def test_a_viewer_enters_a_room_as_who_he_is(chat, clock):
    tenant = chat.tenant(webmaster_id=1, chat_url="https://chat.example")
    ann = chat.viewer(tenant, "ann", number=10007)
    guest = Guest(person=ann, credits=70, image="https://isp.example/a.webp?x", profile="https://isp.example/p")

    entry = CHAT.entry(tenant, guest, room=10_003, now=clock())

    assert entry.url.startswith("https://chat.example/chat/1/") and entry.origin == "https://chat.example"
    assert entry.allow == "camera; microphone; autoplay; fullscreen"
    issued = int(datetime(2026, 11, 10, 9, 0, tzinfo=UTC).timestamp())
    assert payload_of(entry) == {
        "webmasterid": 1,
        "password": jwt.password_digest(PASSWORD),
        "id": 10007,
        "username": "Ann",
        "gender": "male",
        "role": "user",
        "image": base64.b64encode(b"https://isp.example/a.webp?x").decode(),
        "profile": "https://isp.example/p",
        "startRoom": 10003,
        "credits": 70,
        "iat": issued,
        "exp": issued + 120,
    }
    assert (entry.expires_at - clock()).total_seconds() == 120
    assert PASSWORD not in entry.url and PASSWORD not in str(payload_of(entry))


def test_without_a_room_it_is_the_general_chat_and_what_is_empty_is_left_out(chat, clock):
    tenant = chat.tenant(token_expires=False)
    ann = chat.viewer(tenant, "ann")

    entry = CHAT.entry(
        tenant, Guest(person=ann, image="javascript:x", profile="http://isp.example"), room=None, now=clock()
    )

    assert entry.expires_at is None
    assert set(payload_of(entry)) == {"webmasterid", "password", "id", "username", "gender", "role", "credits"}


@pytest.mark.parametrize(
    "role", [Role.GUEST, Role.USER, Role.DJ, Role.MODERATOR, Role.ADMIN, Role.CUSTOM1, Role.CUSTOM3]
)
def test_roles_come_from_the_account(chat, clock, role):
    tenant = chat.tenant()
    person = chat.person(tenant, role=role)

    assert payload_of(CHAT.entry(tenant, Guest(person=person), room=None, now=clock()))["role"] == role


def hers(chat, tenant, **given):
    performer = chat.performer(tenant, "star", number=3, **given)
    with chat.make.billing.reading() as session:
        return performer, people.get(session, performer.person_id)


def test_a_performer_is_one_on_her_own_page_in_her_own_rooms(chat, clock):
    tenant = chat.tenant()
    performer, person = hers(chat, tenant)
    guest = Guest(person=person, performer=performer)

    for room in (performer.room_id, CHAT.private_room(tenant), None):
        payload = payload_of(CHAT.entry(tenant, guest, room=room, now=clock()))
        assert payload["role"] == "performer" and payload.get("startRoom") == room and "credits" not in payload

    with pytest.raises(NotYours):
        CHAT.entry(tenant, guest, room=performer.room_id + 1, now=clock())


def test_pages_of_viewers_give_nobody_a_performers_token(chat, clock):
    tenant = chat.tenant()
    performer, person = hers(chat, tenant)
    ann = chat.viewer(tenant, "ann")

    for room in (performer.room_id, CHAT.private_room(tenant), None):
        entry = CHAT.entry(tenant, Guest(person=person), room=room, now=clock())
        assert payload_of(entry)["role"] == "user"
        with pytest.raises(NotYours):
            CHAT.entry(tenant, Guest(person=ann, performer=performer), room=room, now=clock())


def test_no_token_is_made_for_who_must_not_enter(chat, clock):
    tenant, other, shut = chat.tenant(), chat.tenant(), chat.tenant(active=False)
    performer, person = hers(chat, tenant, active=False)
    banned = chat.viewer(tenant, "bob")
    banned.banned_at = clock()

    def enter(where, **guest):
        return (
            lambda: CHAT.entry(where, Guest(**guest), room=None, now=clock()),
            lambda: CHAT.scripts(where, Guest(**guest), now=clock()),
        )

    cases = [
        (tenant, {"person": banned}, Banned),
        (other, {"person": chat.viewer(tenant, "ann")}, NotYours),
        (shut, {"person": chat.viewer(shut, "eve")}, UnknownTenant),
        (tenant, {"person": person, "performer": performer}, NotYours),
    ]
    for where, guest, refusal in cases:
        for way in enter(where, **guest):
            with pytest.raises(refusal):
                way()


def test_a_token_of_one_chat_is_no_good_in_another(chat, clock):
    tenant = chat.tenant(password="Another-Password-0123456789-abcdefgh")
    ann = chat.viewer(tenant, "ann")
    entry = CHAT.entry(tenant, Guest(person=ann), room=None, now=clock())

    assert payload_of(entry, tenant.password)["webmasterid"] == tenant.webmaster_id
    with pytest.raises(AssertionError):
        payload_of(entry, PASSWORD)


def test_names_of_any_script_and_signs_get_through(chat, clock):
    tenant = chat.tenant()
    ann = chat.viewer(tenant, "ann")
    ann.nickname = 'Дар’я "</script>" K.'

    entry = CHAT.entry(tenant, Guest(person=ann), room=None, now=clock())

    assert payload_of(entry)["username"] == ann.nickname
    assert set(entry.url.rsplit("/", 1)[1]) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


def test_rooms_of_performers_and_of_shows_are_apart(chat):
    tenant = chat.tenant(webmaster_id=99_999_999)

    assert CHAT.public_room(chat.tenant(webmaster_id=1), 3) == 10_003
    assert CHAT.public_room(tenant, 9999) < FIRST_PRIVATE
    rooms = {CHAT.private_room(tenant) for _ in range(200)}
    assert len(rooms) == 200 and min(rooms) >= FIRST_PRIVATE and max(rooms) < 2**53


def test_an_embedded_chat_is_two_scripts(chat, clock):
    tenant = chat.tenant(webmaster_id=5, chat_url="https://html5-chat.com", mode="embed")
    ann = chat.viewer(tenant, "ann")

    assert CHAT.scripts(tenant, None, now=clock()) == {"listing": "https://www.html5-chat.com/ppv_listing/5"}
    scripts = CHAT.scripts(tenant, Guest(person=ann), now=clock())
    assert scripts["room"].startswith("https://html5-chat.com/script/5/")
    assert read(scripts["room"].rsplit("/", 1)[1])[1]["username"] == "Ann"
    tenant.chat_url = "http://127.0.0.1:8083/base"
    assert CHAT.scripts(tenant, None, now=clock())["listing"] == "http://127.0.0.1:8083/base/ppv_listing/5"
    assert CHAT.origin(tenant) == "http://127.0.0.1:8083"
