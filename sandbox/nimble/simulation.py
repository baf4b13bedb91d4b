"""An hour of many viewers on several media servers, with a clock of its own and with faults; and what it must cost.

hour = Hour(Plan(), people, credits=credits, post=post, top_up=top_up)
hour.run()
report = hour.report(charged)  # credits that were really taken, by account
assert report.difference == 0
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree

from .books import Books, understood
from .config import Config
from .faults import Faults, Rule
from .mediaserver import OK, Answer, MediaServer
from .messages import Unbelievable, read_answer
from .posting import NoAnswer, Post
from .sessions import Session, Stream
from .signing import Refused

TimedPost = Callable[[bytes, str, float], tuple[int, bytes]]
"""Posts a body of a content type at a time; gives status and body of the answer."""

TopUp = Callable[[str, int, float], None]
"""Gives an account so many credits at a time."""

FAULTS = ("repeat", "truncate", "reorder", "lose", "unsigned")
OUTAGE = "outage"
DOUBTFUL = 0.3
"""So many of the posts whose answer is lost have not arrived either."""


@dataclass(frozen=True)
class Someone:
    """A viewer by the name in his links, and whose credits he spends. Several may share an account."""

    viewer: str
    account: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How the hour goes. `prices` are credits a minute of streams; a stream of `free` costs nothing.

    In each interval the given shares of all viewers join, leave, change the stream, or fall idle and wake up; the
    share `faulty` of all posts goes wrong; of the accounts that ran dry `top_ups` get some credits.
    """

    prices: Mapping[str, int] = field(default_factory=lambda: {"live/news": 7, "live/sport": 50, "vod/film": 60})
    free: Sequence[str] = ("live/weather",)
    servers: int = 5
    seconds: int = 3600
    interval_s: int = 30
    token: str = field(default="tok-Simulation", repr=False)
    faulty: float = 0.05
    joins: float = 0.2
    leaves: float = 0.02
    zaps: float = 0.05
    idles: float = 0.02
    top_ups: float = 0.1
    top_up_credits: int = 120
    seed: int = 1
    begins_at: float = 1_732_000_000


@dataclass(frozen=True, kw_only=True)
class Report:
    """What came of it. `wrong` are accounts with what they were and should have been charged; `lists` are answers with
    another deny list than expected; `misled` counts posts that were answered as if they were something else.
    """

    posts: int
    faulty: int
    answers: Mapping[str, int]
    watched_ms: int
    told_ms: int
    expected: int
    charged: int
    owed: int
    denials: int
    wrong: Mapping[str, tuple[int, int]]
    lists: Sequence[str]
    misled: int

    @property
    def difference(self) -> int:
        """Of all accounts together, each in full."""
        return sum(abs(is_charged - expected) for is_charged, expected in self.wrong.values())

    def __str__(self) -> str:
        return (
            f"{self.posts} posts, {self.faulty} of them faulty; watched {self.watched_ms} ms, told {self.told_ms} ms; "
            f"charged {self.charged}, expected {self.expected}, difference {self.difference}; owed {self.owed}; "
            f"{self.denials} denials; {len(self.lists)} wrong lists, {self.misled} wrong answers"
        )


