"""Tariffs, subscribers, subscriptions, and the queue of subscribers whom the partner has to be told about."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing.db import MARIADB, Base, BigId, Instant, words
from billing.errors import N_, BillingError, WrongState
from billing.money import Money
from billing.periods import Month
from billing.versions import Versioned


class State(StrEnum):
    """Our wish: pending and active want the bundle on, the others off."""

    PENDING = N_("pending")
    ACTIVE = N_("active")
    SUSPENDED = N_("suspended")
    ENDED = N_("ended")
    REFUSED = N_("refused")


class Reason(StrEnum):
    """Why a subscription is suspended."""

    NO_MONEY = N_("no_money")
    FROZEN = N_("frozen")
    STAFF = N_("staff")
    VACATION = N_("vacation")
    GONE = N_("gone")


class Fact(StrEnum):
    """What we last knew of the bundle at the partner. Kept: off, but its devices and code may stand there."""

    OFF = "off"
    ON = "on"
    KEPT = "kept"
    UNKNOWN = "unknown"


class TvState(StrEnum):
    """A subscriber's television in one word: the state of his live main, a suspended one by its reason."""

    NONE = N_("no_tv")
    PENDING = N_("pending")
    ACTIVE = N_("active")
    NO_MONEY = N_("no_money")
    FROZEN = N_("frozen")
    STAFF = N_("staff")
    VACATION = N_("vacation")
    GONE = N_("gone")

    @property
    def is_suspended(self) -> bool:
        return self in (TvState.NO_MONEY, TvState.FROZEN, TvState.STAFF, TvState.VACATION, TvState.GONE)


