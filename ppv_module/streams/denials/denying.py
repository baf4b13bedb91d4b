"""The deny list: who stands on it at this moment, and what a message of a server adds to it and takes from it."""

from datetime import datetime
from functools import lru_cache

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from billing.uow import Billing, UnitOfWork, use_case
from ppv_module.streams.denials import finding, limits, restream
from ppv_module.streams.denials.causes import IS_OPEN, Causes, denials_with_rights, stands
from ppv_module.streams.denials.models import Denial
from ppv_module.streams.denials.slots import BY_ITSELF, end
from ppv_module.streams.models import Server, SyncRecord


def deny_list(session: Session, billing: Billing, now: datetime) -> list[str]:
    """Whoever is denied at `now`, sorted: all of it, whoever asks. Reads only.

    What ends by money, rights or time ends here at that very moment, also while no server reports.
    """
    causes = Causes.of(session, billing, now)
    return sorted(set(session.scalars(_listed(causes.at_any_time), {"now": now})))


@use_case
def judge(
    uow: UnitOfWork, *, server: Server, record: SyncRecord, now: datetime, before: datetime | None = None
) -> None:
    """Deny whom the sessions of this message show to have no right, no credits or too many streams; end what is over.

    Called at the end of the transaction that applies the message: its sessions and its money are written. `before`
    is when the server had reported last. Accounts are judged by all their sessions, on whatever server.
    """
    causes = Causes.of(uow.session, uow.billing, now)
    end_what_is_over(uow.session, causes)
    reported = finding.Reported(server=server, record=record, now=now, before=before)
    finding.deny_strangers(uow, reported)
    finding.deny_the_penniless(uow, reported)
    limits.judge(uow, reported)
    restream.judge(uow, reported)


def end_what_is_over(session: Session, causes: Causes) -> None:
    """Give the slots of denials free whose cause or time is over, so that the table of slots stays small."""
    ids = session.scalars(_over(causes.at_any_time), {"now": causes.now}).all()
    end(session, ids, by=BY_ITSELF, now=causes.now)


@lru_cache(maxsize=16)
def _listed(causes: Causes) -> Select[tuple[str]]:
    return select(Denial.name).select_from(denials_with_rights()).where(stands(causes))


@lru_cache(maxsize=16)
def _over(causes: Causes) -> Select[tuple[int]]:
    over = select(Denial.id).select_from(denials_with_rights()).where(IS_OPEN, ~stands(causes))
    return over.order_by(Denial.id)
