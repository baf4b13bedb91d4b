"""What an operator owes the partner for a reporting period: one purchase for each time that a bundle was on."""

import sqlite3
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from .ask import Answer, Ask, parse_day

PAGE_SIZE = 10_000
_IN_PERIOD = (
    " FROM purchase WHERE operator_id = :operator AND started_at < :next AND (ended_at IS NULL OR ended_at >= :start)"
)


@dataclass(frozen=True, slots=True)
class _Period:
    """From the asked day to the end of its month."""

    start: date

    @property
    def days_in_month(self) -> int:
        return monthrange(self.start.year, self.start.month)[1]

    @property
    def end(self) -> date:
        return self.start.replace(day=self.days_in_month)

    def days_on(self, purchase: sqlite3.Row, today: date) -> int:
        """Calendar days of the period on which the bundle was on, broken days included."""
        last = date.fromisoformat(purchase["ended_at"][:10]) if purchase["ended_at"] else today
        first = date.fromisoformat(purchase["started_at"][:10])
        return max((min(last, self.end) - max(first, self.start)).days + 1, 0)


def get_all_purchases(ask: Ask) -> Answer:
    """`Count` is the number of purchases on all pages. :raises Refused: 200, 120"""
    period = _Period(parse_day(ask.required("start_date")))
    page = ask.whole("page", default=1, low=1, high=2**40)
    names = {
        "operator": ask.operator_id,
        "start": period.start.isoformat(),
        "next": (period.end + timedelta(days=1)).isoformat(),
        "limit": PAGE_SIZE,
        "offset": (page - 1) * PAGE_SIZE,
    }
    rows = ask.db.execute(f"SELECT *{_IN_PERIOD} ORDER BY id LIMIT :limit OFFSET :offset", names).fetchall()
    today = date.fromisoformat(ask.now[:10])
    return Answer(
        data={
            "purchases": [_purchase_object(row, period, today) for row in rows],
            "Count": ask.db.execute(f"SELECT count(*){_IN_PERIOD}", names).fetchone()[0],
            "DaysInMonth": period.days_in_month,
            "ProviderID": str(ask.operator_id),
            "ProviderName": _operator_name(ask),
            "Page": page,
        }
    )


def _operator_name(ask: Ask) -> str:
    row = ask.db.execute("SELECT name FROM operator WHERE id = ?", (ask.operator_id,)).fetchone()
    return str(row["name"])


def _purchase_object(row: sqlite3.Row, period: _Period, today: date) -> dict[str, object]:
    """`ExpirationDate` is null while the bundle is on."""
    return {
        "TransactionID": str(row["id"]),
        "SubscriberDSID": f"DS{row['user_id']}",
        "SubscriberProviderID": row["account"],
        "TariffName": row["name"],
        "TariffID": row["sub_id"],
        "PurchaseDate": row["started_at"],
        "StartDate": row["started_at"],
        "ExpirationDate": row["ended_at"],
        "StartOfReportingPeriod": period.start.isoformat(),
        "EndOfReportingPeriod": period.end.isoformat(),
        "RetailPrice": row["retail"],
        "ProviderPrice": row["provider"],
        "DaysWorkBundle": period.days_on(row, today),
    }
