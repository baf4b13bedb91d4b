"""Messages that could not be read: they wait for staff, who have them read again or throw them away."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from sqlalchemy import select

from billing.errors import NotFound, WrongState
from billing.events import Event
from ppv_module.streams.denials.models import Denial
from ppv_module.streams.models import AlertKind, Outcome, SyncRecord, Viewing
from ppv_module.streams.rights.models import Kind
from ppv_module.streams.syncs import forgetting, quarantine, receiving
from ppv_module.streams.wire.errors import Malformed
from tests.streams.door.posting import alerts, records, state
from tests.streams.make import player, sync_body
from tests.support import STAFF, assert_books_balance


@pytest.fixture
def signed(clock):
    return lambda: {"actor": STAFF, "now": clock()}


@pytest.fixture
def spool(runtime):
    return runtime.stream_spool


@pytest.fixture
def body(streams):
    streams.tariff(Kind.MINUTE, "live/*", per_minute=60)
    streams.viewer("anna", credits=1000, name="p-anna")
    return sync_body("srv-1", [player("p-anna")])


@pytest.fixture
def kept(media, billing, body):
    """The record of a good message that an earlier program could not read."""
    with patch.object(receiving.reading, "read", side_effect=Malformed("bad_json", 7)):
        assert media.post(body).status_code == 400
    [record] = records(billing)
    assert (record.outcome, record.reason, record.detail["position"]) == (Outcome.MALFORMED, "bad_json", 7)
    return record


def lines(billing):
    with billing.reading() as session:
        return list(session.scalars(select(Event.text).where(Event.text.like("PPV STREAM MESSAGE%"))))


def test_an_unreadable_message_is_kept_and_told(media, billing, spool):
    for _ in range(2):
        media.post(b"{nonsense")

    [alert] = alerts(billing)
    assert (alert.kind, alert.count) == (AlertKind.MALFORMED, 2)
    assert [spool.read(each.raw) for each in records(billing)] == [b"{nonsense"] * 2


def test_read_again_it_counts_as_of_when_it_came(media, billing, streams, kept, spool, clock, signed):
    came = clock()
    clock.advance(hours=20)

    record = quarantine.reprocess(billing, record_id=kept.id, spool=spool, **signed())

    assert record.outcome is Outcome.APPLIED
    assert streams.balance("anna") == 970
    with billing.reading() as session:
        [viewing] = session.scalars(select(Viewing))
    assert viewing.started_at == came
    assert lines(billing) == [f"PPV STREAM MESSAGE [{kept.id}] REPROCESS [applied]"]
    assert_books_balance(billing)


def test_pressed_twice_it_counts_once(billing, streams, kept, spool, signed):
    for _ in range(2):
        record = quarantine.reprocess(billing, record_id=kept.id, spool=spool, **signed())
        assert record.outcome is Outcome.APPLIED
    assert streams.balance("anna") == 970


def test_sent_again_meanwhile_it_counts_once(media, billing, streams, body, kept, spool, signed):
    assert media.denied(body) == []

    record = quarantine.reprocess(billing, record_id=kept.id, spool=spool, **signed())

    assert record.outcome is Outcome.REPLAY
    assert streams.balance("anna") == 970
    assert media.denied(body) == []
    assert streams.balance("anna") == 970


def test_two_people_at_once_have_it_counted_once(billing, streams, kept, spool, signed):
    """The second one had looked at it before the first one was ready."""
    apply = receiving.applying.apply

    def after_another(uow, sync, **facts):
        with patch.object(receiving.applying, "apply", apply):
            quarantine.reprocess(billing, record_id=kept.id, spool=spool, **signed())
        return apply(uow, sync, **facts)

    with patch.object(receiving.applying, "apply", after_another):
        record = quarantine.reprocess(billing, record_id=kept.id, spool=spool, **signed())

    assert record.outcome is Outcome.APPLIED
    assert streams.balance("anna") == 970
    assert_books_balance(billing)


def test_what_came_later_stays_as_it_is(media, billing, streams, kept, spool, clock, signed):
    clock.advance(minutes=5)
    media.post(sync_body("srv-1", [player("p-anna", sessionid="2")]))
    with billing.reading() as session:
        before = session.scalars(select(Viewing.session).where(Viewing.live == 1)).all()

    quarantine.reprocess(billing, record_id=kept.id, spool=spool, **signed())

    with billing.reading() as session:
        assert session.scalars(select(Viewing.session).where(Viewing.live == 1)).all() == before
    assert streams.balance("anna") == 940


@pytest.mark.parametrize("ini", [{"PPV_STREAM_TOKEN": "tok-Persimmon-2024"}])
def test_read_again_it_must_be_genuine_still(billing, streams, kept, spool, signed):
    before = state(billing)

    record = quarantine.reprocess(billing, record_id=kept.id, spool=spool, **signed())

    assert (record.outcome, record.reason) == (Outcome.REFUSED, "not_genuine")
    assert state(billing) == before


def test_what_still_cannot_be_read_stays(media, billing, spool, signed):
    media.post(b"{nonsense")
    [record] = records(billing)

    found = quarantine.reprocess(billing, record_id=record.id, spool=spool, **signed())

    assert (found.outcome, found.reason) == (Outcome.MALFORMED, "bad_json")
    assert spool.read(found.raw) == b"{nonsense"
    assert [each.count for each in alerts(billing)] == [1]


def test_a_defect_while_reading_again_leaves_it_there(billing, streams, kept, spool, signed):
    with patch.object(receiving.applying, "judge", side_effect=RuntimeError), pytest.raises(RuntimeError):
        quarantine.reprocess(billing, record_id=kept.id, spool=spool, **signed())

    assert records(billing)[0].outcome is Outcome.MALFORMED
    assert streams.balance("anna") == 1000


def test_dropped_it_is_gone_and_cannot_be_read_again(billing, kept, spool, signed):
    for _ in range(2):
        quarantine.drop(billing.uow(), record_id=kept.id, spool=spool, **signed())

    assert spool.read(kept.raw) is None
    assert lines(billing) == [f"PPV STREAM MESSAGE [{kept.id}] DROP"]
    with pytest.raises(WrongState):
        quarantine.reprocess(billing, record_id=kept.id, spool=spool, **signed())


def test_there_is_nothing_to_drop_of_what_was_applied(media, billing, body, spool, signed):
    media.post(body)
    [record] = records(billing)
    with pytest.raises(WrongState):
        quarantine.drop(billing.uow(), record_id=record.id, spool=spool, **signed())
    for step in (quarantine.reprocess, lambda billing, **facts: quarantine.drop(billing.uow(), **facts)):
        with pytest.raises(NotFound):
            step(billing, record_id=record.id + 1, spool=spool, **signed())


def test_bodies_are_kept_for_their_time(media, billing, body, kept, spool, clock):
    media.post(body)
    [_, applied] = records(billing)

    def left(**delta):
        clock.advance(**delta)
        forgetting.forget_old(billing, spool=spool, now=clock())
        return [spool.read(each.raw) is not None for each in (kept, applied)]

    assert left(minutes=9) == [True, True]
    assert left(minutes=2) == [True, False]
    assert left(days=29) == [True, False]
    assert left(days=1) == [False, False]
    assert list(spool.directory.iterdir()) == []


def test_a_body_without_a_record_is_forgotten(billing, spool, clock):
    spool.keep(b"broken off", clock())
    forgetting.forget_old(billing, spool=spool, now=clock.advance(minutes=11))
    assert list(spool.directory.iterdir()) == []


def test_what_nobody_can_read_does_not_fill_the_disk(media, billing, spool, clock):
    for _ in range(3):
        media.post(b"{nonsense")
        clock.advance(seconds=1)
    with patch.object(forgetting, "MOST_IN_QUARANTINE", 20):
        forgetting.forget_old(billing, spool=spool, now=clock())
    assert [bool(each.raw) for each in records(billing)] == [False, True, True]


def test_records_wait_for_a_message_that_may_be_read_again_and_could_be_one_of_them(
    media, billing, kept, spool, clock, signed
):
    for _ in range(3):
        media.denied(sync_body("srv-1", []))
    clock.advance(days=8)
    forgetting.forget_old(billing, spool=spool, now=clock())
    assert len(records(billing)) == 4

    quarantine.drop(billing.uow(), record_id=kept.id, spool=spool, **signed())
    forgetting.forget_old(billing, spool=spool, now=clock())
    assert len(records(billing)) == 1


def test_records_and_sessions_are_kept_for_their_time(media, billing, streams, spool, clock):
    for _ in range(3):
        media.denied(sync_body("srv-1", [player("p-anna")]))
    media.denied(sync_body("srv-1", []))
    newest = max(each.id for each in records(billing))
    clock.advance(days=8)
    forgetting.forget_old(billing, spool=spool, now=clock())
    assert [each.id for each in records(billing)] == [newest]

    clock.advance(days=400)
    forgetting.forget_old(billing, spool=spool, now=clock())

    with billing.reading() as session:
        assert session.scalars(select(Viewing.id)).all() == []
        assert session.scalars(select(SyncRecord.id)).all() == [newest]
    media.denied(sync_body("srv-1", []))
    assert records(billing)[-1].id > newest
    assert clock() - records(billing)[-1].received_at < timedelta(seconds=1)


def test_denials_are_kept_for_their_time_after_their_end(media, billing, streams, spool, clock):
    media.denied(sync_body("srv-1", [player("p-anna"), player("p-petro", sessionid="2")]))
    clock.advance(days=500)  # how long they stood says nothing of how long they are kept
    streams.viewer("anna", name="p-anna")
    assert media.denied(sync_body("srv-1", [])) == ["p-petro"]

    def left(**delta):
        clock.advance(**delta)
        forgetting.forget_old(billing, spool=spool, now=clock())
        with billing.reading() as session:
            return session.scalars(select(Denial.name).order_by(Denial.name)).all()

    assert left(days=400) == ["p-anna", "p-petro"]
    assert left(seconds=1) == ["p-petro"]
    assert media.denied(sync_body("srv-1", [])) == ["p-petro"]


def test_long_after_it_was_sent_twice_it_still_counts_once(media, billing, streams, body, kept, spool, clock, signed):
    with patch.object(receiving.reading, "read", side_effect=Malformed("bad_json", 7)):
        media.post(body)
    [_, again] = records(billing)
    clock.advance(days=9)

    quarantine.reprocess(billing, record_id=kept.id, spool=spool, **signed())
    media.post(b"{nonsense")
    forgetting.forget_old(billing, spool=spool, now=clock())
    record = quarantine.reprocess(billing, record_id=again.id, spool=spool, **signed())

    assert record.outcome is Outcome.REPLAY
    assert streams.balance("anna") == 970
