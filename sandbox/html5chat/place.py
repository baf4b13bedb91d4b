"""One running chat server: its tenants' chats, its hooks and its faults."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .chat import Chat
from .config import Config
from .faults import Faults
from .hooks import Hooks
from .tokens import Card, Refused, open_token


@dataclass
class Place:
    config: Config
    now: Callable[[], float] = time.time
    faults: Faults = field(default_factory=Faults)
    chats: dict[int, Chat] = field(init=False)
    hooks: Hooks = field(init=False)
    rest_form: str = field(init=False)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Back to an empty server."""
        self.chats = {number: Chat(number, self.config, self.now) for number in self.config.webmasters}
        self.hooks = Hooks(self.config.hooks)
        self.rest_form = self.config.rest_form
        self.faults.rules = []

    def chat(self, webmaster_id: int) -> Chat:
        """:raises Refused: there is no such tenant"""
        found = self.chats.get(webmaster_id)
        if found is None:
            raise Refused("There is no such webmaster.")
        return found

    def card(self, webmaster_id: int, token: str) -> Card:
        """Who a token is for.

        :raises Refused: he is not let in
        """
        password = self.config.webmasters.get(webmaster_id)
        if password is None:
            raise Refused("There is no such webmaster.")
        return open_token(token, webmaster_id=webmaster_id, password=password, now_s=self.now())
