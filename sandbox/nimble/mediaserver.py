"""One media server: it lets viewers in, tells the handler of them, and puts out whoever is denied."""

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import asdict, dataclass, field
from typing import Any

from .config import Config
from .faults import Faults
from .messages import Message, Unbelievable, read_answer, write
from .posting import NoAnswer, Post
from .sessions import Session, Stream
from .signing import Refused

KEPT = 50
OK, SERVER_ERROR = 200, 500
UNREACHED, ARRIVED = -1, 0
"""Instead of a status: the message was certainly not taken; it may have been taken."""

DENIED = "denied"


@dataclass(frozen=True)
class Answer:
    """What came of one post. `ignored` says why the list was not believed; empty: it was.

    Without an answer the status is 0, or -1 when the message has certainly not arrived.
    """

    at: float
    server: str
    form: str
    fault: str
    players: int
    status: int
    ignored: str
    denied: list[str]
    took_ms: int


@dataclass(eq=False)
class MediaServer:
    """A server that is known by its `name`. `now` is the time in seconds; threads may share it.

    Time that was not taken is told in the next message. When it is not known whether it was taken, the same message is
    posted again first.
    """

    name: str
    form: str
    config: Config
    now: Callable[[], float]
    post: Post
    faults: Faults = field(default_factory=Faults)
    sessions: dict[Hashable, Session] = field(default_factory=dict)
    denied: frozenset[str] = frozenset()
    answers: "deque[Answer]" = field(default_factory=lambda: deque(maxlen=KEPT))
    down_until: float = 0
    events: list[dict[str, Any]] = field(default_factory=list)
    ignored: int = 0
    _again: list[Message] = field(default_factory=list)
    _held: list[Message] = field(default_factory=list)
    _gone: list[Session] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _posting: threading.RLock = field(default_factory=threading.RLock)

    def watch(
        self, viewer: str, *, ip: str, stream: Stream, agents: tuple[str, ...], may_begin: Callable[[], None]
    ) -> Session:
        """A segment for somebody. `may_begin` is asked when he was not there before, and raises when he may not.

        :raises Refused: he is denied, or may not begin
        """
        with self._lock:
            self.sweep()
            if viewer and viewer in self.denied:
                raise Refused(DENIED)
            key = (viewer, ip, stream, agents)
            session = self.sessions.get(key)
            if session is None:
                may_begin()
                session = self.join(viewer, ip=ip, stream=stream, agents=agents, steady=False)
            session.ask(self.now(), self.config.segment_s)
            return session

    def join(
        self,
        viewer: str,
        *,
        ip: str,
        stream: Stream,
        agents: tuple[str, ...] = (),
        steady: bool = True,
        again: str = "",
    ) -> Session:
        """Somebody begins to watch. `again` tells apart several sessions of the same viewer.

        :raises Refused: he is denied
        """
        with self._lock:
            if viewer and viewer in self.denied:
                raise Refused(DENIED)
            now = self.now()
            session = Session(next(self._numbers), viewer, ip, stream, agents, now, now, steady=steady)
            self.sessions[(viewer, ip, stream, agents, again) if again else (viewer, ip, stream, agents)] = session
            return session

    def leave(self, session: Session) -> None:
        """He watches no more; the rest of his time is told with the next message."""
        with self._lock:
            if session in self.sessions.values():
                session.count(self.now(), self.config.segment_s)
                self._end(session)

    def _end(self, session: Session) -> None:
        session.over = True
        self.sessions = {key: each for key, each in self.sessions.items() if each is not session}
        self._gone.append(session)

    def rest(self, session: Session, *, idle: bool) -> None:
        """He is there, but watches nothing; or watches again."""
        with self._lock:
            session.count(self.now(), self.config.segment_s)
            session.idle, session.counted_at = idle, self.now()

    def sweep(self) -> None:
        """Whoever has asked for nothing for long has left."""
        with self._lock:
            for session in list(self.sessions.values()):
                if not session.steady and self.now() - session.seen_at > self.config.idle_s:
                    self.leave(session)

    def report(self) -> list[Answer]:
        """Tell the handler who watches, and believe what it answers; several answers when something goes wrong."""
        with self._posting:
            if self.now() < self.down_until:
                return []
            fault = self.faults.draw(self.name)
            message = self._message(fault)
            answers = self._post_again()
            if fault == "reorder" and not self._held:
                self._held = [message]
                return answers
            held, self._held = self._held, []
            answers += self._first_post(message, fault)
            for late in held:
                answers += self._first_post(late, "")
            return answers

    def _post_again(self) -> list[Answer]:
        """What may have been taken before, until there is an answer: its time is never given back."""
        waiting, self._again = self._again, []
        answers = []
        for message in waiting:
            answer = self._posted(message, "")
            answers.append(answer)
            if answer.status <= ARRIVED or answer.status >= SERVER_ERROR:
                self._again.append(message)
        return answers

    def _first_post(self, message: Message, fault: str) -> list[Answer]:
        answers = [self._posted(_torn(message), fault)] if fault == "truncate" else []
        answers.append(answer := self._posted(message, fault))
        if answer.status == ARRIVED:
            self._again.append(message)
        elif answer.status != OK:
            self._give_back(message)
        elif fault == "repeat":
            answers.append(self._posted(message, fault))
        return answers

    def _message(self, fault: str) -> Message:
        with self._lock:
            self.sweep()
            now, segment_s = self.now(), self.config.segment_s
            for session in self.sessions.values():
                session.count(now, segment_s)
            told = [each.tell() for each in [*self.sessions.values(), *self._gone]]
            self._gone, events, self.events = [], self.events, []
        token = "another" if fault == "unsigned" else self.config.token
        return write(self.name, told, form=self.form, token=token, double=fault == "double", events=events)

    def _posted(self, message: Message, fault: str) -> Answer:
        begun, status, ignored = time.perf_counter(), ARRIVED, ""
        denied: frozenset[str] = frozenset()
        try:
            status, body = self.post(message.body, message.media_type)
            if fault == "lose":
                status = ARRIVED
                raise Unbelievable("answer lost")
            if status != OK:
                raise Unbelievable(f"status {status}")
            denied = read_answer(body, puzzle=message.puzzle, token=self.config.token)
            self.believe(denied)
        except NoAnswer as error:
            status, ignored = (ARRIVED if error.arrived else UNREACHED), str(error)
        except Unbelievable as error:
            ignored = str(error)
        took_ms = round(1000 * (time.perf_counter() - begun))
        answer = Answer(
            self.now(), self.name, message.form, fault, len(message.told), status, ignored, sorted(denied), took_ms
        )
        self.answers.appendleft(answer)
        self.ignored += bool(ignored)
        return answer

    def _give_back(self, message: Message) -> None:
        with self._lock:
            for each in message.told:
                each.session.give_back(each)
                if each.session.over and each.session not in self._gone:
                    self._gone.append(each.session)

    def believe(self, denied: frozenset[str]) -> None:
        """The list is complete each time: whoever is on it goes at once, whoever is not may come."""
        with self._lock:
            self.denied = denied
            for session in [each for each in self.sessions.values() if each.viewer in denied]:
                session.over = True
                if session.waiting_ms and session not in self._gone:
                    self._gone.append(session)
            self.sessions = {key: each for key, each in self.sessions.items() if not each.over}

    def state(self) -> dict[str, Any]:
        """Everything about this server, for the page and the control door."""
        with self._lock:
            now = self.now()
            for session in self.sessions.values():
                session.count(now, self.config.segment_s)
            sessions = [
                {
                    "session": each.number,
                    "viewer": each.viewer,
                    "stream": each.stream.path,
                    "ip": each.ip,
                    "idle": each.idle,
                    "watched_ms": each.watched_ms,
                }
                for each in self.sessions.values()
            ]
            return {
                "server": self.name,
                "form": self.form,
                "down": now < self.down_until,
                "ignored": self.ignored,
                "denied": sorted(self.denied),
                "sessions": sessions,
                "answers": [asdict(each) for each in self.answers],
            }


def _torn(message: Message) -> Message:
    """Only the beginning of it."""
    return Message(message.puzzle, message.body[: len(message.body) // 2], message.told, message.form)
