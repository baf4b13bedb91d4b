"""A signed-in subscriber's own access: password, second factor, address, sessions."""

from dataclasses import replace

import pyotp
import pytest
from sqlalchemy import select

from billing import attempts, idempotency
from billing.host import native
from billing.visits import allow_visit
from tests.billing.staff import CHEAP
from tests.olltv.support import dump, events
from tests.remoteapi.conftest import NONCE, NUMBERS, PASSWORD, code
from tests.support import STAFF

LINE = "10.20.0.7"


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch):
    monkeypatch.setattr(native, "PASSWORDS", CHEAP)
    native._nobodys_hash.cache_clear()
    yield
    native._nobodys_hash.cache_clear()


@pytest.fixture
def ini():
    return {"CABINET_NETWORKS": '"10.20.0.0/16, 2001:db8::/32"'}


@pytest.fixture
def ann(make):
    return make.subscriber("ann", wallet="200 UAH", name="Ann", password=PASSWORD, ip=LINE)


@pytest.fixture
def other(machine, ann):
    """Ann at another place."""
    other = machine("cabinet")
    other.sign_in("ann")
    return other


def outcome(answer):
    return answer.status_code, code(answer)


def told(billing):
    """The lines of the event log about cabinets."""
    return [line for line in events(billing) if line.startswith("CABINET OF (ann)")]


def account(cabinet):
    answer = cabinet.get("/me/account")
    assert answer.status_code == 200
    return answer.json


def is_in(cabinet):
    answer = cabinet.get("/me")
    assert answer.status_code == 200 or code(answer) == "subject_rejected"
    return answer.status_code == 200


def turn_on(cabinet, clock):
    begun = cabinet.post("/me/account/second-factor", {"password": PASSWORD}).json
    shown = pyotp.TOTP(begun["secret"]).at(clock())
    return cabinet.post("/me/account/second-factor/confirm", {"code": shown}).json["codes"]


def test_the_account_tells_how_one_gets_in(cabinet, machine, clock):
    clock.advance(minutes=1)
    phone = machine("cabinet")
    body = {"login": "ann", "password": PASSWORD, "nonce": NONCE, "address": "198.51.100.7", "agent": "Firefox"}
    assert phone.post("/sessions", body).status_code == 201
    first = {"address": "192.0.2.7", "agent": "", "begun_at": "2026-11-10T11:00:00+02:00", "id": 1, "mine": True}
    second = {"address": "198.51.100.7", "agent": "Firefox", "begun_at": "2026-11-10T11:01:00+02:00", "id": 2}
    sessions = [second | {"mine": False}, first]
    assert account(cabinet) == {
        "login": "ann",
        "name": "Ann",
        "second_factor": False,
        "codes_left": 0,
        "address": {"offered": True, "on": True, "mine": LINE},
        "sessions": [each | {"by": "password", "seen_at": each["begun_at"]} for each in sessions],
    }


def _id(cabinet):
    return next(each["id"] for each in account(cabinet)["sessions"] if each["mine"])


def test_sessions_of_others_are_not_listed(cabinet, machine, make):
    make.subscriber("ben", password=PASSWORD)
    ben = machine("cabinet")
    ben.sign_in("ben")
    assert len(account(ben)["sessions"]) == len(account(cabinet)["sessions"]) == 1


