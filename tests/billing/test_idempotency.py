"""A request that is sent twice is served once and answered twice."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import DataError

from billing.errors import Busy, KeyReused
from billing.idempotency import CLAIM, KEPT, Answer, claim, fingerprint, forget, forget_old, store
from tests.billing.books import at_once
from tests.support import NOV_10

PAID = Answer(201, "application/json", b'{"paid": true}')
MINE = {"owner": "cabinet", "key": "k-1"}


@pytest.fixture
def ask(uow):
    def send(body=b"fee", now=NOV_10, **who):
        return claim(uow(), **{**MINE, **who}, fingerprint=fingerprint(b"POST", body), now=now)

    return send


def test_the_first_is_served(ask):
    assert ask() is None


def test_a_repeat_gets_the_first_answer_byte_by_byte(uow, ask):
    ask()
    store(uow(), **MINE, answer=PAID, now=NOV_10)
    assert ask() == PAID
    assert ask(now=NOV_10 + timedelta(days=6)) == PAID


@pytest.mark.parametrize("answer", [Answer(204, "", b""), Answer(200, "text/csv", b"\x00\xff" * 40_000)])
def test_any_answer_can_be_kept(uow, ask, answer):
    ask()
    store(uow(), **MINE, answer=answer, now=NOV_10)
    assert ask() == answer


def test_a_key_stands_for_one_request(uow, ask):
    ask()
    with pytest.raises(KeyReused) as refusal:
        ask(body=b"another fee")
    assert refusal.value.facts == {"key": "k-1"}
    store(uow(), **MINE, answer=PAID, now=NOV_10)
    with pytest.raises(KeyReused):
        ask(body=b"another fee")
    assert ask() == PAID


def test_keys_of_two_owners_do_not_meet(ask):
    assert ask() is None
    assert ask(owner="cron") is None
    assert ask(key="k-2") is None
    assert ask(key="K-1") is None


def test_a_twin_is_told_to_wait_while_the_first_is_served(ask):
    ask()
    with pytest.raises(Busy) as refusal:
        ask(now=NOV_10 + CLAIM - timedelta(microseconds=1))
    assert refusal.value.retryable


def test_a_claim_whose_server_died_ages_and_is_served_again_by_one(ask):
    ask()
    later = NOV_10 + CLAIM
    assert ask(now=later) is None
    with pytest.raises(Busy):
        ask(now=later)


def test_a_claim_that_was_given_up_may_be_sent_again_at_once(uow, ask):
    ask()
    forget(uow(), **MINE)
    assert ask(body=b"corrected") is None


def test_an_answer_is_never_given_up(uow, ask):
    ask()
    store(uow(), **MINE, answer=PAID, now=NOV_10)
    forget(uow(), **MINE)
    assert ask() == PAID


def test_answers_are_kept_for_a_week(uow, ask):
    ask()
    store(uow(), **MINE, answer=PAID, now=NOV_10)
    assert forget_old(uow(), now=NOV_10 + KEPT) == 0
    assert forget_old(uow(), now=NOV_10 + KEPT + timedelta(microseconds=1)) == 1
    assert ask(body=b"another fee") is None


def test_of_twenty_twins_one_is_served(ask):
    outcomes = at_once(20, lambda _: ask())
    assert outcomes.count(None) == 1
    assert sum(isinstance(each, Busy) for each in outcomes) == 19


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
def test_twins_do_not_deadlock_over_their_row(ask, monkeypatch):
    pauses = []
    monkeypatch.setattr("billing.uow.time.sleep", pauses.append)
    at_once(20, lambda _: ask())
    assert pauses == []


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
def test_a_key_that_is_too_long_is_refused_and_never_cut(ask):
    with pytest.raises(DataError):
        ask(key="k" * 129)


def test_parts_of_a_request_do_not_run_into_each_other():
    assert fingerprint(b"ab", b"c") != fingerprint(b"a", b"bc")
    assert fingerprint(b"ab", b"c") == fingerprint(b"ab", b"c")
    assert fingerprint(b"") != fingerprint()
