"""A busy minute: visits and orders at the cabinet, with everything behind it as in production, on MariaDB."""

import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path
from statistics import quantiles

from sqlalchemy import select

from bench.crowd import Browser, Crowd, Subscriber, Tally, Visit
from bench.databases import open_databases
from bench.figures import Figure
from bench.orders import Orderer, Shop, is_settled, place
from bench.served import Served, give_passwords, served, sign_in
from billing.actors import Actor
from billing.host.native import NativeHost
from billing.ledger.models import Transfer
from billing.money import Money
from olltv_module.delivery import queue
from olltv_module.models import Subscriber as Watching
from olltv_module.models import Subscription, Tariff, TvState
from olltv_module.services.fees.run import CHUNK_SUBSCRIBERS, FeeDay, charge
from suite.demo.load import Demo, load
from suite.runtime import Runtime
from tests.running.processes import wait_until
from tests.support import findings
from weblib.logs import configure_logs

SUBSCRIBERS, NEWCOMERS = 200, 150
BROWSERS = 64
SETTLED_S = 120
CREDIT = Money(1_000_000, "UAH")
ORDERS, SIGN_INS = 0.02, 0.0075
"""Of all visits; one more often asks for a page."""

A_VISIT = 1.07
"""Requests that a visit makes on the average: an order is several."""

PAGES = {"/": 40, "/status": 14, "/tv": 14, "/history": 10, "/history/subscriptions": 4, "/devices": 4, "/account": 4}
CASHIER = Actor("cashier")


@dataclass(frozen=True)
class Town:
    """The suite and the people in front of it. `readers` only look, each of `orderers` orders one thing at a time."""

    runtime: Runtime
    port: int
    shop: Shop
    readers: list[Subscriber]
    orderers: list[Orderer]
    payments: "count[int]"

    def visits(self, rate: float, seconds: float) -> Iterator[tuple[float, Visit]]:
        """Who comes when, so that there are so many requests a second."""
        paths, weights = list(PAGES), list(PAGES.values())
        for number in range(int(seconds * rate / A_VISIT)):
            luck = random.random()
            visit: Visit
            if luck < ORDERS:
                visit = self._order
            elif luck < ORDERS + SIGN_INS:
                visit = self._sign_in
            else:
                visit = self._look(random.choices(paths, weights)[0])
            yield number * A_VISIT / rate, visit

    def _look(self, path: str) -> Visit:
        who = random.choice(self.readers)

        def look(browser: Browser, due: float) -> None:
            browser.get(who, path, due=due)

        return look

    def _sign_in(self, _browser: Browser, _due: float) -> None:
        sign_in(self.port, random.choice(self.readers).login)

    def _order(self, browser: Browser, _due: float) -> None:
        """Somebody who is free and whose last order is settled."""
        person = random.choice(self.orderers)
        if not person.lock.acquire(blocking=False):
            return
        try:
            if is_settled(browser, person):
                if person.suspended:
                    self.top_up(person.who.login)
                place(browser, person, *self.shop.next_order(person))
        finally:
            person.lock.release()

    def top_up(self, login: str) -> None:
        """Give him enough money for all that he may order."""
        uow, key = self.runtime.billing.uow(), f"bench-{next(self.payments)}"
        with uow:
            at = self.runtime.clock()
            uow.host.top_up(login=login, amount=CREDIT, key=key, source="cash", actor=CASHIER.name, at=at)


def figures(rate: int, seconds: int) -> Iterator[Figure]:
    """How so many visits a second went, and what was wrong afterwards; that must be nothing."""
    configure_logs(process="bench", level="WARNING")
    with tempfile.TemporaryDirectory(prefix="olltv-bench-") as folder, open_databases("mariadb") as copies:
        url = copies("load", lambda _engine: None, 1)[0]
        with served(Path(folder) / "suite", url, with_partner=True) as found:
            town = _settled_town(found)
            since = town.runtime.clock()
            crowd = Crowd(town.port, BROWSERS)
            took = crowd.arrive(town.visits(rate, seconds))
            wait_until(partial(_is_settled, town.runtime), limit_s=SETTLED_S)
            yield from _shown(crowd.tally, took, town, list(_wrong(town, since)), rate=rate)


