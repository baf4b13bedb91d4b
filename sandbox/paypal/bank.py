"""Payments, and what was told of each."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from .asked import Asked
from .config import Config
from .notices import CENT, following, new_txn_id, sale, written
from .postman import Message, Postman


class How(StrEnum):
    """What the buyer, or fate, does with a payment."""

    PAY = "pay"
    TWICE = "twice"
    PENDING = "pending"
    WRONG_SUM = "wrong_sum"
    WRONG_RECEIVER = "wrong_receiver"
    WRONG_CURRENCY = "wrong_currency"
    UNTOLD = "untold"


class Refused(Exception):
    """It cannot be done with this payment. `str()` is one line."""


@dataclass
class Payment:
    """A payment. `open` are the ids and sums of reversals that stand, `back` is what was refunded."""

    txn_id: str
    asked: Asked
    how: How
    at: datetime
    messages: list[Message] = field(default_factory=list)
    open: list[tuple[str, Decimal]] = field(default_factory=list)
    back: Decimal = Decimal(0)

    @property
    def rest(self) -> Decimal:
        """What can still be refunded."""
        return Decimal(self.asked.amount) - self.back - sum((each for _, each in self.open), Decimal(0))


class Bank:
    """All payments of one stand-in. Each method tells the shop of what it has done."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self.postman = Postman(config)
        self._lock = threading.Lock()
        self._payments: dict[str, Payment] = {}
        self._written: set[bytes] = set()
        self.verifier = ""
        """How the verifier misbehaves: empty, `invalid`, `broken` or `html`."""

    def payments(self) -> list[Payment]:
        """The newest first."""
        with self._lock:
            return list(reversed(self._payments.values()))

    def payment(self, txn_id: str) -> Payment:
        """:raises Refused: there is no such payment"""
        with self._lock:
            if txn_id not in self._payments:
                raise Refused("There is no such payment.")
            return self._payments[txn_id]

    def pay(self, asked: Asked, how: How) -> Payment:
        """The buyer pays, in one way or another."""
        payment = Payment(new_txn_id(), asked, how, datetime.now(UTC))
        changed = {
            How.WRONG_SUM: {"mc_gross": "0.01"},
            How.WRONG_RECEIVER: {"receiver_email": "somebody@else.example", "receiver_id": "SOMEBODYELSE"},
            How.WRONG_CURRENCY: {"mc_currency": "CZK" if asked.currency != "CZK" else "PLN"},
        }.get(how, {})
        with self._lock:
            self._payments[payment.txn_id] = payment
        if how is How.PENDING:
            self._write(payment, sale(asked, payment.txn_id, "Pending"), "Pending")
        told = self._write(payment, sale(asked, payment.txn_id, **changed), "Completed")
        if how is not How.UNTOLD:
            again = [told] if how is How.TWICE else []
            self._send([*payment.messages, *again], pause_s=self._config.pending_s if how is How.PENDING else 0)
        return payment

    def refund(self, txn_id: str, amount: str = "") -> Payment:
        """Money goes back: all that is left, or a part of it.

        :raises Refused: no such payment, nothing left, or no such part
        """
        payment = self.payment(txn_id)
        part = _part(amount, payment.rest)
        payment.back += part
        self._follow(payment, "Refunded", -part, reason="refund")
        return payment

    def reverse(self, txn_id: str) -> Payment:
        """The buyer's bank takes back what is left.

        :raises Refused: no such payment, or nothing left
        """
        payment = self.payment(txn_id)
        part = _part("", payment.rest)
        payment.open.append((self._follow(payment, "Reversed", -part, reason="chargeback"), part))
        return payment

    def cancel_reversal(self, txn_id: str) -> Payment:
        """The dispute is won: the money of the oldest reversal comes again.

        :raises Refused: no such payment, or nothing was reversed
        """
        payment = self.payment(txn_id)
        if not payment.open:
            raise Refused("Nothing of this payment is reversed.")
        _, part = payment.open.pop(0)
        self._follow(payment, "Canceled_Reversal", part, reason="chargeback_reimbursement")
        return payment

    def resend(self, txn_id: str) -> Payment:
        """Every message of this payment once more, in order. :raises Refused: no such payment"""
        payment = self.payment(txn_id)
        self._send(payment.messages)
        return payment

    def reorder(self, txn_id: str) -> Payment:
        """Every message of this payment once more, the newest first. :raises Refused: no such payment"""
        payment = self.payment(txn_id)
        self._send(payment.messages[::-1])
        return payment

    def has_written(self, raw: bytes) -> bool:
        """Whether exactly this was sent from here."""
        with self._lock:
            return raw in self._written

    def reset(self) -> None:
        """Back to the start; what is on its way is still delivered."""
        with self._lock:
            self._payments.clear()
            self._written.clear()
        self.verifier = ""

    def _follow(self, payment: Payment, status: str, gross: Decimal, *, reason: str) -> str:
        txn_id = new_txn_id()
        fields = following(payment.asked, txn_id, status, gross, parent=payment.txn_id, reason=reason)
        self._send([self._write(payment, fields, f"{status} {gross}")])
        return txn_id

    def _write(self, payment: Payment, fields: dict[str, str], title: str) -> Message:
        message = Message(written(fields), payment.asked.notify_url, title)
        with self._lock:
            self._written.add(message.raw)
            payment.messages.append(message)
        return message

    def _send(self, messages: list[Message], *, pause_s: float = 0) -> None:
        deliverable = [each for each in messages if each.url]
        if deliverable:
            self.postman.send(deliverable, pause_s=pause_s)


def _part(text: str, rest: Decimal) -> Decimal:
    """:raises Refused: it is no part of what is left"""
    if rest <= 0:
        raise Refused("Nothing is left of this payment.")
    try:
        part = Decimal(text.replace(",", ".")) if text else rest
    except InvalidOperation as error:
        raise Refused(f"{text} is no sum.") from error
    if not part.is_finite() or not 0 < part <= rest or part != part.quantize(CENT):
        raise Refused(f"A part must be between 0.01 and {rest}.")
    return part.quantize(CENT)
