"""Flat ini files, written the way operators of a billing know them.

`NAME=value` lines without a section; `;` starts a comment, on its own line or after a blank; a value may stand in one
pair of double quotes, which keeps blanks and semicolons; `%` is a plain character; names are case-sensitive. Section
headers are tolerated and mean nothing. Of two lines with the same name the last one counts.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from configparser import ConfigParser, ParsingError
from difflib import get_close_matches
from pathlib import Path

from weblib.options import OptionError

VALUE = re.compile(r'"(?P<quoted>[^"]*)"\s*(?:;.*)?|(?P<bare>.*?)(?:(?:^|\s+);.*)?')


def read_ini(path: Path, *, shown_as: str = "") -> dict[str, str]:
    """The texts of an ini file by name. `shown_as` names the file in errors, its path by default.

    :raises OptionError: no such file, unreadable, not UTF-8, or a line that is no option; the line itself is not
        repeated, because it may hold a password
    """
    where = shown_as or str(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise OptionError(where, "there is no such file; copy the one that ships with the suite") from None
    except OSError as error:
        raise OptionError(where, f"cannot be read ({error.strerror}); check its owner and mode") from None
    except UnicodeDecodeError:
        raise OptionError(where, "is not UTF-8 text; save it in that encoding") from None
    return _parsed(lines, where)


def _parsed(lines: Iterable[str], where: str) -> dict[str, str]:
    parser = ConfigParser(delimiters="=", comment_prefixes=(";", "#"), strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    # An indented line is no continuation here, and the parser wants a section to begin with.
    flat = ["[options]", *(line.strip() for line in lines)]
    try:
        parser.read_file(flat)
    except ParsingError as error:
        number = error.errors[0][0] - 1
        raise OptionError(f"{where}, line {number}", "is no option; write NAME=value, or ; before a comment") from None
    return {name: _bare(text) for section in parser.sections() for name, text in parser[section].items()}


def _bare(text: str) -> str:
    match = VALUE.fullmatch(text)
    if not match:
        return text
    return match["bare"] if match["quoted"] is None else match["quoted"]


def refuse_unknown(written: Mapping[str, str], *, known: Collection[str], prefixes: tuple[str, ...], file: str) -> None:
    """Stop at a misspelt name of ours; names without our `prefixes` belong to other programs.

    :raises OptionError: with the name that was probably meant
    """
    for name in written:
        if not name.startswith(prefixes) or name in known:
            continue
        close = get_close_matches(name, known, n=1)
        remedy = f"did you mean {close[0]}?" if close else "delete the line"
        raise OptionError(file, f"{name} is not an option; {remedy}")
