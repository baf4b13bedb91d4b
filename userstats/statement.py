"""A subscriber's statement as the billing gives it: by pages, of a month, summed, as lines of a file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Self

from userstats import signed
from userstats.remote import Json, Subject, begin_anew
from userstats.words import amount
from weblib.fields import N_
from weblib.i18n import format_short
from weblib.pages import gettext as _
from weblib.pages import language
from weblib.tables import Column

MONTH = re.compile(r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])")
PAGE_LINES = 50
MONTH_LINES = 500
"""A month is one page, so that it can be summed and printed as a whole."""

FILE_LINES = 500
MOST_MONTHS = 240

CAUSES = {
    "fee": N_("Monthly fee"),
    "refund": N_("Refund"),
    "top_up": N_("Top-up"),
    "correction": N_("Correction"),
}


@dataclass(frozen=True)
class Plain:
    """An amount for files: written for programs, with its unit in the heading of the column."""

    minor: int
    unit: str

    @classmethod
    def of(cls, money: Json) -> Self:
        return cls(money["minor"], money["unit"])

    def plain(self) -> str:
        """`-1234.50`."""
        whole, rest = divmod(abs(self.minor), 100)
        return f"{'-' if self.minor < 0 else ''}{whole}.{rest:02}"


@dataclass(frozen=True, kw_only=True)
class Sums:
    """What came into the wallet in a month and what went out of it."""

    came: Json
    went: Json

    @classmethod
    def of(cls, statement: Json) -> Self | None:
        """The sums of a month; None where the month goes on on another page."""
        lines, unit = statement["lines"], statement["closing"]["unit"]
        amounts = [line["amount"]["minor"] for line in lines]
        moved = statement["closing"]["minor"] - statement["opening"]["minor"]
        if statement["next"] is not None or sum(amounts) != moved:
            return None
        return cls(
            came={"minor": sum(each for each in amounts if each > 0), "unit": unit},
            went={"minor": sum(each for each in amounts if each < 0), "unit": unit},
        )


def read(*, month: str = "", older_than: str = "") -> Json:
    """A page of the statement.

    :raises Refused, Unreachable: there is nothing to show
    """
    limit = MONTH_LINES if month else PAGE_LINES
    return _page(signed.subject(), month, older_than, limit)


def every_line(*, month: str = "") -> Iterator[Json]:
    """All lines, the newest first, read while they are written. The first are read at once.

    :raises Refused, Unreachable: there is nothing to show; later the file breaks off
    """
    subject = signed.subject()
    first = _page(subject, month, "", FILE_LINES)
    return chain(first["lines"], _further(subject, month, first["next"]))


def months(statement: Json) -> list[str]:
    """The months to pick from, the newest first: from that of the first movement until now."""
    found = [statement["this_month"]]
    first = statement["first_month"] or found[0]
    while found[-1] > first and len(found) < MOST_MONTHS:
        found.append(_before(found[-1]))
    return found


def moved(money: Json) -> str:
    """An amount with its sign: `+50,00 ₴`, `−50,00 ₴`."""
    return f"+{amount(money)}" if money["minor"] > 0 else amount(money)


def short(instant: str) -> str:
    """An ISO instant as the operator's clock showed it, short: `22.11.2026, 09:05`."""
    when = datetime.fromisoformat(instant)
    return format_short(when, language(), when.tzinfo or UTC)


def _further(subject: Subject, month: str, older_than: int | None) -> Iterator[Json]:
    while older_than is not None:
        begin_anew()
        page = _page(subject, month, str(older_than), FILE_LINES)
        yield from page["lines"]
        older_than = page["next"]


def _page(subject: Subject, month: str, older_than: str, limit: int) -> Json:
    wanted = {"month": month or None, "older_than": older_than or None, "limit": limit}
    return signed.billing().get("me/statement", subject, **wanted)


def _before(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year - 1}-12" if number == 1 else f"{year}-{number - 1:02}"


def _local(line: Json) -> str:
    """As the operator's clock showed it."""
    return f"{datetime.fromisoformat(line['at']):%Y-%m-%d %H:%M:%S}"


def _cause(line: Json) -> str:
    name = CAUSES.get(line["cause"])
    return _(name) if name else ""


COLUMNS: tuple[Column[Json], ...] = (
    Column("at", N_("When"), _local),
    Column("what", N_("What"), _cause),
    Column("text", N_("Reason"), lambda line: line["text"]),
    Column("tariff", N_("Tariff"), lambda line: line["tariff"]),
    Column("period", N_("Month"), lambda line: line["period"]),
    Column("note", N_("Note"), lambda line: line["note"]),
    Column("amount", N_("Amount"), lambda line: Plain.of(line["amount"])),
    Column("balance", N_("Balance"), lambda line: Plain.of(line["balance"])),
)
"""Of the file."""
