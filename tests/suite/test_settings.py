"""What a process learns when it starts."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from billing.errors import Misconfigured
from olltv_module.options import OlltvOptions
from ppv_module.options import PpvOptions
from ppv_module.streams.options import StreamOptions
from suite.settings import PROJECT, SuiteOptions, _make_key, load_settings
from weblib.ini import read_ini
from weblib.options import OptionError, specs


@pytest.fixture
def config(tmp_path):
    """Write an alter.ini and hand back its directory."""

    def write(text=""):
        directory = tmp_path / "config"
        directory.mkdir(exist_ok=True)
        (directory / "alter.ini").write_text(text, encoding="utf-8")
        return directory

    return write


def refusal(directory, env=None):
    with pytest.raises(Misconfigured) as error:
        load_settings(directory, env or {})
    return error.value.facts["what"]


def test_an_empty_file_means_the_defaults(config, tmp_path):
    settings = load_settings(config(), {})
    assert settings.olltv == OlltvOptions(log=tmp_path / "exports/olltv.log")
    assert settings.suite == SuiteOptions(
        database_url=f"sqlite:///{tmp_path}/var/olltv.db",
        log_dir=tmp_path / "var/log",
        var_dir=tmp_path / "var",
        exports_dir=tmp_path / "exports",
    )
    assert not settings.olltv.enabled
    assert not settings.suite.remoteapi_legacy
    assert set(settings.sources.values()) == {"default"}


def test_the_shipped_file_has_every_option_and_differs_from_the_defaults_only_for_the_demo():
    written = read_ini(PROJECT / "config" / "alter.ini")
    assert sorted(written) == sorted(
        spec.name for owner in (SuiteOptions, OlltvOptions, PpvOptions, StreamOptions) for spec in specs(owner)
    )

    shipped = load_settings(PROJECT / "config", {})
    demo = OlltvOptions(
        enabled=True,
        login="demo",
        password="demo",
        domain="isp.example",
        api_url="http://127.0.0.1:8082/ispAPI/",
        log=PROJECT / "exports/olltv.log",
    )
    assert shipped.olltv == demo
    assert shipped.ppv == PpvOptions()
    assert shipped.streams == StreamOptions()
    assert shipped.suite == SuiteOptions(
        remoteapi_legacy=True,
        database_url=f"sqlite:///{PROJECT}/var/olltv.db",
        log_dir=PROJECT / "var/log",
        var_dir=PROJECT / "var",
        exports_dir=PROJECT / "exports",
    )


def test_the_directory_is_the_given_one_else_the_environments_else_the_projects(config, tmp_path):
    given = config("CURRENCY=EUR")
    other = tmp_path / "other"
    other.mkdir()
    (other / "alter.ini").write_text("CURRENCY=PLN")
    env = {"OLLTV_CONFIG_DIR": str(other)}
    assert load_settings(given, env).suite.currency == "EUR"
    assert load_settings(env=env).suite.currency == "PLN"
    assert load_settings(env=env).directory == other
    assert load_settings(env={}).directory == PROJECT / "config"


def test_the_environment_comes_before_the_file(config):
    directory = config("DATABASE_URL=sqlite:////srv/a.db\nOLLTV_LOGIN=file\nLANG=ru\n")
    env = {"DATABASE_URL": "mysql+pymysql://u:p@h/db", "OLLTV_API_URL": "https://x.example/isp", "LANG": "C.UTF-8"}
    settings = load_settings(directory, env)
    assert settings.suite.database_url == "mysql+pymysql://u:p@h/db"
    assert settings.olltv.api_url == "https://x.example/isp/"
    assert settings.suite.lang == "ru"
    assert settings.sources["DATABASE_URL"] == "environment"
    assert settings.sources["OLLTV_LOGIN"] == str(directory / "alter.ini")
    assert settings.sources["OLLTV_TRIES"] == "default"


def test_an_existing_alter_ini_may_hold_the_options_of_other_programs(config):
    text = 'MG_ENABLED=1\nTRINITYTV_LOGIN="x" ; other\n[section]\nOLLTV_DEBUG = "3"\nCITY_DISPLAY=0\n'
    assert load_settings(config(text), {}).olltv.debug == 3


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("OLLTV_LOGN=x", "OLLTV_LOGN is not an option; did you mean OLLTV_LOGIN?"),
        ("OLLTV_DEBUG=4", "OLLTV_DEBUG=4 is out of range; write a number from 0 to 3"),
        ("OLLTV_DOMAIN=@isp.example", "OLLTV_DOMAIN=@isp.example is not a domain name"),
        ("OLLTV_API_URL=oll.tv/ispAPI", "OLLTV_API_URL=oll.tv/ispAPI is not a web address"),
        ("OLLTV_API_URL=", "OLLTV_API_URL= is empty"),
        ("TIMEZONE=Kyiv", "TIMEZONE=Kyiv is not a time zone of this machine; write one like Europe/Kyiv"),
        ("TIMEZONE=", "TIMEZONE= is not a time zone"),
        ("TIMEZONE=../etc/passwd", "TIMEZONE=../etc/passwd is not a time zone"),
        ("LANG=ukrainian", "LANG=ukrainian is not known; write one of: uk, ru, en"),
        ("CURRENCY=CRD", "CURRENCY=CRD is not a currency"),
        ("REMOTEAPI_LEGACY_ALLOW=10.0.0.1/8", "REMOTEAPI_LEGACY_ALLOW=10.0.0.1/8 has a wrong item"),
        ("TRUSTED_PROXIES=-1", "TRUSTED_PROXIES=-1 is out of range; write a number from 0 to 10"),
    ],
)
def test_a_wrong_option_stops_the_start_with_one_clear_line(config, line, complaint):
    directory = config(f"{line}\n")
    what = refusal(directory)
    assert what.startswith(f"{directory}/alter.ini: {complaint}")
    assert "\n" not in what


def test_a_missing_directory_and_a_missing_file_are_told_plainly(tmp_path):
    assert refusal(tmp_path / "none").endswith("is not a directory; set OLLTV_CONFIG_DIR to the one with alter.ini")
    assert "there is no such file" in refusal(tmp_path)


def test_disabled_calls_are_not_trimmed(config):
    directory = config('REMOTEAPI_DISABLE_CALLS="swpoll, olltvui"')
    assert load_settings(directory, {}).suite.remoteapi_disable_calls == ("swpoll", " olltvui")


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.7.0.255", True),
        ("10.7.1.0", False),
        ("::ffff:10.7.1.0", False),
        ("2001:db8::1", False),
    ],
)
def test_the_legacy_door_knows_its_callers(config, address, allowed):
    directory = config('REMOTEAPI_LEGACY_ALLOW="127.0.0.1, ::1,10.7.0.0/24"')
    assert load_settings(directory, {}).suite.legacy_allows(address) is allowed


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sqlite:///data/x.db", "sqlite:///{root}/data/x.db"),
        ("sqlite+pysqlite:///x.db?timeout=5", "sqlite+pysqlite:///{root}/x.db?timeout=5"),
        ("sqlite:////srv/x.db", "sqlite:////srv/x.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("sqlite://", "sqlite://"),
    ],
)
def test_a_relative_sqlite_file_starts_at_the_root(config, tmp_path, written, meant):
    settings = load_settings(config(f"DATABASE_URL={written}"), {})
    assert settings.suite.database_url == meant.format(root=tmp_path)
    assert settings.root == tmp_path


def test_the_session_key_is_made_once_for_all_and_only_the_owner_reads_it(config, tmp_path):
    settings = load_settings(config(), {})
    assert not (tmp_path / "var").exists()
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: settings.session_key(), range(16)))
    kept = tmp_path / "var" / "secret.key"
    assert keys == {kept.read_text()}
    assert len(kept.read_text()) >= 32
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert list(kept.parent.iterdir()) == [kept]


def test_of_two_processes_that_make_the_session_key_the_first_one_wins(tmp_path):
    kept = tmp_path / "secret.key"
    _make_key(kept)
    key = kept.read_text()
    _make_key(kept)
    assert kept.read_text() == key
    assert list(tmp_path.iterdir()) == [kept]


def test_a_written_session_key_is_used_as_it_is(config, tmp_path):
    assert load_settings(config("SECRET_KEY=abc"), {}).session_key() == "abc"
    assert not (tmp_path / "var").exists()


def test_a_damaged_session_key_is_told_plainly(config, tmp_path):
    settings = load_settings(config(), {})
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "secret.key").write_text("short")
    with pytest.raises(Misconfigured) as error:
        settings.session_key()
    assert "too short; delete the file" in error.value.facts["what"]


def test_secrets_do_not_show_in_the_settings(config):
    text = "OLLTV_PASSWORD=hunter2\nSECRET_KEY=hunter2\nDATABASE_URL=mysql+pymysql://u:hunter2@h/db"
    assert "hunter2" not in repr(load_settings(config(text), {}))


@pytest.mark.parametrize("missing", ["OLLTV_LOGIN", "OLLTV_PASSWORD"])
def test_a_partner_without_login_or_password_is_refused_only_when_it_is_needed(config, missing):
    other = {"OLLTV_LOGIN": "OLLTV_PASSWORD", "OLLTV_PASSWORD": "OLLTV_LOGIN"}[missing]
    directory = config(f"OLLTV_ENABLED=1\n{other}=x\n")
    options = load_settings(directory, {}).olltv
    with pytest.raises(OptionError, match=f"alter.ini: {missing} is empty"):
        options.require_partner()
    load_settings(directory, {missing: "y"}).olltv.require_partner()


def test_the_zone_is_the_operators(config):
    assert load_settings(config("TIMEZONE=Europe/Warsaw"), {}).suite.zone.key == "Europe/Warsaw"


def test_every_option_explains_itself():
    for owner in (SuiteOptions, OlltvOptions):
        assert all(spec.help.endswith(".") for spec in specs(owner))


def test_the_cabinets_file_can_be_read():
    written = read_ini(Path(PROJECT / "config" / "userstats.ini"))
    assert written["API_URL"] == "http://127.0.0.1:8080/"
    assert written["auth"] == "login"
