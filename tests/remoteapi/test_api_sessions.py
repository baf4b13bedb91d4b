"""Signing in, by password, code or address; and what a key, a token or a challenge in wrong hands is worth."""

import re
import time
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pyotp
import pytest
from sqlalchemy import event, select
from werkzeug.middleware.proxy_fix import ProxyFix

from billing import attempts
from billing.actors import Actor
from billing.cabinet import owning
from billing.cabinet.models import CabinetAccount, CabinetSession
from remoteapi.app import create_api
from remoteapi.tokens import Bearer, Subject, Tokens
from tests.billing.books import at_once
from tests.olltv.support import dump, events
from tests.remoteapi.conftest import NONCE, NUMBERS, PASSWORD, Machine, code, set_password
from tests.support import available, balance, money

LINE = "10.20.0.7"
ENTRY = {"nonce": NONCE, "address": LINE}


@pytest.fixture
def ini():
    return {"CABINET_NETWORKS": '"10.20.0.0/16"'}


@pytest.fixture
def ann(make, billing):
    """Has 200 UAH, a line of her own and no television."""
    person = make.subscriber("ann", wallet="200 UAH", name="Ann", email="ann@isp.test", mobile="0501234567", ip=LINE)
    set_password(billing, "ann")
    return person


@pytest.fixture
def guarded(ann, billing, clock) -> list[str]:
    """Ann has a second factor; these are her recovery codes."""
    signed = {"login": "ann", "actor": Actor("ann"), "now": clock() - timedelta(minutes=5)}
    begun = owning.begin_second_factor(billing.uow(), password=PASSWORD, **signed)
    shown = pyotp.TOTP(begun.totp_secret).at(signed["now"])
    return owning.confirm_second_factor(billing.uow(), code=shown, **signed)


@pytest.fixture
def door(machine) -> Machine:
    """A cabinet for which nobody has signed in."""
    return machine("cabinet")


def app_code(billing, clock, login="ann"):
    with billing.reading() as session:
        return pyotp.TOTP(session.get_one(CabinetAccount, login).totp_secret).at(clock())


def challenge(door, login="ann") -> str:
    answer = door.sign_in(login)
    assert (answer.status_code, answer.json["token"]) == (201, None)
    return answer.json["challenge"]


def show_code(door, challenge, shown, address=LINE, **other):
    answer = door.post("/sessions/code", {"challenge": challenge, "code": shown} | ENTRY | {"address": address} | other)
    door.token = (answer.json or {}).get("token", "")
    return answer


def by_address(door, address=LINE, **headers):
    answer = door.post("/sessions/address", ENTRY | {"address": address}, **headers)
    door.token = (answer.json or {}).get("token", "")
    return answer


def outcome(answer):
    return answer.status_code, code(answer)


class TestKeyAlone:
    def test_it_opens_no_route_of_a_subscriber(self, api, door, ann, billing):
        """Every route of the map that is about one subscriber, but for the three by which he comes in."""
        before, tried = dump(billing), 0
        for rule in api.url_map.iter_rules():
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                if not rule.rule.startswith(("/api/v1/me", "/api/v1/sessions/")):
                    continue
                if rule.rule in ("/api/v1/sessions/visit", "/api/v1/sessions/code", "/api/v1/sessions/address"):
                    continue
                headers = door.headers({"Idempotency-Key": f"walk-{next(NUMBERS)}"})
                answer = api.test_client().open(address(rule.rule), method=method, json={}, headers=headers)
                assert outcome(answer) == (401, "subject_required"), (method, rule)
                tried += 1
        assert tried >= 20
        assert without_keys(dump(billing)) == without_keys(before)

    def test_every_route_of_the_cabinet_is_known_to_this_test(self, api, door):
        """What needs no subscriber is listed here by hand: whoever adds a route has to think about it."""
        described = door.get("/openapi.json").json["paths"]
        free = {
            path.removeprefix("/api/v1")
            for path, methods in described.items()
            for operation in methods.values()
            if "cabinet" in operation["x-scopes"] and "subject" not in operation["security"][0]
        }
        coming_in = {"/sessions", "/sessions/visit", "/sessions/code", "/sessions/address"}
        wall = {"/chat", "/chat/{tenant}/wall", "/chat/{tenant}/style.css", "/chat/photos/{name}"}
        assert free == {"/tariffs", "/news", "/watch", *coming_in, *wall}

    def test_what_it_may_read_without_a_subscriber_names_none(self, door, ann, start):
        for path in ("/tariffs", "/news"):
            answer = door.get(path)
            assert answer.status_code == 200 and "ann" not in answer.text

    def test_an_own_signature_is_not_ours(self, door, ann, clock):
        """The form of a token is no secret; the key that signs it is."""
        subject = Subject("ann", clock().timestamp(), session_id=1)
        bearer = Bearer(1, NONCE)
        door.token, _ = Tokens("guessed" * 5).issue(subject, bearer=bearer, now=clock())
        assert outcome(door.get("/me")) == (401, "subject_rejected")

    def test_even_our_signature_opens_nothing_without_a_session(self, door, ann, runtime, clock):
        bearer = Bearer(1, NONCE)
        for number in (1, 999):
            tokens, subject = Tokens(runtime.settings.session_key()), Subject("ann", clock().timestamp(), "", number)
            door.token, _ = tokens.issue(subject, bearer=bearer, now=clock())
            assert outcome(door.get("/me")) == (401, "subject_rejected")


