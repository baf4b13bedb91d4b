"""The wallet's statement as its owner reads it: reasons in words, pages, months at the operator's clock."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from olltv_module.services import corrections, wallets
from tests.olltv.support import spend
from tests.remoteapi.conftest import code, set_password
from tests.remoteapi.test_api_orders import amount
from tests.support import STAFF, money


@pytest.fixture
def told(cabinet, start, uow, clock, billing, ann):
    """Top-up, fee, refund of it, correction, something of another kind; a minute between them."""
    clock.advance(minutes=1)
    cabinet.post("/me/subscriptions", {"tariff": start.id})
    fee = cabinet.get("/me/statement").json["lines"][0]["id"]
    clock.advance(minutes=1)
    wallets.refund(uow(), login="ann", transfer_id=fee, reason="outage", actor=STAFF, now=clock())
    clock.advance(minutes=1)
    gift = {"amount": money("5 UAH"), "reason": "a gift", "key": "gift"}
    corrections.correct(uow(), login="ann", **gift, actor=STAFF, now=clock())
    clock.advance(minutes=1)
    spend(billing, clock, ann, "12 UAH")


def test_every_line_says_why(cabinet, told):
    lines = cabinet.get("/me/statement").json["lines"]

    assert [(each["cause"], each["text"]) for each in lines] == [
        ("other", "internet"),
        ("correction", "Correction: a gift"),
        ("refund", "Refund of the fee of Start for November 2026: outage"),
        ("fee", "Fee of Start for November 2026"),
        ("top_up", "Top-up from the cash desk"),
    ]
    assert [each["amount"]["minor"] for each in lines] == [-1200, 500, 4990, -4990, 20000]
    assert [each["balance"]["minor"] for each in lines] == [19300, 20500, 20000, 15010, 20000]
    assert (lines[3]["tariff"], lines[3]["period"]) == ("Start", "2026-11")


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("uk", ("Абонплата «Start» за листопад 2026", "Коригування: a gift")),
        ("ru", ("Абонплата «Start» за ноябрь 2026", "Корректировка: a gift")),
    ],
)
def test_the_reasons_speak_the_callers_language(cabinet, told, language, texts):
    lines = cabinet.get("/me/statement", Accept_Language=language).json["lines"]

    fee, correction = texts
    assert lines[3]["text"].startswith(fee) and lines[1]["text"] == correction


def test_no_line_says_who_of_the_staff_did_it(cabinet, told):
    assert STAFF.name not in cabinet.get("/me/statement").text


def test_instants_are_at_the_operators_clock(cabinet, told):
    lines = cabinet.get("/me/statement").json["lines"]

    assert lines[-1]["at"] == "2026-11-10T11:00:00+02:00"


def test_the_pages_hold_together(cabinet, told):
    whole = cabinet.get("/me/statement").json
    pages, older = [], ""
    while True:
        page = cabinet.get(f"/me/statement?limit=2{older}").json
        pages.append(page)
        if page["next"] is None:
            break
        older = f"&older_than={page['next']}"

    assert [line for page in pages for line in page["lines"]] == whole["lines"]
    assert [len(page["lines"]) for page in pages] == [2, 2, 1]
    assert all(newer["opening"] == older["closing"] for newer, older in pairwise(pages))
    assert (whole["opening"], whole["closing"], whole["next"]) == (amount("0 UAH"), amount("193 UAH"), None)


class TestMonths:
    def test_a_month_begins_at_the_operators_midnight(self, cabinet, make, clock):
        clock.now = datetime(2026, 11, 30, 21, 59, tzinfo=UTC)
        make.top_up("ann", "1 UAH")
        clock.now = datetime(2026, 11, 30, 22, 0, tzinfo=UTC)
        make.top_up("ann", "2 UAH")
        cabinet.sign_in("ann")

        november = cabinet.get("/me/statement?month=2026-11").json
        december = cabinet.get("/me/statement?month=2026-12").json

        assert [each["amount"]["minor"] for each in november["lines"]] == [100, 20000]
        assert [each["amount"]["minor"] for each in december["lines"]] == [200]
        assert november["closing"] == december["opening"] == amount("201 UAH")
        assert november["first_month"] == december["first_month"] == "2026-11"
        assert november["this_month"] == "2026-12"  # at the operator's place it has begun

    def test_a_page_of_a_month_begins_in_it_whatever_is_asked(self, cabinet, make, clock):
        """`older_than` of a later month changes nothing, least of all the balances."""
        for later in (0, 30, 30):
            clock.advance(days=later)
            make.top_up("ann", "1 UAH")
        cabinet.sign_in("ann")
        newest = cabinet.get("/me/statement").json["lines"][0]["id"]

        asked = cabinet.get(f"/me/statement?month=2026-11&older_than={newest}").json

        assert asked == cabinet.get("/me/statement?month=2026-11").json
        assert asked["closing"] == amount("201 UAH")

    def test_a_month_without_lines_knows_its_balance(self, cabinet):
        page = cabinet.get("/me/statement?month=2026-12").json

        assert (page["lines"], page["opening"], page["closing"]) == ([], amount("200 UAH"), amount("200 UAH"))

    def test_a_wallet_that_nothing_moved_in_has_no_first_month(self, machine, make, billing):
        make.subscriber("ben")
        set_password(billing, "ben")
        cabinet = machine("cabinet")
        cabinet.sign_in("ben")

        page = cabinet.get("/me/statement").json

        assert (page["lines"], page["reserves"], page["first_month"]) == ([], [], None)

    @pytest.mark.parametrize("month", ["2026-13", "november", "2026-1", ""])
    def test_what_is_no_month_is_refused(self, cabinet, month):
        answer = cabinet.get(f"/me/statement?month={month}")

        assert (answer.status_code, code(answer)) == (422, "invalid_month")

    def test_a_month_and_instants_together_are_refused(self, cabinet):
        answer = cabinet.get("/me/statement?month=2026-11&since=2026-11-10T09:05:00%2B00:00")

        assert (answer.status_code, code(answer)) == (422, "invalid_input")
        assert list(answer.json["errors"]) == ["query.month"]


class TestReserves:
    @pytest.fixture
    def ini(self):
        return {"OLLTV_WAIT": "0.2"}

    def test_what_is_reserved_is_told_until_the_partner_answers(self, cabinet, start, partner):
        partner.breaks("enableBundle", error_before=1)
        assert cabinet.post("/me/subscriptions", {"tariff": start.id}).status_code == 202

        page = cabinet.get("/me/statement").json

        assert page["reserves"] == [
            {
                "tariff": "Start",
                "amount": amount("49.90 UAH"),
                "at": "2026-11-10T11:00:00+02:00",
                "expires_at": "2026-11-17T11:00:00+02:00",
            }
        ]
        assert page["held"] == amount("49.90 UAH") and len(page["lines"]) == 1


class TestOfAnother:
    """A movement's number is no key to it."""

    @pytest.fixture
    def bens_line(self, machine, make, billing):
        make.subscriber("ben", wallet="7 UAH")
        set_password(billing, "ben")
        cabinet = machine("cabinet")
        cabinet.sign_in("ben")
        return cabinet.get("/me/statement").json["lines"][0]["id"]

    def test_a_page_after_anothers_movement_is_not_found(self, cabinet, bens_line):
        answer = cabinet.get(f"/me/statement?older_than={bens_line}")

        assert (answer.status_code, code(answer)) == (404, "not_found")

    @pytest.mark.parametrize("number", ["0", "-1", "x", str(2**60)])
    def test_what_is_no_number_of_a_row_is_refused(self, cabinet, number):
        assert cabinet.get(f"/me/statement?older_than={number}").status_code == 422

    def test_a_movement_that_there_is_not(self, cabinet):
        assert cabinet.get(f"/me/statement?older_than={2**53}").status_code == 404


