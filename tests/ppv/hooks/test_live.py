"""Hooks of a tenant that trusts their meaning, and never their amounts."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from ppv_module.chat.earnings.models import Earning
from ppv_module.chat.shows.models import Show, ShowEvent
from ppv_module.credits.freezing import freeze
from tests.support import STAFF, assert_books_balance


def tips(billing):
    with billing.reading() as session:
        return [each.credits for each in session.scalars(select(Earning).order_by(Earning.id))]


def test_performers(live, chat):
    chat.performer(live.tenant, beat_at=None, rate=30, avatar="a.webp", big_photo="b.webp")
    chat.performer(live.tenant, active=False)
    shown = json.loads(live.call("getPerformers"))
    assert [(each["status"], each["creditsPerMinute"]) for each in shown] == [("online", 60), ("offline", 30)]
    assert shown[0] == {
        "id": live.number,
        "username": live.performer.display_name,
        "image": "",
        "ppv_pricePerMinute": 60,
        "creditsPerMinute": 60,
        "conference_bigPhoto": "",
        "status": "online",
    }
    assert shown[1]["image"] == "https://tv.example/chat/photos/a.webp"
    assert shown[1]["conference_bigPhoto"] == "https://tv.example/chat/photos/b.webp"


def test_a_balance_is_a_plain_number_or_json(vendor):
    assert vendor().call("getCredits") == "600"
    assert json.loads(vendor(hook_json=True).call("getCredits")) == {"credits": 600}


def test_people_are_known_by_number_or_by_name(live):
    assert live.send({"a": "getCredits", "username": live.viewer.nickname}).text == "600"
    assert live.call("getCredits", userid="4711") == "ko" and live.last().our_result == "ko: unknown_person"
    assert live.call("getCredits", userid="' OR 1=1") == "ko"
    assert live.call("getCredits", userid="4711", username=live.viewer.nickname) == "600"
    assert live.send({"a": "getCredits"}).text == "ko"


def test_nobody_pays_for_another_one(live, chat):
    """Should the chat number people in its own way, numbers and names do not fit together."""
    other = chat.viewer(live.tenant, credits=9)
    assert live.call("getCredits", userid=other.number, username=live.viewer.nickname) == "ko"
    assert live.call("sendCredits", username=other.nickname, performerid=live.number, credits=5) == "ko"
    named = {"a": "sendCredits", "username": live.viewer.nickname, "performerid": live.number, "credits": 5}
    assert live.send(named).text == "ko"  # a name alone may be anybody's
    assert live.call("getCredits", username=live.viewer.nickname) == "600"
    assert (live.balance, chat.balance(other.login)) == (600, 9)


def test_an_update_is_a_tick_and_its_amount_means_nothing(live, clock, billing):
    show = live.accepted()
    assert live.call("updateCredits", performerid=live.number, credits=9999) == "600"
    for minute in (1, 2):
        clock.advance(seconds=60)
        assert live.call("updateCredits", performerid=live.number, credits="-5") == str(600 - 60 * minute)
    with billing.reading() as session:
        found = session.get_one(Show, show.id)
        assert (found.state, found.billed_ms, found.credits_charged) == ("live", 120_000, 120)
    last = live.last()
    assert (last.vendor_claim, last.show_id) == ("-5", show.id) and last.our_result == "tick: continue, 120 charged"
    assert_books_balance(billing)


def test_an_update_in_a_private_room_names_nobody(live, clock):
    """There the chat reckons the performer's number from a room that says nothing."""
    live.accepted()
    live.call("updateCredits", performerid=10**12)
    clock.advance(seconds=60)
    assert live.call("updateCredits", performerid=10**12) == "540"


def test_two_updates_at_one_moment_are_billed_once(live, clock):
    live.accepted()
    live.call("updateCredits")
    clock.advance(seconds=60)
    assert [live.call("updateCredits") for _ in range(3)] == ["540"] * 3


