"""The partner's side on the subscriber's page: read live, changed there first, unclear answers told as such."""

import pytest

from tests.olltv.support import dump, events
from tests.panel.client import text
from tests.support import subscriber

PAGE = "/subscribers/ivan"
MAC = "00:1A:79:00:00:01"
UNCLEAR = "it is unknown whether this was done"
SILENT = "The TV partner does not answer right now. Nothing was changed"


@pytest.fixture
def watching(ivan, start, screen, watch):
    watch("ivan", start, screen)
    return ivan


class TestLive:
    def test_wish_and_fact_stand_beside_each_other(self, panel, sandbox, watching):
        sandbox.partner().disable_bundle(account="ivan", bundle="screen2", kind="subs_malfunction")
        page = panel.page(f"{PAGE}/partner")
        assert "ivan@isp.test" in page
        assert f"Start on on {sandbox.codes('ivan')['main_start']}" in page
        assert "Second screen on off —" in page
        assert "No devices are bound." in page

    def test_htmx_gets_the_part_alone(self, panel, watching):
        answer = panel.client.get(f"{PAGE}/partner", headers={"HX-Request": "true"})
        assert answer.status_code == 200
        assert "<html" not in answer.get_data(as_text=True)
        assert "Start" in text(answer)

    def test_an_account_that_the_partner_lost_is_told(self, panel, sandbox, watching):
        sandbox.reset()
        assert "The partner does not know this account as ours." in panel.page(f"{PAGE}/partner")

    @pytest.mark.parametrize("fault", ["error_before", "html", "truncated", "http429"])
    def test_without_an_answer_that_is_told(self, panel, sandbox, watching, fault):
        sandbox.faults({"getUserInfo": {fault: 1.0}})
        answer = panel.get(f"{PAGE}/partner")
        assert (answer.status_code, SILENT in text(answer)) == (503, True)
        part = panel.client.get(f"{PAGE}/partner", headers={"HX-Request": "true"})
        assert (part.status_code, SILENT in text(part)) == (200, True)  # a part of the page that says so
        assert "<html" not in part.get_data(as_text=True)

    def test_silence_has_a_limit(self, panel, sandbox, watching):
        sandbox.faults({"getUserInfo": {"hang": 1.0}}, hang_s=8)
        answer = panel.get(f"{PAGE}/partner")
        assert (answer.status_code, SILENT in text(answer)) == (503, True)
        sandbox.faults({})

    def test_whom_the_partner_does_not_know_has_nothing_to_read(self, panel, ivan):
        assert panel.get(f"{PAGE}/partner").status_code == 404

    def test_reading_changes_nothing(self, panel, billing, watching):
        before = dump(billing)
        panel.page(f"{PAGE}/partner")
        assert dump(billing) == before


class TestDevices:
    def test_a_device_is_added_once_and_removed(self, panel, sandbox, billing, watching):
        for _ in range(2):
            panel.done(f"{PAGE}/devices/new", mac="001a.7900.0001", serial_number="SN-1", binding_code="")
        assert list(sandbox.devices("ivan")) == [MAC.replace(":", "")] or list(sandbox.devices("ivan")) == [MAC]
        page = panel.page(f"{PAGE}/partner")
        assert "SN-1" in page
        mac = next(iter(sandbox.devices("ivan")))
        assert "will be unbound at the partner" in panel.page(f"{PAGE}/devices/remove", mac=mac, serial_number="SN-1")
        for _ in range(2):
            panel.done(f"{PAGE}/devices/remove", mac=mac, serial_number="SN-1")
        assert sandbox.devices("ivan") == {}
        assert events(billing)[-2:] == [
            f"OLLTV SUBSCRIBER (ivan) ADD DEVICE [{MAC}]",
            f"OLLTV SUBSCRIBER (ivan) REMOVE DEVICE [{MAC}]",
        ]

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({}, "Give the device's MAC address"),
            ({"mac": "zz"}, "is no MAC address"),
            ({"serial_number": "<b>"}, "is no serial number"),
            ({"mac": MAC, "binding_code": "<script>"}, "is no binding code"),
        ],
    )
    def test_what_names_no_device_is_told_at_the_form(self, panel, sandbox, watching, fields, says):
        answer = panel.post(f"{PAGE}/devices/new", **fields)
        assert (answer.status_code, says in text(answer)) == (422, True)
        assert sandbox.devices("ivan") == {}

    def test_a_device_of_another_account_is_refused(self, panel, sandbox, make, watching, start, watch):
        make.subscriber("petro", wallet="50 UAH", mobile="0507654321", email="petro@isp.test")
        watch("petro", start)
        panel.done("/subscribers/petro/devices/new", mac=MAC)
        answer = panel.post(f"{PAGE}/devices/new", mac=MAC)
        assert answer.status_code == 422
        assert sandbox.devices("ivan") == {}

    def test_an_unclear_answer_is_told_as_unknown_and_can_be_sent_again(self, panel, sandbox, watching):
        sandbox.faults({"addDevice": {"cut_after": 1.0}})
        answer = panel.post(f"{PAGE}/devices/new", mac=MAC)
        assert (answer.status_code, UNCLEAR in text(answer)) == (422, True)
        sandbox.faults({})
        panel.done(f"{PAGE}/devices/new", mac=MAC)
        assert len(sandbox.devices("ivan")) == 1


