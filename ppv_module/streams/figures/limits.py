"""Personal limits as staff look at them: who may watch more or less at once, and who is denied for a while."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from billing.host.search import begins
from billing.paging import SIZE, Count, Key, Page, all_rows, count_upto, page
from billing.uow import Billing
from ppv_module.streams.rights.models import Personal

KEYS = [Key(Personal.login)]


@dataclass(frozen=True, kw_only=True)
class WantedLimits:
    """Whose. `login` is how it begins; `cooling`: only those who are denied at `now` after an excess."""

    login: str = ""
    cooling: bool = False


def limits_page(
    session: Session, wanted: WantedLimits, *, now: datetime, cursor: str | None = None, size: int = SIZE
) -> Page[Personal]:
    """A page of those for whom something differs, by login.

    :raises InvalidInput: the cursor is none of this list
    """
    return page(session, _query(wanted, now), keys=KEYS, cursor=cursor, size=size)


def count_limits(session: Session, wanted: WantedLimits, *, now: datetime) -> Count:
    """How many there are, up to what a list tells."""
    return count_upto(session, _query(wanted, now))


def every_limit(billing: Billing, wanted: WantedLimits, *, now: datetime) -> Iterator[Personal]:
    """All of them, for an export, read in pieces."""
    return all_rows(billing.reading, [_query(wanted, now)], keys=KEYS)


def limit_of(session: Session, login: str) -> Personal | None:
    """What differs for a subscriber; None where nothing does."""
    return session.scalar(select(Personal).where(Personal.login == login))


def _query(wanted: WantedLimits, now: datetime) -> Select[tuple[Personal]]:
    is_cooling = Personal.cooldown_until > now
    query = select(Personal).where(is_cooling if wanted.cooling else or_(Personal.max_streams.is_not(None), is_cooling))
    return query.where(begins(Personal.login, wanted.login)) if wanted.login else query
