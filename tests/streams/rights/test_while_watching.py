"""Tickets are sold and taken back, links made and tariffs changed while servers report: nothing is lost or stuck."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import event

from billing.errors import NotEnoughMoney
from ppv_module.streams.links.issuing import issue
from ppv_module.streams.rights.models import Kind
from ppv_module.streams.rights.personal import set_personal_limit
from ppv_module.streams.rights.tariffs import save_tariff
from ppv_module.streams.rights.tickets import CREDIT, buy_ticket, grant_ticket, revoke_ticket
from tests.streams.make import player, sync_body
from tests.streams.syncs.stage import Stage
from tests.support import NOV_10, STAFF, assert_books_balance

BY = {"actor": STAFF, "now": NOV_10}
LOGINS = ("ivan", "olha", "petro")
DEADLOCK = 1213


@pytest.fixture
def deadlocks(billing) -> list[str]:
    found: list[str] = []

    def note(context) -> None:
        if getattr(context.original_exception, "args", (0,))[:1] == (DEADLOCK,):
            found.append(str(context.statement))

    event.listen(billing.engine, "handle_error", note)
    return found


def test_all_at_once(billing, streams, deadlocks):
    tariff = streams.tariff(Kind.MINUTE, "live/*", per_minute=600)
    streams.rule()
    channel, offer = streams.channel("live/s0"), streams.offer("live/s0", price_credits=70, minutes=1)
    names = [streams.viewer(login, credits=2000).name for login in LOGINS]

    def watched(server: int) -> None:
        stage = Stage(replace(streams))
        for number in range(5):
            places = (f"live/s{number % 3}", f"live/new{server}{number}")
            told = [player(name, place, sessionid=place, delta=3000) for name in names for place in places]
            stage.put(sync_body(f"srv-{server}", told), now=NOV_10)

    def bought(login: str) -> None:
        for number in range(4):
            facts = {"login": login, "offer_id": offer.id, **BY}
            with suppress(NotEnoughMoney):
                ticket = buy_ticket(billing.uow(), means=CREDIT, key=f"b{number}", **facts)
                revoke_ticket(billing.uow(), ticket_id=ticket.id, reason="r", refund=bool(number % 2), **BY)
                issue(billing.uow(), login=login, channel_id=channel.id, **BY)
            grant_ticket(billing.uow(), reason="r", key=f"g{number}", **facts)
            set_personal_limit(billing.uow(), login=login, max_streams=number, **BY)

    def changed(number: int) -> None:
        for sort in range(3):
            facts = {
                "name": tariff.name,
                "kind": Kind.MINUTE,
                "application": "live",
                "stream": f"s*{sort % 2}" * number,
            }
            save_tariff(billing.uow(), tariff_id=tariff.id, sort=sort, **facts, **BY)

    with ThreadPoolExecutor(7) as pool:
        parts = [pool.submit(watched, number) for number in range(3)]
        parts += [pool.submit(bought, login) for login in LOGINS]
        parts += [pool.submit(changed, number) for number in range(2)]
        for part in parts:
            part.result()
    assert_books_balance(billing)
    assert deadlocks == []