class TestSubscriptions:
    """What he has and had, the newest first."""

    @pytest.fixture
    def many(self, cabinet, start, screen, make, uow, clock):
        cabinet.post("/me/subscriptions", {"tariff": start.id})
        for _ in range(3):
            cabinet.post("/me/addons", {"tariff": screen.id})
            cabinet.post("/me/leave", {"tariff": screen.id})

    def test_all_of_them_with_their_states(self, cabinet, many):
        page = cabinet.get("/me/subscriptions").json

        assert [(each["tariff"], each["state"]) for each in page["subscriptions"]] == [
            ("Second screen", "ended"),
            ("Second screen", "ended"),
            ("Second screen", "ended"),
            ("Start", "active"),
        ]
        assert page["next"] is None and all(each["ended_at"] for each in page["subscriptions"][:3])

    def test_page_by_page(self, cabinet, many, monkeypatch):
        monkeypatch.setattr("olltv_module.histories.SUBSCRIPTIONS", 3)
        first = cabinet.get("/me/subscriptions").json
        rest = cabinet.get(f"/me/subscriptions?older_than={first['next']}").json

        assert ([len(each["subscriptions"]) for each in (first, rest)], rest["next"]) == ([3, 1], None)

    def test_a_newcomer_has_none(self, cabinet):
        assert cabinet.get("/me/subscriptions").json == {"subscriptions": [], "next": None}

    def test_nobody_sees_anothers(self, cabinet, many, machine, make, billing):
        make.subscriber("ben")
        set_password(billing, "ben")
        other = machine("cabinet")
        other.sign_in("ben")

        assert other.get(f"/me/subscriptions?older_than={2**40}").json["subscriptions"] == []
