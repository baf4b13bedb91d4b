"""The worker as a process."""

import shutil
import signal
import socket
import time

import pytest
import requests

from billing.jobs import find
from billing.worker import is_there
from suite import exporting
from suite.runtime import build_runtime
from tests.olltv.support import Viewers
from tests.running.processes import free_port, process, status, wait_until
from tests.support import STAFF, FakeClock, Make


@pytest.fixture
def env(directory, sqlite_template, tmp_path):
    (tmp_path / "var").mkdir()
    shutil.copy(sqlite_template, tmp_path / "var" / "olltv.db")
    return {"OLLTV_CONFIG_DIR": str(directory), "OLLTV_API_URL": "http://127.0.0.1:9/ispAPI/", "WORKER_PORT": ""}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_health_and_numbers_are_served_until_it_is_told_to_end(env, number):
    url = f"http://127.0.0.1:{free_port()}"
    with process("cron.scheduler", env=env | {"WORKER_PORT": url.rpartition(":")[2]}) as worker:
        wait_until(lambda: status(f"{url}/healthz") == 200)
        wait_until(lambda: 'worker_jobs_total{job="expire_orders"' in requests.get(f"{url}/metrics", timeout=2).text)
        worker.send_signal(number)
        assert worker.wait(5) == 0


def test_without_a_database_it_waits_and_says_so(env, tmp_path):
    (tmp_path / "var" / "olltv.db").unlink()
    url = f"http://127.0.0.1:{free_port()}"
    with process("cron.scheduler", env=env | {"WORKER_PORT": url.rpartition(":")[2]}) as worker:
        wait_until(lambda: status(f"{url}/healthz") == 503)
        worker.terminate()
        out, _ = worker.communicate(timeout=20)
    assert worker.returncode == 0
    assert "no such table" in out


def test_a_partner_who_is_silent_does_not_keep_it(env, directory):
    """A call under way is left after a short grace: its lease runs out, and whoever comes next reads the state."""
    runtime = build_runtime(directory, env)
    make = Make(runtime.billing, FakeClock(runtime.clock()))
    ivan = make.subscriber(wallet="100 UAH")
    Viewers(runtime.billing, make.clock, make).order(ivan, make.tariff("50 UAH"))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/ispAPI/"
        with process("cron.scheduler", env=env | {"OLLTV_API_URL": url, "OLLTV_READ_TIMEOUT": "60"}) as worker:
            silent.settimeout(15)
            connection, _ = silent.accept()
            worker.terminate()
            began = time.monotonic()
            assert worker.wait(10) == 0
            assert time.monotonic() - began < 6
            connection.close()


def test_what_staff_ask_for_is_done(env, directory):
    runtime = build_runtime(directory, env)
    wish = {"source": "events", "query": "", "lang": "en"}
    job = exporting.ask_for_export(runtime.billing.uow(), **wish, actor=STAFF, now=runtime.clock())

    def now():
        with runtime.billing.reading() as session:
            return find(session, job.id), is_there(session, now=runtime.clock())

    with process("cron.scheduler", env=env):
        wait_until(lambda: not now()[0].is_open)
        wait_until(lambda: now()[1])
    assert now()[0].outcome["rows"] == 1
    assert not now()[1]  # the panel knows at once that the process is gone


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"OLLTV_PASSWORD": ""}, "OLLTV_PASSWORD is empty"),
        ({"DATABASE_URL": "oracle://x"}, "use sqlite:/// or mysql+pymysql://"),
        ({"OLLTV_WORKERS": "many"}, "OLLTV_WORKERS=many is not a whole number"),
    ],
)
def test_what_only_the_operator_can_mend_ends_it_with_one_line(env, wrong, line):
    with process("cron.scheduler", env=env | wrong) as worker:
        out, _ = worker.communicate(timeout=15)
    assert worker.returncode == 1
    assert line in out
    assert len(out.strip().splitlines()) == 1
