"""Asking the chats who is there, for the worker."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager

from billing.clock import Clock
from billing.uow import Billing
from ppv_module.chat import presence, tenants
from ppv_module.chat.models import Mode, Tenant
from ppv_module.chat.presence import Present
from ppv_module.provider.base import ChatError, ChatProvider

AT_ONCE = 8
"""Chats are asked side by side: one that is silent must not let the others' walls grow old."""


def poll(billing: Billing, clock: Clock, provider: ChatProvider) -> int:
    """Ask each tenant's chat who is there, once in `presence_cache_s` whoever else does so; gives how many were asked.

    What was not answered is noted, and after some time told to the staff: see `presence.keep_polled`. Nothing of the
    database is locked during a call.
    """
    due = [tenant for tenant in _asked_at_all(billing, provider) if _claimed(billing, clock, tenant)]
    with _asking(provider, due) as answers:
        for answer in as_completed(answers):
            _keep(billing, clock, answers[answer], answer)
    return len(due)


def _asked_at_all(billing: Billing, provider: ChatProvider) -> list[Tenant]:
    with billing.reading() as session:
        found = tenants.all_tenants(session, active=True)
    return [each for each in found if each.mode is Mode.EXTERNAL and provider.can_be_asked(each)]


def _claimed(billing: Billing, clock: Clock, tenant: Tenant) -> bool:
    return presence.claim_poll(billing.uow(), tenant_id=tenant.id, now=clock())


@contextmanager
def _asking(provider: ChatProvider, due: list[Tenant]) -> Iterator[dict[Future[Sequence[Present]], Tenant]]:
    if not due:
        yield {}
        return
    with ThreadPoolExecutor(max_workers=min(AT_ONCE, len(due))) as pool:
        yield {pool.submit(provider.presence, tenant): tenant for tenant in due}


def _keep(billing: Billing, clock: Clock, tenant: Tenant, answer: Future[Sequence[Present]]) -> None:
    found, trouble = None, ""
    try:
        found = answer.result()
    except ChatError as error:
        trouble = error.reason
    presence.keep_polled(billing.uow(), tenant_id=tenant.id, found=found, trouble=trouble, now=clock())
