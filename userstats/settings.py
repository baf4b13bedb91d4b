"""The options of the cabinet, as they stand in `userstats.ini`."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from weblib.ini import read_ini
from weblib.options import OptionError, Options, gather, option, read, web_address

DIRECTORY_VARIABLE = "OLLTV_CONFIG_DIR"
FILE = "userstats.ini"
FROM_ENVIRONMENT = ("API_URL", "API_KEY", "CHAT", "TOPUP_URL", "WATCH")
LANGUAGES = {"ukrainian": "uk", "russian": "ru", "english": "en"}
SIGN_IN = ("login", "ip", "both")
LOGO_KINDS = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
}
LOGO_BYTES = 200_000


@dataclass(frozen=True)
class Logo:
    """The operator's logo, read from a file."""

    content: bytes = field(repr=False)
    mimetype: str


def _language(text: str) -> str:
    if text not in LANGUAGES:
        raise ValueError(f"is not known; write one of: {', '.join(LANGUAGES)}")
    return LANGUAGES[text]


def _languages(text: str) -> tuple[str, ...]:
    return tuple(_language(each.strip()) for each in text.split(",") if each.strip()) or tuple(LANGUAGES.values())


def _sign(text: str) -> str:
    if len(text) > 10 or not text.isprintable():
        raise ValueError("is no currency; write a code such as UAH or a sign of at most 10 characters")
    return text.strip()


def _colour(text: str) -> str:
    if text and not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise ValueError("is no colour; write one like #1f5eff")
    return text.lower()


def _phone(text: str) -> str:
    if text and not (re.fullmatch(r"[0-9+() .–-]{3,40}", text) and re.search(r"\d", text)):
        raise ValueError("is no telephone number; write one like +380 44 123 45 67")
    return text


def _mail(text: str) -> str:
    if text and not re.fullmatch(r"[^\s@<>\"?&]{1,64}@[^\s@<>\"?&]{1,190}", text):
        raise ValueError("is no mail address; write one like help@isp.example")
    return text


@dataclass(frozen=True, kw_only=True)
class CabinetOptions(Options):
    """What the operator decides about the cabinet."""

    api_url: str = option(
        "API_URL", "http://127.0.0.1:8080/", parse=web_address, help="Address of the billing's RemoteAPI."
    )
    api_key: str = option("API_KEY", "", secret=True, help="Key of the cabinet, made by the billing.")
    api_check: bool = option("API_CHECK", False, help="Asks already before the sign-in whether the billing answers.")
    enabled: bool = option("OLLTV_ENABLED", True, help="Shows the OllTV pages.")
    chat: bool = option("CHAT", False, help="Shows the pages of the video chat.")
    watch: bool = option("WATCH", False, help="Shows the pages of streams to watch.")
    sign_in: str = option("auth", "login", one_of=SIGN_IN, help="How subscribers are recognised.")
    elsewhere: str = option(
        "authfailredir", "", parse=web_address, help="With auth=ip, where unknown addresses are sent."
    )
    topup_url: str = option("TOPUP_URL", "", parse=web_address, help="Page where subscribers top up.")
    currency: str = option("currency", "", parse=_sign, help="Code of the currency, or the sign after amounts.")
    lang: str = option("lang", "uk", parse=_language, help="Language until a subscriber picks one.")
    may_pick: bool = option("allowclang", True, help="Lets subscribers change the language.")
    pickable: tuple[str, ...] = option(
        "LANGUAGES_SELECTABLE", tuple(LANGUAGES.values()), parse=_languages, help="Languages to pick from."
    )
    isp_name: str = option("ISP_NAME", "", help="Name of the provider.")
    isp_url: str = option("ISP_URL", "", parse=web_address, help="The provider's site.")
    isp_logo: str = option("ISP_LOGO", "", help="A picture beside this file, or the web address of one.")
    accent: str = option("ACCENT", "", parse=_colour, help="Colour of buttons and links.")
    support_phone: str = option("SUPPORT_PHONE", "", parse=_phone, help="Telephone of the support.")
    support_email: str = option("SUPPORT_EMAIL", "", parse=_mail, help="Mail address of the support.")
    support_url: str = option("SUPPORT_URL", "", parse=web_address, help="Page or chat of the support.")
    support_hours: str = option("SUPPORT_HOURS", "", help="When the support answers.")
    trusted_proxies: int = option("TRUSTED_PROXIES", 0, within=(0, 10), help="Reverse proxies in front.")
    log_dir: Path = option("LOG_DIR", Path("var/log"), help="Directory of the log files.")

    logo: Logo | None = None
    """The picture that `isp_logo` names, when it is a file."""

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that a subscriber may pick."""
        return self.pickable if self.may_pick else (self.lang,)


def load_settings(env: Mapping[str, str] = os.environ) -> CabinetOptions:
    """Read `userstats.ini` of OLLTV_CONFIG_DIR, else of the project's `config/`.

    Relative paths start at the parent of that directory; the logo lies beside the file.

    :raises OptionError: with one line for the operator
    """
    project = Path(__file__).resolve().parents[1]
    directory = Path(env.get(DIRECTORY_VARIABLE) or project / "config").resolve()
    path = directory / FILE
    file = str(path.relative_to(project) if path.is_relative_to(project) else path)
    allowed = {name: env[name] for name in FROM_ENVIRONMENT if name in env}
    given = gather([CabinetOptions], read_ini(path, shown_as=file), allowed, file=file)
    options = read(CabinetOptions, given, base=directory.parent)
    if not options.api_key:
        raise OptionError(file, "API_KEY is empty; make one with: olltv key create --scope cabinet")
    return replace(options, logo=_logo(options.isp_logo, beside=directory, file=file))


def _logo(name: str, *, beside: Path, file: str) -> Logo | None:
    if not name or name.startswith(("https://", "http://")):
        return None
    path = (beside / name).resolve()
    where, kind = f"{file}: ISP_LOGO={name}", LOGO_KINDS.get(path.suffix.lower())
    if kind is None:
        raise OptionError(where, f"is no picture; write the name of a file that ends in {', '.join(LOGO_KINDS)}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise OptionError(where, f"cannot be read ({error.strerror}); put the file beside {FILE}") from None
    if len(content) > LOGO_BYTES:
        raise OptionError(where, f"is longer than {LOGO_BYTES} bytes; make the picture smaller")
    return Logo(content, kind)
