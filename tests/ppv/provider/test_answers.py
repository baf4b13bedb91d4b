"""Whatever the chat's REST answers, it is understood or refused, and nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppv_module.chat.models import Status
from ppv_module.provider.base import ChatRefused
from ppv_module.provider.html5chat import answers

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just("ko"))
FIELDS = st.sampled_from(["id", "username", "role", "roleid", "status", "count", "7"])
JSON = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(FIELDS, inner, max_size=4))
)


def outcome(read, text):
    """What was read, and why it was refused."""
    try:
        return read("getUsers", text), ""
    except ChatRefused as refusal:
        return None, refusal.reason


@given(st.one_of(st.text(max_size=60), JSON.map(json.dumps)))
def test_any_answer_is_understood_or_refused(text):
    for read, is_right in (
        (answers.users, lambda found: all(isinstance(each, answers.ChatUser) for each in found)),
        (answers.count, lambda found: isinstance(found, int) and found >= 0),
        (answers.status, lambda found: found in Status),
    ):
        found, why = outcome(read, text)
        assert (why and len(why) < 120) or is_right(found)


@pytest.mark.parametrize("text", ["[[1]]", "[null]", '{"7": []}', "[1.5]"])
def test_a_list_of_odd_things_is_refused(text):
    with pytest.raises(ChatRefused):
        answers.users("getUsers", text)
