"""Automatic resume for who chose it."""

import pytest
from sqlalchemy.exc import OperationalError

from olltv_module.errors import NotSubscribed
from olltv_module.models import Reason
from olltv_module.options import OlltvOptions
from olltv_module.services import lifecycle, subscribers
from olltv_module.services.autoresume import choose, resume_all
from tests.olltv.support import events, states
from tests.support import DEC_1, STAFF, assert_books_balance, available, money, subscriber


@pytest.fixture
def sleeping(billing, viewers, place, make, clock):
    """Makes subscribers of November who sleep in December and have chosen to be resumed."""
    tariff = make.tariff("50 UAH")

    def sleeper(wallet, *, reason=Reason.NO_MONEY, chose=True, credit="0 UAH"):
        person = viewers.watching(tariff, wallet="50 UAH", credit=credit)
        if money(wallet).minor:
            make.top_up(person.login, wallet)
        place(lifecycle.suspend, person, reason=reason)
        place(choose, person, wanted=chose)
        viewers.deliver()
        return person

    return sleeper


def test_who_chose_it_and_can_pay_is_resumed_once(billing, uow, sleeping, viewers, clock):
    rich, short, poor = sleeping("50 UAH"), sleeping("49.99 UAH"), sleeping("0 UAH")
    silent, away = sleeping("50 UAH", chose=False), sleeping("50 UAH", reason=Reason.VACATION)
    clock.now = DEC_1

    assert resume_all(uow(), now=DEC_1) == [rich.login]
    assert resume_all(uow(), now=DEC_1) == []
    viewers.deliver()

    assert states(billing, rich) == ["active"]
    assert available(billing, rich.login) == money("0 UAH")
    assert {states(billing, each)[0] for each in (short, poor, silent)} == {"suspended:no_money"}
    assert states(billing, away) == ["suspended:vacation"]
    assert not any("FAIL UNSUSPEND" in line for line in events(billing))
    assert_books_balance(billing)


def test_who_sleeps_for_another_reason_too_is_left_alone(billing, uow, viewers, place, make, clock):
    ivan = viewers.watching(make.tariff("50 UAH"), make.tariff("20 UAH", main=False), wallet="200 UAH")
    with (unit := uow()):
        subscriber = subscribers.locked(unit, ivan.login)
        lifecycle.suspend_one(unit, subscriber, subscriber.addons[0], Reason.NO_MONEY, actor=STAFF, now=clock())
    place(lifecycle.suspend, ivan, reason=Reason.STAFF)
    place(choose, ivan, wanted=True)

    assert resume_all(uow(), now=clock()) == []
    assert states(billing, ivan) == ["suspended:staff", "suspended:no_money"]


def test_the_frozen_are_left_alone(billing, uow, sleeping):
    ivan = sleeping("50 UAH")
    with (unit := uow()):
        unit.host.set_flags(ivan.login, frozen=True)

    assert resume_all(uow(), now=DEC_1) == []


def test_a_choice_is_logged_once_and_wants_tv(billing, make, sleeping, place):
    ivan = sleeping("0 UAH")
    seen = len(events(billing))

    for wanted in (True, False, False):
        place(choose, ivan, wanted=wanted)
    with pytest.raises(NotSubscribed):
        place(choose, make.subscriber(), wanted=True)

    assert events(billing, since=seen) == [f"OLLTV SUBSCRIBER ({ivan.login}) AUTORESUME OFF"]
    assert subscriber(billing, ivan.login).autoresume is False


class TestWithCredit:
    @pytest.fixture
    def options(self):
        return OlltvOptions(enabled=True, domain="isp.example", use_credit=True)

    def test_credit_counts_where_it_is_money(self, billing, uow, sleeping, clock):
        ivan, petro = sleeping("0 UAH", credit="50 UAH"), sleeping("0 UAH", credit="49 UAH")
        clock.now = DEC_1

        assert resume_all(uow(), now=DEC_1) == [ivan.login]
        assert states(billing, petro) == ["suspended:no_money"]


def test_a_defect_of_the_database_is_not_taken_for_a_refusal(uow, sleeping, monkeypatch, clock):
    sleeping("50 UAH")

    def broken(*_args, **_kwargs):
        raise OperationalError("SELECT", {}, Exception("disk full"))

    monkeypatch.setattr(lifecycle, "resume", broken)
    with pytest.raises(OperationalError):
        resume_all(uow(), now=DEC_1)
