"""Bodies that nobody means well with: a clear refusal, soon, in little memory, and nothing of them is left."""

import gzip
import json
import re
import resource
from collections.abc import Iterator
from time import process_time
from typing import Any

import pytest

from ppv_module.streams.models import Outcome
from ppv_module.streams.rights.models import Kind
from tests.streams.documents import as_json, as_xml
from tests.streams.door.posting import error, records, state
from tests.streams.make import player, sync_body
from tests.support import assert_books_balance

MIB = 1024 * 1024
KIB_A_MIB = 1024
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def nested(depth: int) -> dict[str, Any]:
    tree: dict[str, Any] = {"a": 1}
    for _ in range(depth):
        tree = {"a": tree}
    return tree


def entities(levels: int) -> bytes:
    lines = ['<!ENTITY e0 "ha">', *(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, levels))]
    return f"<!DOCTYPE x [{''.join(lines)}]><ApiSyncRequest><ID>&e{levels - 1};</ID></ApiSyncRequest>".encode()


HOSTILE = {
    "entity bomb": (entities(10), "declarations"),
    "external entity": (
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><ApiSyncRequest><ID>&e;</ID></ApiSyncRequest>',
        "declarations",
    ),
    "quadratic entity": (
        b'<!DOCTYPE x [<!ENTITY e "' + b"a" * 50_000 + b'">]><ApiSyncRequest><ID>' + b"&e;" * 50_000 + b"</ID>",
        "declarations",
    ),
    "nested objects": (as_json({"ID": "a", "x": nested(100)}), "too_deep"),
    "nested viewers": (as_json({"ID": "a", "PayPerViewInfo": {"VHost": [{"x": nested(100)}]}}), "too_deep"),
    "nested beside hosts": (as_json({"ID": "a", "PayPerViewInfo": nested(100)}), "too_deep"),
    "nested elements": (as_xml({"ID": "a", "x": nested(100)}), "too_deep"),
    "nested lists": (b'{"a":' + b"[" * 100_000, "too_dense"),
    "duplicate key": (b'{"ID": "a", "ID": "b"}', "duplicate_key"),
    "duplicate key inside": (sync_body("a", [player("u1")]).replace(b'"ip"', b'"id"'), "duplicate_key"),
    "NUL": (b'{"ID": "a\\u0000b"}', "bad_character"),
    "raw NUL": (b'{"ID": "a\0b"}', "bad_json"),
    "NUL in XML": (b"<ApiSyncRequest><ID>a\0</ID></ApiSyncRequest>", "bad_xml"),
    "lone surrogate": (b'{"ID": "a", "Puzzle": "\\ud800"}', "bad_character"),
    "lone surrogate of a viewer": (sync_body("a", [player("u1", ip="\udfff")]), "bad_character"),
    "encoded surrogate": (b'{"ID": "\xed\xa0\x80"}', "not_utf8"),
    "another encoding": ('{"ID": "я"}'.encode("utf-16"), "no_format"),
    "endless number": (b'{"ID": ' + b"9" * 100_000 + b"}", "bad_number"),
    "no number": (b'{"ID": "a", "x": Infinity}', "bad_number"),
    "no sync": (b"[1, 2, 3]", "no_format"),
    "a form": (b"id=1&puzzle=2", "no_format"),
    "packed twice": (gzip.compress(gzip.compress(b"{}")), "no_format"),
    "long ID": (as_json({"ID": "x" * 65}), "long_ID"),
    "long puzzle": (as_json({"ID": "x", "Puzzle": "x" * 129}), "long_Puzzle"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_with_its_reason_and_leaves_nothing(media, billing, runtime, name):
    body, why = HOSTILE[name]
    before, began = state(billing), process_time()

    answer = media.post(body)

    assert process_time() - began < 1
    assert answer.status_code == 400
    told = error(answer)
    assert (told["code"], told["message"]) == ("malformed", f"The message cannot be read ({why}).")
    assert told["position"] is None or 0 <= told["position"] <= len(body)
    assert state(billing) == before
    [record] = records(billing)
    assert (record.outcome, record.reason, record.detail["position"]) == (Outcome.MALFORMED, why, told["position"])
    assert runtime.stream_spool.read(record.raw) == body


@one_database
@pytest.mark.parametrize(
    "body",
    [b"[]," * (64 * MIB // 3), b'{"a":' + b"[" * (64 * MIB - 5), b"<a>" * (64 * MIB // 3)],
    ids=["[],", "[", "<a>"],
)
def test_64_mib_of_brackets_cost_little(media, billing, body):
    began, peak = process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert media.post(body).status_code == 400

    assert process_time() - began < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 300 * KIB_A_MIB
    assert records(billing)[0].outcome is Outcome.MALFORMED


@one_database
@pytest.mark.parametrize("inside", [b" ", b"["])
def test_a_gzip_bomb_costs_no_more_than_the_limit(media, billing, inside):
    bomb = gzip.compress(inside * 200 * MIB, 1)
    began, peak = process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert media.zipped(bomb).status_code == 413

    assert process_time() - began < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 300 * KIB_A_MIB
    assert [each.raw for each in records(billing)] == [""]


@one_database
@pytest.mark.parametrize("form", ["json", "xml"])
def test_cut_off_anywhere_it_is_refused_whole(media, billing, streams, form):
    streams.tariff(Kind.MINUTE, "*", per_minute=60)
    streams.viewer("anna", credits=1000, name="p")
    body = sync_body("a", [player("p", "l/s", ip=None, user_agents=None, bytes_sent=None)], puzzle="z", form=form)
    before = state(billing)

    for length in range(1, len(body)):
        assert media.post(body[:length]).status_code == 400, body[:length]

    assert state(billing) == before
    assert {each.outcome for each in records(billing)} == {Outcome.MALFORMED}
    assert media.denied(body) == [] if form == "json" else media.post(body).status_code == 200
    assert streams.balance("anna") == 970
    assert_books_balance(billing)


@one_database
def test_packed_and_cut_off_anywhere_it_is_refused_whole(media, billing):
    body = gzip.compress(sync_body("a", [player("")], puzzle="z"))

    for length in range(1, len(body)):
        assert media.zipped(body[:length]).status_code == 400

    assert records(billing) == []
    assert media.zipped(body).status_code == 200


def spoiled(tree: Any) -> Iterator[Any]:
    """The tree with each value in turn being something else."""
    yield from (None, True, "x", [7], {"a": 1})
    parts = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in parts:
        for other in spoiled(value):
            copy = dict(tree) if isinstance(tree, dict) else list(tree)
            copy[key] = other
            yield copy


@one_database
def test_wrong_types_anywhere_never_break_it(media, billing):
    tree = json.loads(sync_body("a", [player("")], puzzle="z", publish=[{"stream": "l/s", "time": 1}]))
    before = state(billing)
    kept = dict(before)

    for number, each in enumerate(spoiled(tree)):
        body = json.dumps(each).replace('"Puzzle": "z"', f'"Puzzle": "z{number}"')
        answer = media.post(body.encode())
        assert answer.status_code in (200, 400), (body, answer.data)
        if answer.status_code != 200:
            assert re.fullmatch(r"The message .+ \(\w+\)\.|Another .+", error(answer)["message"])
            assert state(billing) == kept
        kept = state(billing)
    assert kept["ppv_stream_meter"] == before["ppv_stream_meter"]
    assert kept["ledger_transfer"] == before["ledger_transfer"]


def test_one_bad_viewer_of_a_thousand_is_set_aside(media, billing, streams):
    streams.tariff(Kind.MINUTE, "*", per_minute=60)
    streams.viewer("anna", credits=100_000, name="p")
    players = [player("p", sessionid=str(number)) for number in range(999)]

    assert media.denied(sync_body("a", [*players[:500], player("p", delta="many"), *players[500:]])) == []

    [record] = records(billing)
    assert (record.players, record.set_aside) == (999, 1)
    assert streams.balance("anna") == 100_000 - 999 * 30
    assert_books_balance(billing)
