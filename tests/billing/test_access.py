"""Which machines may come in: keys, of which only a hash is kept."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from billing.access import (
    SCOPES,
    SERIAL,
    ApiKey,
    UnknownScope,
    create_key,
    find_key,
    new_serial,
    revoke_key,
)
from billing.errors import NotFound
from billing.events import Event
from tests.support import NOV_10, STAFF

SIGNED = {"actor": STAFF, "now": NOV_10}


def rows(billing, model):
    with billing.reading() as session:
        return list(session.scalars(select(model).order_by(model.id)))


def test_a_key_opens_what_it_was_made_for(uow):
    key = create_key(uow(), name="crontab", scopes=["cron", "staff-read"], **SIGNED)
    found = find_key(uow(), key=key, now=NOV_10)
    assert (found.name, found.scopes) == ("crontab", ["cron", "staff-read"])
    assert len(key) >= 40


def test_a_key_may_be_brought_along(uow):
    assert create_key(uow(), name="old", scopes=["cron"], key="a-key-of-before", **SIGNED) == "a-key-of-before"
    assert find_key(uow(), key="a-key-of-before", now=NOV_10).name == "old"


def test_two_keys_are_never_the_same(uow):
    assert create_key(uow(), name="one", scopes=[], **SIGNED) != create_key(uow(), name="one", scopes=[], **SIGNED)


def test_only_the_hash_of_a_key_is_kept_and_its_ending_to_tell_keys_apart(billing, uow):
    key = create_key(uow(), name="crontab", scopes=["cron"], **SIGNED)
    [row] = rows(billing, ApiKey)
    assert (len(row.digest), row.ending) == (64, key[-4:])
    texts = [str(value) for value in vars(row).values()] + [line.text for line in rows(billing, Event)]
    assert not [text for text in texts if key in text]


def test_any_other_key_opens_nothing_nor_does_the_hash_itself(billing, uow):
    key = create_key(uow(), name="crontab", scopes=["cron"], **SIGNED)
    for other in ("", "wrong", "x" * 10_000, "ключ", key.swapcase(), f"{key} ", rows(billing, ApiKey)[0].digest):
        assert find_key(uow(), key=other, now=NOV_10) is None


@pytest.mark.parametrize("scope", ["root", "Cron", SERIAL, ""])
def test_a_scope_that_there_is_not_is_refused(billing, uow, scope):
    with pytest.raises(UnknownScope) as refusal:
        create_key(uow(), name="crontab", scopes=["cron", scope], **SIGNED)
    assert refusal.value.facts == {"field": "scope", "value": scope, "known": ", ".join(SCOPES)}
    assert rows(billing, ApiKey) == []


def test_the_use_of_a_key_is_noted_once_a_minute(billing, uow):
    key = create_key(uow(), name="crontab", scopes=["cron"], **SIGNED)
    noted = []
    for seconds in (0, 60, 61):
        find_key(uow(), key=key, now=NOV_10 + timedelta(seconds=seconds))
        noted.append((rows(billing, ApiKey)[0].last_used_at - NOV_10).total_seconds())
    assert noted == [0, 0, 61]


def test_a_revoked_key_opens_nothing_and_keeps_the_time_of_its_first_revocation(billing, uow):
    key = create_key(uow(), name="crontab", scopes=["cron"], **SIGNED)
    [row] = rows(billing, ApiKey)
    revoke_key(uow(), key_id=row.id, **SIGNED)
    revoke_key(uow(), key_id=row.id, actor=STAFF, now=NOV_10 + timedelta(days=1))
    assert find_key(uow(), key=key, now=NOV_10) is None
    assert rows(billing, ApiKey)[0].revoked_at == NOV_10


def test_a_key_that_there_is_not_cannot_be_revoked(uow):
    with pytest.raises(NotFound):
        revoke_key(uow(), key_id=999, **SIGNED)


def test_a_serial_has_the_shape_that_old_clients_know_and_replaces_the_one_before(uow):
    first, second = new_serial(uow(), **SIGNED), new_serial(uow(), **SIGNED)
    assert all(re.fullmatch(r"UB[0-9a-f]{32}", serial) for serial in (first, second))
    assert find_key(uow(), key=first, now=NOV_10) is None
    assert find_key(uow(), key=second, now=NOV_10).scopes == [SERIAL]


def test_a_new_serial_leaves_other_keys_alone(uow):
    keys = [create_key(uow(), name=name, scopes=["cron"], **SIGNED) for name in ("crontab", SERIAL)]
    new_serial(uow(), **SIGNED)
    assert all(find_key(uow(), key=key, now=NOV_10) for key in keys)


def test_every_change_of_keys_is_in_the_event_log(billing, uow):
    create_key(uow(), name="crontab", scopes=["cron", "ppv"], **SIGNED)
    serial = new_serial(uow(), **SIGNED)
    revoke_key(uow(), key_id=rows(billing, ApiKey)[0].id, **SIGNED)
    assert [line.text for line in rows(billing, Event)] == [
        "OLLTV CREATE KEY [crontab] cron,ppv",
        f"OLLTV CREATE SERIAL [{serial[-4:]}]",
        "OLLTV REVOKE KEY [crontab]",
    ]
