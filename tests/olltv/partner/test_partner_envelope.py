"""What an answer means: the whole truth table, without a network."""

import pytest

from billing.errors import PartnerRefused, PartnerUnreachable
from olltv_module.partner import errors
from olltv_module.partner.codes import Status
from olltv_module.partner.envelope import classify

REFUSALS = {
    115: errors.EmailTaken,
    116: errors.EmailMalformed,
    117: errors.DeviceTaken,
    119: errors.DeviceTaken,
    120: PartnerRefused,
    200: PartnerRefused,
    301: PartnerRefused,
    304: errors.WrongBindingCode,
    305: errors.BindingCodeUsed,
    404: errors.AccountUnknown,
    406: errors.DeviceUnknown,
    407: errors.BundleUnknown,
    408: errors.OrderViolated,
    501: errors.ForeignDevice,
    504: errors.AlreadyOff,
    505: errors.ForeignUser,
    506: errors.UserNotActive,
    31337: PartnerRefused,
}
UNCLEAR = [
    (429, b'{"status": 0}', "rate limited"),
    (500, b"Internal Server Error", "HTTP 500"),
    (502, b'{"status": 0, "data": 1}', "HTTP 502"),
    (503, b'{"status": 404}', "HTTP 503"),
    (301, b'{"status": 0}', "HTTP 301"),
    (200, b"", "broken JSON: JSONDecodeError"),
    (200, b'{"status": 0, "da', "broken JSON: JSONDecodeError"),
    (200, b"<html>Sorry</html>", "broken JSON: JSONDecodeError"),
    (200, b"\xff\xfe\xfa", "broken JSON: UnicodeDecodeError"),
    (200, b"[" * 200_000, "broken JSON: RecursionError"),
    (200, b"[]", "not a JSON object"),
    (200, b'"0"', "not a JSON object"),
    (200, b"null", "not a JSON object"),
    (200, b'{"data": 1}', "no status"),
    (200, b'{"status": null}', "no status"),
    (200, b'{"status": ""}', "no status"),
    (200, b'{"status": "ok"}', "no status"),
    (200, b'{"status": false}', "no status"),
    (200, b'{"status": -1}', "no status"),
    (200, b'{"status": 0.0}', "no status"),
    (200, b'{"status": [0]}', "no status"),
    (404, b'{"status": 0}', "no status"),
]


def read(body: bytes, http_status: int = 200):
    return classify(call="checkBundle", http_status=http_status, body=body)


@pytest.mark.parametrize("status", [b"0", b'"0"'])
def test_status_zero_is_success_as_number_and_as_string(status):
    answer = read(b'{"status": %b, "data": "7", "warnings": ["unknown type"]}' % status)

    assert answer.data == "7"


def test_a_byte_order_mark_does_not_spoil_an_answer():
    assert read(b'\xef\xbb\xbf{"status": 0, "data": 1}').flag() is True


@pytest.mark.parametrize(("http_status", "body", "reason"), UNCLEAR)
def test_what_is_neither_yes_nor_no_is_an_unknown_outcome(http_status, body, reason):
    with pytest.raises(PartnerUnreachable) as caught:
        read(body, http_status)

    assert type(caught.value) is PartnerUnreachable
    assert caught.value.retryable
    assert caught.value.facts == {"call": "checkBundle", "reason": reason}


@pytest.mark.parametrize(("status", "kind"), REFUSALS.items())
@pytest.mark.parametrize("spelling", ["%d", '"%d"'])
@pytest.mark.parametrize("http_status", [200, 404])
def test_every_other_code_is_a_definite_no_of_its_class(status, kind, spelling, http_status):
    with pytest.raises(PartnerRefused) as caught:
        read(b'{"status": %b, "message": "No"}' % (spelling % status).encode(), http_status)

    assert type(caught.value) is kind
    assert caught.value.facts == {"call": "checkBundle", "status": status, "message": "No"}


@pytest.mark.parametrize("status", [109, 110, 111, 112, 113])
def test_a_login_that_is_not_accepted_refuses_nobodys_order(status):
    with pytest.raises(errors.PartnerRejectsUs) as caught:
        read(b'{"status": %d, "id": %d}' % (status, status))

    assert not isinstance(caught.value, PartnerRefused)
    assert caught.value.retryable
    assert "OLLTV_LOGIN" in caught.value.text and "OLLTV_PASSWORD" in caught.value.text


def test_a_no_without_a_message_gets_the_papers_text():
    with pytest.raises(errors.BundleUnknown) as caught:
        read(b'{"status": 407}')

    assert caught.value.facts["message"] == "Subscription not found"


def test_a_code_unknown_to_the_paper_still_has_a_message():
    with pytest.raises(PartnerRefused) as caught:
        read(b'{"status": 206}')

    assert caught.value.facts["message"] == "Unknown code"


def test_a_message_shows_neither_phone_nor_email_and_is_short():
    body = b'{"status": 301, "message": "0501234567 of ivan@isp.ua' + b"!" * 999 + b'"}'

    with pytest.raises(PartnerRefused) as caught:
        read(body)

    assert str(caught.value.facts["message"]).startswith("050***4567 of i***@isp.ua!")
    assert len(str(caught.value.facts["message"])) == 200


def test_broken_json_keeps_its_body_out_of_the_traceback():
    with pytest.raises(PartnerUnreachable) as caught:
        read(b'{"hash": "secret", ')

    assert caught.value.__cause__ is None and caught.value.__suppress_context__


@pytest.mark.parametrize(("data", "yes"), [(b"1", True), (b'"1"', True), (b"0", False), (b'"0"', False)])
def test_a_flag_is_one_or_zero_as_number_or_string(data, yes):
    assert read(b'{"status": 0, "data": %b}' % data).flag() is yes


@pytest.mark.parametrize("body", [b'{"status": 0}', b'{"status": 0, "data": null}', b'{"status": 0, "data": 2}'])
def test_a_missing_or_odd_flag_is_neither_on_nor_off(body):
    with pytest.raises(PartnerUnreachable):
        read(body).flag()


def test_every_code_has_its_own_text():
    texts = [status.text for status in Status]

    assert all(texts) and len(set(texts)) == len(texts)


def test_every_error_has_its_own_code_and_a_whole_sentence():
    classes = [c for c in vars(errors).values() if isinstance(c, type) and c.__module__ == errors.__name__]
    own = [c for c in classes if c is not errors.HashExpired]

    assert len({c.code for c in own}) == len(own) == 15
    assert all(c.text.endswith(".") for c in own)
