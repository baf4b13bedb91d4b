"""What the deny list should be, told as simply as possible: dictionaries and loops over everything."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

INTERVAL_S, LIMIT = 30, 2
MINUTE, TICKET, FREE = "live/minute", "vip/ticket", "open/free"
UNKNOWN, NONE, PAYS = "unknown", "none", "minute"


@dataclass(frozen=True)
class Name:
    """A link, always used on the same server and stream. `number` says in which order links were issued."""

    name: str
    login: str | None
    server: str
    place: str
    number: int


@dataclass
class Session:
    since: datetime
    right: str
    is_active: bool


@dataclass
class Model:
    names: dict[str, Name]
    credits: dict[str, int]
    watched_ms: dict[str, int] = field(default_factory=dict)
    charged: dict[str, int] = field(default_factory=dict)
    tickets: dict[str, list[datetime]] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    reported: dict[str, datetime] = field(default_factory=dict)
    denials: dict[tuple[str, str], datetime] = field(default_factory=dict)
    returned: dict[str, datetime] = field(default_factory=dict)
    blocked_until: dict[str, datetime | None] = field(default_factory=dict)

    def listed(self, now: datetime) -> list[str]:
        return sorted({name for reason, name in self.denials if self._stands(reason, name, now)})

    def sync(self, server: str, watching: dict[str, int] | None, now: datetime) -> list[str]:
        """`watching` says for how many milliseconds who has watched; None that the message does not say."""
        for name in [each for each in self.sessions if watching is not None and self.names[each].server == server]:
            if name not in (watching or {}):
                del self.sessions[name]
        for name, delta in (watching or {}).items():
            self._report(name, delta, now)
        for login in {self._payer(name) for name, delta in (watching or {}).items() if delta} - {None}:
            self._charge(str(login))
        self.reported[server] = now
        self.denials = {key: since for key, since in self.denials.items() if self._stands(*key, now)}
        self._deny(watching or {}, now)
        for login in self.credits:
            self._limit(login, set(watching or {}), now)
        return self.listed(now)

    def _report(self, name: str, delta: int, now: datetime) -> None:
        session = self.sessions.setdefault(name, Session(now, "", False))
        session.right, session.is_active = self._right(self.names[name], now), delta > 0
        if session.right == PAYS:
            login = str(self.names[name].login)
            self.watched_ms[login] = self.watched_ms.get(login, 0) + delta

    def _payer(self, name: str) -> str | None:
        return self.names[name].login if self.sessions[name].right == PAYS else None

    def _right(self, name: Name, now: datetime) -> str:
        if name.login is None:
            return UNKNOWN
        if name.place == FREE:
            return "free"
        if self._has_ticket(name.login, now):
            return "ticket"
        return PAYS if name.place == MINUTE else NONE

    def _has_ticket(self, login: str, now: datetime) -> bool:
        return any(end > now for end in self.tickets.get(login, ()))

    def _charge(self, login: str) -> None:
        """60 credits a minute, never below nothing; what is owed already is taken when he watches on."""
        owed = self.watched_ms.get(login, 0) // 1000 - self.charged.get(login, 0)
        paid = min(owed, self.credits[login])
        self.charged[login] = self.charged.get(login, 0) + paid
        self.credits[login] -= paid

    def _stands(self, reason: str, name: str, now: datetime) -> bool:
        if reason == "operator_block":
            until = self.blocked_until[name]
            return until is None or until > now
        if reason in ("too_many_streams", "unknown_id"):
            return True
        of = self.names[name]
        login = str(of.login)
        return not self._has_ticket(login, now) and (of.place == TICKET or self.credits[login] <= 0)

    def _deny(self, watching: dict[str, int], now: datetime) -> None:
        poor = set()
        for name in watching:
            login, right = self.names[name].login, self.sessions[name].right
            if right == UNKNOWN:
                self.denials.setdefault(("unknown_id", name), now)
            elif right == NONE:
                had = bool(self.tickets.get(str(login)))
                self.denials.setdefault(("ticket_expired" if had else "no_entitlement", name), now)
            elif right == PAYS and self.credits[str(login)] <= 0:
                poor.add(login)
        for name, session in self.sessions.items():
            if session.right == PAYS and self.names[name].login in poor:
                self.denials.setdefault(("no_credit", name), now)

    def _limit(self, login: str, reported: set[str], now: datetime) -> None:
        barred = {name for _, name in self.denials}
        active = [name for name in self.sessions if self.names[name].login == login and self._counts(name, now)]
        denied = [name for reason, name in self.denials if reason == "too_many_streams"]
        denied = [name for name in denied if self.names[name].login == login]
        if not denied and not reported & set(active):
            return
        counted = [name for name in active if name not in barred]
        counted.sort(key=lambda name: (self.sessions[name].since, self.names[name].number))
        for name in counted[LIMIT:]:
            self.denials["too_many_streams", name] = now
        if counted[LIMIT:]:
            return
        kept = [name for name, at in self.returned.items() if (now - at).total_seconds() < 2 * INTERVAL_S]
        kept = [name for name in kept if self.names[name].login == login and name not in counted]
        taken = len(counted) + len(kept)
        denied.sort(key=lambda name: (self.denials["too_many_streams", name], self.names[name].number))
        for name in denied[: max(LIMIT - taken, 0)]:
            del self.denials["too_many_streams", name]
            self.returned[name] = now

    def _counts(self, name: str, now: datetime) -> bool:
        session = self.sessions[name]
        is_fresh = now - self.reported[self.names[name].server] <= timedelta(seconds=2.5 * INTERVAL_S)
        return session.is_active and is_fresh and session.right not in (UNKNOWN, NONE)
