"""Keys of the signed API: their secrets are shown once, replaced one after the other, and belong to one chat."""

import pytest

from billing.events import EventLog
from ppv_module.chat.keys import (
    MOST_KEYS,
    TooManyKeys,
    UnknownSigningKey,
    active_secrets,
    create_key,
    drop_older,
    keys_of,
    revoke_key,
    rotate_key,
)
from ppv_module.chat.tenant_checks import WrongWords
from ppv_module.errors import UnknownTenant
from tests.ppv.people.support import at_once, lines
from tests.support import STAFF, Crash, crash_after


@pytest.fixture
def desk(uow, clock):
    return lambda work, tenant, **given: work(uow(), tenant_id=tenant.id, actor=STAFF, now=clock(), **given)


def secrets_of(billing, tenant):
    with billing.reading() as session:
        return [active_secrets(each) for each in keys_of(session, tenant.id)]


def test_a_key_is_made_with_a_secret_of_its_own(billing, chat, desk):
    tenant = chat.tenant()

    first, second = (desk(create_key, tenant, name=name) for name in ("gateway", "backend"))

    assert first.key.key_id != second.key.key_id and first.secret != second.secret
    assert len(first.secret) >= 43
    assert secrets_of(billing, tenant) in ([(first.secret,), (second.secret,)], [(second.secret,), (first.secret,)])
    told = "".join(str(each) for each in lines(billing)) + repr(first)
    assert first.secret not in told and first.key.key_id in told


def test_while_a_key_is_rotated_both_secrets_count(billing, chat, desk):
    tenant = chat.tenant()
    made = desk(create_key, tenant, name="gateway")
    key = {"key_id": made.key.key_id}

    second = desk(rotate_key, tenant, **key)
    assert secrets_of(billing, tenant) == [(second.secret, made.secret)]

    third = desk(rotate_key, tenant, **key)
    assert secrets_of(billing, tenant) == [(third.secret, second.secret)]

    for _ in range(2):
        desk(drop_older, tenant, **key)
    assert secrets_of(billing, tenant) == [(third.secret,)]
    assert [text.split("] ")[1].split(" SIGNING")[0] for text, _, _ in lines(billing)] == [
        "CREATE",
        "ROTATE",
        "ROTATE",
        "DROP OLDER SECRET OF",
    ]


def test_a_revoked_key_counts_no_more_and_stays_revoked(billing, chat, desk):
    tenant = chat.tenant()
    key = {"key_id": desk(create_key, tenant, name="gateway").key.key_id}
    desk(rotate_key, tenant, **key)

    for _ in range(2):
        assert desk(revoke_key, tenant, **key).secret == ""

    assert secrets_of(billing, tenant) == [()]
    for work in (rotate_key, drop_older):
        with pytest.raises(UnknownSigningKey):
            desk(work, tenant, **key)


def test_a_key_of_another_chat_is_unknown(billing, chat, desk):
    tenant, other = chat.tenant(), chat.tenant()
    made = desk(create_key, tenant, name="gateway")

    for work in (rotate_key, drop_older, revoke_key):
        with pytest.raises(UnknownSigningKey):
            desk(work, other, key_id=made.key.key_id)

    assert secrets_of(billing, tenant) == [(made.secret,)] and secrets_of(billing, other) == []
    assert active_secrets(None) == ()


def test_refusals_and_crashes_leave_no_key(billing, chat, desk):
    tenant = chat.tenant()
    with pytest.raises(WrongWords):
        desk(create_key, tenant, name=" ")
    with pytest.raises(Crash), crash_after(EventLog, "write"):
        desk(create_key, tenant, name="gateway")
    assert secrets_of(billing, tenant) == []

    for number in range(MOST_KEYS):
        desk(create_key, tenant, name=f"key {number}")
    with pytest.raises(TooManyKeys):
        desk(create_key, tenant, name="one more")
    tenant.id = 404
    with pytest.raises(UnknownTenant):
        desk(create_key, tenant, name="gateway")


def test_two_rotations_at_once_leave_the_two_latest_secrets(billing, chat, desk):
    tenant = chat.tenant()
    key = {"key_id": desk(create_key, tenant, name="gateway").key.key_id}

    made = at_once(lambda _: desk(rotate_key, tenant, **key).secret, times=4)

    (active,) = secrets_of(billing, tenant)
    assert len(set(made)) == 4 and set(active) <= set(made) and len(active) == 2
