"""Typed options: one frozen dataclass per owner, read from text once, at the start.

    @dataclass(frozen=True, kw_only=True)
    class MailOptions(Options):
        port: int = option("MAIL_PORT", 25, within=(1, 65535), help="Port of the mail server.")

    given = gather([MailOptions], read_ini(path), os.environ, file="config/alter.ini")
    mail = read(MailOptions, given, base=root)

The annotation of a field decides how its text is read (bool, int, float, str, Path, tuple[str, ...]) unless the option
brings its own `parse`, which raises ValueError with "is wrong in this way; do that".
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import TypeVar, cast, get_type_hints

SPEC = "option"
DEFAULT = "default"
ENVIRONMENT = "environment"


class OptionError(Exception):
    """The operator wrote something that cannot be used. `str()` is one line: where, what is wrong, the remedy."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(" ".join(f"{where}: {problem}".split()))


@dataclass(frozen=True, kw_only=True)
class Options:
    """Base of an owner's options."""

    file: str = field(default="alter.ini", compare=False)
    """The ini file that remedies point at."""


Owner = TypeVar("Owner", bound=Options)
Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True)
class Spec:
    """How one option is written and what it may be."""

    name: str
    help: str
    secret: bool
    from_environment: bool
    within: tuple[float, float] | None
    one_of: tuple[str, ...]
    parse: Callable[[str], object] | None

    def convert(self, text: str, kind: object) -> object:
        """Read `text` as the annotated type `kind`.

        :raises ValueError: what is wrong with it and what to write instead
        """
        value = (self.parse or CONVERTERS[kind])(text)
        if self.within and not self.within[0] <= cast(float, value) <= self.within[1]:
            raise ValueError("is out of range; write a number from {:g} to {:g}".format(*self.within))
        if self.one_of and value not in self.one_of:
            raise ValueError(f"is not known; write one of: {', '.join(self.one_of)}")
        return value


def option(
    name: str,
    default: Value,
    *,
    help: str,
    secret: bool = False,
    from_environment: bool = True,
    within: tuple[float, float] | None = None,
    one_of: tuple[str, ...] = (),
    parse: Callable[[str], Value] | None = None,
) -> Value:
    """Declare a field that is read from the option `name`.

    `secret` keeps the value out of `repr` and error messages. `from_environment=False` is for names that mean something
    else in an environment. `within` bounds a number, both ends included.
    """
    spec = Spec(
        name=name,
        help=help,
        secret=secret,
        from_environment=from_environment,
        within=within,
        one_of=one_of,
        parse=parse,
    )
    return field(default=default, repr=not secret, metadata={SPEC: spec})


@dataclass(frozen=True, kw_only=True)
class Given:
    """What the operator wrote: texts by option name, and where each option of the owners comes from."""

    values: Mapping[str, str] = field(repr=False)
    sources: Mapping[str, str]
    file: str


def specs(owner: type[Options]) -> list[Spec]:
    """The declared options of `owner`, in order."""
    return [spec for _, spec in _declared(owner)]


def effective(options: Options) -> list[tuple[Spec, object, object]]:
    """Every option with the value that is in force and its default, in order."""
    return [(spec, getattr(options, declared.name), declared.default) for declared, spec in _declared(type(options))]


def gather(
    owners: Iterable[type[Options]],
    written: Mapping[str, str],
    environment: Mapping[str, str],
    *,
    file: str,
) -> Given:
    """Lay the environment over what is `written` in `file`; names that no owner declares are left out."""
    values: dict[str, str] = {}
    sources: dict[str, str] = {}
    for spec in (spec for owner in owners for spec in specs(owner)):
        sources[spec.name] = DEFAULT
        layers = [(file, written), (ENVIRONMENT, environment if spec.from_environment else {})]
        for source, texts in layers:
            if spec.name in texts:
                values[spec.name], sources[spec.name] = texts[spec.name], source
    return Given(values=values, sources=sources, file=file)


def read(owner: type[Owner], given: Given, *, base: Path = Path()) -> Owner:
    """Make the options of `owner`; what is not given keeps its default. Relative paths start at `base`.

    :raises OptionError: the first text that cannot be read
    """
    kinds = get_type_hints(owner)
    chosen: dict[str, object] = {"file": given.file}
    for declared, spec in _declared(owner):
        value = declared.default
        if spec.name in given.values:
            value = _converted(spec, given, kinds[declared.name])
        chosen[declared.name] = base / value if isinstance(value, Path) else value
    return owner(**chosen)  # type: ignore[arg-type]


def _declared(owner: type[Options]) -> list[tuple["Field[object]", Spec]]:
    return [(declared, declared.metadata[SPEC]) for declared in fields(owner) if SPEC in declared.metadata]


def _converted(spec: Spec, given: Given, kind: object) -> object:
    text = given.values[spec.name]
    try:
        return spec.convert(text, kind)
    except ValueError as error:
        shown = "***" if spec.secret else text
        raise OptionError(given.sources[spec.name], f"{spec.name}={shown} {error}") from None


def comma_list(text: str) -> tuple[str, ...]:
    """The items between commas without the blanks around them; empty items are left out."""
    return tuple(item for part in text.split(",") if (item := part.strip()))


def web_address(text: str) -> str:
    """An http(s) address, or nothing."""
    if text and not re.fullmatch(r"https?://[^\s/?#]+\S*", text):
        raise ValueError("is not a web address; write one that starts with https:// or http://")
    return text


def _flag(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("is neither 0 nor 1; write 1 for on, 0 for off")
    return text == "1"


def _whole(text: str) -> int:
    if not re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        raise ValueError("is not a whole number; write one like 10")
    return int(text)


def _number(text: str) -> float:
    if not re.fullmatch(r"-?\d{1,18}(\.\d{1,9})?", text, re.ASCII):
        raise ValueError("is not a number; write one like 3 or 3.05")
    return float(text)


def _path(text: str) -> Path:
    if not text:
        raise ValueError("is empty; write a path or delete the line")
    return Path(text)


CONVERTERS: Mapping[object, Callable[[str], object]] = {
    bool: _flag,
    int: _whole,
    float: _number,
    str: str,
    Path: _path,
    tuple[str, ...]: comma_list,
}
