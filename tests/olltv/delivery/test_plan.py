"""What the partner is told next, for every situation of one subscriber."""

from datetime import UTC, datetime

import pytest

from olltv_module.delivery.plan import RULES, next_step, wants_main
from olltv_module.models import MAIN_SLOT, NEXT_SLOT, Fact, State, Subscriber, Subscription

THEN = datetime(2026, 10, 1, tzinfo=UTC)
SLOTS = {"main": MAIN_SLOT, "next": NEXT_SLOT, "addon": "addon"}


def subscriber(*subs: str, known: bool = True) -> Subscriber:
    """`"main active on"`: kind, state, fact. What is active or suspended has been on; others by `"again"`."""
    return Subscriber(
        login="ivan",
        remote_id="7" if known else None,
        subscriptions=[_subscription(number, *text.split()) for number, text in enumerate(subs, 1)],
    )


def _subscription(number: int, kind: str, state: str, fact: str, again: str = "") -> Subscription:
    sub = Subscription(id=number, tariff_id=number, main=kind != "addon", state=State(state), fact=Fact(fact))
    sub.slot = None if sub.state in (State.ENDED, State.REFUSED) else SLOTS[kind]
    sub.active_since = THEN if again or sub.state in (State.ACTIVE, State.SUSPENDED) else None
    return sub


def told(person: Subscriber) -> str:
    """`"change 2 for 1"`: the step, the subscription's number, the one it replaces."""
    step = next_step(person)
    if step is None:
        return "nothing"
    words = [str(step.do)]
    words += [str(step.sub.id)] if step.sub else []
    words += ["for", str(step.old.id)] if step.old else []
    return " ".join(words)


@pytest.mark.parametrize(
    ("subs", "expected"),
    [
        # nothing to tell
        ([], "nothing"),
        (["main active on"], "nothing"),
        (["main suspended kept"], "nothing"),
        (["main suspended off"], "nothing"),
        (["main ended off"], "nothing"),
        (["main refused off"], "nothing"),
        (["main active on", "addon active on"], "nothing"),
        (["main suspended kept", "addon suspended kept"], "nothing"),
        # what is unclear is read before anything else
        (["main active unknown"], "read"),
        (["main active on", "addon ended unknown"], "read"),
        (["main ended on", "main pending off", "addon suspended unknown"], "read"),
        # on
        (["main pending off"], "switch_on 1"),
        (["main pending kept again"], "switch_on 1"),
        (["main active off"], "switch_on 1"),
        (["main active kept"], "switch_on 1"),
        (["main pending off", "addon pending off"], "switch_on 1"),
        (["main active on", "addon pending off"], "switch_on 2"),
        (["main active on", "addon active kept"], "switch_on 2"),
        # on already, but not confirmed: asked again for its code
        (["main pending on"], "switch_on 1"),
        (["main active on", "addon pending on"], "switch_on 2"),
        # off: add-ons before the main
        (["main suspended on"], "switch_off 1"),
        (["main ended on"], "switch_off 1"),
        (["main refused on"], "switch_off 1"),
        (["main ended on", "addon ended on"], "switch_off 2"),
        (["main suspended on", "addon suspended on"], "switch_off 2"),
        (["main active on", "addon suspended on"], "switch_off 2"),
        (["main active on", "addon ended on"], "switch_off 2"),
        # a contract that is over is broken off, though its bundle is off for another reason
        (["main ended kept"], "switch_off 1"),
        (["addon ended kept", "main active on"], "switch_off 1"),
        # an old contract goes before a new one comes
        (["main ended on", "main pending off"], "switch_off 1"),
        (["main ended kept", "main pending off"], "switch_off 1"),
        (["addon ended on", "main active on", "addon pending off"], "switch_off 1"),
        # a change, never off and on
        (["main active on", "next pending off"], "change 2 for 1"),
        (["main suspended on", "next pending off"], "change 2 for 1"),
        (["main pending on again", "next pending off"], "change 2 for 1"),
        (["main active on", "next pending off", "addon ended on"], "switch_off 3"),
        # the old one was found off: it comes on to be changed with its devices; a suspended one does not
        (["main active kept", "next pending off"], "switch_on 1"),
        (["main suspended kept", "next pending off"], "switch_on 2"),
        # the change was found done: it is confirmed, the old one is not switched on again
        (["main active kept", "next pending on"], "switch_on 2"),
        (["main suspended kept", "next pending on"], "switch_on 2"),
        # a change that was called off but made: back the same way
        (["main active off", "next ended on"], "change 1 for 2"),
        (["main suspended kept", "next ended on"], "change 1 for 2"),
        (["main pending kept again", "next refused on"], "change 1 for 2"),
        (["main active off", "next ended on", "addon active on"], "change 1 for 2"),
        (["main active off", "next ended on", "next pending off"], "change 1 for 2"),
        (["main active off", "next ended on", "addon ended on"], "switch_off 3"),
        (["main ended off", "next ended on"], "switch_off 2"),
        # an add-on that is ordered while no main is wished on can never come
        (["addon pending off"], "cancel 1"),
        (["main suspended on", "addon pending off"], "cancel 2"),
        (["main suspended kept", "next pending off", "addon pending off"], "switch_on 2"),
    ],
)
def test_what_is_told_next(subs, expected):
    assert told(subscriber(*subs)) == expected


@pytest.mark.parametrize(
    ("subs", "expected"),
    [
        (["main pending off"], "register"),
        (["main active off"], "register"),
        (["main ended off"], "nothing"),
        (["main suspended off"], "nothing"),
        (["main refused off", "addon pending off"], "cancel 2"),
    ],
)
def test_only_who_is_to_have_something_on_is_registered(subs, expected):
    assert told(subscriber(*subs, known=False)) == expected


def test_a_successor_is_a_main_that_is_wanted():
    assert wants_main(subscriber("main suspended on", "next pending off"))
    assert not wants_main(subscriber("main suspended on", "main ended on", "addon pending off"))


def test_what_is_unclear_comes_first_and_add_ons_come_on_last():
    names = [rule.__name__ for rule in RULES]
    assert names[0] == "_read_what_is_unclear"
    assert names[-1] == "_addons_on"
    assert names.index("_addons_off") < names.index("_undo_change") < names.index("_main_off")
    assert names.index("_main_off") < names.index("_main_on") < names.index("_addons_on")
