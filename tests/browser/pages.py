"""All pages of the panel that a browser can show, by the table of the matrix, with things of the demo to fill them."""

import re

from sqlalchemy import func, select

from billing import jobs
from billing.access import ApiKey
from billing.actors import Actor
from billing.db import insert_missing
from billing.events import Event
from billing.ledger.models import Transfer
from billing.news import News
from billing.staff import Staff
from olltv_module.listing.selection import Selection
from olltv_module.models import Delivery, Subscriber, Subscription, Tariff
from olltv_module.reconcile.differences import Kind
from olltv_module.reconcile.models import Check, Found
from olltv_module.services import corrections
from olltv_module.services.bulk import run as bulk
from olltv_module.services.bulk.actions import Action, Order
from olltv_module.services.fees.run import FeeDay, charge
from tests.browser.house import House
from tests.panel.matrix import ROWS, Row
from tests.panel.ppv.samples import chat_samples
from tests.support import money

NO_PAGES = re.compile(
    r"/(healthz|metrics|assets|static|exports|sign-in|setup)\b|\.(csv|json)$|/progress$|/file$|/partner$|^/ppv/photos/"
)
"""Files, parts of pages, and what somebody who is signed in never sees."""

PARAMETER = re.compile(r"<(?:[^:<>]+:)?(\w+)>")
SHOWN: list[Row] = [
    row for row in ROWS if row.method == "GET" and row.status in (200, 422) and not NO_PAGES.search(row.rule)
]
VIEWER = "demo00002"
SIGNED = Actor("tester", "127.0.0.1")


def samples(house: House) -> dict[str, object]:
    """What stands for the parameters of the addresses."""
    billing, now = house.runtime.billing, house.runtime.clock()
    signed = {"actor": SIGNED, "now": now}
    *_, preview = charge(FeeDay(billing, house.runtime.clock), actor=SIGNED, preview=True)
    order = Order(action=Action.DELIVER, note="pictures")
    chosen = Selection(login="demo0001")
    many = bulk.start(billing.uow(), selection=chosen, order=order, key="pages-of-all-1", **signed)
    job = jobs.ask(billing.uow(), kind="export", args={"source": "events", "query": "", "lang": "en"}, **signed)
    corrections.correct(
        billing.uow(), login=VIEWER, amount=money("5000 UAH"), reason="for the picture", key="pages-of-all-2", **signed
    )
    with billing.reading() as session:
        fee = select(func.max(Transfer.id)).where(Transfer.login == VIEWER, Transfer.key.startswith("olltv.fee:"))
        found = {
            "tariff_id": session.scalar(select(func.min(Tariff.id))),
            "transfer_id": session.scalar(fee),
            "key_id": session.scalar(select(func.max(ApiKey.id))),
            "staff_id": session.scalar(select(func.min(Staff.id))),
            "news_id": session.scalar(select(func.max(News.id))),
            "event_id": session.scalar(select(func.max(Event.id))),
            "subscription": session.scalar(select(func.min(Subscription.id))),
        }
    park(house)
    month = str(billing.month(now))
    words = {"login": VIEWER, "month": month, "word": next(iter(Kind)).value}
    numbers = {"run_id": preview.id, "bulk_id": many.id, "job_id": job.id, "difference_id": difference(house)}
    return found | words | numbers | chat_samples(billing, house.runtime.clock)


def park(house: House) -> None:
    """The viewer waits for staff: the partner could not be told about him."""
    uow, now = house.runtime.billing.uow(), house.runtime.clock()
    with uow:
        number = uow.session.scalars(select(Subscriber.id).where(Subscriber.login == VIEWER)).one()
        insert_missing(uow.session, Delivery, subscriber_id=number, due_at=now)
        row = uow.session.get_one(Delivery, number, populate_existing=True)
        row.parked_at, row.tries, row.trouble = now, 20, "no answer"


def difference(house: House) -> int:
    """Something that the partner has and we do not."""
    uow, now = house.runtime.billing.uow(), house.runtime.clock()
    with uow:
        check = Check(started_at=now, finished_at=now, actor="tester", accounts=60, counts={})
        uow.session.add(check)
        uow.session.flush()
        found = Found(check_id=check.id, kind=next(iter(Kind)), login=VIEWER, service="sport", ours="", theirs="on")
        found.found_at, found.live_key = now, "pages"
        uow.session.add(found)
        uow.session.flush()
        return found.id


def address(row: Row, values: dict[str, object]) -> str:
    return PARAMETER.sub(lambda name: str((values | dict(row.given))[name[1]]), row.rule)
