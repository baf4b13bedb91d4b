"""What states of shows, orders, payouts and notices are called on the pages of staff."""

from billing.errors import N_
from ppv_module.chat.earnings.models import Action, PayoutState
from ppv_module.chat.reports.reconciling import Kind
from ppv_module.chat.shows.models import EndReason, ShowState
from ppv_module.credits.models import OrderState, Verdict

SHOW_TEXTS = {
    ShowState.REQUESTED: N_("asked for"),
    ShowState.ACCEPTED: N_("accepted"),
    ShowState.LIVE: N_("live"),
    ShowState.REFUSED: N_("turned down"),
    ShowState.EXPIRED: N_("not answered"),
    ShowState.CANCELLED: N_("cancelled"),
    ShowState.ABORTED: N_("not begun"),
    ShowState.ENDED: N_("ended"),
}
SHOW_LOOKS = {
    ShowState.REQUESTED: "info",
    ShowState.ACCEPTED: "info",
    ShowState.LIVE: "good",
    ShowState.REFUSED: "warn",
    ShowState.EXPIRED: "warn",
}
END_TEXTS = {
    EndReason.VIEWER_END: N_("the viewer ended it"),
    EndReason.PERFORMER_END: N_("the performer ended it"),
    EndReason.CREDITS_EXHAUSTED: N_("the credits ran out"),
    EndReason.VIEWER_LOST: N_("the viewer vanished"),
    EndReason.PERFORMER_LOST: N_("the performer vanished"),
    EndReason.TICK_TIMEOUT: N_("no sign of life"),
    EndReason.MAX_DURATION: N_("longest duration reached"),
    EndReason.ADMIN_END: N_("the staff ended it"),
    EndReason.ABORTED: N_("it did not begin"),
}
ACTION_TEXTS = {Action.TIPS: N_("tip"), Action.LIVESHOW: N_("private show"), Action.ADJUSTMENT: N_("adjustment")}
PAYOUT_TEXTS = {PayoutState.DRAFT: N_("draft"), PayoutState.PAID: N_("paid"), PayoutState.VOID: N_("void")}
PAYOUT_LOOKS = {PayoutState.DRAFT: "info", PayoutState.PAID: "good", PayoutState.VOID: "quiet"}
ORDER_TEXTS = {
    OrderState.NEW: N_("not paid yet"),
    OrderState.PAID: N_("paid"),
    OrderState.FAILED: N_("payment failed"),
    OrderState.REFUNDED: N_("paid back"),
    OrderState.DISPUTED: N_("disputed"),
}
ORDER_LOOKS = {
    OrderState.NEW: "info",
    OrderState.PAID: "good",
    OrderState.FAILED: "quiet",
    OrderState.REFUNDED: "warn",
    OrderState.DISPUTED: "bad",
}
PROVIDER_TEXTS = {"wallet": N_("Subscriber’s wallet"), "paypal": "PayPal"}
VERDICT_TEXTS = {
    Verdict.QUEUED: N_("waits to be verified"),
    Verdict.VERIFIED: N_("verified"),
    Verdict.INVALID: N_("not genuine"),
    Verdict.ERROR: N_("could not be verified"),
}
VERDICT_LOOKS = {Verdict.QUEUED: "info", Verdict.VERIFIED: "good", Verdict.INVALID: "bad", Verdict.ERROR: "bad"}
KIND_TEXTS = {
    Kind.PAYMENT_WITHOUT_GRANT: N_("Payment without credits"),
    Kind.GRANT_WITHOUT_PAYMENT: N_("Credits without payment"),
    Kind.CREDITS_MISSING: N_("Paid order without credits in the ledger"),
    Kind.BALANCE_DIFFERS: N_("Balance and ledger differ"),
    Kind.LEDGER_DIFFERS: N_("Show and ledger differ"),
    Kind.CLAIM_DIFFERS: N_("The chat claims another amount"),
    Kind.NOTICE_STUCK: N_("Notice not worked off"),
    Kind.SWEPT: N_("Show closed by itself"),
}
KIND_HINTS = {
    Kind.PAYMENT_WITHOUT_GRANT: N_(
        "Money came in and nothing was granted: read why, then correct the credits by hand."
    ),
    Kind.GRANT_WITHOUT_PAYMENT: N_("The order counts as paid, but no payment of it is known."),
    Kind.CREDITS_MISSING: N_("The order counts as paid, but the ledger has no credits for it."),
    Kind.BALANCE_DIFFERS: N_("The balance is not the sum of all movements. Run “olltv audit”."),
    Kind.LEDGER_DIFFERS: N_("The show says another number of credits than the ledger has taken."),
    Kind.CLAIM_DIFFERS: N_("The chat’s server has claimed other amounts. Ours count: our clock has measured."),
    Kind.NOTICE_STUCK: N_("The notice waits, was not genuine, or could not be verified."),
    Kind.SWEPT: N_("Somebody vanished or no sign of life came any more: billed up to the last one."),
}
KIND_LOOKS = {Kind.NOTICE_STUCK: "warn", Kind.SWEPT: "quiet", Kind.CLAIM_DIFFERS: "warn"}
NOT_FROZEN = ""
FROZEN_TEXTS = {NOT_FROZEN: N_("can be spent"), "debt": N_("frozen because of a debt"), "staff": N_("frozen by staff")}
