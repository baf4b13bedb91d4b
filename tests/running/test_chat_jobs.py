"""What the worker does for pay-per-view, over a clock that stands still."""

from dataclasses import replace
from threading import Event as Flag

import pytest
import responses
from sqlalchemy import func, select

from cron import jobs
from cron.scheduler import schedule
from ppv_module.chat.models import HookCall
from ppv_module.chat.shows.models import EndReason, ShowState
from ppv_module.credits.models import Notice, Verdict
from ppv_module.credits.notices import store_notice
from ppv_module.options import PpvOptions
from suite.runtime import Runtime
from tests.ppv.make import MakeChat
from tests.ppv.shows.stage import Stage
from tests.support import Make, assert_books_balance

JOBS = {
    "sweep_shows",
    "ask_who_is_there",
    "payment_notices",
    "watch_servers",
    "note_viewers",
    "keep_stream_days",
    "watch_clock",
    "forget_messages",
}
VERIFY = "https://ipnpb.paypal.com/cgi-bin/webscr"


@pytest.fixture
def open_chat(runtime):
    """The same operator, with pay-per-view switched on."""
    return Runtime(replace(runtime.settings, ppv=PpvOptions(enabled=True)), runtime.clock)


@pytest.fixture
def chat(open_chat):
    return MakeChat(Make(open_chat.billing, open_chat.clock))


def names(runtime):
    return {job.name for job in jobs.jobs(runtime)}


def test_pay_per_view_has_its_jobs_where_it_is_switched_on(runtime, open_chat):
    assert names(open_chat) - names(runtime) == JOBS
    assert {job.id for job in schedule(open_chat, Flag()).get_jobs()} >= JOBS


def test_a_show_that_nobody_ends_is_ended(open_chat, chat, clock):
    tenant = chat.tenant()
    viewer, performer = chat.viewer(tenant, credits=600), chat.performer(tenant)
    stage = Stage(open_chat.billing, clock, chat, tenant, viewer, performer)
    show = stage.live()
    stage.play(show, 20)
    clock.advance(seconds=31)

    jobs.sweep_shows(open_chat, Flag())

    ended = chat.again(show)
    assert (ended.state, ended.end_reason, ended.credits_charged) == (ShowState.ENDED, EndReason.TICK_TIMEOUT, 20)
    assert_books_balance(open_chat.billing)


@responses.activate
def test_who_is_there_is_asked_for(open_chat, chat, clock):
    tenant = chat.tenant(rest_url="https://rest.example:2083", rest_token="t" * 20)
    performer = chat.performer(tenant, number=3, beat_at=None)
    address = f"https://rest.example:2083/getOnlinePerformers/{tenant.webmaster_id}/{'t' * 20}"
    responses.get(address, json=[{"id": 3, "username": "anna", "status": "online"}])

    jobs.ask_who_is_there(open_chat, Flag())

    assert chat.again(performer).polled_status == "online"
    assert chat.again(tenant).polled_at == clock()


def test_calls_of_the_chat_are_forgotten_after_three_months(open_chat, chat, clock):
    call = HookCall(tenant_id=chat.tenant().id, at=clock(), action="getCredits", fields={}, remote_ip="192.0.2.1")
    uow = open_chat.billing.uow()
    with uow:
        uow.session.add(call)
    for days, left in ((89, 1), (2, 0)):
        clock.advance(days=days)
        jobs.forget_old(open_chat, Flag())
        with open_chat.billing.reading() as session:
            assert session.scalar(select(func.count()).select_from(HookCall)) == left


@responses.activate
def test_notices_are_verified_and_old_ones_are_forgotten(open_chat, chat, clock):
    responses.post(VERIFY, body="INVALID")
    facts = {"provider": "paypal", "raw": b"txn_id=1", "content_type": "", "remote_ip": "192.0.2.1"}
    number = store_notice(open_chat.billing.uow(), **facts, now=clock())

    jobs.work_off_notices(open_chat, Flag())
    with open_chat.billing.reading() as session:
        assert session.get_one(Notice, number).verdict is Verdict.INVALID

    clock.advance(days=401)
    jobs.forget_old(open_chat, Flag())
    with open_chat.billing.reading() as session:
        assert session.get_one(Notice, number).raw == b""
