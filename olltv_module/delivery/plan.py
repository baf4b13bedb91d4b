"""What to tell the partner next about one subscriber: a pure function of our wish and what we know of the fact."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from olltv_module.models import Fact, State, Subscriber, Subscription


class Do(StrEnum):
    READ = "read"
    REGISTER = "register"
    SWITCH_OFF = "switch_off"
    CHANGE = "change"
    SWITCH_ON = "switch_on"
    CANCEL = "cancel"


@dataclass(frozen=True)
class Step:
    """One call, or (`CANCEL`) a decision of our own. `old` is the main that a change replaces."""

    do: Do
    sub: Subscription | None = None
    old: Subscription | None = None


def next_step(subscriber: Subscriber) -> Step | None:
    """The next thing to do, or None when the partner matches our wish."""
    return next((step for rule in RULES if (step := rule(subscriber))), None)


def _read_what_is_unclear(subscriber: Subscriber) -> Step | None:
    unclear = any(each.fact is Fact.UNKNOWN for each in subscriber.subscriptions)
    return Step(Do.READ) if unclear else None


def _cancel_addons_without_main(subscriber: Subscriber) -> Step | None:
    if wants_main(subscriber):
        return None
    stray = _first(subscriber.addons, lambda each: each.state is State.PENDING)
    return Step(Do.CANCEL, stray) if stray else None


def _register(subscriber: Subscriber) -> Step | None:
    unknown = subscriber.remote_id is None and any(each.wished_on for each in subscriber.live)
    return Step(Do.REGISTER) if unknown else None


def _addons_off(subscriber: Subscriber) -> Step | None:
    leaving = _first(subscriber.subscriptions, lambda each: not each.main and _to_switch_off(each))
    return Step(Do.SWITCH_OFF, leaving) if leaving else None


def _undo_change(subscriber: Subscriber) -> Step | None:
    """The partner made a change that was called off meanwhile: the same way back, so that devices and add-ons stay."""
    main = subscriber.main
    stray = _first(subscriber.subscriptions, lambda each: each.main and not each.is_live and each.fact is Fact.ON)
    if main and main.active_since and main.fact is not Fact.ON and stray:
        return Step(Do.CHANGE, main, stray)
    return None


def _change_main(subscriber: Subscriber) -> Step | None:
    old, new = subscriber.main, subscriber.successor
    if not (old and new) or new.fact is Fact.ON:  # one that was found changed has only to be confirmed
        return None
    if old.fact is Fact.ON:
        return Step(Do.CHANGE, new, old)
    if old.wished_on:  # it was found off; it has to be on to be changed with its devices
        return Step(Do.SWITCH_ON, old)
    return None


def _main_off(subscriber: Subscriber) -> Step | None:
    leaving = _first(subscriber.subscriptions, lambda each: each.main and _to_switch_off(each))
    return Step(Do.SWITCH_OFF, leaving) if leaving else None


def _main_on(subscriber: Subscriber) -> Step | None:
    main = subscriber.successor or subscriber.main
    return Step(Do.SWITCH_ON, main) if main and _to_switch_on(main) else None


def _addons_on(subscriber: Subscriber) -> Step | None:
    coming = _first(subscriber.addons, _to_switch_on)
    return Step(Do.SWITCH_ON, coming) if coming else None


RULES = (
    _read_what_is_unclear,
    _cancel_addons_without_main,
    _register,
    _addons_off,
    _undo_change,
    _change_main,
    _main_off,
    _main_on,
    _addons_on,
)
"""In the partner's legal order: add-ons go off before the main and come on after it; a main is changed, never
switched off and on, so that devices and codes stay."""


def wants_main(subscriber: Subscriber) -> bool:
    """Whether a main is wished on, without which no add-on can be on."""
    return any(each.main and each.wished_on for each in subscriber.live)


def _to_switch_off(sub: Subscription) -> bool:
    """A contract that is over is broken at the partner even if the bundle is off there for another reason."""
    over = sub.state in (State.ENDED, State.REFUSED)
    return not sub.wished_on and (sub.fact is Fact.ON or (over and sub.fact is Fact.KEPT))


def _to_switch_on(sub: Subscription) -> bool:
    """Also one that is on already but not confirmed: asking again gives its code and harms nothing."""
    return sub.wished_on and (sub.fact is not Fact.ON or sub.state is State.PENDING)


def _first(subs: Iterable[Subscription], wanted: Callable[[Subscription], bool]) -> Subscription | None:
    return next((each for each in subs if wanted(each)), None)
