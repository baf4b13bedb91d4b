"""Many servers at once, about the same people: nothing is denied twice, and nobody waits for ever."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import event

from ppv_module.streams.rights.models import Kind
from tests.streams.denials.stage import seen
from tests.streams.make import sync_body


@contextmanager
def counted(engine):
    """What the database is told meanwhile."""
    told = []

    def keep(_connection, _cursor, statement, *_):
        told.append(statement)

    event.listen(engine, "before_cursor_execute", keep)
    try:
        yield told
    finally:
        event.remove(engine, "before_cursor_execute", keep)


def test_servers_that_report_the_same_names_at_once_deny_each_once(stage, streams):
    streams.tariff(Kind.MINUTE, "live/*")
    names = [streams.viewer(f"viewer{number}").name for number in range(20)] + [f"x-{number}" for number in range(20)]

    def report(number):
        own = replace(stage, folder=stage.folder / str(number))
        shown = [seen(name, sessionid=str(number)) for name in (names if number % 2 else reversed(names))]
        return own.tell(sync_body(f"srv-{number}", shown))

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(report, range(6)))

    assert answers == [sorted(names)] * 6
    assert len(stage.denials()) == 40
    assert stage.denied() == sorted(names)


def test_a_message_costs_as_many_statements_for_many_as_for_few(stage, streams):
    streams.tariff(Kind.MINUTE, "live/*")
    few = [streams.viewer(f"few{number}", credits=1000).name for number in range(2)]
    many = [streams.viewer(f"many{number}", credits=1000).name for number in range(40)]
    poor = [streams.viewer(f"poor{number}").name for number in range(40)]
    stage.sync("srv-1", *map(seen, [*few, *many]))
    with counted(stage.billing.engine) as for_few:
        stage.clock.advance(seconds=30)
        stage.sync("srv-1", *map(seen, few))
    with counted(stage.billing.engine) as for_many:
        stage.clock.advance(seconds=30)
        stage.sync("srv-1", *map(seen, [*many, *poor]))
    assert len(for_many) <= len(for_few) + 6
