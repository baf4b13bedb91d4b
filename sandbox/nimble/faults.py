"""What goes wrong with messages on demand."""

from dataclasses import dataclass

from sandbox import dice


@dataclass
class Rule(dice.Rule):
    """Of messages; of those of one `server` if it is named."""

    KINDS = {
        "repeat": "posts the same message twice",
        "truncate": "posts the beginning of a message, then the whole of it",
        "reorder": "posts a message after the one that comes next",
        "lose": "does not get the answer, and posts the same message again next time",
        "double": "tells twice the time that was watched",
        "unsigned": "signs with another token",
    }

    server: str = ""

    def fits(self, what: str) -> bool:
        return self.server in ("", what)


@dataclass
class Faults(dice.Dice[Rule]):
    """The dice that all servers share; they fall for a server by its name."""

    RULE = Rule
