"""The run against a plain model of the rules: random towns, chunks, options and deaths."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from billing.uow import UnitOfWork
from olltv_module.models import State
from olltv_module.options import OlltvOptions
from olltv_module.services.fees import statements
from tests.olltv.fees.population import (
    Line,
    Sub,
    Viewer,
    crash_at,
    fee_transfers,
    lines,
    populate,
    report,
    run_fees,
    subscriptions,
    wipe,
)
from tests.support import DEC_1, Crash, assert_books_balance, balance

FEES = {"main": "50 UAH", "gift": "0 UAH", "sport": "20.01 UAH", "kids": "10.50 UAH", "bonus": "0 UAH"}
MONTH = "2026-12"
DEATHS = [
    *((statements, name) for name in ("classify", "post_fees", "log_fees", "mark_paid", "suspend")),
    (UnitOfWork, "commit"),
]


@dataclass(frozen=True)
class Rules:
    """The operator's options."""

    use_credit: bool
    keep_main: bool


@dataclass(frozen=True)
class Drawn:
    """A subscriber as he is drawn: subscriptions as (tariff, state, last month paid), main first."""

    subs: tuple[tuple[str, State, str], ...]
    wallet: int
    credit: int
    frozen: bool
    gone: bool
    parked: bool


STATES = st.sampled_from([State.ACTIVE, State.ACTIVE, State.ACTIVE, State.PENDING, State.SUSPENDED, State.ENDED])
PAID = st.sampled_from(["2026-11", "2026-11", "2026-12", "2026-09", ""])
SUMS = [0, 1, 1050, 2001, 3051, 5000, 6050, 7001, 8051, 100_000]
"""What any set of tariffs costs, so that wallets are often just enough."""


def one_of(*names: str) -> st.SearchStrategy[tuple[tuple[str, State, str], ...]]:
    sub = st.tuples(st.sampled_from(names), STATES, PAID)
    return st.lists(sub, max_size=len(names), unique_by=lambda each: each[0]).map(tuple)


def lawful(main: tuple[tuple[str, State, str], ...], addons: tuple[tuple[str, State, str], ...]) -> tuple:
    """An add-on lives only beside a live main."""
    has_main = any(state is not State.ENDED for _, state, _ in main[:1])
    return main[:1] + tuple(each for each in addons if has_main or each[1] is State.ENDED)


DRAWN = st.builds(
    lambda main, addons, money, off_by, credit, **more: Drawn(
        subs=lawful(main, addons), wallet=max(money + off_by, -credit), credit=credit, **more
    ),
    one_of("main", "gift"),
    one_of("sport", "kids", "bonus"),
    st.sampled_from(SUMS),
    st.sampled_from([0, 0, -1, 1, -2500]),
    st.sampled_from([0, 0, 1, 2500]),
    frozen=st.sampled_from([False, False, False, True]),
    gone=st.sampled_from([False, False, False, True]),
    parked=st.booleans(),
)


def judge(who: Drawn, fee: dict[str, int], rules: Rules) -> tuple[Line | None, list[tuple[str, str | None, str]]]:
    """What the rules say: his line, and state, reason and paid month of his subscriptions after the run."""
    due = [name for name, state, paid in who.subs if state is State.ACTIVE and paid < MONTH]
    after = [(str(state), "staff" if state is State.SUSPENDED else None, paid) for _, state, paid in who.subs]
    if not due:
        return None, after
    total, main = sum(fee[name] for name in due), next((name for name in due if name in ("main", "gift")), None)
    money = who.wallet + (who.credit if rules.use_credit else 0)
    can_keep = rules.keep_main and main is not None and money >= fee[main]
    outcome = verdict(who, fits=money >= total, can_keep=can_keep)
    paying = {"charged": due, "kept_main": [main]}.get(outcome, [])
    line = Line(
        outcome,
        fees=sum(fee[name] > 0 for name in paying),
        due=total,
        charged=sum(fee[name] for name in paying),
        lack=total - money if outcome in ("kept_main", "no_money") else 0,
    )
    for place, (name, state, paid) in enumerate(who.subs):
        if name in paying:
            after[place] = ("active", None, MONTH)
        elif state is State.ACTIVE and (name in due or (main and not paying)):
            after[place] = ("suspended", outcome if outcome in ("gone", "frozen") else "no_money", paid)
    return line, after


def verdict(who: Drawn, *, fits: bool, can_keep: bool) -> str:
    if who.gone:
        return "gone"
    if who.frozen:
        return "frozen"
    if fits:
        return "charged"
    return "kept_main" if can_keep else "no_money"


@pytest.fixture
def sold(make):
    return {name: make.tariff(fee, main=name in ("main", "gift")) for name, fee in FEES.items()}


@settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # each example is a whole database: shrinking takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    town=st.lists(DRAWN, max_size=8),
    rules=st.builds(Rules, st.booleans(), st.booleans()),
    chunk=st.integers(1, 9),
    deaths=st.lists(st.tuples(st.sampled_from(DEATHS), st.integers(1, 4)), max_size=3),
)
def test_any_town_in_any_chunks_with_any_deaths_ends_as_the_rules_say(billing, clock, sold, town, rules, chunk, deaths):
    wipe(billing)
    clock.now = DEC_1
    fee = {name: tariff.fee(DEC_1, "UAH").minor for name, tariff in sold.items()}
    viewers = [
        Viewer(**vars(who) | {"subs": tuple(Sub(sold[name], state, paid) for name, state, paid in who.subs)})
        for who in town
    ]
    logins = populate(billing, viewers)
    before = [balance(billing, login).minor for login in logins]
    chosen = replace(billing, options={OlltvOptions: OlltvOptions(enabled=True, **vars(rules))})

    preview = run_fees(chosen, clock, chunk=chunk, preview=True)
    foreseen, first = lines(billing, preview), None
    for (target, name), nth in deaths:
        try:
            with crash_at(target, name, nth):
                done = run_fees(chosen, clock, chunk=chunk)
        except Crash:
            clock.advance(minutes=2)
        else:
            first = first or done
    last = run_fees(chosen, clock, chunk=chunk + 1)

    judged = [judge(who, fee, rules) for who in town]
    expected = {login: line for login, (line, _) in zip(logins, judged, strict=True) if line}
    assert foreseen == expected
    assert [subscriptions(billing, login) for login in logins] == [after for _, after in judged]
    charged = [line.charged if line else 0 for line, _ in judged]
    assert [balance(billing, login).minor for login in logins] == [
        was - fee for was, fee in zip(before, charged, strict=True)
    ]
    transfers = fee_transfers(billing)
    assert len(transfers) == sum(line.fees for line in expected.values())
    assert sum(amount for _, _, amount, _ in transfers) == sum(charged)
    if first is None and lines(billing, last):
        assert (lines(billing, last), report(last)) == (expected, report(preview))
    assert_books_balance(billing)