class Hour:
    """One run. `credits` are what each account has at the beginning."""

    def __init__(
        self, plan: Plan, people: Sequence[Someone], *, credits: Mapping[str, int], post: TimedPost, top_up: TopUp
    ) -> None:
        self.plan, self.people = plan, people
        self.books = Books(plan.prices, {each.viewer: each.account for each in people}, dict(credits))
        self._post, self._top_up = post, top_up
        self._dice = random.Random(plan.seed)  # noqa: S311 (repeatable, no secret)
        self._now = plan.begins_at
        self._faults = Faults(dice=self._dice)
        config = Config(servers=plan.servers, token=plan.token, interval_s=plan.interval_s)
        self.servers = [self._server(number, config) for number in range(plan.servers)]
        self._watching: dict[str, tuple[MediaServer, Session]] = {}
        self._watched_ms = 0
        self._posts = self._faulty = self._misled = self._denials = 0
        self._answers: dict[str, int] = {}
        self._lists: list[str] = []

    def _server(self, number: int, config: Config) -> MediaServer:
        form = config.forms[number % len(config.forms)]
        return MediaServer(f"sim-{number + 1}", form, config, lambda: self._now, self._door(number), self._faults)

    def run(self) -> None:
        """The whole hour; afterwards everything that is still to be told is told."""
        step_s = self.plan.interval_s / self.plan.servers
        for turn in range(round(self.plan.seconds / step_s)):
            begins_at = self.plan.begins_at + turn * step_s
            self._live_on(begins_at, step_s)
            self._now = round(begins_at + step_s - self._dice.random() * step_s / 2, 3)
            self._report(self.servers[turn % self.plan.servers])
        self._end()

    def _live_on(self, begins_at: float, step_s: float) -> None:
        """What viewers do until the next post, each at a time of his own."""
        share = step_s / self.plan.interval_s
        changes = [(self.plan.joins, self._join), (self.plan.leaves, self._leave)]
        changes += [(self.plan.zaps, self._zap), (self.plan.idles, self._rest)]
        acts = [act for rate, act in changes for _ in range(self._times(rate * share * len(self.people)))]
        self._dice.shuffle(acts)
        for number, act in enumerate(acts):
            self._now = max(self._now, round(begins_at + step_s / 2 * number / len(acts), 3))
            act(self._dice.choice(self.people))
        dry = sorted({self.books.accounts[each] for each in self.books.denied})
        for account in self._dice.sample(dry, self._times(self.plan.top_ups * share * len(dry))):
            self._top_up(account, self.plan.top_up_credits, self._now)
            self.books.top_up(account, self.plan.top_up_credits)

    def _times(self, expected: float) -> int:
        """A whole number that is `expected` on average."""
        return int(expected) + (self._dice.random() < expected % 1)

    def _join(self, someone: Someone) -> None:
        if self._is_watching(someone):
            return
        server = self._dice.choice(self.servers)
        stream = Stream.at(self._dice.choice([*self.plan.prices, *self.plan.free]))
        self._begin(someone, server, stream)

    def _begin(self, someone: Someone, server: MediaServer, stream: Stream) -> None:
        ip = f"198.51.{len(someone.viewer) % 100}.{sum(map(ord, someone.viewer)) % 250 + 1}"
        try:
            session = server.join(someone.viewer, ip=ip, stream=stream, agents=("VLC/3.0",))
        except Refused:
            return
        self._watching[someone.viewer] = (server, session)

    def _leave(self, someone: Someone) -> None:
        if self._is_watching(someone):
            server, session = self._watching.pop(someone.viewer)
            server.leave(session)
            self._add(session)

    def _zap(self, someone: Someone) -> None:
        """Another stream, sometimes on another server."""
        if not self._is_watching(someone):
            return
        server, session = self._watching[someone.viewer]
        self._leave(someone)
        others = [path for path in (*self.plan.prices, *self.plan.free) if path != session.stream.path]
        server = server if self._dice.random() < 0.8 else self._dice.choice(self.servers)
        self._begin(someone, server, Stream.at(self._dice.choice(others)))

    def _rest(self, someone: Someone) -> None:
        if self._is_watching(someone):
            server, session = self._watching[someone.viewer]
            server.rest(session, idle=not session.idle)

    def _is_watching(self, someone: Someone) -> bool:
        """Whether he is still there; a server may have put him out."""
        if someone.viewer not in self._watching:
            return False
        session = self._watching[someone.viewer][1]
        if session.over:
            del self._watching[someone.viewer]
            self._add(session)
            return False
        return True

    def _add(self, session: Session) -> None:
        """The stopwatch of somebody who has stopped to watch something that costs."""
        if session.stream.path in self.plan.prices:
            self._watched_ms += session.watched_ms

    def _report(self, server: MediaServer) -> None:
        """One post, or several when something goes wrong with it; sometimes none for a while."""
        self._faults.rules = []
        if self._dice.random() < self.plan.faulty:
            self._faulty += 1
            fault = self._dice.choice((*FAULTS, OUTAGE))
            if fault == OUTAGE:
                server.down_until = self._now + self.plan.interval_s * self._dice.choice((1, 2, 4))
            else:
                self._faults.rules = [Rule(fault)]
        for answer in server.report():
            self._note(answer)

    def _note(self, answer: Answer) -> None:
        self._posts += 1
        self._answers[answer.ignored] = self._answers.get(answer.ignored, 0) + 1

    def _door(self, number: int) -> Post:
        """How a server posts: the books see what the handler says that it has taken."""

        def post(body: bytes, content_type: str) -> tuple[int, bytes]:
            server = self.servers[number]
            is_lost = any(rule.kind == "lose" for rule in self._faults.rules)
            if is_lost and self._dice.random() < DOUBTFUL:
                raise NoAnswer("did not arrive", arrived=True)
            status, answer = self._post(body, content_type, self._now)
            try:
                message = understood(body)
            except (ValueError, ElementTree.ParseError):
                self._misled += status != 400
                return status, answer
            if status == OK:
                before = set(self.books.denied)
                self.books.take(message)
                self._denials += len(self.books.denied - before)
                self._compare(server, message.puzzle, answer)
            else:
                self._misled += status != 403
            return status, answer

        return post

    def _compare(self, server: MediaServer, puzzle: str, answer: bytes) -> None:
        try:
            listed = read_answer(answer, puzzle=puzzle, token=self.plan.token)
        except Unbelievable as error:
            self._lists.append(f"{server.name} at {self._now}: {error}")
            return
        if listed != self.books.denied:
            more, less = sorted(listed - self.books.denied), sorted(self.books.denied - listed)
            self._lists.append(f"{server.name} at {self._now}: too many {more[:5]}, too few {less[:5]}")

    def _end(self) -> None:
        """Everybody leaves; the servers tell the rest without faults, twice, since one may have to repeat first."""
        self._faults.rules = []
        for someone in self.people:
            self._leave(someone)
        self._now += 10 * self.plan.interval_s  # every outage is over
        for _ in range(2):
            for server in self.servers:
                for answer in server.report():
                    self._note(answer)

    def report(self, charged: Mapping[str, int]) -> Report:
        """Charged against expected."""
        accounts = sorted({*self.books.credits, *charged})
        wrong = _different(accounts, charged, self.books.paid)
        return Report(
            posts=self._posts,
            faulty=self._faulty,
            answers=dict(self._answers),
            watched_ms=self._watched_ms,
            told_ms=self.books.told_ms,
            expected=sum(self.books.paid.values()),
            charged=sum(charged.values()),
            owed=self.books.owed,
            denials=self._denials,
            wrong=wrong,
            lists=self._lists,
            misled=self._misled,
        )


def _different(
    accounts: Iterable[str], charged: Mapping[str, int], expected: Mapping[str, int]
) -> dict[str, tuple[int, int]]:
    pairs = {account: (charged.get(account, 0), expected.get(account, 0)) for account in accounts}
    return {account: pair for account, pair in pairs.items() if pair[0] != pair[1]}
