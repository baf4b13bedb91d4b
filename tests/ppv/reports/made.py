"""Rows of shows, tips, orders and payments made by hand, for reports that only read."""

import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from ppv_module.chat.earnings.benefit import share
from ppv_module.chat.earnings.models import Action, Earning, Payout, PayoutState
from ppv_module.chat.models import HookCall, Performer, Person, Tenant
from ppv_module.chat.shows.models import EndReason, Show, ShowEvent, ShowState, Source
from ppv_module.credits.accounts import lock_credits, spend
from ppv_module.credits.models import CreditState, Notice, Order, OrderState, Pack, Payment, Verdict
from tests.ppv.make import MakeChat
from tests.support import STAFF


@dataclass
class Made:
    """Whatever is not said is usual. Nothing here goes through the services, but credits that are spent."""

    chat: MakeChat
    numbers: Any = field(default_factory=lambda: count(1))

    def show(
        self,
        performer: Performer,
        viewer: Person,
        *,
        ended_at: datetime | None,
        seconds: int = 60,
        credits: int = 60,
        earns: bool = True,
        paid: bool = True,
        **given: Any,
    ) -> Show:
        """A show of so many billed seconds, with its row of earnings and its transfer unless told otherwise."""
        begun = (ended_at or self.chat.make.clock()) - timedelta(seconds=seconds)
        tenant = self.chat.again(Tenant(id=performer.tenant_id))
        show_id = given.pop("id", f"show-{next(self.numbers)}-{secrets.token_hex(4)}")
        usual = {
            "tenant_id": tenant.id,
            "viewer_id": viewer.id,
            "performer_id": performer.person_id,
            "account_id": self._account(viewer.login),
            "login": viewer.login,
            "source": Source.SELF,
            "state": ShowState.ENDED if ended_at else ShowState.LIVE,
            "rate": performer.rate,
            "percent_bp": performer.percent_bp,
            "value_minor": tenant.value_minor,
            "value_credits": tenant.value_credits,
            "currency": tenant.currency,
            "rules": asdict(tenant.rules),
            "requested_at": begun - timedelta(seconds=20),
            "accepted_at": begun - timedelta(seconds=10),
            "ready_at": begun,
            "last_mark_at": begun + timedelta(seconds=seconds),
            "ticks": seconds // 10,
            "billed_ms": seconds * 1000,
            "credits_charged": credits,
            "ended_at": ended_at,
            "end_reason": EndReason.VIEWER_END if ended_at else None,
            "ended_by": "viewer" if ended_at else "",
        }
        show = self._add(Show(id=show_id, **{**usual, **given}))
        if credits and paid:
            self._spend(viewer.login, credits, f"ppv.show:{show_id}:{credits}", ended_at or begun)
        if credits and earns and ended_at:
            self.earning(performer, viewer, Action.LIVESHOW, credits, at=ended_at, show_id=show_id, closes_show=show_id)
        return show

    def tip(self, performer: Performer, viewer: Person, credits: int, *, at: datetime, **given: Any) -> Earning:
        return self.earning(performer, viewer, Action.TIPS, credits, at=at, **given)

    def earning(
        self, performer: Performer, viewer: Person | None, action: Action, credits: int, *, at: datetime, **given: Any
    ) -> Earning:
        tenant = self.chat.again(Tenant(id=performer.tenant_id))
        price, benefit = share(credits, tenant.value_minor, tenant.value_credits, performer.percent_bp)
        usual = {
            "tenant_id": tenant.id,
            "payer_id": viewer and viewer.id,
            "price_mills": price,
            "benefit_mills": benefit,
            "percent_bp": performer.percent_bp,
            "currency": tenant.currency,
            "key": secrets.token_hex(8),
        }
        facts = {**usual, **given}
        return self._add(Earning(at=at, action=action, performer_id=performer.person_id, credits=credits, **facts))

    def payout(self, performer: Performer, *rows: Earning, state: PayoutState = PayoutState.DRAFT) -> Payout:
        """A payout that has locked these rows."""
        at, currency = self.chat.make.clock(), rows[0].currency
        payout = self._add(
            Payout(
                tenant_id=performer.tenant_id,
                performer_id=performer.person_id,
                begins_at=at - timedelta(days=30),
                ends_at=at,
                amount_minor=sum(each.benefit_mills for each in rows) // 10,
                carried_mills=0,
                currency=currency,
                state=state,
                created_at=at,
                created_by="olena",
            )
        )
        uow = self.chat.make.billing.uow()
        with uow:
            for each in rows:
                uow.session.get_one(Earning, each.id).payout_id = payout.id
        return payout

    def order(self, pack: Pack, login: str, *, paid_at: datetime | None = None, **given: Any) -> Order:
        usual = {
            "tenant_id": pack.tenant_id,
            "credits": pack.credits,
            "price_minor": pack.price_minor,
            "currency": pack.currency,
            "item_name": pack.description,
            "provider": "paypal",
            "state": OrderState.PAID if paid_at else OrderState.NEW,
            "invoice": secrets.token_hex(8),
            "created_at": paid_at or self.chat.make.clock(),
            "paid_at": paid_at,
        }
        return self._add(Order(pack_id=pack.id, login=login, **{**usual, **given}))

    def payment(self, order: Order | None, *, at: datetime, gross: int, granted: bool = True, **given: Any) -> Payment:
        usual = {
            "provider": "paypal",
            "txn_id": secrets.token_hex(8),
            "order_id": order and order.id,
            "tenant_id": order and order.tenant_id,
            "login": order.login if order else "",
            "status": "Completed" if gross > 0 else "Refunded",
            "currency": order.currency if order else "EUR",
            "credits": order.credits if order and granted and gross > 0 else 0,
            "credited_at": at if granted and gross > 0 else None,
        }
        return self._add(Payment(at=at, gross_minor=gross, **{**usual, **given}))

    def notice(self, *, at: datetime, **given: Any) -> Notice:
        usual = {
            "raw": b"txn_id=1",
            "verdict": Verdict.QUEUED,
            "provider": "paypal",
            "remote_ip": "10.0.0.1",
            "action_taken": "",
            "due_at": at,
        }
        return self._add(Notice(received_at=at, **{**usual, **given}))

    def claim(self, show: Show, claim: str, *, at: datetime) -> HookCall:
        facts = {"action": "updateCredits", "fields": {}, "remote_ip": "10.0.0.2"}
        return self._add(HookCall(tenant_id=show.tenant_id, show_id=show.id, vendor_claim=claim, at=at, **facts))

    def dropped(self, show: Show, times: int) -> None:
        """So many ticks that came twice."""
        for number in range(times):
            self._add(ShowEvent(show_id=show.id, at=show.requested_at, type="tick", seq=number, ignored=True))

    def _account(self, login: str) -> int:
        self.chat.give(login, 0)
        return self.chat.again(CreditState(login=login)).account_id

    def _spend(self, login: str, credits: int, key: str, at: datetime) -> None:
        self.chat.give(login, credits)
        uow = self.chat.make.billing.uow()
        with uow:
            spend(uow, lock_credits(uow, login), credits=credits, key=key, actor=STAFF, at=at)

    def _add(self, row: Any) -> Any:
        uow = self.chat.make.billing.uow()
        with uow:
            uow.session.add(row)
        return row
