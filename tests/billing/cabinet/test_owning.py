"""What subscribers and staff do about a password and a second factor."""

import pytest

from billing.cabinet import helping, owning, sessions
from billing.factor import RECOVERY_CODES, Owner, SecondFactorOff, SecondFactorOn, WrongCode
from billing.host.base import UnknownLogin
from billing.host.native import NativeHost
from billing.profile import SamePassword, WrongPassword
from billing.staff import LongPassword, ShortPassword
from tests.billing.books import at_once
from tests.billing.cabinet.conftest import PASSWORD
from tests.olltv.support import dump, events
from tests.support import STAFF, Crash, crash_after


def change(ann, *, but=0, old=PASSWORD, new="quite another"):
    owning.change_password(ann.billing.uow(), session_id=but, old=old, new=new, **ann.signed)


def disable(ann, password=PASSWORD):
    owning.disable_second_factor(ann.billing.uow(), password=password, **ann.signed)


def renew(ann, password=PASSWORD):
    return owning.renew_codes(ann.billing.uow(), password=password, **ann.signed)


class TestPassword:
    def test_another_password_ends_all_other_sessions(self, ann, ben):
        mine, _other, neighbour = ann.sign_in(), ann.sign_in(), ben.sign_in()
        change(ann, but=mine.id)
        assert ann.knows("quite another") and not ann.knows(PASSWORD)
        assert (ann.open_ids, ben.open_ids) == ([mine.id], [neighbour.id])
        assert events(ann.billing) == ["CABINET OF (ann) CHANGE PASSWORD"]

    @pytest.mark.parametrize(
        ("given", "refusal"),
        [
            ({"old": "wrong"}, WrongPassword),
            ({"old": ""}, WrongPassword),
            ({"new": PASSWORD}, SamePassword),
            ({"new": "1234567"}, ShortPassword),
            ({"new": "x" * 257}, LongPassword),
        ],
    )
    def test_what_is_refused_changes_nothing(self, ann, given, refusal):
        ann.sign_in()
        before = dump(ann.billing)
        with pytest.raises(refusal):
            change(ann, **given)
        assert dump(ann.billing) == before

    def test_of_many_who_change_it_at_once_one_does(self, ann):
        answers = at_once(4, lambda number: change(ann, new=f"password {number}"))
        assert sorted(type(each).__name__ for each in answers) == ["NoneType"] + ["WrongPassword"] * 3

    def test_a_crash_leaves_the_old_password_and_the_sessions(self, ann):
        begun = ann.sign_in()
        for target, point in ((NativeHost, "set_password"), (sessions, "end_all")):
            with pytest.raises(Crash), crash_after(target, point):
                change(ann)
            assert ann.knows(PASSWORD) and ann.open_ids == [begun.id]

    def test_who_has_no_password_cannot_make_one(self, ann, make):
        make.subscriber("bare")
        signed = ann.signed | {"login": "bare"}
        with pytest.raises(WrongPassword):
            owning.change_password(ann.billing.uow(), session_id=0, old="", new="long enough", **signed)

    def test_staff_give_one_that_nobody_could_guess(self, ann):
        ann.sign_in()
        given = {helping.give_password(ann.billing.uow(), **(ann.signed | {"actor": STAFF})) for _ in range(2)}
        assert len(given) == 2 and all(len(each) == 12 for each in given)
        assert ann.open_ids == [] and not ann.knows(PASSWORD)
        assert [ann.knows(each) for each in given].count(True) == 1

    def test_nobody_gets_none(self, ann):
        with pytest.raises(UnknownLogin):
            helping.give_password(ann.billing.uow(), **(ann.signed | {"login": "nobody"}))


