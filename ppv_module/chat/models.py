"""Rows of the chat: tenants with their rules, people, performers with their photos, keys and hooks."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.mysql import MEDIUMBLOB, MEDIUMTEXT
from sqlalchemy.orm import Mapped, mapped_column, validates

from billing.db import MARIADB, Base, BigId, Instant, words
from billing.versions import Versioned
from ppv_module.chat.nicknames import name_key

LongText = Text().with_variant(MEDIUMTEXT(), "mysql")
LONGEST_LOGIN = 64
FIRST_VIEWER = 10_000
"""Numbers of performers are below, since the chat counts rooms as `webmaster id * 10000 + performer's number`."""


class Mode(StrEnum):
    """`external`: we sell, meter and report. `embed`: the chat's own server does, we only show it."""

    EXTERNAL = "external"
    EMBED = "embed"


class HookMode(StrEnum):
    OFF = "off"
    CAPTURE = "capture"
    LIVE = "live"


class Rounding(StrEnum):
    PER_SECOND = "per_second"
    PER_STARTED_MINUTE = "per_started_minute"


class Role(StrEnum):
    """Roles that the chat knows. A person's role comes from his account here, never from a request."""

    GUEST = "guest"
    USER = "user"
    DJ = "dj"
    MODERATOR = "moderator"
    ADMIN = "admin"
    PERFORMER = "performer"
    CUSTOM1 = "custom1"
    CUSTOM2 = "custom2"
    CUSTOM3 = "custom3"


