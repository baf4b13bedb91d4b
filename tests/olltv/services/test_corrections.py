"""Corrections of wallets: booked once, never below the floor, large ones only after a second look."""

import pytest
from sqlalchemy import select

from billing.actors import Actor
from billing.errors import KeyReused, NotEnoughMoney, NotFound, WrongState
from billing.host.base import UnknownLogin
from billing.ledger.holds import Ledger
from billing.ledger.models import Account, Transfer
from billing.money import InvalidAmount
from billing.uow import UnitOfWork
from olltv_module.services import corrections
from olltv_module.services.corrections import (
    MoneyProposal,
    NotYourProposal,
    OwnProposal,
    ProposalState,
    approve,
    correct,
    refuse,
    withdraw,
)
from olltv_module.services.wallets import ReasonNeeded
from tests.billing.books import at_once
from tests.olltv.support import dump, events
from tests.support import STAFF, Crash, assert_books_balance, balance, crash_after, money

PETRO = Actor("petro", "10.0.0.6")


@pytest.fixture
def ivan(make):
    return make.subscriber("ivan", wallet="100 UAH")


@pytest.fixture
def ask(uow, clock, ivan):
    """Asks for a correction of Ivan's wallet."""

    def call(amount, key="k1", actor=STAFF, reason="paid twice", login="ivan"):
        amount = money(amount)
        return correct(uow(), login=login, amount=amount, reason=reason, key=key, actor=actor, now=clock())

    return call


@pytest.fixture
def decide(uow, clock):
    def call(use_case, proposal, actor=PETRO):
        return use_case(uow(), proposal_id=proposal.id, actor=actor, now=clock())

    return call


def proposals(billing):
    with billing.reading() as session:
        return list(session.scalars(select(MoneyProposal).order_by(MoneyProposal.id)))


@pytest.mark.parametrize(
    ("amount", "left"), [("25.50 UAH", "125.50 UAH"), ("-100 UAH", "0 UAH"), ("1000 UAH", "1100 UAH")]
)
def test_a_small_correction_is_booked_at_once(billing, ask, amount, left):
    done = ask(amount)
    assert isinstance(done, Transfer)
    assert (done.note, done.actor, done.login) == ("paid twice", "olena", "ivan")
    assert balance(billing, "ivan") == money(left)
    assert events(billing)[-1] == f"BALANCEADD (ivan) ON {money(amount).short()} CORRECTION `paid twice`"
    assert_books_balance(billing)


def test_a_double_click_corrects_once(billing, ask):
    first, seen = ask("10 UAH"), len(events(billing))
    again = ask("10 UAH")
    assert again.id == first.id
    assert balance(billing, "ivan") == money("110 UAH")
    assert events(billing, since=seen) == []


def test_a_key_stands_for_one_correction(billing, ask, make):
    make.subscriber("petro", wallet="100 UAH")
    ask("10 UAH")
    for other in ({"amount": "11 UAH"}, {"amount": "-10 UAH"}, {"amount": "10 UAH", "login": "petro"}):
        with pytest.raises(KeyReused):
            ask(**other)
    assert balance(billing, "ivan") == money("110 UAH")


def test_a_correction_never_takes_the_wallet_below_its_floor(billing, ask):
    before = dump(billing)
    with pytest.raises(NotEnoughMoney) as short:
        ask("-100.01 UAH")
    assert short.value.facts["lack"] == money("0.01 UAH")
    assert dump(billing) == before


def test_reserved_money_cannot_be_taken(billing, ask, viewers, make, ivan):
    viewers.order(ivan, make.tariff("60 UAH"))
    with pytest.raises(NotEnoughMoney):
        ask("-40.01 UAH")
    ask("-40 UAH")
    assert balance(billing, "ivan") == money("60 UAH")
    assert_books_balance(billing)


def test_the_credit_limit_is_the_floor(billing, ask, make):
    make.subscriber("debtor", credit="30 UAH")
    ask("-30 UAH", login="debtor")
    with pytest.raises(NotEnoughMoney):
        ask("-0.01 UAH", key="k2", login="debtor")
    assert balance(billing, "debtor") == money("-30 UAH")


def test_a_debt_below_the_limit_shrinks_for_good(billing, ask, make, uow):
    make.subscriber("debtor", credit="30 UAH")
    ask("-30 UAH", login="debtor")
    with (unit := uow()):
        unit.host.set_credit("debtor", money("0 UAH"))
    ask("20 UAH", key="k2", login="debtor")
    with pytest.raises(NotEnoughMoney):
        ask("-20 UAH", key="k3", login="debtor")
    assert balance(billing, "debtor") == money("-10 UAH")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
def test_it_wants_a_reason(billing, ask, reason):
    before = dump(billing)
    with pytest.raises(ReasonNeeded):
        ask("10 UAH", reason=reason)
    assert dump(billing) == before


