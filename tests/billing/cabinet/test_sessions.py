"""Sessions of subscribers: one step or two, seen, ended; nobody is mixed up with anybody."""

import pytest

from billing.cabinet import owning, sessions
from billing.cabinet.accounts import edition
from billing.cabinet.models import By
from billing.cabinet.sessions import KEPT, AddressUnknown, Caller
from billing.errors import NotFound
from billing.factor import WrongCode
from tests.billing.books import at_once
from tests.billing.cabinet.conftest import AWAY, HOME, LINE, PASSWORD, Access
from tests.olltv.support import dump, events
from tests.support import Crash, crash_after


def see(ann, begun, login="ann"):
    return sessions.see(ann.billing.uow(), login=login, session_id=begun.id, now=ann.clock())


def end(ann, begun, login="ann"):
    sessions.end(ann.billing.uow(), login=login, session_id=begun.id, now=ann.clock())


def test_a_session_says_from_where_by_what_and_when(ann, clock):
    begun = ann.sign_in()
    [open_now] = ann.now.sessions
    assert (open_now.id, open_now.login, open_now.by) == (begun.id, "ann", By.PASSWORD)
    assert (open_now.address, open_now.agent) == (AWAY.address, AWAY.agent)
    assert open_now.begun_at == open_now.seen_at == clock()
    assert events(ann.billing) == [], "the table of sessions says it"


def test_a_long_name_of_a_program_is_cut(ann):
    assert ann.sign_in(Caller(address="192.0.2.7", agent="x" * 5000)).agent == "x" * 200


def test_a_session_that_is_seen_stays_open_for_another_quarter_of_an_hour(ann, clock):
    begun = ann.sign_in()
    clock.advance(minutes=14)
    assert see(ann, begun)
    clock.advance(minutes=14)
    assert ann.open_ids == [begun.id]
    clock.advance(minutes=1)
    assert ann.open_ids == []


def test_after_twelve_hours_it_is_over_however_often_it_was_seen(ann, clock):
    begun = ann.sign_in()
    for _ in range(72):
        clock.advance(minutes=10)
        see(ann, begun)
    assert ann.open_ids == []


def test_an_ended_session_is_not_seen_any_more(ann, ben):
    first, second, other = ann.sign_in(), ann.sign_in(), ben.sign_in()
    for _ in range(2):
        end(ann, first)
    assert (see(ann, first), see(ann, second)) == (False, True)
    assert (ann.open_ids, ben.open_ids) == ([second.id], [other.id])


def test_the_session_of_another_is_neither_seen_nor_ended(ann, ben):
    begun = ann.sign_in()
    assert not see(ben, begun, "ben")
    for number in (begun.id, 10**6):
        with pytest.raises(NotFound):
            sessions.end(ben.billing.uow(), login="ben", session_id=number, now=ben.clock())
    assert ann.open_ids == [begun.id]


def test_everywhere_means_all_of_mine_and_none_of_others(ann, ben):
    ann.sign_in()
    ann.by_address()
    other = ben.sign_in()
    sessions.end_everywhere(ann.billing.uow(), **ann.signed)
    assert (ann.open_ids, ben.open_ids) == ([], [other.id])
    assert events(ann.billing)[-1] == "CABINET OF (ann) SIGN OUT EVERYWHERE"


def test_a_sign_in_whose_password_was_changed_meanwhile_comes_too_late(ann, clock):
    with ann.billing.reading() as session:
        known = edition(session, "ann")
    owning.change_password(ann.billing.uow(), session_id=0, old=PASSWORD, new="another one", **ann.signed)
    late = {"login": "ann", "known": known, "caller": AWAY, "now": clock()}
    assert sessions.begin_by_password(ann.billing.uow(), **late) is None
    assert ann.rows == []


