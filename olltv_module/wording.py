"""Why money came into a wallet or went out of it, in one sentence, for staff and subscribers alike."""

from collections.abc import Callable

from billing.errors import N_
from billing.periods import Month
from olltv_module.statements import Cause, WalletLine

SOURCES = {
    "cash": N_("the cash desk"),
    "console": N_("the command line"),
    "demo": N_("the demonstration"),
}
FEE = N_("Fee of %(tariff)s for %(month)s")
REFUND = N_("Refund of the fee of %(tariff)s for %(month)s: %(note)s")
CORRECTION = N_("Correction: %(note)s")
TOP_UP = N_("Top-up from %(source)s")
UNKNOWN = "…"


def cause(line: WalletLine, *, translate: Callable[[str], str], show: Callable[[object], str]) -> str:
    """The sentence for a movement. `translate` and `show` put a text and a fact into the reader's language."""
    month = show(Month.parse(line.period)) if line.period else UNKNOWN
    facts = {"tariff": line.tariff or UNKNOWN, "month": month, "note": line.note or UNKNOWN}
    match line.cause:
        case Cause.FEE:
            return translate(FEE) % facts
        case Cause.REFUND:
            return translate(REFUND) % facts
        case Cause.CORRECTION:
            return translate(CORRECTION) % facts
        case Cause.TOP_UP:
            return translate(TOP_UP) % {"source": translate(SOURCES.get(line.source, line.source))}
    return " · ".join(filter(None, [line.source, line.note]))
