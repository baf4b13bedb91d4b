"""Corrections of a wallet by staff; above OLLTV_SECOND_LOOK another person has to look before one is booked."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from billing.actors import Actor
from billing.db import MARIADB, Base, BigId, Instant, words
from billing.errors import N_, KeyReused, NotAllowed, NotFound, WrongState
from billing.host.base import Person
from billing.ledger.models import Transfer
from billing.ledger.posting import require
from billing.money import InvalidAmount, Money
from billing.uow import UnitOfWork, use_case
from olltv_module.options import OlltvOptions
from olltv_module.services import wallets


class ProposalState(StrEnum):
    OPEN = N_("open")
    APPROVED = N_("approved")
    REFUSED = N_("not_approved")
    WITHDRAWN = N_("withdrawn")


class OwnProposal(NotAllowed):
    """The second look is somebody else's."""

    code = "own_proposal"
    text = N_("You have proposed this yourself. Another person has to look at it.")


class NotYourProposal(NotAllowed):
    """Only who has proposed it takes it back. Facts: `asked_by`."""

    code = "not_your_proposal"
    text = N_("Only %(asked_by)s, who has proposed this, can take it back.")


class MoneyProposal(Base):
    """A correction that waits for a second look. `amount_minor` is negative when money is to be taken."""

    __tablename__ = "money_proposal"
    __table_args__ = (Index(None, "state", "id"), Index(None, "login", "id"), MARIADB)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    login: Mapped[str] = mapped_column(String(64))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    unit: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(200))
    state: Mapped[ProposalState] = mapped_column(words(ProposalState), default=ProposalState.OPEN)
    asked_by: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.unit)


def second_look_above(options: OlltvOptions, unit: str) -> Money:
    """The largest correction that one person may make alone."""
    return Money.parse(str(options.second_look), unit, field="OLLTV_SECOND_LOOK")


@use_case
def correct(
    uow: UnitOfWork, *, login: str, amount: Money, reason: str, key: str, actor: Actor, now: datetime
) -> Transfer | MoneyProposal:
    """Add `amount` to the wallet, or take it when it is negative, once per `key`; a large one is only proposed.

    :raises UnknownLogin, InvalidAmount, ReasonNeeded, KeyReused: nothing has changed
    :raises NotEnoughMoney: it would take the wallet below its floor; nothing has changed
    """
    reason, key = wallets.checked_reason(reason), wallets.usable_key(key)
    if not amount.minor:
        raise InvalidAmount(field="amount", value=amount)
    person = uow.host.lock(login)
    if known := uow.session.scalar(select(MoneyProposal).where(MoneyProposal.key == key)):
        return _same(known, login, amount)
    limit = second_look_above(uow.option(OlltvOptions), uow.billing.unit)
    size = amount if amount.minor > 0 else -amount
    if size <= limit or uow.ledger.transfer_of(f"correction:{key}"):
        return wallets.book(uow, person, amount=amount, reason=reason, key=key, by=actor.name, actor=actor, now=now)
    return _propose(uow, person, amount, reason, key, actor=actor, now=now)


def _same(known: MoneyProposal, login: str, amount: Money) -> MoneyProposal:
    if (known.login, known.amount) != (login, amount):
        raise KeyReused(key=known.key)
    return known


def _propose(
    uow: UnitOfWork, person: Person, amount: Money, reason: str, key: str, *, actor: Actor, now: datetime
) -> MoneyProposal:
    if amount.minor < 0:
        require(uow.ledger.lock(person.wallet_id), -amount, None)
    proposal = MoneyProposal(
        key=key, login=person.login, amount_minor=amount.minor, unit=amount.unit, reason=reason, asked_by=actor.name
    )
    proposal.asked_at, proposal.state = now, ProposalState.OPEN
    uow.session.add(proposal)
    uow.session.flush()
    _say(uow, proposal, "PROPOSED", {}, actor=actor, now=now)
    return proposal


