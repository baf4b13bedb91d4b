"""Sentences of the subscriber's page in the reader's language."""

from billing.errors import N_, BillingError
from billing.money import Money
from olltv_module import wording
from olltv_module.models import Fact, Reason, State
from olltv_module.statements import WalletLine
from olltv_module.views import SubscriberView, SubscriptionView, Tv
from weblib.pages import gettext as _
from weblib.pages import shown, tell

WHY_OFF = {
    Reason.NO_MONEY: N_("Television is off: there was not enough money for the monthly fee."),
    Reason.FROZEN: N_("Television is off: the account is frozen."),
    Reason.VACATION: N_("Television is off for the time of a vacation."),
    Reason.STAFF: N_("Television was switched off by staff."),
    Reason.GONE: N_("Television is off: the subscriber is gone."),
}
STATES = {
    State.PENDING: N_("is being switched on"),
    State.ACTIVE: N_("on"),
    State.SUSPENDED: N_("suspended"),
    State.ENDED: N_("over"),
    State.REFUSED: N_("refused by the partner"),
}
LOOKS = {
    State.PENDING: "info",
    State.ACTIVE: "good",
    State.SUSPENDED: "warn",
    State.ENDED: "quiet",
    State.REFUSED: "bad",
}
REASONS = {
    Reason.NO_MONEY: N_("not enough money"),
    Reason.FROZEN: N_("frozen by the subscriber’s wish"),
    Reason.STAFF: N_("by staff"),
    Reason.VACATION: N_("vacation"),
    Reason.GONE: N_("the subscriber is gone"),
}
FACTS = {
    Fact.ON: N_("on"),
    Fact.OFF: N_("off"),
    Fact.KEPT: N_("off, devices and code are kept"),
    Fact.UNKNOWN: N_("unknown, will be read"),
}


def television(view: SubscriberView) -> str:
    """How the television of a subscriber stands, and what comes next, in a sentence or two."""
    return " ".join(filter(None, [_stands(view), _comes(view)]))


def _stands(view: SubscriberView) -> str:
    main = view.main
    match view.tv:
        case Tv.NONE:
            return _("No television.")
        case Tv.ON:
            return _("Television is on: %(tariff)s.", tariff=main.tariff if main else "")
        case Tv.SWITCHING_ON:
            return _("Television is being switched on: %(tariff)s.", tariff=main.tariff if main else "")
    return _(WHY_OFF[main.reason]) if main and main.reason else _("Television is off.")


def _comes(view: SubscriberView) -> str:
    charge = view.next_charge
    if view.tv is Tv.SUSPENDED:
        return _("Resuming costs %(sum)s.", sum=shown(view.price_of_resuming))
    if charge is None:
        return ""
    if charge.lack.minor:
        text = N_("The fee for %(month)s is %(sum)s; %(lack)s is missing.")
        return _(text, month=shown(charge.month), sum=shown(charge.total), lack=shown(charge.lack))
    text = N_("The fee for %(month)s is %(sum)s; the money is there.")
    return _(text, month=shown(charge.month), sum=shown(charge.total))


def state(sub: SubscriptionView) -> str:
    """The wish in a word, a suspension with its reason."""
    text = _(STATES[sub.state])
    return f"{text}: {_(REASONS[sub.reason])}" if sub.state is State.SUSPENDED and sub.reason else text


def look(sub: SubscriptionView) -> str:
    """The badge of a state."""
    return LOOKS[sub.state]


def fact(sub: SubscriptionView) -> str:
    """What we last knew of the bundle at the partner."""
    return _(FACTS[sub.fact])


def differs(sub: SubscriptionView) -> bool:
    """Whether the partner does not do what we wish, as far as we know."""
    wished_on = sub.state in (State.PENDING, State.ACTIVE)
    return sub.fact is Fact.UNKNOWN or wished_on is not (sub.fact is Fact.ON)


def cause(line: WalletLine) -> str:
    """Why money came or went."""
    return wording.cause(line, translate=_, show=shown)


def told(refusal: BillingError) -> str:
    """The sentence of a refusal that was kept."""
    return tell(refusal)


def signed(amount: Money) -> str:
    """An amount with its sign also when it is positive."""
    return f"+{shown(amount)}" if amount.minor > 0 else shown(amount)
