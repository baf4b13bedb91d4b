"""What messages of media servers, and alerts about them, are called on the pages of staff."""

from billing.errors import N_
from ppv_module.admin.streams_words import fact_text
from ppv_module.streams.models import Alert, AlertKind, DeltaMode, Outcome, Verdict

OUTCOME_TEXTS = {
    Outcome.RECEIVED: N_("not finished"),
    Outcome.APPLIED: N_("applied"),
    Outcome.REPLAY: N_("repeated"),
    Outcome.CONFLICT: N_("puzzle used again"),
    Outcome.MALFORMED: N_("unreadable"),
    Outcome.REFUSED: N_("turned away"),
    Outcome.FAILED: N_("failed here"),
}
OUTCOME_LOOKS = {
    Outcome.RECEIVED: "warn",
    Outcome.APPLIED: "good",
    Outcome.REPLAY: "info",
    Outcome.CONFLICT: "warn",
    Outcome.MALFORMED: "bad",
    Outcome.REFUSED: "bad",
    Outcome.FAILED: "bad",
}
VERDICT_TEXTS = {
    Verdict.VERIFIED: N_("genuine"),
    Verdict.UNVERIFIED: N_("unverified"),
    Verdict.FAILED: N_("not genuine"),
}
VERDICT_LOOKS = {Verdict.VERIFIED: "good", Verdict.UNVERIFIED: "warn", Verdict.FAILED: "bad"}
ALERT_TEXTS = {
    AlertKind.SILENT: N_("media server is silent"),
    AlertKind.TOO_MUCH_TIME: N_("more time reported than has passed"),
    AlertKind.NOT_GENUINE: N_("messages are not genuine"),
    AlertKind.SLOW: N_("message worked on for too long"),
    AlertKind.MALFORMED: N_("unreadable message"),
    AlertKind.CONFLICT: N_("puzzle used again"),
    AlertKind.DRIFT: N_("clock is wrong"),
    AlertKind.RESTREAM: N_("somebody passes streams on"),
}
MODE_TEXTS = {
    DeltaMode.INCREMENT: N_("time since the message before"),
    DeltaMode.CUMULATIVE: N_("time since the session began"),
}


def facts_text(alert: Alert) -> str | None:
    """What was found, in one line: `Address: 203.0.113.9, not genuine in a row: 3`."""
    found = {name: value for name, value in alert.facts.items() if value not in (None, "")}
    return fact_text("", found) or None