def test_whoever_signs_in_while_everything_is_ended_is_out_or_came_after(ann):
    """However the two fall, no session is open that began before everything was ended."""

    def race(number):
        if number == 0:
            return sessions.end_everywhere(ann.billing.uow(), **ann.signed)
        with ann.billing.reading() as session:
            known = edition(session, "ann")
        begin = {"login": "ann", "known": known, "caller": AWAY, "now": ann.clock()}
        return known, sessions.begin_by_password(ann.billing.uow(), **begin)

    answers = [each for each in at_once(6, race) if each]
    assert not any(isinstance(each, Exception) for each in answers)
    assert set(ann.open_ids) == {begun.id for known, begun in answers if known == 1}


def test_a_crash_leaves_no_half_of_anything(ann):
    before = dump(ann.billing)
    with pytest.raises(Crash), crash_after(sessions, "_begin"):
        ann.sign_in()
    assert dump(ann.billing) == before
    begun = ann.sign_in()
    with pytest.raises(Crash), crash_after(sessions, "end_all"):
        sessions.end_everywhere(ann.billing.uow(), **ann.signed)
    assert (ann.open_ids, ann.account.epoch) == ([begun.id], 0)


class TestSecondStep:
    def test_a_session_opens_by_the_code(self, ann, clock):
        ann.turn_on()
        begun = ann.sign_in()
        assert begun.awaits_code and ann.open_ids == []
        assert not see(ann, begun)
        clock.advance(minutes=4)
        opened = ann.pass_code(begun, ann.app_code())
        assert (opened.id, opened.awaits_code, opened.begun_at) == (begun.id, False, clock())
        assert ann.open_ids == [begun.id]

    def test_a_wrong_code_leaves_it_waiting(self, ann):
        ann.turn_on()
        begun = ann.sign_in()
        with pytest.raises(WrongCode):
            ann.pass_code(begun, "000000")
        assert ann.pass_code(begun, ann.app_code())

    def test_it_waits_for_five_minutes(self, ann, clock):
        ann.turn_on()
        begun = ann.sign_in()
        clock.advance(minutes=5)
        assert ann.pass_code(begun, ann.app_code()) is None
        assert ann.open_ids == []

    def test_a_code_opens_no_session_of_another_and_none_that_is_open_or_ended(self, ann, ben):
        codes = ann.turn_on()
        begun, other = ann.sign_in(), ben.sign_in()
        assert ann.pass_code(other, codes[0]) is None
        assert ann.pass_code(begun, codes[1])
        assert ann.pass_code(begun, codes[2]) is None
        second = ann.sign_in()
        end(ann, second)
        assert ann.pass_code(second, codes[2]) is None
        assert ann.now.codes_left == 9, "what opens nothing uses no code up"

    def test_everywhere_ends_those_that_wait(self, ann):
        codes = ann.turn_on()
        begun = ann.sign_in()
        sessions.end_everywhere(ann.billing.uow(), **ann.signed)
        assert ann.pass_code(begun, codes[0]) is None

    @pytest.mark.parametrize("kind", ["app", "recovery"])
    def test_of_many_with_the_same_code_one_gets_in(self, ann, kind):
        codes = ann.turn_on()
        waiting = [ann.sign_in() for _ in range(5)]
        code = codes[0] if kind == "recovery" else ann.app_code()
        answers = at_once(5, lambda number: ann.pass_code(waiting[number], code))
        assert sorted(type(each).__name__ for each in answers) == ["CabinetSession"] + ["WrongCode"] * 4
        assert len(ann.open_ids) == 1

    def test_of_many_codes_for_one_session_one_opens_it_and_is_used_up(self, ann):
        codes = ann.turn_on()
        begun = ann.sign_in()
        answers = at_once(5, lambda number: ann.pass_code(begun, codes[number]))
        assert sorted(type(each).__name__ for each in answers) == ["CabinetSession"] + ["NoneType"] * 4
        assert ann.now.codes_left == 9

    def test_a_crash_uses_no_code_up(self, ann):
        ann.turn_on()
        begun, code = ann.sign_in(), ann.app_code()
        with pytest.raises(Crash), crash_after(sessions, "_tell"):
            ann.pass_code(begun, code)
        assert ann.open_ids == []
        assert ann.pass_code(begun, code)

    def test_when_the_second_factor_is_gone_the_password_is_wanted_again(self, ann):
        codes = ann.turn_on()
        begun = ann.sign_in()
        owning.disable_second_factor(ann.billing.uow(), password=PASSWORD, **ann.signed)
        with pytest.raises(WrongCode):
            ann.pass_code(begun, codes[0])
        assert not ann.sign_in().awaits_code


