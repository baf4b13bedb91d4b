"""Rows of what may be watched, and what it costs: tariffs with prices, tickets, meters, personal rules."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from billing.db import MARIADB, Base, BigId, Instant, words
from billing.versions import Versioned


class Kind(StrEnum):
    """How content is paid for. `ticket` and `package` content is closed to whoever has neither."""

    FREE = "free"
    PACKAGE = "package"
    TICKET = "ticket"
    MINUTE = "minute"


class Rounding(StrEnum):
    EXACT = "exact"
    STARTED_MINUTE = "started_minute"


class Counting(StrEnum):
    """Whether parallel sessions of one account are added up, or their time counts once."""

    SUM = "sum"
    WALLCLOCK = "wallclock"


class Pattern(Base):
    """Streams by their names, `*` standing for anything: `*`, `live`, `sport*`. `cover` rows say which fit."""

    __tablename__ = "ppv_stream_pattern"
    __table_args__ = (UniqueConstraint("vhost", "application", "stream"), MARIADB)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    vhost: Mapped[str] = mapped_column(String(150), default="*")
    application: Mapped[str] = mapped_column(String(150), default="*")
    stream: Mapped[str] = mapped_column(String(250), default="*")


class Cover(Base):
    """A place that a pattern fits. Kept by `rights.placing`, so that statements need no patterns."""

    __tablename__ = "ppv_stream_cover"
    __table_args__ = (Index(None, "place_id"), MARIADB)

    pattern_id: Mapped[int] = mapped_column(ForeignKey("ppv_stream_pattern.id"), primary_key=True, autoincrement=False)
    place_id: Mapped[int] = mapped_column(ForeignKey("ppv_stream_place.id"), primary_key=True, autoincrement=False)


class Tariff(Versioned, Base):
    """How content that fits a pattern is paid for; of several active ones the one with the least `sort`, then `id`.

    Content that fits none is closed. `packages` are ids of television tariffs of which one is wanted (empty: any
    main); they mean something for `package` only. `max_streams` of None is the common limit.
    """

    __tablename__ = "ppv_stream_tariff"
    __table_args__ = (MARIADB,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[Kind] = mapped_column(words(Kind))
    pattern_id: Mapped[int] = mapped_column(ForeignKey("ppv_stream_pattern.id"))
    packages: Mapped[list[int]] = mapped_column(JSON, default=list)
    max_streams: Mapped[int | None]
    active: Mapped[bool] = mapped_column(default=True, server_default="1")
    sort: Mapped[int] = mapped_column(default=0, server_default="0")


class Price(Base):
    """A version of what a minute costs: `per_minute` credits, from `valid_from` on until a later one begins."""

    __tablename__ = "ppv_stream_price"
    __table_args__ = (
        UniqueConstraint("tariff_id", "valid_from"),
        CheckConstraint("per_minute >= 0", "per_minute"),
        MARIADB,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    tariff_id: Mapped[int] = mapped_column(ForeignKey("ppv_stream_tariff.id"))
    valid_from: Mapped[datetime] = mapped_column(Instant)
    per_minute: Mapped[int] = mapped_column(BigInteger)
    rounding: Mapped[Rounding] = mapped_column(words(Rounding), default=Rounding.EXACT)
    counting: Mapped[Counting] = mapped_column(words(Counting), default=Counting.SUM)


class Meter(Base):
    """What an account has watched at one price, all servers together. Changes only under the lock of the account.

    `due` credits are owed for `watched_ms`, `charged` of them were paid: the rest is arrears of an account that ran
    dry, taken when it watches again. `until` is up to when its time was counted where parallel sessions count once.
    """

    __tablename__ = "ppv_stream_meter"
    __table_args__ = (
        UniqueConstraint("account_id", "price_id"),
        CheckConstraint("charged >= 0 AND charged <= due", "charged"),
        MARIADB,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    price_id: Mapped[int] = mapped_column(ForeignKey("ppv_stream_price.id"))
    watched_ms: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    due: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    charged: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    until: Mapped[datetime | None] = mapped_column(Instant)


class Offer(Versioned, Base):
    """Tickets on sale: for the content of a pattern, `hours` from the purchase or from `starts_at` to `ends_at`.

    `price_minor` is of the operator's currency (from the wallet), `price_credits` of credits; None: not that way.
    `minutes` bounds the whole view time.
    """

    __tablename__ = "ppv_stream_offer"
    __table_args__ = (
        CheckConstraint("price_minor IS NOT NULL OR price_credits IS NOT NULL", "price"),
        CheckConstraint("hours IS NOT NULL OR ends_at IS NOT NULL", "validity"),
        MARIADB,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    description: Mapped[str] = mapped_column(String(200), default="", server_default="")
    pattern_id: Mapped[int] = mapped_column(ForeignKey("ppv_stream_pattern.id"))
    hours: Mapped[int | None]
    starts_at: Mapped[datetime | None] = mapped_column(Instant)
    ends_at: Mapped[datetime | None] = mapped_column(Instant)
    minutes: Mapped[int | None]
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    price_credits: Mapped[int | None] = mapped_column(BigInteger)
    active: Mapped[bool] = mapped_column(default=True, server_default="1")
    sort: Mapped[int] = mapped_column(default=0, server_default="0")


class Ticket(Base):
    """A right to watch the content of a pattern in [valid_from, valid_to), at most `limit_ms` of it.

    `key` names the decision to buy among those of its buyer. Of a price in credits `gift` were a gift. `revoked_at`:
    staff took it back.
    """

    __tablename__ = "ppv_stream_ticket"
    __table_args__ = (
        UniqueConstraint("login", "buy_key"),
        Index(None, "account_id", "valid_to"),
        Index(None, "pattern_id", "valid_to"),
        Index(None, "bought_at"),
        MARIADB,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    login: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    offer_id: Mapped[int | None] = mapped_column(ForeignKey("ppv_stream_offer.id"))
    pattern_id: Mapped[int] = mapped_column(ForeignKey("ppv_stream_pattern.id"))
    title: Mapped[str] = mapped_column(String(64))
    valid_from: Mapped[datetime] = mapped_column(Instant)
    valid_to: Mapped[datetime] = mapped_column(Instant)
    limit_ms: Mapped[int | None] = mapped_column(BigInteger)
    used_ms: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    means: Mapped[str] = mapped_column(String(16))
    price_minor: Mapped[int] = mapped_column(BigInteger)
    unit: Mapped[str] = mapped_column(String(8))
    gift: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    key: Mapped[str] = mapped_column("buy_key", String(128))
    bought_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class Personal(Versioned, Base):
    """What differs for one subscriber. `max_streams` of None is the tariff's limit, 0 any number.

    `cooldown_until`: the whole account is denied until then, after an excess.
    """

    __tablename__ = "ppv_stream_personal"
    __table_args__ = (MARIADB,)

    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"), primary_key=True, autoincrement=False)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    max_streams: Mapped[int | None]
    cooldown_until: Mapped[datetime | None] = mapped_column(Instant)
