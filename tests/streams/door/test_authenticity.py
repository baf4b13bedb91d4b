"""Who may send messages: addresses, tokens, and what happens to messages of others."""

import json

import pytest

from ppv_module.streams import servers
from ppv_module.streams.authenticity import signature, solution
from ppv_module.streams.models import AlertKind, Outcome, Server, Verdict
from tests.streams.door.posting import alerts, error, records, state
from tests.streams.make import player, sync_body
from tests.support import STAFF, logged_to

TOKEN, OLDER = "tok-Persimmon-2024", "tok-Quince-2023"
TOKENS = {"PPV_STREAM_TOKEN": TOKEN, "PPV_STREAM_TOKEN_OLDER": OLDER}


def told(answer):
    """The proof that we know the token; None without one."""
    return json.loads(answer.data).get("Solution")


@pytest.fixture
def refused(media, billing):
    """Post what must be refused: with this code, and nothing of it counts or is told."""

    def post(body, code="not_genuine", **options):
        before = state(billing)
        answer = media.post(body, **options)
        assert (answer.status_code, error(answer)["code"]) == (403, code)
        assert b"DenyList" not in answer.data
        assert b"Solution" not in answer.data
        assert state(billing) == before
        assert records(billing)[-1].outcome is Outcome.REFUSED

    return post


@pytest.mark.parametrize("ini", [TOKENS])
class TestTokens:
    @pytest.mark.parametrize("token", [TOKEN, OLDER])
    def test_two_tokens_are_good_and_the_proof_is_made_with_the_one_that_was_used(self, media, billing, token):
        answer = media.post(sync_body("srv-1", [player("")], puzzle="p1", token=token))

        assert answer.status_code == 200
        assert told(answer) == solution(puzzle="p1", token=token)
        assert [each.verdict for each in records(billing)] == [Verdict.VERIFIED]

    @pytest.mark.parametrize("token", [TOKEN, OLDER])
    def test_a_repeat_has_its_proof_too(self, media, token):
        body = sync_body("srv-1", [player("")], puzzle="p1", token=token)

        assert [told(media.post(body)) for _ in range(2)] == [solution(puzzle="p1", token=token)] * 2

    def test_in_xml_the_proof_is_an_element(self, media):
        answer = media.post(sync_body("srv-1", [], puzzle="p1", token=TOKEN, form="xml"))

        proof = solution(puzzle="p1", token=TOKEN)
        assert answer.data.endswith(f"<Solution>{proof}</Solution><DenyList></DenyList></ApiSyncResponse>".encode())

    def test_a_message_with_a_part_missing_or_wrong_is_refused(self, refused):
        good = {"ID": "srv-1", "Puzzle": "p", "PayPerViewInfo": {}}
        good["Signature"] = signature(server_id="srv-1", puzzle="p", token=TOKEN)
        for name in ("ID", "Puzzle", "Signature"):
            refused(json.dumps({key: value for key, value in good.items() if key != name}).encode())
            for wrong in ("", "x", 7, "é"):
                refused(json.dumps({**good, name: wrong}).encode())
        refused(sync_body("srv-1", [player("u1")], token="another"))

    def test_what_is_refused_says_so_in_its_record(self, media, billing):
        media.post(sync_body("srv-1", [player("u1"), player("u2")], puzzle="p1", token="another"))

        [record] = records(billing)
        assert (record.verdict, record.reason, record.server_name) == (Verdict.FAILED, "not_genuine", "srv-1")
        assert (record.puzzle, record.players, record.replay_key) == ("p1", 2, None)

    def test_a_server_has_tokens_of_its_own(self, media, refused, streams):
        streams.server("srv-1", token="own", token_older="own before")

        for token in ("own", "own before"):
            answer = media.post(sync_body("srv-1", [], puzzle=token, token=token))
            assert told(answer) == solution(puzzle=token, token=token)
        refused(sync_body("srv-1", [], token=TOKEN))
        assert media.post(sync_body("srv-2", [], token=TOKEN)).status_code == 200

    def test_three_failures_in_a_row_are_told(self, media, billing, streams, clock):
        server = streams.server("srv-1")
        bad = sync_body("srv-1", [], token="another")
        for _ in range(2):
            media.post(bad)
        assert media.post(sync_body("srv-1", [], token=TOKEN)).status_code == 200
        assert streams.again(server).failures == 0
        for _ in range(2):
            media.post(bad)
        assert alerts(billing) == []

        media.post(bad)

        [alert] = alerts(billing)
        assert (alert.kind, alert.server_name) == (AlertKind.NOT_GENUINE, "srv-1")
        assert alert.facts == {"failures": 3, "address": media.address}
        media.post(bad)
        assert len(alerts(billing)) == 1

    def test_strangers_are_not_made_servers(self, media, billing):
        for _ in range(4):
            media.post(sync_body("srv-9", [], token="another"))

        assert alerts(billing) == []
        with billing.reading() as session:
            assert session.query(Server).count() == 0

    def test_a_repeat_is_refused_once_its_token_is_taken_away(self, media, refused, streams, billing, clock):
        server = streams.server("srv-1", token="own")
        body = sync_body("srv-1", [], token="own")
        assert media.post(body).status_code == 200
        for token in ("the next one", "and one more"):
            form = servers.ServerForm(token=token)
            servers.save_server(billing.uow(), server_id=server.id, form=form, actor=STAFF, now=clock())

        refused(body)

    def test_a_large_body_of_a_stranger_is_not_kept(self, media, billing, runtime):
        small, large = (sync_body("srv-1", [], token="no", Extra="x" * size) for size in (100, 1_100_000))
        media.post(small)
        media.post(large)

        kept = [runtime.stream_spool.read(each.raw) for each in records(billing)]
        assert kept == [small, None]

    def test_tokens_are_nowhere_to_be_read(self, media, billing, tmp_path, capsys, streams):
        streams.server("srv-1", token="tok-own-1", token_older="tok-own-2")
        with logged_to(tmp_path / "log") as log:
            for token in ("tok-own-1", "wrong", TOKEN):
                answer = media.post(sync_body("srv-1", [player("u1")], token=token))
                assert TOKEN.encode() not in answer.data
        said = log.read_text() + "".join(capsys.readouterr())
        for record in records(billing):
            said += str(record.detail) + record.reason
        for secret in (TOKEN, OLDER, "tok-own-1", "tok-own-2"):
            assert secret not in said


