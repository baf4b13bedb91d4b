"""The log of hooks, questions to the staff, the checklist and the look of a chat, in the panel."""

from datetime import timedelta
from html import unescape

import pytest
import responses

from ppv_module.chat.models import HookCall, HookMode
from ppv_module.chat.support import desk as support
from ppv_module.chat.support.models import Ticket, TicketState
from tests.panel.client import text
from tests.panel.ppv.forms import sent, shown
from tests.support import STAFF

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def tenant(chat):
    return chat.tenant(name="Evening")


@pytest.fixture
def called(billing, clock):
    """Writes down a call of a chat's server."""

    def add(tenant, **given):
        usual = {"at": clock(), "action": "updateCredits", "fields": {"userid": "7"}, "remote_ip": "203.0.113.9"}
        row = HookCall(tenant_id=tenant.id, **usual | given)
        with (unit := billing.uow()):
            unit.session.add(row)
        return row

    return add


@pytest.fixture
def asked(chat, tenant, uow, clock):
    """A question of a viewer."""

    def ask(login="ivan", subject="No picture", text="It is dark.", of=None):
        person = chat.viewer(of or tenant, login)
        return support.open_ticket(uow(), person_id=person.id, subject=subject, text=text, actor=STAFF, now=clock())

    return ask


# The log of hooks


def test_without_calls_the_log_says_what_to_do(panel):
    assert "No chat has called yet." in panel.page("/ppv/hook-log")


def test_the_log_is_narrowed_and_newest_first(panel, chat, tenant, called, clock):
    other = chat.tenant(name="Night")
    called(tenant, at=clock() - timedelta(days=2), action="getPerformers", our_result="2 performers")
    called(tenant, vendor_claim="60", our_result="balance 90")
    called(other, action="sendCredits", our_result="ko")

    page = panel.page("/ppv/hook-log")

    assert "Night sendCredits userid=7 — ko" in page
    assert page.index("sendCredits") < page.index("updateCredits") < page.index("getPerformers")
    assert "Evening updateCredits userid=7 60 balance 90" in page
    narrowed = panel.page("/ppv/hook-log", tenant=tenant.id, action="updateCredits")
    assert "sendCredits" not in narrowed
    assert "getPerformers" not in narrowed
    assert "getPerformers" in panel.page("/ppv/hook-log", until="2026-11-08")
    assert "updateCredits" not in panel.page("/ppv/hook-log", until="2026-11-08")
    assert "getPerformers" not in panel.page("/ppv/hook-log", since="2026-11-09", tenant=tenant.id)
    assert panel.get("/ppv/hook-log", cursor="nonsense").status_code == 422


def test_a_long_log_has_pages(panel, tenant, called):
    for number in range(55):
        called(tenant, action=f"call{number:02d}")

    for narrowed in ({}, {"tenant": str(tenant.id)}):
        page = panel.get("/ppv/hook-log", **narrowed).get_data(as_text=True)
        following = unescape(page[page.rindex('href="', 0, page.index('rel="next"')) :].split('"')[1])
        second = text(panel.get(following))
        assert "call05" in text(panel.get("/ppv/hook-log", **narrowed))
        assert [number for number in range(55) if f"call{number:02d}" in second] == list(range(5))


def test_one_call_with_all_its_fields(panel, tenant, called):
    call = called(tenant, action=EVIL, fields={"userid": "7", EVIL: EVIL}, our_result=EVIL)

    for where in ("/ppv/hook-log", f"/ppv/hook-log/{call.id}"):
        page = panel.get(where).get_data(as_text=True)
        assert EVIL not in page
        assert EVIL in unescape(page)
    assert "203.0.113.9" in panel.page(f"/ppv/hook-log/{call.id}")
    assert panel.get("/ppv/hook-log/999").status_code == 404


