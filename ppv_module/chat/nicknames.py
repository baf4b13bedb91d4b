"""What people in a chat are called. Two names that look the same are the same, so that nobody passes for another."""

import re
import unicodedata

from billing.errors import N_, InvalidInput, WrongState

SHORTEST, LONGEST, LONGEST_OF_PERFORMER = 2, 32, 64
NAME = re.compile(r"[^\W_](?:[^\W_]|[ ._’-])*")
LOOKALIKES = str.maketrans("авеёкмнорстухіїј0", "abeekmhopctyxiijo")


class WrongNickname(InvalidInput):
    """Facts: `field`, `value`, `least`, `most`."""

    code = "wrong_nickname"
    text = N_(
        "A name in the chat has %(least)s to %(most)s letters, digits, spaces, dots, hyphens or apostrophes "
        "and begins with a letter or digit."
    )


class NicknameTaken(WrongState):
    """Somebody in this chat has this name, or one that looks like it. Facts: `nickname`."""

    code = "nickname_taken"
    text = N_("The name %(nickname)s is taken in this chat. Choose another one.")


def clean_name(text: str, *, field: str = "nickname", most: int = LONGEST) -> str:
    """`text` as a name is kept: one line, single blanks, one kind of apostrophe.

    :raises WrongNickname: it is too short or too long, or has other characters than a name may have
    """
    name = " ".join(unicodedata.normalize("NFKC", text).replace("'", "’").split())
    if not SHORTEST <= len(name) <= most or not NAME.fullmatch(name):
        raise WrongNickname(field=field, value=text[:LONGEST_OF_PERFORMER], least=SHORTEST, most=most)
    return name


def name_key(name: str) -> str:
    """What two names that look the same have in common: case, blanks, signs and look-alike letters do not count."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(each for each in folded if each.isalnum()).translate(LOOKALIKES)
