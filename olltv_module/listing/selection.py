"""Which subscribers a list shows, and in which order: always a range of an index, or a few of them.

Everything that narrows a list beside state and tariff is the beginning of the order itself: whoever asks for dates
sees them sorted by date, whoever asks for a beginning of the login sees them sorted by login.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from billing.errors import N_, InvalidInput
from billing.host.search import begins
from billing.paging import COUNTED, Count, Key, count_upto
from olltv_module.models import Subscriber, TvState


class By(StrEnum):
    """What a list is sorted by."""

    LOGIN = "login"
    REGISTERED = "registered"
    CHANGED = "since"


class OneRange(InvalidInput):
    """A list is narrowed by two things of which each would have to be its order. Facts: `field`, `value`."""

    code = "one_range"
    text = N_(
        "Narrow the list by one of these at a time: the beginning of the login, the day of registration, the day of "
        "the last change."
    )


COLUMNS: Mapping[By, InstrumentedAttribute[Any]] = {
    By.LOGIN: Subscriber.login,
    By.REGISTERED: Subscriber.created_at,
    By.CHANGED: Subscriber.tv_since,
}


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Subscribers in one of the states `tv` (empty: in any), with the main `tariff_id`, whose login begins with
    `login`, or who were registered, or came into their state, within [since, until) of `dates`.

    :raises OneRange: both a beginning of the login and dates
    """

    tv: tuple[TvState, ...] = ()
    tariff_id: int | None = None
    login: str = ""
    dates: By | None = None
    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        if self.login and self.dates:
            raise OneRange(field="login", value=self.login)

    @property
    def fixed_order(self) -> By | None:
        """What the list has to be sorted by; None when it may be by anything."""
        return By.LOGIN if self.login else self.dates

    def branches(self, by: By) -> list[Select[tuple[int]]]:
        """Ids of the selected, as queries of which each is a range of one index that is ordered by `by`."""
        by = self.fixed_order or by
        narrowed = select(Subscriber.id).where(*self._ranges(by))
        states: Sequence[TvState] = self.tv
        if self.tariff_id is not None:
            narrowed, states = narrowed.where(Subscriber.tariff_id == self.tariff_id), self.tv or tuple(TvState)
        branches = [narrowed.where(Subscriber.tv == state) for state in dict.fromkeys(states)] or [narrowed]
        hint = f"FORCE INDEX ({self._index(by)})"  # with LIMIT, MariaDB may take another one and read all of it
        return [branch.with_hint(Subscriber, hint, "mysql") for branch in branches]

    def keys(self, by: By, *, descending: bool = False) -> list[Key]:
        """The keys of that order, for `billing.paging`."""
        by = self.fixed_order or by
        first = Key(COLUMNS[by], descending)
        return [first] if by is By.LOGIN else [first, Key(Subscriber.id, descending)]

    def count(self, session: Session, limit: int = COUNTED) -> Count:
        """How many are selected; counting stops at `limit`."""
        number = 0
        for branch in self.branches(By.LOGIN):
            found = count_upto(session, branch, limit - number)
            number += found.number
            if found.is_more:
                return Count(limit, is_more=True)
        return Count(number)

    def written(self) -> dict[str, object]:
        """As JSON can keep it."""
        return {
            "tv": list(self.tv),
            "tariff_id": self.tariff_id,
            "login": self.login,
            "dates": self.dates,
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
        }

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Self:
        """What `written` gave."""
        since, until = (written[name] and datetime.fromisoformat(written[name]) for name in ("since", "until"))
        tv, dates = tuple(map(TvState, written["tv"])), written["dates"] and By(written["dates"])
        tariff_id, login = written["tariff_id"], written["login"]
        return cls(tv=tv, tariff_id=tariff_id, login=login, dates=dates, since=since, until=until)

    def _ranges(self, by: By) -> list[ColumnElement[bool]]:
        column = COLUMNS[by]
        if self.login:
            return [begins(column, self.login)]
        lower = [column >= self.since] if self.dates and self.since else []
        upper = [column < self.until] if self.dates and self.until else []
        return lower + upper

    def _index(self, by: By) -> str:
        first = ["tariff_id", "tv"] if self.tariff_id is not None else ["tv"] if self.tv else []
        if by is By.LOGIN and not first:
            return "uq_olltv_subscriber_login"
        keys = [COLUMNS[by].key] if by is By.LOGIN else [COLUMNS[by].key, "id"]
        return f"ix_olltv_subscriber_{'_'.join([*first, *keys])}"
