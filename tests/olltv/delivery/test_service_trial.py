"""Trying a service id at the partner, who has no catalogue to look into."""

from olltv_module.delivery.service_trial import Known, NobodyToAskAbout, try_service
from olltv_module.partner import PartnerRejectsUs


def test_a_bundle_that_the_partner_knows_is_known_and_stays_as_it_is(house, sandbox):
    house.watching("main_start")
    before = sandbox.all_users()

    assert try_service(house.delivering, "main_max").result is Known.KNOWN
    assert try_service(house.delivering, "main_start").result is Known.KNOWN

    assert sandbox.all_users() == before
    assert sandbox.calls("ivan")[-2:] == ["checkBundle main_max", "checkBundle main_start"]


def test_a_bundle_that_he_does_not_know_is_told(house):
    house.watching("main_start")

    assert try_service(house.delivering, "main_strat").result is Known.UNKNOWN


def test_without_an_account_of_ours_nothing_can_be_said(house):
    house.order("main_start")

    trial = try_service(house.delivering, "main_start")

    assert trial.result is Known.UNTRIED
    assert isinstance(trial.why, NobodyToAskAbout)


def test_an_account_that_he_has_lost_is_passed_over(house, sandbox):
    house.watching("main_start", login="old")
    house.watching("main_start", login="lost")
    house.delivering.partner.delete_account(account="lost")

    assert try_service(house.delivering, "main_max").result is Known.KNOWN
    house.delivering.partner.delete_account(account="old")
    assert isinstance(try_service(house.delivering, "main_max").why, NobodyToAskAbout)


def test_a_partner_who_is_silent_or_rejects_us_is_told(house, sandbox):
    house.watching("main_start")
    sandbox.faults({"*": {"error_before": 1}})

    trial = try_service(house.delivering, "main_max")

    assert trial.result is Known.UNTRIED
    assert trial.why.retryable
    assert not isinstance(trial.why, PartnerRejectsUs)
