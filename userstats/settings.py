"""The options of the cabinet, as they stand in `userstats.ini`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from weblib.ini import read_ini
from weblib.options import OptionError, Options, gather, option, read, web_address

DIRECTORY_VARIABLE = "OLLTV_CONFIG_DIR"
FILE = "userstats.ini"
FROM_ENVIRONMENT = ("API_URL", "API_KEY", "TOPUP_URL")
LANGUAGES = {"ukrainian": "uk", "russian": "ru", "english": "en"}


def _language(text: str) -> str:
    if text not in LANGUAGES:
        raise ValueError(f"is not known; write one of: {', '.join(LANGUAGES)}")
    return LANGUAGES[text]


def _languages(text: str) -> tuple[str, ...]:
    return tuple(_language(each.strip()) for each in text.split(",") if each.strip()) or tuple(LANGUAGES.values())


def _sign_in(text: str) -> str:
    if text != "login":
        raise ValueError("is not offered by this cabinet; write login")
    return text


@dataclass(frozen=True, kw_only=True)
class CabinetOptions(Options):
    """What the operator decides about the cabinet."""

    api_url: str = option(
        "API_URL", "http://127.0.0.1:8080/", parse=web_address, help="Address of the billing's RemoteAPI."
    )
    api_key: str = option("API_KEY", "", secret=True, help="Key of the cabinet, made by the billing.")
    enabled: bool = option("OLLTV_ENABLED", True, help="Shows the OllTV pages.")
    sign_in: str = option("auth", "login", parse=_sign_in, help="How subscribers are recognised.")
    topup_url: str = option("TOPUP_URL", "", parse=web_address, help="Page where subscribers top up.")
    lang: str = option("lang", "uk", parse=_language, help="Language until a subscriber picks one.")
    may_pick: bool = option("allowclang", True, help="Lets subscribers change the language.")
    pickable: tuple[str, ...] = option(
        "LANGUAGES_SELECTABLE", tuple(LANGUAGES.values()), parse=_languages, help="Languages to pick from."
    )
    isp_name: str = option("ISP_NAME", "", help="Name of the provider.")
    isp_url: str = option("ISP_URL", "", parse=web_address, help="The provider's site.")
    trusted_proxies: int = option("TRUSTED_PROXIES", 0, within=(0, 10), help="Reverse proxies in front.")
    log_dir: Path = option("LOG_DIR", Path("var/log"), help="Directory of the log files.")

    @property
    def languages(self) -> tuple[str, ...]:
        """What a subscriber may pick from."""
        return self.pickable if self.may_pick else (self.lang,)


def load_settings(env: Mapping[str, str] = os.environ) -> CabinetOptions:
    """Read `userstats.ini` of OLLTV_CONFIG_DIR, else of the project's `config/`.

    Relative paths start at the parent of that directory.

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
    return options
