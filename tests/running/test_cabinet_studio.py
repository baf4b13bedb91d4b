"""The performer's pages before a real billing: a show from the request to the earnings, by forms alone."""

from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from ppv_module.chat.earnings.payouts import draft_payout, pay_payout
from ppv_module.chat.earnings.tips import send_tip
from ppv_module.chat.shows.asking import request_show
from ppv_module.chat.shows.closing import end_show
from ppv_module.chat.shows.models import EndReason, Source
from ppv_module.chat.shows.running import arrive, touch
from tests.ppv.make import MakeChat
from tests.running.cabinet import cabinet_of, come_in, send, subscriber, text
from tests.support import GUEST, Make, assert_books_balance


@pytest.fixture
def directory(directory: Path) -> Path:
    ini = directory / "alter.ini"
    ini.write_text(ini.read_text() + "PPV_ENABLED=1\n")
    return directory


@pytest.fixture
def chat(runtime, clock) -> MakeChat:
    return MakeChat(Make(runtime.billing, clock))


@pytest.fixture
def tenant(chat):
    return chat.tenant()


@pytest.fixture
def olha(chat, tenant):
    """Signs in like any subscriber."""
    subscriber(chat.make, "olha", "0 UAH")
    return chat.performer(tenant, "olha", number=5, display_name="Olha", rate=60)


@pytest.fixture
def ivan(chat, tenant):
    return chat.viewer(tenant, "ivan", credits=600)


@pytest.fixture
def browser(runtime, olha):
    with cabinet_of(runtime, chat=True) as cabinet:
        yield come_in(cabinet, "olha")


@pytest.fixture
def base(tenant) -> str:
    return f"/studio/{tenant.id}"


def asked(runtime, olha, ivan) -> str:
    who = {"viewer_id": ivan.id, "performer_id": olha.person_id}
    show = request_show(runtime.billing.uow(), **who, source=Source.SELF, actor=GUEST, now=runtime.clock())
    return show.id


def page(browser, path: str) -> str:
    return unescape(text(browser, path))


def test_a_whole_show_from_the_request_to_the_earnings(runtime, clock, browser, base, olha, ivan):
    assert "Your room is open to everybody." in page(browser, "/studio")
    show = asked(runtime, olha, ivan)
    assert "Ivan asks for a private show." in page(browser, base)

    send(browser, f"{base}/accept?show={show}")
    assert f'data-room="{show}"' in page(browser, base)
    entry = send(browser, f"{base}/entry", room=show).json
    assert entry["url"].startswith("https://chat.example/chat/")

    send(browser, f"{base}/arrive?show={show}")
    arrive(runtime.billing.uow(), show_id=show, person_id=ivan.id, now=clock())
    for _ in range(3):
        clock.advance(seconds=10)
        touch(runtime.billing.uow(), show_id=show, person_id=ivan.id, now=clock())
        send(browser, f"{base}/tick?show={show}")
    live = page(browser, base)
    assert "Private show with Ivan. Nobody else can see it." in live
    assert "<dd>0:30</dd>" in live and "<dd>30</dd>" in live

    answer = send(browser, f"{base}/end?show={show}")
    over = page(browser, answer.location)
    assert "The private show is over: 0:30, 30 credits." in over
    assert 'data-room="public"' in over
    earnings = page(browser, f"{base}/earnings")
    assert "Private show: Ivan" in earnings and "0.250\u202fUAH" in earnings
    assert "30" in page(browser, f"{base}/earnings.csv").splitlines()[1]
    assert_books_balance(runtime.billing)


def test_a_request_that_is_refused_is_gone(runtime, browser, base, olha, ivan):
    show = asked(runtime, olha, ivan)
    send(browser, f"{base}/refuse?show={show}")
    assert "Your room is open to everybody." in page(browser, base)


def test_the_viewer_ends_it_and_her_page_leaves_the_private_room(runtime, clock, browser, base, olha, ivan):
    show = asked(runtime, olha, ivan)
    send(browser, f"{base}/accept?show={show}")
    about = {"show_id": show, "reason": EndReason.VIEWER_END, "by": ivan.id, "actor": GUEST}
    end_show(runtime.billing.uow(), **about, now=clock())
    state = page(browser, f"{base}/state?show={show}")
    assert 'data-room="public"' in state and "The private show did not begin." in state


def test_tips_and_the_day_are_told(runtime, clock, browser, base, olha, ivan):
    who = {"viewer_id": ivan.id, "performer_id": olha.person_id}
    send_tip(runtime.billing.uow(), **who, credits=60, key="t", actor=GUEST, now=clock())
    told = page(browser, base)
    assert "Ivan: 60 credits" in told and "0.500\u202fUAH" in told


def test_her_open_page_keeps_her_online(runtime, clock, browser, base):
    clock.advance(minutes=5)
    assert "Offline" in page(browser, base)
    send(browser, f"{base}/beat")
    assert "Online" in page(browser, base)
    clock.advance(seconds=61)
    assert "Offline" in page(browser, base)


def test_a_viewer_has_no_studio_and_gets_no_way_into_it(runtime, chat, tenant, olha, base):
    subscriber(chat.make, "petro", "0 UAH")
    chat.viewer(tenant, "petro", credits=10)
    with cabinet_of(runtime, chat=True) as cabinet:
        browser = come_in(cabinet, "petro")
        assert browser.get("/studio").location == "/chat"
        assert browser.get(base).status_code == 404
        for room in ("public", "6f1c1d2e-0000-4000-8000-000000000001"):
            assert send(browser, f"{base}/entry", room=room).status_code == 404
        assert f'href="{base}"' not in page(browser, f"/chat/{tenant.id}")


def test_the_wall_leads_a_performer_to_her_studio(browser, tenant, base):
    assert f'href="{base}"' in page(browser, f"/chat/{tenant.id}")


def test_payouts_are_told(runtime, clock, browser, base, tenant, olha, ivan):
    who = {"viewer_id": ivan.id, "performer_id": olha.person_id}
    send_tip(runtime.billing.uow(), **who, credits=60, key="t", actor=GUEST, now=clock())
    common = {"actor": GUEST, "now": clock()}
    period = {"begins_at": clock() - timedelta(days=1), "ends_at": clock() + timedelta(days=1)}
    hers = {"tenant_id": tenant.id, "performer_id": olha.person_id}
    payout = draft_payout(runtime.billing.uow(), **hers, **period, **common)
    assert "Is being prepared" in page(browser, f"{base}/payouts")
    pay_payout(runtime.billing.uow(), payout_id=payout.id, reference="IBAN 7", **common)
    told = page(browser, f"{base}/payouts")
    assert "0.50\u202fUAH" in told and "IBAN 7" in told
    assert_books_balance(runtime.billing)
