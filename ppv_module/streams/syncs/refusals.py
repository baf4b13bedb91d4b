"""Why a message of a media server is refused, as the server is told."""

from typing import ClassVar

from billing.errors import N_, BillingError
from ppv_module.streams.models import Outcome


class SyncRefused(BillingError):
    """A message that is not applied. `reason` stands in its record, and `outcome` says what became of it."""

    code, http_status = "refused", 403
    outcome: ClassVar[Outcome] = Outcome.REFUSED


class NotGenuine(SyncRefused):
    """The signature is missing, or was not made with a token that counts for this server."""

    code = "not_genuine"
    text = N_("The signature of the message is missing or wrong.")


class WrongAddress(SyncRefused):
    """It does not come from an address of this media server, or of any."""

    code = "wrong_address"
    text = N_("Messages from this address are not accepted.")


class ServerSwitchedOff(SyncRefused):
    """Staff have switched this media server off."""

    code = "server_off"
    text = N_("This media server is switched off here.")


class PuzzleReused(SyncRefused):
    """Another message with this puzzle came before."""

    code, http_status = "puzzle_reused", 409
    outcome = Outcome.CONFLICT
    text = N_("Another message with this puzzle was received before.")
