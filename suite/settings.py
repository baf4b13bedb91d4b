"""The settings of a process: every owner's options, read from one directory and the environment."""

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

from billing.errors import N_, Misconfigured
from olltv_module.options import OlltvOptions
from ppv_module.options import PpvOptions
from ppv_module.streams.options import StreamOptions
from weblib.ini import read_ini, refuse_unknown
from weblib.options import OptionError, Options, comma_list, gather, option, read, specs, web_address

PROJECT = Path(__file__).resolve().parents[1]
DIRECTORY_VARIABLE = "OLLTV_CONFIG_DIR"
OUR_PREFIXES = ("OLLTV_", "PPV_")
KEY_BYTES = 32

Network = IPv4Network | IPv6Network


def _currency(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", text) or text == "CRD":
        raise ValueError("is not a currency; write its three capital letters, like UAH")
    return text


def _timezone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (KeyError, ValueError, OSError):
        raise ValueError("is not a time zone of this machine; write one like Europe/Kyiv") from None


def _controllers(text: str) -> tuple[str, ...]:
    # Blanks are not trimmed: that is how the billing has always read this option.
    return tuple(text.split(",")) if text else ()


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(item) for item in comma_list(text))
    except ValueError:
        raise ValueError("has a wrong item; write addresses and networks like 127.0.0.1, 10.0.0.0/24") from None


def _is_inside(address: str, networks: tuple[Network, ...]) -> bool:
    caller = ip_address(address)
    if isinstance(caller, IPv6Address) and caller.ipv4_mapped:
        caller = caller.ipv4_mapped
    return any(caller in network for network in networks)


