"""A comparison that is kept: its differences are stored as they are found, and those that are no more are closed."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice

from sqlalchemy import exists, func, select, update

from billing import leases
from billing.actors import Actor
from billing.errors import BillingError
from billing.uow import Billing, UnitOfWork, use_case
from olltv_module.delivery.runner import Delivering
from olltv_module.models import Delivery, Subscriber
from olltv_module.reconcile.differences import Difference, Kind
from olltv_module.reconcile.lists import compare
from olltv_module.reconcile.models import LEASE, Check, Found, Standing

RENEW_EVERY = timedelta(seconds=10)
CHUNK = 200
PRICES = (Kind.PRICE_DIFFERS, Kind.SHARE_DIFFERS)

Progress = Callable[[int, int], None]
"""Is told how many accounts of about how many are done; what it raises ends the comparison."""


def check(
    delivering: Delivering, *, actor: Actor, workers: int = 8, progress: Progress = lambda _done, _total: None
) -> int:
    """Compare the partner's lists with ours and keep what is found; gives the number of the check.

    One that is broken off keeps what it has found so far and closes nothing.

    :raises Busy: another comparison is under way
    :raises PartnerUnreachable: the partner does not answer; the check says so
    """
    billing, clock = delivering.billing, delivering.clock
    with leases.held(billing, name=LEASE, clock=clock) as token:
        check_id = _begin(billing.uow(), actor=actor, now=clock())
        pulse = _Pulse(delivering, token, progress)
        try:
            for part in _chunks(compare(delivering, workers=workers, tick=pulse)):
                _keep(billing.uow(), check_id=check_id, token=token, differences=part, now=clock())
            done = pulse.done
            _finish(billing.uow(), check_id=check_id, token=token, accounts=done, actor=actor, now=clock())
        except BillingError as refusal:
            _break_off(billing.uow(), check_id=check_id, refusal=refusal)
            raise
    return check_id


class _Pulse:
    """Keeps the lease of a comparison and tells how far it is."""

    def __init__(self, delivering: Delivering, token: str, progress: Progress) -> None:
        self.done, self._billing, self._clock = 0, delivering.billing, delivering.clock
        self._token, self._progress = token, progress
        self._renewed_at, self._about = delivering.clock(), _registered(delivering.billing)

    def __call__(self, done: int) -> None:
        self.done, now = done, self._clock()
        if now - self._renewed_at >= RENEW_EVERY:
            _renew(self._billing.uow(), token=self._token, now=now)
            self._renewed_at = now
        self._progress(done, max(self._about, done))


@use_case
def _begin(uow: UnitOfWork, *, actor: Actor, now: datetime) -> int:
    begun = Check(started_at=now, actor=actor.name, counts={}, accounts=0)
    uow.session.add(begun)
    uow.session.flush()
    return begun.id


@use_case
def _keep(uow: UnitOfWork, *, check_id: int, token: str, differences: Sequence[Difference], now: datetime) -> None:
    """Store what a check has found; what is known already is met again.

    :raises Busy: the lease was lost, another comparison may be under way
    """
    leases.renew(uow.session, name=LEASE, token=token, now=now)
    named = {_live_key(each): each for each in differences}
    query = select(Found).where(Found.live_key.in_(named)).order_by(Found.id).with_for_update()
    known = {row.live_key: row for row in uow.session.scalars(query)}
    for live_key, difference in named.items():
        if row := known.get(live_key):
            row.met_again(difference, check_id=check_id)
        else:
            uow.session.add(Found.of(difference, check_id=check_id, live_key=live_key, at=now))


@use_case
def _finish(uow: UnitOfWork, *, check_id: int, token: str, accounts: int, actor: Actor, now: datetime) -> None:
    """All is compared: close what was not met any more, but for those whom delivery is still dealing with.

    :raises Busy: as `_keep`
    """
    leases.renew(uow.session, name=LEASE, token=token, now=now)
    queued = select(Delivery.subscriber_id).join(Subscriber, Subscriber.id == Delivery.subscriber_id)
    settled = update(Found).where(
        Found.state.in_((Standing.OPEN, Standing.DISMISSED)),
        Found.check_id < check_id,
        ~exists(queued.where(Subscriber.login == Found.login)),
    )
    gone = {"state": Standing.GONE, "settled_at": now, "live_key": None, "actor": None}
    uow.session.execute(settled.values(gone).execution_options(synchronize_session=False))
    counted = select(Found.kind, func.count()).where(Found.check_id == check_id).group_by(Found.kind)
    done = uow.session.get_one(Check, check_id, with_for_update=True)
    done.counts = {str(kind): number for kind, number in uow.session.execute(counted)}
    done.accounts, done.finished_at = accounts, now
    uow.events.write("OLLTV RECONCILE [{check}] FOUND {number}", check=check_id, number=done.found, actor=actor, at=now)


@use_case
def _break_off(uow: UnitOfWork, *, check_id: int, refusal: BillingError) -> None:
    uow.session.get_one(Check, check_id, with_for_update=True).trouble = refusal.remembered()


@use_case
def _renew(uow: UnitOfWork, *, token: str, now: datetime) -> None:
    leases.renew(uow.session, name=LEASE, token=token, now=now)


def _live_key(difference: Difference) -> str:
    """What makes it the same difference in the next comparison, of any length."""
    parts = [difference.kind, difference.login, difference.service]
    parts += [difference.theirs] if difference.kind in PRICES else []
    return sha256(json.dumps(parts).encode()).hexdigest()


def _registered(billing: Billing) -> int:
    with billing.reading() as session:
        return session.scalar(select(func.count()).where(Subscriber.remote_id.is_not(None))) or 0


def _chunks(differences: Iterable[Difference]) -> Iterator[list[Difference]]:
    found = iter(differences)
    while part := list(islice(found, CHUNK)):
        yield part
