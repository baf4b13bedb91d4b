"""Corrections that wait for a second look, and those that were decided: it only reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from billing.paging import Key, Page, page
from billing.uow import Billing
from olltv_module.services.corrections import MoneyProposal, ProposalState

OPEN_SHOWN = 200
SIZE = 50


@dataclass(frozen=True)
class Proposals:
    """`waiting` oldest first, `decided` newest first, a page of them."""

    waiting: Sequence[MoneyProposal]
    decided: Page[MoneyProposal]


def read(billing: Billing, *, cursor: str | None = None) -> Proposals:
    """:raises InvalidInput: the cursor was made up"""
    is_open = MoneyProposal.state == ProposalState.OPEN
    with billing.reading() as session:
        waiting = session.scalars(select(MoneyProposal).where(is_open).order_by(MoneyProposal.id).limit(OPEN_SHOWN))
        keys = [Key(MoneyProposal.id, descending=True)]
        decided = page(session, select(MoneyProposal).where(~is_open), keys=keys, cursor=cursor, size=SIZE)
        return Proposals(waiting.all(), decided)
