"""How the partner fares: counted in memory by every process, written down by the hour."""

from datetime import timedelta

import pytest
import responses
from requests.exceptions import ConnectionError as NoConnection

from billing.errors import PartnerRefused, PartnerUnreachable
from olltv_module.partner import Health, Partner
from olltv_module.partner.health import Tally
from olltv_module.reports import health as module
from olltv_module.reports.health import forget_old, partner_health, write_down
from olltv_module.reports.models import PartnerHour
from tests.billing.books import at_once
from tests.support import NOV_10, Crash, crash_after

URL = "https://partner.test/ispAPI"


@pytest.fixture
def health(clock):
    return Health(clock)


@pytest.fixture
def call(health):
    """Have the partner answer a question in this way."""
    partner = Partner(base_url=URL, login="isp", password="secret-word", health=health)
    partner._transport._hash._value = "known-hash"

    def ask(answer):
        with responses.RequestsMock() as partners:
            if isinstance(answer, Exception):
                partners.post(f"{URL}/emailExists", body=answer)
            else:
                partners.post(f"{URL}/emailExists", json=answer)
            return partner.email_exists(email="ivan@isp.test")

    return ask


def good(call):
    call({"status": 0, "data": 0})


def refused(call):
    with pytest.raises(PartnerRefused):
        call({"status": 404, "message": "no"})


def failed(call):
    with pytest.raises(PartnerUnreachable):
        call(NoConnection("ivan@isp.test 0501234567"))


def now_known(billing, clock):
    with billing.reading() as session:
        return partner_health(session, now=clock())


def test_calls_are_counted_by_how_they_ended(billing, clock, health, call):
    good(call)
    refused(call)
    at = clock.advance(minutes=1)
    failed(call)
    write_down(billing, health)
    found = now_known(billing, clock)
    assert (found.calls, found.refused, found.failed, found.failed_percent) == (3, 1, 1, 34)
    assert (found.last_success_at, found.last_trouble_at, found.is_down) == (NOV_10, at, True)
    assert found.last_trouble == "emailExists: ConnectionError"


def test_a_partner_who_answers_again_is_no_longer_down(billing, clock, health, call):
    failed(call)
    clock.advance(seconds=5)
    refused(call)
    write_down(billing, health)
    assert not now_known(billing, clock).is_down


def test_an_hour_is_added_to_by_all_processes(billing, clock, call, health):
    good(call)
    write_down(billing, health)
    other = Health(clock)
    clock.advance(minutes=5)
    failed(call)
    other.put_back(health.take())
    write_down(billing, other)
    clock.advance(minutes=-3)
    failed(call)
    write_down(billing, health)
    found = now_known(billing, clock)
    assert (found.calls, found.failed) == (3, 2)
    assert found.last_trouble_at == NOV_10 + timedelta(minutes=5)


def test_hours_are_told_apart_and_only_a_day_is_counted(billing, clock, call, health):
    failed(call)
    clock.advance(hours=20)
    good(call)
    clock.advance(hours=1)
    good(call)
    write_down(billing, health)
    assert [each.calls for each in now_known(billing, clock).hours] == [1, 1, 1]
    clock.advance(hours=5)
    found = now_known(billing, clock)
    assert (found.calls, found.failed) == (2, 0)
    assert found.last_trouble == "emailExists: ConnectionError"


def test_nothing_was_called_yet(billing, clock, health):
    assert write_down(billing, health) is False
    found = now_known(billing, clock)
    assert (found.calls, found.failed_percent, found.is_down, found.last_success_at) == (0, None, False, None)


def test_secrets_and_phones_stay_out_of_the_trouble(billing, clock, health, call):
    with pytest.raises(PartnerUnreachable):
        call({"status": 111, "message": "wrong password=secret-word of 0501234567 hash=known-hash"})
    write_down(billing, health)
    text = now_known(billing, clock).last_trouble
    assert text.startswith("emailExists: ")
    for secret in ("secret-word", "0501234567", "known-hash"):
        assert secret not in text


@pytest.mark.parametrize("name", ["_newest", "insert_missing"])
def test_what_could_not_be_written_down_is_kept(billing, clock, health, call, name):
    good(call)
    with pytest.raises(Crash), crash_after(module, name):
        write_down(billing, health)
    assert now_known(billing, clock).calls == 0
    good(call)
    write_down(billing, health)
    assert now_known(billing, clock).calls == 2


def test_many_at_once_lose_nothing(billing, clock):
    counters = [Health(clock) for _ in range(6)]
    for each in counters:
        each.put_back([one_call(clock)])

    answers = at_once(6, lambda number: write_down(billing, counters[number]))

    assert answers == [True] * 6
    assert now_known(billing, clock).calls == 6


def one_call(clock):
    return Tally(clock().replace(minute=0), calls=1, last_success_at=clock())


def test_counting_is_safe_for_threads(clock):
    counter = Health(clock)

    def count(_number):
        for _ in range(200):
            counter.put_back([one_call(clock)])

    at_once(8, count)
    [tally] = counter.take()
    assert tally.calls == 1600
    assert counter.take() == []


def test_old_hours_are_forgotten(billing, clock, health, call):
    good(call)
    write_down(billing, health)
    clock.advance(days=91)
    good(call)
    write_down(billing, health)
    forget_old(billing.uow(), now=clock())
    with billing.reading() as session:
        assert [each.hour for each in session.query(PartnerHour)] == [NOV_10 + timedelta(days=91)]
