"""The cabinet on a machine that has nothing of the billing and no database driver."""

import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [*(ROOT / "userstats").glob("*.py"), ROOT / "weblib" / "lazy.py"]
ABSENT = [
    *("sqlalchemy", "pymysql", "sqlite3", "alembic", "apiflask", "argon2", "requests", "apscheduler", "pyotp"),
    *("billing", "suite", "olltv_module", "panel", "remoteapi", "sandbox", "cron", "wsgi"),
]

PROGRAM = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"there is no {name} on this machine", name=name)

sys.meta_path.insert(0, Absent())

from werkzeug.test import Client
from userstats.wsgi import cabinet

client = Client(cabinet)
for path in ("/sign-in", "/healthz", "/manifest.webmanifest", "/account", "/no-such-page"):
    answer = client.get(path)
    print(path, answer.status_code)
print(client.get("/sign-in").get_data(as_text=True))
print("LOADED", *sorted({name.partition(".")[0] for name in sys.modules} & set(ABSENT)))
"""


def run(tmp_path: Path) -> str:
    """What the program says."""
    (tmp_path / "userstats.ini").write_text(f"API_KEY=k\nlang=english\nLOG_DIR={tmp_path}\n")
    shown = subprocess.run(
        [sys.executable, "-c", f"ABSENT = {ABSENT!r}\n{PROGRAM}"],
        cwd=ROOT,
        env={"OLLTV_CONFIG_DIR": str(tmp_path)},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert shown.returncode == 0, shown.stderr
    return shown.stdout


def test_it_serves_its_pages_where_nothing_of_the_billing_is_installed(tmp_path):
    shown = run(tmp_path)
    for line in ("/sign-in 200", "/healthz 200", "/manifest.webmanifest 200", "/account 303", "/no-such-page 404"):
        assert f"{line}\n" in shown
    assert 'name="password"' in shown
    assert re.search(r"^LOADED ?$", shown, re.MULTILINE)


def test_a_wrong_option_is_a_plain_503_and_a_line_in_the_log(tmp_path):
    (tmp_path / "userstats.ini").write_text("API_KEY=k\nACCENT=pink\n")
    code = (
        "from werkzeug.test import Client; from userstats.wsgi import cabinet; "
        "print(Client(cabinet).get('/sign-in').status_code)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"OLLTV_CONFIG_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert shown.stdout.splitlines()[-1] == "503"
    assert "ACCENT=pink is no colour; write one like #1f5eff" in shown.stdout + shown.stderr


def needed() -> list[str]:
    """The lines of `userstats/requirements.in`."""
    lines = (ROOT / "userstats" / "requirements.in").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_what_it_needs_is_what_the_suite_needs_too():
    suite = ConfigParser()
    suite.read(ROOT / "setup.cfg")
    assert set(needed()) < set(suite["options"]["install_requires"].split("\n"))


def test_every_import_is_among_what_it_needs():
    names = {"flask-wtf": "flask_wtf", "prometheus-client": "prometheus_client"}
    packages = {re.split(r"[<>=]", line)[0].lower() for line in needed()}
    brought_by_flask = {"werkzeug", "markupsafe", "itsdangerous"}
    installed = {names.get(each, each) for each in packages} | brought_by_flask
    for path in SOURCES:
        found = set(re.findall(r"^(?:from|import) (\w+)", path.read_text(), re.MULTILINE))
        foreign = found - set(sys.stdlib_module_names) - {"userstats", "weblib"}
        assert foreign <= installed, path
