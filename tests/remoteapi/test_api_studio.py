"""A performer's studio over the API: whole shows, and what nobody else can reach."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from billing.idempotency import StoredAnswer
from ppv_module.chat.earnings.payouts import draft_payout, pay_payout
from ppv_module.chat.earnings.tips import send_tip
from ppv_module.chat.models import Mode, Person
from ppv_module.chat.shows.asking import request_show
from ppv_module.chat.shows.models import Show, ShowState, Source
from ppv_module.chat.shows.running import arrive, touch
from tests.ppv.make import MakeChat
from tests.remoteapi.conftest import Machine, code
from tests.support import GUEST, STAFF, assert_books_balance


@pytest.fixture
def ini():
    return {"PPV_ENABLED": "1"}


@pytest.fixture
def chat(make) -> MakeChat:
    return MakeChat(make)


@pytest.fixture
def tenant(chat):
    return chat.tenant()


@pytest.fixture
def olha(chat, tenant, ann):
    """Ann of the provider performs as Olha."""
    return chat.performer(tenant, ann.login, number=5, display_name="Olha", rate=60)


@pytest.fixture
def ivan(chat, tenant, billing):
    return chat.viewer(tenant, "ivan-the-login", credits=600)


@pytest.fixture
def studio(cabinet, olha, tenant):
    """Olha's page: calls of her studio."""
    return Studio(cabinet, tenant.id)


class Studio:
    def __init__(self, machine: Machine, tenant: int) -> None:
        self.machine, self.base = machine, f"/me/studio/{tenant}"

    def get(self, path: str = "") -> Any:
        return self.machine.get(f"{self.base}{path}")

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        return self.machine.post(f"{self.base}{path}", body, **more)


@pytest.fixture
def asked(uow, clock, olha, ivan):
    """A show that Ivan asks Olha for."""

    def ask() -> Show:
        who = {"viewer_id": ivan.id, "performer_id": olha.person_id}
        return request_show(uow(), **who, source=Source.SELF, actor=GUEST, now=clock())

    return ask


@pytest.fixture
def live(asked, studio, uow, clock, ivan):
    """A show in which both are."""

    def begin() -> Show:
        show = asked()
        studio.post(f"/shows/{show.id}/accept")
        studio.post(f"/shows/{show.id}/arrive")
        arrive(uow(), show_id=show.id, person_id=ivan.id, now=clock())
        return show

    return begin


def payload(url: str) -> dict[str, Any]:
    """What the token in an address says."""
    middle = url.rsplit("/", 1)[1].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


def test_a_performer_finds_her_chats(cabinet, chat, tenant, olha):
    gone = chat.tenant(mode=Mode.EMBED)
    chat.performer(gone, "ann")
    chat.performer(chat.tenant(), "ann", active=False)
    found = cabinet.get("/me/studio").json["performers"]
    assert found == [{"tenant": tenant.id, "number": 5, "name": "Olha", "title": tenant.name}]


def test_who_is_no_performer_finds_none_and_reaches_nothing(cabinet, chat, tenant):
    chat.person(tenant, "ann")
    assert cabinet.get("/me/studio").json == {"performers": []}
    studio = Studio(cabinet, tenant.id)
    answers = [studio.get(path) for path in ("", "/earnings", "/payouts")]
    answers += [studio.post("/beat"), studio.post("/entry", {"site": "http://x"})]
    assert {(answer.status_code, code(answer)) for answer in answers} == {(404, "unknown_performer")}


def test_a_viewer_cannot_obtain_the_token_of_a_performer(cabinet, chat, tenant, ann):
    """Whatever he asks for: her room is hers by her own login alone."""
    olha = chat.performer(tenant, "olha", number=5)
    chat.person(tenant, "ann")
    answer = cabinet.post(f"/me/studio/{tenant.id}/entry", {"site": "http://x", "room": olha.room_id})
    assert answer.status_code in (404, 422)
    assert code(cabinet.post(f"/me/studio/{tenant.id}/entry", {"site": "http://x"})) == "unknown_performer"


