"""A request that is sent twice is served once and answered twice."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import DataError

from billing import idempotency
from billing.errors import Busy, KeyReused
from billing.idempotency import CLAIM, KEPT, Answer, claim, fingerprint, forget, forget_old, lately, once, store
from tests.billing.books import at_once, open_wallet, transfers, wallet_now
from tests.support import GUEST, NOV_10, Crash, crash_after

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


def served(answer=PAID, then=lambda uow: None):
    """A request whose effect is `then`, answered with `answer`."""

    def serve(uow):
        then(uow)
        return answer

    return serve


@pytest.fixture
def send(uow):
    def sent(serve, body=b"fee", now=NOV_10, **who):
        given = {**MINE, "fingerprint": fingerprint(b"POST", body), **who}
        return once(uow(), **given, serve=serve, actor=GUEST, now=now)

    return sent


def test_effect_and_answer_are_one_transaction(send, billing):
    effect = served(then=lambda uow: open_wallet(uow, "wallet:ivan", "7 UAH"))
    assert send(effect) == (PAID, False)
    assert send(effect) == (PAID, True)
    assert send(effect, now=NOV_10 + timedelta(days=6)) == (PAID, True)
    assert wallet_now(billing, "wallet:ivan") == ("7.00 UAH", "7.00 UAH")


def test_a_request_that_was_refused_has_kept_nothing(send, billing):
    def refused(uow):
        open_wallet(uow, "wallet:ivan", "7 UAH")
        raise Busy(name="x")

    with pytest.raises(Busy):
        send(served(then=refused))
    assert send(served(), body=b"corrected") == (PAID, False)
    assert transfers(billing) == []


@pytest.mark.parametrize("point", ["_keep", "_locked"])
def test_a_crash_keeps_neither_effect_nor_answer(send, billing, point):
    effect = served(then=lambda uow: open_wallet(uow, "wallet:ivan", "7 UAH"))
    with pytest.raises(Crash), crash_after(idempotency, point):
        send(effect)
    assert transfers(billing) == []
    assert send(effect) == (PAID, False)
    assert wallet_now(billing, "wallet:ivan") == ("7.00 UAH", "7.00 UAH")


def test_another_request_under_the_same_key_is_refused_and_changes_nothing(send, billing):
    send(served())
    with pytest.raises(KeyReused):
        send(served(then=lambda uow: open_wallet(uow, "wallet:ivan", "7 UAH")), body=b"another")
    assert send(served(), owner="cron") == (PAID, False)
    assert transfers(billing) == []


def test_of_twenty_twins_one_has_an_effect_and_all_are_answered_alike(send, billing):
    numbers = iter(range(100))

    def serve(uow):
        open_wallet(uow, "wallet:ivan", "7 UAH")
        return Answer(201, "text/plain", str(next(numbers)).encode())

    outcomes = at_once(20, lambda _: send(serve))
    assert sorted(replayed for _, replayed in outcomes) == [False, *[True] * 19]
    assert {answer for answer, _ in outcomes} == {outcomes[0][0]}
    assert wallet_now(billing, "wallet:ivan") == ("7.00 UAH", "7.00 UAH")


def test_of_twenty_who_share_a_key_with_other_bodies_one_is_served(send):
    outcomes = at_once(20, lambda number: send(served(), body=b"%d" % number))
    assert sum(isinstance(each, KeyReused) for each in outcomes) == 19


def test_when_the_first_is_rolled_back_a_waiting_twin_is_served(send, billing):
    doomed = iter([True])

    def serve(uow):
        open_wallet(uow, "wallet:ivan", "7 UAH")
        if next(doomed, False):
            raise Busy(name="x")
        return PAID

    outcomes = at_once(10, lambda _: send(serve))
    assert sum(isinstance(each, Busy) for each in outcomes) == 1
    assert outcomes.count((PAID, False)) == 1
    assert outcomes.count((PAID, True)) == 8
    assert wallet_now(billing, "wallet:ivan") == ("7.00 UAH", "7.00 UAH")


def test_without_a_key_the_same_request_counts_once_in_a_while(uow):
    def send(now, body="tip"):
        rules = {"owner": "hook:1", "key": body, "within": timedelta(seconds=1)}
        return lately(uow(), **rules, serve=served(Answer(200, "", str(now).encode())), now=now)

    at = [NOV_10 + timedelta(milliseconds=each) for each in (0, 999, 1000, 1500)]
    assert [send(each)[1] for each in at] == [False, True, False, True]
    assert send(at[3])[0].body == str(at[2]).encode()
    assert send(at[3], body="another tip")[1] is False


def test_of_twenty_without_a_key_at_once_one_counts(uow):
    rules = {"owner": "hook:1", "key": "tip", "within": timedelta(seconds=1)}
    outcomes = at_once(20, lambda _: lately(uow(), **rules, serve=served(), now=NOV_10))
    assert sorted(replayed for _, replayed in outcomes) == [False, *[True] * 19]
