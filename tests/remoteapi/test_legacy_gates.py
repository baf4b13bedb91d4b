"""The gates of the old calls: whole bodies in their order, as existing programs know them."""

from dataclasses import replace

import pytest

from billing.access import SERIAL, ApiKey
from olltv_module.models import Tariff
from remoteapi.app import create_legacy
from suite.runtime import Runtime
from suite.serial import serial_file
from tests.remoteapi.conftest import Legacy

HTML = "text/html; charset=UTF-8"
JSON = "application/json; charset=UTF-8"
NOTHING = "UB" + "0" * 32


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Nothing here depends on the kind of database."""
    return sqlite_url


def body(answer) -> str:
    """The body of an answer that is what the old calls always answer: 200 and HTML."""
    assert (answer.status, answer.content_type) == (200, HTML)
    return answer.body


def test_during_maintenance_nothing_else_is_said(legacy: Legacy, runtime: Runtime):
    runtime.settings.suite.var_dir.mkdir()
    (runtime.settings.suite.var_dir / "UPDATE").touch()

    assert body(legacy("olltvui&tardata=true")) == "Ubilling maintance in progress"


def test_a_caller_from_elsewhere_is_turned_away(legacy: Legacy):
    legacy.address = "192.0.2.7"

    answer = legacy("olltvui&tardata=true")

    assert (answer.body, answer.status) == ("ERROR:IP_DENIED", 403)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_let_in_by_any_of_its_names(legacy: Legacy, address: str):
    legacy.address = address

    assert body(legacy("olltvui&tardata=true")) == "[]"


class TestListedAddresses:
    @pytest.fixture
    def ini(self):
        return {"REMOTEAPI_LEGACY_ALLOW": "10.7.0.0/16"}

    @pytest.mark.parametrize(("address", "status"), [("10.7.3.4", 200), ("10.8.0.1", 403), ("127.0.0.1", 403)])
    def test_only_listed_addresses_are_let_in(self, legacy: Legacy, address: str, status: int):
        legacy.address = address

        assert legacy("olltvui&tardata=true").status == status


@pytest.mark.parametrize("switch", ["REMOTEAPI_ENABLED", "REMOTEAPI_LEGACY"])
class TestSwitchedOff:
    @pytest.fixture
    def ini(self, switch):
        return {switch: "0"}

    def test_a_switched_off_door_says_so(self, legacy: Legacy):
        assert body(legacy("olltvui&tardata=true")) == "ERROR:API_DISABLED"


def test_without_key_and_action(legacy: Legacy):
    assert body(legacy.get("")) == "ERROR:GET_NO_KEY"
    assert body(legacy.get("&key=&action=")) == "ERROR:GET_NO_KEY"


def test_identify_gives_the_end_of_the_serial(legacy: Legacy, runtime: Runtime):
    assert body(legacy.get("&action=identify")) == legacy.serial[-4:]
    assert not serial_file(runtime).exists()


def test_identify_makes_a_serial_where_there_is_none(runtime: Runtime):
    legacy = Legacy(create_legacy(runtime), "")

    ending = body(legacy.get("&action=identify&param=save"))

    kept = serial_file(runtime).read_text().strip()
    assert (len(kept), kept[:2], kept[-4:]) == (34, "UB", ending)
    assert serial_file(runtime).stat().st_mode & 0o777 == 0o600
    assert body(legacy.get(f"&key={kept}&action=olltvui&tardata=true")) == "[]"


def test_without_key_any_other_action_is_one_short_line(legacy: Legacy):
    assert body(legacy.get("&action=olltvui&tardata=true")) == "ERROR:GET_NO_KEY"


def test_a_key_where_no_serial_exists(runtime: Runtime):
    legacy = Legacy(create_legacy(runtime), NOTHING)

    assert body(legacy("olltvui")) == "ERROR:NO_UBSERIAL_EXISTS"


def test_a_wrong_key(legacy: Legacy):
    legacy.serial = NOTHING

    assert body(legacy("olltvui")) == "ERROR:GET_WRONG_KEY"


def test_a_revoked_serial_opens_nothing(legacy: Legacy, runtime: Runtime):
    unit = runtime.billing.uow()
    with unit:
        unit.session.query(ApiKey).filter(ApiKey.name == SERIAL).update({"revoked_at": runtime.clock()})

    assert body(legacy("olltvui")) == "ERROR:NO_UBSERIAL_EXISTS"


def test_a_key_of_the_json_door_is_no_serial(legacy: Legacy, key):
    legacy.serial = key("cron", "cabinet", "staff-read")

    assert body(legacy("olltvchargefee")) == "ERROR:GET_WRONG_KEY"


def test_odd_characters_in_a_key_are_deleted_before_it_is_compared(legacy: Legacy):
    legacy.serial = f"UB-{legacy.serial[2:10]}%27%3D%22{legacy.serial[10:]}"

    assert body(legacy("olltvui&tardata=true")) == "[]"


@pytest.mark.parametrize("rest", ["", "&action=", "&action=0"])
def test_a_right_key_without_action(legacy: Legacy, rest: str):
    assert body(legacy.get(f"&key={legacy.serial}{rest}")) == "ERROR:GET_NO_ACTION"


@pytest.mark.parametrize(
    ("action", "line"),
    [
        ("swpoll", "ERROR:UNKNOWN_ACTION"),
        ("identify", "ERROR:UNKNOWN_ACTION"),
        ("olltvui", "ERROR:NO_PARAMETERS"),
        ("olltvui&subdata=&tardata=0", "ERROR:NO_PARAMETERS"),
        ("olltvui&subserv=1", "ERROR:NO_PARAMETERS"),
        ("olltvui&unsub=1&sublogin=0", "ERROR:NO_PARAMETERS"),
        ("uscore", "ERROR:NO_PARAMETERS"),
    ],
)
def test_what_the_original_answers_with_its_login_page_is_one_short_line(legacy: Legacy, action: str, line: str):
    assert body(legacy(action)) == line


class TestDisabledCalls:
    @pytest.fixture
    def ini(self):
        return {"REMOTEAPI_DISABLE_CALLS": '"olltvchargefee, olltvui"'}

    def test_a_disabled_action_does_nothing(self, legacy: Legacy):
        assert body(legacy("olltvchargefee")) == "ERROR:ACTION_DISABLED"

    def test_a_name_with_a_blank_disables_nothing(self, legacy: Legacy):
        assert body(legacy("olltvui&tardata=true")) == "[]"


@pytest.mark.parametrize("path", ["/", "/billing/", "/any/base/index.php"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_any_base_and_both_methods_answer(legacy: Legacy, path: str, method: str):
    answer = legacy.get(f"&key={legacy.serial}&action=olltvui&tardata=true", path=path, method=method)

    assert body(answer) == "[]"


def test_asking_for_headers_alone_charges_nobody(legacy: Legacy, start: Tariff):
    answer = legacy.get(f"&key={legacy.serial}&action=olltvchargefee", method="HEAD")

    assert answer.status == 405


def test_of_a_name_that_is_given_twice_the_last_counts(legacy: Legacy):
    assert body(legacy.get(f"&key={NOTHING}&action=x&key={legacy.serial}&action=olltvui&tardata=1")) == "[]"


def test_the_cabinets_question_whether_we_are_alive(legacy: Legacy):
    answer = legacy("uscore&operation=isalivecheck")

    alive = '{"operation":"isalivecheck","login":false,"value":false,"error":false,"error_message":""}'
    assert (answer.body, answer.status, answer.content_type) == (alive, 200, JSON)


def test_other_operations_of_the_core_are_unknown(legacy: Legacy):
    answer = legacy("uscore&operation=addcash&login=ann&value=5")

    assert answer.body == (
        '{"operation":"addcash","login":"ann","value":"5","error":true,"error_message":"UNKNOWN_OPERATION"}'
    )


class TestBrokenDatabase:
    @pytest.fixture
    def legacy(self, runtime: Runtime, tmp_path):
        suite = replace(runtime.settings.suite, database_url=f"sqlite:///{tmp_path}/other.db")
        return Legacy(create_legacy(Runtime(replace(runtime.settings, suite=suite), runtime.clock)), NOTHING)

    def test_on_this_machine_the_remedy_is_told(self, legacy: Legacy):
        answer = legacy("olltvui&tardata=true", **{"Accept-Language": "en"})

        assert answer.status == 503
        assert answer.body.startswith("ERROR:MISCONFIGURED ") and answer.body.endswith("run: olltv db upgrade")


class TestBrokenDatabaseFromElsewhere(TestBrokenDatabase):
    @pytest.fixture
    def ini(self):
        return {"REMOTEAPI_LEGACY_ALLOW": "10.0.0.0/8"}

    def test_on_this_machine_the_remedy_is_told(self, legacy: Legacy):
        legacy.address = "10.1.1.1"

        answer = legacy("olltvui&tardata=true", **{"Accept-Language": "en"})

        assert answer.status == 503
        assert "upgrade" not in answer.body and "try again later" in answer.body