def _shown(tally: Tally, took: float, town: Town, wrong: list[str], *, rate: int) -> Iterator[Figure]:
    where = f"mariadb, {rate} wanted"
    for each in [*(f"{what} ({times})" for what, times in tally.errors.items()), *wrong]:
        print(f"WRONG: {each}", flush=True)
    requests = sum(tally.statuses.values())
    yield Figure("load: requests a second", where, [requests / took], "/s", rate * 0.95, more_is_better=True)
    for kind, seconds in sorted(tally.seconds.items()):
        cuts = quantiles([1000 * each for each in seconds], n=100)
        for percent in (50, 95, 99):
            yield Figure(f"load: {kind}, {len(seconds)} times, p{percent}", where, [cuts[percent - 1]], "ms")
    yield Figure("load: orders", where, [sum(each.orders for each in town.orderers)], "")
    yield Figure("load: visits that began late", where, [tally.late], "")
    yield Figure("load: errors", where, [sum(tally.errors.values())], "", 0)
    yield Figure("load: lost or doubled orders, findings of the audit", where, [len(wrong)], "", 0)


def _wrong(town: Town, since: datetime) -> Iterator[str]:
    """Every order must have had exactly one effect on money and subscriptions, and the books must balance."""
    paid, have = _paid(town.runtime, since), _live(town.runtime)
    for person in town.orderers:
        login = person.who.login
        if paid.get(login, Counter()) != person.paid:
            yield f"{login} has paid {paid.get(login)}, not {person.paid}"
        if have.get(login, set()) != person.mains | person.addons:
            yield f"{login} has {have.get(login)}, not {person.mains | person.addons}"
    yield from (f"audit: {each}" for each in findings(town.runtime.billing))


def _paid(runtime: Runtime, since: datetime) -> dict[str, Counter[int]]:
    """How often each tariff was paid since then, by login."""
    query = select(Transfer.login, Transfer.tariff_id).where(Transfer.tariff_id.is_not(None), Transfer.at >= since)
    found = dict[str, Counter[int]]()
    with runtime.billing.reading() as session:
        for login, tariff in session.execute(query):
            found.setdefault(login, Counter())[tariff] += 1
    return found


def _live(runtime: Runtime) -> dict[str, set[int]]:
    """The tariffs that each login has and wishes on."""
    query = select(Watching.login, Subscription.tariff_id).join(Subscription, Subscription.subscriber_id == Watching.id)
    found = dict[str, set[int]]()
    with runtime.billing.reading() as session:
        for login, tariff in session.execute(query.where(Subscription.slot.is_not(None))):
            found.setdefault(login, set()).add(tariff)
    return found


def _settled_town(place_: Served) -> Town:
    """Subscribers who watch, some without money for this month, and newcomers; the partner knows all of it."""
    runtime = place_.runtime
    now = runtime.clock()
    load(runtime.billing, Demo(subscribers=SUBSCRIBERS), now=now)
    give_passwords(runtime.billing.engine)
    port = place_.start_cabinet()
    place_.start_worker()
    wait_until(partial(_is_settled, runtime), limit_s=SETTLED_S)
    for _ in charge(FeeDay(runtime.billing, runtime.clock, CHUNK_SUBSCRIBERS), actor=CASHIER):
        pass
    wait_until(partial(_is_settled, runtime), limit_s=SETTLED_S)
    return _inhabited(runtime, port)


def _is_settled(runtime: Runtime) -> bool:
    with runtime.billing.reading() as session:
        return queue.length(session, runtime.clock()).open == 0


def _inhabited(runtime: Runtime, port: int) -> Town:
    payments, live = count(1), _live(runtime)
    with runtime.billing.reading() as session:
        tariffs = session.scalars(select(Tariff)).all()
        shop = Shop(*(tuple(each.id for each in tariffs if each.main is main) for main in (True, False)))
        states = dict(session.execute(select(Watching.login, Watching.tv)).tuples().all())
    watching = [login for login, state in states.items() if state is TvState.ACTIVE]
    sleeping = [login for login, state in states.items() if state is TvState.NO_MONEY]
    readers, buyers = watching[::2], watching[1::2] + _newcomers(runtime)
    town = Town(runtime, port, shop, _signed_in(port, readers), [], payments)
    for login in buyers:
        town.top_up(login)
    for who in _signed_in(port, buyers + sleeping):
        has = live.get(who.login, set())
        mains = has.intersection(shop.mains)
        town.orderers.append(Orderer(who, mains, has - mains, suspended=who.login in sleeping))
    return town


def _newcomers(runtime: Runtime) -> list[str]:
    uow, logins = runtime.billing.uow(), [f"new{number}" for number in range(NEWCOMERS)]
    with uow:
        host = uow.host
        assert isinstance(host, NativeHost)
        for number, login in enumerate(logins):
            host.add(login=login, mobile=f"05099{number:05d}")
    give_passwords(runtime.billing.engine)
    return logins


def _signed_in(port: int, logins: list[str]) -> list[Subscriber]:
    def one(login: str) -> Subscriber:
        return Subscriber(login, {each.name: each.value or "" for each in sign_in(port, login).cookies})

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, logins))