class TestNoToken:
    def test_everybody_is_let_in_and_marked(self, media, billing):
        answer = media.post(sync_body("srv-1", [player("")]))

        assert told(answer) is None
        assert [each.verdict for each in records(billing)] == [Verdict.UNVERIFIED]
        answer = media.post(sync_body("srv-1", [], form="xml"))
        assert b"<Solution></Solution>" in answer.data

    def test_a_server_without_an_id_is_known_by_its_address(self, media, billing):
        media.post(b'{"PayPerViewInfo": {}}')

        assert [each.server_name for each in records(billing)] == [media.address]

    def test_a_token_of_one_server_alone_counts_for_it_alone(self, media, refused, streams):
        streams.server("srv-1", token="own")

        refused(sync_body("srv-1", []))
        assert media.post(sync_body("srv-2", [])).status_code == 200


@pytest.mark.parametrize("ini", [{"PPV_STREAM_ADDRESSES": "203.0.113.0/28, 2001:db8::/64"}])
class TestAddresses:
    @pytest.mark.parametrize("address", ["203.0.113.10", "::ffff:203.0.113.10", "2001:db8::7"])
    def test_from_the_addresses_of_media_servers_messages_are_taken(self, media, billing, address):
        media.address = address

        assert media.post(sync_body("srv-1", [])).status_code == 200
        assert records(billing)[0].remote_ip == address.removeprefix("::ffff:")

    @pytest.mark.parametrize("address", ["203.0.113.16", "2001:db8:0:1::7", "unix", ""])
    def test_from_elsewhere_they_are_not_even_read(self, media, billing, address):
        media.address = address
        answer = media.unread(50)

        assert (answer.status_code, error(answer)["code"]) == (403, "wrong_address")
        [record] = records(billing)
        assert (record.outcome, record.reason, record.raw) == (Outcome.REFUSED, "wrong_address", "")


def test_a_server_may_have_addresses_of_its_own(media, refused, streams):
    streams.server("srv-1", addresses=["10.1.0.0/16"])

    refused(sync_body("srv-1", []), code="wrong_address")
    assert media.post(sync_body("srv-2", [])).status_code == 200
    media.address = "10.1.2.3"
    assert media.post(sync_body("srv-1", [])).status_code == 200


def test_a_server_that_is_switched_off_is_refused(media, refused, streams):
    streams.server("srv-1", active=False)

    refused(sync_body("srv-1", [player("u1")]), code="server_off")
