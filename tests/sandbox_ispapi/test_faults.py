"""Each fault does on the wire what it promises, and the state tells whether the work was done."""

import time

import pytest
import requests

from sandbox.ispapi.faults import FaultError, FaultPlan, FaultRule, FaultSettings

ENABLE = {"account": "ivan", "sub_id": "main_start"}


def fail(client, method="enableBundle", **settings):
    faults = settings.pop("faults")
    client.ok("getUserList")  # the hash must be there before the fault
    return client.control("faults", {"faults": {method: faults}} | settings)


def is_on(client):
    return any(bundle["on"] for bundle in client.state("ivan")["bundles"])


@pytest.mark.parametrize(("fault", "done"), [("error_before", False), ("error_after", True)])
def test_a_500_comes_before_or_after_the_work(ivan, fault, done):
    fail(ivan, faults={fault: 1})

    assert ivan.raw("enableBundle", **ENABLE).status_code == 500
    assert is_on(ivan) is done


def test_a_cut_connection_has_done_the_work(ivan):
    fail(ivan, faults={"cut_after": 1})

    with pytest.raises(requests.ConnectionError):
        ivan.raw("enableBundle", **ENABLE)
    assert is_on(ivan)


def test_half_of_the_json_comes_after_the_work(ivan):
    fail(ivan, faults={"truncated": 1})

    answer = ivan.raw("enableBundle", **ENABLE)
    assert answer.text.startswith('{"status"')
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert is_on(ivan)


def test_json_of_another_shape_comes_after_the_work(ivan):
    fail(ivan, faults={"wrong_json": 1})

    assert "status" not in ivan.call("enableBundle", **ENABLE)
    assert is_on(ivan)


def test_a_page_in_place_of_an_answer_has_done_nothing(ivan):
    fail(ivan, faults={"html": 1})

    answer = ivan.raw("enableBundle", **ENABLE)
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")
    assert not is_on(ivan)


def test_a_status_may_come_as_a_string(ivan):
    fail(ivan, faults={"status_string": 1})

    answer = ivan.call("enableBundle", **ENABLE)
    assert answer["status"] == "0" and len(answer["data"]) == 8


def test_a_hash_dies_in_the_middle_of_work_and_a_new_one_works(ivan):
    fail(ivan, faults={"hash_expiry": {"rate": 1, "times": 1}})

    assert ivan.call("enableBundle", **ENABLE)["status"] == 109
    assert not is_on(ivan)
    assert ivan.status("getUserList") == 109  # dead for every method
    ivan.hash = ""
    assert ivan.status("enableBundle", **ENABLE) == 0


def test_too_many_requests_says_when_to_come_back(ivan):
    fail(ivan, faults={"http429": 1})

    answer = ivan.raw("enableBundle", **ENABLE)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert not is_on(ivan)


def test_a_delayed_call_is_late_and_right(ivan):
    fail(ivan, faults={"delay": 1}, delay_ms=60)

    started = time.monotonic()
    assert ivan.status("enableBundle", **ENABLE) == 0
    assert time.monotonic() - started >= 0.06


def test_a_hanging_call_is_silent_does_nothing_and_is_cut(ivan):
    fail(ivan, faults={"hang": 1}, hang_s=0.2)

    with pytest.raises(requests.ReadTimeout):
        requests.post(ivan.base + "enableBundle", data={"hash": ivan.hash} | ENABLE, timeout=0.05)
    with pytest.raises(requests.ConnectionError):
        ivan.raw("enableBundle", **ENABLE)
    assert not is_on(ivan)


def test_latency_is_added_to_every_call(ivan):
    ivan.control("faults", {"latency_ms": 50})

    started = time.monotonic()
    ivan.ok("getUserList")
    assert time.monotonic() - started >= 0.05


def test_a_fault_stays_with_its_method_and_a_star_means_all(ivan):
    fail(ivan, faults={"error_before": 1})
    assert ivan.raw("checkBundle", **ENABLE).status_code == 200

    fail(ivan, method="*", faults={"error_before": 1})
    assert ivan.raw("checkBundle", **ENABLE).status_code == 500
    assert requests.post(ivan.base + "auth2", timeout=5).status_code == 500


def test_a_methods_own_fault_comes_before_that_of_the_star(ivan):
    ivan.ok("getUserList")
    ivan.control("faults", {"faults": {"*": {"error_before": 1}, "enableBundle": {"http429": 1}}})

    assert ivan.raw("enableBundle", **ENABLE).status_code == 429


def test_a_counted_fault_wears_off(ivan):
    fail(ivan, faults={"error_before": {"rate": 1, "times": 2}})

    codes = [ivan.raw("enableBundle", **ENABLE).status_code for _ in range(3)]
    assert codes == [500, 500, 200]


def test_cleared_faults_are_gone(ivan):
    fail(ivan, faults={"error_before": 1}, latency_ms=1)
    cleared = requests.delete(ivan.base.replace("ispAPI/", "control/faults"), timeout=5).json()

    assert cleared["faults"] == {} and cleared["latency_ms"] == 0
    assert ivan.raw("enableBundle", **ENABLE).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"faults": {"enableBundle": {"explode": 1}}},
        {"faults": {"enableBundle": {"hang": 2}}},
        {"faults": {"enableBundle": 1}},
        {"faults": {"payBundle": {"hang": 1}}},
        {"latency": 5},
        {"delay_ms": "soon"},
        [],
    ],
)
def test_a_wrong_setting_is_named_and_changes_nothing(ivan, body):
    before = fail(ivan, faults={"error_before": 1})
    answer = requests.post(ivan.base.replace("ispAPI/", "control/faults"), json=body, timeout=5)

    assert answer.status_code == 422 and answer.json()["error"]
    assert ivan.control("faults") == before


def test_the_same_seed_throws_the_same_dice_whatever_other_methods_do():
    rules = (FaultRule.parse("enableBundle:hang=0.3"), FaultRule.parse("checkBundle:html=0.5"))

    def draws(seed: int, *, disturbed: bool) -> list[object]:
        plan = FaultPlan(FaultSettings(rules, seed=seed))
        drawn = []
        for _ in range(100):
            if disturbed:
                plan.draw("checkBundle")
            drawn.append(plan.draw("enableBundle"))
        return drawn

    assert draws(7, disturbed=False) == draws(7, disturbed=True)
    assert draws(7, disturbed=False) != draws(8, disturbed=False)
    assert 15 <= sum(fault is not None for fault in draws(7, disturbed=False)) <= 45


@pytest.mark.parametrize(
    "text", ["enableBundle", "enableBundle:hang", ":hang=1", "a:hang=often", "a:hang=1.5", "a:b=1"]
)
def test_an_unreadable_option_is_refused(text):
    with pytest.raises(FaultError, match="fault"):
        FaultRule.parse(text)
