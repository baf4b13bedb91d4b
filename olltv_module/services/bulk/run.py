"""Starting an action on many, and carrying it out: a transaction for each subscriber, which holds his result, too.

So a run that was killed anywhere is simply taken up again: who has a result has had his turn.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import func, insert, literal, select
from sqlalchemy.orm import Session

from billing import jobs
from billing.actors import Actor
from billing.db import insert_missing
from billing.errors import N_, BillingError, NotFound, WrongState
from billing.jobs import Work
from billing.uow import UnitOfWork, use_case
from olltv_module.listing.selection import By, Selection
from olltv_module.models import Subscriber
from olltv_module.services.bulk.actions import Order, carry_out
from olltv_module.services.bulk.models import OPEN, Action, Bulk, BulkLine

KIND = "olltv.bulk"
MOST = 100_000
"""More subscribers are no case for an action of one click; the list has to be narrowed."""

PORTION = 200


class TooMany(WrongState):
    """Facts: `limit`."""

    code = "too_many"
    text = N_("These are more than %(limit)s subscribers. Narrow the list first.")


class NobodyChosen(WrongState):
    """The filter matches nobody."""

    code = "nobody_chosen"
    text = N_("Nobody matches this filter now, so there is nothing to do.")


@use_case
def start(uow: UnitOfWork, *, selection: Selection, order: Order, key: str, actor: Actor, now: datetime) -> Bulk:
    """Fix who is meant by `selection` at this moment, and have the worker do `order` to each of them.

    `key` names the form: sent twice, it is one action.

    :raises TooMany, NobodyChosen: nothing has changed
    """
    values = asdict(order) | {"filter": selection.written(), "actor": actor.name, "address": actor.address}
    insert_missing(uow.session, Bulk, key=key, created_at=now, total=0, **values)
    bulk = uow.session.scalars(select(Bulk).where(Bulk.key == key).with_for_update()).one()
    if bulk.job_id is not None:
        return bulk
    _fix_members(uow.session, bulk, selection)
    bulk.job_id = _ask(uow, bulk, actor, now)
    template = "OLLTV BULK [{bulk}] {action} FOR {number} SUBSCRIBERS `{note}`"
    action = order.action.upper()
    uow.events.write(template, bulk=bulk.id, action=action, number=bulk.total, note=order.note, actor=actor, at=now)
    return bulk


@use_case
def go_on(uow: UnitOfWork, *, bulk_id: int, actor: Actor, now: datetime) -> Bulk:
    """Have the worker finish an action that was broken off; one that is finished or under way stays as it is.

    :raises NotFound: there is no such action
    """
    bulk = find(uow.session, bulk_id)
    if bulk.finished_at is None:
        bulk.job_id = _ask(uow, bulk, actor, now)
    return bulk


def find(session: Session, bulk_id: int) -> Bulk:
    """:raises NotFound: there is no such action"""
    if (bulk := session.get(Bulk, bulk_id)) is None:
        raise NotFound(bulk=bulk_id)
    return bulk


def results(session: Session, bulk_id: int) -> dict[str, int]:
    """How many subscribers have which result; the empty one is for those whose turn has not come."""
    query = select(BulkLine.result, func.count()).where(BulkLine.bulk_id == bulk_id).group_by(BulkLine.result)
    return {line.result: line[1] for line in session.execute(query)}


def _ask(uow: UnitOfWork, bulk: Bulk, actor: Actor, now: datetime) -> int:
    unique = f"{KIND}:{bulk.id}"
    return jobs.ask(uow, kind=KIND, args={"bulk_id": bulk.id}, actor=actor, now=now, unique=unique).id


def _fix_members(session: Session, bulk: Bulk, selection: Selection) -> None:
    found = selection.count(session, MOST)
    if found.is_more:
        raise TooMany(limit=MOST)
    for branch in selection.branches(By.LOGIN):
        members = branch.with_only_columns(literal(bulk.id), Subscriber.id, Subscriber.login, literal(OPEN))
        columns = ["bulk_id", "subscriber_id", "login", "result"]
        session.execute(insert(BulkLine).from_select(columns, members, include_defaults=False))
    bulk.total = session.scalar(select(func.count()).where(BulkLine.bulk_id == bulk.id)) or 0
    if not bulk.total:
        raise NobodyChosen


def work(work: Work) -> dict[str, object]:
    """Do it: the handler of the job."""
    bulk_id = int(work.args["bulk_id"])
    with work.billing.reading() as session:
        bulk = find(session, bulk_id)
        done = bulk.total - results(session, bulk_id).get(OPEN, 0)
    actor, total = Actor(bulk.actor, bulk.address), bulk.total
    for number, subscriber_id in enumerate(_waiting(work, bulk_id), done + 1):
        _do_one(work.billing.uow(), bulk_id, subscriber_id, actor, work.clock())
        work.progress(number, total)
    _finish(work.billing.uow(), bulk_id=bulk_id, actor=actor, now=work.clock())
    return {"url": f"/subscribers/bulk/{bulk_id}"}


def _waiting(work: Work, bulk_id: int) -> Iterator[int]:
    """Numbers of those whose turn has not come, in their order."""
    after = 0
    mine = select(BulkLine.subscriber_id).where(BulkLine.bulk_id == bulk_id, BulkLine.result == OPEN)
    mine = mine.order_by(BulkLine.subscriber_id).limit(PORTION)
    while True:
        with work.billing.reading() as session:
            ids = session.scalars(mine.where(BulkLine.subscriber_id > after)).all()
        yield from ids
        if not ids:
            return
        after = ids[-1]


def _do_one(uow: UnitOfWork, bulk_id: int, subscriber_id: int, actor: Actor, now: datetime) -> None:
    """A refusal undoes what was done to the subscriber, is his result, and does not stop the rest."""
    try:
        _carry_out(uow, bulk_id=bulk_id, subscriber_id=subscriber_id, actor=actor, now=now)
    except BillingError as refusal:
        _note(uow, bulk_id=bulk_id, subscriber_id=subscriber_id, refusal=refusal, now=now)


@use_case
def _carry_out(uow: UnitOfWork, *, bulk_id: int, subscriber_id: int, actor: Actor, now: datetime) -> None:
    line = _locked(uow.session, bulk_id, subscriber_id)
    if line.result != OPEN:
        return
    bulk = uow.session.get_one(Bulk, bulk_id)
    order = Order(action=Action(bulk.action), note=bulk.note, why=bulk.why)
    effect = carry_out(uow, order, login=line.login, actor=actor, now=now)
    line.result, line.facts, line.done_at = effect.result, {"cost_minor": effect.cost.minor}, now


@use_case
def _note(uow: UnitOfWork, *, bulk_id: int, subscriber_id: int, refusal: BillingError, now: datetime) -> None:
    line = _locked(uow.session, bulk_id, subscriber_id)
    if line.result == OPEN:
        line.result, line.facts, line.done_at = refusal.code, refusal.remembered(), now


@use_case
def _finish(uow: UnitOfWork, *, bulk_id: int, actor: Actor, now: datetime) -> None:
    bulk = uow.session.scalars(select(Bulk).where(Bulk.id == bulk_id).with_for_update()).one()
    if bulk.finished_at is None:
        bulk.finished_at = now
        uow.events.write("OLLTV BULK [{bulk}] DONE", bulk=bulk_id, actor=actor, at=now)


def _locked(session: Session, bulk_id: int, subscriber_id: int) -> BulkLine:
    query = select(BulkLine).where(BulkLine.bulk_id == bulk_id, BulkLine.subscriber_id == subscriber_id)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
