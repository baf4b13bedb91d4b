"""Counting failed sign-ins."""

import pytest
from sqlalchemy import select

from billing import attempts
from billing.attempts import LoginAttempt


def test_guessing_from_many_addresses_is_slowed_down(billing, uow, clock):
    for number in range(attempts.PER_LOGIN):
        attempts.begin(uow(), door="cabinet", login="ann", address=f"192.0.2.{number}", now=clock())

    with pytest.raises(attempts.TooManyAttempts):
        attempts.begin(uow(), door="cabinet", login="ann", address="192.0.2.200", now=clock())
    attempts.begin(uow(), door="cabinet", login="ben", address="192.0.2.200", now=clock())


def test_guessing_many_logins_from_one_address_is_slowed_down(billing, uow, clock):
    for number in range(attempts.PER_ADDRESS):
        attempts.begin(uow(), door="cabinet", login=f"user{number}", address="192.0.2.1", now=clock())

    with pytest.raises(attempts.TooManyAttempts):
        attempts.begin(uow(), door="cabinet", login="ann", address="192.0.2.1", now=clock())


def test_lapsed_failures_are_forgotten(billing, uow, clock):
    attempts.begin(uow(), door="cabinet", login="ann", address="192.0.2.1", now=clock())
    clock.advance(minutes=20)

    assert attempts.forget_old(uow(), now=clock()) == 1
    with billing.reading() as session:
        assert session.scalars(select(LoginAttempt)).all() == []