@use_case
def approve(uow: UnitOfWork, *, proposal_id: int, actor: Actor, now: datetime) -> MoneyProposal:
    """The second look: book the correction. Repeating it is harmless.

    :raises OwnProposal: the same person has asked for it
    :raises NotFound, WrongState: there is none, or it was decided otherwise
    :raises UnknownLogin, NotEnoughMoney: it cannot be booked (now); it stays open
    """
    proposal = _locked(uow, proposal_id)
    if proposal.asked_by == actor.name:
        raise OwnProposal()
    if _decided(proposal, ProposalState.APPROVED, actor):
        return proposal
    person = uow.host.lock(proposal.login)
    wallets.book(
        uow,
        person,
        amount=proposal.amount,
        reason=proposal.reason,
        key=proposal.key,
        by=proposal.asked_by,
        actor=actor,
        now=now,
    )
    return _decide(uow, proposal, ProposalState.APPROVED, actor=actor, now=now)


@use_case
def refuse(uow: UnitOfWork, *, proposal_id: int, actor: Actor, now: datetime) -> MoneyProposal:
    """The second look: do not book it. Repeating it is harmless.

    :raises OwnProposal: the same person has asked for it, and can take it back instead
    :raises NotFound, WrongState: there is none, or it was decided otherwise
    """
    proposal = _locked(uow, proposal_id)
    if proposal.asked_by == actor.name:
        raise OwnProposal()
    if _decided(proposal, ProposalState.REFUSED, actor):
        return proposal
    return _decide(uow, proposal, ProposalState.REFUSED, actor=actor, now=now)


@use_case
def withdraw(uow: UnitOfWork, *, proposal_id: int, actor: Actor, now: datetime) -> MoneyProposal:
    """Take back what oneself has proposed. Repeating it is harmless.

    :raises NotYourProposal: somebody else has asked for it
    :raises NotFound, WrongState: there is none, or it was decided otherwise
    """
    proposal = _locked(uow, proposal_id)
    if proposal.asked_by != actor.name:
        raise NotYourProposal(asked_by=proposal.asked_by)
    if _decided(proposal, ProposalState.WITHDRAWN, actor):
        return proposal
    return _decide(uow, proposal, ProposalState.WITHDRAWN, actor=actor, now=now)


def _locked(uow: UnitOfWork, proposal_id: int) -> MoneyProposal:
    proposal = uow.session.get(MoneyProposal, proposal_id, with_for_update=True, populate_existing=True)
    if proposal is None:
        raise NotFound(proposal=proposal_id)
    return proposal


def _decided(proposal: MoneyProposal, wanted: ProposalState, actor: Actor) -> bool:
    """Whether `actor` has decided this already.

    :raises WrongState: it was decided otherwise, or by somebody else
    """
    if proposal.state is ProposalState.OPEN:
        return False
    if (proposal.state, proposal.decided_by) != (wanted, actor.name):
        raise WrongState(state=proposal.state, wanted=ProposalState.OPEN)
    return True


def _decide(
    uow: UnitOfWork, proposal: MoneyProposal, state: ProposalState, *, actor: Actor, now: datetime
) -> MoneyProposal:
    before = {"state": proposal.state.value}
    proposal.state, proposal.decided_by, proposal.decided_at = state, actor.name, now
    _say(uow, proposal, state.name, before, actor=actor, now=now)
    return proposal


def _say(
    uow: UnitOfWork, proposal: MoneyProposal, word: str, before: dict[str, str], *, actor: Actor, now: datetime
) -> None:
    uow.events.write(
        "CORRECTION [{id}] OF ({login}) ON {amount} {word} ASKED BY [{asked_by}] `{reason}`",
        login=proposal.login,
        id=proposal.id,
        amount=proposal.amount.short(),
        word=word,
        asked_by=proposal.asked_by,
        reason=proposal.reason,
        actor=actor,
        at=now,
        before=before,
        after={"state": proposal.state.value},
    )
