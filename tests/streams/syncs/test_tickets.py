"""Who has a ticket or a package pays no minutes; a ticket with minutes is used up by watching."""

from datetime import timedelta

from sqlalchemy import literal, select

from ppv_module.streams.models import Right
from ppv_module.streams.rights.models import Kind, Ticket
from ppv_module.streams.rights.packages import Packages
from tests.streams.make import MakeStreams, player
from tests.streams.syncs.stage import Stage
from tests.support import assert_books_balance


def used_ms(stage: Stage, ticket: Ticket) -> int:
    with stage.reading() as session:
        return session.get_one(Ticket, ticket.id).used_ms


def test_a_ticket_comes_before_minutes(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(per_minute=60)
    ivan = streams.viewer("ivan", credits=1000)
    ticket = streams.ticket("ivan", "live/*", hours=1)

    stage.told(player(ivan.name), player(ivan.name, "films/one", sessionid="2"))
    films, live = sorted(stage.viewings(), key=lambda each: each.right)

    assert (live.right, live.ticket_id, live.price_id) == (Right.TICKET, ticket.id, None)
    assert (films.right, films.ticket_id) == (Right.MINUTE, None)
    assert (stage.debits("ivan"), used_ms(stage, ticket)) == ([30], 30_000)
    assert_books_balance(streams.make.billing)


def test_a_ticket_that_is_over_is_followed_by_minutes_or_by_nothing(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(pattern="live/*", per_minute=60)
    streams.tariff(Kind.TICKET, "films/*")
    ivan, olha = streams.viewer("ivan", credits=1000), streams.viewer("olha", credits=1000)
    streams.ticket("ivan", hours=1)
    both = [
        player(ivan.name),
        player(ivan.name, "films/one", sessionid="2"),
        player(olha.name, "films/one", sessionid="3"),
    ]

    stage.told(*both)
    assert [each.right for each in stage.viewings()] == [Right.TICKET, Right.TICKET, Right.NONE]
    stage.told(*both, after_s=3600)

    assert [each.right for each in stage.viewings()] == [Right.MINUTE, Right.EXPIRED, Right.NONE]
    assert (stage.debits("ivan"), stage.debits("olha")) == ([30], [])


def test_minutes_of_a_ticket_are_used_up_by_all_sessions_together(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(Kind.TICKET)
    ivan = streams.viewer("ivan", credits=1000)
    ticket = streams.ticket("ivan", limit_ms=100_000)
    both = [player(ivan.name, sessionid="1"), player(ivan.name, "live/other", sessionid="2")]

    stage.told(*both)
    assert used_ms(stage, ticket) == 60_000
    stage.told(*both)
    assert used_ms(stage, ticket) == 120_000
    stage.told(*both)

    assert used_ms(stage, ticket) == 120_000
    assert [each.right for each in stage.viewings()] == [Right.EXPIRED] * 2


def test_the_ticket_that_ends_first_is_used_and_one_taken_back_is_not(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(Kind.TICKET)
    ivan, now = streams.viewer("ivan"), streams.make.clock()
    streams.ticket("ivan", hours=1, revoked_at=now)
    streams.ticket("ivan", hours=48)
    first = streams.ticket("ivan", hours=24)
    streams.ticket("ivan", hours=2, valid_from=now + timedelta(hours=1))

    stage.told(player(ivan.name))

    assert stage.viewing().ticket_id == first.id


def test_a_ticket_makes_one_view_of_a_stream_by_however_many_links(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(Kind.TICKET)
    one, two = streams.viewer("ivan", name="p-one"), streams.viewer("ivan", name="p-two")
    streams.ticket("ivan")

    stage.told(player(one.name, sessionid="1"), player(two.name, sessionid="2"))
    stage.told(player(two.name, sessionid="3"), server="srv-2")

    assert [bool(each.viewed_at) for each in stage.viewings()] == [True, False, False]


def test_whoever_has_the_package_watches_by_it_and_keeps_his_ticket(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(Kind.PACKAGE, packages=[7])
    ivan, olha, petro = (streams.viewer(login, credits=100) for login in ("ivan", "olha", "petro"))
    ticket, own = streams.ticket("olha"), streams.ticket("ivan")
    streams.make.billing.options[Packages] = Packages(  # type: ignore[index]
        lambda tariffs: select(literal("ivan")).where(literal(list(tariffs) == [7]))
    )

    stage.told(*(player(each.name, sessionid=each.login) for each in (ivan, olha, petro)))

    assert [each.right for each in stage.viewings()] == [Right.PACKAGE, Right.TICKET, Right.NONE]
    assert (used_ms(stage, ticket), used_ms(stage, own)) == (30_000, 0)
