"""What has to be right at html5-chat, told to the staff."""

import pytest

from ppv_module.chat.models import HookMode, Mode
from ppv_module.chat.presence import keep_polled
from ppv_module.provider.base import ChatRefused, ChatUnreachable, Mark
from ppv_module.provider.html5chat import checklist as words
from ppv_module.provider.html5chat.chat import Html5Chat
from ppv_module.provider.html5chat.checklist import checklist

REST = {"rest_url": "https://rest.example:2083", "rest_token": "t0ken"}


class Asked:
    def __init__(self, answer):
        self.answer = answer

    def performers(self, tenant):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def found(chat, clock, answer=("star",), performers=1, **tenant):
    lines = checklist(chat.tenant(**{**REST, **tenant}), Asked(answer), performers=performers, now=clock())
    return {each.text: (each.mark, dict(each.facts)) for each in lines}


def test_the_type_of_chat_and_its_template_are_always_asked_for(chat, clock):
    assert found(chat, clock)[words.CONFERENCE] == (Mark.LOOK, {})
    assert found(chat, clock)[words.ROLES] == (Mark.LOOK, {})


def test_a_chat_in_order_has_nothing_to_be_mended(chat, clock):
    lines = found(chat, clock)

    assert lines[words.PERFORMERS] == (Mark.GOOD, {"num": 1})
    assert Mark.BAD not in [mark for mark, _ in lines.values()]


def test_a_chat_that_names_no_performers_is_warned_of(chat, clock):
    assert found(chat, clock, answer=())[words.NOBODY] == (Mark.BAD, {})


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (ChatUnreachable(call="getPerformers", reason="ConnectTimeout"), "getPerformers: ConnectTimeout"),
        (ChatRefused(call="getPerformers", message="ko"), "getPerformers: ko"),
    ],
)
def test_a_chat_that_does_not_answer_is_warned_of(chat, clock, trouble, why):
    assert found(chat, clock, answer=trouble)[words.NO_ANSWER] == (Mark.BAD, {"why": why})


@pytest.mark.parametrize(
    ("tenant", "performers", "text", "mark"),
    [
        ({"rest_url": ""}, 1, words.NO_REST, Mark.BAD),
        ({"active": False}, 1, words.SWITCHED_OFF, Mark.BAD),
        ({"mode": Mode.EMBED}, 1, words.EMBEDDED, Mark.LOOK),
        ({"token_expires": False}, 1, words.ENDLESS, Mark.BAD),
        ({"hook_mode": HookMode.CAPTURE}, 1, words.HOOKS, Mark.LOOK),
        ({}, 0, words.NO_PERFORMERS, Mark.BAD),
    ],
)
def test_other_things_to_know(chat, clock, tenant, performers, text, mark):
    assert found(chat, clock, performers=performers, **tenant)[text][0] is mark
    assert text not in found(chat, clock)


def test_silence_of_the_poll_is_told_with_its_beginning(chat, uow, clock):
    tenant = chat.tenant(**REST)

    def lines():
        found = Html5Chat(Asked(())).health(chat.again(tenant), performers=1, now=clock())
        return {each.text: dict(each.facts) for each in found}

    keep_polled(uow(), tenant_id=tenant.id, found=[], trouble="", now=clock())
    assert lines()[words.ANSWERS] == {"at": clock()}
    began = clock.advance(seconds=10)
    keep_polled(uow(), tenant_id=tenant.id, found=None, trouble="getOnlinePerformers: HTTP 503", now=began)
    clock.advance(seconds=30)

    assert lines()[words.SILENT] == {"since": began, "why": "getOnlinePerformers: HTTP 503"}
