"""Words by which a person is found: of name and address, however they are written, and the digits of the mobile.

The index of words and the question that is put to it go through the same functions, so both spell alike.
"""

import re
import unicodedata
from collections.abc import Iterable

LONGEST_WORD = 32
MOST_WORDS = 24
"""More words of one person are not kept."""

PHONE_DIGITS = 9
"""The last digits of a mobile number are its own; what stands before them is written in many ways."""

APOSTROPHES = re.compile("['’ʼ`′]")
ALIKE = str.maketrans({"ё": "е", "ґ": "г"})
WORD = re.compile(r"[^\W_]+")
SILENT = frozenset("вул ул просп пр пров пер бульв бул пл буд б кв м с смт д".split())  # noqa: SIM905
"""Words that stand in every address."""


def words_of(name: str, address: str, mobile: str) -> list[str]:
    """What the index keeps of a person, each word once; the mobile number as `+` and its last nine digits."""
    found = dict.fromkeys([*phone_words(mobile), *plain_words(f"{name} {address}")])
    return list(found)[:MOST_WORDS]


def plain_words(text: str) -> list[str]:
    """The words of a text in small letters, without apostrophes and what stands in every address."""
    plain = APOSTROPHES.sub("", unicodedata.normalize("NFKC", text).casefold()).translate(ALIKE)
    return [word[:LONGEST_WORD] for word in WORD.findall(plain) if word not in SILENT]


def phone_words(text: str) -> Iterable[str]:
    """The word for a mobile number, if there are digits enough for one."""
    digits = re.sub(r"\D", "", text)
    return [f"+{digits[-PHONE_DIGITS:]}"] if len(digits) >= PHONE_DIGITS else []


def phone_beginning(text: str) -> str | None:
    """The beginning of a phone word that somebody asks for, from `+38 (050) 12` on; None for what is no number."""
    if not re.fullmatch(r"[\s()+\-\u2010-\u2015\d]+", text):
        return None
    digits = re.sub(r"\D", "", text)
    own = re.sub(r"^(?:(?:00)?38|8)?0", "", digits)[:PHONE_DIGITS]
    return f"+{own}" if len(own) >= 5 else None
