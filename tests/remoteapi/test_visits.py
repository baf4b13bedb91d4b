"""Staff look into a subscriber's cabinet: once per ticket, for a quarter of an hour, and change nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from billing.host.base import UnknownLogin
from billing.visits import VisitTicket, allow_visit, begin_visit
from tests.billing.books import at_once
from tests.olltv.support import events
from tests.remoteapi.conftest import NONCE, code
from tests.support import STAFF, available, money


@pytest.fixture
def ticket(runtime, ann):
    return allow_visit(runtime.billing.uow(), login="ann", actor=STAFF, now=runtime.clock())


@pytest.fixture
def door(machine):
    """The cabinet, for which nobody has signed in."""
    return machine("cabinet")


def visit(door, ticket, **other):
    answer = door.post("/sessions/visit", {"ticket": ticket, "nonce": NONCE, "address": "192.0.2.7"} | other)
    door.token = (answer.json or {}).get("token", "")
    return answer


def test_a_ticket_opens_the_cabinet_for_reading(door, ticket, billing, clock):
    answer = visit(door, ticket)

    assert answer.status_code == 201
    assert (answer.json["login"], answer.json["visitor"]) == ("ann", STAFF.name)
    assert answer.json["expires_at"] == "2026-11-10T11:15:00+02:00"
    assert door.get("/me").json["wallet"]["balance"] == {"minor": 20000, "unit": "UAH"}
    assert door.get("/me/statement").status_code == 200
    assert events(billing)[-2:] == ["CABINET OF (ann) TICKET FOR [olena]", "CABINET OF (ann) OPENED BY [olena]"]


def test_a_ticket_is_good_once(door, ticket):
    assert visit(door, ticket).status_code == 201
    again = visit(door, ticket)
    assert (again.status_code, code(again)) == (403, "ticket_rejected")


def test_of_many_who_use_a_ticket_at_once_one_comes_in(runtime, ticket, clock):
    def use(_number):
        return begin_visit(runtime.billing.uow(), ticket=ticket, address="192.0.2.7", now=clock())

    answers = at_once(4, use)
    assert sorted(type(each).__name__ for each in answers) == ["TicketRejected"] * 3 + ["Visit"]


def test_a_ticket_is_good_for_a_minute(door, ticket, clock):
    clock.advance(seconds=60)
    assert code(visit(door, ticket)) == "ticket_rejected"


def test_in_its_last_second_it_is_still_good(door, ticket, clock):
    clock.advance(seconds=59)
    assert visit(door, ticket).status_code == 201


@pytest.mark.parametrize("forged", ["x", "A" * 43])
def test_a_forged_ticket_opens_nothing(door, ticket, forged):
    assert code(visit(door, forged)) == "ticket_rejected"
    assert visit(door, ticket).status_code == 201


@pytest.mark.parametrize("scope", ["cron", "staff-read", "ppv"])
def test_a_key_of_another_scope_cannot_use_it(machine, door, ticket, scope):
    assert code(visit(machine(scope), ticket)) == "scope_missing"
    assert visit(door, ticket).status_code == 201


def test_the_token_is_of_no_use_to_another_key_or_session(machine, door, ticket):
    token = visit(door, ticket).json["token"]
    thief = machine("cabinet")
    thief.token = token
    assert code(thief.get("/me")) == "subject_rejected"
    door.nonce = "another-session-of-somebody"
    assert code(door.get("/me")) == "subject_rejected"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/me/subscriptions", {"tariff": 1}),
        ("/me/addons", {"tariff": 1}),
        ("/me/change", {"tariff": 1}),
        ("/me/leave", {}),
        ("/me/resume", {}),
        ("/me/devices", {"mac": "001A79000001"}),
        ("/me/devices/remove", {"mac": "001A79000001"}),
        ("/sessions/refresh", {}),
    ],
)
def test_nothing_can_be_changed_bought_or_prolonged(door, ticket, start, billing, path, body):
    visit(door, ticket)
    answer = door.post(path, body)
    assert (answer.status_code, code(answer)) == (403, "visitors_only_look")
    assert available(billing, "ann") == money("200 UAH")
    assert not any("ORDER" in each for each in events(billing))


def test_every_changing_route_of_a_subscriber_is_closed(api, door, ticket):
    """A route that is added later is closed, too."""
    visit(door, ticket)
    rules = [rule for rule in api.url_map.iter_rules() if rule.endpoint.startswith(("me.", "refresh_sessions."))]
    changing = [(rule, method) for rule in rules for method in rule.methods - {"GET", "HEAD", "OPTIONS"}]
    assert len(changing) >= 8
    for rule, method in changing:
        headers = door.headers({"Idempotency-Key": f"{rule.endpoint}-1"})
        answer = api.test_client().open(rule.rule, method=method, json={}, headers=headers)
        assert (answer.status_code, code(answer)) == (403, "visitors_only_look"), rule


def test_it_is_over_after_a_quarter_of_an_hour(door, ticket, clock):
    visit(door, ticket)
    clock.advance(minutes=14, seconds=59)
    assert door.get("/me").status_code == 200
    clock.advance(seconds=1)
    assert code(door.get("/me")) == "subject_rejected"


def test_only_a_hash_of_the_ticket_is_kept(billing, ticket):
    with billing.reading() as session:
        [row] = session.scalars(select(VisitTicket))
    assert ticket not in (row.digest, row.login, row.staff)
    assert row.expires_at - row.created_at == timedelta(seconds=60)


def test_who_is_gone_has_no_cabinet(runtime):
    with pytest.raises(UnknownLogin):
        allow_visit(runtime.billing.uow(), login="nobody", actor=STAFF, now=runtime.clock())