def test_what_the_partner_says_stays_text(panel, sandbox, watching):
    probe = "<script>alert(1)</script>"
    device = {"mac": MAC, "serial_number": "SN-1", "device_model": probe}
    sandbox.partner().add_device(account="ivan", **device)
    sandbox.partner().change_email(email="ivan@isp.test", new_email="a<b>c@isp.test")
    raw = panel.get(f"{PAGE}/partner").get_data(as_text=True)
    assert "&lt;script&gt;alert(1)" in raw
    assert probe not in raw
    assert "a<b>c" not in raw


class TestContacts:
    def test_the_email_changes_there_and_then_here(self, panel, billing, sandbox, watching):
        seen = panel.hidden(f"{PAGE}/email", "seen")
        panel.done(f"{PAGE}/email", email="new@isp.test", seen=seen)
        assert sandbox.user("ivan")["email"] == "new@isp.test"
        assert subscriber(billing, "ivan").email == "new@isp.test"
        assert events(billing)[-1] == "OLLTV SUBSCRIBER (ivan) CHANGE EMAIL"
        panel.done(f"{PAGE}/email", email="new@isp.test", seen=panel.hidden(f"{PAGE}/email", "seen"))
        assert sum("CHANGE EMAIL" in each for each in events(billing)) == 1

    def test_the_phone_changes_there_and_then_here(self, panel, billing, sandbox, watching):
        seen = panel.hidden(f"{PAGE}/phone", "seen")
        panel.done(f"{PAGE}/phone", phone="+38 (067) 123-45-67", seen=seen)
        assert sandbox.user("ivan")["phone"] == "0671234567"
        assert subscriber(billing, "ivan").phone == "0671234567"

    @pytest.mark.parametrize(("what", "value"), [("email", "new@isp.test"), ("phone", "0671234567")])
    def test_the_second_of_two_editors_is_told(self, panel, person, billing, sandbox, watching, what, value):
        mine, theirs = panel.hidden(f"{PAGE}/{what}", "seen"), panel.hidden(f"{PAGE}/{what}", "seen")
        person("OLLTV").done(f"{PAGE}/{what}", **{what: value}, seen=theirs)
        other = {"email": "other@isp.test", "phone": "0631234567"}[what]
        answer = panel.post(f"{PAGE}/{what}", **{what: other}, seen=mine)
        assert (answer.status_code, "Somebody else has changed this" in text(answer)) == (422, True)
        assert getattr(subscriber(billing, "ivan"), what) == value
        assert sandbox.user("ivan")[what] == value

    @pytest.mark.parametrize("value", ["", "no address", "a@b", "x" * 60 + "@isp.test", "a@isp.test,b@isp.test"])
    def test_what_is_no_email_is_refused_before_the_partner_is_asked(self, panel, sandbox, watching, value):
        calls = len(sandbox.calls("ivan"))
        answer = panel.post(f"{PAGE}/email", email=value, seen=panel.hidden(f"{PAGE}/email", "seen"))
        assert answer.status_code == 422
        assert len(sandbox.calls("ivan")) == calls

    def test_what_is_no_phone_is_refused(self, panel, sandbox, watching):
        answer = panel.post(f"{PAGE}/phone", phone="12", seen=panel.hidden(f"{PAGE}/phone", "seen"))
        assert (answer.status_code, "is no Ukrainian mobile number" in text(answer)) == (422, True)

    def test_an_email_of_somebody_else_is_refused(self, panel, billing, sandbox, make, start, watch, watching):
        make.subscriber("petro", wallet="50 UAH", mobile="0507654321", email="petro@isp.test")
        watch("petro", start)
        answer = panel.post(f"{PAGE}/email", email="petro@isp.test", seen=panel.hidden(f"{PAGE}/email", "seen"))
        assert answer.status_code == 422
        assert subscriber(billing, "ivan").email == "ivan@isp.test"

    @pytest.mark.parametrize(
        ("what", "value", "method"),
        [("email", "new@isp.test", "changeEmail"), ("phone", "0671234567", "changeUserInfo")],
    )
    @pytest.mark.parametrize("fault", ["error_before", "cut_after"])
    def test_an_unclear_answer_leaves_ours_and_is_told(
        self, panel, billing, sandbox, watching, what, value, method, fault
    ):
        before = getattr(subscriber(billing, "ivan"), what)
        sandbox.faults({method: {fault: 1.0}})
        seen = panel.hidden(f"{PAGE}/{what}", "seen")
        answer = panel.post(f"{PAGE}/{what}", **{what: value}, seen=seen)
        assert (answer.status_code, UNCLEAR in text(answer)) == (422, True)
        assert getattr(subscriber(billing, "ivan"), what) == before
        sandbox.faults({})
        panel.done(f"{PAGE}/{what}", **{what: value}, seen=seen)
        assert (getattr(subscriber(billing, "ivan"), what), sandbox.user("ivan")[what]) == (value, value)

    def test_when_nothing_was_sent_that_is_told(self, panel, sandbox, watching):
        sandbox.faults({"getUserInfo": {"error_before": 1.0}})
        answer = panel.post(f"{PAGE}/email", email="new@isp.test", seen=panel.hidden(f"{PAGE}/email", "seen"))
        assert (answer.status_code, SILENT in text(answer)) == (422, True)

    def test_whom_the_partner_does_not_know_has_no_contacts_there(self, panel, ivan):
        assert panel.post(f"{PAGE}/email", email="new@isp.test", seen="0").status_code == 404