def test_without_a_session_there_is_no_studio(machine, tenant, olha):
    assert machine("cabinet").get(f"/me/studio/{tenant.id}").status_code == 401
    assert machine("staff-read").get("/me/studio").status_code in (401, 403)


def test_who_performed_once_does_not_any_more(studio, uow, olha):
    with (unit := uow()):
        unit.session.get_one(type(olha), olha.person_id).active = False
    assert code(studio.get()) == "unknown_performer"


def test_who_is_banned_is_told(studio, uow, clock, olha):
    with (unit := uow()):
        unit.session.get_one(Person, olha.person_id).banned_at = clock()
    assert (studio.get().status_code, code(studio.post("/entry", {"site": "http://x"}))) == (403, "banned")


def test_an_embedded_chat_has_no_studio(cabinet, chat):
    tenant = chat.tenant(mode=Mode.EMBED)
    chat.performer(tenant, "ann")
    assert code(cabinet.get(f"/me/studio/{tenant.id}")) == "embed_mode"


class TestEntry:
    def test_she_enters_her_own_room_as_the_performer(self, studio, olha, tenant):
        answer = studio.post("/entry", {"site": "https://tv.example/"})
        said = payload(answer.json["url"])
        assert (said["role"], said["startRoom"], said["id"]) == ("performer", olha.room_id, 5)
        assert said["webmasterid"] == tenant.webmaster_id
        assert answer.headers["Cache-Control"] == "no-store"

    def test_nothing_of_it_is_kept(self, studio, uow):
        studio.post("/entry", {"site": "https://tv.example/"}, once="the-same-key")
        with (unit := uow()):
            assert unit.session.scalar(select(StoredAnswer.key).where(StoredAnswer.key == "the-same-key")) is None

    def test_in_a_show_she_enters_its_private_room(self, studio, live, chat, clock):
        show = live()
        said = payload(studio.post("/entry", {"site": "http://x", "show": show.id}).json["url"])
        assert said["startRoom"] == chat.again(show).room_id >= 10**12

    def test_after_the_show_its_room_is_closed_to_her(self, studio, live):
        show = live()
        studio.post(f"/shows/{show.id}/end")
        assert code(studio.post("/entry", {"site": "http://x", "show": show.id})) == "bad_state"

    def test_a_request_has_no_room_yet(self, studio, asked):
        show = asked()
        assert code(studio.post("/entry", {"site": "http://x", "show": show.id})) == "bad_state"

    def test_each_show_has_a_room_of_its_own(self, studio, asked, chat):
        rooms = []
        for _ in range(2):
            show = asked()
            studio.post(f"/shows/{show.id}/accept")
            rooms.append(chat.again(show).room_id)
            studio.post(f"/shows/{show.id}/end")
        assert len(set(rooms)) == 2


