"""The second step of a sign-in: codes of an app and recovery codes, each of which works once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest

from billing import second_factor, staff
from billing.errors import NotFound
from billing.factor import Owner
from billing.profile import WrongPassword
from billing.second_factor import (
    RECOVERY_CODES,
    SecondFactorOff,
    SecondFactorOn,
    WrongCode,
    accept,
    app_address,
    codes_left,
)
from tests.billing.staff import CHEAP, SIGNED, add, lines, now_of
from tests.support import NOV_10, STAFF, Crash, crash_after


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch):
    monkeypatch.setattr(staff, "PASSWORDS", CHEAP)


def code_at(person, *, seconds=0):
    return pyotp.TOTP(person.totp_secret).at(NOV_10 + timedelta(seconds=seconds))


def takes(uow, person, code, *, seconds=0):
    now = NOV_10 + timedelta(seconds=seconds)
    return accept(uow(), staff_id=person.id, code=code, actor=STAFF, now=now) is not None


def left(billing, person):
    with billing.reading() as session:
        return codes_left(session, person.id)


@pytest.fixture
def begun(uow):
    return second_factor.begin(uow(), staff_id=add(uow).id, **SIGNED)


@pytest.fixture
def codes(uow, begun):
    """Recovery codes of Taras, who has a second factor since a minute."""
    minute_ago = NOV_10 - timedelta(minutes=1)
    return second_factor.confirm(
        uow(), staff_id=begun.id, code=code_at(begun, seconds=-60), actor=STAFF, now=minute_ago
    )


def test_the_secret_counts_once_a_code_made_with_it_was_seen(billing, uow, begun):
    assert not now_of(billing, begun).has_second_factor
    assert not takes(uow, begun, code_at(begun))
    with pytest.raises(WrongCode):
        second_factor.confirm(uow(), staff_id=begun.id, code="000000", **SIGNED)
    codes = second_factor.confirm(uow(), staff_id=begun.id, code=code_at(begun), **SIGNED)
    assert now_of(billing, begun).totp_confirmed_at == NOV_10
    assert len(set(codes)) == RECOVERY_CODES == left(billing, begun)
    with pytest.raises(SecondFactorOn):
        second_factor.confirm(uow(), staff_id=begun.id, code=code_at(begun, seconds=30), **SIGNED)
    with pytest.raises(SecondFactorOn):
        second_factor.begin(uow(), staff_id=begun.id, **SIGNED)


def test_a_crash_on_confirming_leaves_no_second_factor_without_codes(billing, uow, begun):
    with pytest.raises(Crash), crash_after(Owner, "_new_codes"):
        second_factor.confirm(uow(), staff_id=begun.id, code=code_at(begun), **SIGNED)
    assert (now_of(billing, begun).has_second_factor, left(billing, begun)) == (False, 0)
    assert len(second_factor.confirm(uow(), staff_id=begun.id, code=code_at(begun), **SIGNED)) == RECOVERY_CODES


@pytest.mark.parametrize(("seconds", "taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_clocks_may_differ_by_one_step(uow, begun, seconds, taken):
    second_factor.confirm(
        uow(),
        staff_id=begun.id,
        code=code_at(begun, seconds=-300),
        actor=STAFF,
        now=NOV_10 - timedelta(seconds=300),
    )
    assert takes(uow, begun, code_at(begun, seconds=seconds)) is taken


def test_a_code_works_once_and_so_does_the_one_that_turned_it_on(uow, begun, codes):
    assert not takes(uow, begun, code_at(begun, seconds=-60))
    assert takes(uow, begun, code_at(begun))
    assert not takes(uow, begun, code_at(begun))
    assert not takes(uow, begun, code_at(begun), seconds=30)
    assert not takes(uow, begun, code_at(begun, seconds=-30)), "an older code after a newer one"
    assert takes(uow, begun, code_at(begun, seconds=30), seconds=30)


def test_of_many_who_bring_the_same_code_at_once_one_gets_in(uow, begun, codes):
    for code in (code_at(begun), codes[0]):
        with ThreadPoolExecutor(6) as pool:
            taken = list(pool.map(lambda _, code=code: takes(uow, begun, code), range(6)))
        assert taken.count(True) == 1


def test_a_recovery_code_works_once_however_it_is_typed(billing, uow, begun, codes):
    assert takes(uow, begun, f" {codes[0].upper().replace('-', ' ')} ")
    assert not takes(uow, begun, codes[0])
    assert left(billing, begun) == RECOVERY_CODES - 1
    assert takes(uow, begun, codes[1])
    assert lines(billing)[-1] == f"OLLTV USE RECOVERY CODE STAFF [taras] {RECOVERY_CODES - 2} LEFT"


@pytest.mark.parametrize("code", ["", "0", "abcdef", "1234567", "１２３４５６", "'; --", "a" * 10_000])
def test_anything_else_is_no_code(uow, begun, codes, code):
    assert not takes(uow, begun, code)


def test_codes_of_another_person_open_nothing(uow, begun, codes):
    other = second_factor.begin(uow(), staff_id=add(uow, "other").id, **SIGNED)
    second_factor.confirm(uow(), staff_id=other.id, code=code_at(other), **SIGNED)
    assert not takes(uow, other, codes[0])


def test_new_recovery_codes_want_the_password_and_end_the_old_ones(billing, uow, begun, codes):
    with pytest.raises(WrongPassword):
        second_factor.new_recovery_codes(uow(), staff_id=begun.id, password="wrong", **SIGNED)
    fresh = second_factor.new_recovery_codes(uow(), staff_id=begun.id, password="long enough", **SIGNED)
    assert not set(fresh) & set(codes)
    assert left(billing, begun) == RECOVERY_CODES
    assert not takes(uow, begun, codes[0])
    assert takes(uow, begun, fresh[0])


def test_turning_it_off_wants_the_password_and_forgets_everything(billing, uow, begun, codes):
    with pytest.raises(WrongPassword):
        second_factor.disable(uow(), staff_id=begun.id, password="wrong", **SIGNED)
    for _ in range(2):
        second_factor.disable(uow(), staff_id=begun.id, password="long enough", **SIGNED)
    after = now_of(billing, begun)
    assert (after.totp_secret, after.totp_confirmed_at, left(billing, begun)) == (None, None, 0)
    assert after.session_epoch == begun.session_epoch
    assert lines(billing).count("OLLTV DISABLE SECOND FACTOR STAFF [taras]") == 1
    with pytest.raises(SecondFactorOff):
        second_factor.new_recovery_codes(uow(), staff_id=begun.id, password="long enough", **SIGNED)
    with pytest.raises(SecondFactorOff):
        second_factor.confirm(uow(), staff_id=begun.id, code="000000", **SIGNED)


def test_a_reset_by_an_administrator_ends_the_sessions(billing, uow, begun, codes):
    for _ in range(2):
        second_factor.reset(uow(), staff_id=begun.id, **SIGNED)
    after = now_of(billing, begun)
    assert (after.has_second_factor, after.session_epoch) == (False, begun.session_epoch + 1)
    assert not takes(uow, begun, codes[0])


def test_neither_secret_nor_codes_get_into_the_event_log(billing, uow, begun, codes):
    takes(uow, begun, codes[0])
    told = " ".join(lines(billing))
    assert begun.totp_secret not in told
    assert not [code for code in codes if code in told or code.replace("-", "") in told]


def test_the_app_is_told_who_and_where(begun):
    assert app_address(begun) == f"otpauth://totp/OllTV:taras?secret={begun.totp_secret}&issuer=OllTV"


def test_nobody_has_no_second_factor(uow):
    with pytest.raises(NotFound):
        second_factor.begin(uow(), staff_id=999, **SIGNED)
