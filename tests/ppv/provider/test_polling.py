"""The worker's question who is there: to each chat in its time, side by side, and with what the staff must know."""

import threading
from datetime import timedelta

import pytest
import requests

from ppv_module.chat import people
from ppv_module.chat.models import Status
from ppv_module.chat.presence import Present, is_warning
from ppv_module.chat.wall import wall
from ppv_module.provider.base import ChatRefused, ChatUnreachable, Guest
from ppv_module.provider.html5chat.chat import Html5Chat
from ppv_module.provider.html5chat.rest import Rest
from ppv_module.provider.polling import poll
from sandbox.html5chat.config import Config
from sandbox.html5chat.server import serve_in_thread
from tests.ppv.make import PASSWORD
from tests.ppv.people.support import lines

REST = {"rest_url": "https://rest.example:2083", "rest_token": "t0ken"}


class Fake:
    """Asks nobody: `answers` by tenant's name are given or raised, `asked` are the names."""

    def __init__(self, **answers):
        self.answers, self.asked = answers, []

    def can_be_asked(self, tenant):
        return Html5Chat().can_be_asked(tenant)

    def presence(self, tenant):
        self.asked.append(tenant.name)
        answer = self.answers.get(tenant.name, [])
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer


def there(number, status=Status.ONLINE):
    return [Present(number=number, name="", status=status)]


def statuses(billing, chat, tenant, clock):
    with billing.reading() as session:
        return [each.status for each in wall(session, chat.again(tenant), clock())]


def test_each_chat_is_asked_once_in_its_time(billing, chat, clock):
    quick, slow = chat.tenant(name="quick", rules={"presence_cache_s": 5}, **REST), chat.tenant(name="slow", **REST)
    fake = Fake()

    for _ in range(20):
        poll(billing, clock, fake)
        clock.advance(seconds=1)

    assert (fake.asked.count("quick"), fake.asked.count("slow")) == (4, 2)
    assert chat.again(quick).polled_at and chat.again(slow).polled_at


def test_only_chats_that_work_and_can_be_asked_are(billing, chat, clock):
    chat.tenant(name="shut", active=False, **REST)
    chat.tenant(name="embedded", mode="embed", **REST)
    chat.tenant(name="mute")
    chat.tenant(name="good", **REST)
    fake = Fake()

    assert poll(billing, clock, fake) == 1
    assert fake.asked == ["good"]


def test_many_workers_ask_once(billing, chat, clock):
    chat.tenant(name="good", **REST)
    fake = Fake()
    threads = [threading.Thread(target=poll, args=(billing, clock, fake)) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert fake.asked == ["good"]


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (ChatUnreachable(call="getOnlinePerformers", reason="ConnectTimeout"), "getOnlinePerformers: ConnectTimeout"),
        (ChatRefused(call="getOnlinePerformers", message="ko"), "getOnlinePerformers: ko"),
    ],
)
def test_a_chat_in_trouble_is_noted_and_holds_up_no_other(billing, chat, clock, trouble, told):
    bad, good = chat.tenant(name="bad", **REST), chat.tenant(name="good", **REST)
    chat.performer(good, "star", number=1, beat_at=None)
    fake = Fake(bad=trouble, good=there(1))

    for _ in range(5):
        poll(billing, clock, fake)
        clock.advance(seconds=10)

    assert statuses(billing, chat, good, clock) == [Status.ONLINE]
    assert chat.again(bad).poll_trouble == told and is_warning(chat.again(bad), clock())
    assert [text for text, _, _ in lines(billing)] == [f"PPV TENANT [{bad.id}] CHAT DOES NOT ANSWER: {told}"]


def test_chats_are_asked_side_by_side(billing, chat, clock):
    meeting = threading.Barrier(2, timeout=10)

    def answer():
        meeting.wait()  # nobody gets past here alone
        return []

    chat.tenant(name="one", **REST), chat.tenant(name="two", **REST)

    assert poll(billing, clock, Fake(one=answer, two=answer)) == 2


def test_an_error_of_our_own_is_not_hidden(billing, chat, clock):
    chat.tenant(name="one", **REST)

    with pytest.raises(ZeroDivisionError):
        poll(billing, clock, Fake(one=ZeroDivisionError()))


def test_no_card_is_older_than_fifteen_seconds(billing, chat, clock):
    """The worker looks each second; the chat takes away a performer at any moment of its own."""
    tenant = chat.tenant(name="good", **REST)
    chat.performer(tenant, "star", number=1, beat_at=None)
    fake, left_at = Fake(good=there(1)), None

    for second in range(60):
        poll(billing, clock, fake)
        if second == 23:
            fake.answers["good"], left_at = [], clock()
        if left_at and statuses(billing, chat, tenant, clock) == [Status.OFFLINE]:
            break
        clock.advance(seconds=1)

    assert left_at and clock() - left_at <= timedelta(seconds=15)


@pytest.mark.parametrize("form", ["array", "object", "text"])
def test_the_sandbox_chat_is_understood(billing, chat, clock, form):
    with serve_in_thread(Config(webmasters={77: PASSWORD}, rest_token="t0ken", rest_form=form)) as server:
        where = {"chat_url": server.url, "rest_url": server.url, "rest_token": "t0ken"}
        tenant = chat.tenant(webmaster_id=77, token_expires=False, **where)
        star = chat.performer(tenant, "star", number=3, beat_at=None)
        chat.performer(tenant, "idle", number=4, beat_at=None)
        provider, rest = Html5Chat(), Rest()
        with billing.reading() as session:
            person = people.get(session, star.person_id)
        assert statuses(billing, chat, tenant, clock) == [Status.OFFLINE] * 2
        entry = provider.entry(tenant, Guest(person=person, performer=star), room=star.room_id, now=clock())
        assert requests.get(entry.url, timeout=5).status_code == 200

        assert poll(billing, clock, provider) == 1
        assert statuses(billing, chat, tenant, clock) == [Status.ONLINE, Status.OFFLINE]
        assert rest.number_users(tenant) == rest.number_users_in_room(tenant, star.room_id) == 1
        for found in (rest.users, rest.performers, rest.online_performers):
            assert [each.id for each in found(tenant)] == [3]
        assert [each.id for each in rest.users_in_room(tenant, star.room_id)] == [3]
        assert rest.user_status(tenant, 3) is Status.ONLINE and rest.user_status(tenant, 4) is Status.OFFLINE
        tenant.rest_token = "wrong"
        with pytest.raises(ChatRefused):
            Rest().performers(tenant)