class TestByAddress:
    def test_the_line_says_who_it_is(self, ann, ben):
        begun = ann.by_address()
        assert (begun.login, begun.by, begun.address) == ("ann", By.ADDRESS, LINE)
        assert ben.by_address(Caller(address="::ffff:10.20.0.8")).login == "ben"
        assert events(ann.billing)[-2:] == [
            "CABINET OF (ann) SIGN IN BY ADDRESS",
            "CABINET OF (ben) SIGN IN BY ADDRESS",
        ]

    def test_two_with_one_address_are_nobody(self, ann, make):
        make.subscriber("twin", ip=LINE)
        with pytest.raises(AddressUnknown):
            ann.by_address()
        with ann.billing.uow() as unit:
            unit.host.remove("twin", at=ann.clock())
        assert ann.by_address().login == "ann"

    def test_whoever_is_gone_has_no_line(self, ann):
        with ann.billing.uow() as unit:
            unit.host.remove("ann", at=ann.clock())
        with pytest.raises(AddressUnknown):
            ann.by_address()

    @pytest.mark.parametrize("address", ["10.20.0.9", "192.0.2.7", "::1", "127.0.0.1"])
    def test_an_address_of_nobody(self, ann, address):
        with pytest.raises(AddressUnknown):
            ann.by_address(Caller(address=address))

    def test_only_networks_that_the_operator_has_named_count(self, ann, make):
        make.subscriber("far", ip="198.51.100.1")
        for caller, networks in ((HOME, ()), (Caller(address="198.51.100.1"), None)):
            with pytest.raises(AddressUnknown):
                ann.by_address(caller, **({} if networks is None else {"networks": networks}))
        assert ann.rows == []

    def test_subscribers_without_an_address_share_none(self, ann, make):
        make.subscriber("without")
        with ann.billing.uow() as unit:
            assert unit.host.logins_at("") == []

    def test_who_does_not_want_it_is_not_signed_in_by_it(self, ann):
        for wanted in (False, False, True):
            owning.allow_address(ann.billing.uow(), wanted=wanted, **ann.signed)
            assert ann.now.by_address is wanted
        owning.allow_address(ann.billing.uow(), wanted=False, **ann.signed)
        with pytest.raises(AddressUnknown):
            ann.by_address()
        assert events(ann.billing) == [f"CABINET OF (ann) SIGN IN BY ADDRESS [{word}]" for word in ("OFF", "ON", "OFF")]

    def test_a_second_factor_is_wanted_here_too(self, ann):
        ann.turn_on()
        since = len(events(ann.billing))
        begun = ann.by_address()
        assert begun.awaits_code and events(ann.billing, since) == []
        assert ann.pass_code(begun, ann.app_code()).by is By.ADDRESS
        assert events(ann.billing, since) == ["CABINET OF (ann) SIGN IN BY ADDRESS"]


def test_old_sessions_are_forgotten_and_accounts_are_not(ann, clock):
    ann.turn_on()
    ann.sign_in()
    clock.advance(days=KEPT.days)
    assert sessions.forget_old(ann.billing.uow(), now=clock()) == 0
    fresh = ann.sign_in()
    clock.advance(seconds=1)
    assert sessions.forget_old(ann.billing.uow(), now=clock()) == 1
    assert [each.id for each in ann.rows] == [fresh.id]
    assert ann.now.has_second_factor


def test_logins_are_told_apart_to_the_letter(billing, clock, make):
    for login in ("eva", "Eva"):
        make.subscriber(login, password=PASSWORD)
        Access(billing, clock, login).sign_in()
    assert len(Access(billing, clock, "eva").open_ids) == 1
