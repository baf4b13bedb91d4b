"""The call log and the counters: what they tell and what they must not."""

import re
from contextlib import nullcontext

import pytest
import requests
import structlog
from prometheus_client import REGISTRY

from billing.errors import PartnerError
from olltv_module.partner import CallJournal, Detail, EnableType, Profile
from olltv_module.partner.journal import Exchange
from olltv_module.partner.masks import masked
from olltv_module.phones import mask_phone

ON = {"status": 0, "data": 1}
IVANS = Profile(phone="+380501234567", password="ivans-own-password", firstname="Іван")


def register(partner) -> str:
    return partner.add_user(account="ivan", email="ivan.petrenko@isp.ua", profile=IVANS)


def tried(call, partner) -> None:
    with pytest.raises(PartnerError):
        call(partner)


def test_one_line_a_call_says_what_how_and_how_long(desk, written):
    desk.says("checkBundle", {"status": 407, "message": "Subscription not found"})

    with structlog.contextvars.bound_contextvars(request_id="req-1"):
        text = written(Detail.CALLS, lambda p: tried(lambda p: p.check_bundle(account="ivan", bundle="GONE"), p))

    auth, check = text.splitlines()
    assert re.fullmatch(r"\S+Z method=auth2 status=0 ms=\d+ outcome=ok request_id=req-1", auth)
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z "
        r"method=checkBundle account=ivan sub_id=GONE status=407 ms=\d+ outcome=refused request_id=req-1",
        check,
    )


def test_detail_zero_writes_errors_only_and_makes_no_file_before(desk, written, tmp_path):
    desk.says("checkBundle", ON, requests.ReadTimeout())

    assert written(Detail.ERRORS, lambda p: p.check_bundle(account="ivan", bundle="START")) == ""
    assert not (tmp_path / "exports").exists()

    text = written(Detail.ERRORS, lambda p: tried(lambda p: p.check_bundle(account="ivan", bundle="START"), p))
    assert len(text.splitlines()) == 1
    assert "outcome=unreachable reason=ReadTimeout" in text


def test_a_change_names_both_bundles(desk, written):
    desk.says("changeBundle", ON)

    text = written(Detail.CALLS, lambda p: p.change_bundle(account="ivan", old="START", new="MAX"))

    assert "sub_id=MAX old_sub_id=START" in text


def test_detail_two_shows_excerpts_and_three_everything(desk, written):
    rows = [{"ID": number, "account": f"user{number}"} for number in range(200)]
    desk.gives("getUserList", rows)

    excerpt = written(Detail.EXCERPTS, lambda p: list(p.user_list()))
    assert "user1" in excerpt and "user199" not in excerpt

    whole = written(Detail.EVERYTHING, lambda p: list(p.user_list()))
    assert "user199" in whole


SECRETS = [
    "operator-secret",
    "hash-of-the-session",
    "ivans-own-password",
    "0501234567",
    "501234567",
    "ivan.petrenko",
    "77004213",
]
ANSWERS = [
    {"status": 0, "data": 4711},
    {"status": 301, "message": "ivans-own-password of 0501234567 / +38 (050) 123-45-67, ivan.petrenko@isp.ua"},
    {
        "status": 0,
        "data": 1,
        "echo": {"phone": 501234567, "password": "ivans-own-password", "hash": "hash-of-the-session"},
    },
    b'{"status": 0, "hash": "hash-of-the-session", "phone": "050123',
    b'{"status": 0, "data": {"email": "ivan.petrenko\\u0040isp.ua", "phone": "\\u0030501234567"}}',
    b"<html>array([hash] => hash-of-the-session [password] => ivans-own-password)</html>",
    b"login=isp-one&password=ivans-own-password&hash=hash-of-the-session",
]


