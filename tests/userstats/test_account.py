"""The subscriber's own account."""

import copy
import re

import pytest

from tests.userstats.conftest import send
from tests.userstats.fake import ACCOUNT

SECRET = "JBSWY3DPEHPK3PXP"
OTPAUTH = f"otpauth://totp/OllTV:ivan?secret={SECRET}&issuer=OllTV"


def text(answer) -> str:
    return answer.get_data(as_text=True)


def shown(browser, path="/account") -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return text(answer)


def account(**facts):
    return copy.deepcopy(ACCOUNT) | facts


def test_the_page_tells_how_one_signs_in(browser, billing):
    page = shown(browser)
    assert "Ivan Franko" in page
    assert "Firefox, Linux" in page
    assert "22 Nov 2026, 10:00" in page
    assert "this session" in page
    assert "Entering without a password" not in page
    assert len(billing.calls) == 1


def test_a_password_is_changed(browser, billing):
    billing.says("POST me/account/password", {})
    answer = send(browser, "/account/password", old=" old one ", new="new and long", again="new and long")
    assert (answer.status_code, answer.location) == (303, "/account")
    [asked] = billing.asked("POST me/account/password")
    assert asked.body == {"old": " old one ", "new": "new and long"}
    assert "Your password is changed." in shown(browser)


def test_two_new_passwords_must_agree(browser, billing):
    answer = send(browser, "/account/password", old="old", new="new and long", again="new and short")
    assert answer.status_code == 422
    assert "The two new passwords differ." in text(answer)
    assert billing.asked("POST me/account/password") == []
    assert "new and" not in text(answer)


@pytest.mark.parametrize(
    ("code", "field", "place"),
    [("wrong_password", "old", "old"), ("short_password", "new", "new"), ("busy", None, "new")],
)
def test_a_refusal_stands_beside_its_field(browser, billing, code, field, place):
    billing.refuses("POST me/account/password", 422, code, "Not so.", **({"field": field} if field else {}))
    answer = send(browser, "/account/password", old="old", new="new", again="new")
    assert answer.status_code == 422
    assert re.search(rf'id="{place}-error">Not so\.<', text(answer))
    assert f'aria-describedby="{place}-error' in text(answer)
    assert "<details" in text(answer)
    assert " open>" in text(answer)


def test_a_second_factor_is_set_up(browser, billing):
    billing.says("POST me/account/second-factor", {"secret": SECRET, "address": OTPAUTH})
    page = send(browser, "/account/second-factor", password="long enough")
    assert page.status_code == 200
    assert SECRET in text(page)
    assert "<svg" in text(page).split("<figure")[1]
    assert "no-store" in page.headers["Cache-Control"]
    assert billing.asked("POST me/account/second-factor")[0].body == {"password": "long enough"}

    billing.refuses("POST me/account/second-factor/confirm", 422, "wrong_code", "The code is wrong.", field="code")
    again = send(browser, "/account/second-factor/confirm", code="1", secret=SECRET, address=OTPAUTH)
    assert again.status_code == 422
    assert "The code is wrong." in text(again)
    assert SECRET in text(again)
    assert "<figure" in text(again)

    codes = [f"aaaa-{number:04}" for number in range(10)]
    billing.says("POST me/account/second-factor/confirm", {"codes": codes})
    done = send(browser, "/account/second-factor/confirm", code="123456", secret=SECRET, address=OTPAUTH)
    assert all(code in text(done) for code in codes)
    assert "no-store" in done.headers["Cache-Control"]


def test_neither_secret_nor_codes_lie_in_the_cookie(browser, billing):
    billing.says("POST me/account/second-factor", {"secret": SECRET, "address": OTPAUTH})
    billing.says("POST me/account/second-factor/confirm", {"codes": ["aaaa-0001"]})
    send(browser, "/account/second-factor", password="long enough")
    send(browser, "/account/second-factor/confirm", code="123456", secret=SECRET, address=OTPAUTH)
    with browser.session_transaction() as session:
        assert not {SECRET, "aaaa-0001"} & {str(value) for value in session.values()}
        assert set(session) <= {"_permanent", "csrf_token", "login", "nonce", "token", "refreshed_at"}


def test_a_forged_address_draws_no_picture(browser, billing):
    billing.refuses("POST me/account/second-factor/confirm", 422, "wrong_code")
    page = text(
        send(browser, "/account/second-factor/confirm", code="1", secret="<b>x", address="https://evil.example")
    )
    assert "<figure" not in page
    assert "<b>x" not in page


