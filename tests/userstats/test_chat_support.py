"""The support of a chat in the cabinet: asking, the thread, closing and opening again."""

import pytest

from tests.userstats.chat_world import CHAT, OTHER_CHAT, THREAD, TICKET, T, open_chat
from tests.userstats.conftest import send
from tests.userstats.samples import KEY

LIST, TICKET_PAGE = f"/support/{T}", "/support/tickets/4"


@pytest.fixture
def cabinet(build, billing):
    open_chat(billing)
    return build(chat=True)


def page(browser, path):
    return browser.get(path).get_data(as_text=True)


def test_one_chat_is_shown_at_once_and_several_are_to_choose(browser, billing):
    assert browser.get("/support").location == LIST
    billing.says("GET chat", {"tenants": [CHAT, OTHER_CHAT]})
    browser.application.extensions["answers"].clear()
    assert 'href="/support/2"' in page(browser, "/support")


def test_questions_are_listed_with_their_state(browser, billing):
    states = ("open", "answered", "closed")
    billing.says(f"GET me/support/{T}", {"tickets": [TICKET | {"state": state} for state in states]})
    shown = page(browser, LIST)
    for word in ("Waits for an answer", "Answered", "Closed", "No sound"):
        assert word in shown


def test_a_question_is_sent_once_without_saying_who_asks_or_where(browser, billing):
    billing.says(f"POST me/support/{T}", THREAD, 201)
    form = page(browser, f"{LIST}/new")
    assert "tenant" not in form and "the staff see that" in form
    answer = send(browser, LIST, key=KEY, subject=" No sound ", text="Line one\r\n\r\nLine\x07 two ")
    assert answer.location == TICKET_PAGE
    [call] = billing.asked(f"POST me/support/{T}")
    assert call.body == {"subject": "No sound", "text": "Line one\n\nLine two"}
    assert call.headers["Idempotency-Key"] == KEY
    assert "Your question has been sent." in page(browser, TICKET_PAGE)


@pytest.mark.parametrize(("field", "left"), [("subject", "text"), ("text", "subject")])
def test_a_form_that_is_not_full_comes_back_with_what_was_written(browser, billing, field, left):
    answer = send(browser, LIST, **{"key": KEY, left: "written", field: " "})
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 422 and f'id="{field}-error"' in shown and "written" in shown
    assert not billing.asked(f"POST me/support/{T}")


def test_the_thread_shows_who_wrote_and_lets_nothing_run(browser, billing):
    evil = {"at": TICKET["created_at"], "by_staff": True, "text": "<script>alert(1)</script>"}
    billing.says("GET me/support/tickets/4", THREAD | {"messages": [*THREAD["messages"], evil]})
    shown = page(browser, TICKET_PAGE)
    assert "<p>I hear nothing.</p>" in shown and "<p>What now?</p>" in shown
    assert shown.count("<b>Support</b>") == 2 and shown.count("<b>You</b>") == 1
    assert "<script>alert" not in shown


@pytest.mark.parametrize(
    ("step", "fields", "words"),
    [
        ("messages", {"text": "More"}, "Your message has been sent."),
        ("close", {}, "The question is closed."),
        ("reopen", {}, "The question is open again."),
    ],
)
def test_writing_closing_and_opening_again(browser, billing, step, fields, words):
    billing.says(f"POST me/support/tickets/4/{step}", THREAD)
    assert send(browser, f"{TICKET_PAGE}/{step}", key=KEY, **fields).location == TICKET_PAGE
    [call] = billing.asked(f"POST me/support/tickets/4/{step}")
    assert (call.body, call.headers["Idempotency-Key"]) == (fields, KEY)
    assert words in page(browser, TICKET_PAGE)
    assert send(browser, f"{TICKET_PAGE}/{step}", **fields).status_code == 400  # no key
    assert browser.get(f"{TICKET_PAGE}/{step}").status_code == 405


def test_a_closed_question_can_only_be_opened_again(browser, billing):
    assert f'action="{TICKET_PAGE}/messages"' in page(browser, TICKET_PAGE)
    billing.says("GET me/support/tickets/4", THREAD | {"state": "closed"})
    shown = page(browser, TICKET_PAGE)
    assert f'action="{TICKET_PAGE}/reopen"' in shown and f'action="{TICKET_PAGE}/messages"' not in shown


def test_a_refusal_and_an_empty_message_are_told(browser, billing):
    billing.refuses("POST me/support/tickets/4/messages", 429, "too_many_messages", "Please wait.")
    send(browser, f"{TICKET_PAGE}/messages", key=KEY, text="More")
    assert "Please wait." in page(browser, TICKET_PAGE)
    send(browser, f"{TICKET_PAGE}/messages", key=KEY, text="  ")
    assert "Please write something first." in page(browser, TICKET_PAGE)


def test_a_question_of_somebody_else_is_not_there(browser, billing):
    billing.refuses("GET me/support/tickets/4", 404, "unknown_ticket", "There is no such question.")
    assert browser.get(TICKET_PAGE).status_code == 404
