"""Reading both sides: the partner's list of users, their bundles by many threads, and the month's purchases."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import date
from itertools import islice

from sqlalchemy import select

from billing.errors import PartnerUnreachable
from billing.money import Money
from olltv_module.delivery.runner import Delivering
from olltv_module.models import Delivery, Subscriber, Tariff
from olltv_module.partner import AccountUnknown, ForeignUser
from olltv_module.reconcile.differences import Difference, Ours, Terms, Theirs, of_account, of_prices

BATCH = 500
TRIES = 4
PATIENCE_S = 5.0


def compare(
    delivering: Delivering, *, workers: int = 8, tick: Callable[[int], None] = lambda _done: None
) -> Iterator[Difference]:
    """Every difference between the partner's lists and ours, as it is found; nothing is changed.

    Whoever delivery has still to deal with, or whose wish changed while he was being compared, is left out. `workers`
    is how many calls are made at once. `tick` is told every few seconds at least how many accounts were asked for;
    what it raises ends the comparison.

    :raises PartnerUnreachable: the partner does not answer; what was given so far holds
    """
    with delivering.billing.reading() as session:
        tariffs = session.scalars(select(Tariff)).all()
    sold, done = {tariff.service for tariff in tariffs}, 0
    with ThreadPoolExecutor(workers, "reconcile") as pool:
        logins = _logins(delivering)
        while batch := list(islice(logins, BATCH)):
            before = _ours(delivering, batch)
            calls = [pool.submit(theirs_of, delivering, login) for login in batch]
            theirs = _gathered(calls, done, tick)
            done += len(batch)
            after = _ours(delivering, batch)
            for login, there in zip(batch, theirs, strict=True):
                if before.get(login) == after.get(login):
                    yield from of_account(login, after.get(login), there, sold=sold)
    yield from of_prices(_our_terms(delivering, tariffs), _their_terms(delivering))


def differences_of(delivering: Delivering, login: str) -> list[Difference] | None:
    """How one account differs at this moment; None while delivery has still to deal with it.

    :raises PartnerUnreachable: the partner does not answer
    """
    with delivering.billing.reading() as session:
        sold = set(session.scalars(select(Tariff.service)))
    ours = _ours(delivering, [login]).get(login)
    if ours and ours.in_flight:
        return None
    return list(of_account(login, ours, theirs_of(delivering, login), sold=sold))


def _gathered(calls: Sequence[Future[Theirs | None]], before: int, tick: Callable[[int], None]) -> list[Theirs | None]:
    """What the calls bring, in their order; on any trouble those that have not begun are called off."""
    try:
        for number, call in enumerate(calls):
            while not wait([call], timeout=PATIENCE_S).done:
                tick(before + number)
            tick(before + number + 1)
        return [call.result() for call in calls]
    except BaseException:
        for call in calls:
            call.cancel()
        raise


def _logins(delivering: Delivering) -> Iterator[str]:
    """Every account that the partner lists, then every one that only we have registered."""
    listed = set[str]()
    for user in delivering.partner.user_list():
        if user.account and user.account not in listed:
            listed.add(user.account)
            yield user.account
    with delivering.billing.reading() as session:
        ours = session.scalars(select(Subscriber.login).where(Subscriber.remote_id.is_not(None))).all()
    yield from (login for login in ours if login not in listed)


def _ours(delivering: Delivering, logins: Sequence[str]) -> dict[str, Ours]:
    with delivering.billing.reading() as session:
        known = session.scalars(select(Subscriber).where(Subscriber.login.in_(logins))).all()
        in_flight = select(Delivery.subscriber_id).where(Delivery.subscriber_id.in_([each.id for each in known]))
        queued = set(session.scalars(in_flight))
    return {
        each.login: Ours(
            registered=each.remote_id is not None,
            in_flight=each.id in queued,
            bundles={sub.tariff.service: sub.code for sub in each.live if sub.wished_on},
        )
        for each in known
    }


def theirs_of(delivering: Delivering, login: str) -> Theirs | None:
    """One account; a silence is waited out a few times, since one lost answer must not void the whole comparison."""
    for attempt in range(TRIES - 1):
        try:
            return _asked(delivering, login)
        except PartnerUnreachable:
            delivering.nap(2**attempt)
    return _asked(delivering, login)


def _asked(delivering: Delivering, login: str) -> Theirs | None:
    try:
        user = delivering.partner.user_info(account=login)
    except (AccountUnknown, ForeignUser):
        return None
    return Theirs(bundles={bundle.sub_id: bundle.binding_code for bundle in user.bundles or ()})


def _our_terms(delivering: Delivering, tariffs: Sequence[Tariff]) -> dict[str, Terms]:
    now, unit = delivering.clock(), delivering.billing.unit
    return {tariff.service: _terms(tariff, tariff.fee(now, unit)) for tariff in tariffs}


def _terms(tariff: Tariff, fee: Money) -> Terms:
    percent = tariff.partner_percent
    share = None if percent is None else Money((fee.minor * percent + 50) // 100, fee.unit)
    return Terms(service=tariff.service, fee=fee, share=share)


def _their_terms(delivering: Delivering) -> Iterator[Terms]:
    """The prices of the purchases of this month."""
    month, unit = delivering.billing.month(delivering.clock()), delivering.billing.unit
    for each in delivering.partner.purchases(start_date=date(month.year, month.month, 1)):
        fee, share = Money(each.retail_minor, unit), Money(each.provider_minor, unit)
        yield Terms(service=each.tariff_id, fee=fee, share=share)
