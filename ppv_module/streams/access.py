"""What a subscriber may watch of what is offered, by what right, and if not, why.

It is what links are issued by and what the cabinet shows. The last word has the deny list: it knows by which virtual
host a stream really comes. A channel that does not say its host fits patterns of any host.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import literal, or_, select
from sqlalchemy.orm import Session

from billing.ledger.models import Account
from billing.uow import Billing
from ppv_module.credits.accounts import account_code
from ppv_module.credits.models import CreditState
from ppv_module.streams.denials.models import Denial, Reason
from ppv_module.streams.links.models import Channel, Viewer
from ppv_module.streams.models import Right
from ppv_module.streams.rights.contents import prices_of
from ppv_module.streams.rights.having import is_valid, package_covers, package_wants
from ppv_module.streams.rights.models import Kind, Pattern, Personal, Price, Tariff, Ticket
from ppv_module.streams.rights.packages import Packages
from ppv_module.streams.rights.patterns import fits

FROZEN = "frozen"
"""Why nothing is watched by the minute although there are credits. Other reasons are those of the deny list."""

BLOCKING = (Reason.OPERATOR_BLOCK, Reason.RESTREAM)
"""Denials of one link for which nobody gets another one instead."""


@dataclass(frozen=True)
class Access:
    """By what `right` a channel may be watched. `why` is empty, or the reason for which it may not be now.

    `per_minute` is what it costs in credits where it is paid by minutes. `ticket` is the one that would be used.
    """

    channel: Channel
    right: Right
    why: str = ""
    per_minute: int | None = None
    ticket: Ticket | None = None


@dataclass(frozen=True)
class _Viewer:
    """What of a subscriber decides, read once for all channels."""

    barred: str
    unpaid: str
    valid: Sequence[tuple[Ticket, Pattern]]
    begun: Sequence[Pattern]
    covered: frozenset[int]
    tariffs: Sequence[tuple[Tariff, Pattern]]
    prices: Mapping[int, Price]


def accesses(session: Session, billing: Billing, *, login: str, now: datetime) -> list[Access]:
    """What `login` may do with each active channel, in the order in which they are shown; eight statements."""
    channels = session.scalars(select(Channel).where(Channel.active).order_by(Channel.sort, Channel.title, Channel.id))
    viewer = _read(session, billing, login, now)
    return [_decided(viewer, each) for each in channels]


def access(session: Session, billing: Billing, *, login: str, channel: Channel, now: datetime) -> Access:
    """What `login` may do with one channel."""
    return _decided(_read(session, billing, login, now), channel)


def channel_fits(pattern: Pattern, channel: Channel) -> bool:
    """Whether the pattern means the stream of this channel."""
    named = {"application": channel.application, "stream": channel.stream}
    vhost = channel.vhost or pattern.vhost.replace("*", "")
    return fits(pattern, vhost=vhost, **named)


def _read(session: Session, billing: Billing, login: str, now: datetime) -> _Viewer:
    account = session.scalar(select(Account).where(Account.code == account_code(login)))
    number = account.id if account else None
    query = select(Tariff, Pattern).join(Pattern, Pattern.id == Tariff.pattern_id).where(Tariff.active)
    tariffs = [(row[0], row[1]) for row in session.execute(query.order_by(Tariff.sort, Tariff.id))]
    minute = {tariff.id for tariff, _ in tariffs if tariff.kind is Kind.MINUTE}
    mine = select(Ticket, Pattern).join(Pattern, Pattern.id == Ticket.pattern_id).where(Ticket.account_id == number)
    valid = mine.where(is_valid(Ticket, now)).order_by(Ticket.valid_to, Ticket.id)
    begun = select(Pattern).where(
        Pattern.id.in_(select(Ticket.pattern_id).where(Ticket.account_id == number, Ticket.valid_from <= now))
    )
    return _Viewer(
        barred=_barred(session, number, now),
        unpaid=_unpaid(session, account),
        valid=[(row[0], row[1]) for row in session.execute(valid)],
        begun=session.scalars(begun).all(),
        covered=_covered(session, billing.option(Packages), login),
        tariffs=tariffs,
        prices=prices_of(session, minute, now),
    )


def _barred(session: Session, account_id: int | None, now: datetime) -> str:
    """Why the whole account gets nothing at all."""
    if account_id is None:
        return ""
    names = select(Viewer.name).where(Viewer.account_id == account_id)
    mine = or_(Denial.account_id == account_id, Denial.name.in_(names))
    standing = or_(Denial.until.is_(None), Denial.until > now)
    query = select(Denial.reason).where(Denial.slot.is_not(None), Denial.reason.in_(BLOCKING), mine, standing)
    if (reason := session.scalar(query.order_by(Denial.reason).limit(1))) is not None:
        return str(reason)
    cooling = select(Personal.account_id).where(Personal.account_id == account_id, Personal.cooldown_until > now)
    return str(Reason.TOO_MANY_STREAMS) if session.scalar(cooling) is not None else ""


def _unpaid(session: Session, account: Account | None) -> str:
    """Why nothing can be paid by the minute."""
    frozen = select(CreditState.login).where(CreditState.account_id == (account.id if account else None))
    if session.scalar(frozen.where(CreditState.frozen_by != "")) is not None:
        return FROZEN
    left = account.available.minor - (account.floor_minor or 0) if account else 0
    return "" if left > 0 else str(Reason.NO_CREDIT)


def _covered(session: Session, packages: Packages, login: str) -> frozenset[int]:
    """Tariffs whose content is paid with the subscription to television."""
    wants = package_wants(session)
    query = select(Tariff.id).where(package_covers(literal(login), Tariff.id, packages, wants))
    return frozenset(session.scalars(query)) if wants else frozenset()


def _decided(viewer: _Viewer, channel: Channel) -> Access:
    tariff = next((each for each, pattern in viewer.tariffs if channel_fits(pattern, channel)), None)
    ticket = next((each for each, pattern in viewer.valid if channel_fits(pattern, channel)), None)
    price = viewer.prices.get(tariff.id) if tariff else None
    per_minute = price.per_minute if price else None
    if tariff and tariff.kind is Kind.FREE:
        return Access(channel, Right.FREE, viewer.barred)
    if tariff and tariff.id in viewer.covered:
        return Access(channel, Right.PACKAGE, viewer.barred)
    if ticket:
        return Access(channel, Right.TICKET, viewer.barred, per_minute, ticket)
    if price:
        return Access(channel, Right.MINUTE, viewer.barred or viewer.unpaid, per_minute)
    had = any(channel_fits(pattern, channel) for pattern in viewer.begun)
    why = Reason.TICKET_EXPIRED if had else Reason.NO_ENTITLEMENT
    return Access(channel, Right.EXPIRED if had else Right.NONE, viewer.barred or str(why))
