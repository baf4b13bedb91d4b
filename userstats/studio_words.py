"""How the studio words what the billing says of shows and earnings."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from userstats.remote import Json
from weblib.fields import N_
from weblib.i18n import format_date, format_short
from weblib.pages import gettext as _
from weblib.pages import language
from weblib.tables import Column

ACTIONS = {"tips": N_("Tip"), "liveshow": N_("Private show"), "adjustment": N_("Adjustment")}
"""What has brought her something, by the billing's word."""

REASONS = {
    "viewer_end": N_("The viewer has ended it."),
    "performer_end": N_("You have ended it."),
    "credits_exhausted": N_("The credits of the viewer are used up."),
    "viewer_lost": N_("The connection to the viewer was lost."),
    "performer_lost": N_("Your page was not heard of any more."),
    "tick_timeout": N_("The connection was lost."),
    "max_duration": N_("The longest time for one show was reached."),
    "admin_end": N_("The staff have ended it."),
}
"""Why a show is over."""


@dataclass(frozen=True)
class Fine:
    """Thousandths of a currency for files, with the unit in the heading of the column."""

    mills: int
    unit: str

    @classmethod
    def of(cls, amount: Json) -> Self:
        return cls(amount["mills"], amount["unit"])

    def plain(self) -> str:
        """`-1234.505`."""
        whole, rest = divmod(abs(self.mills), 1000)
        return f"{'-' if self.mills < 0 else ''}{whole}.{rest:03}"


def last_day(instant: str) -> str:
    """The last day of a period that ends at `instant`, which is its first moment no more: `31 October 2026`."""
    return format_date((datetime.fromisoformat(instant) - timedelta(microseconds=1)).date(), language())


def hour(instant: str) -> str:
    """An instant of today as the operator's clock showed it: `09:05`; of another day with the day."""
    when = datetime.fromisoformat(instant)
    is_today = when.date() == datetime.now(when.tzinfo).date()
    return f"{when:%H:%M}" if is_today else format_short(when, language(), when.tzinfo or UTC)


def percent(text: str) -> str:
    """A percentage as the language writes it, without closing zeros: `33,25`, `60`."""
    short = text.rstrip("0").rstrip(".") if "." in text else text
    return short if language() == "en" else short.replace(".", ",")


def _local(row: Json) -> str:
    """As the operator's clock showed it."""
    return f"{datetime.fromisoformat(row['at']):%Y-%m-%d %H:%M:%S}"


def _action(row: Json) -> str:
    name = ACTIONS.get(row["action"])
    return _(name) if name else ""


COLUMNS: tuple[Column[Json], ...] = (
    Column("at", N_("When"), _local),
    Column("what", N_("What"), _action),
    Column("viewer", N_("Viewer"), lambda row: row["viewer"]),
    Column("seconds", N_("Seconds"), lambda row: row["seconds"]),
    Column("credits", N_("Credits"), lambda row: row["credits"]),
    Column("price", N_("Price"), lambda row: Fine.of(row["price"])),
    Column("percent", N_("Your part, %"), lambda row: row["percent"]),
    Column("benefit", N_("Benefit"), lambda row: Fine.of(row["benefit"])),
    Column("paid", N_("Paid out"), lambda row: row["paid"]),
    Column("reversed", N_("Taken back"), lambda row: row["reversed"]),
    Column("note", N_("Note"), lambda row: row["note"]),
)
"""Of the file with her rows."""
