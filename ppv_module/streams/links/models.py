"""Rows of links: how streams are signed, what there is to watch, and the identifiers that were issued."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.db import MARIADB, Base, BigId, Instant, words
from billing.versions import Versioned


class Identity(StrEnum):
    """What stands in a link: a name for this link alone, or the same for all links of an account."""

    PLAY = "play"
    ACCOUNT = "account"


class Rule(Versioned, Base):
    """How links to the content of a pattern are signed. Of several active ones the least `sort`, then `id`, counts.

    `key` is the password of the rule on the media server, a secret. A bound stream stands in the signature by its
    whole name (`application/stream`).
    """

    __tablename__ = "ppv_stream_rule"
    __table_args__ = (MARIADB,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    pattern_id: Mapped[int] = mapped_column(ForeignKey("ppv_stream_pattern.id"))
    key: Mapped[str] = mapped_column("secret", String(128))
    minutes: Mapped[int] = mapped_column(default=15)
    bind_ip: Mapped[bool] = mapped_column(default=False, server_default="0")
    bind_stream: Mapped[bool] = mapped_column(default=True, server_default="1")
    identity: Mapped[Identity] = mapped_column("viewer_id", words(Identity), default=Identity.PLAY)
    active: Mapped[bool] = mapped_column(default=True, server_default="1")
    sort: Mapped[int] = mapped_column(default=0, server_default="0")


class Channel(Versioned, Base):
    """Something that subscribers are offered to watch: a title and the address of its stream, without a signature."""

    __tablename__ = "ppv_stream_channel"
    __table_args__ = (MARIADB,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    title: Mapped[str] = mapped_column(String(64), unique=True)
    url: Mapped[str] = mapped_column(String(500))
    vhost: Mapped[str] = mapped_column(String(255), default="", server_default="")
    application: Mapped[str] = mapped_column(String(255))
    stream: Mapped[str] = mapped_column(String(500))
    active: Mapped[bool] = mapped_column(default=True, server_default="1")
    sort: Mapped[int] = mapped_column(default=0, server_default="0")


class Viewer(Base):
    """An identifier that stands in links (`name`), and whose it is. `account_id` is that of his credits.

    A play identifier is of one link: `channel_id`, `device`, `ip` and `expires_at` are what it was issued for.
    """

    __tablename__ = "ppv_stream_viewer"
    __table_args__ = (Index(None, "account_id"), Index(None, "issued_at"), MARIADB)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    identity: Mapped[Identity] = mapped_column(words(Identity))
    login: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    channel_id: Mapped[int | None] = mapped_column(BigInteger)
    device: Mapped[str] = mapped_column(String(64), default="", server_default="")
    ip: Mapped[str] = mapped_column(String(45), default="", server_default="")
    issued_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