def test_the_log_is_exported_in_utc_without_formulas(panel, tenant, called):
    called(tenant, fields={"=cmd": "1"}, vendor_claim="@x")

    answer = panel.get("/exports/ppv_hooks.csv", columns="at,fields,claim")

    lines = answer.get_data(as_text=True).lstrip("\ufeff").splitlines()
    assert lines[1:] == ["2026-11-10T09:00:00Z,'=cmd=1,'@x"]


# Questions to the staff


def test_a_question_is_answered_closed_and_opened_again(panel, tenant, asked, chat):
    assert "Nobody waits for an answer." in panel.page("/ppv/tickets")
    ticket = asked()
    path = f"/ppv/tickets/{ticket.id}"
    assert "No picture waits for an answer ivan viewer Evening" in panel.page("/ppv/tickets")
    assert "It is dark." in panel.page(path)
    assert f"Webmaster id {tenant.webmaster_id}" in panel.page(path)

    panel.done(path, text="Switch the lamp on.\r\nThen ask again.")

    page = panel.page(path)
    assert "Switch the lamp on." in page
    assert "olena of the staff" in page
    assert chat.again(ticket).state is TicketState.ANSWERED
    panel.done(f"{path}/close")
    assert "No picture" not in panel.page("/ppv/tickets")
    assert "No picture" in panel.page("/ppv/tickets", state="closed")
    refused = panel.post(path, text="One more thing")
    assert refused.status_code == 422
    assert "This question is closed." in text(refused)
    assert "One more thing" in refused.get_data(as_text=True)
    panel.done(f"{path}/reopen")
    assert chat.again(ticket).state is TicketState.OPEN


def test_an_answer_wants_a_text_and_is_given_once(panel, asked):
    path = f"/ppv/tickets/{asked().id}"

    assert panel.post(path, text=" ").status_code == 422
    assert panel.post(path, text="x" * 4001).status_code == 422
    panel.done(path, text="Hello there")
    panel.done(path, text="Hello there")

    assert panel.page(path).count("Hello there") == 1


def test_tickets_are_narrowed_to_a_chat_and_a_person(panel, chat, asked):
    night = chat.tenant(name="Night")
    asked("ivan", "Evening question")
    asked("olha", "Night question", of=night)

    assert "Evening question" not in panel.page("/ppv/tickets", tenant=night.id)
    assert "Night question" in panel.page("/ppv/tickets", tenant=night.id)
    assert "Night question" not in panel.page("/ppv/tickets", login="ivan")
    lines = panel.get("/exports/ppv_tickets.csv", columns="subject", login="ivan").get_data(as_text=True).splitlines()
    assert lines == ["\ufeffSubject", "Evening question"]


def test_what_customers_write_stays_text(panel, asked, chat):
    ticket = asked(subject=EVIL, text=EVIL)

    for where in ("/ppv/tickets", f"/ppv/tickets/{ticket.id}"):
        page = panel.get(where).get_data(as_text=True)
        assert EVIL not in page
        assert EVIL in unescape(page)
    assert panel.get("/ppv/tickets/999").status_code == 404
    assert panel.post("/ppv/tickets/999", text="Hello").status_code == 404
    assert isinstance(chat.again(ticket), Ticket)


# The checklist


def test_the_checklist_of_a_new_chat(panel, tenant):
    page = panel.page(f"/ppv/tenants/{tenant.id}/health")

    assert "to be mended Pay-per-view is switched off: PPV_ENABLED." in page
    assert "to be mended No performer is active." in page
    assert "please look The chat cannot be asked who is online" in page
    assert "in order Shows run from our own pages; the chat’s hooks are off." in page


def test_the_checklist_warns_of_a_silent_chat_and_silent_hooks(panel, chat, called, clock):
    given = {"rest_url": "https://rest.example:2083", "rest_token": "t", "hook_mode": HookMode.LIVE}
    long_ago = clock() - timedelta(minutes=5)
    silent = chat.tenant(**given, poll_failed_since=long_ago, poll_trouble="timeout", paypal_business="a@isp.example")
    called(silent, at=clock() - timedelta(days=3))
    fine = chat.tenant(**given, polled_at=clock() - timedelta(seconds=5))
    called(fine)

    page = panel.page(f"/ppv/tenants/{silent.id}/health")

    assert "to be mended The chat does not answer since 10 November 2026" in page
    assert "timeout" in page
    assert "please look The last hook was called at" in page
    assert "to be mended PPV_PUBLIC_URL is not set: PayPal cannot tell us of payments." in page
    good = panel.page(f"/ppv/tenants/{fine.id}/health")
    assert "in order The chat said who is online at" in good
    assert "in order The last hook was called at" in good


