"""The chat of one tenant: who sits where, what they say, and who is alone with whom. All of it is lost at the end."""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .config import Config
from .rooms import (
    FIRST_VIEWER,
    KICKED,
    MOVED,
    OVER,
    PRIVATE,
    REFUSED,
    Room,
    Seat,
    is_private,
    performer_of,
)
from .tokens import Card, Refused

LONGEST_LINE = 500
MOST_TIP = 500


@dataclass
class Chat:
    """One tenant's chat. `now` is the time in seconds; threads may share it, each step is done under its lock."""

    webmaster_id: int
    config: Config
    now: Callable[[], float]
    seats: dict[str, Seat] = field(default_factory=dict)
    rooms: dict[int, Room] = field(default_factory=dict)
    known: dict[int, Card] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def enter(self, card: Card) -> Seat:
        """Take a seat; who sat elsewhere has left there. A performer who goes private sends away her public room."""
        with self.lock:
            number = self.webmaster_id * FIRST_VIEWER if card.room is None else card.room
            for old in self.of_person(card.id):
                self._send_away(old, MOVED)
            seat = Seat(secrets.token_urlsafe(16), card, number, self.now(), credits=card.credits)
            self.seats[seat.key] = seat
            self.known[card.id] = card
            room = self.room(number)
            if seat.is_performer and is_private(number, self.webmaster_id):
                room.seen_at = self.now()
                self._empty(self.webmaster_id * FIRST_VIEWER + card.id)
            room.add("", f"{card.username} comes in", self.now())
            return seat

    def _empty(self, number: int) -> None:
        for seat in self.sitting(number):
            if not seat.is_staff:
                self._send_away(seat, PRIVATE)

    def seat(self, key: str) -> Seat:
        """:raises Refused: nobody sits there"""
        found = self.seats.get(key)
        if found is None:
            raise Refused("You are not in the chat any more.")
        return found

    def seen(self, key: str) -> Seat:
        """The seat of a page that has just been heard of. Those that are not heard of are free again.

        :raises Refused: nobody sits there
        """
        with self.lock:
            seat = self.seat(key)
            seat.seen_at = self.now()
            self.sweep()
            self._end_if_over(seat)
            return seat

    def sweep(self) -> None:
        with self.lock:
            gone = [seat for seat in self.seats.values() if self.now() - seat.seen_at > self.config.seat_s]
            for seat in gone:
                self.leave(seat.key)

    def leave(self, key: str) -> None:
        with self.lock:
            seat = self.seats.pop(key, None)
            if seat is not None and not seat.away:
                self._gone(seat)

    def _gone(self, seat: Seat) -> None:
        room = self.room(seat.room)
        room.add("", f"{seat.card.username} leaves", self.now())
        if room.asked == seat.key:
            room.asked = ""
        if room.pair and seat.card.id in room.pair:
            self._close(room)

    def _send_away(self, seat: Seat, why: str) -> None:
        if not seat.away:
            seat.away = why
            self._gone(seat)

    def _end_if_over(self, seat: Seat) -> None:
        """In a private room there is nothing left to see once she has gone and has not come back for some seconds."""
        room = self.room(seat.room)
        if self.performer_in(seat.room) is not None:
            room.seen_at = self.now()
        if room.seen_at is None or not is_private(seat.room, self.webmaster_id):
            return
        if not seat.away and self.now() - room.seen_at >= self.config.away_s:
            self._send_away(seat, OVER)

    def room(self, number: int) -> Room:
        return self.rooms.setdefault(number, Room(number))

    def sitting(self, room: int | None = None) -> list[Seat]:
        """Who is there, in one room or in all."""
        with self.lock:
            return [seat for seat in self.seats.values() if not seat.away and room in (None, seat.room)]

    def of_person(self, number: int) -> list[Seat]:
        return [seat for seat in self.sitting() if seat.card.id == number]

    def performer_in(self, room: int) -> Seat | None:
        """Whose pictures are seen in a room: hers whose room it is, or in a private one whoever performs there."""
        owner = performer_of(room, self.webmaster_id)
        found = (seat for seat in self.sitting(room) if seat.is_performer and owner in (None, seat.card.id))
        return next(found, None)

    def status(self, number: int) -> str:
        """`online`, `busy` or `offline`."""
        with self.lock:
            seats = self.of_person(number)
            if not seats:
                return "offline"
            pairs = [room.pair for room in self.rooms.values() if room.pair]
            alone = any(is_private(seat.room, self.webmaster_id) for seat in seats)
            return "busy" if alone or any(number in pair for pair in pairs) else "online"

    def say(self, key: str, text: str) -> None:
        """:raises Refused: nobody sits there, or has nothing to say"""
        with self.lock:
            seat = self._active(key)
            if not (text := text.strip()[:LONGEST_LINE]):
                raise Refused("Write something first.")
            self.room(seat.room).add(seat.card.username, text, self.now())

    def ask(self, key: str) -> None:
        """Ask the performer of the room for a private show.

        :raises Refused: there is nobody to ask, or somebody has asked
        """
        with self.lock:
            seat = self._active(key)
            room = self.room(seat.room)
            self._require_buttons()
            if seat.is_performer or performer_of(seat.room, self.webmaster_id) is None:
                raise Refused("There is nobody here to ask.")
            if self.performer_in(seat.room) is None:
                raise Refused("The performer is not here.")
            if room.pair or room.asked not in ("", key):
                raise Refused("Somebody else has asked.")
            room.asked, seat.note = key, ""

    def answer(self, key: str, *, yes: bool) -> None:
        """The performer's answer. On yes everybody else has to go.

        :raises Refused: nobody has asked, or it is not for this person to answer
        """
        with self.lock:
            performer = self._active(key)
            room = self.room(performer.room)
            viewer = self.seats.get(room.asked)
            if self.performer_in(performer.room) is not performer or viewer is None or viewer.away:
                raise Refused("Nobody has asked you.")
            room.asked = ""
            if not yes:
                viewer.note = REFUSED
                return
            room.pair, room.told_at = (performer.card.id, viewer.card.id), None
            for seat in self.sitting(performer.room):
                if seat not in (performer, viewer) and not seat.is_staff:
                    self._send_away(seat, PRIVATE)
            room.add("", "The private show begins", self.now())

    def end(self, key: str) -> None:
        """End the private show of this person.

        :raises Refused: there is none
        """
        with self.lock:
            seat = self._active(key)
            room = self.room(seat.room)
            if not room.pair or seat.card.id not in room.pair:
                raise Refused("You are in no private show.")
            self._close(room)

    def _close(self, room: Room) -> None:
        """Both go back to the list after some seconds; in a sandbox their pages wait, not the server."""
        pair, room.pair, room.told_at = room.pair or (), None, None
        room.add("", "The private show is over", self.now())
        for seat in self.sitting(room.number):
            if seat.card.id in pair:
                self._send_away(seat, OVER)

    def kick(self, key: str, number: int) -> None:
        """:raises Refused: only staff may"""
        with self.lock:
            if not self._active(key).is_staff:
                raise Refused("Only moderators may do this.")
            for seat in self.of_person(number):
                self._send_away(seat, KICKED)

    def couples(self) -> list[tuple[Room, Seat, Seat]]:
        """Private shows: the room, the performer, the viewer."""
        with self.lock:
            return [found for room in self.rooms.values() if (found := self._couple(room)) is not None]

    def _couple(self, room: Room) -> tuple[Room, Seat, Seat] | None:
        performer = self.performer_in(room.number)
        if performer is None or not (room.pair or is_private(room.number, self.webmaster_id)):
            return None
        wanted = [
            seat
            for seat in self.sitting(room.number)
            if seat is not performer and not seat.is_staff and (room.pair is None or seat.card.id in room.pair)
        ]
        return (room, performer, wanted[0]) if wanted else None

    def paid_out(self, room: Room, viewer: Seat) -> None:
        """The viewer has no credits left: the show ends."""
        with self.lock:
            if room.pair:
                self._close(room)
            else:
                self._send_away(viewer, OVER)

    def tipped(self, key: str, credits: int, balance: int) -> None:
        """A tip that the operator's server has taken is told to everybody in the room."""
        with self.lock:
            seat = self._active(key)
            seat.credits = balance
            self.room(seat.room).add("", f"{seat.card.username} gives {credits} credits", self.now())

    def _active(self, key: str) -> Seat:
        seat = self.seat(key)
        if seat.away:
            raise Refused("You are not in this room any more.")
        return seat

    def _require_buttons(self) -> None:
        if not self.config.buttons:
            raise Refused("Private shows are asked for on the operator's own page.")

    def view(self, key: str, after: int) -> dict[str, Any]:
        """What the page of a seat shows: the room as it is, and what was said since line `after`.

        :raises Refused: nobody sits there
        """
        with self.lock:
            seat = self.seen(key)
            room, performer = self.room(seat.room), self.performer_in(seat.room)
            asker = self.seats.get(room.asked)
            return {
                "away": seat.away,
                "note": seat.note,
                "credits": seat.credits,
                "private": bool(room.pair) or is_private(seat.room, self.webmaster_id),
                "performer": performer and _person(performer),
                "people": [_person(each) for each in self.sitting(seat.room)],
                "asked": asker.card.username if asker and performer is seat else "",
                "waiting": room.asked == key,
                "lines": [vars(line) for line in room.lines if line.number > after],
            }


def _person(seat: Seat) -> dict[str, Any]:
    card = seat.card
    return {"id": card.id, "name": card.username, "role": card.role, "image": card.image, "profile": card.profile}
