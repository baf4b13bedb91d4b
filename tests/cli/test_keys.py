"""Keys of machines and the legacy serial."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from billing.access import SERIAL, ApiKey, find_key
from billing.errors import Misconfigured
from suite.runtime import Runtime
from suite.serial import ensure_serial, renew_serial, serial_file
from tests.support import STAFF


def scopes_of(runtime, key):
    found = find_key(runtime.billing.uow(), key=key, now=runtime.clock())
    return found and found.scopes


def test_a_new_key_opens_its_scopes_and_is_shown_once(olltv, runtime):
    said = olltv("key", "create", "--scope", "cron", "--scope", "staff-read", "--name", "night jobs")
    key = said.out.strip()
    assert said.status == 0
    assert scopes_of(runtime, key) == ["cron", "staff-read"]
    listed = olltv("key", "list")
    assert "night jobs\t…" + key[-4:] + "\tcron, staff-read\t" in listed.out
    assert key not in listed.out + olltv("key", "list", "--json").out


def test_a_revoked_key_opens_nothing(olltv, runtime):
    made = olltv("key", "create", "--scope", "cabinet", "--json").json
    [listed] = olltv("key", "list", "--json").json["keys"]
    said = olltv("key", "revoke", str(listed["id"]))
    assert (said.status, said.out) == (0, f"The key {listed['id']} opens nothing any more.\n")
    assert scopes_of(runtime, made["key"]) is None


def test_an_unknown_scope_or_key_is_refused(olltv):
    assert olltv("key", "create", "--scope", "everything", "--json").json["error"]["code"] == "unknown_scope"
    assert olltv("key", "revoke", "77", "--json").json["error"]["code"] == "not_found"
    assert olltv("key", "create", "--scope", "cron", "--name", SERIAL).status == 2
    assert olltv("key", "list", "--json").json == {"keys": []}


def test_the_serial_is_made_once_and_only_its_owner_can_read_it(olltv, runtime):
    serial = olltv("key", "serial").out.strip()
    assert olltv("key", "serial", "--json").json == {"serial": serial}
    assert scopes_of(runtime, serial) == [SERIAL]
    assert serial_file(runtime).read_text() == serial + "\n"
    assert stat.S_IMODE(serial_file(runtime).stat().st_mode) == 0o600


def test_a_new_serial_ends_the_old_one(olltv, runtime):
    old = olltv("key", "serial").out.strip()
    new = olltv("key", "serial", "--new").out.strip()
    assert (scopes_of(runtime, old), scopes_of(runtime, new)) == (None, [SERIAL])
    assert olltv("key", "serial").out.strip() == new


@pytest.mark.parametrize("spoil", ["lose", "change"])
def test_a_lost_or_foreign_serial_file_is_told_with_its_remedy(olltv, runtime, spoil):
    serial = olltv("key", "serial").out.strip()
    serial_file(runtime).unlink() if spoil == "lose" else serial_file(runtime).write_text("UB" + 32 * "0")

    said = olltv("key", "serial")

    assert (said.status, said.out, said.err.count("\n")) == (1, "", 1)
    assert "olltv key serial --new" in said.err
    assert scopes_of(runtime, serial) == [SERIAL]
    assert olltv("key", "serial", "--new").status == 0
    assert olltv("key", "serial").status == 0


def test_processes_that_start_together_agree_on_one_serial(runtime):
    with ThreadPoolExecutor(6) as pool:
        serials = set(pool.map(lambda _: ensure_serial(Runtime(runtime.settings)), range(12)))
    with runtime.billing.reading() as session:
        number = session.scalar(select(func.count()).select_from(ApiKey))
    assert (len(serials), number) == (1, 1)


def test_a_serial_that_cannot_be_kept_does_not_come_to_life(runtime):
    serial_file(runtime).parent.write_text("no directory")
    with pytest.raises(Misconfigured, match="exports"):
        renew_serial(runtime, actor=STAFF)
    with runtime.billing.reading() as session:
        assert session.scalar(select(ApiKey)) is None
