"""What media servers are answered, and what a message changes that comes more than once."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from unittest.mock import patch

import pytest

from ppv_module.streams.denials.models import Denial, Reason
from ppv_module.streams.models import AlertKind, Outcome
from ppv_module.streams.rights.models import Kind
from ppv_module.streams.wire import reading
from remoteapi.app import create_streams
from suite.runtime import Runtime
from tests.streams.door.posting import MediaServer, alerts, error, records, state
from tests.streams.make import player, sync_body
from tests.support import STAFF, assert_books_balance

TOKEN = {"PPV_STREAM_TOKEN": "tok-Persimmon-2024"}


@pytest.fixture
def watched(streams):
    """Somebody who has a thousand credits and watches at 60 credits a minute."""
    streams.tariff(Kind.MINUTE, "live/*", per_minute=60)
    return streams.viewer("anna", credits=1000, name="p-anna")


def deny(billing, clock, *names):
    with billing.uow() as uow:
        for name in names:
            slot = f"{Reason.OPERATOR_BLOCK}:{name}"
            denial = Denial(slot=slot, name=name, reason=Reason.OPERATOR_BLOCK, since=clock(), by=STAFF.name)
            uow.session.add(denial)


def test_nobody_denied_is_an_empty_list(media):
    assert json.loads(media.post(sync_body("srv-1", [])).data) == {"DenyList": {"ID": []}}
    answer = media.post(sync_body("srv-1", [], form="xml"))
    xml = b'<?xml version="1.0" encoding="UTF-8"?><ApiSyncResponse><Solution></Solution><DenyList></DenyList>'
    assert answer.data == xml + b"</ApiSyncResponse>"


def test_every_answer_is_the_whole_list(media, billing, clock, streams):
    deny(billing, clock, "u9", "u10", "a:b@c")
    everybody = ["a:b@c", "u10", "u9"]
    events = {"publish": [{"stream": "live/s", "time": 1, "protocol": "rtmp", "type": "push"}]}
    bodies = [
        sync_body("srv-1", []),
        sync_body("srv-2", None, **events),
        sync_body("srv-3", [player("")]),
        sync_body("srv-3", None),
    ]
    for body in bodies:
        for _ in range(2):
            assert media.denied(body) == everybody
    answer = media.post(sync_body("srv-1", [], form="xml"))
    assert b"<DenyList><ID>a:b@c</ID><ID>u10</ID><ID>u9</ID></DenyList>" in answer.data
    assert {each.denied for each in records(billing)} == {3}


def test_a_stranger_is_denied_in_the_very_answer(media):
    assert media.denied(sync_body("srv-1", [player("u7")])) == ["u7"]
    assert media.denied(sync_body("srv-2", [])) == ["u7"]


def test_notices_of_streams_end_no_session(media, billing, watched, streams):
    media.post(sync_body("srv-1", [player("p-anna")]))
    before = state(billing)

    assert media.denied(sync_body("srv-1", None, unpublish=[{"stream": "live/s"}])) == []

    after = state(billing)
    assert after.pop("ppv_stream_event") == before.pop("ppv_stream_event") + 1
    assert after == before
    assert streams.balance("anna") == 970


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize("ini", [TOKEN, {}], ids=["token", "no token"])
def test_a_message_that_comes_again_charges_once(runtime, media, billing, watched, streams, form, ini):
    body = sync_body("srv-1", [player("p-anna")], token=ini.get("PPV_STREAM_TOKEN", ""), form=form)
    first = media.post(body)
    before = state(billing)

    again = Runtime(replace(runtime.settings), runtime.clock)
    server = MediaServer(create_streams(again).test_client())
    answers = [*(media.post(body) for _ in range(4)), *(server.post(body) for _ in range(5))]

    assert {(each.status_code, each.data) for each in answers} == {(200, first.data)}
    assert state(billing) == before
    assert streams.balance("anna") == 970
    outcomes = [each.outcome for each in records(billing)]
    assert outcomes == [Outcome.APPLIED] + 9 * [Outcome.REPLAY]
    assert {each.players for each in records(billing)} == {1}
    assert_books_balance(billing)
    again.billing.engine.dispose()


def test_the_same_message_ten_times_at_once_charges_once(app, billing, watched, streams):
    body = sync_body("srv-1", [player("p-anna")])

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: MediaServer(app.test_client()).post(body), range(10)))

    assert {each.status_code for each in answers} == {200}
    assert streams.balance("anna") == 970
    outcomes = sorted(each.outcome for each in records(billing))
    assert outcomes == [Outcome.APPLIED] + 9 * [Outcome.REPLAY]
    assert_books_balance(billing)


def test_a_repeat_is_not_even_read(media, watched):
    body = sync_body("srv-1", [player("p-anna")])
    first = media.post(body)

    with patch.object(reading, "read", side_effect=AssertionError("it was read")):
        assert media.post(body).data == first.data


def test_another_body_with_a_known_puzzle_is_a_conflict(media, billing, watched, streams):
    media.post(sync_body("srv-1", [player("p-anna")], puzzle="p1"))
    before = state(billing)

    answer = media.post(sync_body("srv-1", [player("p-anna", delta=60_000)], puzzle="p1"))

    assert (answer.status_code, error(answer)["code"]) == (409, "puzzle_reused")
    assert state(billing) == before
    assert streams.balance("anna") == 970
    assert [each.outcome for each in records(billing)] == [Outcome.APPLIED, Outcome.CONFLICT]
    [alert] = alerts(billing)
    assert (alert.kind, alert.server_name) == (AlertKind.CONFLICT, "srv-1")
    assert media.post(sync_body("srv-2", [], puzzle="p1")).status_code == 200


@pytest.mark.parametrize("ini", [{"PPV_STREAM_PUZZLE_REUSE": "distinct"}])
def test_puzzles_may_be_declared_no_difference(media, streams, watched):
    for delta in (30_000, 60_000, 30_000, 60_000):
        media.denied(sync_body("srv-1", [player("p-anna", delta=delta)], puzzle="p1"))

    assert streams.balance("anna") == 1000 - 90


def test_without_a_puzzle_the_same_body_is_a_retry_for_a_moment(media, billing, watched, streams, clock):
    body = sync_body("srv-1", [player("p-anna")], puzzle=None)
    media.post(body)
    clock.advance(seconds=20)
    media.post(body)
    assert streams.balance("anna") == 970
    clock.advance(seconds=1)
    media.post(body)
    assert streams.balance("anna") == 940
    assert [each.outcome for each in records(billing)] == [Outcome.APPLIED, Outcome.REPLAY, Outcome.APPLIED]


def test_what_is_remembered_is_forgotten_in_the_end(media, billing, watched, streams, clock, runtime):
    from ppv_module.streams.syncs.forgetting import forget_old

    body = sync_body("srv-1", [player("p-anna")])
    media.post(body)
    clock.advance(days=6, hours=23)
    forget_old(billing, spool=runtime.stream_spool, now=clock())
    media.post(body)
    assert streams.balance("anna") == 970