def address(rule):
    """A rule of the map with something in its places."""
    return re.sub(r"<uuid:\w+>", str(UUID(int=1)), re.sub(r"<(?:int:)?\w+>", "1", rule))


def without_keys(tables):
    """That a key was used is noted once a minute."""
    return {name: rows for name, rows in tables.items() if name != "api_key"}


class TestTokens:
    def test_a_token_is_bound_to_a_session_and_ends_with_it(self, door, ann):
        door.sign_in("ann")
        stolen = replace(door)
        assert door.post("/sessions/end").json == {}
        for thief in (door, stolen):
            assert outcome(thief.get("/me")) == (401, "subject_rejected")
            assert outcome(thief.post("/sessions/refresh")) == (401, "subject_rejected")

    def test_ending_one_session_leaves_the_others(self, door, machine, ann):
        other = machine("cabinet")
        other.sign_in("ann")
        door.sign_in("ann")
        door.post("/sessions/end")
        assert other.get("/me").status_code == 200

    def test_the_session_of_one_is_none_of_another(self, door, ann, make, billing, runtime, clock):
        """A token whose login and session do not belong together opens neither."""
        make.subscriber("ben")
        set_password(billing, "ben")
        door.sign_in("ann")
        with billing.reading() as session:
            number = session.scalars(select(CabinetSession.id)).one()
        subject = Subject("ben", clock().timestamp(), session_id=number)
        tokens = Tokens(runtime.settings.session_key())
        door.token, _ = tokens.issue(subject, bearer=Bearer(1, NONCE), now=clock())
        assert outcome(door.get("/me")) == (401, "subject_rejected")

    @pytest.mark.parametrize("scope", ["staff-read", "cron", "ppv"])
    def test_it_is_useless_at_another_scope(self, door, machine, ann, scope):
        door.sign_in("ann")
        thief = machine(scope)
        thief.token = door.token
        assert outcome(thief.get("/me")) == (403, "scope_missing")
        assert outcome(thief.post("/sessions/refresh")) == (403, "scope_missing")
        assert outcome(thief.post("/me/account/sessions/end")) == (403, "scope_missing")

    def test_it_opens_no_route_of_staff(self, door, ann):
        door.sign_in("ann")
        for path in ("/subscribers/ann", "/fee-runs"):
            assert outcome(door.get(path)) == (403, "scope_missing")

    def test_it_is_useless_with_another_nonce_or_key(self, door, machine, ann):
        door.sign_in("ann")
        thief = machine("cabinet")
        thief.token = door.token
        assert outcome(thief.get("/me")) == (401, "subject_rejected")
        assert outcome(replace(door, nonce="x" * 20).get("/me")) == (401, "subject_rejected")
        assert outcome(replace(door, nonce="").get("/me")) == (401, "subject_required")

    def test_a_refused_thief_leaves_the_session_alone(self, door, machine, ann):
        door.sign_in("ann")
        thief = machine("cabinet")
        thief.token = door.token
        thief.post("/sessions/end")
        assert door.get("/me").status_code == 200

    def test_key_and_session_are_checked_by_one_statement(self, door, ann, runtime):
        door.sign_in("ann")
        door.get("/me/account")
        seen: list[str] = []

        def note(_connection, _cursor, statement, *_):
            seen.extend([statement] if "api_key" in statement or "cabinet_session" in statement else [])

        event.listen(runtime.billing.engine, "before_cursor_execute", note)
        assert door.get("/me").status_code == 200
        event.remove(runtime.billing.engine, "before_cursor_execute", note)
        [statement] = seen
        assert "api_key" in statement and "cabinet_session" in statement

    def test_a_refresh_is_no_second_session_and_is_seen(self, door, ann, billing, clock):
        door.sign_in("ann")
        clock.advance(minutes=10)
        door.token = door.post("/sessions/refresh").json["token"]
        with billing.reading() as session:
            [row] = session.scalars(select(CabinetSession))
        assert row.seen_at - row.begun_at == timedelta(minutes=10)

    def test_no_token_outlives_its_session(self, door, ann, clock):
        door.sign_in("ann")
        old = replace(door)
        clock.advance(minutes=1)
        door.token = door.post("/sessions/refresh").json["token"]
        assert old.token != door.token
        door.post("/sessions/end")
        for each in (old, door):
            assert outcome(each.get("/me")) == (401, "subject_rejected")

    def test_whoever_brings_his_own_nonce_fixes_nothing(self, door, ann, make, billing):
        """A nonce that a stranger has planted opens nothing: the token is made anew at each sign-in."""
        make.subscriber("ben", wallet="1 UAH")
        set_password(billing, "ben")
        door.sign_in("ben")
        planted = door.token
        door.sign_in("ann")
        assert door.get("/me").json["login"] == "ann"
        assert replace(door, token=planted).get("/me").json["login"] == "ben"