def test_what_only_the_console_of_the_chat_shows(panel, tenant):
    page = panel.page(f"/ppv/tenants/{tenant.id}/health/chat")

    assert "conference" in page
    assert "please look" in page
    assert panel.get("/ppv/tenants/999/health").status_code == 404
    assert panel.get("/ppv/tenants/999/health/chat").status_code == 404


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"json": []}, "to be mended The chat names no performers."),
        ({"json": [{"id": 1, "username": "Eva"}]}, "in order Performers that the chat names: 1."),
        ({"status": 403, "body": "ko"}, "to be mended The chat does not say who its performers are"),
    ],
)
def test_the_chat_is_asked_for_its_performers(panel, chat, answer, told):
    tenant = chat.tenant(rest_url="https://rest.example:2083", rest_token="rest-token-1")

    with responses.RequestsMock() as partner:
        partner.get(f"https://rest.example:2083/getPerformers/{tenant.webmaster_id}/rest-token-1", **answer)
        page = panel.page(f"/ppv/tenants/{tenant.id}/health/chat")

    assert told in page
    assert "rest-token-1" not in page


# The look


GOOD, BAD = ".card { color: red }", "body { position: fixed } .card { background: url(https://evil.example/x.png) }"


def test_a_stylesheet_is_tried_and_saved_without_what_is_not_allowed(panel, chat, tenant):
    path = f"/ppv/tenants/{tenant.id}/look"
    tried = sent(panel, path, css_source=f"{GOOD}\n{BAD}", **{"try": "1"})
    assert tried.status_code == 200
    assert "Nothing is saved yet." in text(tried)
    assert "What is not used" in text(tried)
    assert f"{GOOD}\n{BAD}" in unescape(tried.get_data(as_text=True))
    assert chat.again(tenant).css == ""

    assert sent(panel, path, css_source=f"{GOOD}\n{BAD}").status_code == 303

    now = chat.again(tenant)
    assert "color:red" in now.css.replace(" ", "")
    assert "evil.example" not in now.css
    page = panel.page(path)
    assert "is saved without" in page
    assert "What is not used" in page
    assert shown(panel, path)["css_source"] == f"{GOOD}\n{BAD}"
    assert "a stylesheet of its own" in panel.page(f"/ppv/tenants/{tenant.id}")


def test_a_stylesheet_cannot_break_out_of_the_page(panel, chat, tenant):
    path = f"/ppv/tenants/{tenant.id}/look"
    evil = "</textarea></style><script>alert(1)</script>"

    assert sent(panel, path, css_source=f"{GOOD} {evil}").status_code == 303

    page = panel.get(path).get_data(as_text=True)
    assert evil not in page
    assert "<script>alert" not in page + chat.again(tenant).css
    assert "stylesheet" not in panel.get("/ppv/tenants").get_data(as_text=True).replace('rel="stylesheet"', "")


def test_a_stylesheet_that_is_too_large_or_stale_is_refused(panel, chat, tenant):
    path = f"/ppv/tenants/{tenant.id}/look"
    seen = shown(panel, path)

    large = sent(panel, path, css_source=".a{color:red}" * 4000)
    assert large.status_code == 422
    assert "Too long" in text(large) or "too large" in text(large)
    assert sent(panel, path, css_source=GOOD).status_code == 303
    stale = panel.post(path, **seen | {"css_source": ".b{color:blue}"})
    assert stale.status_code == 422
    assert "Somebody else has changed this" in text(stale)
    assert "blue" not in chat.again(tenant).css
