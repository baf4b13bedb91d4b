"""A chat with a performer, a viewer, and everything that reports show, for pages of the panel."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ppv_module.chat.earnings.models import Earning, Payout
from ppv_module.chat.earnings.tips import send_tip
from ppv_module.chat.models import Performer, Person, Tenant
from ppv_module.chat.shows.models import Show
from ppv_module.credits.models import Notice, Order, Pack, Verdict
from tests.ppv.make import MakeChat
from tests.ppv.reports.made import Made
from tests.support import STAFF

XSS = "<script>alert(1)</script>"
NOV_9 = datetime(2026, 11, 9, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Trade:
    """One of everything. `tip` was really sent, so it can be taken back."""

    tenant: Tenant
    performer: Performer
    viewer: Person
    pack: Pack
    show: Show
    live: Show
    tip: Earning
    old_tip: Earning
    payout: Payout
    order: Order
    notice: Notice


def trade_samples(chat: MakeChat) -> dict[str, object]:
    """What stands for the parameters of the addresses of reports."""
    trade = open_shop(chat, name="Morning chat", webmaster_id=7778)
    return {
        "pack_id": trade.pack.id,
        "show_id": trade.live.id,
        "tip_id": trade.tip.id,
        "payout_id": trade.payout.id,
        "notice_id": trade.notice.id,
    }


def open_shop(chat: MakeChat, **tenant_facts: Any) -> Trade:
    """A tenant who has sold, been tipped and paid."""
    made, clock = Made(chat), chat.make.clock
    tenant = chat.tenant(**{"name": "Kyiv", **tenant_facts})
    performer = chat.performer(tenant, "anna", display_name="Anna")
    viewer = chat.viewer(tenant, "ivan", credits=1_000)
    petro = chat.viewer(tenant, "petro", credits=5_000)
    show = made.show(performer, viewer, ended_at=NOV_9, seconds=90, credits=90)
    slots = {"viewer_slot": petro.id, "performer_slot": performer.person_id}
    live = made.show(performer, petro, ended_at=None, seconds=30, credits=0, **slots)
    old_tip = made.tip(performer, viewer, 600, at=NOV_9)
    facts = {"viewer_id": viewer.id, "performer_id": performer.person_id, "actor": STAFF, "now": clock()}
    tipped = send_tip(chat.make.billing.uow(), credits=10, key="trade", **facts)
    pack = chat.pack(tenant)
    order = made.order(pack, "ivan", paid_at=NOV_9)
    notice = made.notice(
        at=clock() - timedelta(hours=2), verdict=Verdict.ERROR, raw=f"payer_email=x@y&memo={XSS}".encode(), due_at=None
    )
    made.payment(order, at=NOV_9, gross=10_000, fee_minor=300, notice_id=notice.id, payer_email="payer@mail.example")
    return Trade(
        tenant=tenant,
        performer=performer,
        viewer=viewer,
        pack=pack,
        show=show,
        live=live,
        tip=chat.again(Earning(id=tipped.id)),
        old_tip=old_tip,
        payout=made.payout(performer, old_tip),
        order=order,
        notice=notice,
    )