class Tariff(Versioned, Base):
    """A bundle of the partner as we sell it. `service` is the partner's sub_id; `main` or an add-on to a main."""

    __tablename__ = "olltv_tariff"
    __table_args__ = (MARIADB,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    service: Mapped[str] = mapped_column(String(128), unique=True)
    main: Mapped[bool]
    description: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    partner_percent: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(Instant)
    archived_at: Mapped[datetime | None] = mapped_column(Instant)
    prices: Mapped[list["Price"]] = relationship(lambda: Price, order_by=lambda: Price.starts_at, lazy="selectin")

    def fee(self, at: datetime, unit: str) -> Money:
        """The monthly fee in force at `at`; before the first price starts, that first one."""
        started = [price for price in self.prices if price.starts_at <= at]
        return Money((started[-1] if started else self.prices[0]).fee_minor, unit)


class Price(Base):
    """A version of a tariff's fee, in force from `starts_at` until the next one starts."""

    __tablename__ = "olltv_price"
    __table_args__ = (UniqueConstraint("tariff_id", "starts_at"), MARIADB)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    tariff_id: Mapped[int] = mapped_column(ForeignKey("olltv_tariff.id"))
    starts_at: Mapped[datetime] = mapped_column(Instant)
    fee_minor: Mapped[int] = mapped_column(BigInteger)


def created(context: Any) -> Any:
    """By default a state has been there since its row was created."""
    return context.get_current_parameters()["created_at"]


class TariffPair(Base):
    """An add-on that goes with a main. One that is in no pair goes with every main."""

    __tablename__ = "olltv_tariff_pair"
    __table_args__ = (Index(None, "main_id"), MARIADB)

    addon_id: Mapped[int] = mapped_column(ForeignKey("olltv_tariff.id"), primary_key=True, autoincrement=False)
    main_id: Mapped[int] = mapped_column(ForeignKey("olltv_tariff.id"), primary_key=True, autoincrement=False)


class Subscriber(Versioned, Base):
    """A subscriber of the host who has had to do with TV. `remote_id` is empty until the partner knows him.

    `tv`, the `tariff_id` of the live main (0 without one) and `tv_since`, when he came into that state, repeat what
    the subscriptions say, so that lists of a million are read from an index. `note_tv` keeps them, in the transaction
    that changes the subscriptions.
    """

    __tablename__ = "olltv_subscriber"
    __table_args__ = (
        Index(None, "remote_id"),
        Index(None, "created_at", "id"),
        Index(None, "tv_since", "id"),
        Index(None, "tv", "login"),
        Index(None, "tv", "created_at", "id"),
        Index(None, "tv", "tv_since", "id"),
        Index(None, "tariff_id", "tv", "login"),
        Index(None, "tariff_id", "tv", "created_at", "id"),
        Index(None, "tariff_id", "tv", "tv_since", "id"),
        MARIADB,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    host_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(64))
    phone: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(Instant)
    remote_id: Mapped[str | None] = mapped_column(String(32))
    autoresume: Mapped[bool] = mapped_column(default=False)
    tv: Mapped[TvState] = mapped_column(words(TvState), default=TvState.NONE, server_default=TvState.NONE)
    tariff_id: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    tv_since: Mapped[datetime] = mapped_column(Instant, default=created, server_default="2000-01-01 00:00:00.000000")
    subscriptions: Mapped[list["Subscription"]] = relationship(order_by="Subscription.id", lazy="selectin")

    @property
    def live(self) -> list["Subscription"]:
        return [each for each in self.subscriptions if each.is_live]

    @property
    def main(self) -> "Subscription | None":
        """The live main subscription; during a change the one that is being replaced."""
        return next((each for each in self.live if each.slot == MAIN_SLOT), None)

    @property
    def successor(self) -> "Subscription | None":
        """The main that is to replace the present one as soon as the partner has changed it."""
        return next((each for each in self.live if each.slot == NEXT_SLOT), None)

    @property
    def addons(self) -> list["Subscription"]:
        return [each for each in self.live if not each.main]

    def note_tv(self, at: datetime) -> None:
        """Repeat in his own row what his subscriptions say now."""
        main = self.main
        tv = main.tv if main else TvState.NONE
        if tv is not self.tv:
            self.tv, self.tv_since = tv, at
        self.tariff_id = main.tariff_id if main else 0

    def of_tariff(self, tariff_id: int) -> "Subscription | None":
        """The live subscription to a tariff."""
        return next((each for each in self.live if each.tariff_id == tariff_id), None)


MAIN_SLOT = "main"
NEXT_SLOT = "next"


class Subscription(Base):
    """One subscriber's bundle. State changes only through its methods; a service commits.

    `slot` is what a subscriber can have one of: the main, the main's successor, each add-on. It is empty when the
    subscription is over, so the database itself refuses a second live main. `paid_through` is the last month paid
    (or given without charge), `YYYY-MM`, empty when none was.
    """

    __tablename__ = "olltv_subscription"
    __table_args__ = (UniqueConstraint("subscriber_id", "slot"), Index(None, "tariff_id", "state"), MARIADB)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("olltv_subscriber.id"))
    tariff_id: Mapped[int] = mapped_column(ForeignKey("olltv_tariff.id"))
    main: Mapped[bool]
    slot: Mapped[str | None] = mapped_column(String(32))
    state: Mapped[State] = mapped_column(words(State), default=State.PENDING)
    reason: Mapped[Reason | None] = mapped_column(words(Reason))
    fact: Mapped[Fact] = mapped_column(words(Fact), default=Fact.OFF)
    code: Mapped[str | None] = mapped_column(String(64))
    paid_through: Mapped[str] = mapped_column(String(7), default="")
    hold_id: Mapped[int | None] = mapped_column(BigInteger)
    ordered_at: Mapped[datetime] = mapped_column(Instant)
    active_since: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    refusal: Mapped[dict[str, object] | None] = mapped_column(JSON)
    """`code` and facts of the partner's last refusal, for `billing.errors.recalled`."""
    tariff: Mapped[Tariff] = relationship(lazy="joined")

    @property
    def is_live(self) -> bool:
        return self.slot is not None

    @property
    def wished_on(self) -> bool:
        return self.state in (State.PENDING, State.ACTIVE)

    @property
    def tv(self) -> TvState:
        """What this subscription, as the main, makes of its subscriber's television."""
        if not self.is_live:
            return TvState.NONE
        return TvState(self.reason or Reason.STAFF) if self.state is State.SUSPENDED else TvState(self.state)

    def owes(self, month: Month) -> bool:
        """Whether `month` is still to be paid before or while this subscription is on."""
        return self.paid_through < str(month)

    def activate(self, at: datetime) -> None:
        self._expect(State.PENDING)
        self.state, self.reason, self.hold_id, self.refusal = State.ACTIVE, None, None, None
        self.active_since = self.active_since or at

    def suspend(self, reason: Reason) -> None:
        self._expect(State.ACTIVE, State.PENDING)
        self.state, self.reason, self.hold_id = State.SUSPENDED, reason, None

    def resume(self) -> None:
        self._expect(State.SUSPENDED)
        self.state = State.PENDING  # the reason stays until the partner's yes

    def end(self, at: datetime) -> None:
        self._expect(State.PENDING, State.ACTIVE, State.SUSPENDED)
        self.state, self.reason, self.hold_id, self.slot, self.ended_at = State.ENDED, None, None, None, at

    def refuse(self, why: BillingError, at: datetime) -> None:
        self._expect(State.PENDING)
        self.end(at)
        self.state, self.refusal = State.REFUSED, why.remembered()

    def _expect(self, *states: State) -> None:
        if self.state not in states:
            raise WrongState(subscription_id=self.id, state=self.state, wanted=states[0])


class Delivery(Base):
    """A subscriber whose wish the partner may not have met yet; the row goes when wish and fact agree.

    The lease (`token` until `leased_until`) says who is at it; one that ran out means that its holder died in the
    middle. `parked_at` marks a subscriber who needs staff, `trouble` says what stopped the last try.
    """

    __tablename__ = "olltv_delivery"
    __table_args__ = (Index(None, "parked_at", "due_at"), MARIADB)

    subscriber_id: Mapped[int] = mapped_column(ForeignKey("olltv_subscriber.id"), primary_key=True, autoincrement=False)
    due_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    token: Mapped[str | None] = mapped_column(String(32), index=True)
    leased_at: Mapped[datetime | None] = mapped_column(Instant)
    leased_until: Mapped[datetime | None] = mapped_column(Instant)
    parked_at: Mapped[datetime | None] = mapped_column(Instant)
    trouble: Mapped[str | None] = mapped_column(String(200))
