"""One action on many: everybody whom the list showed has his turn once, whoever is killed meanwhile."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Flag

import pytest
from sqlalchemy import select

from billing.errors import InvalidInput, NotFound
from billing.events import Event
from billing.jobs import LEASE, Job
from billing.worker import Tools, work_one
from olltv_module.jobs import HANDLERS
from olltv_module.listing.selection import Selection
from olltv_module.models import Delivery, Fact, Reason, TvState
from olltv_module.services import lifecycle
from olltv_module.services.bulk import preview, run
from olltv_module.services.bulk.actions import Order
from olltv_module.services.bulk.models import DONE, NOTHING, OPEN, Action, Bulk, BulkLine
from olltv_module.services.bulk.run import NobodyChosen, TooMany
from tests.olltv.support import dump, events, states, subs
from tests.support import DEC_1, STAFF, Crash, assert_books_balance, available, crash_after, money

SUSPEND = Order(action=Action.SUSPEND, note="Cable cut in Sadova street", why=Reason.STAFF)
RESUME = Order(action=Action.RESUME, note="The cable is mended")


@pytest.fixture
def start(uow, clock):
    def begin(order, selection=None, key="form-1"):
        return run.start(uow(), selection=selection or Selection(), order=order, key=key, actor=STAFF, now=clock())

    return begin


@pytest.fixture
def work(billing, clock, tmp_path):
    """Have the worker do what waits."""

    def do():
        return work_one(Tools(billing, clock, lambda: None, tmp_path), HANDLERS, Flag())

    return do


@pytest.fixture
def lines(billing):
    """The results by login."""

    def read():
        with billing.reading() as session:
            return {each.login: each.result for each in session.scalars(select(BulkLine))}

    return read


@pytest.fixture
def crowd(make, viewers):
    """Five who watch."""
    start = make.tariff("50 UAH")
    return [viewers.watching(start, wallet="100 UAH") for _ in range(5)]


def test_everybody_of_the_list_has_his_turn(billing, start, work, lines, crowd, clock):
    bulk = start(SUSPEND)
    assert (bulk.total, set(lines().values())) == (5, {OPEN})
    assert states(billing, crowd[0]) == ["active"]  # the request itself has only asked
    assert work()
    assert lines() == {each.login: DONE for each in crowd}
    assert {tuple(states(billing, each)) for each in crowd} == {("suspended:staff",)}
    with billing.reading() as session:
        assert run.find(session, bulk.id).finished_at == clock()
        assert run.results(session, bulk.id) == {DONE: 5}
        (job,) = session.scalars(select(Job)).all()
        assert job.outcome == {"url": f"/subscribers/bulk/{bulk.id}"}
    said = [line for line in events(billing) if "BULK" in line]
    assert said == ["OLLTV BULK [1] SUSPEND FOR 5 SUBSCRIBERS `Cable cut in Sadova street`", "OLLTV BULK [1] DONE"]
    assert_books_balance(billing)


def test_who_comes_into_the_list_later_is_not_meant(billing, start, work, lines, crowd, make, viewers):
    start(SUSPEND, Selection(tv=(TvState.ACTIVE,)))
    late = viewers.watching(make.tariff())
    lifecycle.leave(billing.uow(), login=crowd[0].login, actor=STAFF, now=viewers.clock())
    work()
    assert late.login not in lines()
    assert lines()[crowd[0].login] == NOTHING
    assert states(billing, late) == ["active"]


def test_a_refusal_is_a_result_and_stops_nobody(billing, start, work, lines, crowd, clock):
    start(SUSPEND)
    work()
    clock.now = DEC_1
    poor = crowd[2]
    with (unit := billing.uow()):
        unit.ledger.transfer(
            source=unit.ledger.lock(poor.wallet_id),
            target=unit.ledger.system("outside:internet", "UAH"),
            amount=money("20 UAH"),
            key="spent",
            refs=_refs(),
            at=clock(),
        )
    start(RESUME, key="form-2")
    work()
    with billing.reading() as session:
        told = {each.login: each for each in session.scalars(select(BulkLine).where(BulkLine.bulk_id == 2))}
    assert told.pop(poor.login).facts["lack"] == "20.00 UAH"
    assert {(each.result, each.facts["cost_minor"]) for each in told.values()} == {(DONE, 5000)}
    assert states(billing, poor) == ["suspended:staff"]
    assert available(billing, crowd[0].login) == money("0 UAH")
    assert_books_balance(billing)


def _refs():
    from billing.ledger.models import Refs

    return Refs(actor="test")


def test_resuming_without_charge_takes_nothing(billing, start, work, crowd, clock):
    start(SUSPEND)
    work()
    clock.now = DEC_1
    start(Order(action=Action.RESUME_FREE, note="An apology"), key="form-2")
    work()
    assert {tuple(states(billing, each)) for each in crowd} == {("pending",)}
    assert available(billing, crowd[0].login) == money("50 UAH")
    assert any("RESUME WITHOUT CHARGE `An apology`" in line for line in events(billing))


def test_leaving_and_delivering_again(billing, start, work, lines, crowd):
    start(Order(action=Action.DELIVER, note="The partner was restored from a backup"))
    work()
    assert [subs(billing, each)[0].fact for each in crowd] == [Fact.UNKNOWN] * 5
    with billing.reading() as session:
        assert len(session.scalars(select(Delivery)).all()) == 5
    start(Order(action=Action.LEAVE, note="The house is torn down"), key="form-2")
    start(Order(action=Action.LEAVE, note="The house is torn down"), key="form-3")
    work()
    work()
    with billing.reading() as session:
        assert run.results(session, 2) == {DONE: 5}
        assert run.results(session, 3) == {NOTHING: 5}
    assert {tuple(states(billing, each)) for each in crowd} == {("ended",)}


def test_the_same_form_sent_twice_is_one_action(billing, start, lines, crowd):
    with ThreadPoolExecutor(4) as pool:
        begun = list(pool.map(lambda _number: start(SUSPEND).id, range(4)))
    assert len(set(begun)) == 1
    with billing.reading() as session:
        assert len(session.scalars(select(Bulk)).all()) == len(session.scalars(select(Job)).all()) == 1
        assert session.scalars(select(Bulk.total)).one() == len(lines()) == 5


def test_nobody_and_too_many_are_refused(billing, start, crowd, monkeypatch):
    with pytest.raises(NobodyChosen):
        start(SUSPEND, Selection(tv=(TvState.GONE,)))
    monkeypatch.setattr(run, "MOST", 4)
    with pytest.raises(TooMany):
        start(SUSPEND)
    with billing.reading() as session:
        assert session.scalars(select(Bulk)).all() == session.scalars(select(Job)).all() == []


@pytest.mark.parametrize("wrong", [{"note": " "}, {"why": ""}, {"why": "gone"}, {"why": "rain"}])
def test_an_action_wants_its_reasons(wrong):
    with pytest.raises(InvalidInput):
        Order(**{"action": Action.SUSPEND, "note": "Cable cut", "why": Reason.STAFF} | wrong)


@pytest.mark.parametrize(
    ("target", "name"),
    [(run, "start"), (run, "_fix_members"), (run.jobs, "ask")],
    ids=["start", "members", "job"],
)
def test_a_crash_while_it_is_started_leaves_all_or_nothing(billing, start, work, lines, crowd, target, name):
    with pytest.raises(Crash), crash_after(target, name):
        start(SUSPEND)
    begun = name == "start"
    assert len(lines()) == (5 if begun else 0)
    assert work() is begun


@pytest.mark.parametrize("point", ["carry_out", "_carry_out", "_finish", "_do_one"])
def test_killed_anywhere_the_next_worker_gives_each_his_turn_once(billing, start, work, lines, crowd, clock, point):
    start(SUSPEND)
    before = len(events(billing))
    with pytest.raises(Crash), crash_after(run, point):
        work()
    clock.advance(seconds=2 * LEASE.total_seconds())
    work()
    assert lines() == {each.login: DONE for each in crowd}
    said = Counter(events(billing, since=before))
    assert {line: number for line, number in said.items() if number > 1} == {}
    assert sum("SUSPEND TARIFF" in line for line in said) == 5
    assert_books_balance(billing)


def test_two_workers_at_once_give_each_his_turn_once(billing, start, clock, lines, crowd):
    bulk, before = start(SUSPEND), len(events(billing))
    ids = list(_waiting(billing, bulk.id))

    def all_of_them(_worker):
        for number in ids:
            run._do_one(billing.uow(), bulk.id, number, STAFF, clock())

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(all_of_them, range(3)))
    assert lines() == {each.login: DONE for each in crowd}
    assert sum("SUSPEND TARIFF" in line for line in events(billing, since=before)) == 5


def _waiting(billing, bulk_id):
    with billing.reading() as session:
        return session.scalars(select(BulkLine.subscriber_id).where(BulkLine.bulk_id == bulk_id)).all()


def test_what_was_given_up_goes_on_when_asked(billing, start, work, uow, lines, crowd, clock):
    bulk = start(SUSPEND)
    with billing.engine.begin() as connection:
        connection.execute(Job.__table__.update().values(finished_at=clock(), singular=None))
    run.go_on(uow(), bulk_id=bulk.id, actor=STAFF, now=clock())
    run.go_on(uow(), bulk_id=bulk.id, actor=STAFF, now=clock())
    assert work() and not work()
    assert set(lines().values()) == {DONE}
    assert run.go_on(uow(), bulk_id=bulk.id, actor=STAFF, now=clock()).finished_at
    assert not work()
    with pytest.raises(NotFound):
        run.go_on(uow(), bulk_id=99, actor=STAFF, now=clock())


def test_a_preview_says_what_will_happen_and_changes_nothing(billing, make, viewers, start, work, clock, crowd):
    lifecycle.suspend(billing.uow(), login=crowd[0].login, reason=Reason.STAFF, actor=STAFF, now=clock())
    lifecycle.suspend(billing.uow(), login=crowd[1].login, reason=Reason.STAFF, actor=STAFF, now=clock())
    clock.now = DEC_1
    with (unit := billing.uow()):
        unit.host.set_flags(crowd[1].login, frozen=True)
    logins, before = [each.login for each in crowd[:3]], dump(billing)

    told = preview.forecast(billing, RESUME, logins, actor=STAFF, now=clock())

    assert dump(billing) == before
    effects = [each.refusal.code if each.refusal else (each.result, each.cost) for each in told]
    assert effects == [(DONE, money("50 UAH")), "frozen", (NOTHING, money("0 UAH"))]
    start(RESUME)
    work()
    with billing.reading() as session:
        done = {each.login: each.result for each in session.scalars(select(BulkLine))}
    assert [done[login] for login in logins] == [DONE, "frozen", NOTHING]
    with billing.reading() as session:
        assert not session.scalars(select(Event).where(Event.text.contains("PREVIEW"))).all()
