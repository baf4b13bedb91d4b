"""Whatever is done in whatever order, the ledger agrees with a few lines of plain Python."""

from collections import defaultdict
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from billing.errors import KeyReused, NotEnoughMoney, WrongState
from billing.ledger.audit import audit
from billing.ledger.models import Account
from tests.billing.books import capture, hold, open_wallet, release, reverse, transfer

NAMES = ("ivan", "olha", "income")
AMOUNTS = st.integers(1, 90)
KEYS = st.sampled_from("abcd")
SIDES = st.permutations(NAMES).map(lambda names: tuple(names[:2]))
STEPS = st.one_of(
    st.tuples(st.just("transfer"), SIDES, AMOUNTS, KEYS),
    st.tuples(st.just("hold"), SIDES.filter(lambda sides: sides[0] != "income"), AMOUNTS, KEYS),
    st.tuples(st.just("capture"), KEYS, KEYS),
    st.tuples(st.just("release"), KEYS),
    st.tuples(st.just("reverse"), KEYS, KEYS),
)
REFUSALS = (NotEnoughMoney, KeyReused, WrongState)
numbers = count()


class Model:
    """The laws once more, over dictionaries. Each step gives nothing, or the class of its refusal."""

    def __init__(self):
        self.balance = defaultdict(int, ivan=100)
        self.held = defaultdict(int)
        self.floor = {"ivan": -30, "olha": 0}
        self.posted = {}  # key: (source, target, minor, key of what it undoes)
        self.reserved = {}  # key of the newest hold: [source, target, minor, state]

    def free(self, name):
        return self.balance[name] - self.held[name] - self.floor[name] if name in self.floor else 10**9

    def transfer(self, sides, minor, key, undoes=None):
        content = (*sides, minor, undoes)
        if key in self.posted:
            return None if self.posted[key] == content else KeyReused
        if self.free(sides[0]) < minor:
            return NotEnoughMoney
        self.posted[key] = content
        self.balance[sides[0]] -= minor
        self.balance[sides[1]] += minor
        return None

    def hold(self, sides, minor, key):
        live = self.reserved.get(key)
        if live and live[3] != "released":
            return None if live == [*sides, minor, "held"] else KeyReused
        if key in self.posted:
            return KeyReused
        if self.free(sides[0]) < minor:
            return NotEnoughMoney
        self.held[sides[0]] += minor
        self.reserved[key] = [*sides, minor, "held"]
        return None

    def capture(self, name, key):
        source, target, minor, state = self.reserved[name]
        if state != "held":
            return None if state == "captured" else WrongState
        self.held[source] -= minor
        if refusal := self.transfer((source, target), minor, key):
            self.held[source] += minor
            return refusal
        self.reserved[name][3] = "captured"
        return None

    def release(self, name):
        source, _, minor, state = self.reserved[name]
        if state != "held":
            return None if state == "released" else WrongState
        self.held[source] -= minor
        self.reserved[name][3] = "released"
        return None

    def reverse(self, name, key):
        source, target, minor, _ = self.posted[name]
        if any(each[3] == name and by != key for by, each in self.posted.items()):
            return WrongState
        return self.transfer((target, source), minor, key, undoes=name)


class Real:
    """The same steps on the ledger, under names that no other example uses."""

    def __init__(self, uow):
        self.uow, self.tag = uow, f"{next(numbers)}"
        self.posted, self.reserved = {}, {}
        open_wallet(uow(), self.code("ivan"), "1.00 UAH", "-0.30 UAH")
        open_wallet(uow(), self.code("olha"))

    def code(self, name):
        return f"{'income' if name == 'income' else 'wallet'}:{name}{self.tag}"

    def key(self, key):
        return f"{self.tag}.{key}"

    def transfer(self, sides, minor, key):
        ends = map(self.code, sides)
        self.posted[key] = transfer(self.uow(), *ends, f"0.{minor:02} UAH", self.key(key))

    def hold(self, sides, minor, key):
        self.reserved[key] = hold(self.uow(), *map(self.code, sides), f"0.{minor:02} UAH", self.key(key))

    def capture(self, name, key):
        paid = capture(self.uow(), self.reserved[name], self.key(key))
        self.posted.setdefault(paid.key.partition(".")[2], paid)

    def release(self, name):
        release(self.uow(), self.reserved[name])

    def reverse(self, name, key):
        self.posted[key] = reverse(self.uow(), self.posted[name], self.key(key))


def refusal_of(step, *arguments):
    try:
        step(*arguments)
    except REFUSALS as refusal:
        return type(refusal)
    return None


def possible(model, kind, subject):
    """Whether there is something to settle or to undo under this key."""
    known = {"capture": model.reserved, "release": model.reserved, "reverse": model.posted}
    return kind not in known or subject in known[kind]


@settings(
    max_examples=15,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(steps=st.lists(STEPS, min_size=8, max_size=18))
def test_any_sequence_of_steps_ends_where_the_plain_model_ends(billing, uow, steps):
    model, real = Model(), Real(uow)
    for kind, *arguments in steps:
        if possible(model, kind, arguments[0]):
            assert refusal_of(getattr(real, kind), *arguments) == getattr(model, kind)(*arguments)
            agree(billing, model, real)


def agree(billing, model, real):
    with billing.reading() as session:
        wallets = session.scalars(select(Account).where(Account.code.in_([real.code("ivan"), real.code("olha")])))
        stored = {each.code: (each.balance.minor, each.held_minor) for each in wallets}
        assert stored == {real.code(name): (model.balance[name], model.held[name]) for name in ("ivan", "olha")}
        assert audit(session) == []
