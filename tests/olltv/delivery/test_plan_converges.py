"""From whatever is wished and known, the steps end with the partner as we wish, without one illegal call."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, assume, event, example, given, settings
from hypothesis import strategies as st

from olltv_module.delivery.outcomes import Scene
from olltv_module.delivery.plan import Step, next_step
from olltv_module.delivery.steps import Stuck, take
from olltv_module.models import MAIN_SLOT, NEXT_SLOT, Fact, Reason, State, Subscriber, Subscription, Tariff
from tests.olltv.delivery.lawful import LawfulPartner

THEN = datetime(2026, 10, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 10, tzinfo=UTC)
MAINS, ADDONS = ("m1", "m2", "m3"), ("a1", "a2")
OVER = (State.ENDED, State.REFUSED)
ENOUGH_STEPS = 40


class Undo(Exception):
    """Ends an example without leaving anything in the database."""


@dataclass(frozen=True)
class Sub:
    """A subscription as it may be found; `been`: it has been on at some time."""

    service: str
    slot: str | None
    state: State
    been: bool

    @property
    def main(self) -> bool:
        return self.service in MAINS

    @property
    def wished_on(self) -> bool:
        return self.state in (State.PENDING, State.ACTIVE)


@dataclass(frozen=True)
class Situation:
    """What we have, what we know of each (in the same order), and what is true at the partner."""

    subs: list[Sub]
    facts: list[Fact]
    on: dict[str, str]
    kept: dict[str, str]
    known: bool
    lost: bool


LIVE = st.sampled_from([(State.PENDING, False), (State.PENDING, True), (State.ACTIVE, True), (State.SUSPENDED, True)])
PAST = st.tuples(st.sampled_from(OVER), st.booleans())


@st.composite
def subscriptions(draw) -> list[Sub]:
    """Combinations that the services allow."""
    past = draw(st.lists(st.tuples(st.sampled_from(MAINS + ADDONS), PAST), max_size=3))
    subs = [Sub(service, None, state, been) for service, (state, been) in past]
    if not draw(st.integers(0, 5)):
        return subs
    services = draw(st.permutations(MAINS))
    main = Sub(services[0], MAIN_SLOT, *draw(LIVE))
    subs.append(main)
    if main.been and draw(st.booleans()):
        subs.append(Sub(services[1], NEXT_SLOT, State.PENDING, been=False))
    for service in draw(st.lists(st.sampled_from(ADDONS), unique=True)):
        state, been = draw(LIVE)
        assume(main.been or not been)
        assume(state is not State.ACTIVE or main.state is State.ACTIVE)
        subs.append(Sub(service, f"addon:{service}", state, been))
    return subs


def holder_of(service: str, subs: list[Sub]) -> Sub:
    """Whose the bundle at the partner is: of the live one that has been on, else of the old contract."""
    same = [each for each in subs if each.service == service]
    live = [each for each in same if each.slot and each.been]
    return [*live, *(each for each in same if not each.slot), *same][0]


@st.composite
def situations(draw) -> Situation:
    subs = draw(subscriptions())
    services = list(dict.fromkeys(each.service for each in subs))
    holders = {service: holder_of(service, subs) for service in services}
    on, kept = draw(truths(services, holders, subs))
    known = bool(on or kept) or draw(st.booleans())
    lost = known and bool(subs) and draw(st.integers(0, 9)) == 0
    facts = []
    for sub in subs:
        fact = Fact.ON if sub.service in on else Fact.KEPT if sub.service in kept else Fact.OFF
        fact = fact if holders[sub.service] is sub else Fact.OFF
        unclear = lost or (known and draw(st.integers(0, 2)) == 0)
        facts.append(Fact.UNKNOWN if unclear else fact)
    return Situation(subs, facts, on, kept, known, lost)


@st.composite
def truths(
    draw, services: list[str], holders: dict[str, Sub], subs: list[Sub]
) -> tuple[dict[str, str], dict[str, str]]:
    """What the partner may have on and keep: his laws hold, and an order comes on only after its main."""
    mains = [each for each in services if each in MAINS]
    main_on = draw(st.sampled_from([None, *mains]))
    on = {main_on: f"code-{main_on}"} if main_on else {}
    live_main = next((each for each in subs if each.slot == MAIN_SLOT), None)
    for service in (each for each in services if main_on and each in ADDONS):
        fresh = not holders[service].been and bool(holders[service].slot)
        may_be = not fresh or (live_main and (live_main.been or holders[main_on] is live_main))
        if may_be and draw(st.booleans()):
            on[service] = f"code-{service}"
    rest = [each for each in services if each not in on and holders[each].been]
    return on, {service: f"code-{service}" for service in rest if draw(st.booleans())}


@pytest.fixture
def tariffs(make) -> dict[str, Tariff]:
    mains = {service: make.tariff(service=service) for service in MAINS}
    return mains | {service: make.tariff(service=service, main=False) for service in ADDONS}


def subscriber_of(found: Situation, tariffs: dict[str, Tariff], host_id: int) -> Subscriber:
    person = Subscriber(host_id=host_id, login="ivan", email="i@isp.test", phone="0501234567", created_at=THEN)
    person.remote_id = "7" if found.known else None
    for sub, fact in zip(found.subs, found.facts, strict=True):
        tariff = tariffs[sub.service]
        row = Subscription(tariff_id=tariff.id, main=sub.main, slot=sub.slot, state=sub.state, fact=fact)
        row.tariff, row.ordered_at, row.paid_through = tariff, THEN, "2999-12"
        row.active_since = THEN if sub.been else None
        row.reason = Reason.NO_MONEY if sub.state is State.SUSPENDED else None
        row.code = "an old one" if sub.been and fact is not Fact.ON else found.on.get(sub.service)
        person.subscriptions.append(row)
    return person


def carry_out(scene: Scene, partner: LawfulPartner) -> list[Step]:
    """Take steps until nothing is left to do."""
    taken = []
    while step := next_step(scene.subscriber):
        taken.append(step)
        assert len(taken) <= ENOUGH_STEPS, partner.calls
        try:
            outcome = take(partner, scene.subscriber, step)
        except Stuck as stuck:
            outcome = stuck.outcome
        outcome(scene)
        scene.uow.session.flush()
    return taken


LEFT_AND_CAME_BACK = Situation(
    subs=[
        Sub("m1", None, State.ENDED, been=True),
        Sub("a1", None, State.ENDED, been=True),
        Sub("m2", MAIN_SLOT, State.PENDING, been=False),
        Sub("a1", "addon:a1", State.PENDING, been=False),
    ],
    facts=[Fact.ON, Fact.UNKNOWN, Fact.OFF, Fact.UNKNOWN],
    on={"m1": "code-m1", "a1": "code-a1"},
    kept={},
    known=True,
    lost=False,
)
"""The add-on there is still the old one's: it has to go off before the old main."""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@example(found=LEFT_AND_CAME_BACK)
@given(found=situations())
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_steps_end_with_the_partner_as_we_wish(billing, make, tariffs, found):
    event("lost" if found.lost else "known" if found.known else "new")
    partner = LawfulPartner(set(MAINS), registered=found.known and not found.lost)
    if not found.lost:
        partner.on, partner.kept = dict(found.on), dict(found.kept)
    uow = billing.uow()
    with suppress(Undo), uow:
        host_id = uow.host.add(login="ivan", mobile="0501234567").id
        person = subscriber_of(found, {name: uow.session.merge(each) for name, each in tariffs.items()}, host_id)
        uow.session.add(person)
        uow.session.flush()

        carry_out(Scene(uow, person, NOW), partner)

        assert_partner_as_wished(person, partner)
        if not found.lost:
            assert_codes_stay(found, person, partner)
        raise Undo


def assert_partner_as_wished(person: Subscriber, partner: LawfulPartner) -> None:
    wished = {each.tariff.service: each for each in person.live if each.wished_on}
    assert partner.on.keys() == wished.keys(), partner.calls
    assert all(each.state is State.ACTIVE for each in wished.values())
    assert {service: each.code for service, each in wished.items()} == partner.on
    asleep = {each.tariff.service for each in person.live if each.state is State.SUSPENDED}
    assert partner.kept.keys() <= asleep, partner.calls
    assert person.successor is None


def assert_codes_stay(found: Situation, person: Subscriber, partner: LawfulPartner) -> None:
    """What has been on and still lives has its old code, and so its devices; a new main has that of the old one."""
    before, after = found.on | found.kept, partner.on | partner.kept
    for sub in found.subs:
        still = next((each for each in person.addons if each.tariff.service == sub.service), None)
        if still and sub.slot and sub.been and sub.service in before:
            assert after[sub.service] == before[sub.service], partner.calls
    main = next((each for each in found.subs if each.slot == MAIN_SLOT), None)
    code = next((code for service, code in found.on.items() if service in MAINS), None)
    if main and main.been and code:
        assert person.main is not None
        assert after[person.main.tariff.service] == code, partner.calls
