"""What rights, marks and denials of viewers are called on the pages of staff."""

from datetime import datetime

from billing.errors import N_
from ppv_module.streams.denials.models import Reason
from ppv_module.streams.figures.live import By
from ppv_module.streams.figures.models import Scope
from ppv_module.streams.models import Right, Viewing
from weblib.pages import gettext as _
from weblib.pages import shown

RIGHT_TEXTS = {
    Right.FREE: N_("free of charge"),
    Right.PACKAGE: N_("television package"),
    Right.TICKET: N_("ticket"),
    Right.MINUTE: N_("by the minute"),
    Right.NONE: N_("no right"),
    Right.EXPIRED: N_("ticket expired"),
    Right.UNKNOWN: N_("unknown identifier"),
    Right.ANONYMOUS: N_("let in by the server"),
    Right.INTERNAL: N_("own address"),
}
RIGHT_LOOKS = {
    Right.FREE: "good",
    Right.PACKAGE: "good",
    Right.TICKET: "good",
    Right.MINUTE: "info",
    Right.NONE: "bad",
    Right.EXPIRED: "bad",
    Right.UNKNOWN: "bad",
}
REASON_TEXTS = {
    Reason.NO_CREDIT: N_("no credits left"),
    Reason.NO_ENTITLEMENT: N_("no right to this stream"),
    Reason.TICKET_EXPIRED: N_("the ticket has expired"),
    Reason.TOO_MANY_STREAMS: N_("too many simultaneous streams"),
    Reason.RESTREAM: N_("passes streams on"),
    Reason.OPERATOR_BLOCK: N_("blocked by the staff"),
    Reason.UNKNOWN_ID: N_("nobody issued this identifier"),
}
REASON_LOOKS = {Reason.RESTREAM: "bad", Reason.OPERATOR_BLOCK: "bad", Reason.UNKNOWN_ID: "bad"}
FLAG_TEXTS = {
    Viewing.TWICE: N_("reported twice in one message"),
    Viewing.LATE: N_("much time at once"),
    Viewing.CAPPED: N_("charged for less than reported"),
}
BY_TEXTS = {By.SERVER: N_("By server"), By.STREAM: N_("By stream"), By.ACCOUNT: N_("By account")}
SCOPE_TEXTS = {Scope.SERVER: N_("server"), Scope.APPLICATION: N_("application"), Scope.STREAM: N_("stream")}
EVIDENCE_TEXTS = {
    "rule": N_("Rule"),
    "name": N_("Identifier"),
    "server": N_("Media server"),
    "servers": N_("Media servers"),
    "address": N_("Address"),
    "addresses": N_("Addresses"),
    "agents": N_("Programs"),
    "sessions": N_("Sessions"),
    "since": N_("Since"),
    "at": N_("Time"),
    "limit": N_("Allowed at once"),
    "rate_bps": N_("Bits a second"),
    "declared_bps": N_("Declared bits a second"),
    "record": N_("Message"),
    "reason": N_("Reason"),
    "puzzle": N_("Puzzle"),
    "failures": N_("Not genuine in a row"),
    "players": N_("Viewers"),
    "took_ms": N_("Milliseconds"),
    "longest_ms": N_("Milliseconds reported"),
    "elapsed_ms": N_("Milliseconds passed"),
    "seconds": N_("Seconds"),
    "against": N_("Compared with"),
}
"""What was found of denials and alerts, by the names under which it is kept."""

MOMENTS = ("since", "at")
RULE_TEXTS = {
    "ip_spread": N_("one identifier at several addresses"),
    "session_spread": N_("one identifier in several sessions at once"),
    "agent": N_("a program that records or passes on"),
    "marathon": N_("watching without a break for too long"),
    "bitrate": N_("more data than the stream has"),
}


def flags_text(flags: int) -> str | None:
    """The marks of a viewing in words; None when it has none."""
    return ", ".join(_(text) for flag, text in FLAG_TEXTS.items() if flags & flag) or None


def fact_title(name: str) -> str:
    """What something that was found is called. What nobody knows here stands as it is."""
    return _(EVIDENCE_TEXTS[name]) if name in EVIDENCE_TEXTS else name


def fact_text(name: str, value: object) -> str:
    """What was found, in one line: a rule by its words, a time as one."""
    if isinstance(value, dict):
        return ", ".join(f"{fact_title(each)}: {fact_text(each, what)}" for each, what in value.items())
    if isinstance(value, list):
        return ", ".join(fact_text(name, each) for each in value)
    if name == "rule" and value in RULE_TEXTS:
        return _(RULE_TEXTS[str(value)])
    return shown(_moment(value) if name in MOMENTS and isinstance(value, str) else value)


def _moment(text: str) -> object:
    """The time that `text` spells; other texts stay."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return found if found.tzinfo else text
