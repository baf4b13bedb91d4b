"""Adding people to the provider's own subscribers."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from billing.host.native import NativeHost, NativeSubscriber
from billing.host.search import Word
from billing.staff import LoginTaken
from olltv_module.services.registering import BadLogin, PeopleElsewhere, register
from tests.olltv.support import dump, events
from tests.support import STAFF, Crash, assert_books_balance, crash_after, money

PROFILE = {"name": "Іван Мороз", "address": "вул. Садова, 1", "email": "", "mobile": "0501234567"}


@pytest.fixture
def add(uow, clock):
    def call(login="ivan", **more):
        facts = {"password": "secret-1", "credit": money("10 UAH"), "profile": PROFILE} | more
        return register(uow(), login=login, actor=STAFF, now=clock(), **facts)

    return call


def test_whoever_is_added_is_known_to_the_host_and_told(billing, add, uow):
    person = add()
    with uow() as unit:
        assert unit.host.find("ivan") == person
        assert [each.login for each in unit.host.search("мороз", limit=5).people] == ["ivan"]
    assert events(billing) == ["USER CREATE (ivan)"]
    assert_books_balance(billing)


@pytest.mark.parametrize("login", ["", " ", "two words", "a/b", "a?b", "x" * 65, "new", "bulk", "..", "иван\n"])
def test_a_login_must_stand_in_an_address(billing, add, login):
    with pytest.raises(BadLogin):
        add(login)
    assert events(billing) == []


def test_a_login_is_given_once_even_after_its_owner_is_gone(add, uow, clock):
    add()
    with pytest.raises(LoginTaken):
        add()
    with uow() as unit:
        unit.host.remove("ivan", at=clock())
    with pytest.raises(LoginTaken):
        add()


def test_of_many_who_add_the_same_login_at_once_one_wins(billing, add):
    def attempt(number):
        try:
            add(profile=PROFILE | {"name": f"Name {number}"})
        except LoginTaken:
            return "taken"
        return "added"

    with ThreadPoolExecutor(8) as pool:
        ended = sorted(pool.map(attempt, range(8)))
    assert ended == ["added"] + ["taken"] * 7
    with billing.reading() as session:
        assert session.scalar(select(func.count()).select_from(NativeSubscriber)) == 1
    assert events(billing) == ["USER CREATE (ivan)"]
    assert_books_balance(billing)


def test_a_crash_leaves_no_trace(billing, add):
    before = dump(billing)
    with pytest.raises(Crash), crash_after(NativeHost, "add"):
        add()
    assert dump(billing) == before
    with billing.reading() as session:
        assert session.scalars(select(Word)).all() == []


def test_where_another_billing_keeps_the_people_they_are_added_there(billing, clock):
    class Elsewhere:
        """Any other host."""

    facts = {"login": "ivan", "password": "", "credit": money("0 UAH"), "profile": PROFILE}
    with billing.uow() as unit:
        unit.host = Elsewhere()
        with pytest.raises(PeopleElsewhere):
            register(unit, **facts, actor=STAFF, now=clock())
