"""The tree of anticipated refusals.

    BillingError                     409
    ├── InvalidInput                 422   a value that cannot be read; `facts["field"]` names it
    ├── NotFound                     404
    ├── NotAllowed                   403
    ├── NotEnoughMoney               402
    ├── WrongState                   409
    ├── KeyReused                    409   same business key, other content
    ├── Busy                         409   retryable: another process holds the lease
    ├── Misconfigured                503   an option, file or database needs the operator's hand
    └── PartnerError                 502
        ├── PartnerRefused           502   a definite no
        └── PartnerUnreachable       503   retryable: no clear answer, the outcome is unknown

A class says how to answer (`code`, `http_status`, `text`) and whether to try again (`retryable`).
"""

from collections.abc import Iterator
from typing import ClassVar


def N_(text: str) -> str:
    """Mark an English text for the catalogues; it is translated where it is shown."""
    return text


class BillingError(Exception):
    """An anticipated refusal. Entry points translate `text`, fill in `facts` and answer `http_status`."""

    code: ClassVar[str] = "billing_error"
    http_status: ClassVar[int] = 409
    retryable: ClassVar[bool] = False
    text: ClassVar[str] = N_("The request cannot be carried out.")
    event: ClassVar[str | None] = None
    """Line for the event log where a refusal has to leave a trace; filled in with the facts."""

    def __init__(self, **facts: object) -> None:
        super().__init__(f"{self.code}: {facts}")
        self.facts = facts

    def remembered(self) -> dict[str, object]:
        """Code and facts as plain text, to be stored and told later by `recalled`."""
        return {"code": self.code, **{name: str(value) for name, value in self.facts.items()}}


class InvalidInput(BillingError):
    """A value from outside that cannot be read. Facts: `field`, `value`."""

    code, http_status = "invalid_input", 422
    text = N_("The field “%(field)s” has a value that cannot be used: %(value)s.")


class NotFound(BillingError):
    """What was asked for does not exist, or not for this caller."""

    code, http_status = "not_found", 404
    text = N_("Nothing was found under this name or number.")


class NotAllowed(BillingError):
    """The caller may not do this."""

    code, http_status = "not_allowed", 403
    text = N_("You have no right to do this.")


class NotEnoughMoney(BillingError):
    """The wallet cannot pay. Facts: `needed`, `available`, `lack` (Money)."""

    code, http_status = "not_enough_money", 402
    text = N_("Not enough money: %(lack)s is missing.")


class WrongState(BillingError):
    """The object's state does not allow this step. Facts: `state`, `wanted`."""

    code = "wrong_state"
    text = N_("This is not possible in the present state (%(state)s).")


class KeyReused(BillingError):
    """A business key was used before with other content. Facts: `key`."""

    code = "key_reused"
    text = N_("This operation number was used before for something else: %(key)s.")


class Busy(BillingError):
    """Another process is doing this now. Facts: `name`."""

    code, retryable = "busy", True
    text = N_("This is being done by another process right now. Try again in a moment.")


class Misconfigured(BillingError):
    """The operator has to act. Facts: `what` says in one line what is wrong and what remedies it."""

    code, http_status = "misconfigured", 503
    text = N_("The service needs its operator: %(what)s")


class PartnerError(BillingError):
    """The partner's answer, or its absence, stops this."""

    code, http_status = "partner_error", 502
    text = N_("The TV partner could not do this.")


class PartnerRefused(PartnerError):
    """A definite no. Facts: `call`, `status` (the partner's code), `message`."""

    code = "partner_refused"
    text = N_("The TV partner refused: %(message)s (code %(status)s).")


class PartnerUnreachable(PartnerError):
    """No clear answer: the outcome is unknown; read the partner's state before the next try. Facts: `call`."""

    code, http_status, retryable = "partner_unreachable", 503, True
    text = N_("The TV partner does not answer. What you asked for is kept and will be done as soon as it does.")


def recalled(stored: dict[str, object]) -> BillingError:
    """The error that `remembered` stored, for telling it again; of a class that is no more, its nearest parent."""
    facts = dict(stored)
    code = facts.pop("code", "")
    kind = next((each for each in _tree(BillingError) if each.code == code), BillingError)
    return kind(**facts)


def _tree(root: type[BillingError]) -> Iterator[type[BillingError]]:
    yield root
    for child in root.__subclasses__():
        yield from _tree(child)
