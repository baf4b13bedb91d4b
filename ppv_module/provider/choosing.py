"""Which chat it is."""

from ppv_module.options import PpvOptions
from ppv_module.provider.base import ChatProvider
from ppv_module.provider.html5chat.chat import Html5Chat


def chat_provider(options: PpvOptions) -> ChatProvider:
    """The implementation that PPV_CHAT_PROVIDER names."""
    return {Html5Chat.name: Html5Chat}[options.chat_provider]()
