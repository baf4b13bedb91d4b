"""One tree of refusals: each class says how to answer, and can be stored and told again."""

import billing.access
import billing.attempts
import billing.host.base
import billing.periods
import billing.second_factor
import billing.staffing  # noqa: F401  each module plants its own refusals
from billing.errors import BillingError, NotEnoughMoney, PartnerUnreachable, _tree, recalled
from tests.support import money


def test_what_is_remembered_is_recalled_with_its_class_and_facts():
    lack = NotEnoughMoney(lack=money("1.50 UAH"))
    told = recalled(lack.remembered())
    assert type(told) is NotEnoughMoney
    assert told.facts == {"lack": "1.50 UAH"}
    assert str(told) == "not_enough_money: {'lack': '1.50 UAH'}"


def test_recalling_does_not_wear_out_what_is_stored():
    stored = PartnerUnreachable(call="enable").remembered()
    assert recalled(stored).facts == recalled(stored).facts == {"call": "enable"}


def test_a_refusal_whose_class_is_no_more_is_still_a_refusal():
    assert type(recalled({"code": "of_an_older_release", "login": "ivan"})) is BillingError
    assert type(recalled({})) is BillingError


def test_each_refusal_of_the_core_has_a_code_of_its_own_and_a_sensible_status():
    classes = [each for each in _tree(BillingError) if each.__module__.startswith("billing.")]
    codes = [each.code for each in classes]
    assert sorted(codes) == sorted(set(codes))
    assert all(400 <= each.http_status < 600 for each in classes)
    assert {each.code for each in classes if each.retryable} == {"busy", "partner_unreachable", "too_many_attempts"}