class TestPassword:
    def test_the_answer_says_who_and_until_when(self, door, ann):
        answer = door.sign_in("ann").json
        assert (answer["login"], answer["challenge"], answer["expires_at"]) == (
            "ann",
            None,
            "2026-11-10T11:15:00+02:00",
        )

    def test_unknown_login_wrong_password_and_no_password_cannot_be_told_apart(self, door, ann, make):
        make.subscriber("bare")
        answers = [door.sign_in(login, "wrong") for login in ("ann", "nobody", "bare")]
        bodies = [{name: part for name, part in each.json.items() if name != "request_id"} for each in answers]
        assert bodies[0] == bodies[1] == bodies[2]
        assert len({tuple(sorted(each.headers.keys())) for each in answers}) == 1

    def test_nor_by_the_time_it_takes(self, door, make):
        make.subscriber("real", password=PASSWORD)
        door.sign_in("nobody", "warm")
        taken: dict[str, list[float]] = {"real": [], "nobody": [], "neither": []}
        for _ in range(4):
            for login, times in taken.items():
                began = time.perf_counter()
                assert door.sign_in(login, "wrong").status_code == 403
                times.append(time.perf_counter() - began)
        least = {login: min(times) for login, times in taken.items()}
        assert max(least.values()) < 2 * min(least.values()), least

    def test_guessing_from_many_addresses_ends_too(self, door, ann):
        statuses = []
        for number in range(attempts.PER_LOGIN + 5):
            body = {"login": "ann", "password": f"guess {number}", "nonce": NONCE, "address": f"198.51.100.{number}"}
            statuses.append(door.post("/sessions", body).status_code)
        assert statuses == [403] * attempts.PER_LOGIN + [429] * 5
        assert outcome(door.sign_in("ann")) == (429, "too_many_attempts")

    def test_guessing_many_logins_from_one_address_ends_too(self, door, ann):
        statuses = [door.sign_in(f"user{number}", "x").status_code for number in range(attempts.PER_ADDRESS + 3)]
        assert statuses == [403] * attempts.PER_ADDRESS + [429] * 3

    def test_guesses_at_once_get_no_further(self, door, ann):
        answers = at_once(12, lambda number: replace(door).sign_in("ann", f"guess {number}").status_code)
        assert answers.count(403) == attempts.PER_LOGIN_AND_ADDRESS


