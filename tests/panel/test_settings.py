"""The settings page: every option of every owner, where it comes from, and no secret."""

from dataclasses import replace

import pytest

import suite
from olltv_module.options import OlltvOptions
from panel.app import create_app
from suite.migrate import newest_revision
from suite.runtime import Runtime, build_runtime
from suite.settings import SuiteOptions
from tests.panel.client import signed_in, text
from tests.running.panel import add_person
from weblib.options import specs

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_every_option_is_there_with_its_help(panel):
    page = panel.page("/settings")
    for owner in (SuiteOptions, OlltvOptions):
        for spec in specs(owner):
            assert f"{spec.name} {spec.help}" in page, spec.name


def test_each_value_says_where_it_comes_from(panel, runtime):
    page = panel.page("/settings")
    file = runtime.settings.directory / "alter.ini"
    assert f"OLLTV_DOMAIN {spec_help('OLLTV_DOMAIN')} isp.example — {file}" in page
    assert (
        f"OLLTV_API_URL {spec_help('OLLTV_API_URL')} http://127.0.0.1:9/ispAPI/ https://oll.tv/ispAPI/ environment"
        in page
    )
    assert f"OLLTV_TRIES {spec_help('OLLTV_TRIES')} 20 20 default" in page
    assert f"OLLTV_ENABLED {spec_help('OLLTV_ENABLED')} 1 0 {file}" in page


def spec_help(name):
    return next(spec.help for owner in (SuiteOptions, OlltvOptions) for spec in specs(owner) if spec.name == name)


def test_secrets_are_only_set_or_not_set(tmp_path, database_url, clock):
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "alter.ini").write_text("LANG=en\nOLLTV_PASSWORD=partner-secret\nOLLTV_LOGIN=demo\n")
    env = {"DATABASE_URL": database_url}
    built = Runtime(build_runtime(folder, env).settings, clock)
    settings = replace(built.settings, suite=replace(built.settings.suite, secret_key="k" * 40))
    runtime = Runtime(settings, clock)
    add_person(runtime, "boss", ["ADMIN"])
    answer = signed_in(create_app(runtime), "boss").get("/settings")
    page = answer.get_data(as_text=True)
    for secret in ("partner-secret", "k" * 40, database_url):
        assert secret not in page
    assert f"OLLTV_PASSWORD {spec_help('OLLTV_PASSWORD')} set" in text(answer)
    assert f"SECRET_KEY {spec_help('SECRET_KEY')} set" in text(answer)
    runtime.billing.engine.dispose()


def test_the_versions_are_named(panel):
    page = panel.page("/settings")
    assert suite.__version__ in page
    assert f"Schema of the database {newest_revision()}" in page
    assert "SQLite 3." in page


def test_only_administrators_see_it(person):
    assert person("OLLTV", "MONEY", "PPV").get("/settings").status_code == 403
