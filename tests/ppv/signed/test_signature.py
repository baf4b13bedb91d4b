"""How a call is signed."""

import hmac

import pytest

from ppv_module.remote import signature as module
from ppv_module.remote.signature import is_signed, signature

CALL = {
    "timestamp": "1700000000",
    "method": "POST",
    "target": "/api/ppv/v1/tips",
    "body": b'{"user_id":7,"performer_id":3,"credits":10}',
}
KNOWN = "602b38afb2241e39f48576cd9df81a04234ef177dc63cd579738a2c6572c9efd"


def test_the_known_call_has_the_known_signature():
    assert signature("test-secret", **CALL) == KNOWN
    assert is_signed(f"v1={KNOWN}", ["test-secret"], **CALL)


@pytest.mark.parametrize(
    "other",
    [
        {"timestamp": "1700000001"},
        {"method": "PUT"},
        {"target": "/api/ppv/v1/tips?x=1"},
        {"target": "/api/ppv/v1/tip"},
        {"body": b'{"user_id":7,"performer_id":3,"credits":11}'},
        {"body": b""},
    ],
)
def test_whatever_is_changed_breaks_it(other):
    assert not is_signed(f"v1={KNOWN}", ["test-secret"], **CALL | other)


def test_two_secrets_count_at_once_and_an_empty_one_never():
    empty = signature("", **CALL)
    assert is_signed(f"v1={KNOWN}", ["newer", "test-secret"], **CALL)
    assert not is_signed(f"v1={KNOWN}", ["newer", "newest"], **CALL)
    assert not is_signed(f"v1={empty}", ["", ""], **CALL)
    assert not is_signed(KNOWN, ["test-secret"], **CALL)


def test_every_secret_is_compared_in_constant_time(monkeypatch):
    compared = []
    honest = hmac.compare_digest
    monkeypatch.setattr(module.hmac, "compare_digest", lambda a, b: compared.append((a, b)) or honest(a, b))
    assert is_signed(f"v1={KNOWN}", ["test-secret", "older"], **CALL)
    assert len(compared) == 2 and all(len(a) == len(b) for a, b in compared)