class TestParentalControl:
    def test_it_is_reset(self, panel, billing, sandbox, watching):
        assert "default again" in panel.page(f"{PAGE}/parental")
        for _ in range(2):
            panel.done(f"{PAGE}/parental")
        assert sandbox.totals()["resetParentControl"] == 2
        assert events(billing)[-1] == "OLLTV SUBSCRIBER (ivan) RESET PARENTCONTROL"

    def test_an_unclear_answer_is_told(self, panel, billing, sandbox, watching):
        sandbox.faults({"resetParentControl": {"error_after": 1.0}})
        answer = panel.post(f"{PAGE}/parental")
        assert (answer.status_code, UNCLEAR in text(answer)) == (422, True)
        assert "OLLTV SUBSCRIBER (ivan) RESET PARENTCONTROL" not in events(billing)


class TestCodes:
    def test_another_code_there_is_taken_over(self, panel, billing, sandbox, watching):
        with (unit := billing.uow()):
            for sub in unit.session.merge(subscriber(billing, "ivan")).subscriptions:
                sub.code = "old"
        panel.done(f"{PAGE}/codes")
        page = panel.page(PAGE)
        assert "The partner had another code, which is shown now: Start, Second screen." in page
        assert {each.code for each in subscriber(billing, "ivan").subscriptions} == set(sandbox.codes("ivan").values())
        panel.done(f"{PAGE}/codes")
        assert "The partner has the same codes." in panel.page(PAGE)

    def test_without_an_answer_nothing_changes(self, panel, billing, sandbox, watching):
        sandbox.faults({"getUserInfo": {"error_before": 1.0}})
        before = dump(billing)
        assert panel.post(f"{PAGE}/codes").status_code == 503
        assert dump(billing) == before
