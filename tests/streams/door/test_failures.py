"""What breaks on the way: nothing of a message is applied then, and sending it again finishes the job."""

from unittest.mock import patch

import pytest
from sqlalchemy.exc import OperationalError

from ppv_module.streams.denials import denying
from ppv_module.streams.models import AlertKind, Outcome
from ppv_module.streams.rights.models import Kind
from ppv_module.streams.syncs import applying, receiving
from ppv_module.streams.syncs import records as recording
from ppv_module.streams.syncs.spool import Spool
from tests.streams.door.posting import alerts, error, records, state
from tests.streams.make import player, sync_body
from tests.support import Crash, assert_books_balance, crash_after


@pytest.fixture
def body(streams):
    """A message about somebody who pays 30 credits for what it tells."""
    streams.tariff(Kind.MINUTE, "live/*", per_minute=60)
    streams.viewer("anna", credits=1000, name="p-anna")
    return sync_body("srv-1", [player("p-anna")])


def sorry(answer):
    assert answer.status_code == 503
    assert error(answer)["code"] == "unavailable"
    assert answer.headers["Retry-After"]
    assert b"DenyList" not in answer.data


@pytest.mark.parametrize("where", [(applying, "judge"), (applying, "_counted")])
def test_a_defect_applies_nothing_and_a_retry_finishes(media, billing, streams, body, where):
    before = state(billing)
    with patch.object(*where, side_effect=RuntimeError("a defect")):
        sorry(media.post(body))
    assert state(billing) == before
    assert [(each.outcome, each.reason) for each in records(billing)] == [(Outcome.FAILED, "RuntimeError")]

    assert media.denied(body) == []

    assert streams.balance("anna") == 970
    assert_books_balance(billing)


def test_a_list_that_cannot_be_made_is_made_by_the_retry(media, billing, streams, body):
    with patch.object(receiving, "deny_list", side_effect=RuntimeError("a defect")):
        sorry(media.post(body))
    assert [each.outcome for each in records(billing)] == [Outcome.APPLIED]

    assert media.denied(body) == []

    assert streams.balance("anna") == 970


@pytest.mark.parametrize(
    "where",
    [
        (Spool, "keep"),
        (receiving, "note_arrival"),
        (receiving.reading, "read"),
        (receiving, "require_genuine"),
        (denying, "end_what_is_over"),
        (receiving.applying, "apply"),
        (receiving, "deny_list"),
        (receiving, "close_record"),
    ],
)
def test_a_dead_process_leaves_all_or_nothing_and_a_retry_finishes(media, billing, streams, body, where):
    with pytest.raises(Crash), crash_after(*where):
        media.post(body)
    is_applied = Outcome.APPLIED in [each.outcome for each in records(billing)]
    assert streams.balance("anna") == (970 if is_applied else 1000)

    assert media.denied(body) == []

    assert streams.balance("anna") == 970
    assert_books_balance(billing)


def test_without_a_database_the_message_is_to_be_sent_again(media, body, runtime):
    away = OperationalError("INSERT", {}, Exception("gone"))
    with patch.object(receiving, "note_arrival", side_effect=away):
        sorry(media.post(body))
    assert list(runtime.stream_spool.directory.iterdir()) == []


def test_without_room_on_the_disk_the_message_is_to_be_sent_again(media, billing, body):
    with patch.object(Spool, "keep", side_effect=OSError(28, "No space left on device")):
        sorry(media.post(body))
    assert records(billing) == []


def test_what_cannot_be_written_down_afterwards_does_not_hide_the_answer(media, billing, streams, body):
    with patch.object(receiving, "close_record", side_effect=RuntimeError("a defect")):
        assert media.denied(body) == []
    assert streams.balance("anna") == 970
    assert [each.outcome for each in records(billing)] == [Outcome.APPLIED]


@pytest.mark.parametrize(("interval_s", "slow"), [(1, True), (2, False), (0, False)])
def test_working_for_too_long_is_told(media, billing, streams, body, interval_s, slow):
    streams.server("srv-1", interval_s=interval_s)
    began = iter([100.0, 100.5])
    with patch.object(receiving, "perf_counter", lambda: next(began)):
        media.post(body)

    assert [each.took_ms for each in records(billing)] == [500]
    told = [(each.kind, each.server_name, each.facts["took_ms"]) for each in alerts(billing)]
    assert told == ([(AlertKind.SLOW, "srv-1", 500)] if slow else [])


def test_a_record_says_what_was_found(media, billing, body):
    media.post(sync_body("srv-1", [player("u1", delta=-1), player("")], puzzle="p1", Signature="s"))

    [record] = records(billing)
    assert (record.outcome, record.form, record.players, record.set_aside) == (Outcome.APPLIED, "json", 1, 1)
    assert (record.server_name, record.puzzle, record.remote_ip) == ("srv-1", "p1", media.address)
    [bad] = record.detail["set_aside"]
    assert (bad["reason"], bad["place"]) == ("bad_delta", "edge/live/_definst_/sport1")
    assert "'delta': -1" in bad["player"]
    assert record.detail["signature"] == "s"
    assert recording.hash_of(b"") != record.body_hash
