"""Which video chat it is."""

from ppv_module.options import CHAT_PROVIDERS, PpvOptions
from ppv_module.provider.choosing import chat_provider


def test_every_name_that_may_be_chosen_is_a_chat():
    for name in CHAT_PROVIDERS:
        assert chat_provider(PpvOptions(chat_provider=name)).name == name


def test_html5_chat_is_the_usual_one():
    assert chat_provider(PpvOptions()).name == "html5chat"