def test_an_update_that_fits_no_show_bills_nothing(live, chat, clock, billing):
    assert live.call("updateCredits", credits=10) == "600" and live.last().our_result == "no matching show"
    other = chat.performer(live.tenant)
    live.accepted()
    number = other.room_id - live.tenant.webmaster_id * 10_000
    assert live.call("updateCredits", performerid=number) == "600" and live.last().our_result == "no matching show"
    with billing.reading() as session:
        assert session.scalars(select(Show.state)).all() == ["accepted"]
        assert session.scalars(select(ShowEvent).where(ShowEvent.type == "tick")).all() == []


def test_an_update_that_comes_too_late_is_answered_with_the_balance(live, clock):
    live.accepted()
    clock.advance(seconds=31)
    assert live.call("updateCredits") == "600" and live.last().our_result == "bad_state"


def test_credits_run_out(vendor, clock, billing):
    live = vendor(credits=90)
    live.accepted()
    live.call("updateCredits")
    clock.advance(seconds=60)
    assert live.call("updateCredits") == "30"
    clock.advance(seconds=60)
    assert live.call("updateCredits") == "0"
    assert live.call("updateCredits") == "0" and live.last().our_result == "no matching show"
    with billing.reading() as session:
        assert session.scalars(select(Show.end_reason)).all() == ["credits_exhausted"]
    assert_books_balance(billing)


def test_a_tip(live, billing):
    assert live.call("sendCredits", performerid=live.number, credits=50) == "550"
    assert live.last().our_result == "tip" and live.last().vendor_claim == "50"
    assert live.balance == 550 and tips(billing) == [50]
    assert_books_balance(billing)


def test_a_tip_in_a_private_room_is_for_her_who_is_there(live, billing):
    show = live.accepted()
    assert live.call("sendCredits", performerid=10**12, credits=50) == "550"
    with billing.reading() as session:
        assert session.scalars(select(Earning.show_id)).all() == [show.id]


@pytest.mark.parametrize("credits", ["601", "0", "-1", "10001", "1.5", "ten", "", "1e3", "９"])
def test_a_tip_that_cannot_be_is_refused_with_one_word(live, billing, credits):
    assert live.call("sendCredits", performerid=live.number, credits=credits) == "ko"
    assert live.balance == 600 and tips(billing) == [] and live.last().our_result.startswith("ko: ")


def test_nothing_is_tipped_from_frozen_credits_or_to_nobody(live, uow, clock, billing):
    assert live.call("sendCredits", performerid=9998, credits=5) == "ko"
    freeze(uow(), login=live.viewer.login, reason="a dispute", actor=STAFF, now=clock())
    assert live.call("sendCredits", performerid=live.number, credits=5) == "ko"
    assert live.last().our_result == "ko: wallet_frozen" and tips(billing) == []


def test_the_same_tip_again_within_a_second_is_one_tip(live, clock, billing):
    same = {"performerid": live.number, "credits": 10}
    assert [live.call("sendCredits", **same) for _ in range(3)] == ["590"] * 3
    clock.advance(milliseconds=999)
    assert live.call("sendCredits", **same) == "590" and live.last().our_result == "repeated tip, not counted"
    clock.advance(milliseconds=1)
    assert live.call("sendCredits", **same) == "580"
    assert live.call("sendCredits", **same | {"credits": 11}) == "569"
    assert tips(billing) == [10, 10, 11]


def test_thirty_identical_tips_at_once_are_one(live, billing):
    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda _: live.call("sendCredits", performerid=live.number, credits=10), range(30)))
    assert answers == ["590"] * 30 and tips(billing) == [10]
    assert_books_balance(billing)


def test_rows_never_cross_tenants(vendor):
    one, other = vendor(), vendor()
    assert one.call("getCredits", userid=other.viewer.number) == "ko"
    assert one.call("sendCredits", performerid=other.number, credits=5) in ("ko",)
    assert one.call("getCredits", webmasterid=other.tenant.webmaster_id) == "ko"
    assert one.last().our_result == "ko: another webmasterid"
    assert (one.balance, other.balance) == (600, 600)
