"""Minutes are paid to the credit: by the total of an account, never below its floor, each message once."""

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from billing.ledger.models import Account, Hold, Refs
from billing.money import CREDITS, Money
from ppv_module.credits.freezing import freeze
from ppv_module.credits.models import CreditState
from ppv_module.streams.models import Right, Viewing
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.rights.models import Counting, Kind, Rounding
from tests.streams.make import MakeStreams, player, sync_body
from tests.streams.syncs.stage import Stage
from tests.support import STAFF, assert_books_balance, findings


@pytest.fixture(autouse=True)
def _books(stage: Stage) -> Iterator[None]:
    yield
    assert_books_balance(stage.streams.make.billing)


def test_many_small_reports_cost_what_their_sum_costs(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(per_minute=60)
    ivan = streams.viewer("ivan", credits=1000)

    for delta in (30_031, 10_563, 29_406):
        stage.told(player(ivan.name, delta=delta))

    assert stage.debits("ivan") == [30, 10, 30]
    assert streams.balance("ivan") == 930
    [meter] = stage.meters()
    assert (meter.watched_ms, meter.due, meter.charged) == (70_000, 70, 70)


def test_an_hour_in_half_minutes_costs_an_hour(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(per_minute=50)
    ivan = streams.viewer("ivan", credits=5000)

    for _ in range(120):
        stage.told(player(ivan.name, delta=30_000))

    assert stage.debits("ivan") == [25] * 120
    assert streams.balance("ivan") == 2000


def test_any_split_of_the_time_costs_what_the_formula_says(stage: Stage, streams: MakeStreams) -> None:
    chance = random.Random(7)
    streams.tariff(per_minute=37)
    ivan = streams.viewer("ivan", credits=100_000)
    deltas = [chance.randrange(0, 90_000) for _ in range(25)]

    for delta in deltas:
        parts = sorted(chance.randrange(0, delta + 1) for _ in range(2))
        told = (parts[0], parts[1] - parts[0], delta - parts[1])
        stage.told(*(player(ivan.name, delta=ms, sessionid=str(number)) for number, ms in enumerate(told)))

    assert sum(stage.debits("ivan")) == sum(deltas) * 37 // 60_000


def test_an_entry_says_what_it_is_for(stage: Stage, streams: MakeStreams) -> None:
    tariff = streams.tariff(per_minute=60)
    ivan = streams.viewer("ivan", credits=1000)

    stage.told(player(ivan.name, sessionid="77", delta=30_000), player(ivan.name, sessionid="78", delta=12_000))

    [entry], [record], [meter] = stage.entries("ivan"), stage.records(), stage.meters()
    assert entry.key == f"ppv.watch:{record.id}:{meter.id}"
    assert (entry.journal, entry.actor, entry.login) == (f"ppv.sync:{record.id}", "streams", "ivan")
    assert (entry.tariff_id, entry.amount_minor) == (meter.price_id, 42)
    assert entry.note == "42000 ms srv-1 77 +1"
    assert tariff.id


def test_a_minute_that_has_begun_is_paid_whole_for_each_session(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(per_minute=10, rounding=Rounding.STARTED_MINUTE)
    ivan = streams.viewer("ivan", credits=1000)

    stage.told(player(ivan.name, sessionid="a", delta=1), player(ivan.name, sessionid="b", delta=60_000))
    stage.told(player(ivan.name, sessionid="a", delta=59_999), player(ivan.name, sessionid="b", delta=1))
    stage.told(player(ivan.name, sessionid="a", delta=1), player(ivan.name, sessionid="b", delta=0))

    assert stage.debits("ivan") == [20, 10, 10]


def test_parallel_sessions_count_once_by_the_wall_clock(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(per_minute=60, counting=Counting.WALLCLOCK)
    ivan = streams.viewer("ivan", credits=1000)

    stage.told(player(ivan.name, delta=30_000), player(ivan.name, sessionid="2", delta=20_000))
    stage.told(player(ivan.name, delta=10_000), server="srv-2", after_s=10)
    stage.told(player(ivan.name, delta=30_000), after_s=20)
    stage.told(player(ivan.name, delta=30_000), server="srv-2", after_s=0)

    assert [meter.watched_ms for meter in stage.meters()] == [60_000]
    assert stage.debits("ivan") == [30, 10, 20]


def test_gifts_are_spent_first(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(per_minute=60)
    ivan = streams.viewer("ivan", credits=100)
    _set(stage, CreditState, CreditState.login == "ivan", bonus=40)

    stage.told(player(ivan.name, delta=30_000))
    assert _state(stage, "ivan").bonus == 10
    stage.told(player(ivan.name, delta=30_000))

    assert (_state(stage, "ivan").bonus, streams.balance("ivan")) == (0, 40)


def test_what_cannot_be_paid_is_owed_and_taken_first_when_there_is_money(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(per_minute=60)
    ivan = streams.viewer("ivan", credits=20)

    stage.told(player(ivan.name, delta=30_000))
    stage.told(player(ivan.name, delta=15_000))
    [meter] = stage.meters()
    assert (meter.due, meter.charged, streams.balance("ivan")) == (45, 20, 0)

    streams.give("ivan", 100)
    stage.told(player(ivan.name, delta=1000))

    [meter] = stage.meters()
    assert (meter.due, meter.charged, streams.balance("ivan")) == (46, 46, 74)
    assert stage.debits("ivan") == [20, 26]


def test_what_is_reserved_stays_reserved_and_credit_may_be_used(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(per_minute=60)
    ivan, olha = streams.viewer("ivan", credits=50), streams.viewer("olha", credits=50)
    _set(stage, Account, Account.code == "credits:olha", floor_minor=-15)
    uow = streams.make.billing.uow()
    with uow:
        at = streams.make.clock()
        uow.ledger.hold(
            source=uow.ledger.account("credits:ivan"),
            target=uow.ledger.system("income:credits", CREDITS),
            amount=Money(30, CREDITS),
            key="test-hold",
            refs=Refs(actor="test"),
            at=at,
            expires_at=at,
        )

    stage.told(player(ivan.name, delta=70_000), player(olha.name, sessionid="2", delta=70_000))

    assert (stage.debits("ivan"), stage.debits("olha")) == ([20], [65])
    with stage.reading() as session:
        hold = session.scalars(select(Hold)).one()
    with uow:
        uow.ledger.release(hold.id, at=at)
    assert streams.balance("ivan") == 30
    streams.give("olha", 15)


def test_several_prices_share_what_is_there_the_oldest_first(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(pattern="live/*", per_minute=60)
    streams.tariff(pattern="films/*", per_minute=120)
    ivan = streams.viewer("ivan", credits=50)

    stage.told(player(ivan.name, "films/one", delta=30_000), player(ivan.name, "live/one", delta=30_000))

    assert [(meter.due, meter.charged) for meter in stage.meters()] == [(30, 30), (60, 20)]
    assert streams.balance("ivan") == 0


def test_a_new_price_counts_from_its_day(stage: Stage, streams: MakeStreams) -> None:
    tariff = streams.tariff(per_minute=60)
    ivan = streams.viewer("ivan", credits=1000)
    stage.told(player(ivan.name, delta=30_500))
    streams.price(tariff, per_minute=120, valid_from=streams.make.clock())

    stage.told(player(ivan.name, delta=30_000))
    stage.told(player(ivan.name, delta=29_500))

    assert stage.debits("ivan") == [30, 60, 59]
    assert len(stage.meters()) == 2


def test_what_was_watched_is_charged_though_credits_are_frozen(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(per_minute=60)
    ivan = streams.viewer("ivan", credits=100)
    freeze(streams.make.billing.uow(), login="ivan", reason="asked", actor=STAFF, now=streams.make.clock())

    stage.told(player(ivan.name, delta=30_000))

    assert stage.debits("ivan") == [30]


def test_only_metered_content_costs_minutes(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(Kind.FREE, "free/*")
    streams.tariff(Kind.TICKET, "paid/*")
    streams.tariff(Kind.PACKAGE, "tv/*")
    ivan = streams.viewer("ivan", credits=1000)
    places = ("free/a", "paid/a", "tv/a", "unknown/a")

    stage.told(*(player(ivan.name, place, sessionid=place) for place in places), player("nobody"), player(""))

    rights = [each.right for each in stage.viewings()]
    assert rights == [Right.FREE, Right.NONE, Right.NONE, Right.NONE, Right.UNKNOWN, Right.ANONYMOUS]
    assert stage.debits("ivan") == []
    assert [each.account_id for each in stage.viewings()][4:] == [None, None]


def test_a_repeated_time_may_be_capped_by_what_has_passed(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(per_minute=60)
    ivan = streams.viewer("ivan", credits=1000)
    billing = streams.make.billing
    billing.options[StreamOptions] = StreamOptions(cap_to_elapsed=True)  # type: ignore[index]

    stage.told(player(ivan.name, delta=100_000))
    stage.told(player(ivan.name, delta=60_000))

    viewing = stage.viewing()
    assert (viewing.watched_ms, viewing.disputed_ms, viewing.flags) == (135_000, 25_000, Viewing.CAPPED | Viewing.LATE)
    assert stage.debits("ivan") == [100, 35]


def test_an_absurd_time_neither_breaks_the_books_nor_others(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(per_minute=1_000_000)
    ivan, olha = streams.viewer("ivan", credits=100), streams.viewer("olha", credits=1_000_000)

    for _ in range(3):
        stage.told(
            player(ivan.name, delta=2**63 - 1, bytes_sent=2**63 - 1), player(olha.name, sessionid="2", delta=3_000)
        )

    assert streams.balance("ivan") == 0
    assert stage.debits("olha") == [50_000] * 3
    assert stage.viewings()[0].flags & Viewing.CAPPED


def test_a_time_above_32_bits_is_exact(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(per_minute=60)
    ivan = streams.viewer("ivan", credits=10_000_000)

    stage.told(player(ivan.name, delta=4_294_967_301))

    assert stage.debits("ivan") == [4_294_967]


def _set(stage: Stage, model: type, where: object, **values: object) -> None:
    with stage.reading() as session:
        session.execute(update(model).where(where).values(**values))  # type: ignore[arg-type]
        session.commit()


def _state(stage: Stage, login: str) -> CreditState:
    with stage.reading() as session:
        return session.get_one(CreditState, login)


def test_by_the_wall_clock_what_comes_late_makes_no_time_count_twice(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(per_minute=60, counting=Counting.WALLCLOCK)
    ivan = streams.viewer("ivan", credits=1000)

    stage.told(player(ivan.name))
    now = streams.make.clock()
    stage.put(sync_body("srv-2", [player(ivan.name)]), now=now - timedelta(seconds=20))
    stage.put(sync_body("srv-3", [player(ivan.name)]), now=now + timedelta(seconds=5))

    assert stage.debits("ivan") == [30, 5]
    [meter] = stage.meters()
    assert meter.until == now + timedelta(seconds=5)


def test_the_rest_of_a_minute_that_was_begun_at_another_price_is_paid_already(
    stage: Stage, streams: MakeStreams
) -> None:
    tariff = streams.tariff(per_minute=60, rounding=Rounding.STARTED_MINUTE)
    ivan = streams.viewer("ivan", credits=1000)

    stage.told(player(ivan.name, delta=30_000))
    streams.price(tariff, per_minute=120, rounding=Rounding.STARTED_MINUTE, valid_from=streams.make.clock())
    stage.told(player(ivan.name, delta=20_000))
    stage.told(player(ivan.name, delta=10_001))

    assert stage.debits("ivan") == [60, 120]
    assert findings(stage.streams.make.billing) == []


def test_the_audit_copes_with_the_longest_times(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(per_minute=1_000_000)
    ivan = streams.viewer("ivan", credits=100)

    stage.told(*[player(ivan.name, sessionid=str(number), delta=2**63 - 1) for number in range(40)])

    assert stage.debits("ivan") == [100]
    assert findings(stage.streams.make.billing) == []
