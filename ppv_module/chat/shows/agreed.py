"""What a show was agreed for. It never changes after the request, so a process reads it once a show."""

from dataclasses import dataclass

from sqlalchemy import select

from billing.money import CREDITS
from billing.uow import UnitOfWork
from ppv_module.chat.shows.metering import Terms
from ppv_module.chat.shows.models import Show, Source
from ppv_module.credits.accounts import SPENT
from ppv_module.errors import UnknownShow

MOST_KEPT = 10_000


@dataclass(frozen=True)
class Agreed:
    """Who meets whom for what. Credits go from `account_id` to `target_id`; `seen_for_s` is how long a page that was
    seen counts as alive."""

    viewer_id: int
    performer_id: int
    login: str
    source: Source
    account_id: int
    target_id: int
    terms: Terms
    seen_for_s: float


SEEN_FOR_INTERVALS = 1.5

_kept: dict[str, Agreed] = {}


def agreed(uow: UnitOfWork, show_id: str) -> Agreed:
    """:raises UnknownShow: there is no such show"""
    if (found := _kept.get(show_id)) is None:
        found = _read(uow, show_id)
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[show_id] = found
    return found


def _read(uow: UnitOfWork, show_id: str) -> Agreed:
    columns = Show.viewer_id, Show.performer_id, Show.login, Show.source, Show.account_id, Show.rate, Show.rules
    row = uow.session.execute(select(*columns).where(Show.id == show_id)).one_or_none()
    if row is None:
        raise UnknownShow(show=show_id)
    return Agreed(
        viewer_id=row.viewer_id,
        performer_id=row.performer_id,
        login=row.login,
        source=row.source,
        account_id=row.account_id,
        target_id=uow.ledger.system(SPENT, CREDITS).id,  # has been there since the request: see `request_show`
        terms=Terms.of(row.rate, row.rules),
        seen_for_s=SEEN_FOR_INTERVALS * row.rules["tick_interval_s"],
    )
