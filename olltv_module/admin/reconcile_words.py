"""Kinds of differences, what is done about them, and what became of it, for people."""

from billing.errors import N_
from olltv_module.reconcile.differences import Kind
from olltv_module.reconcile.models import Standing
from olltv_module.reconcile.settling import End

KINDS = {
    Kind.ON_THERE_OFF_HERE: N_("On at the partner, off here"),
    Kind.OFF_THERE_ON_HERE: N_("Off at the partner, on here"),
    Kind.LOST_ACCOUNT: N_("Account lost at the partner"),
    Kind.WRONG_CODE: N_("Another code at the partner"),
    Kind.UNKNOWN_ACCOUNT: N_("Account unknown here"),
    Kind.FOREIGN_BUNDLE: N_("Bundle that no tariff has"),
    Kind.PRICE_DIFFERS: N_("Another price at the partner"),
    Kind.SHARE_DIFFERS: N_("Another share at the partner"),
}
REMEDIES = {
    Kind.ON_THERE_OFF_HERE: N_("The repair reads what the partner has and switches it off there, as we wish."),
    Kind.OFF_THERE_ON_HERE: N_("The repair reads what the partner has and switches it on there: it is paid here."),
    Kind.LOST_ACCOUNT: N_("The repair registers the account there anew and switches on what is to be on."),
    Kind.WRONG_CODE: N_("The repair takes over the code that the partner has now."),
    Kind.UNKNOWN_ACCOUNT: N_("A person has to decide: register the subscriber here, or end the account there."),
    Kind.FOREIGN_BUNDLE: N_("A person has to decide: make a tariff for the bundle, or end it at the partner."),
    Kind.PRICE_DIFFERS: N_("A person has to decide: set a new fee of the tariff, or talk to the partner."),
    Kind.SHARE_DIFFERS: N_("A person has to decide: set the share of the tariff right, or talk to the partner."),
}
ENDS = {
    End.REPAIRED: (N_("The difference is repaired: the partner is being told what is needed."), "good"),
    End.GONE: (N_("Nothing had to be done: the difference has settled itself in the meantime."), "info"),
    End.WAITS: (
        N_("Nothing was done: the partner is being told about this subscriber anyway. Look again later."),
        "warn",
    ),
}
STATES = {
    Standing.OPEN: N_("open"),
    Standing.REPAIRED: N_("repaired"),
    Standing.GONE: N_("settled by itself"),
    Standing.DISMISSED: N_("dismissed"),
}
LOOKS = {Standing.OPEN: "bad", Standing.REPAIRED: "good", Standing.GONE: "quiet", Standing.DISMISSED: "info"}
OUTCOMES = {
    End.REPAIRED: N_("Repaired"),
    End.GONE: N_("Settled by itself"),
    End.WAITS: N_("Left alone"),
    End.FAILED: N_("Not possible"),
}
HINTS = {
    End.WAITS: N_("The partner was being told about these subscribers at that moment."),
    End.FAILED: N_("These subscribers are not known here any more. Look at each."),
}
OUTCOME_LOOKS = {End.REPAIRED: "good", End.FAILED: "bad", End.WAITS: "warn"}
