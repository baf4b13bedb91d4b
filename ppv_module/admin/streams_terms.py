"""What tariffs, tickets, links and patterns of streams are called on the pages of staff."""

from billing.errors import N_
from ppv_module.streams.links.checking import Trouble
from ppv_module.streams.links.models import Identity
from ppv_module.streams.rights.holding import TicketState
from ppv_module.streams.rights.models import Counting, Kind, Pattern, Rounding
from ppv_module.streams.rights.tickets import CREDIT, GRANT, WALLET

KIND_TEXTS = {
    Kind.FREE: N_("free of charge"),
    Kind.PACKAGE: N_("television package"),
    Kind.TICKET: N_("ticket"),
    Kind.MINUTE: N_("by the minute"),
}
KIND_LOOKS = {Kind.FREE: "good", Kind.MINUTE: "info"}
ROUNDING_TEXTS = {
    Rounding.EXACT: N_("exactly, by the millisecond"),
    Rounding.STARTED_MINUTE: N_("each begun minute of a session in full"),
}
COUNTING_TEXTS = {
    Counting.SUM: N_("added up"),
    Counting.WALLCLOCK: N_("counted once"),
}
STATE_TEXTS = {
    TicketState.COMING: N_("not yet valid"),
    TicketState.VALID: N_("valid"),
    TicketState.USED_UP: N_("minutes used up"),
    TicketState.OVER: N_("expired"),
    TicketState.REVOKED: N_("ticket withdrawn"),
}
STATE_LOOKS = {
    TicketState.COMING: "info",
    TicketState.VALID: "good",
    TicketState.USED_UP: "quiet",
    TicketState.OVER: "quiet",
    TicketState.REVOKED: "bad",
}
MEANS_TEXTS = {
    WALLET: N_("from the wallet"),
    CREDIT: N_("with credits"),
    GRANT: N_("given by the staff"),
}
IDENTITY_TEXTS = {
    Identity.PLAY: N_("another one in each link"),
    Identity.ACCOUNT: N_("the same in all links of an account"),
}
TROUBLE_TEXTS = {
    Trouble.NOT_BASE64: N_("The signature in the link is damaged: it cannot be read."),
    Trouble.MISSING_FIELD: N_("The link has no signature, or a part of it is missing."),
    Trouble.BAD_TIME: N_("The time in the signature cannot be read."),
    Trouble.BAD_HASH: N_("The signature does not fit: another key, another address, or the link was changed."),
    Trouble.STREAM_MISMATCH: N_("The link was signed for another stream."),
    Trouble.NOT_YET_VALID: N_("The link is not valid yet. Compare the clocks of the servers."),
    Trouble.EXPIRED: N_("The link has expired."),
}


def pattern_text(pattern: Pattern) -> str:
    """`live/sport*`, or with its virtual host where it is not for any."""
    text = f"{pattern.application}/{pattern.stream}"
    return text if pattern.vhost == "*" else f"{pattern.vhost}: {text}"