def test_nothing_is_no_correction_and_nobody_has_no_wallet(ask):
    with pytest.raises(InvalidAmount):
        ask("0 UAH")
    with pytest.raises(UnknownLogin):
        ask("1 UAH", login="nobody")


@pytest.mark.parametrize("amount", ["1000.01 UAH", "-1000.01 UAH"])
def test_a_large_one_is_only_proposed(billing, ask, make, amount):
    make.top_up("ivan", "5000 UAH")
    proposal = ask(amount)
    assert isinstance(proposal, MoneyProposal)
    assert (proposal.state, proposal.amount, proposal.asked_by) == (ProposalState.OPEN, money(amount), "olena")
    assert balance(billing, "ivan") == money("5100 UAH")
    assert ask(amount).id == proposal.id  # a double click proposes once
    assert len(proposals(billing)) == 1
    assert "PROPOSED ASKED BY [olena] `paid twice`" in events(billing)[-1]


def test_what_cannot_be_taken_is_not_proposed(billing, ask):
    with pytest.raises(NotEnoughMoney):
        ask("-2000 UAH")
    assert proposals(billing) == []


def test_another_person_approves(billing, ask, decide):
    done = decide(approve, ask("2000 UAH"))
    assert (done.state, done.decided_by) == (ProposalState.APPROVED, "petro")
    assert balance(billing, "ivan") == money("2100 UAH")
    decide(approve, done)  # a double click books once
    ask("2000 UAH")
    assert balance(billing, "ivan") == money("2100 UAH")
    with billing.reading() as session:
        booked = session.scalars(select(Transfer).where(Transfer.key == "correction:k1")).one()
    assert (booked.actor, booked.note) == ("olena", "paid twice")
    assert_books_balance(billing)


def test_nobody_approves_or_refuses_his_own(billing, ask, decide):
    proposal = ask("2000 UAH")
    for use_case in (approve, refuse):
        with pytest.raises(OwnProposal):
            decide(use_case, proposal, actor=STAFF)
    assert proposals(billing)[0].state is ProposalState.OPEN
    assert balance(billing, "ivan") == money("100 UAH")


def test_refused_and_withdrawn_is_over(billing, ask, decide):
    first, second = ask("2000 UAH"), ask("3000 UAH", key="k2")
    decide(refuse, first)
    with pytest.raises(NotYourProposal):
        decide(withdraw, second)
    decide(withdraw, second, actor=STAFF)
    for proposal in (first, second):
        with pytest.raises(WrongState):
            decide(approve, proposal)
    decide(refuse, first)
    decide(withdraw, second, actor=STAFF)
    assert balance(billing, "ivan") == money("100 UAH")
    with pytest.raises(NotFound):
        decide(approve, MoneyProposal(id=99))


def test_what_the_wallet_has_lost_meanwhile_cannot_be_approved_and_stays_open(billing, ask, decide, make):
    make.top_up("ivan", "1500 UAH")
    proposal = ask("-1500 UAH")
    ask("-200 UAH", key="k2")
    before = dump(billing)
    with pytest.raises(NotEnoughMoney) as short:
        decide(approve, proposal)
    assert short.value.facts["lack"] == money("100 UAH")
    assert dump(billing) == before


@pytest.mark.parametrize(("owner", "point"), [(Ledger, "transfer"), (UnitOfWork, "commit")])
def test_a_crash_leaves_it_undone_or_done_and_a_repeat_mends(billing, ask, decide, owner, point):
    proposal = ask("2000 UAH")
    with pytest.raises(Crash), crash_after(owner, point):
        decide(approve, proposal)
    decide(approve, proposal)
    assert balance(billing, "ivan") == money("2100 UAH")
    assert_books_balance(billing)


def test_two_who_decide_at_once_book_it_once(billing, ask, decide):
    proposal = ask("2000 UAH")
    people = [PETRO, Actor("maria")]
    answers = at_once(4, lambda number: decide(approve, proposal, actor=people[number % 2]))
    assert balance(billing, "ivan") == money("2100 UAH")
    assert {type(each) for each in answers} == {MoneyProposal, WrongState}
    assert_books_balance(billing)


def test_clicks_at_once_correct_once(billing, ask):
    answers = at_once(4, lambda _: ask("10 UAH"))
    assert {each.id for each in answers} == {answers[0].id}
    assert balance(billing, "ivan") == money("110 UAH")


def test_proposals_at_once_are_one(billing, ask):
    at_once(4, lambda _: ask("2000 UAH"))
    assert len(proposals(billing)) == 1


def test_the_other_side_is_the_corrections_account(billing, ask):
    done = ask("10 UAH")
    with billing.reading() as session:
        assert session.get_one(Account, done.source_id).code == "outside:correction"


def test_the_limit_is_in_whole_units_of_the_currency(options):
    assert corrections.second_look_above(options, "UAH") == money("1000 UAH")
    assert corrections.second_look_above(options, "CRD") == money("1000 CRD")
