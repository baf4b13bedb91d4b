"""What makes a body unreadable."""

from billing.errors import N_, InvalidInput


class Malformed(InvalidInput):
    """A body that is no sync. Facts: `reason` (one word), `position` (byte, or None)."""

    code, http_status = "malformed", 400
    text = N_("The message cannot be read (%(reason)s).")

    def __init__(self, reason: str, position: int | None = None) -> None:
        super().__init__(reason=reason, position=position)


class TooLarge(InvalidInput):
    """Facts: `limit` (bytes)."""

    code, http_status = "too_large", 413
    text = N_("The message is longer than %(limit)s bytes.")
