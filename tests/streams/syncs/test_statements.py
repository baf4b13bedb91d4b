"""However many watch, the database is asked equally often."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from billing.uow import Billing
from ppv_module.streams.options import OFF, StreamOptions
from tests.streams.make import MakeStreams, player
from tests.streams.syncs.stage import Stage


@contextmanager
def counted(billing: Billing) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(billing.engine, "before_cursor_execute", note)
    yield statements
    event.remove(billing.engine, "before_cursor_execute", note)


def test_a_message_of_many_takes_as_many_statements_as_one_of_few(stage: Stage, streams: MakeStreams) -> None:
    quiet = StreamOptions(ip_spread=OFF, session_spread=OFF, agent=OFF, marathon=OFF, bitrate=OFF)
    streams.make.billing.options[StreamOptions] = quiet  # type: ignore[index]
    streams.tariff(per_minute=60)
    names = [streams.viewer(f"user{number}", credits=1_000_000).name for number in range(3)]
    streams.ticket("user0", "live/one")
    numbers = list[int]()
    for many in (20, 1000):
        for _ in range(3):
            some = [names[number % 3] for number in range(many)]
            players = [
                player(name, f"live/{number % 7}", sessionid=str(number), user_agents=[f"agent {number % 19}"])
                for number, name in enumerate(some)
            ]
            with counted(streams.make.billing) as statements:
                stage.told(*players, server=f"srv-{many}")
        numbers.append(len(statements))

    assert numbers[0] == numbers[1]
    assert numbers[0] < 70
