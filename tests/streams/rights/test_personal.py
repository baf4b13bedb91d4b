"""What differs for one subscriber, and what the operator says of a stream."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update

from billing.errors import InvalidInput
from billing.events import EventLog
from billing.host.base import UnknownLogin
from billing.versions import ChangedMeanwhile
from ppv_module.streams.rights.declaring import UnknownPlace, declare_bitrate
from ppv_module.streams.rights.models import Personal
from ppv_module.streams.rights.personal import end_cooldown, personal_of, set_personal_limit
from tests.support import NOV_10, STAFF, Crash, crash_after

BY = {"actor": STAFF, "now": NOV_10}


def limit(billing, account: int) -> int | None:
    with billing.reading() as session:
        found = personal_of(session, account)
    return found and found.max_streams


def test_a_limit_of_ones_own(billing, uow, streams, make):
    make.subscriber("ivan")
    personal = set_personal_limit(uow(), login="ivan", max_streams=3, **BY)
    assert limit(billing, personal.account_id) == 3
    again = set_personal_limit(uow(), login="ivan", max_streams=3, seen=personal.version, **BY)
    assert again.version == personal.version
    set_personal_limit(uow(), login="ivan", max_streams=None, seen=personal.version, **BY)
    assert limit(billing, personal.account_id) is None


def test_what_is_refused(uow, make):
    make.subscriber("ivan")
    for wrong in (-1, 1001):
        with pytest.raises(InvalidInput):
            set_personal_limit(uow(), login="ivan", max_streams=wrong, **BY)
    with pytest.raises(UnknownLogin):
        set_personal_limit(uow(), login="nobody", max_streams=1, **BY)
    set_personal_limit(uow(), login="ivan", max_streams=1, **BY)
    with pytest.raises(ChangedMeanwhile):
        set_personal_limit(uow(), login="ivan", max_streams=2, seen=1, **BY)


def test_a_crash_leaves_the_limit(billing, uow, streams):
    account = streams.account("ivan")
    with pytest.raises(Crash), crash_after(EventLog, "write"):
        set_personal_limit(uow(), login="ivan", max_streams=1, **BY)
    assert limit(billing, account) is None


def test_two_at_once_make_one_row(billing, streams):
    account = streams.account("ivan")

    def limited(number: int) -> None:
        set_personal_limit(billing.uow(), login="ivan", max_streams=number, **BY)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(limited, [1, 2, 3, 4]))
    assert limit(billing, account) in (1, 2, 3, 4)


def test_a_cooldown_ends_by_hand(billing, uow, streams):
    account = streams.account("ivan")
    set_personal_limit(uow(), login="ivan", max_streams=1, **BY)
    work = uow()
    with work:
        work.session.execute(update(Personal).values(cooldown_until=NOV_10 + timedelta(minutes=5)))
    for _ in range(2):
        end_cooldown(uow(), login="ivan", **BY)
    with billing.reading() as session:
        found = personal_of(session, account)
    assert found is not None
    assert (found.cooldown_until, found.max_streams) == (None, 1)


def test_the_rate_of_a_stream(uow, streams):
    place = streams.place()
    for _ in range(2):
        assert declare_bitrate(uow(), place_id=place, bitrate_bps=4_000_000, **BY).bitrate_bps == 4_000_000
    assert declare_bitrate(uow(), place_id=place, bitrate_bps=None, **BY).bitrate_bps is None
    with pytest.raises(InvalidInput):
        declare_bitrate(uow(), place_id=place, bitrate_bps=0, **BY)
    with pytest.raises(UnknownPlace):
        declare_bitrate(uow(), place_id=77, bitrate_bps=5, **BY)