class TestPassword:
    def change(self, cabinet, old=PASSWORD, new="quite another"):
        return cabinet.post("/me/account/password", {"old": old, "new": new})

    def test_it_is_changed_and_all_other_sessions_end(self, cabinet, other, machine, billing):
        answer = self.change(cabinet)
        assert (answer.status_code, answer.json) == (200, {})
        assert (is_in(cabinet), is_in(other)) == (True, False)
        fresh = machine("cabinet")
        assert fresh.sign_in("ann").status_code == 403
        assert fresh.sign_in("ann", "quite another").status_code == 201
        assert told(billing) == ["CABINET OF (ann) CHANGE PASSWORD"]

    @pytest.mark.parametrize(
        ("old", "new", "refusal"),
        [
            ("wrong", "quite another", "wrong_password"),
            (PASSWORD, PASSWORD, "same_password"),
            (PASSWORD, "short", "short_password"),
            (PASSWORD, "x" * 257, "invalid_input"),
            (PASSWORD, "", "invalid_input"),
            (PASSWORD, "a\x00" * 8, "invalid_input"),
        ],
    )
    def test_what_is_refused_ends_nothing(self, cabinet, other, old, new, refusal):
        assert outcome(self.change(cabinet, old, new)) == (422, refusal)
        assert is_in(cabinet) and is_in(other)

    def test_a_session_is_no_place_to_guess_the_password_at(self, cabinet, other):
        for number in range(attempts.PER_LOGIN_AND_ADDRESS):
            assert outcome(self.change(cabinet, f"guess {number}")) == (422, "wrong_password")
        assert outcome(self.change(cabinet)) == (429, "too_many_attempts")
        for path in ("second-factor", "second-factor/disable", "second-factor/codes"):
            answer = other.post(f"/me/account/{path}", {"password": PASSWORD})
            assert outcome(answer) == (429, "too_many_attempts"), path

    def test_what_is_too_short_is_no_wrong_guess(self, cabinet):
        for _ in range(attempts.PER_LOGIN_AND_ADDRESS + 1):
            assert outcome(self.change(cabinet, new="short")) == (422, "short_password")


class TestSecondFactor:
    def test_it_is_set_up_used_and_turned_off(self, cabinet, machine, clock):
        begun = cabinet.post("/me/account/second-factor", {"password": PASSWORD}).json
        assert begun["address"] == f"otpauth://totp/OllTV:ann?secret={begun['secret']}&issuer=OllTV"
        shown = pyotp.TOTP(begun["secret"]).at(clock())
        codes = cabinet.post("/me/account/second-factor/confirm", {"code": shown}).json["codes"]
        now = account(cabinet)
        assert (len(codes), now["second_factor"], now["codes_left"]) == (10, True, 10)
        assert machine("cabinet").sign_in("ann").json["token"] is None
        assert cabinet.post("/me/account/second-factor/disable", {"password": PASSWORD}).json == {}
        assert account(cabinet)["second_factor"] is False
        assert machine("cabinet").sign_in("ann").json["token"]

    def test_a_wrong_code_or_password_turns_nothing_on_or_off(self, cabinet, clock):
        assert outcome(cabinet.post("/me/account/second-factor", {"password": "wrong"})) == (422, "wrong_password")
        assert outcome(cabinet.post("/me/account/second-factor/confirm", {"code": "1"})) == (409, "second_factor_off")
        cabinet.post("/me/account/second-factor", {"password": PASSWORD})
        assert outcome(cabinet.post("/me/account/second-factor/confirm", {"code": "000000"})) == (422, "wrong_code")
        assert account(cabinet)["second_factor"] is False
        turn_on(cabinet, clock)
        answer = cabinet.post("/me/account/second-factor/disable", {"password": "wrong"})
        assert (outcome(answer), account(cabinet)["second_factor"]) == ((422, "wrong_password"), True)
        assert outcome(cabinet.post("/me/account/second-factor", {"password": PASSWORD})) == (409, "second_factor_on")

    def test_other_recovery_codes(self, cabinet, clock):
        old = turn_on(cabinet, clock)
        fresh = cabinet.post("/me/account/second-factor/codes", {"password": PASSWORD}).json["codes"]
        assert len(fresh) == 10 and not set(fresh) & set(old)

    def test_no_secret_lies_in_a_kept_answer(self, cabinet, clock, billing):
        """Repeating such a request is answered anew, never from the database."""
        codes = turn_on(cabinet, clock)
        cabinet.post("/me/account/password", {"old": PASSWORD, "new": "quite another"})
        with billing.reading() as session:
            assert session.scalars(select(idempotency.StoredAnswer)).all() == []
        everything = str(dump(billing))
        assert not [each for each in (*codes, PASSWORD, "quite another", cabinet.token) if each in everything]


