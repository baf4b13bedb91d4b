"""The event log as a list: its filter and columns, the same on the page and in exports."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from textwrap import shorten
from urllib.parse import quote

from billing import eventlog
from billing.errors import N_
from billing.eventlog import Wanted
from billing.events import Event
from billing.uow import Billing
from weblib import exports
from weblib.forms import ChoiceField, DateField, Filter, SearchField
from weblib.pages import gettext as _
from weblib.pages import shown, zone
from weblib.rights import may
from weblib.tables import Column

NAME, RIGHTS = "events", ("ADMIN", "OLLTV")
CHANGES_SHOWN = 120


class EventFilter(Filter):
    since = DateField(N_("From day"))
    until = DateField(N_("To day"))
    actor = SearchField(N_("Who"), most=64)
    login = SearchField(N_("Subscriber's login"), most=64)
    kind = ChoiceField(N_("What"), choices=[("", N_("everything"))])
    words = SearchField(N_("Words in the line"), most=64)
    address = SearchField(N_("Address"), most=64)

    def offer(self, kinds: list[str]) -> None:
        """Let a person pick one of `kinds`."""
        self.kind.choices = [("", _("everything")), *((kind, kind) for kind in kinds)]
        self.validate()

    def wanted(self) -> Wanted:
        """Which lines are asked for; days are those of the operator's place."""
        chosen = self.chosen()
        since, until = chosen.pop("since", None), chosen.pop("until", None)
        return Wanted(since=since and _begins(since), until=until and _begins(until + timedelta(days=1)), **chosen)


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), zone()).astimezone(UTC)


def changes(event: Event) -> list[tuple[str, str, str]]:
    """Field, before and after of everything that the line tells as changed."""
    before, after = event.before or {}, event.after or {}
    return [(name, in_words(before.get(name)), in_words(after.get(name))) for name in before | after]


def in_words(value: object) -> str:
    """A value as the log keeps it, for people."""
    match value:
        case bool():
            return shown(value)
        case list():
            return ", ".join(map(in_words, value)) or "—"
        case dict():
            return ", ".join(f"{name}: {in_words(each)}" for name, each in value.items()) or "—"
    return "—" if value is None or value == "" else str(value)


def all_changes(event: Event) -> str:
    """All changes in one line: `fee: 50.00 UAH → 60.00 UAH; name: Start → Begin`."""
    return "; ".join(f"{name}: {was} → {became}" for name, was, became in changes(event))


def first_changes(event: Event) -> str:
    """As much of that as there is room for in a table."""
    return shorten(all_changes(event), CHANGES_SHOWN, placeholder=" …")


def _subscriber(event: Event) -> str | None:
    is_his = event.login is not None and may("OLLTV") and "STAFF" not in (event.kind or "")
    return f"/subscribers/{quote(event.login or '', safe='')}" if is_his else None


COLUMNS: tuple[Column[Event], ...] = (
    Column("at", N_("Time"), lambda event: event.at, link=lambda event: f"/events/{event.id}"),
    Column("actor", N_("Who"), lambda event: event.actor),
    Column("login", N_("Subscriber"), lambda event: event.login, link=_subscriber),
    Column("text", N_("What happened"), lambda event: event.text),
    Column("changes", N_("Before → after"), first_changes),
    Column("address", N_("From where"), lambda event: event.address),
    Column("kind", N_("Kind"), lambda event: event.kind, shown=False),
    Column("request", N_("Number of the request"), lambda event: event.request_id, shown=False),
)


EXPORTED = tuple(replace(each, value=all_changes) if each.name == "changes" else each for each in COLUMNS)


def _rows(billing: Billing) -> Iterator[Event]:
    form = EventFilter()
    with billing.reading() as session:
        form.offer(eventlog.kinds(session))
    return eventlog.all_lines(billing.reading, form.wanted())


SOURCE = exports.register(exports.Source(name=NAME, title=N_("Event log"), columns=EXPORTED, rows=_rows, rights=RIGHTS))
