"""Subscribers who were there before the list had columns of its own: they are told, and found by their words."""

import pytest
from alembic import command
from sqlalchemy import event, select, text

from billing.db import open_engine
from billing.host.search import Word
from olltv_module.models import Subscriber
from suite import migrate
from tests import mariadb
from tests.support import Crash

THEN = "'2026-10-01 09:00:00.000000'"
LATER = "'2026-11-05 09:00:00.000000'"
FIELDS = (
    "(id, subscriber_id, tariff_id, main, slot, state, reason, fact, paid_through, ordered_at, active_since, ended_at)"
)
ROWS = [
    "INSERT INTO ledger_account (id, code, unit, balance_minor, held_minor, floor_minor)"
    " VALUES (1, 'wallet:anna', 'UAH', 0, 0, 0)",
    "INSERT INTO host_subscriber (id, login, password_hash, name, address, email, mobile, frozen, down, credit_minor,"
    " wallet_id) VALUES (1, 'anna', '', 'Анна Мороз', 'вул. Садова, 5', '', '+380501234567', 0, 0, 0, 1)",
    "INSERT INTO olltv_tariff (id, name, service, main, description, created_at)"
    f" VALUES (1, 'Start', 's1', 1, '{{}}', {THEN}), (2, 'Max', 's2', 1, '{{}}', {THEN})",
    *(
        "INSERT INTO olltv_subscriber (id, host_id, login, email, phone, created_at, autoresume)"
        f" VALUES ({number}, {number}, '{login}', '', '', {THEN}, 0)"
        for number, login in enumerate(("anna", "borys", "vira", "danylo", "ever"), 1)
    ),
    f"INSERT INTO olltv_subscription {FIELDS} VALUES"
    f" (1, 1, 1, 1, NULL, 'ended', NULL, 'off', '', {THEN}, {THEN}, {LATER}),"
    f" (2, 1, 2, 1, 'main', 'active', NULL, 'on', '', {LATER}, {LATER}, NULL),"
    f" (3, 2, 1, 1, 'main', 'suspended', 'no_money', 'kept', '', {THEN}, {THEN}, NULL),"
    f" (4, 3, 1, 1, NULL, 'ended', NULL, 'off', '', {THEN}, {THEN}, {LATER}),"
    f" (5, 4, 1, 1, 'main', 'pending', NULL, 'off', '', {LATER}, NULL, NULL)",
]


@pytest.fixture(params=["sqlite", "mariadb"])
def old(request, tmp_path):
    """A database as it was before, with rows in it."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/old.db"
    else:
        url = mariadb.create_database(request.getfixturevalue("mariadb_server"), "before_listing")
    engine = open_engine(url)
    config = migrate._config()
    config.attributes["engine"] = engine
    command.upgrade(config, "0006")
    with engine.begin() as connection:
        for statement in ROWS:
            connection.execute(text(statement))
    yield engine
    engine.dispose()


def told(engine):
    columns = (Subscriber.login, Subscriber.tv, Subscriber.tariff_id, Subscriber.tv_since)
    with engine.connect() as connection:
        rows = connection.execute(select(*columns).order_by(Subscriber.id)).all()
        words = connection.scalars(select(Word.word).order_by(Word.word)).all()
    return [(row.login, row.tv.value, row.tariff_id, f"{row.tv_since:%m-%d}") for row in rows], words


EXPECTED = (
    [
        ("anna", "active", 2, "11-05"),
        ("borys", "no_money", 1, "10-01"),
        ("vira", "no_tv", 0, "11-05"),
        ("danylo", "pending", 1, "11-05"),
        ("ever", "no_tv", 0, "10-01"),
    ],
    ["+501234567", "5", "анна", "мороз", "садова"],
)


def test_old_rows_say_what_their_subscriptions_say(old):
    migrate.upgrade(old)
    assert told(old) == EXPECTED


@pytest.mark.parametrize(
    "part", ["UPDATE olltv_subscriber", "subscriber_tv_login", "INTO host_word", "olltv_bulk_line"]
)
def test_killed_in_the_middle_it_is_simply_run_again(old, part):
    """Right before the first statement that has these words."""

    def die(_connection, _cursor, statement, *_):
        if part in statement and statement.startswith(("CREATE", "ALTER", "INSERT", "UPDATE")):
            raise Crash

    event.listen(old, "before_cursor_execute", die)
    with pytest.raises(Crash):
        migrate.upgrade(old)
    event.remove(old, "before_cursor_execute", die)
    migrate.upgrade(old)
    assert told(old) == EXPECTED