class TestShow:
    def test_a_request_is_told_with_the_nickname_alone(self, studio, asked, clock):
        show = asked()
        clock.advance(seconds=13)
        answer = studio.get()
        [request] = answer.json["requests"]
        assert (request["show"], request["viewer"], request["rate"]) == (show.id, "Ivan-the-login", 60)
        assert request["seconds_left_to_answer"] == 47
        assert "ivan-the-login" not in answer.text

    def test_accepting_moves_no_credits(self, studio, asked, chat, billing):
        show = asked()
        answer = studio.post(f"/shows/{show.id}/accept").json
        assert (answer["show"]["state"], answer["show"]["private"], answer["requests"]) == ("accepted", True, [])
        assert answer["card"]["status"] == "busy"
        assert chat.balance("ivan-the-login") == 600
        assert_books_balance(billing)

    def test_refusing_closes_the_request(self, studio, asked, chat):
        show = asked()
        answer = studio.post(f"/shows/{show.id}/refuse").json
        assert (answer["requests"], answer["show"]) == ([], None)
        assert chat.again(show).state is ShowState.REFUSED
        assert chat.balance("ivan-the-login") == 600

    def test_no_answer_in_time_is_a_no(self, studio, asked, clock):
        show = asked()
        clock.advance(seconds=61)
        studio.post("/beat")
        assert studio.get().json["requests"] == []
        assert code(studio.post(f"/shows/{show.id}/accept")) == "bad_state"

    def test_the_same_answer_twice_is_one(self, studio, asked, chat):
        show = asked()
        for _ in range(2):
            assert studio.post(f"/shows/{show.id}/accept").json["show"]["id"] == show.id

    def test_time_and_credits_run_while_both_are_there(self, studio, live, uow, clock, ivan, billing, chat):
        show = live()
        for _ in range(3):
            clock.advance(seconds=10)
            touch(uow(), show_id=show.id, person_id=ivan.id, now=clock())
            told = studio.post(f"/shows/{show.id}/tick").json["show"]
        assert (told["billed_seconds"], told["credits_charged"], told["seconds_left"]) == (30, 30, 570)
        clock.advance(seconds=4)
        assert studio.get().json["show"]["seconds_left"] == 566
        assert chat.balance("ivan-the-login") == 570
        assert_books_balance(billing)

    def test_her_page_alone_runs_no_meter(self, studio, live, clock, chat):
        show = live()
        for _ in range(2):
            clock.advance(seconds=10)
            studio.post(f"/shows/{show.id}/tick")
        told = studio.get().json["show"]
        assert told is None or told["billed_seconds"] <= 10
        assert chat.balance("ivan-the-login") >= 590

    def test_who_stops_ticking_is_left_alone_until_he_is_back(self, studio, live, uow, clock, ivan, chat):
        """So that nobody watches in the private room for time that he does not pay."""
        show = live()
        for _ in range(2):
            clock.advance(seconds=10)
            told = studio.post(f"/shows/{show.id}/tick").json["show"]
        assert (told["state"], told["alone"], told["private"]) == ("live", True, False)

        touch(uow(), show_id=show.id, person_id=ivan.id, now=clock())
        told = studio.get().json["show"]
        assert (told["alone"], told["private"], told["billed_seconds"]) == (False, True, 10)

    def test_the_end_is_told_until_she_goes_on(self, studio, live, uow, clock, ivan, billing):
        show = live()
        clock.advance(seconds=10)
        touch(uow(), show_id=show.id, person_id=ivan.id, now=clock())
        answer = studio.post(f"/shows/{show.id}/end").json
        assert answer["show"] is None
        assert (answer["over"]["state"], answer["over"]["end_reason"]) == ("ended", "performer_end")
        assert answer["over"]["credits_charged"] == 10
        assert (answer["today"]["shows"], answer["today"]["credits"]) == (1, 10)
        assert studio.get(f"?show={show.id}").json["over"]["id"] == show.id
        assert studio.get().json["over"] is None
        again = studio.post(f"/shows/{show.id}/end").json
        assert again["over"]["credits_charged"] == 10
        assert_books_balance(billing)

    def test_an_end_before_the_beginning_costs_nothing(self, studio, asked, chat):
        show = asked()
        studio.post(f"/shows/{show.id}/accept")
        answer = studio.post(f"/shows/{show.id}/end").json
        assert answer["over"]["state"] == "aborted"
        assert chat.balance("ivan-the-login") == 600

    @pytest.mark.parametrize("step", ["accept", "refuse", "arrive", "tick", "end"])
    def test_the_show_of_another_performer_is_out_of_reach(self, studio, chat, tenant, uow, clock, ivan, step):
        other = chat.performer(tenant, "oksana", number=6)
        who = {"viewer_id": ivan.id, "performer_id": other.person_id}
        show = request_show(uow(), **who, source=Source.SELF, actor=GUEST, now=clock())
        assert studio.post(f"/shows/{show.id}/{step}").status_code in (403, 404)
        assert studio.post("/entry", {"site": "http://x", "show": show.id}).status_code == 404
        assert studio.get(f"?show={show.id}").json["over"] is None
        assert chat.again(show).state is ShowState.REQUESTED

    def test_a_show_in_which_she_is_the_viewer_is_not_her_studios(self, studio, chat, tenant, uow, clock, olha):
        other = chat.performer(tenant, "oksana", number=6)
        chat.give("ann", 100)
        who = {"viewer_id": olha.person_id, "performer_id": other.person_id}
        show = request_show(uow(), **who, source=Source.SELF, actor=GUEST, now=clock())
        assert code(studio.post(f"/shows/{show.id}/end")) == "unknown_show"
        assert studio.get().json["show"] is None

    @pytest.mark.parametrize("name", ["x", "6f1c1d2e-0000-4000-8000-000000000001"])
    def test_a_show_that_there_is_not(self, studio, name):
        assert studio.post(f"/shows/{name}/accept").status_code == 404