class TestCode:
    def test_a_challenge_and_a_code_make_a_token(self, door, guarded, billing, clock):
        answer = show_code(door, challenge(door), app_code(billing, clock))
        assert (answer.status_code, answer.json["challenge"], answer.json["login"]) == (201, None, "ann")
        assert door.get("/me").json["login"] == "ann"

    def test_a_challenge_is_no_token_and_a_token_no_challenge(self, door, guarded):
        door.token = challenge(door)
        assert outcome(door.get("/me")) == (401, "subject_rejected")
        door.token = ""
        opened = show_code(door, challenge(door), guarded[0]).json["token"]
        door.token = ""
        assert outcome(show_code(door, opened, guarded[1])) == (401, "subject_rejected")

    def test_a_wrong_code_tells_nothing_but_that(self, door, guarded):
        begun = challenge(door)
        answer = show_code(door, begun, "000000")
        assert outcome(answer) == (401, "wrong_code")
        assert "ann" not in answer.text
        assert show_code(door, begun, guarded[0]).status_code == 201

    def test_it_lives_for_five_minutes(self, door, guarded, clock):
        begun = challenge(door)
        clock.advance(minutes=5)
        assert outcome(show_code(door, begun, guarded[0])) == (401, "subject_rejected")

    def test_it_is_good_once(self, door, guarded):
        begun = challenge(door)
        assert show_code(door, begun, guarded[0]).status_code == 201
        door.token = ""
        assert outcome(show_code(door, begun, guarded[1])) == (401, "subject_rejected")

    def test_another_key_or_nonce_makes_nothing_of_it(self, door, machine, guarded):
        begun = challenge(door)
        assert outcome(show_code(machine("cabinet"), begun, guarded[0])) == (401, "subject_rejected")
        assert outcome(show_code(door, begun, guarded[0], nonce="another-session-of-mine")) == (401, "subject_rejected")
        assert outcome(show_code(machine("staff-read"), begun, guarded[0])) == (403, "scope_missing")
        assert outcome(show_code(door, f"{begun[:-4]}AAAA", guarded[0])) == (401, "subject_rejected")
        assert show_code(door, begun, guarded[0]).status_code == 201

    def test_guessing_codes_ends_even_from_many_addresses(self, door, guarded):
        begun, statuses = challenge(door), []
        for number in range(attempts.PER_LOGIN + 3):
            answer = show_code(door, begun, f"{number:06d}", address=f"198.51.100.{number}")
            statuses.append(answer.status_code)
        assert statuses == [401] * attempts.PER_LOGIN + [429] * 3
        assert outcome(show_code(door, begun, guarded[0])) == (429, "too_many_attempts")

    def test_a_new_challenge_gives_no_new_tries(self, door, guarded):
        for _ in range(attempts.PER_LOGIN_AND_ADDRESS):
            show_code(door, challenge(replace(door)), "000000")
        answer = door.sign_in("ann")
        assert outcome(answer) == (429, "too_many_attempts")

    def test_of_many_with_one_code_at_once_one_gets_in(self, door, guarded, billing, clock):
        waiting, shown = [challenge(replace(door, token="")) for _ in range(4)], app_code(billing, clock)
        answers = at_once(4, lambda number: show_code(replace(door, token=""), waiting[number], shown).status_code)
        assert sorted(answers) == [201, 401, 401, 401]

    def test_the_right_code_forgives_earlier_tries(self, door, guarded):
        for number in range(3):
            begun = challenge(replace(door, token=""))
            show_code(door, begun, "000000")
            door.token = ""
            assert show_code(door, begun, guarded[number]).status_code == 201
            door.token = ""

    def test_without_a_code_nothing_was_opened(self, door, guarded, billing):
        challenge(door)
        with billing.reading() as session:
            [row] = session.scalars(select(CabinetSession))
        assert row.awaits_code
        assert available(billing, "ann") == balance(billing, "ann") == money("200 UAH")


