"""Who gets in: keys, scopes, subject tokens, failed passwords."""

import base64
import json

import pytest
from sqlalchemy import select

from billing.access import ApiKey, revoke_key
from remoteapi.app import create_api, create_legacy
from suite.serial import serial_file
from tests.remoteapi.conftest import PASSWORD, Legacy, Machine, code, set_password
from tests.support import STAFF, balance, logged_to, money

ME = ("/me", "/me/devices", "/me/statement")
ORDERS = ("/me/subscriptions", "/me/addons", "/me/change", "/me/leave", "/me/resume", "/me/devices")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Nothing here depends on the kind of database."""
    return sqlite_url


def test_without_a_key_nothing_opens(machine):
    for path in ("/tariffs", "/me", "/subscribers/ann", "/fee-runs"):
        answer = machine().get(path)

        assert (answer.status_code, code(answer)) == (401, "key_required")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="olltv"'


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer ", "Basic YTpi", "nonsense"])
def test_a_wrong_key_opens_nothing(machine, header):
    answer = machine().get("/tariffs", Authorization=header)

    assert answer.status_code == 401 and "WWW-Authenticate" in answer.headers


def test_a_revoked_key_opens_nothing(machine, runtime):
    cron = machine("cron")
    assert cron.get("/fee-runs").status_code == 200
    with runtime.billing.reading() as session:
        key_id = session.scalars(select(ApiKey.id)).one()
    revoke_key(runtime.billing.uow(), key_id=key_id, actor=STAFF, now=runtime.clock())

    assert code(cron.get("/fee-runs")) == "key_unknown"


def test_the_serial_of_the_old_calls_opens_nothing(machine, legacy):
    program = machine()
    program.key = legacy.serial

    assert code(program.get("/tariffs")) == "scope_missing"


@pytest.mark.parametrize(
    ("scope", "opened"),
    [
        ("cabinet", {"/tariffs"}),
        ("staff-read", {"/tariffs", "/subscribers/ann", "/subscribers/ann/statement", "/fee-runs"}),
        ("cron", {"/fee-runs"}),
        ("ppv", set()),
    ],
)
def test_a_scope_opens_its_routes_and_no_others(machine, ann, scope, opened):
    paths = {"/tariffs", "/subscribers/ann", "/subscribers/ann/statement", "/fee-runs"}
    statuses = {path: machine(scope).get(path).status_code for path in paths}

    assert statuses == {path: 200 if path in opened else 403 for path in paths}


@pytest.mark.parametrize("scope", ["cabinet", "staff-read", "ppv"])
def test_charging_needs_the_scope_of_cron(machine, scope):
    answer = machine(scope).post("/fee-runs")

    assert (answer.status_code, code(answer), answer.json["facts"]) == (403, "scope_missing", {"scopes": "cron"})


def test_a_key_alone_opens_no_subscriber(machine, ann, billing):
    cabinet = machine("cabinet")

    answers = [cabinet.get(path) for path in ME] + [cabinet.post(path, {"tariff": 1}) for path in ORDERS]

    assert {(each.status_code, code(each)) for each in answers} == {(401, "subject_required")}
    assert balance(billing, "ann") == money("200 UAH")


def test_a_token_alone_opens_nothing(cabinet):
    cabinet.key = ""

    assert code(cabinet.get("/me")) == "key_required"


def test_a_token_opens_only_its_own_subscriber(machine, ann, make, billing, start):
    make.subscriber("ben", wallet="300 UAH")
    set_password(billing, "ben")
    cabinet = machine("cabinet")
    cabinet.sign_in("ben")

    cabinet.post("/me/subscriptions", {"tariff": start.id})

    assert cabinet.get("/me").json["login"] == "ben"
    assert (balance(billing, "ann"), balance(billing, "ben")) == (money("200 UAH"), money("250.10 UAH"))


def rejected(cabinet: Machine) -> bool:
    answer = cabinet.get("/me")
    return (answer.status_code, code(answer)) == (401, "subject_rejected")


def test_a_forged_token_is_rejected(cabinet):
    right = cabinet.token
    signature = right.rsplit(".", 1)[-1]
    content = base64.urlsafe_b64encode(json.dumps(["ben", 0, 1, "", 9e12]).encode()).rstrip(b"=").decode()
    forged = (f"{content}.{signature}", right[:-4] + "AAAA", "x", ".", content)

    for token in forged:
        cabinet.token = token
        assert rejected(cabinet), token


def test_a_token_of_another_secret_is_rejected(cabinet, runtime, tmp_path):
    (runtime.settings.suite.var_dir / "secret.key").write_text("another secret of at least 32 characters")
    cabinet.app = create_api(runtime)

    assert rejected(cabinet)


def test_an_expired_token_is_rejected(cabinet, clock):
    clock.advance(minutes=14, seconds=59)
    assert cabinet.get("/me").status_code == 200
    clock.advance(seconds=1)

    assert rejected(cabinet)


def test_a_token_is_of_no_use_to_another_key(cabinet, machine):
    thief = machine("cabinet", "staff-read")
    thief.token = cabinet.token

    assert rejected(thief)


def test_a_token_is_of_no_use_to_another_session(cabinet):
    cabinet.nonce = "nonce-of-somebody-else"

    assert rejected(cabinet)


def test_a_refreshed_token_lives_on(cabinet, clock):
    clock.advance(minutes=10)
    answer = cabinet.post("/sessions/refresh")
    assert (answer.status_code, answer.json["expires_at"]) == (201, "2026-11-10T11:25:00+02:00")
    cabinet.token = answer.json["token"]
    clock.advance(minutes=14)

    assert cabinet.get("/me").status_code == 200


def test_after_twelve_hours_the_password_is_wanted_again(cabinet, clock):
    for _ in range(72):
        clock.advance(minutes=10)
        answer = cabinet.post("/sessions/refresh")
        if answer.status_code != 201:
            break
        cabinet.token = answer.json["token"]

    assert code(answer) == "subject_rejected"
    assert clock.now.hour == 21


def test_a_wrong_password_gives_no_token(machine, ann):
    answer = machine("cabinet").sign_in("ann", "wrong")

    assert (answer.status_code, code(answer)) == (403, "wrong_credentials")


@pytest.mark.parametrize("login", ["nobody", "ANN", "a" * 64])
def test_an_unknown_login_is_answered_like_a_wrong_password(machine, ann, login):
    assert code(machine("cabinet").sign_in(login)) == "wrong_credentials"


@pytest.mark.parametrize(
    "change", [{"login": "a\x00"}, {"login": "\ud800"}, {"password": ""}, {"nonce": "short"}, {"address": "here"}]
)
def test_odd_credentials_are_refused(machine, change):
    body = {"login": "ann", "password": "x", "nonce": "n" * 16, "address": "192.0.2.1"} | change

    assert code(machine("cabinet").post("/sessions", body)) == "invalid_input"


def test_after_five_wrong_passwords_even_the_right_one_waits(machine, ann, clock):
    cabinet = machine("cabinet")
    for _ in range(5):
        assert cabinet.sign_in("ann", "wrong").status_code == 403

    answer = cabinet.sign_in("ann")
    assert (answer.status_code, code(answer), answer.headers["Retry-After"]) == (429, "too_many_attempts", "900")
    clock.advance(minutes=15)

    assert cabinet.sign_in("ann").status_code == 201


def test_the_right_password_clears_the_count(machine, ann):
    cabinet = machine("cabinet")
    for _ in range(3):
        for _ in range(4):
            cabinet.sign_in("ann", "wrong")
        assert cabinet.sign_in("ann").status_code == 201


def test_keys_tokens_and_passwords_are_in_no_log(runtime, key, ann, start, tmp_path, capsys):
    with logged_to(tmp_path / "logs") as file:
        cabinet = Machine(create_api(runtime), key("cabinet"))
        cabinet.sign_in("ann")
        cabinet.post("/me/subscriptions", {"tariff": start.id})
        cabinet.get("/me")
        cabinet.get("/nowhere")
        old = Legacy(create_legacy(runtime), "")
        old.get("&action=identify&param=save")
        old.serial = serial_file(runtime).read_text().strip()
        assert old("olltvui&tardata=1").body != "[]"
        old("olltvui&subserv=77&sublogin=ann")
    logged = file.read_text() + "".join(capsys.readouterr())

    assert "/api/v1/me" in logged
    for secret in (cabinet.key, cabinet.token, cabinet.nonce, PASSWORD, old.serial):
        assert secret not in logged