@pytest.mark.parametrize("detail", [Detail.CALLS, Detail.EXCERPTS, Detail.EVERYTHING])
@pytest.mark.parametrize("answer", ANSWERS)
def test_no_secret_reaches_the_log_or_an_error_at_any_detail(desk, written, detail, answer):
    desk.says("addUser", answer)
    desk.gives("enableBundle", "77004213")
    desk.gives("getDeviceList", [{"ID": 5, "binding_code": "77004213", "account": "ivan"}])
    failures = []

    def story(partner) -> None:
        try:
            register(partner)
        except PartnerError as error:
            failures.append(str(error))
        partner.enable_bundle(account="ivan", bundle="START", kind=EnableType.RENEW)
        list(partner.device_list(account="ivan"))

    text = written(detail, story) + "".join(failures)

    assert [secret for secret in SECRETS if secret in text] == []
    assert "method=enableBundle" in text


def test_requests_and_answers_are_readable_but_for_their_secrets(desk, written):
    desk.gives("addUser", 4711)

    line = written(Detail.EXCERPTS, register).splitlines()[1]

    assert '"firstname": "Іван", "phone": "050***4567", "password": "***"' in line
    assert line.endswith('answer={"status": 0, "data": 4711}')


def test_a_page_instead_of_an_answer_stays_on_one_line(desk, written):
    desk.says("checkBundle", b"<html>\nSorry\n</html>")

    text = written(Detail.EVERYTHING, lambda p: tried(lambda p: p.check_bundle(account="ivan", bundle="START"), p))

    assert len(text.splitlines()) == 2
    assert text.endswith(r'answer="<html>\nSorry\n</html>"' + "\n")


def test_a_broken_login_answer_does_not_show_the_new_hash(desk, written):
    desk.mock.replace("POST", "https://partner.test/ispAPI/auth2", body=b'{"status": 0, "hash": "brand-new-hash')

    text = written(Detail.EVERYTHING, lambda p: tried(register, p))

    assert "brand-new" not in text and "method=auth2" in text


def test_an_email_that_names_a_user_is_masked_in_the_line(desk, written):
    desk.gives("emailExists", 1)

    text = written(Detail.CALLS, lambda p: p.email_exists(email="ivan.petrenko@isp.ua"))

    assert "account=i***@isp.ua" in text


def test_a_forged_account_cannot_write_a_second_line(desk, written):
    desk.says("checkBundle", ON)

    text = written(Detail.CALLS, lambda p: p.check_bundle(account="ivan\nmethod=auth2", bundle="START"))

    assert len(text.splitlines()) == 2
    assert r'account="ivan\nmethod=auth2"' in text


def test_a_journal_that_cannot_be_written_never_costs_an_answer(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    journal = CallJournal(path=tmp_path / "file" / "olltv.log")

    journal.write(Exchange("checkBundle", {"account": "ivan"}, None))

    assert "FileExistsError" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (ON, "ok"),
        ({"status": 404}, "refused"),
        ({"status": 110}, "rejected"),
        (b"<html>", "unreachable"),
    ],
)
def test_each_call_is_counted_by_its_outcome(desk, partner, answer, outcome):
    labels = {"method": "checkBundle", "outcome": outcome}
    desk.says("checkBundle", answer)
    calls = REGISTRY.get_sample_value("olltv_partner_calls_total", labels) or 0
    timed = REGISTRY.get_sample_value("olltv_partner_seconds_count", {"method": "checkBundle"}) or 0

    with nullcontext() if outcome == "ok" else pytest.raises(PartnerError):
        partner.check_bundle(account="ivan", bundle="START")

    assert REGISTRY.get_sample_value("olltv_partner_calls_total", labels) == calls + 1
    assert REGISTRY.get_sample_value("olltv_partner_seconds_count", {"method": "checkBundle"}) == timed + 1


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("0501234567", "050***4567"), ("+38 (050) 123-45-67", "050***4567"), ("12345", "***"), ("", "***")],
)
def test_a_phone_shows_its_ends_only(phone, shown):
    assert mask_phone(phone) == shown


@pytest.mark.parametrize(
    "innocent", ["2026-05-03T10:00:00.123Z", "account=ivan", "sub_id=122015", '"data": 1', "ms=52"]
)
def test_what_is_no_secret_stays_readable(innocent):
    assert masked(innocent) == innocent