def test_the_beat_of_her_page_makes_her_online(studio, clock):
    clock.advance(minutes=2)
    assert studio.get().json["card"]["status"] == "offline"
    assert studio.post("/beat").json["card"]["status"] == "online"


def test_tips_appear_with_the_nickname(studio, uow, clock, olha, ivan, billing):
    who = {"viewer_id": ivan.id, "performer_id": olha.person_id}
    send_tip(uow(), **who, credits=50, key="tip-1", actor=GUEST, now=clock())
    answer = studio.get()
    [tip] = answer.json["tips"]
    assert (tip["viewer"], tip["credits"]) == ("Ivan-the-login", 50)
    assert answer.json["today"] == {
        "shows": 0,
        "credits": 50,
        "tips": 50,
        "benefit": {"mills": 417, "unit": "UAH"},
    }
    assert "ivan-the-login" not in answer.text
    assert_books_balance(billing)


class TestEarnings:
    def tips(self, uow, clock, olha, ivan, *credits: int) -> None:
        for number, amount in enumerate(credits):
            who = {"viewer_id": ivan.id, "performer_id": olha.person_id}
            send_tip(uow(), **who, credits=amount, key=f"tip-{number}", actor=GUEST, now=clock())

    def test_months_sums_and_rows(self, studio, uow, clock, olha, ivan):
        self.tips(uow, clock, olha, ivan, 60, 30)
        answer = studio.get("/earnings")
        told = answer.json
        assert (told["month"], [each["month"] for each in told["months"]]) == ("2026-11", ["2026-11"])
        assert told["total"] == told["sums"] == told["months"][0]["sums"]
        assert (told["sums"][0]["tips"], told["sums"][0]["benefit"]["mills"]) == (2, 750)
        assert [row["benefit"]["mills"] for row in told["rows"]] == [250, 500]
        assert (told["rows"][0]["viewer"], told["rows"][0]["percent"]) == ("Ivan-the-login", "50.00")
        assert "ivan-the-login" not in answer.text
        assert studio.get("/earnings?month=2026-10").json["rows"] == []

    @pytest.mark.parametrize("query", ["month=2026-13", "month=x", "cursor=x", f"cursor={'x' * 501}"])
    def test_what_is_no_page_is_refused(self, studio, query):
        assert studio.get(f"/earnings?{query}").status_code == 422

    def test_payouts(self, studio, uow, clock, olha, ivan, tenant, billing):
        self.tips(uow, clock, olha, ivan, 60)
        period = {"begins_at": clock() - timedelta(days=1), "ends_at": clock() + timedelta(days=1)}
        who = {"tenant_id": tenant.id, "performer_id": olha.person_id, "actor": STAFF, "now": clock()}
        payout = draft_payout(uow(), **who, **period)
        assert studio.get("/payouts").json["payouts"][0]["paid"] is False
        pay_payout(uow(), payout_id=payout.id, reference="IBAN", actor=STAFF, now=clock())
        [told] = studio.get("/payouts").json["payouts"]
        assert (told["amount"], told["paid"], told["reference"]) == ({"minor": 50, "unit": "UAH"}, True, "IBAN")
        sums = studio.get("/earnings").json["sums"][0]
        assert (sums["paid"]["mills"], sums["unpaid"]["mills"]) == (500, 0)
        assert_books_balance(billing)

    def test_the_earnings_of_another_tenant_are_apart(self, studio, cabinet, chat, uow, clock, olha, ivan):
        second = chat.tenant()
        chat.performer(second, "ann", number=5)
        self.tips(uow, clock, olha, ivan, 60)
        assert Studio(cabinet, second.id).get("/earnings").json["total"] == []