class Status(StrEnum):
    ONLINE = "online"
    BUSY = "busy"
    OFFLINE = "offline"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How shows of a tenant are held. Times in seconds, prices in credits. A show keeps those of its request."""

    min_start_credits: int = 10
    request_ttl_s: int = 60
    ready_ttl_s: int = 30
    tick_interval_s: int = 10
    max_tick_gap_s: int = 25
    tick_timeout_s: int = 30
    resume_window_s: int = 30
    max_show_s: int = 4 * 3600
    low_warn_s: int = 60
    grace_s: int = 0
    min_charge_credits: int = 0
    rounding: Rounding = Rounding.PER_SECOND
    tip_max: int = 10_000
    tip_dedupe_ms: int = 1000
    presence_cache_s: int = 10
    sig_window_s: int = 300
    vendor_tick_interval_s: int = 60
    bonus_pays: bool = True
    enter_offline: bool = False


class Tenant(Versioned, Base):
    """An account at the chat (`webmaster_id`), with all that is decided for it.

    `password` signs tokens and `rest_token` opens the chat's REST: both are secrets, never shown again once saved.
    A credit is worth `value_minor / value_credits` of `currency`. `rules` are those of `Rules` that differ.
    """

    __tablename__ = "ppv_tenant"
    __table_args__ = (CheckConstraint("value_minor > 0 AND value_credits > 0", "value"), MARIADB)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    webmaster_id: Mapped[int] = mapped_column(unique=True)
    password: Mapped[str] = mapped_column(String(128))
    mode: Mapped[Mode] = mapped_column(words(Mode), default=Mode.EXTERNAL)
    active: Mapped[bool] = mapped_column(default=True, server_default="1")
    currency: Mapped[str] = mapped_column(String(8))
    value_minor: Mapped[int] = mapped_column(BigInteger, default=1000)
    value_credits: Mapped[int] = mapped_column(default=600)
    rules_given: Mapped[dict[str, Any]] = mapped_column("rules", JSON, default=dict)
    kind: Mapped[str] = mapped_column(String(32), default="performer", server_default="performer")
    kind_titles: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    chat_url: Mapped[str] = mapped_column(String(200))
    rest_url: Mapped[str] = mapped_column(String(200), default="", server_default="")
    rest_token: Mapped[str] = mapped_column(String(128), default="", server_default="")
    token_expires: Mapped[bool] = mapped_column(default=True, server_default="1")
    hook_mode: Mapped[HookMode] = mapped_column(words(HookMode), default=HookMode.OFF)
    hook_token: Mapped[str] = mapped_column(String(64), unique=True)
    hook_json: Mapped[bool] = mapped_column(default=False, server_default="0")
    hook_networks: Mapped[list[str]] = mapped_column(JSON, default=list)
    field_map: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    paypal_business: Mapped[str] = mapped_column(String(128), default="", server_default="")
    paypal_receiver_id: Mapped[str] = mapped_column(String(32), default="", server_default="")
    css_source: Mapped[str] = mapped_column(LongText, default="")
    css: Mapped[str] = mapped_column(LongText, default="")
    polled_at: Mapped[datetime | None] = mapped_column(Instant)
    poll_failed_since: Mapped[datetime | None] = mapped_column(Instant)
    poll_trouble: Mapped[str] = mapped_column(String(200), default="", server_default="")
    poll_asked_at: Mapped[datetime | None] = mapped_column(Instant)
    poll_warned: Mapped[bool] = mapped_column(default=False, server_default="0")
    last_performer: Mapped[int] = mapped_column(default=0, server_default="0")
    last_viewer: Mapped[int] = mapped_column(default=0, server_default="0")
    """The numbers given last, so that none is given twice when its owner has got another one."""

    @property
    def rules(self) -> Rules:
        given = dict(self.rules_given)
        if "rounding" in given:
            given["rounding"] = Rounding(given["rounding"])
        return Rules(**given)


class Person(Base):
    """Somebody in the chat of a tenant. `number` is what the chat calls him by, unique in the tenant.

    `login` is a subscriber's, or `staff:<login>` for a person of the staff. `nickname_key` is the nickname without
    what the eye overlooks: the database itself refuses a second one in the tenant.
    """

    __tablename__ = "ppv_person"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        UniqueConstraint("tenant_id", "login"),
        UniqueConstraint("tenant_id", "nickname_key"),
        Index(None, "role", "login"),
        Index(None, "tenant_id", "role", "login"),
        Index(None, "banned_at"),
        MARIADB,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("ppv_tenant.id"))
    number: Mapped[int]
    login: Mapped[str] = mapped_column(String(80), index=True)
    nickname: Mapped[str] = mapped_column(String(64))
    nickname_key: Mapped[str] = mapped_column(String(192))
    role: Mapped[Role] = mapped_column(words(Role), default=Role.USER)
    gender: Mapped[str] = mapped_column(String(16), default="male", server_default="male")
    avatar: Mapped[str] = mapped_column(String(64), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    banned_at: Mapped[datetime | None] = mapped_column(Instant)
    ban_reason: Mapped[str] = mapped_column(String(200), default="", server_default="")

    @property
    def event_login(self) -> str:
        """The login as a line of the event log holds it; those of the staff may be longer here."""
        return self.login[:LONGEST_LOGIN]

    @validates("nickname")
    def _keyed(self, _name: str, nickname: str) -> str:
        self.nickname_key = name_key(nickname)
        return nickname


class Performer(Versioned, Base):
    """What a person of the role `performer` has beside it. `rate` is in credits a minute, `percent_bp` in hundredths
    of a per cent.

    What is known of her presence comes from three places, each with its time: the chat's own word (`told`), our
    question at the chat (`polled`) and her open page (`beat_at`).
    """

    __tablename__ = "ppv_performer"
    __table_args__ = (
        CheckConstraint("rate BETWEEN 1 AND 10000", "rate"),
        CheckConstraint("percent_bp BETWEEN 0 AND 10000", "percent"),
        UniqueConstraint("tenant_id", "room_id"),
        MARIADB,
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("ppv_person.id"), primary_key=True, autoincrement=False)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("ppv_tenant.id"))
    display_name: Mapped[str] = mapped_column(String(64))
    bio: Mapped[str] = mapped_column(Text, default="")
    avatar: Mapped[str] = mapped_column(String(64), default="", server_default="")
    big_photo: Mapped[str] = mapped_column(String(64), default="", server_default="")
    rate: Mapped[int]
    percent_bp: Mapped[int]
    room_id: Mapped[int] = mapped_column(BigInteger)
    active: Mapped[bool] = mapped_column(default=True, server_default="1")
    sort: Mapped[int] = mapped_column(default=0, server_default="0")
    told_status: Mapped[str] = mapped_column(String(8), default="", server_default="")
    told_at: Mapped[datetime | None] = mapped_column(Instant)
    polled_status: Mapped[str] = mapped_column(String(8), default="", server_default="")
    beat_at: Mapped[datetime | None] = mapped_column(Instant)


class Photo(Base):
    """A picture that we have drawn anew from what was uploaded. `name` is random and never used again."""

    __tablename__ = "ppv_photo"
    __table_args__ = (MARIADB,)

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("ppv_tenant.id"))
    content: Mapped[bytes] = mapped_column(LargeBinary().with_variant(MEDIUMBLOB(), "mysql"))
    width: Mapped[int]
    height: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)


class RolePolicy(Base):
    """What people of a role may do in the chat of a tenant; there is a row where it differs from the usual."""

    __tablename__ = "ppv_role_policy"
    __table_args__ = (MARIADB,)

    tenant_id: Mapped[int] = mapped_column(ForeignKey("ppv_tenant.id"), primary_key=True, autoincrement=False)
    role: Mapped[Role] = mapped_column(words(Role), primary_key=True)
    may_kick: Mapped[bool] = mapped_column(default=False, server_default="0")
    may_ban: Mapped[bool] = mapped_column(default=False, server_default="0")
    live_typing: Mapped[bool] = mapped_column(default=False, server_default="0")


class SigningKey(Base):
    """A key of the signed API, bound to one tenant. Two secrets may be active, so that they can be rotated."""

    __tablename__ = "ppv_signing_key"
    __table_args__ = (Index(None, "tenant_id"), MARIADB)

    key_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("ppv_tenant.id"))
    name: Mapped[str] = mapped_column(String(64))
    secret: Mapped[str] = mapped_column(String(128))
    older_secret: Mapped[str] = mapped_column(String(128), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class HookCall(Base):
    """A call of the chat's server, with what it claimed and what we did. Secrets and payments are not in `fields`."""

    __tablename__ = "ppv_hook_log"
    __table_args__ = (Index(None, "tenant_id", "at"), MARIADB)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("ppv_tenant.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    action: Mapped[str] = mapped_column(String(64))
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    remote_ip: Mapped[str] = mapped_column(String(64))
    show_id: Mapped[str | None] = mapped_column(String(36))
    vendor_claim: Mapped[str] = mapped_column(String(64), default="", server_default="")
    our_result: Mapped[str] = mapped_column(String(200), default="", server_default="")