@dataclass(frozen=True, kw_only=True)
class SuiteOptions(Options):
    """What the operator decides about the suite as a whole."""

    database_url: str = option(
        "DATABASE_URL", "sqlite:///var/olltv.db", secret=True, help=N_("The database, as SQLAlchemy writes it.")
    )
    secret_key: str = option("SECRET_KEY", "", secret=True, help=N_("Signs sessions; empty: a key is made and kept."))
    currency: str = option("CURRENCY", "UAH", parse=_currency, help=N_("Currency of the wallets."))
    timezone: str = option(
        "TIMEZONE", "Europe/Kyiv", parse=_timezone, help=N_("Where months begin and dates are shown.")
    )
    # Every shell sets a LANG of its own.
    lang: str = option(
        "LANG", "uk", one_of=("uk", "ru", "en"), from_environment=False, help=N_("Language until a person picks one.")
    )
    panel_2fa: str = option(
        "PANEL_2FA",
        "optional",
        one_of=("off", "optional", "required"),
        help=N_("Two-factor sign-in of the staff: off, optional, or required."),
    )
    remoteapi_enabled: bool = option("REMOTEAPI_ENABLED", True, help=N_("Switches the whole RemoteAPI."))
    remoteapi_disable_calls: tuple[str, ...] = option(
        "REMOTEAPI_DISABLE_CALLS", (), parse=_controllers, help=N_("Actions that are switched off, without blanks.")
    )
    remoteapi_legacy: bool = option(
        "REMOTEAPI_LEGACY", False, help=N_("Answers ?module=remoteapi with the key in the URL.")
    )
    remoteapi_legacy_allow: tuple[Network, ...] = option(
        "REMOTEAPI_LEGACY_ALLOW",
        (ip_network("127.0.0.1"), ip_network("::1")),
        parse=_networks,
        help=N_("Addresses and networks that may use the legacy RemoteAPI."),
    )
    trusted_proxies: int = option(
        "TRUSTED_PROXIES",
        0,
        within=(0, 10),
        help=N_("Reverse proxies in front whose X-Forwarded-* headers are believed."),
    )
    topup_url: str = option("TOPUP_URL", "", parse=web_address, help=N_("Page where subscribers top up."))
    cabinet_url: str = option(
        "CABINET_URL", "", parse=web_address, help=N_("Address of the subscribers' cabinet, which staff may look into.")
    )
    cabinet_networks: tuple[Network, ...] = option(
        "CABINET_NETWORKS",
        (),
        parse=_networks,
        help=N_("Networks of subscribers' lines whose addresses sign in to the cabinet; empty: none."),
    )
    cabinet_hosts: tuple[Network, ...] = option(
        "CABINET_HOSTS",
        (ip_network("127.0.0.1"), ip_network("::1")),
        parse=_networks,
        help=N_("Cabinets whose word counts for a subscriber's address."),
    )
    log_dir: Path = option("LOG_DIR", Path("var/log"), help=N_("Directory of the log files."))
    var_dir: Path = option("VAR_DIR", Path("var"), help=N_("Directory of what the processes keep."))
    exports_dir: Path = option("EXPORTS_DIR", Path("exports"), help=N_("Directory of what is left for other programs."))

    @property
    def zone(self) -> ZoneInfo:
        """The operator's time zone."""
        return ZoneInfo(self.timezone)

    def legacy_allows(self, address: str) -> bool:
        """May a caller from this IP address use the legacy RemoteAPI?"""
        return _is_inside(address, self.remoteapi_legacy_allow)

    def may_vouch(self, address: str) -> bool:
        """Does a cabinet at this IP address know from which address a subscriber comes?"""
        return _is_inside(address, self.cabinet_hosts)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything a process was told. `sources` says per option: a file, "environment" or "default"."""

    suite: SuiteOptions
    olltv: OlltvOptions
    ppv: PpvOptions
    streams: StreamOptions
    directory: Path
    sources: Mapping[str, str]

    @property
    def root(self) -> Path:
        """Where relative paths start: the parent of the configuration directory."""
        return self.directory.parent

    def session_key(self) -> str:
        """SECRET_KEY, or else the key kept in `secret.key`, which the first call makes for all processes.

        :raises Misconfigured: the key file cannot be written or read, or it is damaged
        """
        return self.suite.secret_key or _kept_key(self.suite.var_dir / "secret.key")


def load_settings(directory: Path | None = None, env: Mapping[str, str] = os.environ) -> Settings:
    """Read `alter.ini` of `directory`, else of OLLTV_CONFIG_DIR, else of the project's `config/`.

    Relative paths start at the parent of that directory: `config/` in a tree means that tree, wherever the program
    itself was installed. For a directory like /etc/olltv write absolute paths.

    :raises Misconfigured: with one line for the operator
    """
    chosen = (directory or Path(env.get(DIRECTORY_VARIABLE) or PROJECT / "config")).resolve()
    try:
        return _loaded(chosen, env)
    except OptionError as error:
        raise Misconfigured(what=str(error)) from error


def _loaded(directory: Path, env: Mapping[str, str]) -> Settings:
    if not directory.is_dir():
        raise OptionError(str(directory), f"is not a directory; set {DIRECTORY_VARIABLE} to the one with alter.ini")
    path = directory / "alter.ini"
    file = str(path.relative_to(PROJECT) if path.is_relative_to(PROJECT) else path)
    written = read_ini(path, shown_as=file)
    owners = (SuiteOptions, OlltvOptions, PpvOptions, StreamOptions)
    known = [spec.name for owner in owners for spec in specs(owner)]
    refuse_unknown(written, known=known, prefixes=OUR_PREFIXES, file=file)
    given = gather(owners, written, env, file=file)
    root = directory.parent
    suite = read(SuiteOptions, given, base=root)
    return Settings(
        suite=replace(suite, database_url=_anchored(suite.database_url, root)),
        olltv=read(OlltvOptions, given, base=root),
        ppv=read(PpvOptions, given, base=root),
        streams=read(StreamOptions, given, base=root),
        directory=directory,
        sources=given.sources,
    )


def _anchored(url: str, root: Path) -> str:
    """Make the path of an SQLite file absolute; other addresses stay as they are."""
    match = re.fullmatch(r"(sqlite(?:\+\w+)?:///)(?![/:]|file:)([^?]+)(.*)", url)
    return f"{match[1]}{root / match[2]}{match[3]}" if match else url


def _kept_key(path: Path) -> str:
    try:
        if not path.exists():
            _make_key(path)
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(what=f"{path}: the session key cannot be used ({error}); check owner and mode") from error
    if len(key) < KEY_BYTES:
        raise Misconfigured(what=f"{path}: the session key is too short; delete the file and a new one is made")
    return key


def _make_key(path: Path) -> None:
    """Write a complete file beside `path` and link it there: of several processes one wins and all read its key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(KEY_BYTES))
    try:
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
