"""Why somebody of the staff has done something: it stands in histories and in the event log."""

from billing.errors import N_, InvalidInput

LONGEST = 200


class ReasonNeeded(InvalidInput):
    """Facts: `field`, `longest`."""

    code = "reason_needed"
    text = N_("Say why, in at most %(longest)s characters.")


def checked_reason(reason: str) -> str:
    """`reason` in one line, as the event log keeps it.

    :raises ReasonNeeded: it is empty or too long
    """
    line = " ".join(reason.split())
    if not 0 < len(line) <= LONGEST:
        raise ReasonNeeded(field="reason", value=reason, longest=LONGEST)
    return line
