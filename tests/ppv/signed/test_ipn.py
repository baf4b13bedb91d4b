"""PayPal's mail slot."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from ppv_module.credits.models import Notice, Verdict
from ppv_module.remote import ipn
from ppv_module.remote.signed_limits import Buckets, Limits
from remoteapi.ppv import create_ppv

PATH = "/api/ppv/v1/paypal/ipn"
FORM = "application/x-www-form-urlencoded"
RAW = b"txn_id=61E67681CH3238416&payer_email=a%40b.c&charset=windows-1252&name=J%F6rg&a=1&a=2&empty="


def notices(billing):
    with billing.reading() as session:
        return session.scalars(select(Notice).order_by(Notice.id)).all()


def test_a_notice_is_kept_byte_by_byte_and_answered_with_nothing(app, billing, clock):
    answer = app.test_client().post(PATH, data=RAW, content_type=FORM)
    assert (answer.status_code, answer.data) == (200, b"")
    [notice] = notices(billing)
    assert (notice.raw, notice.content_type, notice.remote_ip) == (RAW, FORM, "127.0.0.1")
    assert (notice.provider, notice.verdict, notice.received_at) == ("paypal", Verdict.QUEUED, clock())


@pytest.mark.parametrize("raw", [b"\x00\xff\xfe", b"not a form at all", b"=&=&==", b"a" * 65_536])
def test_whatever_comes_is_for_the_worker_to_judge(app, billing, raw):
    assert app.test_client().post(PATH, data=raw, content_type="text/x-odd; charset=\xff").status_code == 200
    assert [each.raw for each in notices(billing)] == [raw]


def test_the_same_notice_again_is_another_letter(app, billing):
    for _ in range(3):
        app.test_client().post(PATH, data=RAW, content_type=FORM)
    assert len(notices(billing)) == 3


def test_only_what_cannot_be_stored_is_a_failure(app, billing, monkeypatch):
    def away(*_args, **_kwargs):
        raise OperationalError("INSERT", {}, Exception("gone"))

    monkeypatch.setattr(ipn, "store_notice", away)
    answer = app.test_client().post(PATH, data=RAW, content_type=FORM)
    assert (answer.status_code, answer.data) == (500, b"")


def test_what_no_notice_is(runtime, app, billing):
    assert app.test_client().post(PATH, data=b"a" * 65_537, content_type=FORM).status_code == 413
    assert app.test_client().get(PATH).status_code == 405
    flooded = create_ppv(runtime, Limits(notices=Buckets(0, 2))).test_client()
    assert [flooded.post(PATH, data=RAW, content_type=FORM).status_code for _ in range(3)] == [200, 200, 429]
    assert len(notices(billing)) == 2
