"""The bundles on offer, read from a small ini file: a section is a sub_id."""

import configparser
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path

_KEYS = frozenset({"name", "kind", "code", "devices", "retail", "provider", "channels"})


class Kind(StrEnum):
    """What a bundle gives: content, or the right to bind one more device."""

    MAIN = "main"
    EXTRA = "extra"


class CatalogueError(Exception):
    """The catalogue cannot be read; the text names the bundle and the key."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """One bundle on offer. Prices are decimal texts in hryvnias; `devices` may be bound with its code."""

    sub_id: str
    name: str
    kind: Kind
    has_code: bool
    devices: int
    retail: str
    provider: str
    channels: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        return asdict(self)


class Catalogue:
    """The bundles by sub_id."""

    def __init__(self, bundles: Iterable[Bundle]) -> None:
        self._bundles = {bundle.sub_id: bundle for bundle in bundles}

    def get(self, sub_id: str) -> Bundle | None:
        return self._bundles.get(sub_id)

    def all(self) -> list[Bundle]:
        return list(self._bundles.values())

    def put(self, bundle: Bundle) -> None:
        self._bundles = {**self._bundles, bundle.sub_id: bundle}


def read_catalogue(path: Path) -> Catalogue:
    """:raises CatalogueError: no such file, no ini file, or a wrong value"""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text(encoding="utf-8"), source=str(path))
    except (OSError, configparser.Error) as error:
        raise CatalogueError(f"catalogue {path}: {error}") from error
    return Catalogue(read_bundle(sub_id, parser[sub_id]) for sub_id in parser.sections())


def read_bundle(sub_id: str, values: Mapping[str, str]) -> Bundle:
    """One bundle from texts: name, kind, code, devices, retail, provider, channels. :raises CatalogueError"""
    if unknown := set(values) - _KEYS:
        raise CatalogueError(f"bundle {sub_id}: unknown key {min(unknown)}")
    try:
        return Bundle(
            sub_id=sub_id,
            name=values.get("name", sub_id),
            kind=Kind(values.get("kind", Kind.MAIN)),
            has_code={"yes": True, "no": False}[values.get("code", "yes")],
            devices=int(values.get("devices", "1")),
            retail=_price(values.get("retail", "0")),
            provider=_price(values.get("provider", "0")),
            channels=tuple(name.strip() for name in values.get("channels", "").split(",") if name.strip()),
        )
    except (ValueError, KeyError, InvalidOperation) as error:
        raise CatalogueError(f"bundle {sub_id}: a value cannot be used: {error}") from error


def _price(value: str) -> str:
    return str(Decimal(value).quantize(Decimal("0.01")))