def test_a_second_factor_is_switched_off_and_its_codes_are_renewed(browser, billing):
    billing.says("GET me/account", account(second_factor=True, codes_left=3))
    assert "3 recovery codes are left." in shown(browser, "/account/second-factor")

    billing.refuses("POST me/account/second-factor/disable", 403, "wrong_password", "Wrong.", field="password")
    answer = send(browser, "/account/second-factor/disable", password="x")
    assert answer.status_code == 422
    assert 'id="off-password-error">Wrong.<' in text(answer)

    billing.says("POST me/account/second-factor/disable", {})
    assert send(browser, "/account/second-factor/disable", password="long enough").location == "/account"
    billing.says("POST me/account/second-factor/codes", {"codes": ["bbbb-0001"]})
    assert "bbbb-0001" in text(send(browser, "/account/second-factor/codes", password="long enough"))


@pytest.mark.parametrize(("wanted", "said"), [("1", "signs you in."), ("0", "no longer signs you in.")])
def test_signing_in_by_address_is_the_subscriber_s_choice(browser, billing, wanted, said):
    offered = {"offered": True, "on": wanted == "0", "mine": "10.20.0.7"}
    billing.says("GET me/account", account(address=offered))
    billing.says("POST me/account/address", {})
    assert "10.20.0.7" in shown(browser)
    assert f'name="wanted" value="{wanted}"' in shown(browser)
    send(browser, "/account/address", wanted=wanted)
    assert billing.asked("POST me/account/address")[0].body == {"wanted": wanted == "1"}
    assert said in shown(browser)


def test_another_session_is_ended(browser, billing):
    other = ACCOUNT["sessions"][0] | {"id": 8, "mine": False, "by": "address"}
    billing.says("GET me/account", account(sessions=[*ACCOUNT["sessions"], other]))
    billing.says("POST me/account/sessions/end", {})
    assert shown(browser).count('name="id"') == 1
    assert send(browser, "/account/sessions/end", id="8").location == "/account"
    assert billing.asked("POST me/account/sessions/end")[0].body == {"id": 8}
    assert browser.get("/account").status_code == 200


@pytest.mark.parametrize("forged", ["x", "-1", "²", "1 OR 1=1", "9" * 40])
def test_a_forged_number_never_ends_all_of_them(browser, billing, forged):
    billing.refuses("POST me/account/sessions/end", 404, "not_found")
    assert send(browser, "/account/sessions/end", id=forged).status_code == 404
    assert all("id" in call.body for call in billing.asked("POST me/account/sessions/end"))


def test_signing_out_everywhere_ends_this_session_too(browser, billing):
    billing.says("POST me/account/sessions/end", {})
    assert send(browser, "/account/sessions/end").location == "/sign-in"
    assert billing.asked("POST me/account/sessions/end")[0].body == {}
    assert "You are signed out everywhere." in text(browser.get("/sign-in"))


POSTS = [
    "password",
    "second-factor",
    "second-factor/confirm",
    "second-factor/disable",
    "second-factor/codes",
    "address",
]


@pytest.mark.parametrize("path", [*POSTS, "sessions/end"])
def test_nothing_happens_without_the_token_of_a_form_or_by_a_link(browser, billing, path):
    assert browser.post(f"/account/{path}").status_code == 400
    if path != "second-factor":
        assert browser.get(f"/account/{path}").status_code == 405
    assert [call for call in billing.calls if call.method == "POST"] == []


@pytest.mark.parametrize("path", [*POSTS, "sessions/end"])
def test_a_session_that_is_over_leads_to_the_sign_in(browser, billing, path):
    billing.refuses(f"POST me/account/{path}", 401, "subject_rejected")
    assert send(browser, f"/account/{path}", new="n", again="n", id="8").location == "/sign-in"


def test_staff_who_look_see_it_and_change_nothing(stranger, billing):
    visit = {"token": "v", "login": "ivan", "visitor": "olena", "expires_at": "2026-11-22T12:00:00+02:00"}
    billing.says("POST sessions/visit", visit, 201)
    billing.says("GET me/account", account(address={"offered": True, "on": True, "mine": "10.20.0.7"}))
    stranger.post("/visit", data={"ticket": "x"})
    page = shown(stranger)
    assert "olena of the staff is looking" in page
    assert re.findall(r'action="(/account[^"]*)"', page) == []
    assert 'type="password"' not in page + shown(stranger, "/account/second-factor")
