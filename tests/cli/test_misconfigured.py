"""Whatever is set up wrongly ends in one clear line with its remedy and status 1, never in a traceback."""

import pytest
from sqlalchemy import text

from suite.migrate import newest_revision
from tests.support import available, money

CLOSED = "mysql+pymysql://root:s3cret@127.0.0.1:1/olltv"


def assert_one_line(said, remedy):
    assert (said.status, said.out) == (1, "")
    assert said.err.count("\n") == 1 and said.err.endswith("\n")
    assert remedy in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("options", "command", "remedy"),
    [
        ({"OLLTV_LOGIN": ""}, "deliver", "OLLTV_LOGIN is empty; write what the partner gave you"),
        ({"OLLTV_PASSWORD": ""}, "reconcile", "OLLTV_PASSWORD is empty; write what the partner gave you"),
        ({"OLLTV_LOGEN": "demo"}, "audit", "OLLTV_LOGEN is not an option; did you mean OLLTV_LOGIN?"),
        ({"OLLTV_TRIES": "many"}, "fee", "OLLTV_TRIES=many is not a whole number; write one like 10"),
        ({"OLLTV_API_URL": "http://oll.tv/ispAPI/"}, "deliver", "must begin with https://"),
        ({"LANG": "fr"}, "audit", "write one of: uk, ru, en"),
        ({"TIMEZONE": "Kyiv"}, "audit", "write one like Europe/Kyiv"),
        ({"DATABASE_URL": CLOSED}, "audit", "see DATABASE_URL"),
        ({"DATABASE_URL": CLOSED}, "db upgrade", "see DATABASE_URL"),
        ({"DATABASE_URL": CLOSED}, "key serial", "see DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://localhost/olltv"}, "fee", "use sqlite:/// or mysql+pymysql://"),
        ({"DATABASE_URL": "olltv.db"}, "fee", "DATABASE_URL is no database address"),
        ({"DATABASE_URL": "sqlite:///config/alter.ini"}, "audit", "see DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:///config/alter.ini"}, "db upgrade", "see DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:///config/alter.ini/x.db"}, "audit", "check its owner and mode"),
        ({"DATABASE_URL": "sqlite:///new.db"}, "audit", "run: olltv db upgrade"),
        ({"DATABASE_URL": "sqlite:///new.db"}, "demo load", "run: olltv db upgrade"),
        ({"DATABASE_URL": "sqlite:///new.db"}, "worker", "run: olltv db upgrade"),
        ({"DATABASE_URL": "sqlite:///new.db"}, "serve", "run: olltv db upgrade"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite:///test.db"])
def test_a_wrong_option_is_named(olltv, options, command, remedy):
    olltv("db", "upgrade")
    olltv.write(**options)
    said = olltv(*command.split())
    assert_one_line(said, remedy)
    assert "s3cret" not in said.err


@pytest.mark.parametrize("database_url", ["sqlite:///test.db"])
class TestInAProcessOfItsOwn:
    def test_a_line_that_is_no_option_is_named_by_its_number(self, olltv, directory):
        (directory / "alter.ini").write_text("LANG=en\nOLLTV_PASSWORD s3cret\n")
        said = olltv.process("audit")
        assert_one_line(said, "line 2: is no option; write NAME=value")
        assert "s3cret" not in said.err

    def test_a_missing_directory_is_named(self, olltv):
        assert_one_line(olltv.process("--config", "/nowhere", "audit"), "/nowhere: is not a directory")

    def test_a_database_that_is_down_is_named(self, olltv):
        olltv.write(DATABASE_URL=CLOSED)
        assert_one_line(olltv.process("fee"), "the database does not answer (")


def test_a_database_of_an_older_schema_wants_an_upgrade(olltv, runtime):
    with runtime.billing.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num='0000'"))
    try:
        assert_one_line(olltv("fee"), f"has schema 0000, this program needs {newest_revision()}; run: olltv db upgrade")
        assert_one_line(olltv("db", "upgrade"), "the database is of a newer program")
    finally:
        with runtime.billing.engine.begin() as connection:
            connection.execute(text(f"UPDATE alembic_version SET version_num='{newest_revision()}'"))


@pytest.mark.usefixtures("demo")
class TestWrongPartnerPassword:
    REMEDY = "The operator must check OLLTV_LOGIN and OLLTV_PASSWORD."

    @pytest.fixture(autouse=True)
    def _wrong(self, olltv):
        olltv.write(OLLTV_PASSWORD="wrong")

    @pytest.mark.parametrize("command", ["deliver", "deliver --until-idle", "reconcile"])
    def test_nothing_is_tried_with_it(self, olltv, command):
        assert_one_line(olltv(*command.split()), self.REMEDY)

    def test_an_order_is_kept_and_says_so(self, olltv, runtime):
        said = olltv("subscribe", "demo00003", "main_start")
        assert (said.status, said.err, said.out.count("\n")) == (1, "", 1)
        assert said.out.startswith("“Старт” is being switched on: ")
        assert self.REMEDY in said.out
        assert available(runtime.billing, "demo00003") == money("150.00 UAH")


@pytest.mark.usefixtures("demo")
def test_nothing_is_ordered_when_the_partner_is_not_set_up(olltv, runtime):
    olltv.write(OLLTV_LOGIN="")
    assert_one_line(olltv("subscribe", "demo00003", "main_start"), "OLLTV_LOGIN is empty")
    assert available(runtime.billing, "demo00003") == money("200.00 UAH")
