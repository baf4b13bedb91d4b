"""Telling the operator's server of private shows while they go on."""

import threading

from .chat import Chat
from .hooks import Hooks
from .place import Place
from .rooms import FIRST_VIEWER

EVERY_S = 0.5


def tick(chat: Chat, hooks: Hooks) -> int:
    """Tell of every private show whose time has come; gives how many. A balance that is used up ends the show."""
    chat.sweep()
    told = 0
    for room, _, viewer in chat.couples():
        if room.told_at is not None and chat.now() - room.told_at < chat.config.tick_s:
            continue
        room.told_at = chat.now()
        told += 1
        balance = hooks.balance(
            chat.webmaster_id,
            "updateCredits",
            userid=viewer.card.id,
            performerid=room.number - chat.webmaster_id * FIRST_VIEWER,
            credits=round(chat.config.tick_s),
            username=viewer.card.username,
        )
        if balance is None:
            continue
        viewer.credits = balance
        if balance <= 0:
            chat.paid_out(room, viewer)
    return told


class Ticker(threading.Thread):
    """Ticks all chats of a place until it is stopped."""

    def __init__(self, place: Place) -> None:
        super().__init__(daemon=True, name="ticker")
        self._place, self._over = place, threading.Event()

    def run(self) -> None:
        while not self._over.wait(EVERY_S):
            for chat in list(self._place.chats.values()):
                tick(chat, self._place.hooks)

    def stop(self) -> None:
        self._over.set()
        self.join()
