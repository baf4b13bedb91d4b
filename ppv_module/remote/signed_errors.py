"""Refusals of the signed API, and the codes that it may answer with: callers rely on there being no others."""

from billing.errors import N_, BillingError, InvalidInput, KeyReused, NotAllowed, NotEnoughMoney, NotFound, WrongState

STATUS = {
    "bad_request": 400,
    "bad_signature": 401,
    "stale_timestamp": 401,
    "insufficient_credits": 402,
    "forbidden": 403,
    "wallet_frozen": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "performer_busy": 409,
    "performer_offline": 409,
    "user_in_show": 409,
    "bad_state": 409,
    "idempotency_mismatch": 409,
    "too_large": 413,
    "too_many_requests": 429,
    "unavailable": 503,
}
NEAREST: tuple[tuple[type[BillingError], str], ...] = (
    (KeyReused, "idempotency_mismatch"),
    (NotFound, "not_found"),
    (NotAllowed, "forbidden"),
    (NotEnoughMoney, "insufficient_credits"),
    (InvalidInput, "bad_request"),
    (WrongState, "bad_state"),
)


class BadSignature(BillingError):
    """No such key, another secret, or something of the call is not as it was signed: the caller is not told which."""

    code, http_status = "bad_signature", 401
    text = N_("The key or the signature of the request is missing or wrong.")


class StaleTimestamp(BillingError):
    """The signature is right, its time is not. Facts: `window_s`."""

    code, http_status = "stale_timestamp", 401
    text = N_("The time of the request differs from ours by more than %(window_s)s seconds. Check the clock.")


class BadBody(InvalidInput):
    code, http_status = "bad_request", 400
    text = N_("The body must be one JSON object in UTF-8 in which no name stands twice.")


class BadField(InvalidInput):
    """Facts: `field`."""

    code, http_status = "bad_request", 400
    text = N_("The field “%(field)s” is missing, unknown, or has a value that cannot be used.")


class BadKey(InvalidInput):
    """The request carries no idempotency key that can be used."""

    code, http_status = "bad_request", 400
    text = N_(
        "Send an Idempotency-Key of 8 to 128 letters, digits, hyphens and underscores, a new one for each new request."
    )


class TooManyRequests(BillingError):
    code, http_status, retryable = "too_many_requests", 429, True
    text = N_("Too many requests in a short time. Try again in a moment.")


def code_of(error: BillingError) -> str:
    """The code that the signed API has for a refusal of whatever service."""
    if error.code in STATUS:
        return error.code
    for kind, code in NEAREST:
        if isinstance(error, kind):
            return code
    return "unavailable" if error.retryable or error.http_status >= 500 else "bad_state"