class TestAddress:
    def test_the_own_line_opens_the_cabinet(self, door, ann, billing):
        answer = by_address(door)
        assert (answer.status_code, answer.json["login"]) == (201, "ann")
        assert door.get("/me").json["login"] == "ann"
        assert events(billing)[-1] == "CABINET OF (ann) SIGN IN BY ADDRESS"

    @pytest.mark.parametrize("address", ["10.20.0.8", "10.21.0.7", "192.0.2.1", "::1", "127.0.0.1"])
    def test_another_address_opens_nothing(self, door, ann, address):
        assert outcome(by_address(door, address)) == (401, "address_unknown")

    def test_what_is_written_otherwise_is_the_same_address(self, door, ann):
        assert by_address(door, "::ffff:10.20.0.7").json["login"] == "ann"

    def test_two_subscribers_with_one_address_are_signed_in_as_neither(self, door, ann, make):
        make.subscriber("twin", ip=LINE)
        assert outcome(by_address(door)) == (401, "address_unknown")

    def test_a_second_factor_is_wanted_as_well(self, door, guarded):
        answer = by_address(door)
        assert (answer.status_code, answer.json["token"]) == (201, None)
        assert show_code(door, answer.json["challenge"], guarded[0]).status_code == 201

    @pytest.mark.parametrize("scope", ["staff-read", "cron"])
    def test_it_needs_the_scope_of_a_cabinet(self, machine, ann, scope):
        assert outcome(by_address(machine(scope))) == (403, "scope_missing")

    @pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
    def test_through_a_proxy_that_nobody_told_of_nobody_vouches(self, door, ann, header):
        """All the world would come from this machine then."""
        answer = by_address(door, **{header.replace("-", "_"): "203.0.113.9"})
        assert outcome(answer) == (401, "address_unknown")

    def test_a_cabinet_elsewhere_has_no_say(self, api, door, ann):
        headers = door.headers({"Idempotency-Key": "elsewhere"})
        for peer, status in (("203.0.113.9", 401), ("10.20.0.7", 401), ("127.0.0.1", 201), ("::ffff:127.0.0.1", 201)):
            answer = api.test_client().post(
                "/api/v1/sessions/address", json=ENTRY, headers=headers, environ_overrides={"REMOTE_ADDR": peer}
            )
            assert answer.status_code == status, peer

    class TestBehindOneProxy:
        @pytest.fixture
        def ini(self):
            return {"CABINET_NETWORKS": "10.20.0.0/16", "TRUSTED_PROXIES": "1"}

        @pytest.mark.parametrize(
            ("passed_on", "status"),
            [
                ("", 201),  # from this machine, past the proxy
                ("127.0.0.1", 201),
                ("203.0.113.9", 401),
                ("127.0.0.1, 203.0.113.9", 401),
                ("203.0.113.9, 127.0.0.1", 401),  # a second proxy, of which nobody told us
            ],
        )
        def test_the_peer_of_the_proxy_counts(self, api, door, ann, passed_on, status):
            api.wsgi_app = ProxyFix(api.wsgi_app, x_for=1)
            answer = by_address(door, **({"X_Forwarded_For": passed_on} if passed_on else {}))
            assert answer.status_code == status

    class TestOffByDefault:
        @pytest.fixture
        def ini(self):
            return {}

        def test_nobody_is_known_by_an_address(self, door, ann):
            assert outcome(by_address(door)) == (401, "address_unknown")

    class TestOtherHosts:
        @pytest.fixture
        def ini(self):
            return {"CABINET_NETWORKS": "10.20.0.0/16", "CABINET_HOSTS": "203.0.113.0/24"}

        def test_only_those_named_vouch(self, api, door, ann):
            assert outcome(by_address(door)) == (401, "address_unknown")
            headers = door.headers({"Idempotency-Key": "named"})
            answer = api.test_client().post(
                "/api/v1/sessions/address",
                json=ENTRY,
                headers=headers,
                environ_overrides={"REMOTE_ADDR": "203.0.113.9"},
            )
            assert answer.json["login"] == "ann"


def test_two_subscribers_on_one_cabinet_are_not_mixed_up(api, key, make, billing):
    """Many sign in at once over one key; each sees himself."""
    logins = [f"user{number}" for number in range(6)]
    for login in logins:
        make.subscriber(login, name=f"Name of {login}")
        set_password(billing, login)
    mine = key("cabinet")

    def visit(number):
        machine = Machine(api, mine, nonce=f"nonce-of-session-{number}")
        assert machine.sign_in(logins[number]).status_code == 201
        return {machine.get("/me").json["login"] for _ in range(3)}

    assert at_once(6, visit) == [{login} for login in logins]


def test_a_restart_ends_no_session(runtime, door, ann):
    door.sign_in("ann")
    door.app = create_api(runtime)
    assert door.get("/me").status_code == 200
