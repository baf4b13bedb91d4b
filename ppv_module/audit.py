"""What must hold between all that pay-per-view sells and the ledger, for `billing.ledger.audit`."""

from billing.ledger.audit import Check
from ppv_module.chat.audit import CHECKS as CHAT_CHECKS
from ppv_module.chat.earnings.payout_checks import CHECKS as PAYOUT_CHECKS
from ppv_module.credits.audit import CHECKS as CREDIT_CHECKS
from ppv_module.streams.rights.audit import CHECKS as STREAM_CHECKS

CHECKS: tuple[Check, ...] = (*CREDIT_CHECKS, *CHAT_CHECKS, *PAYOUT_CHECKS, *STREAM_CHECKS)
