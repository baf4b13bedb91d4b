"""Who is there: the rule as a table of truth, and how each of its sources is kept."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from ppv_module.chat import presence
from ppv_module.chat.models import Performer, Status, Tenant
from ppv_module.chat.presence import Present, beat, claim_poll, is_warning, keep_polled, status_of, told
from tests.ppv.people.support import at_once, lines
from tests.support import Crash, crash_after

NOW = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
ONLINE, BUSY, OFFLINE = Status.ONLINE, Status.BUSY, Status.OFFLINE
NEVER = None


def ago(seconds):
    return None if seconds is None else NOW - timedelta(seconds=seconds)


def shown(*, active=True, busy=False, told=("", NEVER), polled=("", NEVER), beat=NEVER):
    performer = Performer(
        active=active, told_status=told[0], told_at=ago(told[1]), polled_status=polled[0], beat_at=ago(beat)
    )
    return status_of(performer, tenant=Tenant(polled_at=ago(polled[1])), busy=busy, now=NOW)


def expected(active, busy, told, polled, beat):
    """The rule once more, as the guide writes it."""
    if not active:
        return OFFLINE
    if busy:
        return BUSY
    if told[1] is not None and told[1] < 30:
        return Status(told[0])
    if polled[1] is not None and polled[1] < 30:
        return Status(polled[0] or "offline")
    if beat is not None and beat < 60:
        return ONLINE
    return OFFLINE


TOLD = [("", NEVER), *product(("online", "busy", "offline"), (0, 29.999, 30, 3600))]
POLLED = [("", NEVER), *product(("", "online", "busy", "offline"), (0, 29.999, 30, 3600))]
BEATS = (NEVER, 0, 59.999, 60, 3600)


def test_the_first_source_that_knows_wins():
    table = list(product((True, False), (True, False), TOLD, POLLED, BEATS))
    assert len(table) == 4 * len(TOLD) * len(POLLED) * len(BEATS)

    for line in table:
        names = ("active", "busy", "told", "polled", "beat")
        assert shown(**dict(zip(names, line, strict=True))) is expected(*line), line


@pytest.mark.parametrize(
    ("sources", "status"),
    [
        ({}, OFFLINE),
        ({"beat": 59}, ONLINE),
        ({"beat": 60}, OFFLINE),
        ({"polled": ("online", 29)}, ONLINE),
        ({"polled": ("online", 30)}, OFFLINE),
        ({"polled": ("offline", 10), "beat": 1}, OFFLINE),
        ({"polled": ("online", 31), "beat": 1}, ONLINE),
        ({"told": ("online", 29), "polled": ("offline", 1)}, ONLINE),
        ({"told": ("online", 30), "polled": ("offline", 1)}, OFFLINE),
        ({"told": ("offline", 5), "beat": 1}, OFFLINE),
        ({"busy": True, "told": ("offline", 1), "polled": ("offline", 1)}, BUSY),
        ({"busy": True}, BUSY),
        ({"active": False, "busy": True, "beat": 1}, OFFLINE),
    ],
)
def test_lines_of_the_guide(sources, status):
    assert shown(**sources) is status


def test_an_open_page_is_remembered_and_never_put_back(chat, uow, clock):
    star = chat.performer(chat.tenant(), beat_at=None)
    later = clock() + timedelta(seconds=40)

    beat(uow(), person_id=star.person_id, now=later)
    beat(uow(), person_id=star.person_id, now=clock())
    beat(uow(), person_id=404, now=clock())

    assert chat.again(star).beat_at == later


def test_the_latest_word_wins_and_older_ones_are_ignored(chat, uow, clock):
    star = chat.performer(chat.tenant())

    def say(status, seconds):
        at = clock() + timedelta(seconds=seconds)
        return told(uow(), person_id=star.person_id, status=status, at=at, now=clock())

    assert say(ONLINE, -20)
    assert not say(BUSY, -25)
    assert chat.again(star).told_status == "online"
    assert say(BUSY, -20)  # of the same second the one that came last
    assert say(OFFLINE, -5)
    assert (chat.again(star).told_status, chat.again(star).told_at) == ("offline", clock() - timedelta(seconds=5))


def test_a_wrong_clock_keeps_nobody_online(chat, uow, clock):
    star, tenant = chat.performer(chat.tenant(), beat_at=None), chat.tenant()

    told(uow(), person_id=star.person_id, status=ONLINE, at=clock() + timedelta(days=1), now=clock())

    assert chat.again(star).told_at == clock()
    assert status_of(chat.again(star), tenant=tenant, busy=False, now=clock.advance(seconds=30)) is OFFLINE


def test_words_that_come_at_once_leave_the_latest(chat, uow, clock):
    star = chat.performer(chat.tenant())

    def one(number):
        at, status = clock() - timedelta(seconds=number), ONLINE if number == 0 else OFFLINE
        return told(uow(), person_id=star.person_id, status=status, at=at, now=clock())

    at_once(one)

    assert (chat.again(star).told_status, chat.again(star).told_at) == ("online", clock())


@pytest.fixture
def keep(uow, clock):
    def keep(tenant, *found, trouble=""):
        found = None if trouble else [Present(number=each[0], name=each[1], status=each[2]) for each in found]
        keep_polled(uow(), tenant_id=tenant.id, found=found, trouble=trouble, now=clock())

    return keep


def test_who_is_found_is_matched_by_number_then_by_name(chat, clock, keep):
    tenant = chat.tenant()
    first, second, third, fourth = (
        chat.performer(tenant, f"star{number}", number=number, beat_at=None) for number in range(1, 5)
    )

    keep(tenant, (1, "somebody", ONLINE), (None, "STAR2", BUSY), (999, "Star3", ONLINE), (77, "nobody", ONLINE))

    statuses = [chat.again(each).polled_status for each in (first, second, third, fourth)]
    assert statuses == ["online", "busy", "online", "offline"]
    assert chat.again(tenant).polled_at == clock()

    keep(tenant)
    assert {chat.again(each).polled_status for each in (first, second, third, fourth)} == {"offline"}


def test_names_and_numbers_of_another_chat_do_not_count(chat, keep):
    tenant, other = chat.tenant(), chat.tenant()
    here, there = chat.performer(tenant, "star", number=1), chat.performer(other, "star", number=1)

    keep(tenant, (1, "Star", ONLINE))

    assert (chat.again(here).polled_status, chat.again(there).polled_status) == ("online", "")
    assert chat.again(other).polled_at is None


def test_a_viewer_with_the_number_is_no_performer(chat, keep):
    tenant = chat.tenant()
    star, viewer = chat.performer(tenant, "star", number=1), chat.viewer(tenant, "ann", number=10001)

    keep(tenant, (viewer.number, "Ann", ONLINE))

    assert chat.again(star).polled_status == "offline"


def test_the_staff_are_warned_once_when_the_chat_is_silent_and_told_when_it_is_back(billing, chat, clock, keep):
    tenant = chat.tenant()
    keep(tenant)
    good_at = clock()

    clock.advance(seconds=10)
    keep(tenant, trouble="getOnlinePerformers: HTTP 503")
    assert chat.again(tenant).poll_failed_since == clock() and not is_warning(chat.again(tenant), clock())
    clock.advance(seconds=29)
    keep(tenant, trouble="getOnlinePerformers: timeout")
    assert lines(billing) == [] and not is_warning(chat.again(tenant), clock())

    for _ in range(3):
        clock.advance(seconds=10)
        keep(tenant, trouble="getOnlinePerformers: timeout")
    assert is_warning(chat.again(tenant), clock())
    assert chat.again(tenant).polled_at == good_at
    for _ in range(2):
        keep(tenant)
    assert chat.again(tenant).poll_failed_since is None and not is_warning(chat.again(tenant), clock())
    assert [text for text, _, _ in lines(billing)] == [
        f"PPV TENANT [{tenant.id}] CHAT DOES NOT ANSWER: getOnlinePerformers: timeout",
        f"PPV TENANT [{tenant.id}] CHAT ANSWERS AGAIN",
    ]


def test_a_crash_while_an_answer_is_kept_keeps_none_of_it(chat, keep):
    tenant = chat.tenant()
    star = chat.performer(tenant, "star", number=1)

    with pytest.raises(Crash), crash_after(presence, "_set_polled"):
        keep(tenant, (1, "Star", ONLINE))

    assert chat.again(star).polled_status == "" and chat.again(tenant).polled_at is None


def test_of_many_workers_one_asks_each_ten_seconds(chat, uow, clock):
    tenant = chat.tenant()

    def claims():
        return at_once(lambda _: claim_poll(uow(), tenant_id=tenant.id, now=clock()), times=4)

    assert sorted(claims()) == [False, False, False, True]
    clock.advance(seconds=9.9)
    assert claims() == [False] * 4
    clock.advance(seconds=0.1)
    assert sorted(claims()) == [False, False, False, True]


def test_a_clock_that_was_set_back_does_not_stop_the_asking(chat, uow, clock):
    tenant = chat.tenant()
    assert claim_poll(uow(), tenant_id=tenant.id, now=clock() + timedelta(hours=1))

    assert claim_poll(uow(), tenant_id=tenant.id, now=clock())