class TestAddress:
    def test_it_is_switched_off_and_on(self, cabinet, machine, billing):
        entry = {"nonce": NONCE, "address": LINE}
        for wanted, status in ((False, 401), (False, 401), (True, 201)):
            assert cabinet.post("/me/account/address", {"wanted": wanted}).json == {}
            assert account(cabinet)["address"]["on"] is wanted
            assert machine("cabinet").post("/sessions/address", entry).status_code == status
        words = (" [OFF]", " [ON]", "")
        assert told(billing) == [f"CABINET OF (ann) SIGN IN BY ADDRESS{word}" for word in words]

    @pytest.mark.parametrize(("ip", "offered"), [("", False), ("192.0.2.1", False), ("2001:db8::7", True)])
    def test_it_is_offered_to_lines_of_the_named_networks(self, machine, make, ip, offered):
        make.subscriber("ben", password=PASSWORD, ip=ip)
        ben = machine("cabinet")
        ben.sign_in("ben")
        assert account(ben)["address"] == {"offered": offered, "on": True, "mine": ip}


class TestSessions:
    def test_everywhere_means_here_as_well(self, cabinet, other, billing):
        assert cabinet.post("/me/account/sessions/end").json == {}
        assert not is_in(cabinet) and not is_in(other)
        assert events(billing)[-1] == "CABINET OF (ann) SIGN OUT EVERYWHERE"

    def test_one_of_them_ends_at_once(self, cabinet, other):
        number = _id(other)
        for _ in range(2):
            assert cabinet.post("/me/account/sessions/end", {"id": number}).json == {}
        assert (is_in(cabinet), is_in(other)) == (True, False)

    def test_those_of_others_do_not(self, cabinet, machine, make):
        make.subscriber("ben", password=PASSWORD)
        ben = machine("cabinet")
        ben.sign_in("ben")
        for number in (_id(cabinet), 10**9):
            assert outcome(ben.post("/me/account/sessions/end", {"id": number})) == (404, "not_found")
        assert is_in(cabinet)

    @pytest.mark.parametrize("number", [0, -1, "1", 2**70, None])
    def test_what_is_no_number_is_refused_and_is_not_taken_for_all(self, cabinet, number):
        assert outcome(cabinet.post("/me/account/sessions/end", {"id": number})) == (422, "invalid_input")
        assert is_in(cabinet)


def test_staff_who_visit_look_and_change_nothing(api, machine, runtime, ann, billing):
    ticket = allow_visit(billing.uow(), login="ann", actor=STAFF, now=runtime.clock())
    door = machine("cabinet")
    door.token = door.post("/sessions/visit", {"ticket": ticket, "nonce": NONCE, "address": LINE}).json["token"]
    assert account(door)["sessions"] == []
    rules = [rule for rule in api.url_map.iter_rules() if rule.endpoint.startswith(("account.", "refresh_sessions."))]
    tried = 0
    for rule in rules:
        for method in rule.methods - {"GET", "HEAD", "OPTIONS"}:
            headers = door.headers({"Idempotency-Key": f"visitor-{next(NUMBERS)}"})
            answer = api.test_client().open(rule.rule, method=method, json={}, headers=headers)
            assert outcome(answer) == (403, "visitors_only_look"), rule
            tried += 1
    assert tried >= 9


def test_nothing_is_done_by_reading(api, cabinet, billing):
    before = {name: rows for name, rows in dump(billing).items() if name != "api_key"}
    for rule in api.url_map.iter_rules():
        if rule.endpoint.startswith(("account.", "sessions.", "refresh_sessions.")):
            answer = api.test_client().get(rule.rule, headers=cabinet.headers({}))
            assert answer.status_code == (200 if "GET" in rule.methods else 405), rule
    assert {name: rows for name, rows in dump(billing).items() if name != "api_key"} == before


def test_another_cabinet_cannot_use_the_token(cabinet, machine):
    thief = replace(machine("cabinet"), token=cabinet.token)
    assert outcome(thief.get("/me/account")) == (401, "subject_rejected")
    assert outcome(thief.post("/me/account/sessions/end")) == (401, "subject_rejected")
    assert is_in(cabinet)
