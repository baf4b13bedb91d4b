"""Refusals of the door itself."""

from billing.errors import N_, BillingError, InvalidInput, NotAllowed
from billing.factor import WrongCode


class Unauthorised(BillingError):
    """The caller has not shown who he is."""

    http_status = 401


class KeyRequired(Unauthorised):
    code = "key_required"
    text = N_("Send an API key: Authorization: Bearer …")


class KeyUnknown(Unauthorised):
    code = "key_unknown"
    text = N_("This API key is unknown or revoked.")


class SubjectRequired(Unauthorised):
    """A key alone opens no subscriber's account."""

    code = "subject_required"
    text = N_("Send the subscriber's token in X-Subject-Token and its nonce in X-Subject-Nonce.")


class SubjectRejected(Unauthorised):
    """Forged, expired, ended, or made for another key or session: the caller is not told which."""

    code = "subject_rejected"
    text = N_("The subscriber's token is not valid any more. Sign in again.")


class WrongCredentials(NotAllowed):
    code = "wrong_credentials"
    text = N_("The login or the password is wrong.")


class CodeRejected(Unauthorised):
    """The second step of a sign-in has failed. The challenge stays good for another try."""

    code, text = WrongCode.code, WrongCode.text


class VisitorsOnlyLook(NotAllowed):
    """Staff who look at a subscriber's cabinet change nothing in it."""

    code = "visitors_only_look"
    text = N_("You are looking at a subscriber's cabinet: nothing can be changed or ordered from here.")


class ScopeMissing(NotAllowed):
    """Facts: `scopes`, of which the key needs one."""

    code = "scope_missing"
    text = N_("This API key lacks the scope: %(scopes)s.")


class IdempotencyKeyRequired(InvalidInput):
    """A POST that nobody could repeat safely is not begun."""

    code, http_status = "idempotency_key_required", 400
    text = N_("Send an Idempotency-Key of 1 to 128 visible characters, a new one for each new request.")


class IdempotencyKeyReused(InvalidInput):
    """Facts: `key`."""

    code = "idempotency_key_reused"
    text = N_("This Idempotency-Key was used for another request: %(key)s.")


class ApiDisabled(BillingError):
    """REMOTEAPI_ENABLED is 0."""

    code, http_status = "api_disabled", 503
    text = N_("The RemoteAPI is switched off.")
