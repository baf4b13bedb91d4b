"""The composition root: settings in, working parts out. Built once per process, by doors and commands."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from billing.clock import Clock, system_clock
from billing.db import open_engine
from billing.errors import Misconfigured
from billing.host.native import NativeHost
from billing.ledger.holds import Ledger
from billing.uow import Billing
from olltv_module import queries
from olltv_module.delivery.runner import Delivering
from olltv_module.options import OlltvOptions
from olltv_module.partner import CallJournal, Detail, Health, Partner
from ppv_module.options import PpvOptions
from ppv_module.provider.base import ChatProvider
from ppv_module.provider.choosing import chat_provider
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.rights.packages import Packages
from ppv_module.streams.syncs.spool import Spool
from suite.migrate import newest_revision
from suite.settings import Settings, load_settings
from weblib.options import OptionError


@dataclass(frozen=True)
class Runtime:
    """Everything a door or a command needs. Nothing is opened before it is used."""

    settings: Settings
    clock: Clock = system_clock

    @cached_property
    def billing(self) -> Billing:
        """:raises Misconfigured: DATABASE_URL cannot be used"""
        suite = self.settings.suite
        _make_parent(suite.database_url)
        return Billing(
            engine=open_engine(suite.database_url),
            unit=suite.currency,
            zone=suite.zone,
            host=self._host,
            options={
                OlltvOptions: self.settings.olltv,
                PpvOptions: self.settings.ppv,
                StreamOptions: self.settings.streams,
                Packages: Packages(queries.holders, queries.titles),
            },
        )

    def _host(self, session: Session, ledger: Ledger) -> NativeHost:
        return NativeHost(session, ledger, self.settings.suite.currency)

    @cached_property
    def partner(self) -> Partner:
        """:raises Misconfigured: the partner's address, login or password is missing or wrong"""
        olltv = self.settings.olltv
        try:
            olltv.require_partner()
        except OptionError as error:
            raise Misconfigured(what=str(error)) from error
        return Partner(
            base_url=olltv.api_url,
            login=olltv.login,
            password=olltv.password,
            connect_timeout_s=olltv.connect_timeout_s,
            read_timeout_s=olltv.read_timeout_s,
            journal=CallJournal(path=olltv.log, detail=Detail(olltv.debug)),
            health=self.partner_health,
        )

    @cached_property
    def chat_provider(self) -> ChatProvider:
        """The video chat that PPV_CHAT_PROVIDER names. Choosing it asks nobody."""
        return chat_provider(self.settings.ppv)

    @cached_property
    def stream_spool(self) -> Spool:
        """Where messages of media servers lie until they are forgotten."""
        return Spool(self.settings.suite.var_dir / "streams")

    @cached_property
    def partner_health(self) -> Health:
        """How this process fared with the partner, until that is written down."""
        return Health(self.clock)

    @cached_property
    def delivering(self) -> Delivering:
        return Delivering(self.billing, self.partner, self.clock)

    def schema(self) -> str | None:
        """The revision that the database's schema has; None for an empty database."""
        with self.billing.reading() as session:
            return _revision(session)

    def check_database(self) -> None:
        """Make sure that the database answers and has the schema of this program.

        :raises Misconfigured: with the remedy
        """
        try:
            with self.billing.reading() as session:
                found = _revision(session)
        except DBAPIError as error:
            raise database_trouble(error) from error
        wanted = newest_revision()
        if found != wanted:
            state = "is empty" if found is None else f"has schema {found}, this program needs {wanted}"
            raise Misconfigured(what=f"the database {state}; run: olltv db upgrade")


def build_runtime(directory: Path | None = None, env: Mapping[str, str] | None = None) -> Runtime:
    """The runtime for a configuration directory (see `load_settings`).

    :raises Misconfigured: with one line for the operator
    """
    return Runtime(load_settings(directory) if env is None else load_settings(directory, env))


def _revision(session: Session) -> str | None:
    if not inspect(session.connection()).has_table("alembic_version"):
        return None
    found: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def database_trouble(error: DBAPIError) -> Misconfigured:
    """What the operator is told when the database cannot be reached or used."""
    cause = " ".join(str(error.orig).split())[:200]  # the driver's words, without the statement and its values
    return Misconfigured(what=f"the database does not answer ({cause}); see DATABASE_URL")


def _make_parent(url: str) -> None:
    if not url.startswith("sqlite:///"):
        return
    folder = Path(url.removeprefix("sqlite:///")).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"the directory {folder} of DATABASE_URL cannot be made ({error.strerror}); check its owner and mode"
        raise Misconfigured(what=what) from error
