"""The deny list as staff look at it: what stands at this moment, what has ended, and one denial with what was found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from billing.host.search import begins
from billing.ledger.models import Account
from billing.paging import CHUNK, SIZE, Count, Key, Page, count_upto, page
from billing.uow import Billing
from ppv_module.credits.accounts import account_code
from ppv_module.streams.denials.blocking import ENDED_BY_STAFF, UnknownDenial
from ppv_module.streams.denials.causes import Causes, denials_with_rights, stands
from ppv_module.streams.denials.models import Denial, Reason
from ppv_module.streams.figures.live import logins
from ppv_module.streams.figures.models import Scope
from ppv_module.streams.figures.places import titles
from ppv_module.streams.links.models import Viewer

KEYS = [Key(Denial.since, descending=True), Key(Denial.id, descending=True)]
OTHERS_SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which denials. `id` is how identifiers begin, `login` is exact; `standing` of None is all, also ended ones."""

    standing: bool | None = True
    reason: Reason | None = None
    id: str = ""
    login: str = ""

    def conditions(self, causes: Causes) -> Iterator[ColumnElement[bool]]:
        """What a denial has to meet, among those of `denials_with_rights`."""
        if self.standing is not None:
            yield stands(causes) if self.standing else or_(Denial.slot.is_(None), ~stands(causes))
        if self.reason:
            yield Denial.reason == self.reason
        if self.id:
            yield begins(Denial.name, self.id)
        if self.login:
            mine = select(Account.id).where(Account.code == account_code(self.login), Account.unit == "CRD")
            yield Denial.account_id.in_(mine)


@dataclass(frozen=True)
class Line:
    """A denial; `stands` when it is on the list at this moment. `stream` is what it was denied for, if for one."""

    denial: Denial
    stands: bool
    login: str
    stream: str

    @property
    def may_be_ended(self) -> bool:
        """Whether staff can end it; the others end with their cause."""
        return self.stands and self.denial.reason in ENDED_BY_STAFF

    @property
    def ended_at(self) -> datetime | None:
        """When it ended, as far as that is written down already."""
        if self.denial.ended_at is None and not self.stands:
            return self.denial.until
        return self.denial.ended_at


@dataclass(frozen=True)
class Story:
    """One denial, the identifier as it was issued, and other denials of it, the latest first."""

    line: Line
    viewer: Viewer | None
    others: Sequence[Line]


def denials(
    session: Session, billing: Billing, wanted: Wanted, *, now: datetime, cursor: str | None = None, size: int = SIZE
) -> Page[Line]:
    """A page of the list, the latest first.

    :raises InvalidInput: the cursor is none of this list
    """
    causes = Causes.of(session, billing, now)
    query = select(Denial).select_from(denials_with_rights()).where(*wanted.conditions(causes))
    found = page(session, query, keys=KEYS, cursor=cursor, size=size)
    return Page(_dressed(session, found.rows, causes), found.next, found.previous)


def count_denials(session: Session, billing: Billing, wanted: Wanted, *, now: datetime) -> Count:
    """How many there are, up to what a list tells."""
    causes = Causes.of(session, billing, now)
    query = select(Denial.id).select_from(denials_with_rights()).where(*wanted.conditions(causes))
    return count_upto(session, query)


def every_denial(billing: Billing, wanted: Wanted, *, now: datetime) -> Iterator[Line]:
    """All of them, for an export, read in pieces."""
    cursor: str | None = None
    while True:
        with billing.reading() as session:
            found = denials(session, billing, wanted, now=now, cursor=cursor, size=CHUNK)
            session.expunge_all()
        yield from found.rows
        cursor = found.next
        if cursor is None:
            return


def by_reason(session: Session, billing: Billing, *, now: datetime) -> dict[Reason, int]:
    """How many denials stand, by reason."""
    causes = Causes.of(session, billing, now)
    query = select(Denial.reason, func.count()).select_from(denials_with_rights()).where(stands(causes))
    return dict(session.execute(query.group_by(Denial.reason)).tuples().all())


def names_denied(session: Session, billing: Billing, names: Sequence[str], *, now: datetime) -> set[str]:
    """Which of these few identifiers are on the list."""
    causes = Causes.of(session, billing, now)
    query = select(Denial.name).select_from(denials_with_rights()).where(Denial.name.in_(set(names)), stands(causes))
    return set(session.scalars(query))


def story(session: Session, billing: Billing, denial_id: int, *, now: datetime) -> Story:
    """One of them.

    :raises UnknownDenial: there is no such denial
    """
    denial = session.get(Denial, denial_id)
    if denial is None:
        raise UnknownDenial(denial=denial_id)
    causes = Causes.of(session, billing, now)
    same = select(Denial).where(Denial.name == denial.name, Denial.id != denial.id)
    others = session.scalars(same.order_by(Denial.id.desc()).limit(OTHERS_SHOWN)).all()
    viewer = session.scalar(select(Viewer).where(Viewer.name == denial.name))
    [line, *rest] = _dressed(session, [denial, *others], causes)
    return Story(line, viewer, rest)


def _dressed(session: Session, rows: Sequence[Denial], causes: Causes) -> list[Line]:
    standing = _standing(session, rows, causes)
    accounts = logins(session, [each.account_id for each in rows if each.account_id])
    streams = titles(session, Scope.STREAM, {each.place_id for each in rows if each.place_id})
    return [
        Line(each, each.id in standing, accounts.get(each.account_id or 0, ""), streams.get(each.place_id or 0, ""))
        for each in rows
    ]


def _standing(session: Session, rows: Sequence[Denial], causes: Causes) -> set[int]:
    query: Select[Any] = select(Denial.id).select_from(denials_with_rights())
    return set(session.scalars(query.where(Denial.id.in_([each.id for each in rows]), stands(causes))))
