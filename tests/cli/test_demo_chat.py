"""The demo's video chat, made by the services, so that its books balance; and loaded again."""

from functools import cache
from io import BytesIO

import pytest
from argon2 import PasswordHasher
from PIL import Image
from sqlalchemy import func, select

from billing.host import native
from ppv_module.chat.earnings.models import Action, Earning, Payout, PayoutState
from ppv_module.chat.models import Performer, Person, Photo, Tenant
from ppv_module.chat.shows.models import Show, ShowState
from ppv_module.chat.support.models import Ticket, TicketState
from ppv_module.credits.accounts import balance_of
from ppv_module.credits.models import Order, OrderState, Pack
from suite.demo import chat as demo_chat
from suite.demo.chat import BOUGHT, EVENINGS, ChatDemo, load_chat
from suite.demo.faces import AVATAR, drawn
from suite.demo.load import LOGINS, PASSWORD, Demo, load
from suite.demo.stars import STARS
from tests.support import Crash, assert_books_balance, balance, crash_after, money

SECRET = "a-password-of-the-sandbox-which-is-long-enough"


DRAWN = cache(drawn)
CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Each face is drawn once for all tests, and passwords are cheap to check."""
    monkeypatch.setattr(demo_chat, "drawn", DRAWN)
    monkeypatch.setattr(native, "PASSWORDS", CHEAP)


def demo(url: str = "http://127.0.0.1:8083", password: str = SECRET) -> ChatDemo:
    rooms = {"room": lambda tenant, number: tenant.webmaster_id * 10_000 + number}
    return ChatDemo(url=url, password=password, token="token-of-the-sandbox", **rooms)


@pytest.fixture
def loaded(runtime):
    """The television demo, and the chat beside it."""
    load(runtime.billing, Demo(subscribers=10), now=runtime.clock())
    return load_chat(runtime.billing.uow(), demo=demo(), now=runtime.clock())


def count(runtime, model, *conditions) -> int:
    with runtime.billing.reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def test_the_chat_has_performers_with_pictures_who_can_sign_in(runtime, loaded):
    with runtime.billing.uow() as uow:
        performers = uow.session.scalars(select(Performer).order_by(Performer.sort)).all()
        assert [each.display_name for each in performers] == [star.name for star in STARS]
        assert all(each.bio and each.avatar and each.big_photo and each.active for each in performers)
        assert uow.session.scalar(select(func.count()).select_from(Photo)) == 12
        assert all(uow.host.check_password(star.login, PASSWORD) for star in STARS[:2])


def test_packs_are_sold_from_the_wallet_and_by_paypal(runtime, loaded):
    assert count(runtime, Pack, Pack.currency == "UAH") == 3
    assert count(runtime, Pack, Pack.currency == "EUR") == 2
    assert loaded.paypal_business


def test_the_first_subscriber_has_bought_a_pack(runtime, loaded):
    assert count(runtime, Order, Order.state == OrderState.PAID, Order.login == LOGINS[0]) == 1
    assert balance(runtime.billing, LOGINS[0]) == money("155.00 UAH")
    with runtime.billing.reading() as session:
        assert balance_of(session, LOGINS[0]) >= BOUGHT


def test_where_the_wallet_is_too_small_the_credits_are_a_gift(runtime, monkeypatch):
    monkeypatch.setattr(demo_chat, "LOGINS", [LOGINS[3], *LOGINS[:2]])
    load(runtime.billing, Demo(subscribers=10), now=runtime.clock())
    load_chat(runtime.billing.uow(), demo=demo(), now=runtime.clock())
    assert count(runtime, Order) == 0
    assert balance(runtime.billing, LOGINS[3]) == money("50.00 UAH")
    assert_books_balance(runtime.billing)


def test_shows_tips_payouts_and_a_question_are_there_and_the_books_balance(runtime, loaded):
    assert count(runtime, Show, Show.state == ShowState.ENDED) == len(EVENINGS)
    assert count(runtime, Show, Show.state != ShowState.ENDED) == 0
    assert count(runtime, Earning, Earning.action == Action.LIVESHOW) == len(EVENINGS)
    assert count(runtime, Earning, Earning.action == Action.TIPS) == sum(1 for each in EVENINGS if each[4])
    assert count(runtime, Payout, Payout.state == PayoutState.PAID) >= 3
    assert count(runtime, Earning, Earning.payout_id.is_(None)) > 0
    assert count(runtime, Ticket, Ticket.state == TicketState.OPEN) == 1
    assert_books_balance(runtime.billing)


def test_the_shows_lasted_as_long_as_they_were_to(runtime, loaded):
    with runtime.billing.reading() as session:
        lasted = session.scalars(select(Show.billed_ms).order_by(Show.requested_at, Show.id)).all()
    assert sorted(lasted) == sorted(1000 * each[3] for each in EVENINGS)


def test_a_second_load_changes_nothing_but_the_address(runtime, loaded):
    with (uow := runtime.billing.uow()):
        uow.session.get_one(Tenant, loaded.id).name = "Renamed by the staff"
    before = [count(runtime, model) for model in (Person, Photo, Show, Earning, Order, Pack, Ticket)]
    other = "another-password-of-the-sandbox-long-enough"
    again = load_chat(runtime.billing.uow(), demo=demo("http://127.0.0.1:9083", other), now=runtime.clock())
    assert again.name == "Renamed by the staff"
    assert (again.id, again.chat_url, again.rest_url) == (loaded.id, "http://127.0.0.1:9083", "http://127.0.0.1:9083")
    assert [count(runtime, model) for model in (Person, Photo, Show, Earning, Order, Pack, Ticket)] == before
    assert_books_balance(runtime.billing)


def test_a_load_that_was_broken_off_leaves_nothing(runtime):
    load(runtime.billing, Demo(subscribers=10), now=runtime.clock())
    with pytest.raises(Crash), crash_after(demo_chat, "_buy"):
        load_chat(runtime.billing.uow(), demo=demo(), now=runtime.clock())
    assert count(runtime, Tenant) == count(runtime, Show) == 0
    load_chat(runtime.billing.uow(), demo=demo(), now=runtime.clock())
    assert count(runtime, Tenant) == 1


def test_the_television_demo_is_loaded_beside_it_again(runtime, loaded):
    assert load(runtime.billing, Demo(subscribers=10), now=runtime.clock()) is False


def test_faces_are_pictures_of_their_own():
    drawings = [drawn(star.look, AVATAR) for star in STARS]
    assert len(set(drawings)) == len(STARS)
    assert Image.open(BytesIO(drawings[0])).size == AVATAR