class TestSecondFactor:
    def test_it_is_set_up_and_asked_for(self, ann):
        codes = ann.turn_on()
        assert len(set(codes)) == RECOVERY_CODES == ann.now.codes_left
        assert ann.now.has_second_factor
        assert events(ann.billing) == ["CABINET OF (ann) BEGIN SECOND FACTOR", "CABINET OF (ann) CONFIRM SECOND FACTOR"]
        with pytest.raises(SecondFactorOn):
            owning.begin_second_factor(ann.billing.uow(), password=PASSWORD, **ann.signed)

    def test_it_wants_the_password(self, ann):
        with pytest.raises(WrongPassword):
            owning.begin_second_factor(ann.billing.uow(), password="wrong", **ann.signed)
        ann.turn_on()
        for step in (disable, renew):
            with pytest.raises(WrongPassword):
                step(ann, "wrong")
        assert ann.now.has_second_factor and ann.now.codes_left == RECOVERY_CODES

    def test_until_it_is_confirmed_it_is_not_asked_for(self, ann):
        with pytest.raises(SecondFactorOff):
            owning.confirm_second_factor(ann.billing.uow(), code="000000", **ann.signed)
        owning.begin_second_factor(ann.billing.uow(), password=PASSWORD, **ann.signed)
        with pytest.raises(WrongCode):
            owning.confirm_second_factor(ann.billing.uow(), code="abc", **ann.signed)
        assert not ann.sign_in().awaits_code

    def test_of_many_who_confirm_at_once_one_gets_codes_that_work(self, ann):
        owning.begin_second_factor(ann.billing.uow(), password=PASSWORD, **ann.signed)
        code = ann.app_code()
        answers = at_once(4, lambda _: owning.confirm_second_factor(ann.billing.uow(), code=code, **ann.signed))
        assert sorted(type(each).__name__ for each in answers) == ["SecondFactorOn"] * 3 + ["list"]
        [codes] = [each for each in answers if isinstance(each, list)]
        assert ann.pass_code(ann.sign_in(), codes[0])

    def test_a_crash_leaves_no_second_factor_without_codes(self, ann):
        with pytest.raises(Crash), crash_after(Owner, "_new_codes"):
            ann.turn_on()
        assert (ann.now.has_second_factor, ann.now.codes_left) == (False, 0)

    def test_it_is_turned_off_and_forgotten(self, ann):
        codes = ann.turn_on()
        for _ in range(2):
            disable(ann)
        account = ann.account
        assert (account.totp_secret, account.totp_confirmed_at, ann.now.codes_left) == (None, None, 0)
        assert events(ann.billing).count("CABINET OF (ann) DISABLE SECOND FACTOR") == 1
        fresh = ann.turn_on()
        begun = ann.sign_in()
        with pytest.raises(WrongCode):
            ann.pass_code(begun, codes[0])
        assert ann.pass_code(begun, fresh[0])

    def test_new_recovery_codes_end_the_old_ones(self, ann):
        old = ann.turn_on()
        fresh = renew(ann)
        begun = ann.sign_in()
        with pytest.raises(WrongCode):
            ann.pass_code(begun, old[0])
        assert ann.pass_code(begun, fresh[0].upper().replace("-", " "))
        assert events(ann.billing)[-1] == f"CABINET OF (ann) USE RECOVERY CODE {RECOVERY_CODES - 1} LEFT"
        disable(ann)
        with pytest.raises(SecondFactorOff):
            renew(ann)

    def test_codes_of_another_open_nothing(self, ann, ben):
        codes = ann.turn_on()
        ben.turn_on()
        with pytest.raises(WrongCode):
            ben.pass_code(ben.sign_in(), codes[0])

    def test_staff_reset_it_and_the_sessions_end(self, ann):
        codes = ann.turn_on()
        ann.pass_code(ann.sign_in(), codes[0])
        signed = ann.signed | {"actor": STAFF}
        assert helping.reset_second_factor(ann.billing.uow(), reason="phone stolen", **signed)
        assert not helping.reset_second_factor(ann.billing.uow(), reason="phone stolen", **signed)
        assert (ann.now.has_second_factor, ann.open_ids) == (False, [])
        assert events(ann.billing)[-1] == "CABINET OF (ann) RESET SECOND FACTOR `phone stolen`"
        with pytest.raises(UnknownLogin):
            helping.reset_second_factor(ann.billing.uow(), reason="x", **(signed | {"login": "nobody"}))

    def test_neither_secret_nor_codes_nor_passwords_get_into_the_event_log(self, ann):
        codes = ann.turn_on()
        secret = ann.account.totp_secret
        ann.pass_code(ann.sign_in(), codes[0])
        change(ann)
        told = " ".join(events(ann.billing))
        hidden = [secret, PASSWORD, "quite another", *codes, *(code.replace("-", "") for code in codes)]
        assert not [each for each in hidden if each in told]
