"""Whether the cause of a denial still holds, as SQL that is true to the money and rights of the moment it runs in."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, bindparam, exists, false, or_
from sqlalchemy.orm import Session, outerjoin

from billing.db import Instant
from billing.ledger.models import Account
from billing.uow import Billing
from ppv_module.credits.models import CreditState
from ppv_module.streams.denials.models import Denial, Reason
from ppv_module.streams.links.models import Viewer
from ppv_module.streams.models import Place
from ppv_module.streams.options import ALLOW, StreamOptions
from ppv_module.streams.rights.having import package_covers, package_wants, ticket_for
from ppv_module.streams.rights.models import Kind, Price, Tariff
from ppv_module.streams.rights.packages import Packages

LACKING = (Reason.NO_CREDIT, Reason.NO_ENTITLEMENT, Reason.TICKET_EXPIRED)
"""What ends as soon as the account has a right to the stream that it was denied for."""

DECIDED = (Reason.OPERATOR_BLOCK, Reason.RESTREAM, Reason.TOO_MANY_STREAMS)
"""What ends by a decision or by its time."""

IS_OPEN = Denial.slot > ""
"""Nobody has ended it. Said as a range, so that those that are over are not even looked at."""


NOW: Any = bindparam("now", type_=Instant())


@dataclass(frozen=True)
class Causes:
    """What conditions depend on besides rows: the operator's policy, the time, and who sells television.

    `wants` are the television tariffs that each tariff of the kind `package` wants.
    """

    is_unknown_denied: bool
    packages: Packages
    wants: tuple[tuple[int, tuple[int, ...]], ...]
    now: datetime

    @classmethod
    def of(cls, session: Session, billing: Billing, now: datetime) -> "Causes":
        """Reads the tariffs of the kind `package`, in one statement."""
        policy = billing.option(StreamOptions).unknown_id
        wants = sorted((number, tuple(wanted)) for number, wanted in package_wants(session).items())
        return cls(policy != ALLOW, billing.option(Packages), tuple(wants), now)

    @property
    def at_any_time(self) -> "Causes":
        """The same with the time to be handed over as `now`: for statements that are made once."""
        return replace(self, now=NOW)


def denials_with_rights() -> FromClause:
    """Denials with the account, credits, place, tariff and link that could end them: what `holds` is about."""
    joined = outerjoin(Denial, Account, Account.id == Denial.account_id)
    joined = outerjoin(joined, CreditState, CreditState.account_id == Denial.account_id)
    joined = outerjoin(joined, Place, Place.id == Denial.place_id)
    joined = outerjoin(joined, Tariff, Tariff.id == Place.tariff_id)
    # no EXISTS: MariaDB would read all names that were ever issued, to have them at hand
    return outerjoin(joined, Viewer, and_(Denial.reason == Reason.UNKNOWN_ID, Viewer.name == Denial.name))


def stands(causes: Causes) -> ColumnElement[bool]:
    """Whether a denial is in force. Never NULL for those that nobody has ended."""
    in_time = or_(Denial.until.is_(None), Denial.until > causes.now)
    return and_(IS_OPEN, in_time, Denial.name != "", holds(causes))


def holds(causes: Causes) -> ColumnElement[bool]:
    """Whether its cause still holds. Never NULL."""
    unknown = and_(Denial.reason == Reason.UNKNOWN_ID, Viewer.id.is_(None))
    return or_(
        Denial.reason.in_(DECIDED),
        unknown if causes.is_unknown_denied else false(),
        and_(Denial.reason.in_(LACKING), ~has_right(causes)),
    )


def has_right(causes: Causes) -> ColumnElement[bool]:
    """Whether the account of a denial may watch its place. Never NULL, also where the account or tariff is gone."""
    may_pay = and_(Tariff.kind == Kind.MINUTE, has_price(causes.now), can_pay())
    package = package_covers(CreditState.login, Tariff.id, causes.packages, dict(causes.wants))
    return or_(
        _known(Tariff.kind == Kind.FREE),
        _known(may_pay),
        _known(and_(Tariff.kind == Kind.PACKAGE, package)),
        ticket_for(Denial.account_id, Denial.place_id, causes.now).is_not(None),
    )


def can_pay() -> ColumnElement[bool]:
    """Whether anything of the credits may be spent: some are there, neither held nor owed, and they are not frozen."""
    left = Account.balance_minor - Account.held_minor - Account.floor_minor
    return and_(left > 0, or_(CreditState.frozen_by.is_(None), CreditState.frozen_by == ""))


def has_price(now: datetime) -> ColumnElement[bool]:
    """Whether minutes of a tariff have a price already."""
    return exists().where(Price.tariff_id == Tariff.id, Price.valid_from <= now)


def _known(condition: ColumnElement[Any]) -> ColumnElement[bool]:
    """`condition`, or false where it is NULL."""
    return condition.is_(True)
